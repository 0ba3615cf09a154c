"""``sim.prompts``: the stored prompts that turns can name; the live API keeps them on its dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convsim.direct.client import Client
from convsim.responses.prompts import stored_prompt

_OWNER = "sim.prompts.add"


class Prompts:
    """The prompts of one project.

    >>> sim.prompts.add("pmpt_1", model="gpt-5", instructions="Be brief.")
    >>> sim.responses.script("Hello.")
    >>> sim.responses.create(prompt={"id": "pmpt_1"}, input="Hi").model
    'gpt-5'
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def add(
        self,
        prompt_id: str,
        *,
        version: str | None = None,
        model: str | None = None,
        instructions: str | Iterable[Mapping[str, Any]] | None = None,
        include: Sequence[str] | None = None,
        max_output_tokens: int | None = None,
        parallel_tool_calls: bool | None = None,
        reasoning: Mapping[str, Any] | None = None,
        store: bool | None = None,
        temperature: float | None = None,
        text: Mapping[str, Any] | None = None,
        tool_choice: str | Mapping[str, Any] | None = None,
        tools: Iterable[Mapping[str, Any]] | None = None,
        top_p: float | None = None,
    ) -> None:
        """Add a version of a prompt, which becomes the default of requests that name no version.

        ``instructions`` is the text of the developer's message, or a list of messages; ``{{name}}`` in a text is a
        variable. The other arguments are members of the request; a member of the request itself overrides them.
        ``version`` defaults to the next number. Raises :class:`~convsim.errors.UsageError`, and adds nothing, for a
        value that no request can have, and for a version that exists.
        """
        settings = {
            "include": include,
            "max_output_tokens": max_output_tokens,
            "model": model,
            "parallel_tool_calls": parallel_tool_calls,
            "reasoning": reasoning,
            "store": store,
            "temperature": temperature,
            "text": text,
            "tool_choice": tool_choice,
            "tools": _listed(tools),
            "top_p": top_p,
        }
        # Without the lock: an iterable of the test may use the emulator.
        made = stored_prompt(_OWNER, prompt_id, "1" if version is None else version, _listed(instructions), settings)
        with self._client.service.lock:
            prompts = self._client.project.responses.prompts
            if version is None:
                made = made._replace(version=prompts.next_version(prompt_id))
            prompts.add(made)


def _listed(value: object) -> object:
    """Return an iterable as a list; a text, a mapping, and any other value unchanged, to be accepted or refused."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)) else value
