"""From a right value to a wrong one: JSON with one member changed, bytes that are no JSON, text that no one expects."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

Json = Any

# What a member may become. Each is legal JSON, or becomes text that no strict parser takes.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    1e308,
    float("nan"),
    "",
    "x",
    "x" * 70_000,
    "\x00",
    "\ud800",
    "é" * 300,
    "msg_" + "0" * 48,
    "conv_" + "f" * 48,
    [],
    [[]],
    {},
    {"type": "message"},
    {"type": "item_reference", "id": "msg_1"},
    ["x"] * 3000,
    {"zzz": {"zzz": {}}},
)
NAMES = ("type", "id", "role", "content", "items", "input", "metadata", "zzz", "", "\x00", "call_id", "__class__")
DEEP = 5000


def mutated(value: Json, random: Random) -> Json:
    """A copy of the value with one to three members changed, left out, added or doubled."""
    changed = deepcopy(value)
    for _ in range(random.randint(1, 3)):
        changed = _changed(changed, random)
    return changed


def _changed(value: Json, random: Random) -> Json:
    inside = value
    while isinstance(inside, (dict, list)) and inside:
        key = random.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if isinstance(inside[key], (dict, list)) and inside[key] and random.random() < 0.7:
            inside = inside[key]
            continue
        return _with_another_member(value, inside, key, random)
    return deepcopy(random.choice(VALUES))


def _with_another_member(value: Json, inside: Any, key: Any, random: Random) -> Json:
    choice = random.randrange(5)
    if choice == 0:
        del inside[key]
    elif choice == 1 and isinstance(inside, dict):
        inside[random.choice(NAMES)] = deepcopy(random.choice(VALUES))
    elif choice == 2 and isinstance(inside, list):
        inside.insert(key, deepcopy(inside[key]))
    elif choice == 3 and isinstance(inside, dict):
        inside[random.choice(NAMES)] = inside.pop(key)
    else:
        inside[key] = deepcopy(random.choice(VALUES))
    return value


def as_bytes(value: Json, random: Random) -> bytes:
    """The value as JSON, and now and then as bytes that are not quite JSON."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    match random.randrange(12):
        case 0 if data:
            del data[random.randrange(len(data)) :]
        case 1 if data:
            data[random.randrange(len(data))] = random.randrange(256)
        case 2:
            data = bytearray(b"[" * DEEP + data)
        case 3:
            data = bytearray(b'{"a":' * DEEP + data + b"}" * DEEP)
        case 4:
            data = data + data
        case 5:
            data = bytearray(random.randbytes(random.randrange(200)))
        case 6:
            data = bytearray(text.encode("utf-16", "surrogatepass"))
    return bytes(data)


def as_text(value: str, random: Random) -> str:
    """A part of a path or of a query that may be cut, doubled, escaped or replaced."""
    return random.choice(
        (value, value[:-1], value + value, "", "..", "%00", "%", "%zz", "é", "a" * 3000, f"{value}/", f"{value}%2F..")
    )
