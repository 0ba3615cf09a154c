"""A conversation as text, a line an item."""

from __future__ import annotations

from typing import Any

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
    if item["type"] == "function_call":
        return f"{item['name']}({item['arguments']})"
    content = item.get("content", item.get("output", ""))
    if isinstance(content, str):
        return content
    return " ".join(_part(part) for part in content)


def _part(part: dict[str, Any]) -> str:
    """The words of a text or a refusal; of anything else what it is."""
    return str(part.get("text", part.get("refusal", f"[{part['type']}]")))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
