"""The replies of a model: one vocabulary for Responses and Realtime.

Values are checked when they are given, so that a mistake fails on the test's own line and not in a turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic_core import PydanticSerializationError, from_json, to_json

from convsim.errors import UsageError
from convsim.errors.misuse import MAYBE_TEXT, TEXT, Kind, choice, optional, require, shown

Phase = Literal["commentary", "final_answer"]

_PHASE = optional(choice(*get_args(Phase)))
_BYTES = Kind(lambda value: isinstance(value, bytes), "bytes")


@dataclass(frozen=True, slots=True)
class Text:
    """A message of the assistant with one part of text.

    ``phase`` is ``"commentary"`` or ``"final_answer"``; by default the model's family decides. ``annotations`` and
    ``logprobs`` are members of the part, as the API writes them. Raises :class:`~convsim.errors.UsageError` for other
    values.

    >>> sim.responses.script(Text("Hello.", phase="final_answer"))
    >>> sim.responses.create(model="gpt-5", input="Hi").output[0].phase
    'final_answer'
    """

    text: str
    phase: Phase | None = field(default=None, kw_only=True)
    annotations: Sequence[Mapping[str, Any]] = field(default=(), kw_only=True)
    logprobs: Sequence[Mapping[str, Any]] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        require("Text(text", self.text, TEXT)
        require("Text(phase", self.phase, _PHASE)
        for name in ("annotations", "logprobs"):
            object.__setattr__(self, name, _objects(f"Text({name}", getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message of the assistant that refuses: Responses only.

    Raises :class:`~convsim.errors.UsageError` for a value that is not a string.

    >>> sim.responses.script(Refusal("I cannot help with that."))
    >>> sim.responses.create(model="gpt-5", input="Hi").output[0].content[0].refusal
    'I cannot help with that.'
    """

    refusal: str

    def __post_init__(self) -> None:
        require("Refusal(refusal", self.refusal, TEXT)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A reasoning item: Responses only.

    ``summary`` is the text of a summary, several of them, or nothing. ``encrypted_content`` is shown if the request
    includes it; by default it is minted. Raises :class:`~convsim.errors.UsageError` for other values.

    >>> sim.responses.script(Reasoning("The user greets."), "Hello.")
    >>> [item.type for item in sim.responses.create(model="gpt-5", input="Hi").output]
    ['reasoning', 'message']
    """

    summary: str | Sequence[str] = ()
    encrypted_content: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        given = self.summary
        if isinstance(given, str):
            given = (given,) if given else ()
        elif not isinstance(given, Sequence):
            raise UsageError(f"Reasoning(summary={shown(given)}): write a string, or a list of strings")
        for text in given:
            require("Reasoning(summary", text, TEXT)
        object.__setattr__(self, "summary", tuple(given))
        require("Reasoning(encrypted_content", self.encrypted_content, MAYBE_TEXT)


@dataclass(frozen=True, slots=True)
class Call:
    """A function call.

    ``arguments`` are a mapping, or JSON as a string, which is sent unchanged, even if it is malformed (as models
    sometimes write it). Without a ``call_id`` one is minted. Raises :class:`~convsim.errors.UsageError` for other
    arguments, and for a mapping that is not JSON.

    >>> sim.responses.script(Call("get_weather", {"city": "Paris"}))
    >>> sim.responses.create(model="gpt-5", input="How is Paris?").output[0].arguments
    '{"city":"Paris"}'
    """

    name: str
    arguments: str | Mapping[str, Any] = "{}"
    call_id: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        require("Call(name", self.name, TEXT)
        if isinstance(self.arguments, Mapping):
            as_json("Call(arguments", self.arguments)
            object.__setattr__(self, "arguments", to_json(self.arguments).decode())
        elif not isinstance(self.arguments, str):
            raise UsageError(f"Call(arguments={shown(self.arguments)}): write a mapping, or JSON as a string")
        require("Call(arguments", self.arguments, TEXT)
        require("Call(call_id", self.call_id, MAYBE_TEXT)


@dataclass(frozen=True, slots=True)
class Speech:
    """A message of the assistant with one part of audio: Realtime only.

    ``audio`` are raw bytes in the session's output format, by default PCM with 48 bytes a millisecond; ``transcript``
    are their words. Raises :class:`~convsim.errors.UsageError` for other values.

    >>> sim.realtime.script(Speech(bytes(4800), "Hello."))
    """

    audio: bytes
    transcript: str = ""

    def __post_init__(self) -> None:
        require("Speech(audio", self.audio, _BYTES)
        require("Speech(transcript", self.transcript, TEXT)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of the turn after the replies before it, with the ``error`` of the response.

    A stream first sends an ``error`` event, which also has a ``type`` (by default the code) and a ``param``. Raises
    :class:`~convsim.errors.UsageError` for a value that is not a string.

    >>> sim.responses.script(Failure("server_error", "Sorry."))
    >>> response = sim.responses.create(model="gpt-5", input="Hi")
    >>> response.status, response.error.code
    ('failed', 'server_error')
    """

    code: str
    message: str
    type: str | None = field(default=None, kw_only=True)
    param: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        require("Failure(code", self.code, TEXT)
        require("Failure(message", self.message, TEXT)
        for name in ("type", "param"):
            require(f"Failure({name}", getattr(self, name), MAYBE_TEXT)


def as_json(owner: str, value: object) -> Any:
    """Return the value as JSON reads it back; raise ``UsageError`` for a value that JSON cannot hold."""
    try:
        return from_json(to_json(value), allow_inf_nan=False)
    except (PydanticSerializationError, ValueError) as error:
        raise UsageError(f"{owner}={shown(value)}): JSON cannot carry it: {error}") from None


def _objects(owner: str, given: object) -> tuple[dict[str, Any], ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise UsageError(f"{owner}={shown(given)}): write a list of objects")
    value = as_json(owner, list(given))
    if not all(isinstance(member, dict) for member in value):
        raise UsageError(f"{owner}={shown(given)}): write a list of objects")
    return tuple(value)
