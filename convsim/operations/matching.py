"""From a path to the routes there. The modules of a resource are imported when the first path below it is asked for.

A process that makes conversations and takes no turns never builds the models of turns, which are half of all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from convsim.operations.route import Route

RESOURCES = {"conversations": ("conversations", "items"), "responses": ("responses",)}
"""The modules of this package that have the operations below a first segment; a test holds it to the ROUTES table."""


class Pattern(NamedTuple):
    pattern: re.Pattern[str]
    routes: dict[str, Route[Any]]
    """By method."""


Patterns = dict[int, list[Pattern]]
"""By the number of slashes in a path; those without ids come first."""

Matched = tuple[dict[str, "Route[Any]"], dict[str, str]]


def match(path: str) -> Matched | None:
    """The routes at ``path`` (percent-encoded, below the base URL) by method, and the ids that stand in it."""
    return match_in(_patterns(path[1:].partition("/")[0]), path)


def match_in(table: Patterns, path: str) -> Matched | None:
    """As :func:`match`, for the routes of a table."""
    for pattern, routes in table.get(path.count("/"), ()):
        found = pattern.fullmatch(path)
        if found:
            ids = found.groupdict()
            return routes, {name: unquote(ids[name]) for name in ids} if "%" in path else ids
    return None


def _patterns(resource: str) -> Patterns:
    return _by_depth(resource) if resource in RESOURCES else {}


@cache
def _by_depth(resource: str) -> Patterns:
    """The paths of a resource."""
    from convsim.operations.route import Route

    modules = [import_module(f"convsim.operations.{name}") for name in RESOURCES[resource]]
    routes = [one for module in modules for one in vars(module).values() if isinstance(one, Route) and one.path]
    return patterns(routes)


def patterns(routes: Sequence[Route[Any]]) -> Patterns:
    """The table in which paths are matched to these routes."""
    table: Patterns = {}
    for path in sorted(dict.fromkeys(route.path for route in routes), key=lambda path: "{" in path):
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        at_path = {route.method: route for route in routes if route.path == path}
        table.setdefault(path.count("/"), []).append(Pattern(pattern, at_path))
    return table
