"""From a request to its answer, in the one order of checks that the evidence supports.

Route, key, content type, JSON, then the ids, query and body against the operation's input; then, under the lock, the
faults that are armed and the operation itself. What is refused before the lock changes nothing and uses up no fault;
what the operation refuses, an unknown conversation say, changes nothing either.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.core.ids import RequestIds
from convsim.faults.fault import Scene
from convsim.faults.registry import Faults, Plan
from convsim.http import wire
from convsim.http.keys import Keys
from convsim.http.messages import Outcome, Request, Response, TransportFault
from convsim.items.fields import Input
from convsim.journal.journal import Journal
from convsim.operations import inputs
from convsim.operations.routes import Route, match
from convsim.operations.verbs import Answer, Project


class Router:
    """Answers requests for one emulator; ``projects`` gives the project of a name, and is asked under the lock.

    ``pass_time`` is given the seconds that an answer takes, and returns those that the adapter has to wait.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        projects: Callable[[str], Project],
        behavior: Behavior,
        request_ids: RequestIds,
        now: Callable[[], float],
        pass_time: Callable[[float], float],
        faults: Faults,
        journal: Journal,
        lock: AbstractContextManager[object],
    ) -> None:
        self._keys = keys
        self._projects = projects
        self._behavior = behavior
        self._request_ids = request_ids
        self._now = now
        self._pass_time = pass_time
        self._faults = faults
        self._journal = journal
        self._lock = lock

    def handle(self, request: Request) -> Outcome:
        """The answer to any request: an unknown path is the live 404, never a miss."""
        operation = name = None
        try:
            route, values = _route(request)
            operation = route.operation
            name = self._keys.project(request)
            given = self._read(route, values, request)
        except errors.APIStatusError as error:
            content = wire.error_body(error) if request.method != "HEAD" else b""
            with self._lock:
                return self._answered(request, operation, name, error.status_code, content, (), None)
        # The journal's order is that of the commits: nobody comes between an operation and its entry.
        with self._lock:
            return self._run(request, route, name, given)

    def _run(self, request: Request, route: Route, name: str, given: Input) -> Outcome:
        """The operation, whatever the armed faults leave of it."""
        plan: Plan | None = None
        touched: tuple[str, ...] = ()
        status, content = 200, b""
        try:
            project = self._projects(name)
            if self._faults:
                plan = self._faults.plan(route.operation, getattr(given, "conversation_id", None), name)
                answer = self._run_faulty(plan, route, project, given, name)
            else:
                answer = route.run(project, given)
            if answer is not None:
                content, touched = answer
        except errors.APIStatusError as error:
            status, content = error.status_code, wire.error_body(error)
        return self._answered(request, route.operation, name, status, content, touched, plan)

    def _answered(
        self,
        request: Request,
        operation: str | None,
        name: str | None,
        status: int,
        content: bytes,
        touched: tuple[str, ...],
        plan: Plan | None,
    ) -> Outcome:
        """The outcome, noted in the journal."""
        now, request_id = self._now(), self._request_ids.next()
        response = wire.response(status, content, request_id=request_id, now=now, project=name)
        if plan is None:
            self._journal.exchange(now, name, operation, request, response, touched)
            return response
        outcome = self._faulty(plan, Scene(request, response, request_id, now, name))
        lost = response if plan.moment == "after" and _body(outcome) != content else None
        self._journal.exchange(now, name, operation, request, outcome, touched, plan.faults, lost)
        return outcome

    def _read(self, route: Route, values: dict[str, Any], request: Request) -> Input:
        if route.takes_body:
            values["body"] = wire.read_body(request)
        return inputs.read(route.input, self._behavior, values, request.query)

    def _run_faulty(self, plan: Plan, route: Route, project: Project, given: Input, name: str) -> Answer | None:
        """The operation in the way that the plan leaves it; None where the plan's answer comes before it."""
        plan.act(project, getattr(given, "conversation_id", None))
        if plan.answer is not None and plan.moment == "before":
            return None
        earlier = project.store.copy() if route.changes and self._faults.keeps() else None
        if plan.views:
            project = replace(project, store=plan.seen(project.store))
        answer = route.run(project, given)
        if earlier is not None:
            self._faults.wrote(name, earlier)
        return answer

    def _faulty(self, plan: Plan, scene: Scene) -> Outcome:
        """What the client gets, and when: its own timeout, where the answer takes longer."""
        outcome: Outcome = scene.response if plan.answer is None else plan.answer.answer(scene)
        delay = outcome.delay + plan.delay
        limit = (scene.request.timeout or {}).get("read")
        if limit is not None and delay > limit:
            outcome, delay = TransportFault("read_timeout"), limit
        return outcome._replace(delay=self._pass_time(delay))


def _route(request: Request) -> tuple[Route, dict[str, Any]]:
    matched = match(request.path)
    if matched is None:
        raise errors.unknown_route(request.method, request.full_path)
    routes, ids = matched
    if request.method not in routes:
        raise errors.method_not_allowed(request.method, request.full_path)
    return routes[request.method], ids


def _body(outcome: Outcome) -> bytes | None:
    return outcome.content if isinstance(outcome, Response) else None
