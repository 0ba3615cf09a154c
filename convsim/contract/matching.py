"""Holding an answer against what a scenario expects of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from convsim.contract.scenario import Count, Id, Like, PartitionOf, Seconds

Memory = dict[str, str]

_RECALLED = re.compile(r"\{(\w+)\}")


def recall(value: Any, memory: Memory) -> Any:
    """``value`` with every ``{name}`` in its strings replaced by the id that is remembered under it."""
    if isinstance(value, str):
        return _RECALLED.sub(lambda found: memory.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {recall(key, memory): recall(member, memory) for key, member in value.items()}
    if isinstance(value, list):
        return [recall(element, memory) for element in value]
    return value


def differences(expected: Any, actual: Any, memory: Memory, path: str = "") -> list[str]:
    """Where ``actual`` is not what was expected, a line each; fresh ids go into ``memory``. Key order counts."""
    if isinstance(expected, Id):
        return _fresh_id(expected, actual, memory, path)
    if isinstance(expected, PartitionOf):
        expected = _front(memory[expected.name])
    if isinstance(expected, dict) and isinstance(actual, dict) and list(expected) == list(actual):
        pairs = [(f"{path}.{key}", member, actual[key]) for key, member in expected.items()]
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = [(f"{path}[{n}]", expected[n], actual[n]) for n in range(len(expected))]
    else:
        wanted = recall(expected, memory)
        return [] if _same(wanted, actual) else [f"{path}: expected {wanted!r}, got {actual!r}"]
    return [line for at, wanted, got in pairs for line in differences(wanted, got, memory, at)]


def _same(wanted: Any, actual: Any) -> bool:
    """Whether two scalars are the same; objects and arrays that come here differ in their keys or length."""
    if isinstance(wanted, (Seconds, Count)):
        return type(actual) is int
    if isinstance(wanted, Like):
        return isinstance(actual, str) and re.fullmatch(wanted.pattern, actual) is not None
    return type(wanted) is type(actual) and wanted == actual and not isinstance(wanted, (dict, list))


def _fresh_id(expected: Id, actual: Any, memory: Memory, path: str) -> list[str]:
    if not isinstance(actual, str) or not re.fullmatch(rf"{expected.prefix}_{expected.shape}", actual):
        return [f"{path}: expected a fresh {expected.prefix} id, got {actual!r}"]
    if actual in memory.values():
        return [f"{path}: expected a fresh id, got {actual!r} again"]
    memory[expected.name or actual] = actual
    if expected.behind and not _is_behind(memory[expected.behind], actual):
        return [f"{path}: expected an id behind {memory[expected.behind]!r}, got {actual!r}"]
    if expected.beside and _front(memory[expected.beside]) != _front(actual):
        return [f"{path}: expected an id beside {memory[expected.beside]!r}, got {actual!r}"]
    return []


def _front(any_id: str) -> str:
    """The partition of an id in which it comes first: 16 digits, and two that say whether anything is stored."""
    return any_id.partition("_")[2][:18]


def _is_behind(earlier: str, later: str) -> bool:
    """Whether two ids share their partition, and the second is of a later time."""
    one, other = earlier.partition("_")[2], later.partition("_")[2]
    return one[-16:] == other[-16:] and one < other


def frame_differences(expected: Mapping[str, Any], text: str, memory: Memory) -> list[str]:
    """Where the text of a frame is not the compact JSON that was expected, a line each."""
    event = json.loads(text)
    found = differences(expected, event, memory)
    if text != json.dumps(event, separators=(",", ":"), ensure_ascii=False):
        found.append(f": expected compact JSON, got {text}")
    return found


def header_differences(expected: Mapping[str, str | None], actual: Mapping[str, str]) -> list[str]:
    """Where the headers are not what was expected, a line each; ``actual`` is looked up by any spelling."""
    found = []
    for name, pattern in expected.items():
        value = actual.get(name)
        if (pattern is None) != (value is None) or (pattern and value and not re.fullmatch(pattern, value)):
            found.append(f"{name}: expected {pattern!r}, got {value!r}")
    return found
