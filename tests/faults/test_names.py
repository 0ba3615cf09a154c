"""What a rule may be about: each fault on its own side, and in words where the name is of another."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.faults import CloseConnection, DropEvent, Fault, Latency, Overloaded, RefuseEvent, Rule
from convsim.faults.events import CLIENT_EVENTS, SENT_EVENTS
from convsim.operations.routes import ROUTES

OPERATIONS = tuple(route.operation for route in ROUTES)
NAMES = {"operation": OPERATIONS, "client event": CLIENT_EVENTS, "server event": SENT_EVENTS}
FAULTS: list[Fault] = [Overloaded(), RefuseEvent(), DropEvent(), CloseConnection(), Latency(1)]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("place", NAMES)
def test_a_fault_happens_on_its_own_side_only(fault: Fault, place: str) -> None:
    for name in NAMES[place]:
        if place in fault.places:
            rule = Rule(fault, on=name)
            assert (rule.operations, rule.about_events) == ((name,), place != "operation")
        else:
            with pytest.raises(UsageError):
                Rule(fault, on=name)


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        (DropEvent(), "response.create", "a server event, and 'response.create' is a client event."),
        (DropEvent(), "conversations.create", "a server event, and 'conversations.create' is an operation."),
        (RefuseEvent(), "error", "a client event, and 'error' is a server event."),
        (
            CloseConnection(),
            "conversations.create",
            "a client event or a server event, and 'conversations.create' is an operation.",
        ),
        (Latency(1), "session.update", "an operation or a server event, and 'session.update' is a client event."),
        (Overloaded(), "conversation.item.create", "an operation, and 'conversation.item.create' is a client event."),
    ],
)
def test_a_name_of_another_side_is_refused_with_its_own(fault: Fault, name: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(fault, on=name)
    assert str(caught.value).startswith(f"{fault!r} happens on {words} ")


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        (DropEvent(), "conversation.item.addd", "server event {} Did you mean 'conversation.item.added'?"),
        (DropEvent(), "zzz", "server event {}"),
        (RefuseEvent(), "conversation.item.creat", "client event {} Did you mean 'conversation.item.create'?"),
        (CloseConnection(), "session.close", "client event or server event {} Did you mean 'session.created'?"),
        (Latency(1), "conversation.creat", "operation or server event {} Did you mean 'conversations.create'?"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_nearest(fault: Fault, name: str, words: str) -> None:
    there_are = ", ".join(name for place in fault.places for name in NAMES[place])
    with pytest.raises(UsageError) as caught:
        Rule(fault, on=["conversation.item.created", name] if isinstance(fault, DropEvent) else name)
    assert str(caught.value) == f"convsim has no {words.format(repr(name) + '.')} There are {there_are}"


def test_a_connection_ends_on_events_of_both_sides() -> None:
    both = ("conversation.item.create", "conversation.item.done")

    assert Rule(CloseConnection(), on=both, after_commit=True).operations == both


@pytest.mark.parametrize("names", [("error", "conversations.create"), ("conversations.create", "error", "error")])
def test_one_rule_is_not_about_operations_and_events(names: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(Latency(1), on=names)
    assert str(caught.value) == f"on={names!r}: some are operations and some are events; write a rule for each"


@pytest.mark.parametrize("on", [[], "", 5], ids=repr)
def test_what_names_nothing_is_refused(on: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(Overloaded(), on=on)
    nothing = f"on={on!r}: write the name of an operation or event, or several; leave it out for the usual ones"
    assert str(caught.value).partition(" There are ")[0] == ("there is no operation ''." if on == "" else nothing)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_where_nothing_is_named_it_is_about_the_usual(fault: Fault) -> None:
    rule = Rule(fault)

    assert rule.operations == fault.usual_operations
    assert rule.about_events == (fault.usual_operations is not None)
