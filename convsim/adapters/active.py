"""Active patches: which app answers for which URLs while emulators are patched in, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Literal, NamedTuple

from convsim.adapters import frames
from convsim.errors import RefusedError, RefusedHostError
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
    refused: Callable[[RefusedError], None]
    connections: set[ServerThread] = field(default_factory=set)
    """The WebSocket connections that the app answers now."""
    is_open: bool = False
    """Whether it accepts further connections: from its beginning until its end begins."""


class Target(NamedTuple):
    """The request as a refusal names it, without anything that may be secret: neither user nor query."""

    method: str
    url: str
    host: str


def target(method: str, scheme: str, host: str, port: int | None, path: str) -> Target:
    """The target of a request; ``port`` is None where the URL need not write it."""
    place = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return Target(method, f"{scheme}://{place}{path}", place)


class Match(NamedTuple):
    """The patch that claims a URL, the app that answers it, and the URL's path relative to the base URL."""

    patch: Patch
    app: App
    path: str


lock = RLock()
stack: list[Patch] = []
"""The active patches, the innermost last."""


def match(host: str, port: int | None, path: str) -> Match | None:
    """The innermost patch that claims the URL; None when there is none, or when it is a guard."""
    for patch in reversed(stack):
        below = patch.urls.claim(host, port, path)
        if below is not None:
            return Match(patch, patch.app, below) if patch.app is not None else None
    return None


def admit(
    host: str, port: int | None, path: str, told: Callable[[], Target], *, only_claimed: bool = False
) -> Match | None:
    """As :func:`match`, for a request that is about to leave: None when it may.

    ``told`` makes the target for a refusal. With ``only_claimed``, hosts that nobody claims may leave.

    Raises :class:`~convsim.errors.RefusedHostError` for a request to be refused.
    """
    __tracebackhide__ = True
    for patch in reversed(stack):
        below = patch.urls.claim(host, port, path)
        if below is not None:
            if patch.app is None:
                raise _refused(patch, told(), _GUARDED)
            return Match(patch, patch.app, below)
    refusing = next((patch for patch in reversed(stack) if patch.app is not None), None)
    if refusing is None or refusing.other_hosts == "pass" or only_claimed or is_loopback(host):
        return None
    raise _refused(refusing, told(), _FOREIGN)


def _refused(patch: Patch, told: Target, why: str) -> RefusedHostError:
    words = why.format(host=told.host, urls=patch.urls)
    passed = frames.passed_through()
    seen = f" On its way the request passed {', '.join(passed)}, which did not answer it." if passed else ""
    return _noted(patch, f"{told.method} {told.url} was not sent: {words}{seen}")


def refuse_library(host: str, port: int | None, doing: str) -> None:
    """Raise :class:`~convsim.errors.RefusedHostError` when the host is claimed: this library is not answered.

    ``doing`` completes "... was kept from"; it is told which library called.
    """
    __tracebackhide__ = True
    patch = next((patch for patch in reversed(stack) if patch.urls.has_host(host, port)), None)
    if patch is not None:
        why = _GUARDED if patch.app is None else _NOT_ANSWERED
        raise _noted(patch, f"{frames.caller()} was kept from {doing}: {why}")


def _noted(patch: Patch, sentence: str) -> RefusedHostError:
    error = RefusedHostError(sentence)
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
_NOT_ANSWERED = (
    "the emulator is patched in, and it answers httpx, httpx2, websockets and the openai SDK, but not this library."
    " Make this call with the SDK, or give the code a client on httpx."
)
