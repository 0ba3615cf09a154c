"""Shell commands and patches: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.items.sending import stored

LOCAL: dict[str, Any] = {
    "type": "local_shell_call",
    "id": "lsh_1",
    "status": "completed",
    "action": {"type": "exec", "command": ["ls"], "env": {}},
    "call_id": "call_1",
}
LOCAL_OUTPUT: dict[str, Any] = {"type": "local_shell_call_output", "id": "lsho_1", "output": "o"}
SHELL: dict[str, Any] = {"type": "shell_call", "call_id": "call_1", "action": {"commands": ["ls"]}}
SHELL_OUTPUT: dict[str, Any] = {"type": "shell_call_output", "call_id": "call_1", "output": []}
PATCH: dict[str, Any] = {
    "type": "apply_patch_call",
    "call_id": "call_1",
    "status": "completed",
    "operation": {"type": "delete_file", "path": "p"},
}
PATCH_OUTPUT: dict[str, Any] = {"type": "apply_patch_call_output", "call_id": "call_1", "status": "failed"}
COMMAND: dict[str, Any] = {"stdout": "o", "stderr": "e", "outcome": {"type": "timeout"}}
DIRECT = {"caller": {"type": "direct"}}


def running(**action: object) -> dict[str, Any]:
    return LOCAL | {"action": LOCAL["action"] | action}


def answering(**command: object) -> dict[str, Any]:
    return SHELL_OUTPUT | {"output": [COMMAND | command]}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            LOCAL,
            (
                '{"id":"x_1","type":"local_shell_call","status":"completed",'
                '"action":{"type":"exec","command":["ls"],"env":{}},"call_id":"call_1"}'
            ),
        ),
        (
            running(working_directory="/", user="u", timeout_ms=1, env={"B": "1", "A": "2"}),
            (
                '{"id":"x_1","type":"local_shell_call","status":"completed","action":{"type":"exec","command":["ls"],'
                '"env":{"B":"1","A":"2"},"timeout_ms":1,"user":"u","working_directory":"/"},"call_id":"call_1"}'
            ),
        ),
        (
            running(working_directory=None, user=None, timeout_ms=None),
            (
                '{"id":"x_1","type":"local_shell_call","status":"completed","action":{"type":"exec","command":["ls"],'
                '"env":{},"timeout_ms":null,"user":null,"working_directory":null},"call_id":"call_1"}'
            ),
        ),
        (LOCAL_OUTPUT, '{"id":"x_1","type":"local_shell_call_output","status":"completed","output":"o"}'),
        (
            LOCAL_OUTPUT | {"status": "in_progress"},
            '{"id":"x_1","type":"local_shell_call_output","status":"in_progress","output":"o"}',
        ),
        (
            SHELL,
            (
                '{"id":"x_1","type":"shell_call","status":"completed","action":{"commands":["ls"],'
                '"max_output_length":null,"timeout_ms":null},"call_id":"call_1","environment":null}'
            ),
        ),
        (
            SHELL
            | DIRECT
            | {"action": {"timeout_ms": 1, "max_output_length": 2, "commands": []}, "status": "incomplete"}
            | {"id": "sh_1"},
            (
                '{"id":"x_1","type":"shell_call","status":"incomplete","action":{"commands":[],"max_output_length":2,'
                '"timeout_ms":1},"call_id":"call_1","caller":{"type":"direct"},"environment":null}'
            ),
        ),
        (
            SHELL_OUTPUT,
            (
                '{"id":"x_1","type":"shell_call_output","status":"completed","call_id":"call_1",'
                '"max_output_length":null,"output":[]}'
            ),
        ),
        (
            answering(outcome={"exit_code": 1, "type": "exit"})
            | DIRECT
            | {"max_output_length": 9, "status": "incomplete", "id": "sho_1"},
            (
                '{"id":"x_1","type":"shell_call_output","status":"incomplete","call_id":"call_1",'
                '"caller":{"type":"direct"},"max_output_length":9,'
                '"output":[{"outcome":{"type":"exit","exit_code":1},"stderr":"e","stdout":"o"}]}'
            ),
        ),
        (
            PATCH,
            (
                '{"id":"x_1","type":"apply_patch_call","status":"completed","call_id":"call_1",'
                '"operation":{"type":"delete_file","path":"p"}}'
            ),
        ),
        (
            PATCH
            | DIRECT
            | {"operation": {"path": "p", "diff": "d", "type": "create_file"}, "status": "in_progress", "id": "apc_1"},
            (
                '{"id":"x_1","type":"apply_patch_call","status":"in_progress","call_id":"call_1",'
                '"caller":{"type":"direct"},"operation":{"type":"create_file","diff":"d","path":"p"}}'
            ),
        ),
        (PATCH_OUTPUT, '{"id":"x_1","type":"apply_patch_call_output","status":"failed","call_id":"call_1"}'),
        (
            PATCH_OUTPUT | DIRECT | {"output": "o", "status": "completed", "id": "apco_1"},
            (
                '{"id":"x_1","type":"apply_patch_call_output","status":"completed","call_id":"call_1",'
                '"caller":{"type":"direct"},"output":"o"}'
            ),
        ),
    ],
)
def test_an_item_comes_back_in_the_recorded_order(item: dict[str, Any], expected: str) -> None:
    assert stored(item) == expected


@pytest.mark.parametrize(
    "environment",
    [
        None,
        {"type": "local"},
        {"type": "local", "skills": [{"description": "d", "name": "n", "path": "p"}]},
        {"type": "container_reference", "container_id": "cntr_1"},
    ],
)
def test_an_environment_is_checked_and_sent_back_as_null(environment: object) -> None:
    assert stored(SHELL | {"environment": environment}) == stored(SHELL)


def test_the_limits_of_a_shell_may_be_null() -> None:
    action = {"commands": ["ls"], "max_output_length": None, "timeout_ms": None}
    assert stored(SHELL | {"action": action}) == stored(SHELL)
    assert stored(SHELL_OUTPUT | {"max_output_length": None}) == stored(SHELL_OUTPUT)
