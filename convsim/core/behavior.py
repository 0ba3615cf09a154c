"""The questions that the evidence leaves open, each with the answer that convsim takes by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Literal, get_args, get_type_hints

from convsim.errors.misuse import Kind, choice, require_fields


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Behavior:
    """How the emulator behaves where recordings disagree or are missing (docs/fidelity.md names the evidence).

    Raises :class:`~convsim.errors.UsageError` for a value that a field does not have.

    >>> sim = Emulator(behavior=Behavior(limit_zero="empty_page"))
    """

    deleted_item_reply: Literal["conversation", "item"] = "conversation"
    """Whether DELETE item answers the conversation (recorded 2026) or ``conversation.item.deleted`` (traced 2025)."""

    metadata_update: Literal["merge", "replace"] = "merge"
    """Whether updating metadata keeps the keys left out (a user's report of the live service) or drops them.

    No recording decides: every recorded update sends all keys.
    """

    include_commas: Literal["refuse", "split"] = "refuse"
    """Whether ``include=a,b`` in a query is refused as one text instead of an array (recorded) or split.

    Splitting it is for clients that were generated before arrays had brackets.
    """

    limit_zero: Literal["reject", "empty_page"] = "reject"
    """Whether ``limit=0`` is refused (documented: 1 to 100) or gives an empty page (measured on sibling endpoints)."""

    phase_on_other_roles: Literal["refuse", "drop"] = "refuse"
    """Whether ``phase`` on a message that is not the assistant's is an unknown parameter or is dropped silently."""

    assistant_phase: Literal["drop", "keep"] = "drop"
    """Whether ``phase`` on an assistant's message that a client adds is dropped or kept.

    The evidence for dropping it is second-hand. When kept, it stands between content and role, as in the messages of
    gpt-5.5 and later (recorded in responses). A seeded ``phase`` is always kept.
    """

    client_ids: Literal["mint", "keep"] = "mint"
    """Whether a well-formed item id that the service does not know is replaced by a fresh one or kept.

    With ``"keep"``, a second item with the same id stands for the first one, whatever its content.
    """

    store_false_items: Literal["skip", "append"] = "skip"
    """Whether a turn with ``store: false`` leaves its conversation unchanged or appends its items to it.

    Two mirrors of the live API differ here, and no recording lists the items afterwards.
    """

    phase_in_items: Literal["show", "hide"] = "show"
    """Whether items of a conversation show the ``phase`` of a turn's answer, or only the response does.

    Responses have it since gpt-5.5 (observed live); no recording shows it for the items of a conversation.
    """

    stream_left: Literal["complete", "abort"] = "complete"
    """Whether a stream that its client leaves early runs to its end unread or stops there.

    With ``"complete"`` the conversation stays untouched, though the response reads as completed later (three reports of
    2025 and 2026). With ``"abort"`` the turn ends there: the input and the finished items are kept, and the response
    reads as cancelled (a report of 2026, in which a finished call stayed without its output).
    """

    write_while_locked: Literal["refuse", "allow"] = "refuse"
    """Whether items can be added and deleted while a turn is open; that they cannot is inferred from second turns."""

    realtime_duplicate_ids: Literal["reject", "append", "ignore"] = "reject"
    """How a Realtime session takes an item id that its conversation already has.

    It is refused (observed live since 2026-07), appended again (gpt-realtime-1.5), or acknowledged as its own
    predecessor without any change (gpt-4o-realtime-preview).
    """

    realtime_event_id_echo: Literal["rules", "always", "never"] = "rules"
    """Whether Realtime errors repeat the client's ``event_id``: by rule, always or never.

    The rules are the table in :mod:`convsim.realtime.errors` (observed live for errors of the schema, duplicate ids,
    tool calls and second responses).
    """

    realtime_conversation_created: Literal[False, True] = False
    """Whether ``conversation.created`` follows ``session.created``, as documented; no capture has it."""

    realtime_client_status: Literal["ignore", "keep", "refuse"] = "ignore"
    """How the status that a client gives a Realtime item is treated.

    It is replaced by ``completed`` (documented: no effect), returned as sent, or refused as an unknown parameter
    (observed live in 2024-12).
    """

    realtime_done_previous_item_id: Literal["repeat", "null"] = "repeat"
    """Whether ``conversation.item.done`` of a model's item repeats the item before or sends null.

    ``conversation.item.added`` names the item before. Null, for the second item of a conversation, was recorded 18 of
    18 times in 2026, and looks like a bug of the service.
    """

    realtime_beta: Literal["refuse", "serve"] = "refuse"
    """Whether the beta dialect is refused and closed with 4000 (recorded since 2026-05) or served as documented.

    It is always served on base URLs of Azure, and by ``sim.realtime.connect(dialect="beta")``.
    """

    def __post_init__(self) -> None:
        require_fields(self, _allowed())

    def __repr__(self) -> str:
        # The defaults would fill the signature of every call that takes a behavior.
        values = ((field, getattr(self, field.name)) for field in fields(self))
        changed = [f"{field.name}={value!r}" for field, value in values if value != field.default]
        return f"Behavior({', '.join(changed)})"

    def for_generated_suites(self) -> Behavior:
        """Return what ``unknown_ids="create"`` implies: such suites send ``phase`` on user messages and ``limit=0``."""
        return replace(self, phase_on_other_roles="drop", limit_zero="empty_page")


@cache
def _allowed() -> Mapping[str, Kind]:
    """Return the kind of each field: evaluating the annotations takes longer than all the rest of an emulator."""
    return {name: choice(*get_args(hint)) for name, hint in get_type_hints(Behavior).items()}
