"""What a service does in its own way: ids, routes, the words and the headers of its answers."""

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
    """OpenAI's own way; a subclass says what differs at another service.

    Whatever is not asked here is the same everywhere: the store, the rules, the faults, the journal and the fronts.
    """

    name = "openai"

    def ids(self, seed: int, scope: str) -> IdFactory:
        """The factory of live ids for the project ``scope``."""
        return LiveIds(seed, scope)

    match = staticmethod(match)
    """Finds the routes at a path, and the ids that stand in it."""

    def route(self, route: Route[Any]) -> Route[Any]:
        """Return the operation as the service has it; raises ``UsageError`` where it has none of that name."""
        if route.operation in _ELSEWHERE:
            raise UsageError(f"sim.{route.operation}(): OpenAI has no such operation; write service='foundry'")
        return route

    def sent(self, request: Request, body: Any) -> Any:
        """The body of a request, with what its URL adds to it."""
        return body

    def refusal(self, error: APIStatusError, request_id: str) -> APIStatusError:
        """The error in the words and the envelope of the service."""
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
        """An answer with the service's headers; ``error`` is what a refusal says."""
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
