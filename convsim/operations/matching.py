"""Matching a path to its routes. The modules of a resource are imported when the first path below it is requested.

A process that makes conversations and takes no turns never builds the models of turns, which are half of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from convsim.http.paths import LIVE_SEGMENTS

if TYPE_CHECKING:
    from convsim.operations.route import Route

RESOURCES = ("conversations", "responses")
"""The first segments of paths, each with a module of its name in this package, which declares the operations."""


class Pattern(NamedTuple):
    pattern: re.Pattern[str]
    routes: dict[str, Route[Any]]
    """The routes, by method."""


Patterns = dict[int, list[Pattern]]
"""The patterns by the number of slashes in a path; those without ids come first."""

Matched = tuple[Mapping[str, "Route[Any]"], Mapping[str, str]]


@lru_cache(maxsize=256)  # each request asks twice: whether it is served, and for its operation
def match(path: str) -> Matched | None:
    """Return the routes at ``path`` (percent-encoded, below the base URL) by method, and the ids in it."""
    resource = path[1:].partition("/")[0]
    return match_in(_by_depth(resource), path) if resource in RESOURCES else None


def match_in(table: Patterns, path: str) -> Matched | None:
    """Do as :func:`match`, for the routes of a table."""
    for pattern, routes in table.get(path.count("/"), ()):
        found = pattern.fullmatch(path)
        if found:
            ids = found.groupdict()
            return routes, {name: unquote(ids[name]) for name in ids} if "%" in path else ids
    return None


def is_missing(path: str) -> bool:
    """Return whether the live API has a path that is not emulated, as far as its first segment tells."""
    return path[1:].partition("/")[0] in LIVE_SEGMENTS and path not in _WEBSOCKETS and match(path) is None


_WEBSOCKETS = ("/realtime", "/responses")


def emulated() -> str:
    """Return the paths that are emulated, as a sentence names them."""
    return f"{', '.join(f'/{name}' for name in RESOURCES)} over HTTP and {', '.join(_WEBSOCKETS)} as WebSockets"


def routes_of(resource: str) -> list[Route[Any]]:
    """Return the operations of a resource that have a path, as they are declared."""
    from convsim.operations.route import Route

    declared = vars(import_module(f"convsim.operations.{resource}")).values()
    return [one for one in declared if isinstance(one, Route) and one.path]


@cache
def _by_depth(resource: str) -> Patterns:
    """Return the patterns of a resource."""
    return patterns(routes_of(resource))


def patterns(routes: Sequence[Route[Any]]) -> Patterns:
    """Return the table in which paths are matched to these routes."""
    table: Patterns = {}
    for path in sorted(dict.fromkeys(route.path for route in routes), key=lambda path: "{" in path):
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        at_path = {route.method: route for route in routes if route.path == path}
        table.setdefault(path.count("/"), []).append(Pattern(pattern, at_path))
    return table
