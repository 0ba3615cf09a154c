"""Computer calls and their outputs: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import refused, stored, without

CALL: dict[str, Any] = {
    "type": "computer_call",
    "id": "cu_1",
    "status": "completed",
    "call_id": "call_1",
    "pending_safety_checks": [],
}
OUTPUT: dict[str, Any] = {
    "type": "computer_call_output",
    "call_id": "call_1",
    "output": {"type": "computer_screenshot"},
}
ACTIONS = ("click", "double_click", "drag", "keypress", "move", "screenshot", "scroll", "type", "wait")


# --- what is stored ------------------------------------------------------------------------------------------------


def test_a_call_may_come_without_an_action() -> None:
    assert stored(CALL) == (
        '{"id":"x_1","type":"computer_call","status":"completed","call_id":"call_1","pending_safety_checks":[]}'
    )


def test_a_call_keeps_all_that_was_given() -> None:
    more = {
        "pending_safety_checks": [{"message": "m", "id": "sc_1", "code": "c"}, {"id": "sc_2"}],
        "actions": [{"type": "wait"}, {"type": "screenshot"}],
        "action": {"type": "wait"},
        "status": "in_progress",
    }
    assert stored(CALL | more) == (
        '{"id":"x_1","type":"computer_call","status":"in_progress","action":{"type":"wait"},'
        '"actions":[{"type":"wait"},{"type":"screenshot"}],"call_id":"call_1",'
        '"pending_safety_checks":[{"code":"c","id":"sc_1","message":"m"},{"id":"sc_2"}]}'
    )


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            {"y": 2, "x": 1, "button": "left", "type": "click"},
            '{"type":"click","button":"left","x":1,"y":2}',
        ),
        (
            {"y": 2, "x": 1, "keys": None, "button": "wheel", "type": "click"},
            '{"type":"click","button":"wheel","keys":null,"x":1,"y":2}',
        ),
        ({"y": 2, "x": 1, "keys": None, "type": "double_click"}, '{"type":"double_click","keys":null,"x":1,"y":2}'),
        (
            {"path": [{"y": 2, "x": 1}, {"x": 3, "y": 4}], "keys": ["SHIFT"], "type": "drag"},
            '{"type":"drag","keys":["SHIFT"],"path":[{"x":1,"y":2},{"x":3,"y":4}]}',
        ),
        ({"keys": ["CTRL", "A"], "type": "keypress"}, '{"type":"keypress","keys":["CTRL","A"]}'),
        ({"y": 2, "x": 1, "keys": [], "type": "move"}, '{"type":"move","keys":[],"x":1,"y":2}'),
        ({"type": "screenshot"}, '{"type":"screenshot"}'),
        (
            {"y": 2, "x": 1, "scroll_y": -4, "scroll_x": 3, "keys": None, "type": "scroll"},
            '{"type":"scroll","keys":null,"scroll_x":3,"scroll_y":-4,"x":1,"y":2}',
        ),
        ({"text": "hi", "type": "type"}, '{"type":"type","text":"hi"}'),
        ({"type": "wait"}, '{"type":"wait"}'),
    ],
)
def test_an_action_comes_back_with_its_type_first(action: dict[str, Any], expected: str) -> None:
    assert f'"action":{expected},"call_id"' in stored(CALL | {"action": action})
    assert f'"actions":[{expected},{expected}],"call_id"' in stored(CALL | {"actions": [action, action]})


def test_a_safety_check_may_have_nulls() -> None:
    checks = [{"message": None, "id": "sc_1", "code": None}]
    expected = '[{"code":null,"id":"sc_1","message":null}]'
    assert stored(CALL | {"pending_safety_checks": checks}).endswith(f'"pending_safety_checks":{expected}}}')
    assert f'"acknowledged_safety_checks":{expected},' in stored(OUTPUT | {"acknowledged_safety_checks": checks})


def test_an_output_comes_back_completed_with_both_nulls() -> None:
    assert stored(OUTPUT) == (
        '{"id":"x_1","type":"computer_call_output","status":"completed","call_id":"call_1",'
        '"output":{"type":"computer_screenshot","file_id":null,"image_url":null}}'
    )


def test_an_output_keeps_all_that_was_given() -> None:
    screenshot = {"image_url": "https://x/y.png", "file_id": "file-1", "type": "computer_screenshot"}
    more = {
        "output": screenshot,
        "acknowledged_safety_checks": [{"id": "sc_1"}],
        "status": "incomplete",
        "id": "cuo_1",
    }
    assert stored(OUTPUT | more) == (
        '{"id":"x_1","type":"computer_call_output","status":"incomplete","acknowledged_safety_checks":[{"id":"sc_1"}],'
        '"call_id":"call_1",'
        '"output":{"type":"computer_screenshot","file_id":"file-1","image_url":"https://x/y.png"}}'
    )


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["id", "status", "call_id", "pending_safety_checks"])
def test_what_a_call_must_have(member: str) -> None:
    assert refused(without(CALL, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize("member", ["call_id", "output"])
def test_what_an_output_must_have(member: str) -> None:
    assert refused(without(OUTPUT, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(CALL, "cu"), (OUTPUT, "cuo")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    answer = errors.id_with_wrong_prefix("items[0].id", "computer_1", prefix)
    assert refused(item | {"id": "computer_1"}) == answer.body


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_another_status_is_refused(item: dict[str, Any]) -> None:
    answer = errors.unsupported_value("items[0].status", "failed", ("in_progress", "completed", "incomplete"))
    assert refused(item | {"status": "failed"}) == answer.body


@pytest.mark.parametrize(
    ("more", "path"),
    [({"action": {"type": "tap"}}, "items[0].action"), ({"actions": [{"type": "tap"}]}, "items[0].actions[0]")],
)
def test_an_unknown_action_names_the_nine(more: dict[str, Any], path: str) -> None:
    assert refused(CALL | more) == errors.unsupported_value(f"{path}.type", "tap", ACTIONS).body


@pytest.mark.parametrize(
    ("more", "path"), [({"action": {}}, "items[0].action"), ({"actions": [{}]}, "items[0].actions[0]")]
)
def test_an_action_needs_a_type(more: dict[str, Any], path: str) -> None:
    assert refused(CALL | more) == errors.missing(f"{path}.type").body


def test_only_a_double_click_must_say_which_keys_are_held() -> None:
    action = {"type": "double_click", "x": 1, "y": 2}
    assert refused(CALL | {"action": action}) == errors.missing("items[0].action.keys").body


@pytest.mark.parametrize(
    ("item", "path", "expected"),
    [
        (CALL | {"action": None}, "action", "an object"),
        (CALL | {"actions": None}, "actions", "an array of objects"),
        (CALL | {"pending_safety_checks": None}, "pending_safety_checks", "an array of objects"),
        (CALL | {"action": {"type": "keypress", "keys": None}}, "action.keys", "an array of strings"),
        (CALL | {"action": {"type": "drag", "path": None}}, "action.path", "an array of objects"),
        (OUTPUT | {"output": None}, "output", "an object"),
        (OUTPUT | {"acknowledged_safety_checks": None}, "acknowledged_safety_checks", "an array of objects"),
    ],
)
def test_other_members_are_not_null(item: dict[str, Any], path: str, expected: str) -> None:
    assert refused(item) == errors.wrong_type(f"items[0].{path}", expected, None).body


def test_an_output_is_a_screenshot() -> None:
    answer = errors.unsupported_value("items[0].output.type", "input_image", ("computer_screenshot",))
    assert refused(OUTPUT | {"output": {"type": "input_image"}}) == answer.body


def test_the_url_of_a_screenshot_is_one() -> None:
    screenshot = {"type": "computer_screenshot", "image_url": "screen.png"}
    assert refused(OUTPUT | {"output": screenshot}) == errors.invalid_url("items[0].output.image_url").body


@pytest.mark.parametrize("item", [CALL, OUTPUT], ids=["call", "output"])
def test_a_call_id_has_a_bound(item: dict[str, Any]) -> None:
    assert f'"call_id":"{"x" * 64}"' in stored(item | {"call_id": "x" * 64})
    assert refused(item | {"call_id": "x" * 65}) == errors.string_too_long("items[0].call_id", 64, 65).body
