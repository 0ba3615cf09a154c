"""Fronts: the ways by which clients reach an emulator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self

from convsim.errors import RefusedHostError
from convsim.faults.registry import Faults, warn_of_unused
from convsim.http.keys import Keys
from convsim.http.messages import Handler, Opener
from convsim.http.urls import DEFAULT_BASE_URL, BaseUrls

if TYPE_CHECKING:
    import respx
    from openai import AsyncOpenAI, OpenAI

    from convsim.adapters.transports import Httpx2Transport, HttpxTransport


class Fronts:
    """Interception, transports and clients of what answers: ``handler`` requests, ``opener`` WebSockets.

    Raises :class:`~convsim.errors.UsageError` for a base URL that is none.
    """

    def __init__(
        self,
        *,
        handler: Handler,
        opener: Opener,
        keys: Keys,
        faults: Faults,
        base_urls: Iterable[str],
        other_hosts: Literal["refuse", "pass"],
    ) -> None:
        self._handler = handler
        self._opener = opener
        self._keys = keys
        self.faults = faults
        self._base_urls = base_urls if isinstance(base_urls, str) else tuple(base_urls)
        BaseUrls(self._base_urls, environment={})  # a wrong one is refused here, not at the first request
        self._other_hosts = other_hosts
        self._refused: list[RefusedHostError] = []
        self._patched = 0

    @contextmanager
    def patch(self) -> Iterator[Self]:
        """Answer every client's requests to the base URLs, until the context ends.

        It catches httpx, httpx2 and websockets, sync and async, and so the official SDK, also on aiohttp; clients built
        before and after. Other hosts are refused by :class:`~convsim.errors.RefusedHostError` (``other_hosts``), this
        machine's own are let through. The innermost of several emulators answers for what it claims. At the end it
        warns of armed faults that did not happen (:class:`~convsim.errors.UnusedFaultWarning`).
        """
        from convsim.adapters.claims import Answers, Claim
        from convsim.adapters.patch import patched_in

        answers = Answers(self._handler, self._opener)
        with patched_in(Claim(BaseUrls(self._base_urls), answers, self._other_hosts, self._refused.append)):
            self._patched += 1
            try:
                yield self
            finally:
                self._patched -= 1
        if not self._patched:
            warn_of_unused(self.faults, stacklevel=4)

    @property
    def refused(self) -> tuple[RefusedHostError, ...]:
        """The requests that were kept from the network while this emulator was patched in, oldest first."""
        return tuple(self._refused)

    @property
    def api_key(self) -> str:
        """A key that this emulator accepts."""
        return self._keys.example

    def add_routes(self, router: respx.Router) -> respx.Route:
        """Answer on a respx router of your own: adds one route for the base URLs, and gives it."""
        from convsim.adapters.respx import add_routes

        route: respx.Route = add_routes(router, self._handler, BaseUrls(self._base_urls))
        return route

    def httpx2_transport(self) -> Httpx2Transport:
        """A transport for ``httpx2.Client`` and ``httpx2.AsyncClient``. It ignores the host and keeps the path."""
        from convsim.adapters.transports import Httpx2Transport

        return Httpx2Transport(self._handler, BaseUrls(self._base_urls).below)

    def httpx_transport(self) -> HttpxTransport:
        """A transport for ``httpx.Client`` and ``httpx.AsyncClient``. It ignores the host and keeps the path."""
        from convsim.adapters.transports import HttpxTransport

        return HttpxTransport(self._handler, BaseUrls(self._base_urls).below)

    def openai(self, **options: Any) -> OpenAI:
        """The official SDK's client on this emulator; ``options`` are its own (``max_retries=0``).

        Raises :class:`~convsim.errors.ConvsimError` when the SDK is not installed.
        """
        from convsim.adapters.clients import openai_client

        return openai_client((self.httpx2_transport(), self.httpx_transport()), self._client_options(options))

    def async_openai(self, **options: Any) -> AsyncOpenAI:
        """As :meth:`openai`, asynchronous."""
        from convsim.adapters.clients import async_openai_client

        return async_openai_client((self.httpx2_transport(), self.httpx_transport()), self._client_options(options))

    def _client_options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"api_key": self.api_key, "base_url": DEFAULT_BASE_URL, **options}
