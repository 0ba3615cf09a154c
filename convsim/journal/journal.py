"""What happened: exchanges, direct calls and Realtime events, numbered, bounded, without secrets, and queryable."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from pydantic_core import to_json

from convsim.core.results import Resource, id_of
from convsim.core.secrets import (
    body_without_secrets,
    frame_without_secrets,
    json_without_secrets,
    query_without_secrets,
    without_secrets,
)
from convsim.core.text import with_short_ids
from convsim.errors import UsageError
from convsim.http.messages import Outcome, Request, Response
from convsim.journal.entries import Direct, Entry, Exchange, Frame, Sender

if TYPE_CHECKING:
    from convsim.faults.fault import Fault

MAX_ENTRIES = 10_000
MAX_BYTES = 16 * 2**20


class Mark(NamedTuple):
    """How far a journal had come, and which of its entries led there; ``era`` is another one after :meth:`clear`."""

    era: object
    spans: tuple[range, ...]


class _Note(list[Any]):
    """What is kept of an entry, which is made when it is first asked for: most never are.

    Its elements are the size in bytes, what makes the entry, and of what; once it is made, None and the entry. It is a
    list because every request makes one, and nothing is made faster.
    """

    __slots__ = ()

    @property
    def entry(self) -> Entry:
        """Nothing in it can be changed, so each reader gets the same one, but while its answer is still being sent."""
        _, make, *told = self
        entry: Entry = told[0] if make is None else make(*told)
        if not any(isinstance(part, Response) and not isinstance(part.body, bytes) for part in told):
            self[1:] = None, entry
        return entry


class Journal:
    """The newest entries, oldest first: at most ``max_entries``, and ``max_bytes`` of what was sent and answered.

    Entries are added under the emulator's lock.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._notes: deque[_Note] = deque()
        self._bytes = 0
        self._next = 1
        self._begin()

    def _begin(self) -> None:
        self._era = object()
        # The numbers of the entries that led to the state of now: restoring another one leaves some of them out.
        self._spans: list[range] = []
        self._since = 1

    def mark(self) -> Mark:
        """Where it stands now, for :meth:`go_back`."""
        return Mark(self._era, (*self._spans, range(self._since, self._next)))

    def go_back(self, mark: Mark | None) -> None:
        """The state of the mark was restored, or one of elsewhere: what happened since did not lead to what follows."""
        self._spans = list(mark.spans) if mark is not None and mark.era is self._era else []
        self._since = self._next

    def counts(self, entry: Entry) -> bool:
        """Whether the entry is one of those that led to the state of now."""
        return entry.number >= self._since or any(entry.number in span for span in self._spans)

    def clear(self) -> None:
        """Forget all entries; numbers begin again."""
        self._notes.clear()
        self._bytes = 0
        self._next = 1
        self._begin()

    @property
    def dropped(self) -> int:
        """How many entries were forgotten because newer ones needed the room."""
        return self._next - 1 - len(self._notes)

    def exchange(
        self,
        at: float,
        project: str | None,
        operation: str | None,
        request: Request,
        outcome: Outcome,
        touched: Sequence[str],
        faults: Sequence[Fault] = (),
        lost: Response | None = None,
    ) -> None:
        """Note an exchange, the secrets of its headers and query left out; those of the bodies are when it is read."""
        method, path, full_path, query, headers, body, timeout = request
        if query:
            query = query_without_secrets(query)
        asked = method, path, full_path, query, without_secrets(headers), body, timeout
        size = len(body) + len(full_path) + len(query) + sum(map(len, chain.from_iterable(headers)))
        for kept in (outcome if isinstance(outcome, Response) else outcome.partial, lost):
            if kept is not None and isinstance(kept.body, bytes):
                size += len(kept.body)
        told = self._next, at, project, operation, touched, faults, asked, outcome, lost
        self._add(_Note((size, _exchange, *told)))

    def direct(
        self,
        at: float,
        project: str | None,
        operation: str | None,
        touched: Sequence[str],
        arguments: Mapping[str, Any],
        status: int,
        data: bytes,
    ) -> None:
        """Note a direct call; ``data`` is the JSON of its answer or refusal."""
        size = len(data) + len(to_json(arguments))
        told = self._next, at, project, operation, touched, arguments, status, data
        self._add(_Note((size, _direct, *told)))

    def frame(
        self,
        at: float,
        project: str | None,
        session: str,
        sender: Sender,
        text: str | bytes | tuple[int, str],
        faults: Sequence[Fault] = (),
        arrived: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        """Note a Realtime event, its credentials left out, or a close: its code and its reason."""
        if isinstance(text, tuple):
            size = len(text[1])
        else:
            text = frame_without_secrets(text)
            size = len(text)
            if isinstance(text, str) and not text.isascii():
                # Half a character is in no text frame, and could be in no file.
                encoded = text.encode("utf-8", "replace")
                text, size = encoded.decode(), len(encoded)
        self._add(_Note((size, Frame, self._next, at, project, session, sender, text, faults, arrived)))

    def _add(self, note: _Note) -> None:
        self._next += 1
        self._notes.append(note)
        self._bytes += note[0]
        while len(self._notes) > self._max_entries or (self._bytes > self._max_bytes and len(self._notes) > 1):
            self._bytes -= self._notes.popleft()[0]

    def __iter__(self) -> Iterator[Entry]:
        return iter([note.entry for note in tuple(self._notes)])

    def __len__(self) -> int:
        return len(self._notes)

    @overload
    def __getitem__(self, position: int) -> Entry: ...
    @overload
    def __getitem__(self, position: slice) -> list[Entry]: ...
    def __getitem__(self, position: int | slice) -> Entry | list[Entry]:
        if isinstance(position, slice):
            return list(self)[position]
        return self._notes[position].entry

    def __repr__(self) -> str:
        return f"Journal({len(self)} entries, {self.dropped} dropped)"

    def __str__(self) -> str:
        return with_short_ids("\n".join(entry.line for entry in self)) or "nothing happened"

    def select(
        self,
        *,
        operation: str | None = None,
        status: int | None = None,
        conversation: str | Resource | None = None,
        item: str | Resource | None = None,
        fault: type[Fault] | Literal[True] | None = None,
        kind: Literal["http", "direct", "realtime"] | None = None,
        project: str | None = None,
    ) -> list[Entry]:
        """The entries that are all of this; ``fault`` is a class of faults, or True for any.

        ``operation`` is one of the SDK's names, "seed", a type of Realtime events, or "close"; ``conversation`` may be
        the id of a Realtime session. Raises :class:`~convsim.errors.UsageError` for an operation that does not exist.
        """
        from convsim.faults.fault import Fault

        if operation is not None:
            self._require_operation(operation)
        _require("kind", kind, kind in (None, "http", "direct", "realtime"), "'http', 'direct' or 'realtime'")
        _require("status", status, status is None or type(status) is int, "a number, as 404")
        classes = isinstance(fault, type) and issubclass(fault, Fault)
        _require("fault", fault, fault in (None, True) or classes, "a class of faults, as RateLimited, or True for any")
        item = id_of(item)
        equal = {
            "operation": operation,
            "status": status,
            "conversation": id_of(conversation),
            "kind": kind,
            "project": project,
        }
        return [
            entry
            for entry in self
            if all(value is None or getattr(entry, name) == value for name, value in equal.items())
            and (item is None or item in entry.items)
            and (fault is None or any(fault is True or isinstance(one, fault) for one in entry.faults))
        ]

    def _require_operation(self, name: str) -> None:
        from convsim.faults.events import CLIENT_EVENTS, SERVER_EVENTS
        from convsim.operations.routes import ROUTES_BY_NAME, did_you_mean

        others = ("seed", *CLIENT_EVENTS, *SERVER_EVENTS, "close")
        # Clients may send events that convsim does not know.
        if name in ROUTES_BY_NAME or name in others or any(entry.operation == name for entry in self):
            return
        there = did_you_mean(name, ROUTES_BY_NAME, others, ", and the events of Realtime sessions")
        raise UsageError(f"there is no operation {name!r}.{there}")

    def calls(self) -> list[tuple[Entry, ...]]:
        """The entries, each with the SDK's retries of it behind it."""
        calls: list[list[Entry]] = []
        waiting: dict[tuple[object, ...], list[list[Entry]]] = {}
        for entry in self:
            if not isinstance(entry, Exchange):
                calls.append([entry])
                continue
            earlier = waiting.get((entry.attempt - 1, *entry.identity))
            # The newest: what waits longer may have been given up.
            call: list[Entry] = earlier.pop() if earlier else []
            if not call:
                calls.append(call)
            call.append(entry)
            if entry.awaits_retry:
                waiting.setdefault((entry.attempt, *entry.identity), []).append(call)
        return [tuple(call) for call in calls]


def _exchange(
    number: int,
    at: float,
    project: str | None,
    operation: str | None,
    touched: Sequence[str],
    faults: Sequence[Fault],
    asked: tuple[Any, ...],
    outcome: Outcome,
    lost: Response | None,
) -> Exchange:
    method, path, full_path, query, headers, body, timeout = asked
    request = Request(method, path, full_path, query, tuple(headers), body_without_secrets(body), timeout)
    if isinstance(outcome, Response):
        outcome = _kept(outcome)
    elif outcome.partial is not None:
        outcome = outcome._replace(partial=_kept(outcome.partial))
    kept = _kept(lost) if lost is not None else None
    return Exchange(number, at, project, operation, tuple(touched), faults, request, outcome, kept)


def _kept(response: Response) -> Response:
    return response._replace(headers=list(response.headers), body=body_without_secrets(response.content))


def _direct(
    number: int,
    at: float,
    project: str | None,
    operation: str | None,
    touched: Sequence[str],
    arguments: Mapping[str, Any],
    status: int,
    data: bytes,
) -> Direct:
    kept = json_without_secrets(arguments)
    return Direct(number, at, project, operation, tuple(touched), kept, status, body_without_secrets(data))


def _require(name: str, value: object, is_right: object, words: str) -> None:
    if not is_right:
        raise UsageError(f"{name}={value!r}: write {words}")
