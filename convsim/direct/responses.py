"""``sim.responses``: the scripts of the model, and the official SDK's ``responses`` as plain calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from convsim.core.results import ItemPage, Response
from convsim.direct.client import OMIT, Client, EventStream, Omit, extra
from convsim.direct.turn_connection import TurnConnection
from convsim.errors import UsageError, enumeration
from convsim.errors.misuse import shown
from convsim.operations import lists
from convsim.operations import responses as operations
from convsim.responses.deltas import Deltas
from convsim.responses.run import Run
from convsim.responses.scripts import script
from convsim.responses.turn import Turn


class InputItems:
    """``responses.input_items`` of the official SDK.

    >>> sim.responses.script("Hello.")
    >>> response = sim.responses.create(model="gpt-5", input="Who am I?")
    >>> [item.text for item in sim.responses.input_items.list(response.id)]
    ['Who am I?']
    """

    def __init__(self, client: Client) -> None:
        self._pages = client.pages

    def list(
        self,
        response_id: str,
        *,
        after: str | Omit = OMIT,
        include: Sequence[str] | Omit = OMIT,
        limit: int | Omit = OMIT,
        order: Literal["asc", "desc"] | Omit = OMIT,
    ) -> ItemPage:
        """Return a page of 1 to 100 items of the model's input: by default the 20 newest, newest first.

        ``after`` is the id of the item that the page follows, which it does not hold.
        """
        query = {"after": after, "include": include, "limit": limit, "order": order}
        return self._pages(operations.list_input_items, query, response_id=response_id)


class InputTokens:
    """``responses.input_tokens`` of the official SDK.

    >>> sim.responses.input_tokens.count(model="gpt-5", input="Who am I?").input_tokens
    6
    """

    def __init__(self, client: Client) -> None:
        self._call = client.call

    def count(
        self,
        *,
        conversation: Any | Omit = OMIT,
        input: Any | Omit = OMIT,
        instructions: Any | Omit = OMIT,
        model: Any | Omit = OMIT,
        parallel_tool_calls: Any | Omit = OMIT,
        personality: Any | Omit = OMIT,
        previous_response_id: Any | Omit = OMIT,
        reasoning: Any | Omit = OMIT,
        text: Any | Omit = OMIT,
        tool_choice: Any | Omit = OMIT,
        tools: Any | Omit = OMIT,
        truncation: Any | Omit = OMIT,
    ) -> Response:
        """Return the number of tokens of such a turn, as ``input_tokens``."""
        body = {
            "conversation": conversation,
            "input": input,
            "instructions": instructions,
            "model": model,
            "parallel_tool_calls": parallel_tool_calls,
            "personality": personality,
            "previous_response_id": previous_response_id,
            "reasoning": reasoning,
            "text": text,
            "tool_choice": tool_choice,
            "tools": tools,
            "truncation": truncation,
        }
        return Response(self._call(operations.count_input_tokens, body=body))


class Responses:
    """The scripts of this emulator's model, and its responses in one project.

    Scripts belong to the emulator: a turn of any project takes the first that matches. A refusal of the API is raised
    as :class:`~convsim.errors.BadRequestError` or :class:`~convsim.errors.NotFoundError`, a turn without a script as
    :class:`~convsim.errors.UnscriptedTurnError`, and an argument that no client could send as
    :class:`~convsim.errors.UsageError`.

    >>> sim.responses.script("Hello.")
    >>> turn = sim.responses.create(model="gpt-5", input="Hi", conversation="conv_1")
    >>> sim.responses.retrieve(turn.id).output_text
    'Hello.'
    """

    def __init__(self, client: Client) -> None:
        self._calls = client
        self._call = client.call
        self.input_items: InputItems = InputItems(client)
        self.input_tokens: InputTokens = InputTokens(client)

    # --- what the model says ---------------------------------------------------------------------------------------

    def script(
        self,
        *says: object,
        when: Callable[[Turn], object] | None = None,
        model: str | None = None,
        conversation: object = None,
        times: int | Literal["always"] = 1,
        hold: bool = False,
        delay: float = 0.0,
        status: Literal["completed", "incomplete"] = "completed",
        reason: str | None = None,
        usage: Mapping[str, Any] | None = None,
        response: Mapping[str, Any] | None = None,
        deltas: Deltas = None,
    ) -> None:
        """Queue the model's replies to one turn, or a function that takes the turn and returns them.

        A reply is a string, :class:`~convsim.Text`, :class:`~convsim.Call`, :class:`~convsim.Reasoning`,
        :class:`~convsim.Refusal`, :class:`~convsim.Failure`, an output item as a mapping, or a pydantic object, whose
        JSON becomes a text. The script answers the first turn, or the first ``times`` turns, that ``model``,
        ``conversation`` (an id, or an object with an ``id``) and ``when`` all allow; scripts with such a condition come
        before those without, the oldest first. ``hold`` keeps the turn open until :meth:`finish`. ``delay`` is in
        seconds: before the answer, before the first delta of a stream, or until a turn in the background ends.
        ``status="incomplete"`` needs a ``reason``. ``usage`` and ``response`` are members that replace the computed
        ones. ``deltas`` splits the streamed texts.

        Raises :class:`~convsim.errors.UsageError` for replies that cannot be given so, and then queues nothing.

        >>> sim.responses.script("Hello.", "Who are you?", model="gpt-5")
        >>> sim.responses.create(model="gpt-5", input="Hi").output_text
        'Hello.Who are you?'
        """
        queued = script(
            *says,
            when=when,
            model=model,
            conversation=conversation,
            times=times,
            hold=hold,
            delay=delay,
            status=status,
            reason=reason,
            usage=usage,
            response=response,
            deltas=deltas,
        )
        with self._calls.service.lock:
            self._calls.service.scripts.add(queued)

    @property
    def open(self) -> tuple[str, ...]:
        """The ids of the turns that have begun and not ended, oldest first."""
        with self._calls.service.lock:
            return tuple(run.id for run in self._open())

    def finish(self, response_id: str | None = None) -> None:
        """Continue a held turn, or one in the background, to its end; None means the oldest.

        Raises :class:`~convsim.errors.UsageError` for a response that is not open.

        >>> sim.responses.script("Hello.", hold=True)
        >>> turn = sim.responses.create(model="gpt-5", input="Hi", background=True)
        >>> sim.responses.finish(turn.id)
        >>> sim.responses.retrieve(turn.id).output_text
        'Hello.'
        """
        with self._calls.service.lock:
            runs = self._open()
            found = next((run for run in runs if response_id in (None, run.id)), None)
            if found is None:
                there = f"open are {enumeration([run.id for run in runs])}" if runs else "no turn is open"
                raise UsageError(f"sim.responses.finish({shown(response_id)}): no such open turn; {there}")
            found.finish()
        found.wake()

    def _open(self) -> list[Run]:
        return self._calls.project.responses.open()

    def connect(self) -> TurnConnection:
        """Open a WebSocket for turns, as ``client.responses.connect()`` does; the test sends and takes its events.

        Raises :class:`~convsim.errors.UsageError` with ``service="foundry"``: no source describes its WebSockets.
        """
        service = self._calls.service
        if service.options.service != "openai":
            raise UsageError("sim.responses.connect(): no source describes a WebSocket of Azure AI Foundry")
        return TurnConnection(service.turn_sockets.connect(self._calls.name), service.clock)

    # --- the SDK's methods -----------------------------------------------------------------------------------------

    def create(
        self,
        *,
        access_programs: Any | Omit = OMIT,
        background: Any | Omit = OMIT,
        background_options: Any | Omit = OMIT,
        context_management: Any | Omit = OMIT,
        conversation: Any | Omit = OMIT,
        image: Any | Omit = OMIT,
        include: Any | Omit = OMIT,
        input: Any | Omit = OMIT,
        instructions: Any | Omit = OMIT,
        max_output_tokens: Any | Omit = OMIT,
        max_tool_calls: Any | Omit = OMIT,
        metadata: Any | Omit = OMIT,
        model: Any | Omit = OMIT,
        moderation: Any | Omit = OMIT,
        parallel_tool_calls: Any | Omit = OMIT,
        previous_response_id: Any | Omit = OMIT,
        prompt: Any | Omit = OMIT,
        prompt_cache_key: Any | Omit = OMIT,
        prompt_cache_options: Any | Omit = OMIT,
        prompt_cache_retention: Any | Omit = OMIT,
        reasoning: Any | Omit = OMIT,
        safety_identifier: Any | Omit = OMIT,
        service_tier: Any | Omit = OMIT,
        store: Any | Omit = OMIT,
        stream: Any | Omit = OMIT,
        stream_options: Any | Omit = OMIT,
        temperature: Any | Omit = OMIT,
        text: Any | Omit = OMIT,
        tool_choice: Any | Omit = OMIT,
        tools: Any | Omit = OMIT,
        top_logprobs: Any | Omit = OMIT,
        top_p: Any | Omit = OMIT,
        truncation: Any | Omit = OMIT,
        user: Any | Omit = OMIT,
        extra_body: Any | Omit = OMIT,
    ) -> Response | EventStream:
        """Create a turn; return the scripted response, or its events with ``stream=True``.

        ``extra_body`` are further members of the request, as the SDK takes them (``agent_reference``).
        """
        more = extra("extra_body", extra_body)
        body = {
            "access_programs": access_programs,
            "background": background,
            "background_options": background_options,
            "context_management": context_management,
            "conversation": conversation,
            "image": image,
            "include": include,
            "input": input,
            "instructions": instructions,
            "max_output_tokens": max_output_tokens,
            "max_tool_calls": max_tool_calls,
            "metadata": metadata,
            "model": model,
            "moderation": moderation,
            "parallel_tool_calls": parallel_tool_calls,
            "previous_response_id": previous_response_id,
            "prompt": prompt,
            "prompt_cache_key": prompt_cache_key,
            "prompt_cache_options": prompt_cache_options,
            "prompt_cache_retention": prompt_cache_retention,
            "reasoning": reasoning,
            "safety_identifier": safety_identifier,
            "service_tier": service_tier,
            "store": store,
            "stream": stream,
            "stream_options": stream_options,
            "temperature": temperature,
            "text": text,
            "tool_choice": tool_choice,
            "tools": tools,
            "top_logprobs": top_logprobs,
            "top_p": top_p,
            "truncation": truncation,
            "user": user,
            **more,
        }
        return self._answer(self._call(operations.create_response, body=body))

    def list(
        self,
        *,
        after: str | Omit = OMIT,
        agent_id: str | Omit = OMIT,
        agent_name: str | Omit = OMIT,
        before: str | Omit = OMIT,
        conversation_id: str | Omit = OMIT,
        limit: int | Omit = OMIT,
        order: Literal["asc", "desc"] | Omit = OMIT,
    ) -> ItemPage:
        """Return a page of the responses that have ended, newest first; only Azure AI Foundry has it.

        Raises :class:`~convsim.errors.UsageError` on an emulator of OpenAI.
        """
        query = {
            "after": after,
            "agent_id": agent_id,
            "agent_name": agent_name,
            "before": before,
            "conversation_id": conversation_id,
            "limit": limit,
            "order": order,
        }
        return self._calls.pages(lists.list_responses, query)

    def retrieve(
        self,
        response_id: str,
        *,
        include: Sequence[str] | Omit = OMIT,
        include_obfuscation: bool | Omit = OMIT,
        starting_after: int | Omit = OMIT,
        stream: bool | Omit = OMIT,
    ) -> Response | EventStream:
        """Return the response in its present state, or with ``stream=True`` the events of one in the background."""
        query = {
            "include": include,
            "include_obfuscation": include_obfuscation,
            "starting_after": starting_after,
            "stream": stream,
        }
        return self._answer(self._call(operations.retrieve_response, response_id=response_id, query=query))

    def delete(self, response_id: str) -> None:
        """Delete the response; the conversation keeps its items."""
        self._call(operations.delete_response, response_id=response_id)

    def cancel(self, response_id: str) -> Response:
        """End a turn in the background."""
        return Response(self._call(operations.cancel_response, response_id=response_id))

    def compact(
        self,
        *,
        model: Any,
        image: Any | Omit = OMIT,
        input: Any | Omit = OMIT,
        instructions: Any | Omit = OMIT,
        previous_response_id: Any | Omit = OMIT,
        prompt_cache_key: Any | Omit = OMIT,
        prompt_cache_options: Any | Omit = OMIT,
        prompt_cache_retention: Any | Omit = OMIT,
        service_tier: Any | Omit = OMIT,
    ) -> Response:
        """Return the input compacted to a shorter context."""
        body = {
            "model": model,
            "image": image,
            "input": input,
            "instructions": instructions,
            "previous_response_id": previous_response_id,
            "prompt_cache_key": prompt_cache_key,
            "prompt_cache_options": prompt_cache_options,
            "prompt_cache_retention": prompt_cache_retention,
            "service_tier": service_tier,
        }
        return Response(self._call(operations.compact_response, body=body))

    @staticmethod
    def _answer(answer: Any) -> Response | EventStream:
        return answer if isinstance(answer, EventStream) else Response(answer)
