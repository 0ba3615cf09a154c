"""The emulator: where clock, ids, stores, router and adapters are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from os import PathLike
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from convsim.core.behavior import Behavior
from convsim.core.clock import DEFAULT_NOW, Clock
from convsim.core.ids import IdFactory, LiveIds, RequestIds, SequentialIds
from convsim.direct.client import Caller
from convsim.direct.project import ProjectAPI
from convsim.errors import UsageError
from convsim.faults.fault import Fault
from convsim.faults.registry import Faults
from convsim.faults.rules import Rule
from convsim.fronts import Fronts
from convsim.http.keys import DEFAULT_PROJECT, Keys
from convsim.journal import file as journal_files
from convsim.journal.journal import Journal
from convsim.operations.verbs import Project
from convsim.report import failure as story
from convsim.report.assertions import Line, assert_called, assert_items
from convsim.report.mermaid import render_mermaid
from convsim.report.transcript import render_realtime
from convsim.service import snapshots
from convsim.service.router import Router
from convsim.service.snapshots import Snapshot
from convsim.store.store import Store

if TYPE_CHECKING:
    from convsim.http.messages import Opening
    from convsim.realtime.api import Realtime
    from convsim.realtime.connection import Connection
    from convsim.realtime.session import Session


class Emulator(ProjectAPI, Fronts):
    """An OpenAI Conversations API of your own: empty at first, and the same on every run.

    ``seed`` decides all ids. ``now`` is the instant at which its clock stands, in seconds since the epoch, or a
    :class:`~convsim.core.clock.Clock`, which emulators may share. ``ids`` are of the live shape, or ``"sequential"``
    (``conv_1``, ``msg_1``) for snapshots. ``base_urls`` adds to the default and to
    ``OPENAI_BASE_URL``; ``other_hosts="pass"`` lets requests to other hosts through while it is patched in.
    ``api_keys`` limits the keys: several (each with a project of its own), or a mapping from key to project.
    ``unknown_ids="create"`` lets every id exist on first use, for generated client suites; it implies
    ``phase_on_other_roles="drop"`` and ``limit_zero="empty_page"``, whatever ``behavior`` says. ``behavior`` decides
    what the evidence leaves open. ``faults`` are armed from the start, and again by :meth:`reset`; with
    ``virtual_time`` the clock moves on where an answer is late, and nobody waits. ``state`` is a file that :meth:`dump`
    wrote, to begin with; its seed and kind of ids win.

    The Direct API (``conversations``, ``seed``, ``state``, ``transcript``) acts on the default project; see
    :meth:`project`. All calls are safe from several threads: one lock makes each operation whole.

    Raises :class:`~convsim.errors.UsageError` for an option that does not exist.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        now: float | Clock = DEFAULT_NOW,
        ids: Literal["live", "sequential"] = "live",
        base_urls: Iterable[str] = (),
        other_hosts: Literal["refuse", "pass"] = "refuse",
        api_keys: Mapping[str, str] | Iterable[str] | None = None,
        unknown_ids: Literal["refuse", "create"] = "refuse",
        behavior: Behavior = Behavior(),
        faults: Iterable[Rule | Fault] = (),
        virtual_time: bool = False,
        state: str | PathLike[str] | None = None,
    ) -> None:
        _require("ids", ids, ("live", "sequential"))
        _require("unknown_ids", unknown_ids, ("refuse", "create"))
        _require("other_hosts", other_hosts, ("refuse", "pass"))
        if type(seed) is not int:
            raise UsageError(f"Emulator(seed={seed!r}): write an integer")
        if not isinstance(behavior, Behavior):
            raise UsageError(f"Emulator(behavior={behavior!r}): write behavior=Behavior(...)")
        self.clock = now if isinstance(now, Clock) else Clock(now)
        self._first = seed, ids
        keys = Keys(api_keys)
        self._unknown_ids = unknown_ids
        self._behavior = behavior.for_generated_suites() if unknown_ids == "create" else behavior
        self._lock = Lock()
        self._request_ids = RequestIds()
        self._virtual_time = virtual_time
        armed = Faults(faults)
        self.journal = Journal()
        self._realtime: Realtime | None = None
        self._start(*self._first)
        router = Router(
            keys=keys,
            projects=self._project_named,
            behavior=self._behavior,
            request_ids=self._request_ids,
            now=self.clock.now,
            pass_time=self._pass_time,
            faults=armed,
            journal=self.journal,
            lock=self._lock,
        )
        ProjectAPI.__init__(self, self._caller_of(DEFAULT_PROJECT))
        Fronts.__init__(
            self,
            handler=router.handle,
            opener=self._open,
            keys=keys,
            faults=armed,
            base_urls=base_urls,
            other_hosts=other_hosts,
        )
        self._state = snapshots.read(state) if state is not None else None
        if self._state is not None:
            self.restore(self._state)

    def _start(self, seed: int, ids: Literal["live", "sequential"], requests: int = 0) -> None:
        self._seed, self._ids = seed, ids
        self._projects: dict[str, Project] = {}
        self._sequential = SequentialIds()
        self._request_ids.start(seed, requests)

    def reset(self) -> None:
        """Forget everything and set the clock back: the next calls give the same bytes as the first ones did."""
        if self._realtime is not None:
            self._realtime.reset()
        with self._lock:
            self.clock.reset()
            self._refused.clear()
            self.faults.reset()
            self.journal.clear()
            self._start(*self._first)
        if self._state is not None:
            self.restore(self._state)

    def snapshot(self) -> Snapshot:
        """All that is stored, and how far ids and clock have come; what follows a :meth:`restore` is the same again."""
        with self._lock:
            return snapshots.taken(
                seed=self._seed,
                ids=self._ids,
                clock=self.clock,
                request_ids=self._request_ids,
                projects=self._projects,
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to that state. Its seed and kind of ids become the emulator's; faults and journal stay."""
        document = snapshot.document
        with self._lock:
            self._start(document.seed, document.ids, document.requests)
            self.clock.move_to(document.clock.start, document.clock.advanced)
            snapshots.restore(snapshot, self._project_named)
            self.faults.forget_versions()

    def copy(self) -> Emulator:
        """Another emulator with the same options and in the same state; what happens in one shows not in the other."""
        seed, ids = self._first
        made = Emulator(
            seed=seed,
            now=copy(self.clock),
            ids=ids,
            base_urls=self._base_urls,
            other_hosts=self._other_hosts,
            api_keys=self._keys.given,
            unknown_ids=self._unknown_ids,
            behavior=self._behavior,
            faults=self.faults.given,
            virtual_time=self._virtual_time,
        )
        made._state = self._state
        made.restore(self.snapshot())
        return made

    def dump(self, path: str | PathLike[str]) -> None:
        """Write the state to a file, as JSON that reads well in a diff; the file is whole or as it was before."""
        snapshots.write(self.snapshot(), path)

    def load(self, path: str | PathLike[str]) -> None:
        """As :meth:`restore`, from a file.

        Raises :class:`~convsim.errors.UsageError`, and changes nothing, for a file that is no state.
        """
        self.restore(snapshots.read(path))

    def project(self, name: str) -> ProjectAPI:
        """The Direct API of the project ``name``, which the keys mapped to it see."""
        return ProjectAPI(self._caller_of(name))

    @property
    def realtime(self) -> Realtime:
        """The Realtime sessions: those that clients opened, and ``sim.realtime.connect()`` for tests without a client.

        A connection counts as one request in the minting of request ids, from which its session's ids come.
        """
        from convsim.realtime.api import Realtime
        from convsim.service.delivery import Surroundings

        with self._lock:
            if self._realtime is None:
                self._realtime = Realtime(
                    keys=self._keys,
                    seed=lambda: self._seed,
                    scope=self._request_ids.next,
                    behavior=self._behavior,
                    service=Surroundings(self.clock, self.faults, self.journal, self._lock, self._pass_time),
                )
            return self._realtime

    def _open(self, path: str) -> Opening | None:
        return self.realtime.open(path)

    def transcript(self, conversation_id: str, *, deleted: bool = False) -> str:
        """As of a project; the id may be that of a Realtime session, of which what was deleted is not shown."""
        session = self._session(conversation_id)
        if session is None:
            return super().transcript(conversation_id, deleted=deleted)
        return render_realtime(conversation_id, session.items)

    def assert_items(self, conversation_id: str, expected: Iterable[Line]) -> None:
        """As of a project; the id may be that of a Realtime session."""
        __tracebackhide__ = True
        session = self._session(conversation_id)
        if session is None:
            super().assert_items(conversation_id, expected)
        else:
            assert_items(conversation_id, session.items, expected)

    def _session(self, session_id: str) -> Session | None:
        return next((one.session for one in self._connections if one.id == session_id), None)

    def assert_called(self, operation: str, *, times: int | None = None, **criteria: Any) -> None:
        """Raise ``AssertionError`` unless the operation was called ``times`` times, or at all where that is None.

        ``criteria`` are those of ``journal.select``: ``assert_called("conversations.items.create", status=429)``. Each
        attempt counts, the SDK's retries too, and the test's own direct calls, which ``kind="http"`` leaves out. A type
        of Realtime events is an operation, too. Raises :class:`~convsim.errors.UsageError` for an unknown one.
        """
        __tracebackhide__ = True
        assert_called(self.journal, operation, times, criteria)

    def story(self) -> str:
        """What happened, as a failing test shows it: each conversation that was touched, and the newest exchanges."""
        return story.story(self.journal, lambda name, ids: self.project(name).endings(ids), self._sessions)

    def page(self, title: str = "convsim", failure: str = "") -> str:
        """The same as a page of HTML that needs no network and no script."""
        states = {name: list(self.project(name).state.values()) for name in list(self._projects)}
        return story.page(title, failure, self.journal, states, self._sessions)

    @property
    def _sessions(self) -> list[tuple[str, Any]]:
        return [(connection.id, connection.session.items) for connection in self._connections]

    @property
    def _connections(self) -> tuple[Connection, ...]:
        return self._realtime.connections if self._realtime is not None else ()

    def dump_journal(self, path: str | PathLike[str]) -> None:
        """Write the journal to a file; ``convsim render`` makes a page of it."""
        journal_files.write(self.journal, path)

    def diagram(self) -> str:
        """The journal as a Mermaid sequence diagram."""
        return render_mermaid(self.journal)

    def _pass_time(self, seconds: float) -> float:
        """Let the seconds pass on the clock, or say that the adapter has to wait for them."""
        if not self._virtual_time:
            return seconds
        self.clock.advance(min(seconds, self.clock.left()))
        return 0.0

    def _caller_of(self, project: str) -> Caller:
        return Caller(
            project,
            projects=self._project_named,
            behavior=self._behavior,
            journal=self.journal,
            clock=self.clock,
            lock=self._lock,
        )

    def _project_named(self, name: str) -> Project:
        project = self._projects.get(name)
        if project is None:
            ids: IdFactory = self._sequential if self._ids == "sequential" else LiveIds(self._seed, name)
            project = Project(Store(), ids, self.clock, self._behavior, self._unknown_ids)
            self._projects[name] = project
        return project

    def __repr__(self) -> str:
        conversations = sum(len(project.store.conversations) for project in list(self._projects.values()))
        return f"Emulator(seed={self._seed!r}, ids={self._ids!r}, conversations={conversations})"


def _require(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"Emulator({name}={value!r}): write {' or '.join(map(repr, choices))}")
