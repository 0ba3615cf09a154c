"""A conversation as text, a line an item."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from convsim.results import ConversationState, Item

_WIDTH = 100


def render_transcript(conversation: ConversationState) -> str:
    """The conversation's id and length, then each item's position, speaker and content, cut to a line.

    ::

        conv_1  2 items
          0  user       What is in the box?
          1  assistant  A cat.
    """
    items = conversation.items
    lines = [f"{conversation.id}  {len(items)} {'item' if len(items) == 1 else 'items'}"]
    speakers = [_speaker(item) for item in items]
    column = max(map(len, speakers), default=0)
    for position, (item, speaker) in enumerate(zip(items, speakers, strict=True)):
        lines.append(f"{position:>3}  {speaker:<{column}}  {_shortened(_said(item.to_dict()))}".rstrip())
    return "\n".join(lines)


def _speaker(item: Item) -> str:
    return str(item.role) if item.type == "message" else item.type


def _said(item: dict[str, Any]) -> str:
    """What a call calls with what, what an item says or answers, or else all that makes it what it is."""
    given = item.get("arguments", item.get("input"))
    if "name" in item and given is not None:
        return f"{item['name']}({given})"
    for member in _SAYING:
        if item.get(member):
            return _words(item[member])
    return _json({key: value for key, value in item.items() if key not in _FRAME and value is not None})


_SAYING = ("content", "output", "summary")
_FRAME = ("id", "type", "status", "role", *_SAYING)


def _words(value: Any) -> str:
    """The words of a text or a refusal; of anything else what it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(_words(part) for part in value)
    words = value.get("text", value.get("refusal"))
    return str(words) if words is not None else f"[{value['type']}]" if "type" in value else _json(value)


def _json(members: dict[str, Any]) -> str:
    return to_json(members).decode() if members else ""


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
