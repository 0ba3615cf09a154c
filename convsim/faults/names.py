"""What a rule is about: operations and events, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convsim.errors import UsageError
from convsim.faults.events import CLIENT_EVENTS, SENT_EVENTS
from convsim.faults.fault import Fault, Place
from convsim.faults.state import ViewFault
from convsim.operations.routes import ROUTES_BY_NAME, did_you_mean

_NAMES: Mapping[Place, tuple[str, ...]] = {
    "operation": tuple(ROUTES_BY_NAME),
    "client event": CLIENT_EVENTS,
    "server event": SENT_EVENTS,
}
_PLACES: Mapping[str, Place] = {name: place for place, names in _NAMES.items() for name in names}


def given(on: str | Iterable[str]) -> tuple[str, ...]:
    """The names in ``on``, be they real or not; raises :class:`~convsim.errors.UsageError` when there are none."""
    names = (on,) if isinstance(on, str) else tuple(map(str, on)) if isinstance(on, Iterable) else ()
    if not names:
        raise UsageError(
            f"on={on!r}: write the name of an operation or event, or several; leave it out for the usual ones"
        )
    return names


def checked(fault: Fault, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names; raises :class:`~convsim.errors.UsageError` unless one rule may let the fault happen on all of them."""
    possible = [name for place in fault.places for name in _NAMES[place]]
    for name in names:
        if name not in possible:
            raise UsageError(f"{_objection(fault, name)}.{did_you_mean(name, possible)}")
        if isinstance(fault, ViewFault) and not ROUTES_BY_NAME[name].reads:
            raise UsageError(f"{fault!r} shows another store to operations that read, and {name} writes")
    if len({name in ROUTES_BY_NAME for name in names}) > 1:
        raise UsageError(f"on={names!r}: some are operations and some are events; write a rule for each")
    return names


def are_events(names: tuple[str, ...] | None) -> bool:
    """Whether one of them is an event; None stands for all operations."""
    return any(name in CLIENT_EVENTS or name in SENT_EVENTS for name in names or ())


def are_sent(names: tuple[str, ...] | None) -> bool:
    """Whether all are events that the service sends."""
    return names is not None and all(name in SENT_EVENTS for name in names)


def _objection(fault: Fault, name: str) -> str:
    if name in _PLACES:
        wanted = " or ".join(_with_article(place) for place in fault.places)
        return f"{fault!r} happens on {wanted}, and {name!r} is {_with_article(_PLACES[name])}"
    # The service may know other events, which convsim has not.
    known = "there is" if fault.places == ("operation",) else "convsim has"
    return f"{known} no {' or '.join(fault.places)} {name!r}"


def _with_article(place: Place) -> str:
    return f"an {place}" if place == "operation" else f"a {place}"
