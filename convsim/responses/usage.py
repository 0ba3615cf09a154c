"""``usage``: counted by a rule of thumb, the same on every machine, or given by the script.

An item counts as :attr:`convsim.items.stored.StoredItem.tokens` says: four, and one for each four bytes of its JSON
beyond an empty message. Instructions and tools count one for each four bytes. No tokenizer is used: the numbers add up
and grow with the text; they have no other meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_json

from convsim.errors import UsageError
from convsim.errors.misuse import count, shown
from convsim.items.stored import StoredItem
from convsim.responses.output import Said

_BYTES_PER_TOKEN = 4

_DETAILS = {
    "input_tokens_details": ("cache_write_tokens", "cached_tokens"),
    "output_tokens_details": ("reasoning_tokens",),
}
_MEMBERS = ("input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens")


def request_tokens(request: Mapping[str, Any]) -> int:
    """Return the tokens of a request besides its items: of instructions and tools."""
    given = [request[name] for name in ("instructions", "tools") if request.get(name)]
    return sum(len(to_json(one)) // _BYTES_PER_TOKEN for one in given)


def input_tokens(request: Mapping[str, Any], context: int, items: Iterable[StoredItem]) -> int:
    """Return the tokens of a request with a ``context`` of that many tokens, and the input ``items``."""
    return request_tokens(request) + context + sum(item.tokens for item in items)


def counted(input_tokens: int, output: Iterable[Said], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``usage`` of a turn, with the values that the script has given; a total that is not adds up."""
    spoken = reasoned = 0
    for said in output:
        tokens = said.item.tokens
        spoken += tokens
        if said.item.type == "reasoning":
            reasoned += tokens
    usage: dict[str, Any] = {
        "input_tokens": input_tokens,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
        "output_tokens": spoken,
        "output_tokens_details": {"reasoning_tokens": reasoned},
    }
    for name, value in given.items():
        usage[name] = usage[name] | value if name in _DETAILS else value
    usage.setdefault("total_tokens", usage["input_tokens"] + usage["output_tokens"])
    return usage


def require_usage(owner: str, said: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` unless a script may give these values."""
    for name, value in said.items():
        if name not in _MEMBERS:
            raise UsageError(f"{owner}(usage={{{shown(name)}: ...}}): the members are {', '.join(_MEMBERS)}")
        if name not in _DETAILS:
            _require_count(owner, name, value)
            continue
        if not isinstance(value, Mapping):
            raise UsageError(f"{owner}(usage={shown({name: value})}): write a mapping")
        for detail, given in value.items():
            _require_count(owner, detail, given)


def _require_count(owner: str, name: str, value: object) -> None:
    if not count(0).fits(value):
        raise UsageError(f"{owner}(usage={shown({name: value})}): write how many tokens, 0 or more")
