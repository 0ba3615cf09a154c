"""Events and items for Realtime scenarios, in the live key order."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from convsim.contract.answers import text
from convsim.contract.realtime import Act, Heard, Json, Send
from convsim.contract.scenario import Id
from convsim.realtime import Speech, Text
from convsim.realtime.fields import Dialect

SHAPE = "[0-9A-Za-z]{21}"


def minted(prefix: str, name: str = "") -> Id:
    """Return a fresh id of the Realtime shape."""
    return Id(name, prefix, shape=SHAPE)


def event(kind: str, /, **members: Any) -> Json:
    """Return a server event."""
    return {"type": kind, "event_id": minted("event"), **members}


# --- items ---------------------------------------------------------------------------------------------------------


def message(item_id: str | Id | None, *content: Json, role: str = "user") -> Json:
    """Return a message as it is acknowledged, or without an id as a client may send it."""
    item: Json = {"id": item_id} if item_id is not None else {}
    return item | {"type": "message", "status": "completed", "role": role, "content": list(content or (text("hi"),))}


def sent(item: Json) -> Json:
    """Return the item as a client sends it: without a status, the keys in another order."""
    return {key: item[key] for key in reversed(item) if key != "status"}


def attempt(*content: Json, role: str = "user", **members: Any) -> Json:
    """Return a client's message under the id A, with the members that may be wrong in it."""
    return sent(message("A", *content, role=role)) | members


def without(item: Json, name: str) -> Json:
    """Return an item as a client sends it, with a member left out."""
    return {key: value for key, value in sent(item).items() if key != name}


def call(item_id: str, call_id: str = "call_1", dialect: Dialect = "ga") -> Json:
    """Return a function call."""
    own = {"name": "weather", "call_id": call_id} if dialect == "ga" else {"call_id": call_id, "name": "weather"}
    return {"id": item_id, "type": "function_call", "status": "completed", **own, "arguments": '{"city": "Bern"}'}


def output(item_id: str, call_id: str = "call_1", dialect: Dialect = "ga") -> Json:
    """Return the output of the call, which only the beta gives a status."""
    status = {"status": "completed"} if dialect == "beta" else {}
    return {"id": item_id, "type": "function_call_output", **status, "call_id": call_id, "output": "21 °C"}


def audio(milliseconds: int) -> str:
    """Return silence of that length in the default format, as base64."""
    return b64encode(bytes(48 * milliseconds)).decode()


def heard_audio(item_id: str | Id) -> Json:
    """Return audio of the user, as it is acknowledged."""
    return message(item_id, {"type": "input_audio", "transcript": None})


def with_object(item: Json) -> Json:
    """Return an item as the beta dialect shows it, and as retrieve does."""
    return {"id": item["id"], "object": "realtime.item"} | item


# --- what the server says ------------------------------------------------------------------------------------------


def acknowledged(item: Json, before: str | None, dialect: Dialect = "ga") -> tuple[Json, ...]:
    """Return the acknowledgement of an item after ``before``: two events, in the beta one."""
    if dialect == "beta":
        return (event("conversation.item.created", previous_item_id=before, item=with_object(item)),)
    done = item if not isinstance(item["id"], Id) else item | {"id": f"{{{item['id'].name}}}"}
    return (
        event("conversation.item.added", previous_item_id=before, item=item),
        event("conversation.item.done", previous_item_id=before, item=done),
    )


def error(
    message: str,
    code: str | None,
    param: str | None = None,
    *,
    event_id: str | None = None,
    kind: str = "invalid_request_error",
) -> Json:
    """Return the error event, with all five inner keys."""
    inner = {"type": kind, "code": code, "message": message, "param": param, "event_id": event_id}
    return event("error", error=inner)


def no_previous(item_id: str) -> Json:
    """Return the refusal of an item after an unknown one."""
    words = f"Error adding item: the previous item with id '{item_id}' does not exist."
    return error(words, "item_create_invalid_previous_item_id")


def duplicate(item_id: str) -> Json:
    """Return the refusal of an item under an id that is taken."""
    words = f"Error adding item: an item with id '{item_id}' already exists."
    return error(words, "item_create_duplicate_item_id")


def no_call(call_id: str) -> Json:
    """Return the refusal of the output of an unknown call."""
    words = f"Tool call ID '{call_id}' not found in conversation."
    return error(words, "invalid_tool_call_id")


def not_deleted(item_id: str, *, event_id: str | None = None) -> Json:
    """Return the refusal of the deletion of an unknown item."""
    words = f"Error deleting item: the item with id '{item_id}' does not exist."
    return error(words, "item_delete_invalid_item_id", event_id=event_id)


def not_retrieved(item_id: str, *, event_id: str | None = None) -> Json:
    """Return the refusal of the retrieval of an unknown item."""
    words = f"Error retrieving item: the item with id '{item_id}' does not exist."
    return error(words, "item_retrieve_invalid_item_id", event_id=event_id)


def missing(path: str, *, event_id: str | None = None) -> Json:
    """Return the refusal of a missing member."""
    return error(f"Missing required parameter: '{path}'.", "missing_required_parameter", path, event_id=event_id)


def unknown(path: str, *, event_id: str | None = None) -> Json:
    """Return the refusal of an unknown member."""
    return error(f"Unknown parameter: '{path}'.", "unknown_parameter", path, event_id=event_id)


def wrong_type(path: str, expected: str, got: str) -> Json:
    """Return the refusal of a member of another JSON type."""
    return error(f"Invalid type for '{path}': expected {expected}, but got {got} instead.", "invalid_type", path)


def unsupported(path: str, value: str, supported: str, *, event_id: str | None = None) -> Json:
    """Return the refusal of a value outside its list."""
    words = f"Invalid value: '{value}'. Supported values are: {supported}."
    return error(words, "invalid_value", path, event_id=event_id)


def only(path: str, value: str, one: str) -> Json:
    """Return the refusal of a value other than the only one."""
    return error(f"Invalid value: '{value}'. Value must be '{one}'.", "invalid_value", path)


def not_emulated(what: str, param: str | None = None) -> Json:
    """Return a refusal in convsim's own words."""
    return error(what, "convsim_not_emulated", param)


# --- steps ---------------------------------------------------------------------------------------------------------


def send(kind: str, *events: Json, **members: Any) -> Send:
    """Return a step: a client event, and the events that answer it."""
    return Send({"type": kind, **members}, Heard(events))


def create(item: object, *events: Json, **members: Any) -> Send:
    """Return a step: ``conversation.item.create``."""
    return send("conversation.item.create", *events, item=item, **members)


def put(item_id: str, before: str | None, dialect: Dialect = "ga", **place: str | None) -> Send:
    """Return a step: a message of the user under the id ``item_id``, which is acknowledged after ``before``."""
    item = message(item_id)
    return create(sent(item), *acknowledged(item, before, dialect), **place)


def delete(item_id: str, answer: Json | None = None, **members: Any) -> Send:
    """Return a step: an item is deleted, unless another answer is given."""
    answer = answer or event("conversation.item.deleted", item_id=item_id)
    return send("conversation.item.delete", answer, item_id=item_id, **members)


def retrieve(item_id: str, answer: Json, **members: Any) -> Send:
    """Return a step: an item is read."""
    return send("conversation.item.retrieve", answer, item_id=item_id, **members)


def truncate(item_id: str, milliseconds: int, answer: Json | None = None, **members: Any) -> Send:
    """Return a step: an item's first part is cut, unless another answer is given."""
    at = {"item_id": item_id, "content_index": 0, "audio_end_ms": milliseconds}
    answer = answer or event("conversation.item.truncated", **at)
    return send("conversation.item.truncate", answer, **(at | members))


def model_says(reply: Text | Speech, name: str, before: str | None, dialect: Dialect = "ga") -> Act:
    """Return a step: the model answers by itself, under an id that is then known as ``name``."""
    kind, member, words = ("text", "text", reply.text) if isinstance(reply, Text) else _spoken(reply)
    part = {"type": kind if dialect == "beta" else f"output_{kind}", member: words}
    begun = message(minted("item", name), role="assistant") | {"status": "in_progress", "content": []}
    added, *done = acknowledged(begun, before, dialect)
    done = [one | {"item": one["item"] | {"status": "completed", "content": [part]}} for one in done]
    return Act("add", Heard((added, *done)), (reply,))


def _spoken(reply: Speech) -> tuple[str, str, str]:
    return "audio", "transcript", reply.transcript
