"""The differences between services: ids, routes, and the words and headers of answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convsim.core.ids import IdFactory, LiveIds
from convsim.errors import UsageError
from convsim.http import wire
from convsim.http.messages import Body, Request, Response
from convsim.operations.matching import match

if TYPE_CHECKING:
    from convsim.errors import APIStatusError
    from convsim.operations.route import Route


_ELSEWHERE = ("conversations.list", "responses.list")


class Dialect:
    """OpenAI's dialect; a subclass overrides the differences of another service.

    Everything else is the same for all services: the store, the rules, the faults, the journal and the fronts.
    """

    name = "openai"

    def ids(self, seed: int, scope: str) -> IdFactory:
        """Return the factory of live ids for the project ``scope``."""
        return LiveIds(seed, scope)

    match = staticmethod(match)
    """Returns the routes at a path, and the ids in it."""

    def route(self, route: Route[Any]) -> Route[Any]:
        """Return the operation of that name in the service; raise ``UsageError`` if it has none."""
        if route.operation in _ELSEWHERE:
            raise UsageError(f"sim.{route.operation}(): OpenAI has no such operation; write service='foundry'")
        return route

    def sent(self, request: Request, body: Any) -> Any:
        """Return the body of a request, with the members that its URL adds."""
        return body

    def refusal(self, error: APIStatusError, request_id: str) -> APIStatusError:
        """Return the error in the words and the envelope of the service."""
        return error

    def response(
        self,
        status: int,
        body: bytes | Body,
        *,
        operation: str | None,
        request_id: str,
        now: float,
        project: str | None,
        media_type: bytes = wire.JSON,
        front: wire.Front = "conversations",
        more: Sequence[tuple[bytes, bytes]] = (),
        error: APIStatusError | None = None,
    ) -> Response:
        """Return an answer with the service's headers; ``error`` is the error of a refusal."""
        return wire.response(
            status,
            body,
            request_id=request_id,
            now=now,
            project=project,
            media_type=media_type,
            front=front,
            more=more,
        )


OPENAI = Dialect()
