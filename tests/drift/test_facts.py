"""Two descriptions that differ in one thing are told apart by one line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.facts import differences, facts_by_type, merged

BASE: dict[str, Any] = {
    "anyOf": [{"$ref": "#/$defs/Call"}],
    "$defs": {
        "Call": {
            "title": "Call",
            "type": "object",
            "properties": {
                "type": {"const": "call", "type": "string"},
                "name": {"type": "string"},
                "mode": {"enum": ["a", "b"], "type": "string"},
                "size": {"anyOf": [{"type": "number"}, {"type": "integer"}]},
                "action": {"anyOf": [{"$ref": "#/$defs/Click"}, {"type": "null"}]},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/Click"}},
            },
            "required": ["type", "name"],
        },
        "Click": {
            "title": "Click",
            "type": "object",
            "properties": {"type": {"const": "click", "type": "string"}, "x": {"type": "integer"}},
            "required": ["type", "x"],
        },
        "Drag": {"title": "Drag", "type": "object", "properties": {"type": {"const": "drag", "type": "string"}}},
    },
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    copy: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in BASE.items()}
    inside = copy
    for step in path[:-1]:
        inside[step] = dict(inside[step])
        inside = inside[step]
    inside[path[-1]] = to
    return copy


CLICK_OR_NULL = [{"$ref": "#/$defs/Click"}, {"type": "null"}]
CALL = ("$defs", "Call", "properties")


@pytest.mark.parametrize(
    ("theirs", "lines"),
    [
        (BASE, []),
        (changed(*CALL, "new", to={"type": "string"}), [".new: only they has it, optional"]),
        (changed("$defs", "Call", "required", to=["type", "name", "mode"]), [".mode: required by they alone"]),
        (changed("$defs", "Call", "required", to=["type"]), [".name: required by we alone"]),
        (
            changed(*CALL, "mode", to={"enum": ["a", "c"], "type": "string"}),
            [
                ".mode: 'c' for they alone",
                ".mode: 'b' for we alone",
            ],
        ),
        (
            changed(*CALL, "mode", to={"type": "string"}),
            [".mode: any value for they", ".mode: 'a' for we alone", ".mode: 'b' for we alone"],
        ),
        (changed(*CALL, "name", to={"anyOf": [{"type": "string"}, {"type": "null"}]}), [".name: null for they alone"]),
        (changed(*CALL, "name", to={}), [".name: any for they alone", ".name: string for we alone"]),
        (changed(*CALL, "size", to={"type": "number"}), []),
        (
            changed("$defs", "Click", "properties", "y", to={"type": "integer"}),
            [
                ".action[click].y: only they has it, optional",
                ".parts[][click].y: only they has it, optional",
            ],
        ),
        (
            changed(
                *CALL, "action", to={"anyOf": [{"$ref": "#/$defs/Click"}, {"$ref": "#/$defs/Drag"}, {"type": "null"}]}
            ),
            [".action[drag]: only they has it, optional"],
        ),
    ],
)
def test_each_difference_is_one_line(theirs: dict[str, Any], lines: list[str]) -> None:
    one, other = facts_by_type(theirs)["call"], facts_by_type(BASE)["call"]
    assert sorted(differences(one, other, "they", "we")) == sorted(lines)


def test_what_we_alone_have_is_told_too() -> None:
    more = facts_by_type(changed(*CALL, "new", to={"type": "string"}))["call"]
    assert list(differences(facts_by_type(BASE)["call"], more, "they", "we")) == [".new: only we has it, optional"]


def test_a_member_that_one_of_several_objects_lacks_is_optional() -> None:
    call = facts_by_type(BASE)["call"]
    rest = {path: fact for path, fact in call.items() if path != ".name"}
    assert merged([call])[".name"].required
    assert not merged([call, rest])[".name"].required


def test_an_object_that_holds_itself_is_told_once() -> None:
    theirs = changed("$defs", "Click", "properties", "next", to={"$ref": "#/$defs/Click"})
    assert ".action[click].next" in facts_by_type(theirs)["call"]
