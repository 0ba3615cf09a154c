"""The app that an emulator gives to its adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convsim.report.transcript import sessions_by_id

if TYPE_CHECKING:
    from convsim.http.messages import Opening, Outcome, Request
    from convsim.realtime.session import Session
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

    def session(self, session_id: str) -> Session | None:
        """Return the Realtime session of that id, or None."""
        # A test may give anything as an id, and so a value that no mapping can be asked for.
        return next((session for name, session in self._sessions if name == session_id), None)

    @property
    def sessions(self) -> list[tuple[str, tuple[dict[str, Any], ...]]]:
        """The ids of the Realtime sessions, each with its items."""
        return [(name, session.items) for name, session in self._sessions]

    @property
    def _sessions(self) -> Iterable[tuple[str, Session]]:
        return sessions_by_id(self.connections).items()

    @property
    def unused_scripts(self) -> list[str]:
        """The scripts of turns and of Realtime that were never asked for, or less often than meant, a line each."""
        # Reading service.scripts loads the catalogue of items; without an earlier call there are none.
        scripts = vars(self._service).get("scripts")
        of_turns: list[str] = scripts.unused() if scripts is not None else []
        spoken = self.realtime.unused if "realtime" in vars(self) else ()
        return of_turns + [f"{words}: no response.create asked for it" for words in spoken]

    def clear_scripts(self) -> None:
        """Forget the scripts of turns and of Realtime."""
        with self._service.lock:
            self._service.scripts.clear()
        if "realtime" in vars(self):
            self.realtime.clear_scripts()

    def reset(self) -> None:
        if "realtime" in vars(self):
            self.realtime.reset()
        if "turn_sockets" in vars(self._service):
            self._service.turn_sockets.reset()
