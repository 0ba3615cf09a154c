"""The ended responses of a project as JSON, and back: snapshots have no open turns."""

from __future__ import annotations

from typing import Any

from convsim.responses.events import Event
from convsim.responses.record import Record
from convsim.responses.response import body
from convsim.responses.run import Responses
from convsim.store.ends import hold_together

Json = dict[str, Any]


def saved(responses: Responses) -> list[Json]:
    """Return every response that is known or continued, each after the one that it continues.

    Items are given by their ids, since the store has them; ``previous`` is an index into the list, and ``deleted`` says
    that a response can no longer be retrieved.
    """
    places: dict[Record, int] = {}
    for record in responses.ended.values():
        chain = [record]
        while chain[-1].previous is not None and chain[-1].previous not in places:
            chain.append(chain[-1].previous)
        for one in reversed(chain):
            places.setdefault(one, len(places))
    known = set(responses.ended.values())
    return [
        {
            "document": record.document,
            "input": [item.id for item in record.input],
            "output": [item.id for item in record.output],
            "anchor": record.anchor,
            "tokens": record.tokens,
            "previous": places[record.previous] if record.previous is not None else None,
            "conversation": record.conversation_id,
            "behind": record.behind,
            "events": [[event.name, event.data.decode()] for event in record.events],
            "deleted": record not in known,
        }
        for record in places
    ]


def restore(responses: Responses, given: list[Json]) -> None:
    """Fill an empty project, whose store has the items already."""
    items = responses.store.items
    records: list[Record] = []
    for one in given:
        record = Record(
            body=body(one["document"]),
            input=tuple(items[item_id] for item_id in one["input"]),
            output=tuple(items[item_id] for item_id in one["output"]),
            anchor=one["anchor"],
            tokens=one["tokens"],
            previous=records[one["previous"]] if one["previous"] is not None else None,
            conversation_id=one["conversation"],
            behind=one["behind"],
            events=[Event(name, data.encode()) for name, data in one["events"]],
        )
        hold_together(record.output)
        records.append(record)
        if not one["deleted"]:
            responses.ended[one["document"]["id"]] = record
