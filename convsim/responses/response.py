"""The response object of one turn, in its states from created to ended, and its bytes in the newest recorded form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic_core import to_json

from convsim.errors import UsageError
from convsim.http import wire
from convsim.responses.form import Form
from convsim.responses.output import Said
from convsim.responses.settings import Settings, ordered

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

# Named only in the body of an ended response (recorded).
_BILLING = {"payer": "developer"}


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

    __slots__ = ("_begun", "_members", "_settings", "id")

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
        self.id = response_id
        self._settings = settings
        self._members = members
        self._begun: Json = {
            "id": response_id,
            "created_at": created_at,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "output": (),
            "previous_response_id": previous_response_id,
            "service_tier": settings.members["service_tier"],
            "usage": None,
        }
        if conversation_id is not None:
            self._begun["conversation"] = {"id": conversation_id}

    def open(self, status: Status) -> Json:
        """Return the state while the turn is open: ``queued`` or ``in_progress``."""
        return {**self._begun, "status": status}

    def cancelled(self) -> Json:
        """Return the cancelled state, without output and usage (recorded)."""
        return {**self._begun, "status": "cancelled"}

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
        members, tier = self._members, self._begun["service_tier"]
        tier = "default" if tier == "auto" and status != "failed" else tier
        return {
            **self._begun,
            "status": status,
            "billing": members.get("billing", _BILLING),
            "completed_at": int(now) if status == "completed" else None,
            "error": error,
            "incomplete_details": {"reason": reason} if reason is not None else None,
            "output": output,
            "service_tier": members.get("service_tier", tier),
            "usage": usage,
        }

    def body(self, state: Mapping[str, Any]) -> bytes:
        """Return the object as a body."""
        shown = [said.shown for said in state["output"]]
        output = b"[\n    %b\n  ]" % b",\n    ".join(shown) if shown else b"[]"
        form = self._form(state, indented=True) if self._members else self._settings.body
        made = form.filled(state, output)
        return made if made.isascii() else wire.escaped(made)

    def in_event(self, state: Json) -> bytes:
        """Return the object as a member of events, which never name the payer."""
        output = to_json([said.document for said in state["output"]])
        form = self._form(state, indented=False) if self._members else self._settings.in_event
        return form.filled({name: value for name, value in state.items() if name != "billing"}, output)

    def _form(self, state: Mapping[str, Any], *, indented: bool) -> Form:
        """Return the form with the members that a script, or the service in front of the model, sets."""
        ended = "billing" in state
        known = {name: value for name, value in self._members.items() if ended or name not in _AT_THE_END}
        return Form(ordered(self._settings.members | known), indented=indented)


def body(document: Json) -> bytes:
    """Return the object as a body."""
    return wire.escaped(to_json(document, indent=2))
