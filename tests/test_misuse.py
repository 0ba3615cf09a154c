"""A wrong value of any argument of any public callable gets a sentence, and changes nothing.

The walk finds callables and arguments by itself, so one that is added is tried, too.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

import convsim
from convsim import Agent, Clock, Emulator, Snapshot, faults, realtime, strategies
from convsim.core.results import Resource
from convsim.direct.client import Omit
from convsim.errors import APIStatusError, UsageError
from convsim.faults import Fault, RateLimited, Rule
from convsim.realtime import Session
from convsim.service.options import Options
from tests.inputs import nested_list
from tests.printing.api import is_inner

HI = {"role": "user", "content": "Hi"}

# Of arguments that must be given, a right value of each name.
RIGHT: Mapping[str, Any] = {
    "arguments": "{}",
    "audio": b"",
    "code": "server_error",
    "conversation_id": "conv_1",
    "event": {"type": "response.cancel"},
    "expected": [("user", "Hi")],
    "fault": RateLimited(),
    "item": HI,
    "item_id": "msg_1",
    "items": [HI],
    "message": "Sorry.",
    "metadata": {},
    "model": "gpt-5",
    "name": "proj_a",
    "operation": "conversations.create",
    "path": "state.json",
    "prompt_id": "pmpt_1",
    "rate": 0.5,
    "refusal": "No.",
    "response_id": "resp_1",
    "router": None,
    "seconds": 1,
    "seed": 1,
    "snapshot": Emulator().snapshot(),
    "text": "Hello.",
}

# What convsim makes and a test does not.
MADE = {
    *("AnswerFault", "Armed", "BadItem", "Close", "Fault", "FaultContext", "Faults", "Frame", "Ping", "Snapshot"),
    *("Turn", "Webhook"),
}

# The service's end of a session, which adapters drive.
DRIVEN = {"carry_out", "close", "events_to_send", "next", "read", "receive", "refuse"}

# What each annotation of convsim that is imported only for a type checker stands for.
NAMES = {
    **{one.__name__: one for one in (Agent, Clock, Fault, Omit, Resource, Rule, Snapshot)},
    "PathLike": os.PathLike,
    "respx": type("respx", (), {"Router": type("Router", (), {}), "Route": object}),
}

WRONG: tuple[Any, ...] = (
    *(None, True, -1, 1.5, float("nan"), 10**400, "\ud800", "wrong", b"wrong"),
    *([[]], [object()], {1: object()}, object(), object, lambda: None, nested_list(2_000)),
)


def fits(value: Any, hint: Any) -> bool:
    """Whether the annotation allows the value; True is no number here."""
    kind, inner = get_origin(hint), get_args(hint)
    if hint in (Any, object):
        return True
    if kind in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if kind is Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if hint in (int, float):
        return type(value) in (int, hint)
    if kind in (None, type, Callable):
        return isinstance(value, kind or hint or NoneType)
    if not isinstance(value, kind):
        return False
    if isinstance(value, Mapping) and len(inner) == 2:
        return all(fits(name, inner[0]) and fits(member, inner[1]) for name, member in value.items())
    return isinstance(value, str) or all(fits(one, inner[0]) for one in value)


def walked() -> Iterator[tuple[str, Callable[[Emulator], Any]]]:
    """Each public callable by name, with the function that gets it from an emulator."""
    for module in (convsim, faults, realtime, strategies):
        for name in module.__all__:
            value = getattr(module, name)
            is_result = isinstance(value, type) and issubclass(value, (Resource, BaseException))
            if callable(value) and not is_result and not name.endswith("Machine"):
                yield name, partial(_value, value)
    for path in (
        *("", "clock", "conversations", "conversations.items", "faults", "journal", "project", "prompts", "realtime"),
        *("responses", "responses.connect", "responses.input_items", "responses.input_tokens", "realtime.connect"),
        *("realtime.connect.session", "webhooks"),
    ):
        owner = of(Emulator(), path)
        for name in dir(type(owner)):
            member = inspect.getattr_static(type(owner), name)
            if name.startswith("_") or not inspect.isfunction(member) or not member.__doc__:
                continue
            if not is_inner(type(owner), name) and not (isinstance(owner, Session) and name in DRIVEN):
                yield f"{type(owner).__name__}.{name}", partial(_method, path, name)


def _value(value: Any, sim: Emulator) -> Any:
    return value


def _method(path: str, name: str, sim: Emulator) -> Any:
    return getattr(of(sim, path), name)


def of(sim: Emulator, path: str) -> Any:
    found: Any = sim
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
        if inspect.ismethod(found):
            found = found("proj_default") if name == "project" else found()
    return found


CALLABLES = {name: get for name, get in walked() if name not in MADE}


def calls(name: str, called: Any) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Calls with one wrong argument each, and the words for a message about it."""
    given = inspect.signature(called).parameters.values()
    right = {one.name: RIGHT[one.name] for one in given if one.default is one.empty and one.kind not in SEVERAL}
    made = Options if called is Emulator else called.__init__ if inspect.isclass(called) else called
    home = vars(sys.modules[inspect.unwrap(made).__module__])
    for one in given:
        hint = eval(one.annotation, {**home, **NAMES}) if isinstance(one.annotation, str) else one.annotation
        for value in WRONG:
            is_none_given = value is None and isinstance(one.default, (Omit, tuple))  # nothing, as with the SDK
            if one.kind is one.VAR_KEYWORD or is_none_given or fits(value, hint):
                continue
            told = f"{name}({one.name}={type(value).__name__})"
            if one.kind is one.VAR_POSITIONAL or one.kind is one.POSITIONAL_ONLY:
                yield told, (value,), right
            else:
                yield told, (), right | {one.name: value}


SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def state(sim: Emulator) -> object:
    armed, scripts = [repr(rule) for rule in sim.faults], sim.unused_scripts
    heard = [len(sim.journal.select(kind=kind)) for kind in ("http", "realtime")]
    return sim.snapshot().to_dict(), armed, scripts, heard, sim.clock.now(), len(sim.realtime.connections)


@pytest.mark.parametrize("name", CALLABLES)
def test_a_wrong_value_gets_a_sentence_and_changes_nothing(name: str) -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_1", [HI | {"id": "msg_1"}])
    sim.responses.script("Hello.")
    sim.faults.add(RateLimited())
    called = CALLABLES[name](sim)
    before = state(sim)
    missed = []
    for told, args, kwargs in calls(name, called):
        try:
            called(*args, **kwargs)
        except (UsageError, APIStatusError) as error:
            if isinstance(error, UsageError) and len(str(error)) > 2_000:
                missed.append(f"{told}: {len(str(error))} characters")
        except Exception as error:
            missed.append(f"{told}: {error!r:.200}")
        else:
            missed.append(f"{told}: taken")
    assert missed == []
    assert state(sim) == before
