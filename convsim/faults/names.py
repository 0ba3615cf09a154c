"""The operations and events that a rule names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from convsim.errors import UsageError
from convsim.faults.events import CLIENT_EVENTS, SERVER_EVENTS, STREAM_EVENTS
from convsim.faults.fault import Fault, Target
from convsim.operations.routes import ROUTES_BY_NAME, did_you_mean

_NAMES: Mapping[Target, tuple[str, ...]] = {
    "operation": tuple(ROUTES_BY_NAME),
    "client event": CLIENT_EVENTS,
    "server event": SERVER_EVENTS,
    "stream event": STREAM_EVENTS,
}
_SENT = frozenset([*SERVER_EVENTS, *STREAM_EVENTS])
_EVENTS = _SENT | frozenset(CLIENT_EVENTS)


def given(on: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names in ``on``, known or not; raise :class:`~convsim.errors.UsageError` if there are none."""
    names = (on,) if isinstance(on, str) else tuple(map(str, on)) if isinstance(on, Iterable) else ()
    if not names:
        raise UsageError(
            f"on={on!r}: write the name of an operation or event, or several; leave it out for the usual ones"
        )
    return names


def checked(fault: Fault, names: tuple[str, ...]) -> tuple[str, ...]:
    """Resolve the patterns; raise :class:`~convsim.errors.UsageError` unless the fault can happen to each name."""
    possible = list(dict.fromkeys(name for target in fault.targets for name in _NAMES[target]))
    found: list[str] = []
    for name in names:
        matching = [one for one in possible if fnmatchcase(one, name)] if "*" in name else [name]
        if not matching or matching[0] not in possible:
            raise UsageError(f"{_objection(fault, name)}.{did_you_mean(name, possible)}")
        objections = {one: fault.objection(one) for one in matching}
        # A pattern stands for the names to which the fault can happen; a name stands for itself.
        if all(objections.values()):
            raise UsageError(str(objections[matching[0]]))
        found += [one for one in matching if objections[one] is None]
    if len({name in ROUTES_BY_NAME for name in found}) > 1:
        raise UsageError(f"on={names!r}: some are operations and some are events; write a rule for each")
    return tuple(found)


def are_events(names: tuple[str, ...] | None) -> bool:
    """Return whether one of them is an event; None stands for all operations."""
    return any(name in _EVENTS for name in names or ())


def are_sent(names: tuple[str, ...] | None) -> bool:
    """Return whether all are events that the service sends."""
    return names is not None and all(name in _SENT for name in names)


def _objection(fault: Fault, name: str) -> str:
    targets = [target for target in _NAMES if name in _NAMES[target]]
    if targets:
        wanted = _alternatives(fault.targets)
        return f"{fault!r} happens to {wanted}, and {name!r} is {_alternatives(targets)}"
    # The service may have other events, which convsim does not know.
    known = "there is" if fault.targets == ("operation",) else "convsim has"
    return f"{known} no {' or '.join(fault.targets)} {name!r}"


def _alternatives(targets: Iterable[Target]) -> str:
    return " or ".join(f"an {target}" if target == "operation" else f"a {target}" for target in targets)
