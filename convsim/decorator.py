"""``@convsim.patched``: an emulator patched in around a function, a coroutine or a class of tests."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, aclosing, contextmanager
from copy import copy
from typing import Any, TypeVar, overload
from warnings import warn_explicit
from weakref import WeakKeyDictionary

from convsim.adapters.environment import key_set
from convsim.core.options import reusable
from convsim.emulator import Emulator, patched_quietly, unused
from convsim.errors import UsageError
from convsim.errors.misuse import shown

Target = TypeVar("Target", bound=Callable[..., Any])


@overload
def patched(target: Target, /) -> Target: ...


@overload
def patched(**options: Any) -> Callable[[Target], Target]: ...


def patched(target: Any = None, /, **options: Any) -> Any:
    """Patch an emulator in around a function or a class: ``@patched``, or ``@patched(seed=1)`` with options.

    Each call gets a fresh ``Emulator(**options)``. A function or coroutine with a parameter ``sim`` gets the emulator
    by that name. A ``unittest.TestCase`` has it as ``self.sim`` from ``setUp`` to ``tearDown``, and as ``cls.sim`` from
    ``setUpClass`` on: each test begins with the state that ``setUpClass`` left. In other classes, each method whose
    name begins with ``test`` is decorated. The nearer of two decorators wins. While patched in, ``OPENAI_API_KEY`` and
    ``AZURE_OPENAI_API_KEY`` are ``sim.api_key``.

    Raises :class:`~convsim.errors.UsageError` for unknown options and wrong values.

    >>> @patched(ids="sequential")
    ... def test_it(sim):
    ...     return OpenAI().conversations.create().id
    >>> test_it()
    'conv_1'
    """
    options = {name: reusable(value) for name, value in options.items()}
    Emulator(**options)

    def decorate(target: Any) -> Any:
        if isinstance(target, type):
            _class(target, options)
            return target
        decorated = _member(target, options)
        if decorated is None:
            raise UsageError(
                f"patched({shown(target)}): decorate a function or a class, or write options: patched(seed=1)"
            )
        return decorated

    return decorate if target is None else decorate(target)


def fresh(options: Mapping[str, Any]) -> Emulator:
    """Return an emulator that shares nothing with earlier ones: a clock among the options is copied."""
    return Emulator(**{name: copy(value) for name, value in options.items()})


def failed_in(error: BaseException) -> Emulator | None:
    """Return the innermost emulator of the decorated function or test that raised the error, or None."""
    return vars(error).get(_EMULATOR)


_EMULATOR = "convsim.Emulator"


@contextmanager
def _patched_in(sim: Emulator, function: Any) -> Iterator[Emulator]:
    """Patch the emulator in for ``function``; warnings about unused faults and scripts point at its first line."""
    with key_set(sim.api_key), patched_quietly(sim):
        try:
            yield sim
        except BaseException as error:
            vars(error).setdefault(_EMULATOR, sim)
            raise
    code = inspect.unwrap(getattr(function, "func", function)).__code__
    for category, sentences in unused(sim):
        warn_explicit(sentences, category, code.co_filename, code.co_firstlineno)


# --- functions -----------------------------------------------------------------------------------------------------

_of_class: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
"""The decorated functions; the value says whether their class was decorated and not they themselves."""


def _member(member: Any, options: Mapping[str, Any], *, of_class: bool = False) -> Any:
    """Return the member decorated, as the same kind of method; None if it is not a function or method."""
    if isinstance(member, (staticmethod, classmethod)):
        function = _member(member.__func__, options, of_class=of_class)
        return type(member)(function) if function is not None else None
    if isinstance(member, functools.partialmethod):
        function = _member(member.func, options, of_class=of_class)
        return functools.partialmethod(function, *member.args, **member.keywords) if function is not None else None
    if not inspect.isfunction(member):
        return None
    if of_class and member in _of_class:
        if not _of_class[member]:
            return member  # the method's own decorator is nearer
        member = member.__wrapped__  # type: ignore[attr-defined]  # that of a base class, which is farther
    decorated = _function(member, options)
    _of_class[decorated] = of_class
    return decorated


def _function(function: Any, options: Mapping[str, Any]) -> Any:
    signature = inspect.signature(function)
    names = list(signature.parameters)
    position = names.index("sim") if "sim" in names else None

    @contextmanager
    def patched_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
        with _patched_in(fresh(options), function) as sim:
            if position is None:
                yield args, kwargs
            elif signature.parameters["sim"].kind is inspect.Parameter.KEYWORD_ONLY or len(args) < position:
                yield args, kwargs | {"sim": sim}
            else:
                # At its own position: mock.patch and others pass their arguments by position, for the remaining
                # parameters.
                yield (*args[:position], sim, *args[position:]), kwargs

    decorated: Any = functools.wraps(function)(_of_its_kind(function, patched_in))
    others = [parameter for parameter in signature.parameters.values() if parameter.name != "sim"]
    # pytest takes the parameters of the signature for fixtures, and has none of that name.
    decorated.__signature__ = signature.replace(parameters=others)
    return decorated


def _of_its_kind(function: Any, patched_in: Callable[[tuple[Any, ...], dict[str, Any]], Any]) -> Any:
    """Return a function, coroutine or generator, the same kind as ``function``."""

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with patched_in(args, kwargs) as (args, kwargs):
            return function(*args, **kwargs)

    async def call_async(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with patched_in(args, kwargs) as (args, kwargs):
            return await function(*args, **kwargs)

    def generate(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with patched_in(args, kwargs) as (args, kwargs):
            return (yield from function(*args, **kwargs))

    async def generate_async(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with patched_in(args, kwargs) as (args, kwargs):
            async with aclosing(function(*args, **kwargs)) as generator:
                step = anext(generator)
                while True:
                    try:
                        value = await step
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield value
                    except GeneratorExit:
                        raise  # ``aclosing`` passes it on
                    except BaseException as error:
                        step = generator.athrow(error)
                    else:
                        step = generator.asend(sent)

    kinds: tuple[tuple[Callable[[Any], bool], Any], ...] = (
        (inspect.iscoroutinefunction, call_async),
        (inspect.isgeneratorfunction, generate),
        (inspect.isasyncgenfunction, generate_async),
    )
    return next((wrapper for is_kind, wrapper in kinds if is_kind(function)), call)


# --- classes -------------------------------------------------------------------------------------------------------


def _class(target: type[Any], options: Mapping[str, Any]) -> None:
    if issubclass(target, unittest.TestCase):
        _test_case(target, options)
        return
    for name in dir(target):
        decorated = None
        if name.startswith("test"):
            decorated = _member(inspect.getattr_static(target, name), options, of_class=True)
        if decorated is not None:
            setattr(target, name, decorated)


def _test_case(case: Any, options: Mapping[str, Any]) -> None:
    case._convsim_options = options
    case.run = _around_test(case.run)
    case.debug = _around_test(case.debug)
    case.setUpClass = classmethod(_around_set_up_class(inspect.getattr_static(case, "setUpClass").__func__))


def _around_test(run: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``TestCase.run`` or ``debug`` with an emulator, unless a decorated subclass has patched one in already."""

    @functools.wraps(run)
    def run_patched(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if vars(self).get("_convsim_is_patched"):
            return run(self, *args, **kwargs)
        sim = fresh(self._convsim_options)
        of_class = getattr(self, "_convsim_of_class", None)
        if of_class is not None and len(of_class.journal):
            sim.restore(of_class.snapshot())
        self._convsim_is_patched = True
        try:
            with _patched_in(sim, getattr(self, self._testMethodName)) as self.sim:
                return run(self, *args, **kwargs)
        finally:
            self._convsim_is_patched = False

    return run_patched


def _around_set_up_class(set_up: Callable[[Any], None]) -> Callable[[Any], None]:
    """Wrap ``setUpClass`` with an emulator that stays patched in, below the tests' own, until ``tearDownClass`` ends.

    It has neither faults nor replies: those are for the tests.
    """

    @functools.wraps(set_up)
    def set_up_patched(cls: Any) -> None:
        __tracebackhide__ = True
        if "_convsim_of_class" not in vars(cls):
            stack = ExitStack()
            cls.addClassCleanup(stack.close)
            cls.sim = cls._convsim_of_class = sim = fresh({**cls._convsim_options, "faults": (), "replies": ()})
            stack.callback(delattr, cls, "_convsim_of_class")
            stack.callback(delattr, cls, "sim")
            stack.enter_context(key_set(sim.api_key))
            stack.enter_context(patched_quietly(sim))
        set_up(cls)

    return set_up_patched
