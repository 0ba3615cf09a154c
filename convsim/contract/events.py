"""The events and items that Realtime scenarios speak of, in the live key order."""

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
    """A fresh id of the Realtime shape."""
    return Id(name, prefix, shape=SHAPE)


def event(kind: str, /, **members: Any) -> Json:
    """A server event."""
    return {"type": kind, "event_id": minted("event"), **members}


# --- items ---------------------------------------------------------------------------------------------------------


def message(item_id: str | Id | None, *content: Json, role: str = "user") -> Json:
    """A message as it is acknowledged; without an id as a client may send it."""
    item: Json = {"id": item_id} if item_id is not None else {}
    return item | {"type": "message", "status": "completed", "role": role, "content": list(content or (text("hi"),))}


def sent(item: Json) -> Json:
    """The same as a client sends it: without a status, the keys in another order."""
    return {key: item[key] for key in reversed(item) if key != "status"}


def attempt(*content: Json, role: str = "user", **members: Any) -> Json:
    """A client's message under the id A, with the members that may be wrong in it."""
    return sent(message("A", *content, role=role)) | members


def without(item: Json, name: str) -> Json:
    """An item as a client sends it that has left a member out."""
    return {key: value for key, value in sent(item).items() if key != name}


def call(item_id: str, call_id: str = "call_1", dialect: Dialect = "ga") -> Json:
    """A function call."""
    own = {"name": "weather", "call_id": call_id} if dialect == "ga" else {"call_id": call_id, "name": "weather"}
    return {"id": item_id, "type": "function_call", "status": "completed", **own, "arguments": '{"city": "Bern"}'}


def output(item_id: str, call_id: str = "call_1", dialect: Dialect = "ga") -> Json:
    """What the call came to, which only the beta gives a status."""
    status = {"status": "completed"} if dialect == "beta" else {}
    return {"id": item_id, "type": "function_call_output", **status, "call_id": call_id, "output": "21 °C"}


def audio(milliseconds: int) -> str:
    """Silence of that length in the default format, as base64."""
    return b64encode(bytes(48 * milliseconds)).decode()


def heard_audio(item_id: str | Id) -> Json:
    """Spoken by the user, as it is acknowledged."""
    return message(item_id, {"type": "input_audio", "transcript": None})


def with_object(item: Json) -> Json:
    """An item as the beta dialect shows it, and as retrieve does."""
    return {"id": item["id"], "object": "realtime.item"} | item


# --- what the server says ------------------------------------------------------------------------------------------


def acknowledged(item: Json, before: str | None, dialect: Dialect = "ga") -> tuple[Json, ...]:
    """The acknowledgement of an item that stands behind ``before``: two events, in the beta one."""
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
    """The error event, all five inner keys."""
    inner = {"type": kind, "code": code, "message": message, "param": param, "event_id": event_id}
    return event("error", error=inner)


def no_previous(item_id: str, *, event_id: str | None = None) -> Json:
    """An item behind one that is not there."""
    words = f"Error adding item: the previous item with id '{item_id}' does not exist."
    return error(words, "item_create_invalid_previous_item_id", event_id=event_id)


def duplicate(item_id: str, *, event_id: str | None = None) -> Json:
    """An item under an id that is taken."""
    words = f"Error adding item: an item with id '{item_id}' already exists."
    return error(words, "item_create_duplicate_item_id", event_id=event_id)


def no_call(call_id: str, *, event_id: str | None = None) -> Json:
    """The output of a call that is not there."""
    words = f"Tool call ID '{call_id}' not found in conversation."
    return error(words, "invalid_tool_call_id", event_id=event_id)


def not_deleted(item_id: str, *, event_id: str | None = None) -> Json:
    """The deletion of an item that is not there."""
    words = f"Error deleting item: the item with id '{item_id}' does not exist."
    return error(words, "item_delete_invalid_item_id", event_id=event_id)


def not_retrieved(item_id: str, *, event_id: str | None = None) -> Json:
    """The retrieval of an item that is not there."""
    words = f"Error retrieving item: the item with id '{item_id}' does not exist."
    return error(words, "item_retrieve_invalid_item_id", event_id=event_id)


def missing(path: str, *, event_id: str | None = None) -> Json:
    """A required member that is not there."""
    return error(f"Missing required parameter: '{path}'.", "missing_required_parameter", path, event_id=event_id)


def unknown(path: str, *, event_id: str | None = None) -> Json:
    """A member that does not exist."""
    return error(f"Unknown parameter: '{path}'.", "unknown_parameter", path, event_id=event_id)


def wrong_type(path: str, expected: str, got: str) -> Json:
    """A member of another JSON type."""
    return error(f"Invalid type for '{path}': expected {expected}, but got {got} instead.", "invalid_type", path)


def unsupported(path: str, value: str, supported: str, *, event_id: str | None = None) -> Json:
    """A value outside its list."""
    words = f"Invalid value: '{value}'. Supported values are: {supported}."
    return error(words, "invalid_value", path, event_id=event_id)


def only(path: str, value: str, one: str) -> Json:
    """A value beside the only one."""
    return error(f"Invalid value: '{value}'. Value must be '{one}'.", "invalid_value", path)


def not_emulated(what: str, param: str | None = None) -> Json:
    """What convsim refuses in words of its own."""
    return error(what, "convsim_not_emulated", param)


# --- steps ---------------------------------------------------------------------------------------------------------


def send(kind: str, *events: Json, **members: Any) -> Send:
    """A step: a client event, and the events that answer it."""
    return Send({"type": kind, **members}, Heard(events))


def create(item: object, *events: Json, **members: Any) -> Send:
    """A step: ``conversation.item.create``."""
    return send("conversation.item.create", *events, item=item, **members)


def put(item_id: str, before: str | None, dialect: Dialect = "ga", **place: str | None) -> Send:
    """A step: a message of the user under the id ``item_id``, which is then acknowledged behind ``before``."""
    item = message(item_id)
    return create(sent(item), *acknowledged(item, before, dialect), **place)


def delete(item_id: str, answer: Json | None = None, **members: Any) -> Send:
    """A step: an item is deleted, unless another answer is given."""
    answer = answer or event("conversation.item.deleted", item_id=item_id)
    return send("conversation.item.delete", answer, item_id=item_id, **members)


def retrieve(item_id: str, answer: Json, **members: Any) -> Send:
    """A step: an item is read."""
    return send("conversation.item.retrieve", answer, item_id=item_id, **members)


def truncate(item_id: str, milliseconds: int, answer: Json | None = None, **members: Any) -> Send:
    """A step: an item's first part is cut, unless another answer is given."""
    at = {"item_id": item_id, "content_index": 0, "audio_end_ms": milliseconds}
    answer = answer or event("conversation.item.truncated", **at)
    return send("conversation.item.truncate", answer, **(at | members))


def model_says(reply: Text | Speech, name: str, before: str | None, dialect: Dialect = "ga") -> Act:
    """A step: the model says something by itself, under an id that is then known as ``name``."""
    kind, member, words = ("text", "text", reply.text) if isinstance(reply, Text) else _spoken(reply)
    part = {"type": kind if dialect == "beta" else f"output_{kind}", member: words}
    begun = message(minted("item", name), role="assistant") | {"status": "in_progress", "content": []}
    added, *done = acknowledged(begun, before, dialect)
    done = [one | {"item": one["item"] | {"status": "completed", "content": [part]}} for one in done]
    return Act("add", Heard((added, *done)), (reply,))


def _spoken(reply: Speech) -> tuple[str, str, str]:
    return "audio", "transcript", reply.transcript
