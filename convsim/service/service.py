"""The emulated service as one object: its stored and shared state, and its one entry point.

Every operation passes through :meth:`Service.call`, over HTTP and by the Direct API alike, so that both do the same in
the same order. The :class:`Origin` of a call turns the result into the caller's answer, and notes it in the journal.

**Locks.** ``Service.lock`` guards stores, ids, faults and journal. The lock of a stream (a Realtime session, the body
of an answer) is taken before it, that of the active patches before both, that of a server's sessions before all three,
and none of them while it is held. Inside it are only leaves, under which nothing else is taken: those that build
models, wake a thread, or set keys in the environment. No function of the test runs under any of them, but the methods
of faults that the test wrote itself: those get all that they need, and must not call the emulator.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar
from weakref import proxy

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.forks import renew_after_fork
from convsim.core.ids import RequestIds, SequentialIds
from convsim.core.newest import Newest
from convsim.errors import APIStatusError, RefusedError, UsageError
from convsim.http.keys import Keys
from convsim.journal.journal import Journal
from convsim.operations.dialect import OPENAI, Dialect
from convsim.operations.project import Answer, Project, Run
from convsim.service import snapshots
from convsim.service.options import Options
from convsim.service.snapshots import Snapshot
from convsim.store.store import Store

if TYPE_CHECKING:
    from convsim.faults.fault import Plan
    from convsim.faults.registry import Faults
    from convsim.operations.route import Route
    from convsim.responses.agent import Agent
    from convsim.responses.scripts import Scripts
    from convsim.responses.webhooks import Ended
    from convsim.service.sockets import TurnSockets

Told_co = TypeVar("Told_co", covariant=True)
Told = TypeVar("Told")


class Origin(Protocol[Told_co]):
    """The origin of a call: it chooses the faults, and converts the outcome. Called under the lock."""

    def plan(self, service: Service, operation: str, conversation_id: str | None, project: str) -> Plan | None:
        """Return the effects of the armed faults on the call; None if there are none."""

    def conclude(
        self,
        service: Service,
        operation: str | None,
        conversation_id: str | None,
        project: str | None,
        result: Answer | APIStatusError,
        plan: Plan | None,
    ) -> Told_co:
        """Note the call in the journal, and return the caller's answer (or raise it)."""


class Service:
    """The stores of all projects, and the clock, ids, keys, faults, journal and lock that they share.

    ``seed`` and ``ids`` are those of new ids: the options', until a snapshot with others is restored.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.armed: Faults | None = None
        """:attr:`faults`, or None if they were never used: then none are armed."""
        self.clock: Clock = options.now if isinstance(options.now, Clock) else Clock(options.now)
        self.keys: Keys = Keys(options.api_keys, options.seed, auth=options.auth, base_urls=options.base_urls)
        lenient = options.unknown_ids == "create"
        self.behavior: Behavior = options.behavior.for_generated_suites() if lenient else options.behavior
        self.dialect: Dialect = _dialect(options.service)
        self.agents: Mapping[str, Agent] = {}
        if options.agents is not None:
            from convsim.service.foundry.agents import declared

            self.agents = declared(options.agents)
        if options.faults:
            _ = self.faults  # refuse a wrong clock here, not at the first request
        self.journal: Journal = Journal(timer=self.clock.now if options.virtual_time else monotonic)
        if options.replies:
            _ = self.scripts
        self.projects: dict[str, Project] = {}
        self.refused: Newest[RefusedError] = Newest(_MOST_TOLD)
        """The requests that were neither answered nor let out, oldest first."""
        self.offline: Newest[str] = Newest(_MOST_TOLD)
        """The requests that found no network (``other_hosts``), oldest first."""
        self.raised: Newest[Exception] = Newest(_MOST_TOLD)
        """The exceptions that functions of scripts raised, oldest first."""
        self.webhooks: deque[Ended] = deque(maxlen=_MOST_TOLD)
        """The newest ended background turns, of all projects, whose webhooks were not taken yet."""
        self.renew_locks()
        renew_after_fork(self)
        self._begin(options.seed, options.ids)
        self.initial: Snapshot | None = None
        """The state of the option ``state``, which is read once."""
        if options.state is not None:
            from convsim.service import state_files

            self.begin_with(state_files.read(options.state))

    def renew_locks(self) -> None:
        """Make the lock, and make it anew in a forked process."""
        self.lock: Lock = Lock()

    @cached_property
    def faults(self) -> Faults:
        """The armed faults. Importing them loads the models of all operations, which most emulators do not need."""
        from convsim.faults.registry import Faults

        # Several threads may arrive here at once: all get the one that is kept.
        faults: Faults = self.__dict__.setdefault("faults", Faults(self.options.faults))
        self.armed = faults
        return faults

    @cached_property
    def scripts(self) -> Scripts:
        """The scripts of the model. Importing them loads the catalogue of items, which only turns need."""
        from convsim.responses.scripts import Scripts, turns

        made = Scripts(turns(self.options.replies), self.options.unscripted)
        scripts: Scripts = self.__dict__.setdefault("scripts", made)
        return scripts

    @cached_property
    def turn_sockets(self) -> TurnSockets:
        """The WebSockets of turns. Importing them loads the operations on responses."""
        from convsim.service.sockets import TurnSockets

        sockets: TurnSockets = self.__dict__.setdefault("turn_sockets", TurnSockets(self))
        return sockets

    def _begin(self, seed: int, ids: Any, requests: int = 0) -> None:
        for project in self.projects.values():
            project.let_go()
        self.seed: int = seed
        self.ids: Literal["live", "sequential"] = ids
        self.projects = {}
        self.webhooks.clear()
        self._sequential = SequentialIds()
        self.request_ids: RequestIds = RequestIds(seed, requests)

    def project(self, name: str) -> Project:
        """Return the project of that name in its present state, a new one if none has it. Called under the lock."""
        project = self.projects.get(name)
        if project is None:
            ids = self._sequential if self.ids == "sequential" else self.dialect.ids(self.seed, name)
            service = proxy(self)  # a circle would keep the emulator of each test until garbage is collected
            project = Project(
                Store(),
                ids,
                self.clock,
                self.behavior,
                self.options.unknown_ids,
                scripts=lambda: service.scripts,
                context_window=self.options.context_window,
                webhooks=self.webhooks,
                agents=self.agents,
            )
            self.projects[name] = project
        return project

    @property
    def size(self) -> int:
        """About how many bytes are stored, in all projects."""
        return sum(project.store.size for project in list(self.projects.values()))

    def call(self, route: Route[Any], given: Any, project: str, origin: Origin[Told]) -> Told:
        """Run one operation under the armed faults, and note it.

        The journal has the order of the commits: the operation and its entry are one under the lock.
        """
        with self.lock:
            for other in self.projects.values():
                if other.background:
                    other.settle()
            conversation_id: str | None = given.conversation_id if route.about_one else None
            armed = self.armed is not None and self.armed.rules
            plan = origin.plan(self, route.operation, conversation_id, project) if armed else None
            result: Answer | Run | APIStatusError
            try:
                if plan is None:
                    result = route.verb(self.projects.get(project) or self.project(project), given)
                else:
                    result = self._run_with_faults(plan, route, given, project, conversation_id)
            except APIStatusError as error:
                result = error
            if isinstance(result, (Answer, APIStatusError)):
                return origin.conclude(self, route.operation, conversation_id, project, result, plan)
        run = result
        try:
            run.play(self.lock)
        except RefusedError as error:
            self.refused.append(error)
            raise
        except Exception as error:
            self.raised.append(error)
            raise
        with self.lock:
            # A client that a fault answers reads no stream, and the run must not wait for it.
            unheard = plan is not None and plan.answer is not None and not plan.answer.streams
            answer = run.open() if run.waits and not unheard else run.commit()
            return origin.conclude(self, route.operation, conversation_id, project, answer, plan)

    def refuse(self, error: APIStatusError, operation: str | None, project: str | None, origin: Origin[Told]) -> Told:
        """Note a call that never became an operation, and return its refusal; it meets no fault."""
        with self.lock:
            return origin.conclude(self, operation, None, project, error, None)

    def _run_with_faults(
        self, plan: Plan, route: Route[Any], given: Any, name: str, conversation_id: str | None
    ) -> Answer | Run:
        """Run the operation under the plan; return an empty answer if a fault answers before it."""
        project = self.project(name)
        plan.act(project, conversation_id)
        if plan.answer is not None and plan.moment == "before":
            return _NOTHING
        earlier = project.store.copy() if not route.reads and self.faults.keeps() else None
        answer = plan.run(project, lambda shown: route.verb(shown, given))
        if earlier is not None:
            self.faults.wrote(name, earlier)
        return answer

    def wait(self, seconds: float) -> float:
        """Let the seconds pass on the clock, or return those that the adapter has to wait. Called under the lock."""
        if not self.options.virtual_time:
            return seconds
        self.clock.pass_time(seconds)
        return 0.0

    def begin_with(self, initial: Snapshot) -> None:
        """Restore a state to which :meth:`reset` returns, too."""
        self.initial = initial
        self.restore(initial)

    def reset(self) -> None:
        """Forget everything and set the clock back: the next calls give the same bytes as the first ones did."""
        with self.lock:
            self.refused.clear()
            self.raised.clear()
            self.offline.clear()
            self.clock.reset()
            if self.armed is not None:
                self.armed.reset()
            self.journal.clear()
            if "scripts" in vars(self):
                self.scripts.reset()
            self._begin(self.options.seed, self.options.ids)
            if self.initial is not None:
                self._return_to(self.initial)

    def snapshot(self) -> Snapshot:
        """Return the stored state, with the positions of ids and clock."""
        with self.lock:
            return snapshots.taken(
                seed=self.seed,
                ids=self.ids,
                clock=self.clock,
                request_ids=self.request_ids,
                mark=self.journal.mark(),
                service=self.dialect.name,
                projects=self.projects,
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Return to a state, with its seed and kind of ids; faults and journal stay.

        Raises :class:`~convsim.errors.UsageError`, and changes nothing, for a state of another service.
        """
        if not isinstance(snapshot, Snapshot):
            # Its value may be a whole state, with secrets.
            raise UsageError(
                f"sim.restore() got a {type(snapshot).__name__}: write the result of sim.snapshot(); for a file, write"
                " sim.load(path)"
            )
        if snapshot.service != self.dialect.name:
            raise UsageError(
                f"this is a state of service={snapshot.service!r}, and the emulator is of {self.dialect.name!r}; write"
                f" Emulator(service={snapshot.service!r})"
            )
        with self.lock:
            self._return_to(snapshot)

    def _return_to(self, snapshot: Snapshot) -> None:
        self._begin(snapshot.seed, snapshot.ids, snapshot.requests)
        self.clock.move_to(*snapshot.clock)
        snapshots.restore(snapshot, self.project)
        if self.armed is not None:
            self.armed.forget_versions()
        self.journal.go_back(snapshot.mark)


def _dialect(service: str) -> Dialect:
    if service == "openai":
        return OPENAI
    from convsim.service.foundry.dialect import FOUNDRY

    return FOUNDRY


_NOTHING = Answer(b"")
_MOST_TOLD = 10_000
