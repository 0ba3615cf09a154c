"""Answers and items for scenarios, in the live key order."""

from __future__ import annotations

from typing import Any

from convsim.contract.scenario import Answer, Call, Id, Seconds

Json = dict[str, Any]


def text(words: str) -> Json:
    """Return a part of a text of the user, the system or a developer."""
    return {"type": "input_text", "text": words}


def said(words: str) -> Json:
    """Return a part of a text of the assistant."""
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": words}


def image(url: str | None) -> Json:
    """Return an image as it is stored: its URL, or null if it is hidden."""
    return {"type": "input_image", "detail": "auto", "file_id": None, "image_url": url}


def stored_message(item_id: Id | str, *content: Json, role: str = "user") -> Json:
    """Return a message as it is stored."""
    return {"id": item_id, "type": "message", "status": "completed", "content": list(content), "role": role}


def conversation(conversation_id: Id | str = "{conv}", **metadata: str) -> Answer:
    """Return a conversation."""
    return ok({"id": conversation_id, "object": "conversation", "created_at": Seconds(), "metadata": metadata})


def page(*items: Json, has_more: bool = False) -> Answer:
    """Return a page of items."""
    ids = [f"{{{item['id'].name}}}" if isinstance(item["id"], Id) else item["id"] for item in items] or [None]
    body = {"object": "list", "data": list(items), "first_id": ids[0], "has_more": has_more, "last_id": ids[-1]}
    return ok(body)


def ok(body: object) -> Answer:
    """Return a success."""
    return Answer(200, body)


def refused(message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> Answer:
    """Return the live error envelope."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Answer(status, {"error": error})


def missing(path: str) -> Answer:
    """Return the refusal of a missing member."""
    return refused(f"Missing required parameter: '{path}'.", param=path, code="missing_required_parameter")


def unknown(path: str) -> Answer:
    """Return the refusal of an unknown member."""
    return refused(f"Unknown parameter: '{path}'.", param=path, code="unknown_parameter")


def wrong_type(path: str, expected: str, got: str) -> Answer:
    """Return the refusal of a member of another JSON type."""
    message = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
    return refused(message, param=path, code="invalid_type")


def unsupported(path: str, value: str, supported: str) -> Answer:
    """Return the refusal of a value outside its list."""
    message = f"Invalid value: '{value}'. Supported values are: {supported}."
    return refused(message, param=path, code="invalid_value")


def no_conversation(conversation_id: str) -> Answer:
    """Return an unknown conversation."""
    return refused(f"Conversation with id '{conversation_id}' not found.", status=404)


def no_item(item_id: str) -> Answer:
    """Return an unknown item."""
    return refused(f"Item with id '{item_id}' not found in conversation.", status=404)


def start(*messages: str, name: str = "conv") -> tuple[Call, ...]:
    """Return steps: a conversation ``{conv}`` with messages of the user, whose ids are ``{conv_0}`` and so on."""
    create = Call("conversations.create", {}, conversation(Id(name, "conv")))
    if not messages:
        return (create,)
    return (create, add(*messages, name=name))


def add(*messages: str, name: str = "conv", first: int = 0) -> Call:
    """Return a step: messages of the user, whose ids are ``{conv_<first>}`` and so on."""
    items = [{"type": "message", "role": "user", "content": words} for words in messages]
    stored = [stored_message(Id(f"{name}_{first + n}", "msg"), text(words)) for n, words in enumerate(messages)]
    return Call("conversations.items.create", {"conversation_id": f"{{{name}}}", "items": items}, page(*stored))


def create_items(items: object, answer: Answer, *, to: str = "{conv}", **arguments: object) -> Call:
    """Return a step: ``conversations.items.create``."""
    return Call("conversations.items.create", {"conversation_id": to, "items": items, **arguments}, answer)


def list_items(answer: Answer, *, of: str = "{conv}", **arguments: object) -> Call:
    """Return a step: ``conversations.items.list``."""
    return Call("conversations.items.list", {"conversation_id": of, **arguments}, answer)


def nothing_stored(name: str = "conv") -> Call:
    """Return a step: the conversation is still empty."""
    return list_items(page(), of=f"{{{name}}}")
