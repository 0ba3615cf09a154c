"""Which paths below the base URL the live API has and convsim does not, by their first segment."""

from __future__ import annotations

from convsim.http.paths import LIVE_SEGMENTS
from convsim.operations.matching import RESOURCES, match


def is_missing(path: str) -> bool:
    """Whether the live API has a path that is not emulated; as far as its first segment tells."""
    return path[1:].partition("/")[0] in LIVE_SEGMENTS and path not in _WEBSOCKETS and match(path) is None


_WEBSOCKETS = ("/realtime",)


def emulated() -> str:
    """The paths that are, as a sentence names them."""
    return f"{', '.join(f'/{name}' for name in RESOURCES)} over HTTP and {', '.join(_WEBSOCKETS)} as WebSockets"
