"""Stored prompts: what a test declares, and how a turn that names one is completed by it.

A prompt is a template of messages, and members of the request that go with it. A turn sees its messages as
``instructions``, the variables filled in (recorded); what the request itself says of a member wins (inferred).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.errors import UsageError
from convsim.errors.validation import translate
from convsim.items.catalogue import read_item
from convsim.items.fields import Item
from convsim.responses.request import CreateResponse

Json = dict[str, Any]

SETTINGS = (
    *("include", "max_output_tokens", "model", "parallel_tool_calls", "reasoning", "store", "temperature", "text"),
    *("tool_choice", "tools", "top_p"),
)
"""The members of a request that a prompt may bring besides its messages."""

_PREFIX = "pmpt_"
_IMAGE_URLS = "message.input_image.image_url"
_VARIABLE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


class StoredPrompt(NamedTuple):
    """One version of a prompt: ``messages`` with ``{{variables}}`` in their texts, and ``settings`` of the request.

    One without ``messages`` takes whatever variables it is given.
    """

    id: str
    version: str
    settings: Json
    messages: Sequence[Json] | None

    def completes(self, sent: Json, behavior: Behavior) -> Json:
        """The body that a turn was asked with, completed: its settings, its messages, and its echo.

        Raises the refusal of variables that the messages do not have, or that they want and are not given.
        """
        asked: Json = {name: value for name, value in sent.items() if value is not None}
        include: Sequence[str] = (self.settings | asked).get("include", ())
        variables = {name: _value(given, behavior) for name, given in (asked["prompt"].get("variables") or {}).items()}
        filled: Json = {}
        if self.messages is not None:
            wanted = {name for message in self.messages for name in _variables(message)}
            if wanted != variables.keys():
                raise errors.prompt_variables(sorted(wanted - variables.keys()), sorted(variables.keys() - wanted))
            filled["instructions"] = [_filled(message, variables, include) for message in self.messages]
        told = {
            "id": self.id,
            "variables": {name: _shown(value, include) for name, value in variables.items()},
            "version": self.version,
        }
        return self.settings | filled | asked | {"prompt": told}


def stored_prompt(
    owner: str, prompt_id: object, version: object, messages: object, settings: Mapping[str, Any]
) -> StoredPrompt:
    """The prompt, checked as a request that says the same; raises :class:`~convsim.errors.UsageError`.

    ``messages`` are a list of them, the text of one of the developer, or None. The first one is the developer's, and
    empty where the prompt has none (recorded).
    """
    if not isinstance(prompt_id, str) or not prompt_id.startswith(_PREFIX):
        raise UsageError(f"{owner}({prompt_id!r}): write an id as the live API has it, '{_PREFIX}1'")
    if not isinstance(version, str) or not version:
        raise UsageError(f"{owner}({prompt_id!r}, version={version!r}): write a string, version='1'")
    for name in settings:
        if name not in SETTINGS:
            raise UsageError(f"{owner}({prompt_id!r}, {name}=...): a prompt has {', '.join(SETTINGS)}")
    given = {name: value for name, value in settings.items() if value is not None}
    said = [{"role": "developer", "content": messages}] if isinstance(messages, str) else messages or []
    if not isinstance(said, list):
        raise UsageError(f"{owner}(instructions={messages!r}): write a text, or a list of messages")
    body = given | {"prompt": {"id": prompt_id}, "input": [_with_content(one) for one in said]}
    try:
        items = CreateResponse.read({"body": body}, Behavior()).body.input or []
    except ValidationError as error:
        sentence = translate(error).message.replace("input[", "instructions[")
        raise UsageError(f"{owner}({prompt_id!r}): {sentence}") from None
    if other := next((item.type for item in items if item.type != "message"), None):
        raise UsageError(f"{owner}({prompt_id!r}): a prompt has messages, and no {other!r}")
    told = [_message(item) for item in items]
    if not told or told[0]["role"] != "developer":
        told.insert(0, {"type": "message", "content": [], "role": "developer"})
    return StoredPrompt(prompt_id, version, from_json(to_json(given)), told)


def _with_content(message: object) -> object:
    """No request has a message without content, and a prompt may (recorded)."""
    empty = isinstance(message, Mapping) and message.get("content") == []
    return {**message, "content": ""} if empty and isinstance(message, Mapping) else message


def _message(item: Item) -> Json:
    document = from_json(to_json(item.document("")))
    empty = [part.get("text") for part in document["content"]] == [""]
    return {"type": "message", "content": [] if empty else document["content"], "role": document["role"]}


def text_of(instructions: str | Sequence[Json] | None) -> str | None:
    """The instructions of a request as a text: of a prompt's messages, the texts of their parts, a line each."""
    if instructions is None or isinstance(instructions, str):
        return instructions
    return "\n".join(part["text"] for message in instructions for part in message["content"] if "text" in part)


# --- variables -----------------------------------------------------------------------------------------------------


def _value(given: str | Json, behavior: Behavior) -> str | Json:
    """A variable as it comes back: a text, or a part with its defaults."""
    if isinstance(given, str):
        return given
    message = read_item({"role": "user", "content": [given]}, behavior)
    part: Json = from_json(to_json(message.document("")))["content"][0]
    return part


def _shown(value: str | Json, include: Sequence[str]) -> str | Json:
    """The URL of an image comes back only where the request includes it (recorded)."""
    if isinstance(value, str) or value["type"] != "input_image" or _IMAGE_URLS in include:
        return value
    return value | {"image_url": None}


def _variables(message: Json) -> list[str]:
    return [name for part in message["content"] for name in _VARIABLE.findall(part.get("text", ""))]


def _filled(message: Json, values: Mapping[str, str | Json], include: Sequence[str]) -> Json:
    parts = [filled for part in message["content"] for filled in _parts(part, values)]
    return message | {"content": [_shown(part, include) for part in parts]}


def _parts(part: Json, values: Mapping[str, str | Json]) -> Iterator[Json]:
    """The part with texts in the places of its variables; an image or a file stands between two texts (recorded)."""
    if "text" not in part:
        yield part
        return
    text = ""
    for place, piece in enumerate(_VARIABLE.split(part["text"])):
        value = values[piece] if place % 2 else piece
        if isinstance(value, str):
            text += value
        elif value["type"] == "input_text":
            text += value["text"]
        else:
            if text:
                yield part | {"text": text}
            yield value
            text = ""
    if text:
        yield part | {"text": text}


# --- those of a project --------------------------------------------------------------------------------------------


class Prompts:
    """The prompts of one project, by their ids and versions; callers hold the lock."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[str, StoredPrompt]] = {}

    def __iter__(self) -> Iterator[StoredPrompt]:
        """All versions, of each prompt in the order in which they were added."""
        return (one for versions in self._stored.values() for one in versions.values())

    def next_version(self, prompt_id: str) -> str:
        """The version of a prompt that is added without one."""
        return str(sum(one.id == prompt_id for one in self) + 1)

    def add(self, one: StoredPrompt) -> None:
        """Add a version, which is then the one that a request without a version gets.

        Raises :class:`~convsim.errors.UsageError` for one that there is.
        """
        versions = self._stored.setdefault(one.id, {})
        if one.version in versions:
            raise UsageError(f"sim.prompts.add({one.id!r}, version={one.version!r}): it exists; add another version")
        versions[one.version] = one

    def find(self, prompt_id: str, version: str | None) -> StoredPrompt:
        """The version, or the one that was added last (inferred); raises the 404 where there is none."""
        versions = self._stored.get(prompt_id)
        if not versions:
            raise errors.prompt_not_found(prompt_id)
        if version is None:
            return next(reversed(versions.values()))
        if version not in versions:
            raise errors.prompt_not_found(prompt_id, version)
        return versions[version]
