"""Shell commands and patches that are refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import refused, without
from tests.items.test_shell import (
    COMMAND,
    LOCAL,
    LOCAL_OUTPUT,
    PATCH,
    PATCH_OUTPUT,
    SHELL,
    SHELL_OUTPUT,
    answering,
    running,
)

ANY_STATUS = ("in_progress", "completed", "incomplete")


@pytest.mark.parametrize(
    ("item", "members"),
    [
        (LOCAL, ["id", "status", "action", "call_id"]),
        (LOCAL_OUTPUT, ["id", "output"]),
        (SHELL, ["action", "call_id"]),
        (SHELL_OUTPUT, ["call_id", "output"]),
        (PATCH, ["status", "call_id", "operation"]),
        (PATCH_OUTPUT, ["status", "call_id"]),
    ],
)
def test_what_an_item_must_have(item: dict[str, Any], members: list[str]) -> None:
    for member in members:
        assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(
    ("item", "prefix"),
    [
        (LOCAL, "lsh"),
        (LOCAL_OUTPUT, "lsho"),
        (SHELL, "sh"),
        (SHELL_OUTPUT, "sho"),
        (PATCH, "apc"),
        (PATCH_OUTPUT, "apco"),
    ],
)
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "shell_1"}) == errors.id_with_wrong_prefix("items[0].id", "shell_1", prefix).body


@pytest.mark.parametrize(
    ("item", "supported"),
    [
        (LOCAL, ANY_STATUS),
        (LOCAL_OUTPUT, ANY_STATUS),
        (SHELL, ANY_STATUS),
        (SHELL_OUTPUT, ANY_STATUS),
        (PATCH, ("in_progress", "completed")),
        (PATCH_OUTPUT, ("completed", "failed")),
    ],
)
def test_another_status_is_refused(item: dict[str, Any], supported: tuple[str, ...]) -> None:
    answer = errors.unsupported_value("items[0].status", "done", supported)
    assert refused(item | {"status": "done"}) == answer.body


@pytest.mark.parametrize(
    ("item", "path", "expected"),
    [
        (LOCAL | {"action": None}, "action", "an object"),
        (running(env=None), "action.env", "an object with string keys and string values"),
        (running(command=None), "action.command", "an array of strings"),
        (LOCAL_OUTPUT | {"status": None}, "status", "one of 'in_progress', 'completed', or 'incomplete'"),
        (SHELL | {"action": None}, "action", "an object"),
        (SHELL | {"caller": None}, "caller", "an object"),
        (SHELL_OUTPUT | {"output": None}, "output", "an array of objects"),
        (answering(outcome=None), "output[0].outcome", "an object"),
        (PATCH | {"operation": None}, "operation", "an object"),
        (PATCH_OUTPUT | {"output": None}, "output", "a string"),
    ],
)
def test_null_is_another_type_where_it_is_not_allowed(item: dict[str, Any], path: str, expected: str) -> None:
    assert refused(item) == errors.wrong_type(f"items[0].{path}", expected, None).body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (LOCAL | {"action": {}}, errors.missing("items[0].action.type")),
        (running(type="run"), errors.unsupported_value("items[0].action.type", "run", ("exec",))),
        (running(env={"A": 5}), errors.wrong_type("items[0].action.env.A", "a string", 5)),
        (running(command="ls"), errors.wrong_type("items[0].action.command", "an array of strings", "ls")),
        (running(timeout_ms=1.5), errors.wrong_type("items[0].action.timeout_ms", "an integer", 1.5)),
    ],
)
def test_a_local_action_executes(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (SHELL | {"action": {}}, errors.missing("items[0].action.commands")),
        (SHELL | {"action": {"type": "exec", "commands": []}}, errors.unknown_parameter("items[0].action.type")),
        (SHELL | {"environment": {}}, errors.missing("items[0].environment.type")),
        (
            SHELL | {"environment": {"type": "container_auto"}},
            errors.unsupported_value("items[0].environment.type", "container_auto", ("local", "container_reference")),
        ),
        (
            SHELL | {"environment": {"type": "container_reference"}},
            errors.missing("items[0].environment.container_id"),
        ),
        (SHELL | {"environment": "local"}, errors.wrong_type("items[0].environment", "an object", "local")),
        (answering(outcome={}), errors.missing("items[0].output[0].outcome.type")),
        (
            answering(outcome={"type": "signal"}),
            errors.unsupported_value("items[0].output[0].outcome.type", "signal", ("timeout", "exit")),
        ),
        (answering(outcome={"type": "exit"}), errors.missing("items[0].output[0].outcome.exit_code")),
        (SHELL_OUTPUT | {"output": [without(COMMAND, "stderr")]}, errors.missing("items[0].output[0].stderr")),
    ],
)
def test_a_shell_has_commands_and_outcomes(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ({}, errors.missing("items[0].operation.type")),
        (
            {"type": "move_file"},
            errors.unsupported_value(
                "items[0].operation.type", "move_file", ("create_file", "delete_file", "update_file")
            ),
        ),
        ({"type": "create_file", "path": "p"}, errors.missing("items[0].operation.diff")),
        ({"type": "update_file", "path": "p"}, errors.missing("items[0].operation.diff")),
        (
            {"type": "delete_file", "path": "p", "diff": ""},
            errors.unknown_parameter("items[0].operation.diff"),
        ),
        ({"type": "delete_file", "path": ""}, errors.empty_string("items[0].operation.path")),
    ],
)
def test_a_patch_creates_updates_or_deletes_a_file(operation: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(PATCH | {"operation": operation}) == answer.body
