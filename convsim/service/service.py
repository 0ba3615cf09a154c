"""The emulated service as one object: what it stores, what it shares, and the one way through it.

Every operation passes :meth:`Service.call`, over HTTP and by the Direct API alike, so that both do the same in the same
order. The :class:`Origin` of a call makes the caller's answer of the result, and notes it in the journal.

**Locks.** ``Service.lock`` guards stores, ids, faults and journal. It is the innermost lock: while it is held, no other
lock of convsim is taken and no code of the test runs; waking a reader of a stream only sets a flag. The lock of a
Realtime session is taken before it, that of the active patches before both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakSet

from convsim.core.clock import Clock
from convsim.core.ids import RequestIds, SequentialIds
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
    from convsim.items.fields import Input
    from convsim.operations.route import Route
    from convsim.responses.agent import Agent
    from convsim.responses.scripts import Scripts

Told_co = TypeVar("Told_co", covariant=True)
Told = TypeVar("Told")


class Origin(Protocol[Told_co]):
    """Where a call comes from: which faults it meets, and what it makes of the outcome. Asked under the lock."""

    def plan(self, service: Service, operation: str, conversation_id: str | None, project: str) -> Plan | None:
        """What the armed faults do to the call; None when nothing."""

    def conclude(
        self,
        service: Service,
        operation: str | None,
        project: str | None,
        result: Answer | APIStatusError,
        plan: Plan | None,
    ) -> Told_co:
        """Note the call in the journal, and give what the caller gets (or raise it)."""


class Service:
    """The stores of all projects, and the clock, ids, keys, faults, journal and lock that they share.

    ``seed`` and ``ids`` are those that new ids come from: the options', until a snapshot with others is restored.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = options.now if isinstance(options.now, Clock) else Clock(options.now)
        self.keys = Keys(options.api_keys, options.seed, auth=options.auth, base_urls=options.base_urls)
        lenient = options.unknown_ids == "create"
        self.behavior = options.behavior.for_generated_suites() if lenient else options.behavior
        self.dialect = _dialect(options.service)
        self.agents: Mapping[str, Agent] = {}
        if options.agents:
            from convsim.foundry.agents import declared

            self.agents = declared(options.agents)
        if options.faults:
            _ = self.faults  # a wrong one is refused here, not at the first request
        self.journal = Journal(timer=self.clock.now if options.virtual_time else monotonic)
        if options.replies:
            _ = self.scripts
        self.projects: dict[str, Project] = {}
        self.refused: list[RefusedError] = []
        """The requests that were neither answered nor let out, oldest first."""
        self.offline: list[str] = []
        """The requests that found no network (``other_hosts``), oldest first."""
        self.raised: list[Exception] = []
        """What functions of scripts raised, oldest first."""
        self.lock = Lock()
        _services.add(self)
        self.request_ids = RequestIds()
        self._begin(options.seed, options.ids)
        # Read once: reset() gives the state back that there was at first.
        self._initial: Snapshot | None = None
        if options.state is not None:
            from convsim.service import state_files

            self._initial = state_files.read(options.state)
            self.restore(self._initial)

    @cached_property
    def faults(self) -> Faults:
        """The armed faults. They know all operations, whose models most emulators do not need."""
        from convsim.faults.registry import Faults

        # Threads may come here at once: all get the one that is kept.
        faults: Faults = self.__dict__.setdefault("faults", Faults(self.options.faults))
        return faults

    @property
    def armed(self) -> Faults | None:
        """:attr:`faults`, or None where nobody has asked for them yet: then there are none."""
        return vars(self).get("faults")

    @cached_property
    def scripts(self) -> Scripts:
        """What the model says. Scripts know the catalogue of items, which an emulator without turns does not need."""
        from convsim.responses.scripts import Scripts, turns

        made = Scripts(turns(self.options.replies), self.options.unscripted)
        scripts: Scripts = self.__dict__.setdefault("scripts", made)
        return scripts

    def _begin(self, seed: int, ids: Any, requests: int = 0) -> None:
        self._let_go()
        self.seed, self.ids = seed, ids
        self.projects = {}
        self._sequential = SequentialIds()
        self.request_ids.start(seed, requests)

    def project(self, name: str) -> Project:
        """The project of that name, as it is now; a new one where none has it. Called under the lock."""
        project = self.projects.get(name)
        if project is None:
            ids = self._sequential if self.ids == "sequential" else self.dialect.ids(self.seed, name)
            project = Project(
                Store(),
                ids,
                self.clock,
                self.behavior,
                self.options.unknown_ids,
                scripts=lambda: self.scripts,
                context_window=self.options.context_window,
                agents=self.agents,
            )
            self.projects[name] = project
        return project

    def call(self, route: Route[Any], given: Input, project: str, origin: Origin[Told]) -> Told:
        """Run one operation, whatever the armed faults leave of it, and note it.

        The journal has the order of the commits: the operation and its entry are one under the lock.
        """
        with self.lock:
            self._settle()
            conversation_id = getattr(given, "conversation_id", None)
            plan = origin.plan(self, route.operation, conversation_id, project) if self.armed else None
            result: Answer | Run | APIStatusError
            try:
                if plan is None:
                    result = route.verb(self.project(project), given)
                else:
                    result = self._run_with_faults(plan, route, given, project, conversation_id)
            except APIStatusError as error:
                result = error
            if isinstance(result, (Answer, APIStatusError)):
                return origin.conclude(self, route.operation, project, result, plan)
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
            # A client that is to hear something else reads no stream, and the run is not to wait for it.
            unheard = plan is not None and plan.answer is not None and not plan.answer.streams
            answer = run.open() if run.waits and not unheard else run.commit()
            return origin.conclude(self, route.operation, project, answer, plan)

    def _settle(self) -> None:
        """End the turns in the background whose time has come."""
        for project in self.projects.values():
            for run in project.settle():
                run.wake()

    def _let_go(self) -> None:
        """Close all open turns: what they would store is stored nowhere."""
        for project in self.projects.values():
            for run in project.let_go():
                run.wake()

    def refuse(self, error: APIStatusError, operation: str | None, project: str | None, origin: Origin[Told]) -> Told:
        """Note a call that never became an operation, and give its refusal; it meets no fault."""
        with self.lock:
            return origin.conclude(self, operation, project, error, None)

    def _run_with_faults(
        self, plan: Plan, route: Route[Any], given: Input, name: str, conversation_id: str | None
    ) -> Answer | Run:
        """The operation in the way that the plan leaves it; nothing where the plan's answer comes before it."""
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
        """Let the seconds pass on the clock, or give those that the adapter has to wait. Called under the lock."""
        if not self.options.virtual_time:
            return seconds
        self.clock.advance(min(seconds, self.clock.left()))
        return 0.0

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
        if self._initial is not None:
            self.restore(self._initial)

    def snapshot(self) -> Snapshot:
        """All that is stored, and how far ids and clock have come."""
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
        """Go back to that state. Its seed and kind of ids become the service's; faults and journal stay."""
        if snapshot.service != self.dialect.name:
            raise UsageError(
                f"this is a state of service={snapshot.service!r}, and the emulator is of {self.dialect.name!r}; write"
                f" Emulator(service={snapshot.service!r})"
            )
        with self.lock:
            self._begin(snapshot.seed, snapshot.ids, snapshot.requests)
            self.clock.move_to(*snapshot.clock)
            snapshots.restore(snapshot, self.project)
            if self.armed is not None:
                self.armed.forget_versions()
            self.journal.go_back(snapshot.mark)


def _dialect(service: str) -> Dialect:
    if service == "openai":
        return OPENAI
    from convsim.foundry.dialect import FOUNDRY

    return FOUNDRY


_NOTHING = Answer(b"")

_services: WeakSet[Service] = WeakSet()


def renew_locks() -> None:
    """For a forked process, which has the locks as the threads of its parent held them."""
    for service in _services:
        service.lock = Lock()


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=renew_locks)  # not on every system
