"""The ROUTES table, which the router, the documentation and the tests read."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.operations import lists
from convsim.operations.matching import RESOURCES, routes_of
from convsim.operations.route import Route

ROUTES: tuple[Route[Any], ...] = tuple(route for resource in RESOURCES for route in routes_of(resource))

ELSEWHERE: tuple[Route[Any], ...] = (lists.list_conversations, lists.list_responses)
"""Operations of Azure AI Foundry that OpenAI does not have."""

ROUTES_BY_NAME = {route.operation: route for route in (*ROUTES, *ELSEWHERE)}
"""All operations of all services, by the names that faults and the journal use."""


def get_route(operation: str) -> Route[Any]:
    """Return the route of an operation; raise :class:`~convsim.errors.UsageError` that names the nearest, and all."""
    if operation not in ROUTES_BY_NAME:
        raise UsageError(f"there is no operation {shown(operation)}.{did_you_mean(operation, ROUTES_BY_NAME)}")
    return ROUTES_BY_NAME[operation]


_LONGEST = 100  # of a word that may be meant


def did_you_mean(wrong: object, names: Iterable[str], others: Iterable[str] = (), called: str = "") -> str:
    """Return the end of a sentence about a wrong name: the nearest, if one is near, and all ``names``.

    ``others`` may be the nearest, too, but the list shows them only as ``called``.
    """
    names = tuple(names)
    ends = [name for name in names if name.endswith(f".{wrong}")]
    near = ends or get_close_matches(str(wrong)[:_LONGEST], [*names, *others], cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{hint} There are {', '.join(names)}{called}"
