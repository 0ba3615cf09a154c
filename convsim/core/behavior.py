"""The choices that the evidence leaves open, each with the reading that convsim takes by default."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal, get_args, get_type_hints

from convsim.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """How the emulator behaves where recordings disagree or are missing (docs/fidelity.md names the evidence).

    Raises :class:`~convsim.errors.UsageError` for a value that a field does not have.
    """

    deleted_item_reply: Literal["conversation", "item"] = "conversation"
    """DELETE item answers the conversation (recorded in 2026), or ``conversation.item.deleted`` (a 2025 trace)."""

    metadata_update: Literal["merge", "replace"] = "merge"
    """Updating metadata keeps the keys left out (a user's report of the live service), or drops them.

    No recording settles it: every recorded update sends all keys.
    """

    include_commas: Literal["refuse", "split"] = "refuse"
    """``include=a,b`` in a query is one text where an array belongs, and refused (recorded), or an array of two, for
    clients that were generated before arrays had brackets."""

    limit_zero: Literal["reject", "empty_page"] = "reject"
    """``limit=0`` is refused (documented range 1 to 100), or answers an empty page (measured on sibling endpoints)."""

    phase_on_other_roles: Literal["refuse", "drop"] = "refuse"
    """``phase`` on a message that is not the assistant's is an unknown parameter, or is left out silently."""

    assistant_phase: Literal["drop", "keep"] = "drop"
    """``phase`` on an assistant's message that a client adds is accepted and does not come back (second-hand), or comes
    back between content and role, as in what gpt-5.5 and later say (recorded in responses). A seeded one comes back."""

    client_ids: Literal["mint", "keep"] = "mint"
    """A well-formed item id that the service does not know is replaced by a fresh one, or is kept.

    Kept, the same id a second time means the first item, whatever comes with it.
    """

    store_false_items: Literal["skip", "append"] = "skip"
    """A turn with ``store: false`` leaves its conversation as it is, or adds its items to it all the same.

    Two mirrors of the live API read this differently, and no recording lists the items afterwards.
    """

    phase_in_items: Literal["show", "hide"] = "show"
    """The conversation's items show the ``phase`` of what a turn answered, or only the response does.

    Responses have it since gpt-5.5 (observed live); for the items of a conversation no recording settles it.
    """

    stream_left: Literal["complete", "abort"] = "complete"
    """A client that leaves a stream early leaves the conversation untouched, though the response reads as completed
    later (three reports of 2025 and 2026), or the turn ends there: the input and the finished items are kept, and the
    response reads as cancelled (a report of 2026, in which a finished call stayed without its output)."""

    write_while_locked: Literal["refuse", "allow"] = "refuse"
    """Items are not added to or taken from a conversation on which a turn is open (inferred from the refusal of a
    second turn), or are."""

    realtime_duplicate_ids: Literal["reject", "append", "ignore"] = "reject"
    """A Realtime item id that stands in the conversation is refused (observed live since 2026-07), is put in once more
    (gpt-realtime-1.5), or is acknowledged as its own predecessor and changes nothing (gpt-4o-realtime-preview)."""

    realtime_event_id_echo: Literal["rules", "always", "never"] = "rules"
    """Realtime errors repeat the client's ``event_id`` by the table in :mod:`convsim.realtime.errors` (observed live
    for faults of schema, duplicate ids, tool calls and second responses), always, or never."""

    realtime_conversation_created: Literal[False, True] = False
    """``conversation.created`` follows ``session.created``, as documented; no capture has it."""

    realtime_client_status: Literal["ignore", "keep", "refuse"] = "ignore"
    """The status that a client gives a Realtime item is replaced by ``completed`` (documented: no effect), comes back
    as it was sent, or is an unknown parameter (observed live in 2024-12)."""

    realtime_done_previous_item_id: Literal["repeat", "null"] = "repeat"
    """``conversation.item.done`` of a model's item names the item before, as ``conversation.item.added`` did, or null
    where that item is the first of the conversation (recorded 18 of 18 times in 2026, and it looks like a fault)."""

    realtime_beta: Literal["refuse", "serve"] = "refuse"
    """The beta dialect is refused and closed with 4000 (recorded since 2026-05), or served as it was documented.

    It is always served on base URLs of Azure, and by ``sim.realtime.connect(dialect="beta")``.
    """

    def __post_init__(self) -> None:
        hints = get_type_hints(Behavior)
        for field in fields(self):
            value, allowed = getattr(self, field.name), get_args(hints[field.name])
            # By type too: 0 is no False.
            if not any(type(value) is type(choice) and value == choice for choice in allowed):
                choices = " or ".join(repr(choice) for choice in allowed)
                raise UsageError(f"Behavior({field.name}={value!r}): write {choices}")

    def for_generated_suites(self) -> Behavior:
        """What ``unknown_ids="create"`` implies: such suites send ``phase`` on user messages and ``limit=0``."""
        return replace(self, phase_on_other_roles="drop", limit_zero="empty_page")
