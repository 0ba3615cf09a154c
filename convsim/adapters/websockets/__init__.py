"""WebSockets of the library websockets, versions 13 to 17, which open connections in different places.

The library is never imported for this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from convsim.adapters.patching import PatchPoint, Wrap
from convsim.adapters.websockets import connect, old


def _first(*places: tuple[str, str, Wrap]) -> Callable[[ModuleType], list[PatchPoint]]:
    """Return the first of these places, as owner, method and wrapper, that the module has."""

    def points(module: ModuleType) -> list[PatchPoint]:
        there = (place for place in places if hasattr(getattr(module, place[0], None), place[1]))
        name, method, wrap = next(there, places[0])
        return [PatchPoint("websockets", getattr(module, name, None), method, wrap, f"{module.__name__}.{name}")]

    return points


POINTS: Mapping[str, Callable[[ModuleType], list[PatchPoint]]] = {
    "websockets.asyncio.client": _first(
        ("connect", "open_tcp_connection", connect.patched_asyncio),
        ("connect", "create_connection", connect.patched_asyncio),
        ("connect", "__init__", old.patched_asyncio),
    ),
    "websockets.legacy.client": _first(("Connect", "__await_impl__", old.patched_legacy)),
    "websockets.sync.client": _first(
        ("reconnect", "open_connection", connect.patched_threads), ("connect", "__code__", old.patched_threads)
    ),
    "websockets.trio.client": _first(("connect", "open_connection", connect.patched_trio)),
}
"""The patch points of each of the library's clients, by module."""
