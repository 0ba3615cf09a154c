"""The SDK's waits before its retries: after an answer of an emulator with virtual time, its clock moves instead."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from convsim.adapters import active
from convsim.adapters.patching import MethodPatch, PatchPoint
from convsim.http.messages import App

_HOME = "openai._base_client"
_IN_PROCESS = {"MockTransport", "ASGITransport", "WSGITransport"}


def _sync(module: ModuleType) -> Callable[[MethodPatch], Callable[..., None]]:
    def wrap(point: MethodPatch) -> Callable[..., None]:
        def _sleep_for_retry(client: Any, **details: Any) -> None:
            if not _passed(module, client, **details):
                point.original(client, **details)

        return _sleep_for_retry

    return wrap


def _async(module: ModuleType) -> Callable[[MethodPatch], Callable[..., Any]]:
    def wrap(point: MethodPatch) -> Callable[..., Any]:
        async def _sleep_for_retry(client: Any, **details: Any) -> None:
            if not _passed(module, client, **details):
                await point.original(client, **details)

        return _sleep_for_retry

    return wrap


def _passed(module: Any, client: Any, *, retries_taken: int, max_retries: int, options: Any, response: Any) -> bool:
    """Return whether the wait has passed on the clock of the emulator that answered.

    The SDK shortens its own waits by a random part. The clock moves by the whole wait: the same on each run.
    """
    app = _answering(client, options)
    if app is None:
        return False
    headers = response.headers if response is not None else {}
    if "retry-after" in headers or "retry-after-ms" in headers:
        seconds = client._calculate_retry_timeout(max_retries - retries_taken, options, headers)
    else:
        seconds = min(module.INITIAL_RETRY_DELAY * 2.0**retries_taken, module.MAX_RETRY_DELAY)
    return not app.pass_time(seconds)


def _answering(client: Any, options: Any) -> App | None:
    """Return the app that answers the client's request, or None behind a transport of its own or a mock of the test."""
    transport = client._client._transport
    if type(transport).__module__ == "convsim.adapters.transports":
        explicit: App = transport.app
        return explicit
    if type(transport).__name__ in _IN_PROCESS:
        return None
    found = active.match(options.method.upper(), client._prepare_url(options.url))
    return found.app if found is not None else None


def _points(module: ModuleType) -> list[PatchPoint]:
    """Return the points of the SDK's clients; an SDK without such a method waits as usual."""
    kinds = {"SyncAPIClient": _sync(module), "AsyncAPIClient": _async(module)}
    owners = {name: getattr(module, name, None) for name in kinds}
    return [
        PatchPoint("openai", owner, "_sleep_for_retry", kinds[name], f"{_HOME}.{name}")
        for name, owner in owners.items()
        if "_sleep_for_retry" in vars(owner or object)
    ]


POINTS = {_HOME: _points}
