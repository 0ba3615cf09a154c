"""Stored prompts, and the completion of requests that name one.

A prompt is a template of messages, together with members of the request. The filled messages become the
``instructions`` of the turn (recorded); a member of the request itself overrides that of the prompt (inferred).
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
from convsim.errors.misuse import MAYBE_TEXT, is_text, require, shown
from convsim.errors.validation import translate
from convsim.items.catalogue import read_item
from convsim.items.fields import Item
from convsim.responses.request import CreateResponse
from convsim.responses.vocabulary import as_json

Json = dict[str, Any]

SETTINGS = (
    *("include", "max_output_tokens", "model", "parallel_tool_calls", "reasoning", "store", "temperature", "text"),
    *("tool_choice", "tools", "top_p"),
)
"""The members of a request that a prompt may have besides its messages."""

_PREFIX = "pmpt_"
_IMAGE_URLS = "message.input_image.image_url"
_MOST_DIGITS = 20  # of a version that counts as a number
_VARIABLE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


class StoredPrompt(NamedTuple):
    """One version of a prompt: ``messages`` with ``{{variables}}`` in their texts, and ``settings`` of the request.

    A prompt without ``messages`` accepts any variables.
    """

    id: str
    version: str
    settings: Json
    messages: Sequence[Json] | None

    def completes(self, sent: Json, behavior: Behavior) -> Json:
        """Return the body of a request, completed by the prompt's settings, its filled messages, and its echo.

        Raises the refusal of missing and of unknown variables.
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
    """Return the prompt, checked as a request with the same members is; raise :class:`~convsim.errors.UsageError`.

    ``messages`` is a list, the text of the developer's message, or None. A prompt without a developer's message gets an
    empty one as its first (recorded).
    """
    if not is_text(prompt_id) or not prompt_id.startswith(_PREFIX):
        raise UsageError(f"{owner}({shown(prompt_id)}): write an id as the live API has it, '{_PREFIX}1'")
    if not is_text(version) or not version:
        raise UsageError(f"{owner}({shown(prompt_id)}, version={shown(version)}): write a string, version='1'")
    require(f"{owner}({shown(prompt_id)}, model", settings.get("model"), MAYBE_TEXT)
    for name in settings:
        if name not in SETTINGS:
            raise UsageError(f"{owner}({prompt_id!r}, {name}=...): a prompt has {', '.join(SETTINGS)}")
    given = {name: value for name, value in settings.items() if value is not None}
    given = as_json(f"{owner}({prompt_id!r}, settings", given)
    messages = as_json(f"{owner}({prompt_id!r}, instructions", messages)
    said = [{"role": "developer", "content": messages}] if isinstance(messages, str) else messages
    if said is None:
        said = []
    if not isinstance(said, list):
        raise UsageError(f"{owner}(instructions={shown(messages)}): write a text, or a list of messages")
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
    return StoredPrompt(prompt_id, version, given, told)


def _with_content(message: object) -> object:
    """Give an empty message a content that a request could have: a prompt may have empty messages (recorded)."""
    empty = isinstance(message, Mapping) and message.get("content") == []
    return {**message, "content": ""} if empty and isinstance(message, Mapping) else message


def _message(item: Item) -> Json:
    document = from_json(to_json(item.document("")))
    empty = [part.get("text") for part in document["content"]] == [""]
    return {"type": "message", "content": [] if empty else document["content"], "role": document["role"]}


def text_of(instructions: str | Sequence[Json] | None) -> str | None:
    """Return the instructions of a request as one text; the texts of a prompt's messages are joined by newlines."""
    if instructions is None or isinstance(instructions, str):
        return instructions
    return "\n".join(part["text"] for message in instructions for part in message["content"] if "text" in part)


# --- variables -----------------------------------------------------------------------------------------------------


def _value(given: str | Json, behavior: Behavior) -> str | Json:
    """Return a variable as the response echoes it: a text, or a part with its defaults."""
    if isinstance(given, str):
        return given
    message = read_item({"role": "user", "content": [given]}, behavior)
    part: Json = from_json(to_json(message.document("")))["content"][0]
    return part


def _shown(value: str | Json, include: Sequence[str]) -> str | Json:
    """Hide the URL of an image unless the request includes it (recorded)."""
    if isinstance(value, str) or value["type"] != "input_image" or _IMAGE_URLS in include:
        return value
    return value | {"image_url": None}


def _variables(message: Json) -> list[str]:
    return [name for part in message["content"] for name in _VARIABLE.findall(part.get("text", ""))]


def _filled(message: Json, values: Mapping[str, str | Json], include: Sequence[str]) -> Json:
    parts = [filled for part in message["content"] for filled in _parts(part, values)]
    return message | {"content": [_shown(part, include) for part in parts]}


def _parts(part: Json, values: Mapping[str, str | Json]) -> Iterator[Json]:
    """Split a text at its variables: texts are joined, an image or a file becomes a part of its own (recorded)."""
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


# --- the prompts of a project ----------------------------------------------------------------------------------------


class Prompts:
    """The prompts of one project, by their ids and versions; callers hold the lock."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[str, StoredPrompt]] = {}

    def __iter__(self) -> Iterator[StoredPrompt]:
        """Iterate over all versions; those of one prompt come in the order in which they were added."""
        return (one for versions in self._stored.values() for one in versions.values())

    def next_version(self, prompt_id: str) -> str:
        """Return the version of a prompt that is added without one: the number after those of its versions."""
        versions = [one.version for one in self if one.id == prompt_id]
        numbers = (int(version) for version in versions if version.isdecimal() and len(version) <= _MOST_DIGITS)
        return str(max([len(versions), *numbers]) + 1)

    def add(self, one: StoredPrompt) -> None:
        """Add a version, which becomes the default of requests that name none.

        Raises :class:`~convsim.errors.UsageError` if the version exists.
        """
        versions = self._stored.setdefault(one.id, {})
        if one.version in versions:
            raise UsageError(f"sim.prompts.add({one.id!r}, version={one.version!r}): it exists; add another version")
        versions[one.version] = one

    def find(self, prompt_id: str, version: str | None) -> StoredPrompt:
        """Return the version, or the last added one (inferred); raise the 404 if it does not exist."""
        versions = self._stored.get(prompt_id)
        if not versions:
            raise errors.prompt_not_found(prompt_id)
        if version is None:
            return next(reversed(versions.values()))
        if version not in versions:
            raise errors.prompt_not_found(prompt_id, version)
        return versions[version]
