"""The names of a rule: each fault on its own side, and a sentence for a name of another side."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.faults import (
    Chaos,
    CloseConnection,
    DropEvent,
    FailResponse,
    Fault,
    HideItem,
    Latency,
    Overloaded,
    RefuseEvent,
    Rule,
    StallStream,
)
from convsim.operations.routes import ROUTES_BY_NAME
from convsim.realtime.events import EMULATED, SERVER_EVENTS
from convsim.responses.events import STREAM_EVENTS

SENT = "a server event or a stream event"
OPERATIONS = tuple(ROUTES_BY_NAME)
NAMES = {
    "operation": OPERATIONS,
    "client event": EMULATED,
    "server event": SERVER_EVENTS,
    "stream event": STREAM_EVENTS,
}
FAULTS: list[Fault] = [Overloaded(), RefuseEvent(), DropEvent(), CloseConnection(), Latency(1), StallStream()]


def test_each_event_has_one_name_and_one_side() -> None:
    assert len({*EMULATED, *SERVER_EVENTS}) == len(EMULATED) + len(SERVER_EVENTS)
    assert len(set(STREAM_EVENTS)) == len(STREAM_EVENTS)
    assert not set(STREAM_EVENTS) & set(EMULATED)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("target", NAMES)
def test_a_fault_happens_on_its_own_side_only(fault: Fault, target: str) -> None:
    for name in NAMES[target]:
        if any(name in NAMES[possible] for possible in fault.targets):
            rule = Rule(fault, on=name)
            assert (rule.operations, rule.about_events) == ((name,), target != "operation")
        else:
            with pytest.raises(UsageError):
                Rule(fault, on=name)


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        (DropEvent(), "response.create", f"{SENT}, and 'response.create' is a client event."),
        (DropEvent(), "conversations.create", f"{SENT}, and 'conversations.create' is an operation."),
        (RefuseEvent(), "error", f"a client event, and 'error' is {SENT}."),
        (RefuseEvent(), "session.created", "a client event, and 'session.created' is a server event."),
        (StallStream(), "session.created", "a stream event, and 'session.created' is a server event."),
        (CloseConnection(), "conversations.create", f"a client event or {SENT}, and 'conversations.create' is"),
        (Latency(1), "session.update", f"an operation or {SENT}, and 'session.update' is a client event."),
        (Overloaded(), "conversation.item.create", "an operation, and 'conversation.item.create' is a client event."),
    ],
)
def test_a_name_of_another_side_is_refused_with_its_own(fault: Fault, name: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(fault, on=name)
    assert str(caught.value).startswith(f"{fault!r} happens to {words} ")


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        (
            DropEvent(),
            "conversation.item.addd",
            "server event or stream event {} Did you mean 'conversation.item.added'?",
        ),
        (DropEvent(), "zzz", "server event or stream event {}"),
        (StallStream(), "zzz.*", "stream event {}"),
        (RefuseEvent(), "conversation.item.creat", "client event {} Did you mean 'conversation.item.create'?"),
        (
            CloseConnection(),
            "session.close",
            "client event or server event or stream event {} Did you mean 'session.created'?",
        ),
        (
            Latency(1),
            "conversation.creat",
            "operation or server event or stream event {} Did you mean 'conversations.create'?",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_nearest(fault: Fault, name: str, words: str) -> None:
    there_are = ", ".join(dict.fromkeys(name for target in fault.targets for name in NAMES[target]))
    with pytest.raises(UsageError) as caught:
        Rule(fault, on=["conversation.item.created", name] if isinstance(fault, DropEvent) else name)
    assert str(caught.value) == f"convsim has no {words.format(repr(name) + '.')} There are {there_are}"


def test_a_star_stands_for_all_names_that_suit_the_fault() -> None:
    assert Rule(Overloaded(), on="*").operations == OPERATIONS
    assert Rule(Overloaded(), on=["conversations.items.*", "conversations.create"]).operations == (
        *(name for name in OPERATIONS if name.startswith("conversations.items.")),
        "conversations.create",
    )
    assert Rule(StallStream(), on="*").operations == STREAM_EVENTS
    assert Rule(HideItem("msg_1"), on="conversations.*").operations == (
        "conversations.retrieve",
        "conversations.items.list",
        "conversations.items.retrieve",
    )
    assert Rule(FailResponse(), on="*").operations == STREAM_EVENTS[:-4]


def test_a_rule_without_names_of_realtime_imports_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "convsim.realtime.events", None)  # importing it fails
    assert Rule(Latency(1), on="conversations.create").about_events is False
    assert Rule(Overloaded(), on="responses.*", after_commit=True).moment == "after"
    assert Rule(CloseConnection(), on="response.output_text.delta").about_events is True
    assert Chaos(seed=1, rate=0.5, on="conversations.*").about_events is False
    with pytest.raises(ImportError):
        Rule(CloseConnection(), on="session.update")


@pytest.mark.parametrize("name", ["error", "response.completed", "response.incomplete", "response.failed"])
def test_a_response_that_has_ended_cannot_fail(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(FailResponse(), on=name)
    assert str(caught.value) == (
        f"{FailResponse()!r} ends a response that is in progress, and behind {name} it has ended"
    )


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
