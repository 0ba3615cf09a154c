"""The input models of all operations, and the way in which each operation reads its own."""

from __future__ import annotations

from typing import Any

from convsim.core.behavior import Behavior
from convsim.operations.conversations import (
    CreateConversation,
    CreateItems,
    DeleteConversation,
    DeleteItem,
    ListItems,
    RetrieveConversation,
    RetrieveItem,
    SeedConversation,
    UpdateConversation,
    seed_conversation,
)
from convsim.operations.project import Answer, Project
from convsim.operations.route import Route
from convsim.operations.routes import ROUTES

__all__ = [
    "CreateConversation",
    "CreateItems",
    "DeleteConversation",
    "DeleteItem",
    "ListItems",
    "RetrieveConversation",
    "RetrieveItem",
    "SeedConversation",
    "UpdateConversation",
    "nested_list",
    "read",
]


def nested_list(levels: int) -> list[Any]:
    """Lists in a list: of 2,000 levels Python makes no repr, and of 100,000 no version of it makes JSON."""
    made: list[Any] = []
    for _ in range(levels - 1):
        made = [made]
    return made


def read(model: type[Any], behavior: Behavior, values: dict[str, Any], query: str = "") -> Any:
    """The validated input of the operation that takes the model; without one, the model itself."""
    for route in (*ROUTES, seed_conversation):
        if route.input is model:
            return route.read(behavior, values, query)
    return Route("", "", model.__name__, model, _no_verb).read(behavior, values)


def _no_verb(project: Project, given: Any) -> Answer:
    raise NotImplementedError
