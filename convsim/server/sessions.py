"""Sessions: one port with an emulator for each name in the requests.

A name is in the header ``X-Convsim-Session``, or in the base URL (``http://127.0.0.1:PORT/_session/NAME/v1``). A new
name is a fresh emulator with the options of the server's own, so parallel suites share a port and cannot reset each
other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from convsim.adapters.asgi import ASGIApp, Scope, path_of
from convsim.core.forks import renew_after_fork
from convsim.errors import UsageError
from convsim.server.admission import Headers

MAX_SESSIONS = 1_000
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PREFIX = "/_session/"


@dataclass(eq=False)
class Served:
    """One emulator of the server: ``api`` answers its clients, ``sim`` is for the control plane.

    ``size`` returns about how many bytes it stores.
    """

    sim: Any
    api: ASGIApp
    size: Callable[[], int]
    requests: int = 0
    """The number of requests that it is answering."""
    is_kept: bool = False
    """Whether it stays even if it is idle: the server's own does, and so do those that a test registered."""
    remade: Callable[[Mapping[str, Any]], Served] | None = None
    """Makes a fresh one with other options, for a reset of the session; None if its owner holds the emulator."""
    save: Callable[[], None] | None = None
    """Saves the state to the file of ``convsim serve --state``."""


class Sessions:
    """Emulators by the names of their sessions, the one that was idle longest first.

    Tests keep and drop theirs in another thread than the server's.
    """

    def __init__(self, own: Served, fresh: Callable[[], Served]) -> None:
        own.is_kept = True
        self.renew_locks()
        renew_after_fork(self)
        self.own = own
        self._fresh = fresh
        self._named: dict[str, Served] = {}
        self._sizes: dict[Served, int] = {}
        self.stored: int = 0
        """About how many bytes all of them store, as far as their requests have ended."""

    def renew_locks(self) -> None:
        """Make the lock, and make it anew in a forked process."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._named)

    def keep(self, name: str, served: Served) -> None:
        """Answer for a name with this emulator, until :meth:`drop`; an earlier one of that name is dropped."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"session {name!r}: write 1 to 64 of A-Z, a-z, 0-9, '_', '.', '-'")
        with self._lock:
            self._forget(name)
            served.is_kept = True
            self._named[name] = served

    def drop(self, name: str) -> None:
        """Forget a name; the next request for it begins a fresh emulator."""
        with self._lock:
            self._forget(name)

    def begin(self, name: str | None) -> Served | None:
        """Return the emulator of that name for one request, until :meth:`end`; None if the limit is reached."""
        with self._lock:
            served = self.own if name is None else self._take(name)
            if served is not None:
                served.requests += 1
                self._sizes.setdefault(served, 0)
            return served

    def end(self, served: Served, *, measure: bool) -> None:
        """End what :meth:`begin` began; ``measure`` the emulator if the request may have changed what it stores."""
        size = served.size() if measure else None
        with self._lock:
            served.requests -= 1
            if size is not None and served in self._sizes:  # it is not if it was dropped meanwhile
                self.stored += size - self._sizes[served]
                self._sizes[served] = size

    def _forget(self, name: str) -> None:
        served = self._named.pop(name, None)
        if served is not None:
            self.stored -= self._sizes.pop(served, 0)

    def _take(self, name: str) -> Served | None:
        served = self._named.pop(name, None)
        if served is None:
            if len(self._named) >= MAX_SESSIONS and not self._evict():
                return None
            served = self._fresh()
        self._named[name] = served  # to the end: it is the one used last
        return served

    def _evict(self) -> bool:
        idle = next((name for name, one in self._named.items() if not (one.requests or one.is_kept)), None)
        if idle is not None:
            self._forget(idle)
        return idle is not None


def named(scope: Scope, headers: Headers) -> tuple[str | None, str, bool]:
    """Return the session of a request, its path without it, and whether the name is valid."""
    path = path_of(scope)
    name = headers.one(b"x-convsim-session")
    if path.startswith(_PREFIX):
        written, slash, rest = path.removeprefix(_PREFIX).partition("/")
        if name not in (None, written):
            return name, path, False
        name, path = written, slash + rest
    return name, path, name is None or _NAME.fullmatch(name) is not None
