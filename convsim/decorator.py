"""``@convsim.patched()``: an emulator patched in around a function, a coroutine or a class of tests."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, TypeVar

from convsim.emulator import Emulator

Target = TypeVar("Target", bound=Callable[..., Any])


def patched(**options: Any) -> Callable[[Target], Target]:
    """Decorates with ``Emulator(**options).patch()``, a fresh emulator for each call.

    A function or coroutine that has a parameter ``sim`` gets the emulator by that keyword. A ``unittest.TestCase`` has
    it as ``self.sim``, from ``setUp`` to ``tearDown``; of other classes each method whose name begins with ``test`` is
    decorated. Raises :class:`~convsim.errors.UsageError` or ``TypeError`` for options that do not exist.
    """
    # An iterator would be used up by the first emulator.
    options = {name: tuple(value) if isinstance(value, Iterator) else value for name, value in options.items()}
    Emulator(**options)

    def decorate(target: Target) -> Target:
        if isinstance(target, type):
            _class(target, options)
            return target
        decorated: Target = _function(target, options)
        return decorated

    return decorate


def _fresh(options: dict[str, Any]) -> Emulator:
    """An emulator that shares nothing with the one before: a clock among the options is copied."""
    return Emulator(**{name: copy(value) for name, value in options.items()})


def _function(function: Any, options: dict[str, Any]) -> Any:
    signature = inspect.signature(function)
    wanted = "sim" in signature.parameters

    @contextmanager
    def patched_in(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with _fresh(options).patch() as sim:
            yield given | {"sim": sim} if wanted else given

    decorated: Any = functools.wraps(function)(_of_its_kind(function, patched_in))
    others = [parameter for parameter in signature.parameters.values() if parameter.name != "sim"]
    # pytest reads the signature for fixtures, and there is none of that name.
    decorated.__signature__ = signature.replace(parameters=others)
    return decorated


def _of_its_kind(function: Any, patched_in: Callable[[dict[str, Any]], Any]) -> Any:
    """A function, coroutine or generator, as ``function`` is one."""

    def call(*args: Any, **kwargs: Any) -> Any:
        with patched_in(kwargs) as given:
            return function(*args, **given)

    async def call_async(*args: Any, **kwargs: Any) -> Any:
        with patched_in(kwargs) as given:
            return await function(*args, **given)

    def generate(*args: Any, **kwargs: Any) -> Any:
        with patched_in(kwargs) as given:
            return (yield from function(*args, **given))

    async def generate_async(*args: Any, **kwargs: Any) -> Any:
        with patched_in(kwargs) as given:
            async for value in function(*args, **given):
                yield value

    kinds: tuple[tuple[Callable[[Any], bool], Any], ...] = (
        (inspect.iscoroutinefunction, call_async),
        (inspect.isgeneratorfunction, generate),
        (inspect.isasyncgenfunction, generate_async),
    )
    return next((wrapper for is_kind, wrapper in kinds if is_kind(function)), call)


def _class(target: type[Any], options: dict[str, Any]) -> None:
    if issubclass(target, unittest.TestCase):
        _test_case(target, options)
        return
    for name in dir(target):
        member = inspect.getattr_static(target, name) if name.startswith("test") else None
        if isinstance(member, (staticmethod, classmethod)):
            setattr(target, name, type(member)(_function(member.__func__, options)))
        elif inspect.isfunction(member):
            setattr(target, name, _function(member, options))


def _test_case(case: Any, options: dict[str, Any]) -> None:
    run = case.run

    @functools.wraps(run)
    def run_patched(self: Any, result: Any = None) -> Any:
        with _fresh(options).patch() as self.sim:
            return run(self, result)

    case.run = run_patched
