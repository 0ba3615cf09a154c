"""The emulator: where clock, ids, stores, router and adapters are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Self

from convsim.behavior import Behavior
from convsim.clock import DEFAULT_NOW, Clock
from convsim.direct import ProjectAPI
from convsim.errors import RefusedHostError, UsageError
from convsim.ids import IdFactory, LiveIds, RequestIds, SequentialIds
from convsim.keys import DEFAULT_PROJECT, Keys
from convsim.operations import Project
from convsim.router import Router
from convsim.store.store import Store
from convsim.urls import DEFAULT_BASE_URL, BaseUrls

if TYPE_CHECKING:
    import respx
    from openai import AsyncOpenAI, OpenAI

    from convsim.adapters.transports import Httpx2Transport, HttpxTransport


class Emulator(ProjectAPI):
    """An OpenAI Conversations API of your own: empty at first, and the same on every run.

    ``seed`` decides all ids. ``now`` is the instant at which its clock stands, in seconds since the epoch, or a
    :class:`~convsim.clock.Clock`, which emulators may share. ``ids`` are of the live shape, or ``"sequential"``
    (``conv_1``, ``msg_1``) for snapshots. ``base_urls`` adds to the default and to
    ``OPENAI_BASE_URL``; ``other_hosts="pass"`` lets requests to other hosts through while it is patched in.
    ``api_keys`` limits the keys: several (each with a project of its own), or a mapping from key to project.
    ``unknown_ids="create"`` lets every id exist on first use, for generated client suites; it implies
    ``phase_on_other_roles="drop"`` and ``limit_zero="empty_page"``, whatever ``behavior`` says. ``behavior`` decides
    what the evidence leaves open.

    The Direct API (``conversations``, ``seed``, ``state``, ``transcript``) acts on the default project; see
    :meth:`project`. All calls are safe from several threads: one lock makes each operation whole.

    Raises :class:`~convsim.errors.UsageError` for an option that does not exist.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        now: float | Clock = DEFAULT_NOW,
        ids: Literal["live", "sequential"] = "live",
        base_urls: Iterable[str] = (),
        other_hosts: Literal["refuse", "pass"] = "refuse",
        api_keys: Mapping[str, str] | Iterable[str] | None = None,
        unknown_ids: Literal["refuse", "create"] = "refuse",
        behavior: Behavior = Behavior(),
    ) -> None:
        _require("ids", ids, ("live", "sequential"))
        _require("unknown_ids", unknown_ids, ("refuse", "create"))
        _require("other_hosts", other_hosts, ("refuse", "pass"))
        if type(seed) is not int:
            raise UsageError(f"Emulator(seed={seed!r}): write an integer")
        if not isinstance(behavior, Behavior):
            raise UsageError(f"Emulator(behavior={behavior!r}): write behavior=Behavior(...)")
        self.clock = now if isinstance(now, Clock) else Clock(now)
        self._seed = seed
        self._ids = ids
        self._keys = Keys(api_keys)
        self._base_urls = base_urls if isinstance(base_urls, str) else tuple(base_urls)
        BaseUrls(self._base_urls, environment={})  # a wrong one is refused here, not at the first request
        self._other_hosts = other_hosts
        self._refused: list[RefusedHostError] = []
        self._unknown_ids = unknown_ids
        self._behavior = behavior.for_generated_suites() if unknown_ids == "create" else behavior
        self._lock = Lock()
        self._request_ids = RequestIds(seed)
        self._start()
        self._router = Router(
            keys=self._keys,
            projects=self._project_named,
            behavior=self._behavior,
            request_ids=self._request_ids,
            now=self.clock.now,
            lock=self._lock,
        )
        super().__init__(lambda: self._project_named(DEFAULT_PROJECT), self._behavior, self._lock)

    def _start(self) -> None:
        self._projects: dict[str, Project] = {}
        self._sequential = SequentialIds()

    def reset(self) -> None:
        """Forget everything and set the clock back: the next calls give the same bytes as the first ones did."""
        with self._lock:
            self.clock.reset()
            self._request_ids.reset()
            self._refused.clear()
            self._start()

    def project(self, name: str) -> ProjectAPI:
        """The Direct API of the project ``name``, which the keys mapped to it see."""
        return ProjectAPI(lambda: self._project_named(name), self._behavior, self._lock)

    @contextmanager
    def patch(self) -> Iterator[Self]:
        """Answer every client's requests to the base URLs, until the context ends.

        It catches httpx and httpx2, sync and async, and so the official SDK, also on aiohttp; clients built before and
        after. Other hosts are refused by :class:`~convsim.errors.RefusedHostError` (``other_hosts``), this machine's
        own are let through. The innermost of several emulators answers for what it claims.
        """
        from convsim.adapters.patch import Claim, patched_in

        urls = BaseUrls(self._base_urls)
        with patched_in(Claim(urls, self._router.handle, self._other_hosts, self._refused.append)):
            yield self

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

        route: respx.Route = add_routes(router, self._router.handle, BaseUrls(self._base_urls))
        return route

    def httpx2_transport(self) -> Httpx2Transport:
        """A transport for ``httpx2.Client`` and ``httpx2.AsyncClient``. It ignores the host and keeps the path."""
        from convsim.adapters.transports import Httpx2Transport

        return Httpx2Transport(self._router.handle, BaseUrls(self._base_urls).below)

    def httpx_transport(self) -> HttpxTransport:
        """A transport for ``httpx.Client`` and ``httpx.AsyncClient``. It ignores the host and keeps the path."""
        from convsim.adapters.transports import HttpxTransport

        return HttpxTransport(self._router.handle, BaseUrls(self._base_urls).below)

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

    def _project_named(self, name: str) -> Project:
        project = self._projects.get(name)
        if project is None:
            ids: IdFactory = self._sequential if self._ids == "sequential" else LiveIds(self._seed, name)
            project = Project(Store(), ids, self.clock, self._behavior, self._unknown_ids)
            self._projects[name] = project
        return project

    def __repr__(self) -> str:
        conversations = sum(len(project.store.conversations) for project in list(self._projects.values()))
        return f"Emulator(seed={self._seed!r}, ids={self._ids!r}, conversations={conversations})"


def _require(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"Emulator({name}={value!r}): write {' or '.join(map(repr, choices))}")
