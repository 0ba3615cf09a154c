"""The response object of one turn, in its states from created to ended, and its bytes in the newest recorded form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic_core import to_json

from convsim.errors import UsageError
from convsim.http import wire
from convsim.responses.output import Said
from convsim.responses.settings import Form, Settings, ordered, unbilled

Json = dict[str, Any]

Status = Literal["completed", "incomplete", "failed", "cancelled", "queued", "in_progress"]

# Members that convsim decides, with the argument of a script to use instead.
_OWN = {
    "id": None,
    "object": None,
    "created_at": None,
    "background": None,
    "completed_at": None,
    "conversation": None,
    "previous_response_id": None,
    "store": None,
    "status": 'status="incomplete"',
    "incomplete_details": 'reason="max_output_tokens"',
    "error": "Failure(code, message)",
    "output": "the replies",
    "usage": "usage={...}",
}

# Known only after the model has answered (recorded): not in the first events of a stream.
_AT_THE_END = ("moderation", "service_tier", "tool_usage")

_ENDED = ("completed", "incomplete", "failed")


def require_members(owner: str, members: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` for members of the response object that a script cannot set."""
    for name in members:
        if name in _OWN:
            instead = f"; write {_OWN[name]}" if _OWN[name] else ", which convsim decides"
            raise UsageError(f"{owner}(response={{{name!r}: ...}}): a script does not set {name!r}{instead}")


class ResponseObject:
    """The object of one response: the members of its ``settings``, and those that change.

    A *state* has the members that change, by their names; :meth:`body` and :meth:`in_event` write the object in such a
    state. ``members`` replace those of the settings.
    """

    __slots__ = ("_conversation_id", "_created_at", "_members", "_previous_response_id", "_settings", "id")

    def __init__(
        self,
        settings: Settings,
        response_id: str,
        created_at: int,
        *,
        conversation_id: str | None,
        previous_response_id: str | None,
        members: Mapping[str, Any],
    ) -> None:
        self.id: str = response_id
        self._created_at = created_at
        self._conversation_id = conversation_id
        self._previous_response_id = previous_response_id
        self._settings = settings
        self._members = members

    def state(self, status: Status) -> Json:
        """Return the state while the turn is open, ``queued`` or ``in_progress``, or after it was ``cancelled``."""
        return {
            "id": self.id,
            "created_at": self._created_at,
            "status": status,
            "completed_at": None,
            "conversation": self._conversation_id,
            "error": None,
            "incomplete_details": None,
            "output": (),
            "previous_response_id": self._previous_response_id,
            "service_tier": self._settings.members["service_tier"],
            "usage": None,
        }

    def ended(
        self,
        status: Status,
        output: Sequence[Said],
        usage: Json | None,
        *,
        now: float,
        error: Json | None = None,
        reason: str | None = None,
    ) -> Json:
        """Return the ended state: ``completed``, ``incomplete`` for a ``reason``, or ``failed`` with an ``error``."""
        state = self.state(status)
        if status == "completed":
            state["completed_at"] = int(now)
        state["error"] = error
        if reason is not None:
            state["incomplete_details"] = {"reason": reason}
        state["output"] = output
        if "service_tier" in self._members:
            state["service_tier"] = self._members["service_tier"]
        elif state["service_tier"] == "auto" and status != "failed":
            state["service_tier"] = "default"
        state["usage"] = usage
        return state

    def body(self, state: Mapping[str, Any]) -> bytes:
        """Return the object as a body."""
        shown = [said.shown for said in state["output"]]
        output = b"[\n    %b\n  ]" % b",\n    ".join(shown) if shown else b"[]"
        ended = state["status"] in _ENDED
        if self._members:
            form = Form(self._with_members(ended=ended, billed=ended), indented=True)
        else:
            form = self._settings.ended if ended else self._settings.open
        made = form.filled(state, output)
        return made if made.isascii() else wire.escaped(made)

    def in_event(self, state: Mapping[str, Any]) -> bytes:
        """Return the object as a member of events."""
        output = to_json([said.document for said in state["output"]])
        if self._members:
            form = Form(self._with_members(ended=state["status"] in _ENDED, billed=False), indented=False)
        else:
            form = self._settings.in_event
        return form.filled(state, output)

    def _with_members(self, *, ended: bool, billed: bool) -> Json:
        """Return the members with those that a script, or the service in front of the model, sets."""
        known = {name: value for name, value in self._members.items() if ended or name not in _AT_THE_END}
        members = ordered(self._settings.members | known)
        return members if billed else unbilled(members)


def body(document: Json) -> bytes:
    """Return the object as a body."""
    return wire.escaped(to_json(document, indent=2))
