"""From a request to its answer, in the one order of checks that the evidence supports.

Route, key, content type, JSON, then the ids, query and body against the operation's input; then, under the lock, the
operation itself. What is refused on the way changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from convsim import errors, inputs, wire
from convsim.behavior import Behavior
from convsim.exchange import Request, Response
from convsim.ids import RequestIds
from convsim.keys import Keys
from convsim.operations import Project, View
from convsim.routes import Route, match


class Router:
    """Answers requests for one emulator; ``projects`` gives the project of a name, and is asked under the lock."""

    def __init__(
        self,
        *,
        keys: Keys,
        projects: Callable[[str], Project],
        behavior: Behavior,
        request_ids: RequestIds,
        now: Callable[[], float],
        lock: AbstractContextManager[object],
    ) -> None:
        self._keys = keys
        self._projects = projects
        self._behavior = behavior
        self._request_ids = request_ids
        self._now = now
        self._lock = lock

    def handle(self, request: Request) -> Response:
        """The answer to any request: an unknown path is the live 404, never a miss."""
        name: str | None = None
        try:
            route, values = _route(request)
            name = self._keys.project(request)
            content = wire.body(self._run(route, values, request, name))
            status = 200
        except errors.APIStatusError as error:
            status, content = error.status_code, wire.error_body(error)
        if request.method == "HEAD":
            content = b""
        return wire.response(status, content, request_id=self._request_ids.next(), now=self._now(), project=name)

    def _run(self, route: Route, values: dict[str, Any], request: Request, project: str) -> View:
        if route.takes_body:
            values["body"] = wire.read_body(request)
        given = inputs.read(route.input, self._behavior, values, request.query)
        with self._lock:
            return route.run(self._projects(project), given)


def _route(request: Request) -> tuple[Route, dict[str, Any]]:
    matched = match(request.path)
    if matched is None:
        raise errors.unknown_route(request.method, request.full_path)
    routes, ids = matched
    if request.method not in routes:
        raise errors.method_not_allowed(request.method, request.full_path)
    return routes[request.method], ids
