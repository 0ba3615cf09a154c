"""A turn behind the gateway: the request that its agent completes, and its rewritten answer and events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from pydantic_core import from_json, to_json

from convsim import errors
from convsim.http import wire
from convsim.http.messages import Chunk
from convsim.http.websocket import ABNORMAL_CLOSURE
from convsim.items.catalogue import CATALOGUE
from convsim.items.stored import StoredItem, stored
from convsim.operations.project import Answer
from convsim.operations.responses import Turn
from convsim.responses.agent import Agent
from convsim.responses.events import Event
from convsim.responses.plan import Hosting, TurnIds
from convsim.responses.readers import EventStream
from convsim.responses.vocabulary import Failure
from convsim.service.foundry import envelope, shapes
from convsim.service.foundry.ids import GatewayIds, partition_key

Json = dict[str, Any]

_NAME = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def completed(sent: Json, agent: Agent | None) -> Json:
    """Return the request for the model's side: with the agent's settings, and the names in its templates filled in.

    Raises the refusal of an input that the agent requires and the request does not give (inferred).
    """
    asked = {name: value for name, value in sent.items() if value is not None}
    if agent is None:
        return asked
    for name in ("model", "agent_reference"):
        asked.pop(name, None)
    values = _inputs(agent, sent.get("structured_inputs") or {})
    says: Json = {"model": agent.model, **agent.settings}
    if agent.instructions is not None:
        says["instructions"] = _filled(agent.instructions, values)
    if agent.tools:
        says["tools"] = _filled(list(agent.tools), values)
    return says | asked


def reference(agent: Agent) -> Json:
    return {"type": "agent_reference", "name": agent.name, "version": agent.version}


def _inputs(agent: Agent, given: Json) -> Json:
    """Return the values for the templates: those of the request, and defaults for the others."""
    values = dict(given)
    for name, described in agent.structured_inputs.items():
        if name not in values and described.get("default_value") is not None:
            values[name] = described["default_value"]
        elif name not in values and described.get("required"):
            raise errors.missing(f"structured_inputs.{name}")
    return values


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Return the template with the values of known names; others are unchanged (inferred)."""
    if isinstance(template, str):
        return _NAME.sub(lambda found: _word(values.get(found[1], found[0])), template)
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    if isinstance(template, Mapping):
        return {name: _filled(one, values) for name, one in template.items()}
    return template


def _word(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


_PREFIXES = {"workflow": "wfresp", "hosted": "caresp"}


def hosting(request: Json, agent: Agent | None, conversation_id: str | None, ids: TurnIds) -> Hosting:
    """Return the gateway's part in a turn of this request; ``ids`` are those of the project."""
    members: Json = {
        "tools": [shapes.tool(tool) for tool in request.get("tools") or ()],
        "text": shapes.text(request.get("text")),
        "prompt_cache_retention": request.get("prompt_cache_retention"),
    }
    if agent is not None:
        members["agent_reference"] = reference(agent)
        if agent.kind in _PREFIXES:
            ids = GatewayIds(ids, _PREFIXES[agent.kind])
        if agent.kind == "hosted":
            members["agent_session_id"] = request.get("agent_session_id")

    def keeps(item: StoredItem, response_id: str | None) -> StoredItem:
        """Return the item with its creator, and the partition of its conversation (recorded in lists of items)."""
        document: Json = from_json(item.full or item.wire)
        if response_id is not None:
            document["created_by"] = {"response_id": response_id} | (
                {"agent": {"type": "agent_id", "name": agent.name, "version": agent.version}} if agent else {}
            )
        document["partition_key"] = partition_key(conversation_id or item.id)
        return stored(document, CATALOGUE[item.type].reveals)

    return Hosting(agent=agent, ids=ids, members=members, keeps=keeps)


# --- answers -------------------------------------------------------------------------------------------------------


def written(answer: Answer, shape: Callable[[Json], Json]) -> Answer:
    """Return the answer, which has one body, in another shape."""
    assert isinstance(answer.body, bytes), "a stream is no document"
    return answer._replace(body=to_json(shape(from_json(answer.body)), indent=2))


def told(answer: Answer, response: Json, *, again: bool = False) -> Answer:
    """Return the answer about the response, first or repeated: its body, or its events, in one piece or one by one."""
    is_document = answer.media_type == wire.JSON and isinstance(answer.body, bytes)
    answer = envelope.about_turn(answer, response, again=again)
    if is_document:
        return written(answer, shapes.body_again if again else shapes.body)
    is_workflow = response["id"].startswith("wfresp_")
    events = WorkflowEvents(response) if is_workflow else Events(response, again=again)
    if not isinstance(answer.body, bytes):
        return answer._replace(body=Rewritten(answer.body, events))
    return answer._replace(body=_rewritten(answer.body, events))


def require_told(response: Json, events: Sequence[Sequence[str]]) -> None:
    """Raise ``ValueError`` for an ended response, or for its events by name and data, that no answer can tell."""
    try:
        told(Answer(to_json(response)), response, again=True)
        shapes.in_event(response, again=True)
        frames = b"".join(Event(name, data.encode()).frame() for name, data in events)
        _rewritten(frames, Events(response, again=True))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{response['id']!r} is not in the shape of a response of Azure AI Foundry") from None


def _rewritten(frames: bytes, events: Events | WorkflowEvents) -> bytes:
    """Return several events in one piece, each rewritten."""
    chunks = [Chunk(frame) for frame in frames.split(b"\n\n") if frame]
    return b"".join(made.data for chunk in chunks for made in events.rewrite(chunk))


class Events:
    """Rewrites the events of one response, for the first time or ``again``."""

    def __init__(self, response: Json, *, again: bool) -> None:
        self._response = response
        self._again = again

    def rewrite(self, chunk: Chunk) -> list[Chunk]:
        """Return the events that replace one."""
        event = _parsed(chunk)
        if "response" in event:
            event["response"] = shapes.in_event(event["response"], again=self._again)
        elif "item" in event:
            event["item"] = shapes.given_out(event["item"], self._response)
        return [_chunk(event, chunk.delay)]


class WorkflowEvents:
    """The events of a workflow: numbered from 1; an action's messages are sent before the action is done (recorded)."""

    def __init__(self, response: Json) -> None:
        self._response = response
        self._numbered = 0
        self._open: list[Json] = []
        """The last event of an action that sends messages; it is held back until their events have been given out."""
        self._delay = 0.0
        """The seconds before the next event, those before held-back ones included."""

    def rewrite(self, chunk: Chunk) -> list[Chunk]:
        """Return the events that replace one, in the order in which they are sent."""
        event = _parsed(chunk)
        item = event.get("item", {})
        told: list[Json] = []
        if "response" in event or item.get("type", "message") != "message":
            told, self._open = self._open, []
        if event["type"] == _ITEM_DONE and item.get("kind") == "SendActivity":
            self._open = [event]
        else:
            told = [*told, event]
        if event["type"] == _ITEM_DONE and item["type"] == "message":
            told, self._open = [*told, *self._open], []
        self._delay += chunk.delay
        made = []
        for one in told:
            made.append(_chunk(self._written(one), self._delay))
            self._delay = 0.0
        return made

    def _written(self, event: Json) -> Json:
        self._numbered += 1
        made = {"type": event["type"], "sequence_number": self._numbered}
        if "response" in event:
            return made | {"response": shapes.in_event(event["response"], again=False)}
        for name in ("item_id", "output_index", "content_index"):
            if name in event:
                made[name] = event[name]
        if "item" in event:
            made["item"] = shapes.workflow_item(event["item"], self._response)
        if "part" in event:
            made["part"] = shapes.workflow_part(event["part"])
        rest = ("delta", "text", "logprobs")
        return made | {name: event[name] for name in rest if name in event}


_ITEM_DONE = "response.output_item.done"


def _parsed(chunk: Chunk) -> Json:
    event: Json = from_json(chunk.data.strip().partition(b"\ndata: ")[2])
    return event


def _chunk(event: Json, delay: float) -> Chunk:
    data = b"event: %b\ndata: %b\n\n" % (event["type"].encode(), to_json(event))
    return Chunk(data, event["type"], delay)


class Rewritten:
    """The stream of a turn, its events rewritten."""

    def __init__(self, stream: EventStream, events: Events | WorkflowEvents) -> None:
        self._stream = stream
        self._events = events
        self._made: list[Chunk] = []

    @property
    def wake(self) -> Callable[[], None]:
        return self._stream.wake

    @wake.setter
    def wake(self, wake: Callable[[], None]) -> None:
        self._stream.wake = wake

    def next(self, now: float) -> Chunk | float | None:
        while not self._made:
            chunk = self._stream.next(now)
            if not isinstance(chunk, Chunk):
                return chunk
            if chunk.event is None:  # the body of a turn that was held
                return chunk._replace(data=to_json(shapes.body(from_json(chunk.data)), indent=2))
            self._made = self._events.rewrite(chunk)
        return self._made.pop(0)

    def ready(self, most: int) -> bytes:
        """Return nothing: each event is rewritten by itself."""
        return b""

    def fail(self, failure: Failure) -> None:
        self._made.clear()
        self._stream.fail(failure)

    def rest(self) -> bytes:
        made, self._made = self._made, []
        return b"".join(chunk.data for chunk in made) + _rewritten(self._stream.rest(), self._events)

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        self._stream.close(code, reason)


class HostedTurn:
    """A turn whose answer the gateway writes."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    @property
    def waits(self) -> bool:
        return self._turn.waits

    def play(self, guard: AbstractContextManager[object]) -> None:
        self._turn.play(guard)

    def open(self) -> Answer:
        return told(self._turn.open(), self._turn.run.snapshot())

    def commit(self) -> Answer:
        return told(self._turn.commit(), self._turn.run.snapshot())
