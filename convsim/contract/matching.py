"""Comparing an answer with the expectation of a scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from convsim.contract.scenario import Anything, Count, Id, Like, PartitionOf, Seconds, Streamed
from convsim.errors import enumeration

Memory = dict[str, str]

ORDER = "the keys stand in another order"
"""The words of every difference in order only."""

BASE = "base_path"
"""The name under which sentences recall the path of the base URL, which is OpenAI's unless a memory has another."""

_KNOWN = {BASE: "/v1"}
_RECALLED = re.compile(r"\{(\w+)\}")
_WIDTH = 240


def recall(value: Any, memory: Memory) -> Any:
    """Return ``value`` with every ``{name}`` in its strings replaced by the id remembered under it."""
    if isinstance(value, str):
        return _RECALLED.sub(lambda found: memory.get(found[1], _KNOWN.get(found[1], found[0])), value)
    if isinstance(value, dict):
        return {recall(key, memory): recall(member, memory) for key, member in value.items()}
    if isinstance(value, list):
        return [recall(element, memory) for element in value]
    return value


def differences(expected: Any, actual: Any, memory: Memory, path: str = "", *, shapes: bool = True) -> list[str]:
    """Return a line for each difference; fresh ids go into ``memory``. Key order counts.

    Without ``shapes``, an id is only required to be fresh and to have its prefix: other servers mint ids of other
    shapes.
    """
    if isinstance(expected, Id):
        return _fresh_id(expected, actual, memory, path, shapes=shapes)
    if isinstance(expected, Streamed):
        return _fresh_id(expected.response, _response_id(actual), memory, f"{path}: response.id", shapes=shapes)
    if isinstance(expected, PartitionOf):
        expected = _front(memory.get(expected.name, ""))
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = _keys(expected, actual, path)
        pairs = [(f"{path}.{key}", member, actual[key]) for key, member in expected.items() if key in actual]
    elif isinstance(expected, list) and isinstance(actual, list):
        found = (
            [] if len(expected) == len(actual) else [f"{path}: expected {len(expected)} elements, got {len(actual)}"]
        )
        pairs = [
            (f"{path}[{n}]{_event(member)}", member, got)
            for n, (member, got) in enumerate(zip(expected, actual, strict=False))
        ]
    else:
        wanted = recall(expected, memory)
        return [] if _same(wanted, actual) else [f"{path}: expected {_shown(wanted)}, got {_shown(actual)}"]
    for at, member, got in pairs:
        found += differences(member, got, memory, at, shapes=shapes)
    return found


def _event(expected: Any) -> str:
    """Return the type of an event of a stream, which tells a reader more than its number."""
    kind = expected.get("type") if isinstance(expected, dict) else None
    return f" ({kind})" if isinstance(kind, str) and kind.startswith("response.") else ""


def _response_id(events: Any) -> Any:
    """Return the id of the response in a stream; None if no event has one."""
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and isinstance(event.get("response"), dict):
            return event["response"].get("id")
    return None


def _keys(expected: Mapping[str, Any], actual: Mapping[str, Any], path: str) -> list[str]:
    found = []
    if missing := [key for key in expected if key not in actual]:
        found.append(f"{path}: expected {enumeration(missing)}, not there")
    if more := [key for key in actual if key not in expected]:
        found.append(f"{path}: not expected, and there: {enumeration(more)}")
    wanted, got = _both(expected, actual), _both(actual, expected)
    if wanted != got:
        found.append(f"{path}: {ORDER}: expected {enumeration(wanted)}, got {enumeration(got)}")
    return found


def _both(these: Iterable[str], those: Mapping[str, Any]) -> list[str]:
    return [key for key in these if key in those]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def _same(wanted: Any, actual: Any) -> bool:
    """Return whether two scalars are equal; an object or array here meets a value of another type."""
    if isinstance(wanted, Anything):
        return True
    if isinstance(wanted, (Seconds, Count)):
        return type(actual) is int
    if isinstance(wanted, Like):
        return isinstance(actual, str) and re.fullmatch(wanted.pattern, actual) is not None
    return type(wanted) is type(actual) and wanted == actual


def _fresh_id(expected: Id, actual: Any, memory: Memory, path: str, *, shapes: bool) -> list[str]:
    if not isinstance(actual, str):
        return [f"{path}: expected {expected}, got {_shown(actual)}"]
    known = actual in memory.values()
    # An id of a wrong shape is remembered, too, so that later steps can still be run.
    memory[expected.name or actual] = actual
    if not re.fullmatch(rf"{expected.prefix}_{expected.shape if shapes else '[0-9A-Za-z_-]+'}", actual):
        return [f"{path}: expected {expected}, got {_shown(actual)}"]
    if known:
        return [f"{path}: expected a fresh id, got {actual!r} again"]
    if shapes and expected.behind and not _is_behind(memory.get(expected.behind, ""), actual):
        return [f"{path}: expected an id behind {memory.get(expected.behind)!r}, got {actual!r}"]
    if shapes and expected.beside and _front(memory.get(expected.beside, "")) != _front(actual):
        return [f"{path}: expected an id beside {memory.get(expected.beside)!r}, got {actual!r}"]
    return []


def _front(any_id: str) -> str:
    """Return the partition at the front of an id: 16 digits, and two that say whether anything is stored."""
    return any_id.partition("_")[2][:18]


def _is_behind(earlier: str, later: str) -> bool:
    """Return whether two ids share their partition, and the second has a later time."""
    one, other = earlier.partition("_")[2], later.partition("_")[2]
    return one[-16:] == other[-16:] and one < other


def frame_differences(expected: Mapping[str, Any], text: str, memory: Memory, *, shapes: bool = True) -> list[str]:
    """Return a line for each difference between a frame's text and the expected compact JSON."""
    try:
        event = json.loads(text)
    except ValueError:
        return [f": expected JSON, got {_shown(text)}"]
    found = differences(expected, event, memory, shapes=shapes)
    if shapes and text != json.dumps(event, separators=(",", ":"), ensure_ascii=False):
        found.append(f": expected compact JSON, got {text}")
    return found


def header_differences(expected: Mapping[str, str | None], actual: Mapping[str, str]) -> list[str]:
    """Return a line for each difference of the headers; ``actual`` is looked up in any spelling."""
    found = []
    for name, pattern in expected.items():
        value = actual.get(name)
        if (pattern is None) != (value is None) or (pattern and value and not re.fullmatch(pattern, value)):
            found.append(f"{name}: expected {pattern!r}, got {value!r}")
    return found
