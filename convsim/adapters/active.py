"""Active patches: which app answers for which URLs while emulators are patched in, and what becomes of other hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Literal, NamedTuple

from convsim.adapters.patching import MethodPatch
from convsim.errors import RefusedHostError
from convsim.http.messages import App
from convsim.http.urls import BaseUrls, is_loopback

if TYPE_CHECKING:
    from convsim.adapters.websockets.thread import ServerThread


@dataclass(eq=False)
class Patch:
    """One active patch: the app that answers ``urls`` (None for the guard, which refuses them), and the policy for
    other hosts.

    ``refused`` is told of every request that was refused.
    """

    urls: BaseUrls
    app: App | None
    other_hosts: Literal["refuse", "pass"]
    refused: Callable[[RefusedHostError], None]
    connections: set[ServerThread] = field(default_factory=set)
    """The WebSocket connections that the app answers now."""
    is_open: bool = False
    """Whether it accepts further connections: from its beginning until its end begins."""


class Target(NamedTuple):
    """The request as a refusal names it, without anything that may be secret: neither user nor query."""

    method: str
    url: str
    host: str


class Match(NamedTuple):
    """The patch that claims a URL, the app that answers it, and the URL's path relative to the base URL."""

    patch: Patch
    app: App
    path: str


lock = RLock()
stack: list[Patch] = []
"""The active patches, the innermost last."""


def match(point: MethodPatch, host: str, port: int | None, path: str, target: Callable[[], Target]) -> Match | None:
    """The match of the innermost patch that claims the URL; None where the client may go on.

    ``port`` is None for the usual one. Raises :class:`~convsim.errors.RefusedHostError` for a request to be refused.
    """
    if not stack:
        with lock:
            point.undo()  # it stayed below another tool's patch, which has ended since
        return None
    for patch in reversed(stack):
        below = patch.urls.claim(host, port, path)
        if below is not None:
            if patch.app is None:
                raise _refused(patch, target(), _GUARDED)
            return Match(patch, patch.app, below)
    refusing = next((patch for patch in reversed(stack) if patch.app is not None), None)
    if refusing is None or refusing.other_hosts == "pass" or is_loopback(host) or point.is_mocked_below():
        return None
    raise _refused(refusing, target(), _FOREIGN)


def _refused(patch: Patch, target: Target, why: str) -> RefusedHostError:
    words = why.format(host=target.host, urls=patch.urls)
    error = RefusedHostError(f"{target.method} {target.url} was not sent: {words}")
    patch.refused(error)
    return error


_FOREIGN = (
    "the emulator is patched in, and {host} is not one of its hosts. It answers for {urls}. To make it answer here too,"
    " add to base_urls=[...]; to let other hosts through, write other_hosts='pass' (both are options of Emulator(...)"
    " and of @pytest.mark.convsim(...))."
)
_GUARDED = (
    "convsim_guard is on, and this test did not ask for an emulator. Add the fixture `convsim` to the test's arguments,"
    " or patch one in with `with Emulator().patch():`."
)
