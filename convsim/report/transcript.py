"""A conversation as text, a line an item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from convsim.core.results import ConversationState
from convsim.core.secrets import json_without_secrets
from convsim.core.text import number_of, shortened, visible


def render_transcript(
    conversation: ConversationState, deleted: Mapping[str, str] | None = None, most: int | None = None
) -> str:
    """Return the conversation's id and length, then each item's position, speaker and content, cut to a line.

    ::

        conv_1  2 items
          0  user       What is in the box?
          1  assistant  A cat.

    ``deleted`` says of items among them that they are gone, and by what; they are marked with an ``x``. Of more than
    ``most`` items, the first and the last are shown.
    """
    gone = deleted or {}
    items = [json_without_secrets(item.to_dict()) for item in conversation.items]
    lines: list[str] = []
    column = _widest(map(speaker, items))
    position = 0
    for item in items:
        if item["id"] in gone:
            mark, note = "x", f"  ({gone[item['id']]})"
        else:
            mark, note, position = str(position), "", position + 1
        lines.append(f"{mark:>3}  {speaker(item):<{column}}  {shortened(said(item))}".rstrip() + note)
    return "\n".join([_head(conversation.id, position), *_ends(lines, most)])


def sessions_by_id(connections: Iterable[Any]) -> dict[str, Any]:
    """Return the sessions of these connections, oldest first, by their ids.

    After a restore, an emulator gives the ids of sessions again: the newest session of an id counts.
    """
    return {one.id: one.session for one in connections}


def render_realtime(session_id: str, items: Sequence[Mapping[str, Any]], most: int | None = None) -> str:
    """Return the conversation of a Realtime session, with the ids of its items: its events place them by these.

    ::

        sess_1  2 items
          0  item_1  user           What is in the box?
          1  item_2  function_call  look({})
    """
    lines: list[str] = []
    cleared = map(json_without_secrets, items)
    told = [(visible(str(item["id"])), speaker(item), shortened(said(item))) for item in cleared]
    names, speakers = (_widest(row[column] for row in told) for column in (0, 1))
    for position, (name, who, words) in enumerate(told):
        lines.append(f"{position:>3}  {name:<{names}}  {who:<{speakers}}  {words}".rstrip())
    return "\n".join([_head(session_id, len(items)), *_ends(lines, most)])


def _ends(lines: list[str], most: int | None) -> list[str]:
    """Return the first and the last of them if there are more than ``most``."""
    if most is None or len(lines) <= most:
        return lines
    first, last = (most + 1) // 2, most // 2
    return [*lines[:first], f"     ({len(lines) - first - last} more)", *lines[len(lines) - last :]]


def _head(name: str, count: int) -> str:
    return f"{visible(name)}  {number_of(count, 'item')}"


def _widest(words: Iterable[str]) -> int:
    return max(map(len, words), default=0)


def speaker(item: Mapping[str, Any]) -> str:
    """Return the role of a message, or the type of any other item."""
    return str(item["role"] if item["type"] == "message" else item["type"])


def said(item: Mapping[str, Any]) -> str:
    """Return the call with its arguments, the text or the output of an item, or else all of its members."""
    given = item.get("arguments", item.get("input"))
    if "name" in item and given is not None:
        return f"{item['name']}({given})"
    for member in _SAYING:
        if item.get(member):
            return _words(item[member])
    return _json({key: value for key, value in item.items() if key not in _FRAME and value is not None})


_SAYING = ("content", "output", "summary")
_FRAME = ("id", "object", "type", "status", "role", *_SAYING)
_WORDS = ("text", "refusal", "transcript")


def _words(value: Any) -> str:
    """Return the text of a part, a refusal or a transcript; for anything else, its type."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(_words(part) for part in value)
    words = next((value[name] for name in _WORDS if value.get(name) is not None), None)
    return str(words) if words is not None else f"[{value['type']}]" if "type" in value else _json(value)


def _json(members: dict[str, Any]) -> str:
    return to_json(members).decode() if members else ""
