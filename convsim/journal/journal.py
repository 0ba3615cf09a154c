"""The journal: exchanges, direct calls and Realtime events, numbered, bounded, without secrets, and queryable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from time import monotonic
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
from convsim.errors.misuse import Kind, choice, require, shown
from convsim.http.messages import Account, Outcome, Request, Response
from convsim.journal.entries import Direct, Entry, Exchange, has_several_hosts
from convsim.journal.frames import Frame, Sender

if TYPE_CHECKING:
    from convsim.faults.fault import Fault
    from convsim.journal.review import Finding

MAX_ENTRIES = 10_000
MAX_BYTES = 16 * 2**20


class Mark(NamedTuple):
    """The entries of a journal that led to a state; ``era`` changes with :meth:`clear`."""

    era: object
    spans: tuple[range, ...]


class _Note(list[Any]):
    """The values from which an entry is made on first access: most entries are never read.

    They are the size in bytes, the account of a body that is sent over time, the function that makes the entry, and its
    arguments; once the entry is made, None and the entry. It is a list because each request makes one, and Python makes
    nothing faster.
    """

    __slots__ = ()

    @property
    def entry(self) -> Entry:
        """The entry: it never changes, so all readers share it, except while its answer is still being sent."""
        # A copy, which Python makes at once: another thread may put the entry in meanwhile.
        _, account, make, *told = self[:]
        # Asked first: the body may end while the entry is made, which would then lack its end.
        is_final = account is None or account.over
        entry: Entry = told[0] if make is None else make(*told)
        if is_final:
            self[2:] = None, entry
        return entry

    @property
    def is_open(self) -> bool:
        """Whether a body is still being sent."""
        return self[1] is not None and not self[1].over

    def count_body(self) -> int:
        """Add the body, which is over, to the size; return the bytes added."""
        more = len(self[1].sent) + len(self[1].lost)
        self[0] += more
        return more


class Journal:
    """The newest entries, oldest first: at most 10,000, and 16 MiB of requests and answers.

    It is a sequence: ``len(sim.journal)``, ``sim.journal[-1]``, and iteration. ``print(sim.journal)`` shows a line an
    entry.

    >>> made = client.conversations.create()
    >>> print(sim.journal)
      1  conversations.create  conv_67d348...470e  200
    """

    def __init__(
        self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES, timer: Callable[[], float] = monotonic
    ) -> None:
        # When an exchange was noted, for review(): of no file and no line.
        self._timer = timer
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        # A list, though the oldest go first: a deque cannot be copied while another thread adds to it, where the
        # interpreter has no lock.
        self._notes: list[_Note] = []
        # Those of bodies that are still being sent.
        self._open: list[_Note] = []
        self._bytes = 0
        self._next = 1
        self._begin()

    def _begin(self) -> None:
        self._era = object()
        # The numbers of the entries that led to the present state: restoring another state drops some of them.
        self._spans: list[range] = []
        self._since = 1

    def mark(self) -> Mark:
        """Return a mark of the present entries, for :meth:`go_back`."""
        return Mark(self._era, (*self._spans, range(self._since, self._next)))

    def go_back(self, mark: Mark | None) -> None:
        """Continue from the mark of a restored state, or from none; later entries did not lead to that state."""
        self._spans = list(mark.spans) if mark is not None and mark.era is self._era else []
        self._since = self._next

    def counts(self, entry: Entry) -> bool:
        """Return whether the entry led to the present state."""
        return entry.number >= self._since or any(entry.number in span for span in self._spans)

    def clear(self) -> None:
        """Forget all entries; numbers start again."""
        self._notes.clear()
        self._open.clear()
        self._bytes = 0
        self._next = 1
        self._begin()

    @property
    def dropped(self) -> int:
        """The number of entries that were dropped to make room for newer ones."""
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
        """Note an exchange, without its secrets."""
        method, path, full_path, query, headers, body, timeout = request
        if query:
            query = query_without_secrets(query)
        asked = method, path, full_path, query, without_secrets(headers), body, timeout
        size = len(body) + len(full_path) + len(query) + sum(map(len, chain.from_iterable(headers)))
        account: Account | None = None
        if isinstance(outcome, Response) and isinstance(outcome.body, bytes) and lost is None:  # as nearly all are
            size += len(outcome.body)
        else:
            answer = outcome if isinstance(outcome, Response) else outcome.partial
            if answer is not None and not isinstance(answer.body, bytes):
                account, answer = answer.body.account, answer._replace(body=b"")
                outcome = answer if isinstance(outcome, Response) else outcome._replace(partial=answer)
            size += sum(len(kept.body) for kept in (answer, lost) if kept is not None and isinstance(kept.body, bytes))
        told = self._next, at, project, operation, touched, faults, asked, outcome, lost, account, self._timer()
        self._add(_Note((size, account, _exchange, *told)))

    def direct(
        self,
        at: float,
        project: str | None,
        operation: str | None,
        touched: Sequence[str],
        arguments: Mapping[str, Any],
        status: int,
        data: bytes,
        stream: bytes = b"",
    ) -> None:
        """Note a direct call; ``data`` is the JSON of its answer or refusal, ``stream`` the events of a stream."""
        size = len(data) + len(stream) + len(to_json(arguments))
        told = self._next, at, project, operation, touched, arguments, status, data, stream
        self._add(_Note((size, None, _direct, *told)))

    def frame(
        self,
        at: float,
        project: str | None,
        session: str,
        sender: Sender,
        text: str | bytes | tuple[int, str],
        faults: Sequence[Fault] = (),
        *,
        arrived: bool = True,
    ) -> None:
        """Note a Realtime event, without its credentials, or a close: its code and its reason."""
        if isinstance(text, tuple):
            size = len(text[1])
        else:
            text = frame_without_secrets(text)
            size = len(text)
            if isinstance(text, str) and not text.isascii():
                # No text frame and no file can hold a lone surrogate.
                encoded = text.encode("utf-8", "replace")
                text, size = encoded.decode(), len(encoded)
        self._add(_Note((size, None, Frame, self._next, at, project, session, sender, text, faults, arrived)))

    def _add(self, note: _Note) -> None:
        self._next += 1
        self._notes.append(note)
        self._bytes += note[0]
        if self._open:
            # Each is asked once: another thread may end it meanwhile.
            still_open = []
            for one in self._open:
                if one.is_open:
                    still_open.append(one)
                else:
                    self._bytes += one.count_body()
            self._open = still_open
        if note[1] is not None:
            self._open.append(note)
        while len(self._notes) > self._max_entries or (self._bytes > self._max_bytes and len(self._notes) > 1):
            gone = self._notes.pop(0)
            self._bytes -= gone[0]
            if self._open:
                self._open = [one for one in self._open if one is not gone]

    def __iter__(self) -> Iterator[Entry]:
        return iter([note.entry for note in self._notes[:]])

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
        with_host = has_several_hosts(self)
        lines = [entry.told_in_a_line(with_host=with_host) for entry in self]
        return with_short_ids("\n".join(lines)) or "nothing happened"

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
        """Return the entries that match all criteria; ``fault`` is a class of faults, or True for any.

        ``operation`` is one of the SDK's names, "seed", a type of Realtime events, or "close"; ``conversation`` may be
        the id of a Realtime session. Raises :class:`~convsim.errors.UsageError` for an operation that does not exist.

        >>> made = client.conversations.create()
        >>> [entry.status for entry in sim.journal.select(operation="conversations.create")]
        [200]
        """
        item = id_of(item)
        equal = {
            "operation": operation,
            "kind": kind,
            "status": status,
            "conversation": id_of(conversation),
            "project": project,
        }
        for name, value in {**equal, "item": item, "fault": fault}.items():
            if value is not None:
                require(name, value, _CRITERIA[name])
        if operation is not None:
            self._require_operation(operation)
        return [
            entry
            for entry in self
            if all(value is None or getattr(entry, name) == value for name, value in equal.items())
            and (item is None or item in entry.items)
            and (fault is None or any(fault is True or isinstance(one, fault) for one in entry.faults))
        ]

    def _require_operation(self, name: str) -> None:
        from convsim.operations.routes import ROUTES_BY_NAME, did_you_mean

        # Clients may send events that convsim does not know.
        if name in ROUTES_BY_NAME or any(entry.operation == name for entry in self):
            return
        from convsim.realtime.events import EMULATED, SERVER_EVENTS

        others = ("seed", *EMULATED, *SERVER_EVENTS, "close")
        if name not in others:
            there = did_you_mean(name, ROUTES_BY_NAME, others, ", and the events of Realtime sessions")
            raise UsageError(f"there is no operation {shown(name)}.{there}")

    def review(self) -> list[Finding]:
        """Return the mistakes of the clients, each with the entries that show it, oldest first.

        - ``retried_refusal``: a request that the API refuses for good was sent again unchanged;
        - ``ignored_retry_after``: a request was sent again before the seconds of ``retry-after`` had passed;
        - ``doubled_write``: a write whose answer was lost was sent again, and carried out twice;
        - ``unread_page``: a page said ``has_more``, and no request asked for the next one (a ``limit`` below 20 says
          that no more is wanted);
        - ``open_stream``: a stream was neither read to its end nor closed;
        - ``repeated_output``: the output of one call was sent twice to a conversation.

        Requests over HTTP count, and not the test's own direct calls. Time between requests is real time, or that of
        the emulator's clock with ``virtual_time``.

        >>> stream = client.conversations.items.list("conv_1", limit=20)
        >>> sim.journal.review()
        []
        """
        from convsim.journal.review import review

        return review(self)

    def calls(self) -> list[tuple[Entry, ...]]:
        """Return the entries, each followed by the SDK's retries of it.

        >>> made = client.conversations.create()
        >>> [len(call) for call in sim.journal.calls()]
        [1]
        """
        calls: list[list[Entry]] = []
        waiting: dict[tuple[object, ...], list[list[Entry]]] = {}
        for entry in self:
            if not isinstance(entry, Exchange):
                calls.append([entry])
                continue
            earlier = waiting.get((entry.attempt - 1, *entry.identity))
            # The newest one: an older one without a retry may have been given up.
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
    account: Account | None,
    moment: float,
) -> Exchange:
    method, path, full_path, query, headers, body, timeout = asked
    request = Request(method, path, full_path, query, tuple(headers), body_without_secrets(body), timeout)
    if isinstance(outcome, Response):
        outcome = _kept(outcome, account)
    elif outcome.partial is not None:
        outcome = outcome._replace(partial=_kept(outcome.partial, account))
    kept = _kept(lost, None) if lost is not None else None
    unsent = body_without_secrets(account.lost) if account is not None else b""
    is_open = account is not None and account.is_open
    return Exchange(
        number, at, project, operation, tuple(touched), faults, request, outcome, kept, unsent, moment, is_open
    )


def _kept(response: Response, account: Account | None) -> Response:
    body = response.content if account is None else account.sent
    return response._replace(headers=list(response.headers), body=body_without_secrets(body))


def _direct(
    number: int,
    at: float,
    project: str | None,
    operation: str | None,
    touched: Sequence[str],
    arguments: Mapping[str, Any],
    status: int,
    data: bytes,
    stream: bytes,
) -> Direct:
    data, stream = body_without_secrets(data), body_without_secrets(stream)
    return Direct(number, at, project, operation, tuple(touched), json_without_secrets(arguments), status, data, stream)


def _is_class_of_faults(value: object) -> bool:
    from convsim.faults.fault import Fault

    return value is True or (isinstance(value, type) and issubclass(value, Fault))


_ID = Kind(lambda value: isinstance(value, str), "an id, or an object that has one")

_CRITERIA: Mapping[str, Kind] = {
    "operation": Kind(lambda value: isinstance(value, str), "the name of an operation, as 'conversations.create'"),
    "kind": choice("http", "direct", "realtime"),
    "status": Kind(lambda value: type(value) is int, "a number, as 404"),
    "conversation": _ID,
    "item": _ID,
    "fault": Kind(_is_class_of_faults, "a class of faults, as RateLimited, or True for any"),
    "project": Kind(lambda value: isinstance(value, str), "the name of a project"),
}
