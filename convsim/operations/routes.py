"""The ROUTES table: what the router, the documentation and the tests all read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote

from convsim.errors import UsageError
from convsim.items.fields import Input
from convsim.operations import inputs
from convsim.operations import verbs as operations
from convsim.operations.verbs import Answer, Project


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its method and path below the base URL, its name in the SDK, its input and its verb.

    ``takes_body`` says whether a request body is read at all, ``changes`` whether the operation is one that writes.
    """

    method: str
    path: str
    operation: str
    input: type[Input]
    run: Callable[[Project, Any], Answer]

    takes_body: bool = field(init=False)
    changes: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "takes_body", "body" in self.input.model_fields)
        object.__setattr__(self, "changes", self.method != "GET")


ROUTES = (
    Route(
        "POST",
        "/conversations",
        "conversations.create",
        inputs.CreateConversation,
        operations.create_conversation,
    ),
    Route(
        "GET",
        "/conversations/{conversation_id}",
        "conversations.retrieve",
        inputs.RetrieveConversation,
        operations.retrieve_conversation,
    ),
    Route(
        "POST",
        "/conversations/{conversation_id}",
        "conversations.update",
        inputs.UpdateConversation,
        operations.update_conversation,
    ),
    Route(
        "DELETE",
        "/conversations/{conversation_id}",
        "conversations.delete",
        inputs.DeleteConversation,
        operations.delete_conversation,
    ),
    Route(
        "POST",
        "/conversations/{conversation_id}/items",
        "conversations.items.create",
        inputs.CreateItems,
        operations.create_items,
    ),
    Route(
        "GET",
        "/conversations/{conversation_id}/items",
        "conversations.items.list",
        inputs.ListItems,
        operations.list_items,
    ),
    Route(
        "GET",
        "/conversations/{conversation_id}/items/{item_id}",
        "conversations.items.retrieve",
        inputs.RetrieveItem,
        operations.retrieve_item,
    ),
    Route(
        "DELETE",
        "/conversations/{conversation_id}/items/{item_id}",
        "conversations.items.delete",
        inputs.DeleteItem,
        operations.delete_item,
    ),
)

BY_OPERATION = {route.operation: route for route in ROUTES}


def match(path: str) -> tuple[dict[str, Route], dict[str, str]] | None:
    """The routes at ``path`` (percent-encoded, below the base URL) by method, and the ids that stand in it."""
    for pattern, routes in _BY_DEPTH.get(path.count("/"), ()):
        found = pattern.fullmatch(path)
        if found:
            ids = found.groupdict()
            return routes, {name: unquote(ids[name]) for name in ids} if "%" in path else ids
    return None


def _by_depth() -> dict[int, list[tuple[re.Pattern[str], dict[str, Route]]]]:
    """Each path as a pattern with its routes by method, by the number of its slashes."""
    table: dict[int, list[tuple[re.Pattern[str], dict[str, Route]]]] = {}
    for path in dict.fromkeys(route.path for route in ROUTES):
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        routes = {route.method: route for route in ROUTES if route.path == path}
        table.setdefault(path.count("/"), []).append((pattern, routes))
    return table


_BY_DEPTH = _by_depth()


def named(operation: str) -> Route:
    """The route of an operation; raises :class:`~convsim.errors.UsageError` that names the nearest, and all."""
    if operation not in BY_OPERATION:
        raise UsageError(f"there is no operation {operation!r}.{what_there_is(operation, BY_OPERATION)}")
    return BY_OPERATION[operation]


def what_there_is(wrong: object, names: Iterable[str], others: Iterable[str] = (), called: str = "") -> str:
    """The end of a sentence about a wrong name: the nearest, if one is near, and all ``names``.

    ``others`` may be near, too, and stand in the list only as what they are ``called``.
    """
    names = tuple(names)
    near = get_close_matches(str(wrong), [*names, *others], n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{hint} There are {', '.join(names)}{called}"
