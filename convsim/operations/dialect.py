"""The differences between services: ids, routes, and the words and headers of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convsim.core.ids import IdFactory, LiveIds
from convsim.errors import UsageError
from convsim.http import wire
from convsim.http.messages import Request, Response
from convsim.operations.matching import Matched, match

if TYPE_CHECKING:
    from convsim.errors import APIStatusError
    from convsim.operations.route import Route


class Dialect:
    """OpenAI's dialect; a subclass overrides the differences of another service.

    All other parts are the same for every service: the store, the rules, the faults, the journal and the fronts.
    """

    name = "openai"

    def ids(self, seed: int, scope: str) -> IdFactory:
        """Return the factory of live ids for the project ``scope``."""
        return LiveIds(seed, scope)

    match: Callable[[str], Matched | None] = staticmethod(match)
    """Returns the routes at a path, and the ids in it."""

    def route(self, route: Route[Any]) -> Route[Any]:
        """Return the operation of that name in the service; raise ``UsageError`` if it has none."""
        if route.only is not None:
            raise UsageError(f"sim.{route.operation}(): OpenAI has no such operation; write service={route.only!r}")
        return route

    read_body: Callable[[Request], object] = staticmethod(wire.read_body)
    """Returns the JSON of a request's body, with the members that its URL adds."""

    def refusal(self, error: APIStatusError, request_id: str) -> APIStatusError:
        """Return the error in the words and the envelope of the service."""
        return error

    response: Callable[..., Response] = staticmethod(wire.response)
    """Returns an answer with the service's headers; takes what :func:`convsim.http.wire.response` does, and more."""


OPENAI = Dialect()
