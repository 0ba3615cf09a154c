"""Active patches: the apps that answer URLs while emulators are patched in, and the refusals of other requests."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """One active patch: the app that answers ``urls`` (None for the guard, which refuses them), and its host policy.

    Without a policy, the one of a patch further out holds. ``refused`` is called with every refusal, ``offline`` with
    every request that found no network.
    """

    urls: BaseUrls
    app: App | None
    other_hosts: OtherHosts | None
    refused: Callable[[RefusedError], None]
    offline: Callable[[str], None] = lambda _: None
    key: str = ""
    """A key that the app accepts; empty for a patch without an emulator."""
    connections: set[ServerThread] = field(default_factory=set)
    """The WebSocket connections that the app answers; those that have ended stay until another one begins."""
    is_open: bool = False
    """Whether it accepts further connections: True until its end begins."""


class Target(NamedTuple):
    """The request as a refusal names it, without parts that may be secret: neither user nor query."""

    method: str
    url: str
    host: str
    """The host, with its port if the URL has one."""
    name: str
    """The host without its port."""
    retried: bool = False
    """Whether the SDK is retrying a call whose first attempt was refused and counted."""


def target(method: str, scheme: str, host: str, port: int | None, path: str, *, retried: bool = False) -> Target:
    """Return the target of a request; ``port`` is None if the URL need not write it."""
    place = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return Target(method, f"{scheme}://{place}{path}", place, host, retried)


class Match(NamedTuple):
    """The patch that claims a URL, the app that answers it, and the URL's path relative to the base URL."""

    patch: Patch
    app: App
    path: str


lock: RLock = RLock()
stack: list[Patch] = []
"""The active patches, the innermost last."""


def match(method: str, url: Any) -> Match | None:
    """Return the innermost patch that claims the URL, which is one of httpx or httpx2.

    Return None if there is none, if it is a guard, or if its app does not serve the path.
    """
    port = url.port
    # A server of this process may begin to listen at any port that a URL names.
    matched = _match if port is None else _match.__wrapped__
    return matched(tuple(stack), method, url.raw_host, port, url.raw_path)


@lru_cache(maxsize=256)  # clients ask for the same URLs again and again
def _match(patches: tuple[Patch, ...], method: str, raw_host: bytes, port: int | None, raw_path: bytes) -> Match | None:
    host, path = raw_host.decode("ascii"), raw_path.decode("ascii").partition("?")[0]
    for patch in reversed(patches):
        below = patch.urls.claim(host, port, path)
        if below is not None:
            app = patch.app
            return Match(patch, app, below) if app is not None and app.serves(method, below) else None
    return None


def forget_matches() -> None:
    """Forget the matches of former patches, which would keep their emulators in memory."""
    _match.cache_clear()


def admit(
    host: str, port: int | None, path: str, told: Callable[[], Target], *, only_claimed: bool = False
) -> Match | None:
    """Return the match of a request that is about to leave, or None if it may leave.

    ``told`` makes the target for a refusal. With ``only_claimed``, requests to unclaimed hosts may leave.

    Raises :class:`~convsim.errors.RefusedHostError` for a refused request, and ``socket.gaierror`` for one that must
    find no network.
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
        raise refusal_beside(beside, told(), path)
    judging = next((patch for patch in reversed(stack) if patch.other_hosts is not None), None)
    if judging is None or judging.other_hosts is None or only_claimed or is_loopback(host):
        return None
    policy = judging.other_hosts.of(host)
    if policy == "refuse":
        is_other_service = path.startswith("/api/projects/") and judging.urls.has_own
        raise _refused(judging, told(), f"{_FOREIGN}{_PROJECT if is_other_service else ''}")
    if policy == "offline":
        target = told()
        judging.offline(f"{target.method} {target.url}")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return None


def refusal_beside(patch: Patch, told: Target, path: str) -> RefusedHostError:
    """Return the error, noted, for a request to a host of the patch that is below none of its base URLs."""
    return _refused(patch, told, _GUARDED if patch.app is None else _BESIDE if split(path)[1] else _ELSEWHERE)


def _refused(patch: Patch, told: Target, why: str) -> RefusedHostError:
    words = why.format(host=told.host, name=told.name, urls=patch.urls, base=base_url_of(told.url))
    error = RefusedHostError(f"{told.method} {told.url} was not sent: {words}{_seen()}")
    return error if told.retried else _noted(patch, error)


def _seen() -> str:
    """Return the part of a refusal about the mocks that the request has passed."""
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
    " Make this call with the SDK, give the code a client on httpx, replace the function that makes it, or let it reach"
    " a port: add the fixture `convsim_server` to the test, which sets OPENAI_BASE_URL (outside pytest:"
    " `convsim serve`)."
)
WITHOUT_WEBSOCKETS = (
    "the emulator answers aiohttp's WebSockets by the library websockets, which is not installed:"
    " python -m pip install websockets"
)


def refuse_library(host: str, port: int | None, doing: str, why: str = NOT_ANSWERED) -> None:
    """Raise :class:`~convsim.errors.RefusedHostError` if the host is claimed: this library is not answered.

    ``doing`` completes "... was kept from"; the sentence names the calling library and ``why``.
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
_PROJECT = " This is a project of Azure AI Foundry: write service='foundry', too."
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
