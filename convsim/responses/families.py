"""What a model's name decides where the request says nothing: one table, the newest values that were recorded.

The sources are in docs/evidence.md. Names that begin as in no row read as those of the last.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Family(NamedTuple):
    """The models whose names begin with one of ``prefixes``: their defaults in the response object.

    ``context`` and ``mode`` are members of ``reasoning``; ``mode`` is no member where it is None. With ``phases``
    messages say which phase they are of, and with ``encrypted`` reasoning has its encrypted content also where no
    request includes it.
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


# For gpt-4o itself, older recordings alone show it.
_UNLIMITED_STREAMS = ("gpt-4o", "gpt-4.1-nano", "o4-mini")


@lru_cache(maxsize=64)
def family_of(model: str) -> Family:
    """The first row that the name begins with, also behind the ``ft:`` of a fine-tuned model."""
    name = model.removeprefix("ft:")
    return next(row for row in FAMILIES if name.startswith(row.prefixes))


def limits_streams(model: str) -> bool:
    """Whether the headers of a stream tell of rate limits: those of some older models do not (recorded)."""
    return not model.removeprefix("ft:").startswith(_UNLIMITED_STREAMS)
