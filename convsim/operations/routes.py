"""The ROUTES table: what the router, the documentation and the tests all read."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from convsim.errors import UsageError
from convsim.operations import conversations, items, lists, responses
from convsim.operations.route import Route

ROUTES: tuple[Route[Any], ...] = (
    conversations.create_conversation,
    conversations.retrieve_conversation,
    conversations.update_conversation,
    conversations.delete_conversation,
    items.create_items,
    items.list_items,
    items.retrieve_item,
    items.delete_item,
    responses.create_response,
    responses.retrieve_response,
    responses.delete_response,
    responses.cancel_response,
    responses.list_input_items,
    responses.compact_response,
    responses.count_input_tokens,
)

ELSEWHERE: tuple[Route[Any], ...] = (lists.list_conversations, lists.list_responses)
"""Operations that OpenAI does not have, and Azure AI Foundry has."""

ROUTES_BY_NAME = {route.operation: route for route in (*ROUTES, *ELSEWHERE)}
"""All operations of all services: the names by which faults and the journal find them."""


def get_route(operation: str) -> Route[Any]:
    """The route of an operation; raises :class:`~convsim.errors.UsageError` that names the nearest, and all."""
    if operation not in ROUTES_BY_NAME:
        raise UsageError(f"there is no operation {operation!r}.{did_you_mean(operation, ROUTES_BY_NAME)}")
    return ROUTES_BY_NAME[operation]


def did_you_mean(wrong: object, names: Iterable[str], others: Iterable[str] = (), called: str = "") -> str:
    """The end of a sentence about a wrong name: the nearest, if one is near, and all ``names``.

    ``others`` may be near, too, and stand in the list only as what they are ``called``.
    """
    names = tuple(names)
    ends = [name for name in names if name.endswith(f".{wrong}")]
    near = ends or get_close_matches(str(wrong), [*names, *others], n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{hint} There are {', '.join(names)}{called}"
