from __future__ import annotations

from functools import reduce
from typing import Any

import pytest

from convsim.emulator import Emulator
from convsim.errors import UsageError
from convsim.operations.route import Route
from convsim.operations.routes import ROUTES, ROUTES_BY_NAME, get_route

LISTED = [
    ("POST", "/conversations", "conversations.create", True),
    ("GET", "/conversations/{conversation_id}", "conversations.retrieve", False),
    ("POST", "/conversations/{conversation_id}", "conversations.update", True),
    ("DELETE", "/conversations/{conversation_id}", "conversations.delete", False),
    ("POST", "/conversations/{conversation_id}/items", "conversations.items.create", True),
    ("GET", "/conversations/{conversation_id}/items", "conversations.items.list", False),
    ("GET", "/conversations/{conversation_id}/items/{item_id}", "conversations.items.retrieve", False),
    ("DELETE", "/conversations/{conversation_id}/items/{item_id}", "conversations.items.delete", False),
    ("POST", "/responses", "responses.create", True),
    ("GET", "/responses/{response_id}", "responses.retrieve", False),
    ("DELETE", "/responses/{response_id}", "responses.delete", False),
    ("POST", "/responses/{response_id}/cancel", "responses.cancel", False),
    ("GET", "/responses/{response_id}/input_items", "responses.input_items.list", False),
    ("POST", "/responses/compact", "responses.compact", True),
    ("POST", "/responses/input_tokens", "responses.input_tokens.count", True),
]


def test_the_table_lists_the_whole_api() -> None:
    assert [(route.method, route.path, route.operation, route.takes_body) for route in ROUTES] == LISTED


def test_every_operation_is_found_by_its_name() -> None:
    elsewhere = ["conversations.list", "responses.list"]
    assert list(ROUTES_BY_NAME) == [*(operation for _, _, operation, _ in LISTED), *elsewhere]
    assert all(ROUTES_BY_NAME[route.operation] is route for route in ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_every_operation_is_a_method_of_the_direct_api_and_of_the_official_sdk(route: Route[Any]) -> None:
    sim = Emulator()
    steps = route.operation.split(".")

    assert callable(reduce(getattr, steps, sim))
    assert callable(reduce(getattr, steps, sim.openai()))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_an_input_declares_the_ids_of_its_path(route: Route[Any]) -> None:
    fields = set(route.input.model_fields)

    for name in ("conversation_id", "item_id"):
        assert (name in fields) == (f"{{{name}}}" in route.path)


def test_these_operations_change_nothing() -> None:
    assert [route.operation for route in ROUTES if route.reads] == [
        "conversations.retrieve",
        "conversations.items.list",
        "conversations.items.retrieve",
        "responses.retrieve",
        "responses.input_items.list",
        "responses.input_tokens.count",
    ]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_an_operation_is_named(route: Route[Any]) -> None:
    assert get_route(route.operation) is route


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("conversation.create", " Did you mean 'conversations.create'?"),
        ("retrieve", " Did you mean 'conversations.retrieve'?"),
        ("items.list", " Did you mean 'conversations.items.list'?"),
        ("item.create", " Did you mean 'conversations.items.create'?"),
        ("Conversations.Update", " Did you mean 'conversations.update'?"),
        ("conversations.items.create()", " Did you mean 'conversations.items.create'?"),
        ("", ""),
        ("zzz", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_a_name_of_no_operation_is_answered_with_the_nearest_and_all(wrong: Any, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        get_route(wrong)
    assert str(caught.value) == (
        f"there is no operation {wrong!r}.{hint} There are conversations.create, conversations.retrieve,"
        " conversations.update, conversations.delete, conversations.items.create, conversations.items.list,"
        " conversations.items.retrieve, conversations.items.delete, responses.create, responses.retrieve,"
        " responses.delete, responses.cancel, responses.input_items.list, responses.compact,"
        " responses.input_tokens.count, conversations.list, responses.list"
    )
