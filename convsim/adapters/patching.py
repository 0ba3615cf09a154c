"""Patching: methods and functions of other libraries that are replaced for a time and restored afterwards."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from inspect import iscoroutinefunction
from itertools import count
from threading import RLock
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeGuard

from convsim.errors import ConvsimError

Wrap = Callable[["MethodPatch"], Any]
"""Makes the replacement from the patch, whose ``original`` it may call."""


class MethodPatch:
    """One attribute replaced: ``original`` is the earlier value."""

    def __init__(self, library: str, owner: Any, method: str, wrap: Wrap) -> None:
        self.library = library
        self._owner = owner
        self._method = method
        self.current: Callable[[], Any] = self._reading(owner, method)
        """Returns the present value. No function of Python: each test asks it of every point."""
        self._before = self.current()
        self.original: Callable[..., Any] = self._before if self._before is not None else getattr(owner, method)
        self.after: Any = wrap(self)
        setattr(owner, method, self.after)

    @staticmethod
    def _reading(owner: Any, method: str) -> Callable[[], Any]:
        return partial(vars(owner).get, method)

    def is_in_place(self) -> bool:
        """Return whether no other tool has replaced the attribute since."""
        return self.current() is self.after

    def redo(self) -> bool:
        """Replace the attribute again if it has its earlier value. Return whether it had."""
        restored = self.current() is self._before
        if restored:
            setattr(self._owner, self._method, self.after)
        return restored

    def undo(self) -> bool:
        """Restore the original unless another tool has patched it since. Return whether it was restored."""
        in_place = self.is_in_place()
        if in_place and self._before is None:  # inherited
            delattr(self._owner, self._method)
        elif in_place:
            setattr(self._owner, self._method, self._before)
        return in_place


class CodePatch(MethodPatch):
    """The body of one function, replaced once, so that every reference to the function meets the new one.

    The replacement is a plain function or coroutine made by ``wrap``. The body that calls it has no closure, because
    code without a closure cannot be replaced by code with one; it finds the replacement by a key among its constants.
    """

    def __init__(self, library: str, owner: FunctionType, method: str, wrap: Wrap) -> None:
        self._key = f"{owner.__module__}.{owner.__qualname__} {next(_NUMBERS)}"
        super().__init__(library, owner, method, lambda patch: self._body(wrap))

    def _body(self, wrap: Wrap) -> CodeType:
        function = self._owner
        original = FunctionType(self._before, function.__globals__, function.__name__, function.__defaults__)
        original.__kwdefaults__ = function.__kwdefaults__
        original.__qualname__ = f"{function.__qualname__} before its patch"  # it is not the library's own function
        self.original = original
        _replacements[self._key] = wrap(self)
        template = next(body for fits, body in _BODIES if fits(original)).__code__
        constants = tuple(self._key if constant == _KEY else constant for constant in template.co_consts)
        return template.replace(co_consts=constants, co_name=self._before.co_name)

    @staticmethod
    def _reading(owner: FunctionType, method: str) -> Callable[[], Any]:
        return partial(getattr, owner, method)


_NUMBERS = count(1)
_KEY = "the key of a replacement"
_replacements: dict[str, Callable[..., Any]] = {}


# The bodies run with the globals of the library; tools above them read their parameters.


def _body_of_method(self: Any, request: Any) -> Any:
    __tracebackhide__ = True
    from convsim.adapters.patching import _replacements

    key = "the key of a replacement"
    return _replacements[key](self, request)


async def _body_of_async_method(self: Any, request: Any) -> Any:
    __tracebackhide__ = True
    from convsim.adapters.patching import _replacements

    key = "the key of a replacement"
    return await _replacements[key](self, request)


def _body_of_function(*args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    from convsim.adapters.patching import _replacements

    key = "the key of a replacement"
    return _replacements[key](*args, **kwargs)


_BODIES: tuple[tuple[Callable[[FunctionType], bool], Callable[..., Any]], ...] = (
    (iscoroutinefunction, _body_of_async_method),
    (lambda function: function.__code__.co_varnames[:2] == ("self", "request"), _body_of_method),
    (lambda function: True, _body_of_function),
)


class PatchPoint:
    """One method of a library's class, or (``__code__``) the body of one of its functions.

    Raises :class:`~convsim.errors.ConvsimError` if the class does not define the method itself, or, if ``inherited``,
    does not have it.
    """

    def __init__(
        self, library: str, owner: Any, method: str, wrap: Wrap, home: str = "", *, inherited: bool = False
    ) -> None:
        home = home or f"{library}.{getattr(owner, '__name__', '?')}"
        self._home = f"{home}.{method}"
        self._inherited = inherited
        self.place: tuple[object, str] = (owner, method)
        """The patched attribute: points of the same place are the same."""
        self._present(owner, method)
        self._patch: MethodPatch | None = None
        kind = CodePatch if isinstance(owner, FunctionType) else MethodPatch
        self._make: Callable[[], MethodPatch] = lambda: kind(library, self._present(owner, method), method, wrap)

    def _present(self, owner: Any, method: str) -> Any:
        if owner is None or not (isinstance(owner, FunctionType) or self._inherited or method in vars(owner)):
            raise ConvsimError(
                f"convsim patches {self._home}, and this version of it has none: requests would reach the network."
                " Nothing was patched. Please report it, with the version."
            )
        return owner

    def apply(self) -> MethodPatch:
        """Patch it, and return the patch: the last one, if it is still in place."""
        if self._patch is None or not (self._patch.is_in_place() or self._patch.redo()):
            self._patch = self._make()
        return self._patch


def own_function(module: ModuleType, name: str) -> FunctionType | None:
    """Return the function that the module itself has defined by that qualified name; None if there is none.

    If a mock replaces it or its class, it is the function that was found last, or one that is searched for in memory.
    """

    def is_own(one: object) -> TypeGuard[FunctionType]:
        return type(one) is FunctionType and one.__globals__ is own_names and one.__qualname__ == name

    own_names = vars(module)
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part) if hasattr(found, "__dict__") else None
    known = _found_last.get((module.__name__, name))
    own = next((one for one in (found, known) if is_own(one)), None)
    own = own or next((one for one in _users_of(own_names) if is_own(one)), None)
    if own is not None:
        _found_last[module.__name__, name] = own
    return own


# The search takes longer than most tests: it is not repeated for each test that a mock of the pools covers.
_found_last: dict[tuple[str, str], FunctionType] = {}


def _users_of(names: dict[str, Any]) -> Iterator[object]:
    """Yield the objects in memory that refer to a module's names: its functions are among them."""
    yield from gc.get_referrers(names)
    if gc.get_freeze_count():
        # Frozen objects are not listed.
        gc.unfreeze()
        try:
            found = gc.get_referrers(names)
        finally:
            gc.freeze()
        yield from found


Later = Mapping[str, Callable[[ModuleType], Sequence[PatchPoint]]]


class PatchSet(MetaPathFinder):
    """Points that are patched together: those ``now``, and those of modules that are or will be imported ``later``.

    ``later`` makes the points of a module, by the module's name.
    """

    def __init__(self, now: Sequence[PatchPoint], later: Later) -> None:
        self._now = now
        self._later = later
        self._found: list[PatchPoint] = []
        self._made: dict[MethodPatch, None] = {}
        # Any thread may import a module.
        self._lock = RLock()

    def apply(self) -> list[MethodPatch]:
        """Patch all points, and those of later modules when they are imported. All or nothing.

        Returns the new patches: none if the earlier ones are in place.
        """
        # Before the lock is taken: the import in the other thread may need it.
        _wait_for_imports(self._later.keys() & sys.modules.keys())
        with self._lock:
            return self._apply()

    def _apply(self) -> list[MethodPatch]:
        if self not in sys.meta_path:
            known = {point.place: point for point in self._found}
            there = [make(sys.modules[name]) for name, make in self._later.items() if name in sys.modules]
            self._found = [known.get(point.place, point) for points in there for point in points]
            sys.meta_path.insert(0, self)
        elif self._is_in_place():
            return []
        made = []
        try:
            for point in (*self._now, *self._found):
                patch = point.apply()
                if patch not in self._made:
                    self._made[patch] = None
                    made.append(patch)
        except ConvsimError:
            self.undo(made)
            if not self._made:
                self.undo_all()
            raise
        return made

    def _is_in_place(self) -> bool:
        """Return whether each point has one patch, which is in place: so it is for most tests after the first."""
        patches = self._made
        is_complete = len(patches) == len(self._now) + len(self._found)
        return is_complete and all(patch.current() is patch.after for patch in patches)

    def undo(self, made: Sequence[MethodPatch]) -> None:
        """Undo these patches, the last first; one below another tool's patch waits for :meth:`undo_all`."""
        with self._lock:
            for patch in reversed(made):
                if patch.undo():
                    self._made.pop(patch, None)

    def undo_all(self) -> None:
        """Restore everything."""
        with self._lock:
            with suppress(ValueError):  # a tool that keeps and restores the list may have dropped it
                sys.meta_path.remove(self)
            self.undo([*self._made])
            self._made.clear()

    def renew_lock(self) -> None:
        """Replace the lock by one that no thread holds."""
        self._lock = RLock()

    def imported(self, module: ModuleType) -> None:
        """Patch the points of a module of ``later`` after its import, which may be a second one."""
        with self._lock:
            if self in sys.meta_path:
                for point in self._later[module.__name__](module):
                    self._found.append(point)
                    self._made[point.apply()] = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer importlib for the modules of ``later``, with a loader that reports their import."""
        if fullname not in self._later:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)  # importlib passes over a finder without it, too
            spec: ModuleSpec | None = find(fullname, path, target) if find is not None and finder is not self else None
            if spec is not None and spec.loader is not None:
                spec.loader = _TellingLoader(spec.loader, self.imported)
                return spec
        return None


def _wait_for_imports(names: Iterable[str]) -> None:
    """Wait while other threads import these modules: until then, their classes are missing from them."""
    for name in names:
        spec = getattr(sys.modules.get(name), "__spec__", None)
        if getattr(spec, "_initializing", False):
            with suppress(Exception):  # the import failed there, and is tried again here
                import_module(name)


class _TellingLoader(Loader):
    """A wrapper of a loader that reports when a module was executed."""

    def __init__(self, loader: Loader, tell: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._tell = tell

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader  # only the import itself sees this loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._tell(module)
