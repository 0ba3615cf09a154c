"""The live API's checks of the items that a turn continues and brings, made before any model sees them.

:func:`read` takes two steps, both without a change to any state: :func:`resolved` looks up the items that the input
refers to, and :func:`require_whole` raises the first objection to the past and the input together. Their costs depend
on the input and on the number of loose ends, not on the length of a conversation, whose
:class:`~convsim.store.ends.LooseEnds` are kept while items come and go; only a refusal walks it.

The order of the objections is inferred: lookups, duplicates, reasoning, outputs without calls, calls without outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, zip_longest
from typing import Protocol

from convsim import errors
from convsim.core.ids import is_live_shaped
from convsim.items.catalogue import CATALOGUE, REFERENCE
from convsim.items.fields import OMITTED, Item
from convsim.items.stored import StoredItem
from convsim.responses.texts import UserText
from convsim.store.ends import ANSWERS, Call, LooseEnds, answered, called

Entry = StoredItem | Item | UserText
"""An item of the input: one that the service knows already, or a new one."""


class Past(Protocol):
    """The items that a turn continues: a :class:`~convsim.store.store.Conversation`, or a :class:`Trail`."""

    @property
    def ends(self) -> LooseEnds: ...

    def __contains__(self, item_id: str) -> bool: ...

    def items(self) -> Sequence[StoredItem]: ...


class Trail:
    """Items in order that belong to no conversation: those of the responses that a turn continues."""

    def __init__(self, items: Iterable[StoredItem] = ()) -> None:
        self._items = list(items)
        self._ids = {item.id for item in self._items}
        self.ends: LooseEnds = LooseEnds.of(self._items)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._ids

    def items(self) -> Sequence[StoredItem]:
        """Return all of them, in order."""
        return self._items


NO_PAST = Trail()


def read(
    past: Past, given: Sequence[Item | UserText], known: Mapping[str, StoredItem], *, store: bool
) -> Sequence[Entry]:
    """Return the input of a turn as :func:`resolved` does, unless :func:`require_whole` objects to it."""
    for item in given:
        if item.type != "message" or item.id is not OMITTED:
            break
    else:
        # New messages refer to nothing, complete nothing and repeat nothing.
        if not ((ends := past.ends).open or ends.orphaned or ends.torn):
            return given
    entries = resolved(given, known, store=store)
    require_whole(past, entries)
    return entries


def resolved(given: Iterable[Item | UserText], known: Mapping[str, StoredItem], *, store: bool = True) -> list[Entry]:
    """Return the input with the stored item for each ``known`` id; items that are never stored are left out.

    Raises the 404 for a reference, or for reasoning without its encrypted content, under an unknown id; ``store`` is
    the request's.
    """
    entries: list[Entry] = []
    for item in given:
        row = CATALOGUE[item.type]
        if not row.stored:
            continue
        if item.id is not OMITTED and item.id in known:
            entries.append(known[item.id])
            continue
        if _needs_its_id(item):
            raise _not_found(item.id, store=store)
        entries.append(item)
    return entries


def require_whole(past: Past, entries: Sequence[Entry]) -> None:
    """Raise the live API's objection to the past and the input together."""
    calls = [call for entry in entries if (call := _call(entry))]
    answers = [call for entry in entries if (call := _answer(entry))]
    _require_each_once(past, entries, calls, answers)
    _require_reasoning(past, entries)
    if calls or answers or past.ends.open or past.ends.orphaned:
        _require_calls(past, entries, calls, answers)


# --- steps ---------------------------------------------------------------------------------------------------------


def _needs_its_id(item: Item | UserText) -> bool:
    if item.type != "reasoning":
        return item.type == REFERENCE
    return item.id is not OMITTED and getattr(item, "encrypted_content", None) in (None, OMITTED)


def _not_found(item_id: str, *, store: bool) -> errors.NotFoundError:
    """Return the 404; the longer sentence is for unstored minted ids, and for turns that store nothing."""
    payload = item_id.rpartition("_")[2]
    unstored = is_live_shaped(item_id) and len(payload) == _FORM_B and payload[_FLAG] == "01"
    return errors.item_not_persisted(item_id) if unstored or not store else errors.referenced_item_not_found(item_id)


_FORM_B = 50
_FLAG = slice(16, 18)


def _require_each_once(past: Past, entries: Sequence[Entry], calls: Sequence[Call], answers: Sequence[Call]) -> None:
    """Refuse an id that occurs twice; in the input, also two calls or two outputs under one call_id.

    The input may repeat calls and outputs of the past: strands sends its whole history so.
    """
    seen: set[str] = set()
    for entry in entries:
        if entry.id is OMITTED:
            continue
        if entry.id in seen or entry.id in past:
            raise errors.duplicate_item(entry.id)
        seen.add(entry.id)
    for named in (calls, answers):
        if len(named) > len(set(named)):
            raise errors.duplicate_item(next(call for call in named if named.count(call) > 1).call_id)


def _require_reasoning(past: Past, entries: Sequence[Entry]) -> None:
    """Refuse reasoning without its item: known ones must be neighbours in the input, and complete in the past."""
    if past.ends.torn:
        brought = {entry.id for entry in entries}
        for item in past.items():
            if item.id in past.ends.torn:
                _require_partners(item, past, brought)
    before: str | None = None
    for entry, behind in zip_longest(entries, entries[1:]):
        if isinstance(entry, StoredItem):
            if entry.follower is not None and (behind is None or behind.id != entry.follower):
                raise errors.follower_missing(entry.id)
            if entry.reasoning is not None and entry.reasoning != before and entry.reasoning not in past:
                raise errors.reasoning_missing(entry.id, entry.type, entry.reasoning)
        before = entry.id


def _require_partners(item: StoredItem, past: Past, brought: AbstractSet[object]) -> None:
    if item.follower is not None and item.follower not in past and item.follower not in brought:
        raise errors.follower_missing(item.id)
    if item.reasoning is not None and item.reasoning not in past and item.reasoning not in brought:
        raise errors.reasoning_missing(item.id, item.type, item.reasoning)


def _require_calls(past: Past, entries: Sequence[Entry], calls: Sequence[Call], answers: Sequence[Call]) -> None:
    """Refuse a call of the client without its output, and an output without its call."""
    orphaned = past.ends.orphaned.difference(calls)
    orphaned |= {call for call in answers if call not in calls and not past.ends.has_call(call)}
    if orphaned:
        output, call_id = _first(past, entries, orphaned, _answer)
        raise errors.call_missing(_words(output), call_id)
    unanswered = past.ends.open.difference(answers)
    unanswered |= {call for call in calls if call not in answers and not past.ends.has_answer(call)}
    if unanswered:
        output, call_id = _first(past, entries, unanswered, _call)
        raise errors.output_missing(_words(_CALLS[output]), call_id)


def _first(past: Past, entries: Sequence[Entry], wanted: AbstractSet[Call], of: Callable[[Entry], Call | None]) -> Call:
    """Return the first of the wanted items in the order of the context."""
    found = (of(entry) for entry in chain(past.items(), entries))
    return next(call for call in found if call is not None and call in wanted)


_CALLS = {output: call for call, output in ANSWERS.items()}


def _call(entry: Entry) -> Call | None:
    """Return the call that an entry makes, if it waits for an output."""
    return called(entry.type, getattr(entry, "call_id", None)) if entry.type in ANSWERS else None


def _answer(entry: Entry) -> Call | None:
    """Return the call that an entry answers, or None."""
    return answered(entry.type, getattr(entry, "call_id", None)) if entry.type in _CALLS else None


def _words(item_type: str) -> str:
    return item_type.replace("_", " ")
