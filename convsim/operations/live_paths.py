"""The paths below the base URL that the live API has and convsim does not, by their first segment."""

from __future__ import annotations

from convsim.http.paths import LIVE_SEGMENTS
from convsim.operations.matching import RESOURCES, match


def is_missing(path: str) -> bool:
    """Return whether the live API has a path that is not emulated, judged by its first segment."""
    return path[1:].partition("/")[0] in LIVE_SEGMENTS and path not in _WEBSOCKETS and match(path) is None


_WEBSOCKETS = ("/realtime",)


def emulated() -> str:
    """Return the emulated paths, as a sentence names them."""
    return f"{', '.join(f'/{name}' for name in RESOURCES)} over HTTP and {', '.join(_WEBSOCKETS)} as WebSockets"
