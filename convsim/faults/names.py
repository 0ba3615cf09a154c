"""The operations and events that a rule names."""

from __future__ import annotations

from collections.abc import Container, Iterable
from fnmatch import fnmatchcase
from typing import get_args

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.faults.fault import Fault, Target
from convsim.operations.routes import ROUTES_BY_NAME, did_you_mean

# In the order in which a name is looked up: the events of Realtime come with the models of a session.
_EVENTS: tuple[Target, ...] = ("stream event", "client event", "server event")

_STREAMED = ("responses.create", "responses.retrieve")
_EVENT_OF_A_STREAM = " Of a streamed response, write the event: on='response.output_text.delta', or another."


def given(on: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names in ``on``, known or not; raise :class:`~convsim.errors.UsageError` if there are none."""
    names = (on,) if isinstance(on, str) else tuple(on) if isinstance(on, Iterable) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise UsageError(
            f"on={shown(on)}: write the name of an operation or event, or several; leave it out for the usual ones"
        )
    return names


def checked(fault: Fault, names: tuple[str, ...]) -> tuple[str, ...]:
    """Resolve the patterns; raise :class:`~convsim.errors.UsageError` unless the fault can happen to each name."""
    found: list[str] = []
    for name in names:
        matching = [name] if _is_one_of(fault.targets, name) else _possible(fault, name)
        objections = {one: fault.objection(one) for one in matching}
        # A pattern stands for the names to which the fault can happen; a name stands for itself.
        if all(objections.values()):
            raise UsageError(str(objections[matching[0]]))
        found += [one for one in matching if objections[one] is None]
    if len({name in ROUTES_BY_NAME for name in found}) > 1:
        raise UsageError(f"on={names!r}: some are operations and some are events; write a rule for each")
    return tuple(found)


def _possible(fault: Fault, pattern: str) -> list[str]:
    """Return the names that match the pattern; raise :class:`~convsim.errors.UsageError` if there are none."""
    possible = list(dict.fromkeys(name for target in fault.targets for name in _names(target)))
    matching = [name for name in possible if "*" in pattern and fnmatchcase(name, pattern)]
    if not matching:
        streamed = "stream event" in fault.targets and pattern in _STREAMED
        advice = _EVENT_OF_A_STREAM if streamed else did_you_mean(pattern, possible)
        raise UsageError(f"{_objection(fault, pattern)}.{advice}")
    return matching


def are_events(names: tuple[str, ...] | None) -> bool:
    """Return whether one of them is an event; None stands for all operations."""
    return any(_is_one_of(_EVENTS, name) for name in names or ())


def are_sent(names: tuple[str, ...] | None) -> bool:
    """Return whether all are events that the service sends."""
    return names is not None and all(_is_one_of(("stream event", "server event"), name) for name in names)


def _is_one_of(targets: Container[Target], name: str) -> bool:
    """Return whether ``name`` is a name, and no pattern, of one of these kinds."""
    if name in ROUTES_BY_NAME:
        return "operation" in targets
    if "*" in name:
        return False
    return any(name in _names(target) for target in _EVENTS if target in targets)


def _names(target: Target) -> Iterable[str]:
    """Return the names of one kind, from the table in which each has its row."""
    if target == "operation":
        return ROUTES_BY_NAME
    if target == "stream event":
        from convsim.responses.events import STREAM_EVENTS

        return STREAM_EVENTS
    from convsim.realtime.events import EMULATED, SERVER_EVENTS

    return EMULATED if target == "client event" else SERVER_EVENTS


def _objection(fault: Fault, name: str) -> str:
    targets = [target for target in get_args(Target) if name in _names(target)]
    if targets:
        wanted = _alternatives(fault.targets)
        return f"{fault!r} happens to {wanted}, and {name!r} is {_alternatives(targets)}"
    # The service may have other events, which convsim does not know.
    known = "there is" if fault.targets == ("operation",) else "convsim has"
    return f"{known} no {' or '.join(fault.targets)} {shown(name)}"


def _alternatives(targets: Iterable[Target]) -> str:
    return " or ".join(f"an {target}" if target == "operation" else f"a {target}" for target in targets)
