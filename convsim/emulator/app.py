"""The app that an emulator gives to its adapters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convsim.http.messages import Opening, Outcome, Request
    from convsim.service.connection import Connection
    from convsim.service.realtime import Realtime
    from convsim.service.router import Router
    from convsim.service.service import Service


class App:
    """The app behind all adapters (:class:`~convsim.http.messages.App`): HTTP by the router, and WebSockets."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def _router(self) -> Router:
        # Importing it loads the models of all operations, which an emulator without requests does not need.
        from convsim.service.router import Router

        return Router(self._service)

    # Each request asks for these two: they are the router's own.

    @cached_property
    def serves(self) -> Callable[[str, str], bool]:
        return self._router.serves

    @cached_property
    def handle(self) -> Callable[[Request], Outcome]:
        return self._router.handle

    def connect(self, path: str) -> Opening | None:
        if (refused := self._router.refused_socket(path)) is not None:
            raise refused
        return self._service.turn_sockets.open(path) or self.realtime.open(path)

    def pass_time(self, seconds: float) -> float:
        with self._service.lock:
            return self._service.wait(seconds)

    @cached_property
    def realtime(self) -> Realtime:
        from convsim.service.realtime import Realtime

        # Several threads may open the first connections at once: all get the one that is kept.
        realtime: Realtime = vars(self).setdefault("realtime", Realtime(self._service))
        return realtime

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections so far; reading them does not create a Realtime."""
        return self.realtime.connections if "realtime" in vars(self) else ()

    @property
    def unused_scripts(self) -> list[str]:
        """The scripts of Realtime that were never asked for, a line each."""
        if "realtime" not in vars(self):
            return []
        return [f"{words}: no response.create asked for it" for words in self.realtime.unused]

    def clear_scripts(self) -> None:
        if "realtime" in vars(self):
            self.realtime.clear_scripts()

    def reset(self) -> None:
        if "realtime" in vars(self):
            self.realtime.reset()
        if "turn_sockets" in vars(self._service):
            self._service.turn_sockets.reset()
