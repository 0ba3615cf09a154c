"""Seams: the methods and functions that are exchanged while somebody wants to intercept, and put back afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import RLock
from types import FunctionType, ModuleType
from typing import Any

from convsim.errors import ConvsimError

Wrap = Callable[["Exchange"], Any]


class Exchange:
    """One method exchanged once: what stood there, and what stands there now."""

    def __init__(self, library: str, owner: Any, method: str, wrap: Wrap) -> None:
        self.library = library
        self._owner = owner
        self._method = method
        self._before = self._standing()
        self.original: Callable[..., Any] = self._before
        self._after: Any = wrap(self)
        setattr(owner, method, self._after)

    def _standing(self) -> Any:
        return vars(self._owner).get(self._method)

    def stands(self) -> bool:
        """Whether nobody has exchanged the method since."""
        return self._standing() is self._after

    def take_back(self) -> bool:
        """Put the original back and say so; where somebody has exchanged the method since, stay below and hand on."""
        stood = self.stands()
        if stood:
            setattr(self._owner, self._method, self._before)
        return stood

    def is_mocked_below(self) -> bool:
        """Whether a mock answers below: one of the same method, or an active respx router."""
        if self.original.__module__.startswith(_MOCKS):
            return True
        mocks = sys.modules.get("respx.mocks")
        mocker = mocks.Mocker.registry.get(_RESPX.get(self._owner.__module__.partition(".")[0], "")) if mocks else None
        return bool(mocker and mocker.routers)


class BodyExchange(Exchange):
    """The body of one function exchanged once, so that those who imported the function before meet the new one too.

    Neither the function nor what ``wrap`` gives has a closure: the new body runs with the old one's globals.
    """

    def __init__(self, library: str, owner: FunctionType, method: str, wrap: Callable[[Exchange], Any]) -> None:
        # A copy: each exchange knows its own body, although all run the same.
        super().__init__(library, owner, method, lambda exchange: wrap(exchange).__code__.replace())
        original = FunctionType(self._before, owner.__globals__, owner.__name__, owner.__defaults__)
        original.__kwdefaults__ = owner.__kwdefaults__
        self.original = original

    def _standing(self) -> Any:
        return self._owner.__code__


_MOCKS = ("pytest_httpx", "unittest.mock")

# The names of respx's mockers by the library above them. The transports on aiohttp are not above one.
_RESPX = {"httpx": "httpcore", "httpx2": "httpcore2"}


class Seam:
    """One method of a library's class, or (``__code__``) the body of one of its functions.

    Making one raises :class:`~convsim.errors.ConvsimError` when the class does not have the method.
    """

    def __init__(self, library: str, owner: Any, method: str, wrap: Wrap, home: str = "") -> None:
        home = home or f"{library}.{getattr(owner, '__name__', '?')}"
        self._home = f"{home}.{method}"
        self._present(owner, method)
        self._exchange: Exchange | None = None
        kind = BodyExchange if isinstance(owner, FunctionType) else Exchange
        self._make: Callable[[], Exchange] = lambda: kind(library, self._present(owner, method), method, wrap)

    def _present(self, owner: Any, method: str) -> Any:
        if owner is None or not (isinstance(owner, FunctionType) or method in vars(owner)):
            raise ConvsimError(
                f"convsim patches {self._home}, and this version of it has none: requests would reach the network."
                " Nothing was patched. Please report it, with the version."
            )
        return owner

    def install(self) -> list[Exchange]:
        """Exchange the method, unless the last exchange still stands; gives the exchange that was made, if any."""
        if self._exchange is not None and self._exchange.stands():
            return []
        self._exchange = self._make()
        return [self._exchange]


Later = Mapping[str, Callable[[ModuleType], Seam]]


class Seams(MetaPathFinder):
    """Several seams, exchanged together: those ``now``, and those in modules that are or will be imported ``later``.

    ``later`` makes the seam of a module, by the module's name.
    """

    def __init__(self, now: Sequence[Seam], later: Later) -> None:
        self._now = now
        self._later = later
        self._found: list[Seam] = []
        self._made: list[Exchange] = []
        # A module may be imported by any thread.
        self._lock = RLock()

    def install(self) -> list[Exchange]:
        """Exchange all methods, and those of modules that come later when they are imported.

        Gives the exchanges that were made: none where the earlier ones stand. All or nothing.
        """
        with self._lock:
            return self._install()

    def _install(self) -> list[Exchange]:
        if self not in sys.meta_path:
            self._found = [make(sys.modules[name]) for name, make in self._later.items() if name in sys.modules]
            sys.meta_path.insert(0, self)
        before = len(self._made)
        try:
            for seam in (*self._now, *self._found):
                self._made += seam.install()
        except ConvsimError:
            self.take_back(self._made[before:])
            if not self._made:
                self.remove()
            raise
        return self._made[before:]

    def take_back(self, made: Sequence[Exchange]) -> None:
        """Put back what these exchanges exchanged, the last first; what another tool covers waits for the end."""
        with self._lock:
            for exchange in reversed(list(made)):
                if exchange.take_back():
                    self._made.remove(exchange)

    def remove(self) -> None:
        """Put everything back."""
        with self._lock:
            sys.meta_path.remove(self)
            self.take_back(self._made)
            self._made.clear()

    def imported(self, module: ModuleType) -> None:
        """A module of ``later`` came, or came again; it was looked for while the seams were exchanged."""
        with self._lock:
            if self in sys.meta_path:
                self._found.append(self._later[module.__name__](module))
                self._made += self._found[-1].install()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Importlib's question; answered for the modules of ``later`` with a loader that tells of their import."""
        if fullname not in self._later:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(fullname, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                spec.loader = _TellingLoader(spec.loader, self.imported)
                return spec
        return None


class _TellingLoader(Loader):
    """Another loader, which tells when a module was executed."""

    def __init__(self, loader: Loader, tell: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._tell = tell

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader  # nobody but the import itself shall meet this one
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._tell(module)
