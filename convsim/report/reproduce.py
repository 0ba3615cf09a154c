"""Conversations as the shortest Python that makes them again, ready to paste."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from convsim.core.results import ConversationState
from convsim.core.secrets import json_without_secrets
from convsim.http.keys import DEFAULT_PROJECT


def render_reproduction(projects: Mapping[str, Iterable[ConversationState]], service: str = "openai") -> str:
    """Return calls of the Direct API that give the conversations of these projects again, of the same bytes.

    ::

        from convsim import Emulator

        sim = Emulator(now=1741900000)
        sim.seed(
            'conv_1',
            items=[
                {'role': 'user', 'content': 'Hi', 'id': 'msg_1'},
            ],
        )
    """
    found = [(name, conversation) for name, conversations in projects.items() for conversation in conversations]
    ordered = sorted(found, key=lambda one: one[1].created_at)
    now = ordered[0][1].created_at if ordered else None
    options = [] if now is None else [f"now={now}"]
    options += [] if service == "openai" else [f"service={service!r}"]
    lines = ["from convsim import Emulator", "", f"sim = Emulator({', '.join(options)})"]
    known: dict[str, set[str]] = {name: set() for name in projects}
    for name, conversation in ordered:
        if conversation.created_at != now:
            lines.append(f"sim.clock.advance({conversation.created_at - (now or 0)})")
            now = conversation.created_at
        seed = "sim.seed" if name == DEFAULT_PROJECT else f"sim.project({name!r}).seed"
        lines += _seeded(seed, conversation, known[name])
        known[name].update(item.id for item in conversation.items)
    return "\n".join(lines) + "\n"


def _seeded(seed: str, conversation: ConversationState, known: Collection[str]) -> list[str]:
    arguments = [repr(conversation.id)]
    if conversation.items:
        items = [
            _reference(item.id) if item.id in known else _shortest(json_without_secrets(item.to_dict()))
            for item in conversation.items
        ]
        arguments.append("items=[\n" + "".join(f"        {item!r},\n" for item in items) + "    ]")
    if conversation.metadata:
        arguments.append(f"metadata={json_without_secrets(conversation.metadata)!r}")
    if len(arguments) == 1:
        return [f"{seed}({arguments[0]})"]
    return [f"{seed}(", *(f"    {argument}," for argument in arguments), ")"]


def _reference(item_id: str) -> dict[str, Any]:
    return {"type": "item_reference", "id": item_id}


def _shortest(item: dict[str, Any]) -> dict[str, Any]:
    """Return the item as it may be sent; a message of one plain text as its text."""
    if item["type"] != "message":
        return item
    said: Any = item["content"]
    if len(said) == 1 and said[0] in (
        {"type": "input_text", "text": said[0].get("text")},
        {"type": "output_text", "annotations": [], "logprobs": [], "text": said[0].get("text")},
    ):
        said = said[0]["text"]
    more: dict[str, Any] = {name: item[name] for name in ("phase", "created_by", "partition_key") if name in item}
    return {"role": item["role"], "content": said, **more, "id": item["id"]}
