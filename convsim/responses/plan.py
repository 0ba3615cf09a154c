"""The parts of a response that are certain once the model has answered: its items, their tokens, its object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from convsim.errors import UsageError
from convsim.items.catalogue import CATALOGUE
from convsim.items.fields import Item
from convsim.items.stored import StoredItem, stored
from convsim.responses import usage
from convsim.responses.agent import Agent
from convsim.responses.families import family_of
from convsim.responses.output import Maker, Reply, Said, require_known
from convsim.responses.record import Record
from convsim.responses.response import Json, ResponseObject
from convsim.responses.scripts import OWNER, Script
from convsim.responses.telling import Telling
from convsim.responses.vocabulary import Failure
from convsim.store.store import Conversation, Store

if TYPE_CHECKING:
    from convsim.responses.run import Responses

_ENCRYPTED = "reasoning.encrypted_content"


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
    """One response: its input and output, and, once it has ended, its object and body.

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
    document: Json | None = None
    body: bytes | None = None


def make_plan(
    responses: Responses,
    request: Json,
    items: Sequence[Item | StoredItem],
    script: Script,
    replies: Sequence[Reply],
    *,
    conversation: Conversation | None,
    previous: Record | None,
    hosting: Hosting | None,
) -> Plan:
    """Mint the ids, make the items and count them; raise ``UsageError`` for an id of the script's that is taken."""
    if hosting is None:
        require_known(replies)
    ids: TurnIds = responses.ids if hosting is None else hosting.ids
    now, family, keeps = responses.clock.now(), family_of(request["model"]), request.get("store") is not False
    place = conversation.id if conversation is not None else None
    known = place if previous is None else previous.anchor
    response_id = ids.response(known, now, stored=keeps)
    anchor = known or response_id

    def mint(prefix: str) -> str:
        while (made := ids.output(anchor, prefix, now, stored=keeps)) in responses.store.items:
            pass  # skip an id that was seeded
        return made

    taken_in = tuple([under_id(item, mint) for item in items])
    include = request.get("include") or ()
    maker = Maker(
        mint,
        responses.ids.call,
        include=(*include, _ENCRYPTED) if family.encrypted else include,
        phases=family.phases,
        show_phase=responses.behavior.phase_in_items == "show",
    )
    said = maker.say(replies, cut_off=script.status == "incomplete")
    _require_fresh(said, responses.store)
    tokens = usage.input_tokens(request, context_of(conversation, previous), taken_in)
    used = usage.counted(tokens, [one.item for one in said], script.usage)
    if responses.context_window is not None and _compacts(request, used):
        said.append(maker.compaction())
    members = script.response
    if hosting is not None:
        members = {**hosting.members, **members}
        known_before = responses.store.items
        taken_in = tuple([hosting.keeps(item, None) if item.id not in known_before else item for item in taken_in])
        said = [Said(one.document, hosting.keeps(one.item, response_id)) for one in said]
    response = ResponseObject(response_id, int(now), request, conversation_id=place, members=members)
    return Plan(
        script=script,
        response=response,
        anchor=anchor,
        input=taken_in,
        said=said,
        failure=replies[-1] if replies and isinstance(replies[-1], Failure) else None,
        usage=used,
        tokens=tokens,
        behind=_last_id(conversation),
        due=now + script.delay,
        telling=_telling(response, request, script) if request.get("stream") is True else None,
    )


def context_of(conversation: Conversation | None, previous: Record | None) -> int:
    """Return the tokens of the items before the input."""
    if conversation is not None:
        return conversation.tokens
    return previous.tokens if previous is not None else 0


def under_id(item: Item | StoredItem, mint: Callable[[str], str]) -> StoredItem:
    """Return the item as it is stored, under a fresh id unless it is stored already."""
    if isinstance(item, StoredItem):
        return item
    row = CATALOGUE[item.type]
    return stored(item.document(mint(item.prefix)), row.reveals)


def _telling(response: ResponseObject, request: Json, script: Script) -> Telling:
    options, queued = request.get("stream_options") or {}, request.get("background") is True
    padded = not queued and options.get("include_obfuscation") is not False
    return Telling(response, deltas=script.deltas, padded=padded, queued=queued)


def _compacts(request: Json, used: Json) -> bool:
    """Return whether the turn passes the threshold of its request."""
    managed = request.get("context_management") or ()
    thresholds = [rule["compact_threshold"] for rule in managed if rule.get("compact_threshold") is not None]
    return bool(thresholds) and used["input_tokens"] + used["output_tokens"] > min(thresholds)


def _require_fresh(said: Sequence[Said], known: Store) -> None:
    """Refuse an id of a script that another item has already."""
    seen: set[str] = set()
    for one in said:
        if one.item.id in known.items or one.item.id in seen:
            raise UsageError(f"{OWNER}(...): {one.item.id} is the id of an existing item; leave it out to mint one")
        seen.add(one.item.id)


def _last_id(conversation: Conversation | None) -> str | None:
    if conversation is None:
        return None
    last, _ = conversation.page(None, 1, reverse=True)
    return last[0].id if last else None
