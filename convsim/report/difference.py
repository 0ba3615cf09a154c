"""Differences between two JSON values, each with the path where it occurs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convsim.core.results import Resource
from convsim.core.secrets import REDACTED, json_without_secrets, names_secret
from convsim.core.text import shortened, visible

_MISSING = object()


def differences(left: Any, right: Any, path: str = "") -> Iterator[str]:
    """Yield one line for each difference: ``items[1].content[0].text: 'A cat.' != 'A dog.'``."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(key for key in right if key not in left)]:
            place = visible(f"{path}.{key}" if path else str(key))
            yield from _compared(left.get(key, _MISSING), right.get(key, _MISSING), place)
    elif isinstance(left, list) and isinstance(right, list):
        for position in range(max(len(left), len(right))):
            one = left[position] if position < len(left) else _MISSING
            other = right[position] if position < len(right) else _MISSING
            yield from _compared(one, other, f"{path}[{position}]")
    elif left != right or isinstance(left, bool) != isinstance(right, bool):
        yield f"{path or 'value'}: {_shown(left)} != {_shown(right)}"


def _compared(left: Any, right: Any, place: str) -> Iterator[str]:
    if left != right and names_secret(place):
        yield f"{place}: differs {REDACTED}"
        return
    if left is _MISSING:
        yield f"{place}: only the right has it: {_shown(right)}"
    elif right is _MISSING:
        yield f"{place}: only the left has it: {_shown(left)}"
    else:
        yield from differences(left, right, place)


def _shown(value: Any) -> str:
    return repr(json_without_secrets(value))


def explained(left: object, right: object) -> list[str]:
    """Explain to pytest how two results of the API differ: their types, then a line for each difference."""
    one, other = plain(left), plain(right)
    found = list(differences(one, other))
    shown = found[:_MOST] + ([f"and {len(found) - _MOST} more"] if len(found) > _MOST else [])
    return [f"{_name(left)} == {_name(right)}", *shown] if found else []


_MOST = 20


def plain(value: Any) -> Any:
    """Return the JSON of a result, or of several."""
    if isinstance(value, Resource):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    return value


def _name(value: object) -> str:
    if isinstance(value, Resource):
        shown = value.to_dict().get("id") or value.to_dict().get("first_id") or "..."
        return f"{type(value).__name__}({shown})"
    return shortened(repr(value), 60)
