"""The parts of a response that are certain once the model has answered: its items, their tokens, its object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from convsim.errors import UsageError
from convsim.items.catalogue import CATALOGUE
from convsim.items.stored import StoredItem, stored
from convsim.responses import usage
from convsim.responses.agent import Agent
from convsim.responses.history import Entry
from convsim.responses.output import Maker, Reply, Said, require_known
from convsim.responses.record import Record
from convsim.responses.response import Json, ResponseObject
from convsim.responses.scripts import OWNER, Script
from convsim.responses.settings import Settings
from convsim.responses.telling import Telling
from convsim.responses.texts import UserText
from convsim.responses.vocabulary import Failure
from convsim.store.store import Conversation

if TYPE_CHECKING:
    from convsim.responses.run import Responses


class TurnIds(Protocol):
    """The methods of an :class:`~convsim.core.ids.IdFactory` that mint the ids of a turn."""

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str: ...

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """The changes that a service in front of the model makes to a turn.

    ``agent`` is the one that the request names, and ``ids`` mints the ids of the turn. ``members`` replace the defaults
    of the response object. ``keeps`` returns an item as the conversation stores it: one of the input, or of the
    response of that id.
    """

    agent: Agent | None
    ids: TurnIds
    members: Json
    keeps: Callable[[StoredItem, str | None], StoredItem]


@dataclass(slots=True, kw_only=True, eq=False)
class Plan:
    """One response: its input and output, and, once it has ended, its state and body.

    ``anchor`` names the partition of its ids, ``behind`` the last item of its conversation before it; ``tokens`` are
    those of the whole input. ``telling`` is None for a turn that does not stream.
    """

    script: Script
    response: ResponseObject
    anchor: str
    input: tuple[StoredItem, ...]
    said: list[Said]
    failure: Failure | None
    usage: Json
    tokens: int
    behind: str | None
    due: float
    telling: Telling | None
    state: Json | None = None
    body: bytes | None = None


def make_plan(
    responses: Responses,
    settings: Settings,
    items: Sequence[Entry],
    script: Script,
    replies: Sequence[Reply],
    *,
    conversation: Conversation | None,
    previous: Record | None,
    previous_id: str | None,
    hosting: Hosting | None,
) -> Plan:
    """Mint the ids, make the items and count them.

    Raises ``UsageError`` for an item that the service does not have, or whose id is taken, before any id is minted.
    """
    known = responses.store.items
    given: Collection[str] = ()
    if not script.at_once:  # otherwise no reply can be refused
        if hosting is None:
            require_known(replies)
        given = _given_ids(replies, known)
    ids: TurnIds = responses.ids if hosting is None else hosting.ids
    now, keeps = responses.clock.now(), settings.keeps
    place = conversation.id if conversation is not None else None
    before = place if previous is None else previous.anchor
    response_id = ids.response(before, now, stored=keeps)
    anchor = before or response_id

    def mint(prefix: str) -> str:
        while (made := ids.output(anchor, prefix, now, stored=keeps)) in known or made in given:
            pass  # skip an id that was seeded, or that the script gives
        return made

    taken_in = tuple([under_id(item, mint) for item in items])
    maker = Maker(
        mint,
        responses.ids.call,
        include=settings.include,
        phases=settings.family.phases,
        show_phase=responses.behavior.phase_in_items == "show",
    )
    said = maker.say(replies, cut_off=script.status == "incomplete")
    tokens = settings.tokens + context_of(conversation, previous)
    for item in taken_in:
        tokens += item.tokens
    used = usage.counted(tokens, said, script.usage)
    threshold = settings.threshold if responses.context_window is not None else None
    if threshold is not None and used["input_tokens"] + used["output_tokens"] > threshold:
        said.append(maker.compaction())
    members = script.response
    if hosting is not None:
        members = {**hosting.members, **members}
        taken_in = tuple([hosting.keeps(item, None) if item.id not in known else item for item in taken_in])
        said = [one.kept_as(hosting.keeps(one.item, response_id)) for one in said]
    response = ResponseObject(
        settings, response_id, int(now), conversation_id=place, previous_response_id=previous_id, members=members
    )
    return Plan(
        script=script,
        response=response,
        anchor=anchor,
        input=taken_in,
        said=said,
        failure=replies[-1] if replies and isinstance(replies[-1], Failure) else None,
        usage=used,
        tokens=tokens,
        behind=conversation.last_id if conversation is not None else None,
        due=now + script.delay,
        telling=Telling(response, settings, script.deltas) if settings.streamed else None,
    )


def context_of(conversation: Conversation | None, previous: Record | None) -> int:
    """Return the tokens of the items before the input."""
    if conversation is not None:
        return conversation.tokens
    return previous.tokens if previous is not None else 0


def under_id(item: Entry, mint: Callable[[str], str]) -> StoredItem:
    """Return the item as it is stored, under a fresh id unless it is stored already."""
    if isinstance(item, StoredItem):
        return item
    item_id = mint(item.prefix)
    if isinstance(item, UserText):
        return item.stored(item_id)
    return stored(item.document(item_id), CATALOGUE[item.type].reveals)


def unnamed(items: Iterable[Entry]) -> list[StoredItem]:
    """Return the items as they are counted, new ones without an id."""
    return [under_id(item, lambda _: "") for item in items]


def _given_ids(replies: Sequence[Reply], known: Mapping[str, StoredItem]) -> Collection[str]:
    """Return the ids that the script gives to its items; refuse one that another item has already."""
    given: set[str] = set()
    for reply in replies:
        if isinstance(reply, dict) and (item_id := reply["id"]):
            if item_id in known or item_id in given:
                raise UsageError(f"{OWNER}(...): {item_id} is the id of an existing item; leave it out to mint one")
            given.add(item_id)
    return given
