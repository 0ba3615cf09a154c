"""Active patches: which app answers for which URLs while emulators are patched in, and what is refused."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from convsim.adapters import frames
from convsim.errors import RefusedError, RefusedHostError, RefusedRouteError
from convsim.http.keys import MADE_UP
from convsim.http.messages import App
from convsim.http.other_hosts import OtherHosts
from convsim.http.paths import split
from convsim.http.urls import BaseUrls, base_url_of, is_loopback

if TYPE_CHECKING:
    from convsim.adapters.websockets.thread import ServerThread


@dataclass(eq=False)
class Patch:
    """One active patch: the app that answers ``urls`` (None for the guard, which refuses them), and the app's policy
    for other hosts (None where it has none, and that of a patch further out holds).

    ``refused`` is told of every request that was refused, ``offline`` of every one that found no network.
    """

    urls: BaseUrls
    app: App | None
    other_hosts: OtherHosts | None
    refused: Callable[[RefusedError], None]
    offline: Callable[[str], None] = lambda _: None
    key: str = ""
    """A key that the app accepts; empty for what is no emulator."""
    connections: set[ServerThread] = field(default_factory=set)
    """The WebSocket connections that the app answers now."""
    is_open: bool = False
    """Whether it accepts further connections: from its beginning until its end begins."""


class Target(NamedTuple):
    """The request as a refusal names it, without anything that may be secret: neither user nor query."""

    method: str
    url: str
    host: str
    """With its port, where the URL writes one."""
    name: str
    """Without it."""
    retried: bool = False
    """Whether the SDK tries a call again, whose first attempt was refused and counted."""


def target(method: str, scheme: str, host: str, port: int | None, path: str, *, retried: bool = False) -> Target:
    """The target of a request; ``port`` is None where the URL need not write it."""
    place = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return Target(method, f"{scheme}://{place}{path}", place, host, retried)


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

    Raises :class:`~convsim.errors.RefusedHostError` for a request to be refused, and ``socket.gaierror`` for one that
    is to find no network.
    """
    __tracebackhide__ = True
    for patch in reversed(stack):
        below = patch.urls.claim(host, port, path)
        if below is not None:
            if patch.app is None:
                raise _refused(patch, told(), _GUARDED)
            return Match(patch, patch.app, below)
    beside = next((patch for patch in reversed(stack) if patch.urls.has_host(host, port)), None)
    if beside is not None:
        raise _refused(beside, told(), _GUARDED if beside.app is None else _BESIDE if split(path)[1] else _ELSEWHERE)
    judging = next((patch for patch in reversed(stack) if patch.other_hosts is not None), None)
    if judging is None or judging.other_hosts is None or only_claimed or is_loopback(host):
        return None
    policy = judging.other_hosts.of(host)
    if policy == "refuse":
        raise _refused(judging, told(), _FOREIGN)
    if policy == "offline":
        target = told()
        judging.offline(f"{target.method} {target.url}")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return None


def _refused(patch: Patch, told: Target, why: str) -> RefusedHostError:
    words = why.format(host=told.host, name=told.name, urls=patch.urls, base=base_url_of(told.url))
    error = RefusedHostError(f"{told.method} {told.url} was not sent: {words}{_seen()}")
    return error if told.retried else _noted(patch, error)


def _seen() -> str:
    """What a refusal says of the mocks that the request has passed."""
    passed = frames.passed_through()
    return f" On its way the request passed {', '.join(passed)}, which did not answer it." if passed else ""


@contextmanager
def naming_mocks() -> Iterator[None]:
    """Add the mocks that the request has passed to the app's own refusal of a path."""
    __tracebackhide__ = True
    try:
        yield
    except RefusedRouteError as error:
        error.args = (f"{error}{_seen()}",)
        raise


def refuse_made_up_key(headers: Sequence[tuple[bytes, bytes]], host: str, told: Callable[[], Target]) -> None:
    """Raise :class:`~convsim.errors.RefusedHostError` for a request that is about to leave with a key of convsim's."""
    __tracebackhide__ = True
    found = any(MADE_UP.encode() in value for name, value in headers if name.lower() in (b"authorization", b"api-key"))
    if found and stack and not is_loopback(host):
        raise _refused(stack[-1], told(), _MADE_UP)


NOT_ANSWERED = (
    "the emulator is patched in, and it answers httpx, httpx2, websockets and the openai SDK, but not this library."
    " Make this call with the SDK, or give the code a client on httpx."
)
WITHOUT_WEBSOCKETS = (
    "the emulator answers aiohttp's WebSockets by the library websockets, which is not installed:"
    " python -m pip install websockets"
)


def refuse_library(host: str, port: int | None, doing: str, why: str = NOT_ANSWERED) -> None:
    """Raise :class:`~convsim.errors.RefusedHostError` when the host is claimed: this library is not answered.

    ``doing`` completes "... was kept from"; it is told which library called, and ``why``.
    """
    __tracebackhide__ = True
    patch = next((patch for patch in reversed(stack) if patch.urls.has_host(host, port)), None)
    if patch is not None:
        sentence = f"{frames.caller()} was kept from {doing}: {_GUARDED if patch.app is None else why}"
        raise _noted(patch, RefusedHostError(sentence))


def _noted(patch: Patch, error: RefusedHostError) -> RefusedHostError:
    patch.refused(error)
    return error


_FOREIGN = (
    "the emulator is patched in, and {host} is not one of its hosts. It answers for {urls}. To make it answer here too,"
    " add {base!r} to base_urls=[...]; to let this host through, write other_hosts={{{name!r}: 'pass'}}, and 'offline'"
    " to let it find no network (both are options of Emulator(...) and of @pytest.mark.convsim(...))."
)
_BESIDE = (
    "{host} is one of the emulator's hosts, and this path is below none of its base URLs. It answers for {urls}. To"
    " make it answer here too, add {base!r} to base_urls=[...] (an option of Emulator(...) and of"
    " @pytest.mark.convsim(...)); the URL of the host without a path stands for all prefixes that clients are known to"
    " send."
)
_ELSEWHERE = (
    "{host} is one of the emulator's hosts, and no path of the API is seen in this one. It answers for {urls}. Mock the"
    " request in this test (a respx route, httpx_mock or a cassette gets it)."
)
_GUARDED = (
    "convsim_guard is on, and this test did not ask for an emulator. Add the fixture `convsim` to the test's arguments,"
    " or patch one in with `with Emulator().patch():`. To let a host out, mark the test with"
    ' @pytest.mark.convsim_allow_hosts(["..."]), or name it in the ini option convsim_allow_hosts.'
)
_MADE_UP = (
    "its key was made up by convsim, and is for emulated hosts only. The client was probably built in a test with the"
    " fixture `convsim`, and has outlived it: build it in the test that uses it."
)
