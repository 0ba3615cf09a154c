"""Operations on the responses of a project, except for making one; callers hold the lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic_core import from_json

from convsim import errors
from convsim.items.stored import StoredItem
from convsim.responses import usage
from convsim.responses.history import Entry
from convsim.responses.output import Maker
from convsim.responses.plan import under_id, unnamed
from convsim.responses.readers import Reader, Replay
from convsim.responses.record import Record, items_before, items_up_to
from convsim.responses.response import Json
from convsim.responses.run import Responses, Run


class Page(NamedTuple):
    """Some items of a list, and whether more follow."""

    items: list[StoredItem]
    has_more: bool


def find(responses: Responses, response_id: str) -> Record | Run:
    """Return the response, ended or open; raise the 404 if there is none."""
    found = responses.ended.get(response_id) or responses.find_open(response_id)
    if found is None:
        raise errors.response_not_found(response_id)
    return found


def body(responses: Responses, response_id: str) -> bytes:
    """Return the response as it is answered now."""
    found = find(responses, response_id)
    return found.body() if isinstance(found, Run) else found.body


def resume(responses: Responses, response_id: str, starting_after: int | None) -> Reader | Replay:
    """Return the stream of a response again, after the event of that number.

    Raises the refusal of a response that is not in the background, or that was not streamed.
    """
    found = find(responses, response_id)
    position = 0 if starting_after is None else starting_after + 1
    if isinstance(found, Run):
        if not found.background:
            raise errors.not_streamable("background")
        if not found.waits:
            raise errors.not_streamable("stream")
        return Reader(found, position)
    if not found.events:
        raise errors.not_streamable("stream" if found.document["background"] else "background")
    return Replay(found, position)


def delete(responses: Responses, response_id: str) -> Run | None:
    """Forget the response; the conversation keeps its items. Return the open turn that this ended, to be woken."""
    found = find(responses, response_id)
    if isinstance(found, Record):
        del responses.ended[response_id]
        return None
    found.close()
    return found


def cancel(responses: Responses, response_id: str) -> tuple[bytes, Run | None]:
    """Return the body of the cancelled response, and the open turn that this ended; a second call changes nothing.

    Raises the refusal of a response that is not in the background, or has ended otherwise.
    """
    found = find(responses, response_id)
    if isinstance(found, Run):
        if not found.background:
            raise errors.not_cancellable("a synchronous response")
        found.cancel()
        return found.body(), found
    ended = found.document
    if not ended["background"]:
        raise errors.not_cancellable("a synchronous response")
    if ended["status"] != "cancelled":
        raise errors.not_cancellable("a completed response")
    return found.body, None


def input_items(responses: Responses, response_id: str, *, after: str | None, limit: int, reverse: bool) -> Page:
    """Return the model's input: the context of the response and its own input (recorded for chains).

    It is inferred that an open response lists nothing yet, and so is the sentence about an unknown cursor.
    """
    found = find(responses, response_id)
    items = [*items_before(found, responses.store), *found.input] if isinstance(found, Record) else []
    if reverse:
        items.reverse()
    if after is not None:
        places = [place for place, item in enumerate(items) if item.id == after]
        if not places:
            raise errors.cursor_not_found(after)
        items = items[places[-1] + 1 :]
    return Page(items[:limit], len(items) > limit)


def count(request: Json, items: Sequence[Entry], context: int) -> Json:
    """Return the body of ``input_tokens``: the token count of such a turn."""
    return {"object": "response.input_tokens", "input_tokens": usage.input_tokens(request, context, unnamed(items))}


def compact(responses: Responses, request: Json, items: Sequence[Entry], previous: Record | None) -> Json:
    """Return a compacted context: the user's messages since the last compaction, and an item for the rest.

    Messages that are stored keep their ids, those of the input get new ones (recorded).
    """
    now = responses.clock.now()
    known = previous.anchor if previous is not None else None
    response_id = responses.ids.response(known, now, stored=False)
    anchor = known or response_id

    def mint(prefix: str) -> str:
        return responses.ids.output(anchor, prefix, now, stored=False)

    before = items_up_to(previous, responses.store)
    output: list[Json] = []
    for item in (*before, *items):
        if item.type == "compaction":
            output = []
        elif item.type == "message":
            message: Json = from_json(under_id(item, mint).wire)
            output += [message] if message["role"] == "user" else []
    made = Maker(mint, responses.ids.call, include=(), phases=False, show_phase=True).compaction()
    counted = usage.input_tokens(request, sum(item.tokens for item in before), unnamed(items))
    return {
        "id": response_id,
        "object": "response.compaction",
        "created_at": int(now),
        "output": [*output, made.document],
        "usage": usage.counted(counted, [made], {}),
    }
