"""Defaults that depend on the model's name: one table, with the newest recorded values.

The sources are in docs/evidence.md. A name without a matching row counts as the last row.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Family(NamedTuple):
    """The models whose names begin with one of ``prefixes``, and their defaults in the response object.

    ``context`` and ``mode`` are members of ``reasoning``; ``mode`` is omitted if it is None. With ``phases`` messages
    have a phase, and with ``encrypted`` reasoning has its encrypted content even if no request includes it.
    """

    prefixes: tuple[str, ...]
    effort: str | None
    context: str | None
    mode: str | None
    prompt_cache_retention: str
    top_p: float
    phases: bool = False
    encrypted: bool = False


FAMILIES: tuple[Family, ...] = (
    Family(("gpt-5.6",), "medium", "all_turns", "standard", "24h", 0.98, phases=True, encrypted=True),
    Family(("gpt-5.5",), "medium", "current_turn", "standard", "24h", 0.98, phases=True),
    Family(("gpt-5.4",), "none", "current_turn", "standard", "24h", 0.98),
    Family(("gpt-5.3",), "none", "current_turn", "standard", "24h", 0.98),  # inferred from its neighbours
    Family(("gpt-5.2",), "none", "current_turn", "standard", "24h", 0.98),
    Family(("gpt-5.1",), "none", "current_turn", "standard", "in_memory", 1.0),
    Family(("gpt-5",), "medium", "current_turn", "standard", "in_memory", 1.0),
    Family(
        ("o1", "o3", "o4", "computer-use"), "medium", "current_turn", "standard", "in_memory", 1.0
    ),  # the effort is inferred
    Family(("",), None, None, None, "in_memory", 1.0),
)


# For gpt-4o itself, only older recordings show it.
_UNLIMITED_STREAMS = ("gpt-4o", "gpt-4.1-nano", "o4-mini")


@lru_cache(maxsize=64)
def family_of(model: str) -> Family:
    """Return the first row with a prefix of the name, after the ``ft:`` of a fine-tuned model."""
    name = model.removeprefix("ft:")
    return next(row for row in FAMILIES if name.startswith(row.prefixes))


def limits_streams(model: str) -> bool:
    """Return whether the headers of a stream report rate limits: those of some older models do not (recorded)."""
    return not model.removeprefix("ft:").startswith(_UNLIMITED_STREAMS)
