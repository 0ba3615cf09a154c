"""Messages of the user, the system, a developer and the assistant."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from convsim.core.behavior import Behavior
from convsim.errors.validation import fault_at, not_listed, unsupported_value
from convsim.items.calls import Status
from convsim.items.content import InputPart, OutputPart
from convsim.items.fields import OMITTED, Item, TextOrParts, omitted, one_of

_CONTENT = "one of an array of objects or string"
_ROLES = ("assistant", "system", "developer", "user")

# Every recorded message is stored as completed, whatever its client sent.
MessageStatus = Annotated[Status, AfterValidator(lambda _: "completed")]


_INPUT = {"type": "input_text"}
_OUTPUT = {"type": "output_text", "annotations": (), "logprobs": ()}


class InputMessage(Item, prefix="msg"):
    """A message of the user, the system or a developer.

    A string becomes one input_text part; any status becomes completed (recorded).
    """

    id: str = omitted()
    type: Literal["message"] = "message"
    status: MessageStatus = "completed"
    content: Annotated[Any, TextOrParts(_CONTENT, InputPart, _INPUT)]
    role: Literal["system", "developer", "user"]


class AssistantMessage(Item, prefix="msg"):
    """A message of the assistant: a string becomes one output_text part, any status completed.

    ``phase`` is sent back for a seeded message, or with ``Behavior(assistant_phase="keep")``.
    """

    id: str = omitted()
    type: Literal["message"] = "message"
    status: MessageStatus = "completed"
    content: Annotated[Any, TextOrParts(_CONTENT, OutputPart, _OUTPUT)]
    phase: Annotated[str, one_of("commentary", "final_answer")] = omitted()
    role: Literal["assistant"]


def read_message(value: Mapping[str, Any], behavior: Behavior) -> Item:
    """Validate a message by its role; a missing or unknown role is an error of the message itself (recorded)."""
    role = value.get("role", "")
    if role == "assistant":
        message = AssistantMessage.read(value, behavior)
        if behavior.assistant_phase == "drop":
            message.phase = OMITTED
        return message
    if role in _ROLES:
        if behavior.phase_on_other_roles == "drop":
            value = {key: member for key, member in value.items() if key != "phase"}
        return InputMessage.read(value, behavior)
    if isinstance(role, str):
        raise unsupported_value(role, _ROLES)
    raise fault_at(("role",), not_listed(_ROLES), role)
