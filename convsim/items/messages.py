"""Messages: what the user, the system, a developer or the assistant says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from convsim.behavior import Behavior
from convsim.grammar import fault_at, unsupported_value, wrong_type
from convsim.items.content import InputPart, OutputPart, text_or_parts
from convsim.items.fields import Item, dropped, item_id, omitted, one_of, one_of_words

_CONTENT = "one of an array of objects or string"
_STATUSES = ("in_progress", "completed", "incomplete")
_ROLES = ("assistant", "system", "developer", "user")
_ONE_ROLE = one_of_words(_ROLES)

# Whatever a client sends, every recorded message is stored as completed.
MessageStatus = Annotated[str, one_of(*_STATUSES), AfterValidator(lambda _: "completed")]


def _input_text(text: str) -> list[dict[str, Any]]:
    return [{"type": "input_text", "text": text}]


def _output_text(text: str) -> list[dict[str, Any]]:
    return [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}]


class InputMessage(Item):
    """A message of the user, the system or a developer; a string becomes one input_text part."""

    id: Annotated[str, AfterValidator(item_id("msg"))] = omitted()
    type: Literal["message"] = "message"
    status: MessageStatus = "completed"
    content: Annotated[Any, text_or_parts(InputPart, _CONTENT, _input_text)]
    role: Literal["system", "developer", "user"]


class AssistantMessage(Item):
    """A message of the assistant; a string becomes one output_text part, ``phase`` is accepted and dropped."""

    id: Annotated[str, AfterValidator(item_id("msg"))] = omitted()
    type: Literal["message"] = "message"
    status: MessageStatus = "completed"
    content: Annotated[Any, text_or_parts(OutputPart, _CONTENT, _output_text)]
    role: Literal["assistant"]
    phase: Annotated[str, one_of("commentary", "final_answer"), dropped] = omitted()


def read_message(value: Mapping[str, Any], behavior: Behavior) -> Item:
    """Validates a message by its role. A missing or unknown role is a fault of the message itself (recorded)."""
    role = value.get("role", "")
    if role == "assistant":
        return AssistantMessage.read(value, behavior)
    if role in _ROLES:
        if behavior.phase_on_other_roles == "drop":
            value = {key: member for key, member in value.items() if key != "phase"}
        return InputMessage.read(value, behavior)
    if isinstance(role, str):
        raise unsupported_value(role, _ROLES)
    raise fault_at(("role",), wrong_type(_ONE_ROLE), role)
