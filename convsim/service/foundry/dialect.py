"""The table of differences between Azure AI Foundry and OpenAI, each under the name that the service uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from convsim.core.ids import IdFactory
from convsim.errors import APIStatusError
from convsim.http import wire
from convsim.http.messages import Request, Response
from convsim.operations.dialect import Dialect
from convsim.operations.matching import Matched, match_in
from convsim.service.foundry import envelope
from convsim.service.foundry.ids import FoundryIds

if TYPE_CHECKING:
    from convsim.operations.route import Route

_AGENT = re.compile(r"/(?:agents/([^/]+)/endpoint|applications/([^/]+))/protocols/openai/responses")


class Foundry(Dialect):
    """A project's endpoint as it was recorded from February to July of 2026."""

    name = "foundry"

    def ids(self, seed: int, scope: str) -> IdFactory:
        return FoundryIds(seed, scope)

    def match(self, path: str) -> Matched | None:
        from convsim.service.foundry.operations import PATTERNS

        return match_in(PATTERNS, path)

    def route(self, route: Route[Any]) -> Route[Any]:
        from convsim.service.foundry.operations import ROUTES

        return ROUTES[route.operation]

    @staticmethod
    def read_body(request: Request) -> Any:
        """Return the body; the agent of the URL answers, unless the body names another (inferred).

        An application, which is a published agent, has the agent's name here; live it has a name of its own.
        """
        body = wire.read_body(request)
        found = _AGENT.search(request.full_path)
        if found is None or not isinstance(body, dict):
            return body
        return {"agent_reference": {"type": "agent_reference", "name": unquote(found[1] or found[2])}} | body

    def refusal(self, error: APIStatusError, request_id: str) -> APIStatusError:
        return envelope.refusal(error, request_id)

    def response(self, *args: Any, project: str | None, **named: Any) -> Response:
        """Return an answer without headers about the account."""
        return envelope.response(*args, **named)


FOUNDRY = Foundry()
