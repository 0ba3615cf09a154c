"""Rules: on what, how often, and when a fault happens."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.faults import (
    BodyReset,
    CloseConnection,
    ConnectionRefused,
    ConnectionReset,
    ConversationLocked,
    DeleteConversation,
    DropEvent,
    HideItem,
    Latency,
    Overloaded,
    RateLimited,
    RefuseEvent,
    Rule,
    ServerError,
    StaleReads,
)
from convsim.operations.routes import ROUTES, ROUTES_BY_NAME

from .asking import HI, ITEMS, add, answer, listed, seeded, statuses, stored

# Every operation with a request that succeeds.
REQUESTS: dict[str, tuple[str, str, Any]] = {
    "conversations.create": ("POST", "/conversations", {}),
    "conversations.retrieve": ("GET", "/conversations/conv_a", None),
    "conversations.update": ("POST", "/conversations/conv_a", {"metadata": {}}),
    "conversations.items.create": ("POST", ITEMS, {"items": [HI]}),
    "conversations.items.list": ("GET", ITEMS, None),
    "conversations.items.retrieve": ("GET", f"{ITEMS}/msg_1", None),
    "conversations.items.delete": ("DELETE", f"{ITEMS}/msg_1", None),
    "conversations.delete": ("DELETE", "/conversations/conv_a", None),
    "responses.create": ("POST", "/responses", {"model": "gpt-4.1", "input": "Hi", "background": True}),
    "responses.retrieve": ("GET", "/responses/resp_1", None),
    "responses.delete": ("DELETE", "/responses/resp_1", None),
    "responses.cancel": ("POST", "/responses/resp_1/cancel", None),
    "responses.input_items.list": ("GET", "/responses/resp_1/input_items", None),
    "responses.compact": ("POST", "/responses/compact", {"model": "gpt-4.1", "input": "Hi"}),
    "responses.input_tokens.count": ("POST", "/responses/input_tokens", {"model": "gpt-4.1", "input": "Hi"}),
}


def faulty(rule: Rule) -> list[str]:
    """The operations on which the rule happens, each asked for once."""
    sim = seeded(1, faults=[rule], unscripted="echo")
    return [name for name, request in REQUESTS.items() if answer(sim, *request).status == 503]


def test_every_operation_is_asked_for() -> None:
    assert set(REQUESTS) == {route.operation for route in ROUTES}
    assert faulty(Rule(Overloaded(), on="conversations.create", skip=1)) == []


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_rule_is_about_one_operation(operation: str) -> None:
    assert faulty(Rule(Overloaded(), on=operation, times=9)) == [operation]


def test_a_rule_is_about_several_operations_or_all() -> None:
    several = ["conversations.update", "conversations.items.list"]

    assert faulty(Rule(Overloaded(), on=several, times=9)) == several
    assert faulty(Rule(Overloaded(), on=(name for name in several), times=9)) == several
    assert faulty(Rule(Overloaded(), times=99)) == list(REQUESTS)
    assert faulty(Rule(Overloaded())) == ["conversations.create"]


def test_a_rule_is_about_one_conversation() -> None:
    sim = seeded(1)
    sim.seed("conv_b")
    sim.faults.add(Overloaded(), conversation="conv_b", times=9)
    other = "/conversations/conv_b/items"

    assert [add(sim), add(sim, other), add(sim)] == [200, 503, 200]
    assert answer(sim, "POST", "/conversations").status == 200
    assert answer(sim, "GET", "/conversations/conv%5Fb").status == 503


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [503, 200, 200, 200, 200]),
        ({"times": 3}, [503, 503, 503, 200, 200]),
        ({"skip": 2}, [200, 200, 503, 200, 200]),
        ({"skip": 1, "times": 2}, [200, 503, 503, 200, 200]),
        ({"skip": 9}, [200, 200, 200, 200, 200]),
    ],
)
def test_occurrences_are_counted(options: dict[str, int], expected: list[int]) -> None:
    sim = seeded()
    armed = sim.faults.add(Overloaded(), on="conversations.items.create", **options)  # type: ignore[arg-type]

    assert statuses(sim, 5) == expected
    assert (armed.seen, armed.fired) == (5, expected.count(503))
    assert len(stored(sim)) == expected.count(200)


def test_other_operations_are_no_occurrences() -> None:
    sim = seeded()
    armed = sim.faults.add(Overloaded(), on="conversations.items.create", skip=1)
    for _ in range(3):
        listed(sim)

    assert armed.seen == 0
    assert statuses(sim, 3) == [200, 503, 200]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", ITEMS, {"items": [{"role": "nobody"}]}, 400),
        ("POST", ITEMS, {}, 400),
        ("POST", "/conversations/notaconv/items", {"items": [HI]}, 400),
        ("GET", "/nowhere", None, 404),
        ("PUT", ITEMS, None, 405),
        ("HEAD", ITEMS, None, 405),
    ],
)
def test_a_request_that_is_refused_uses_up_no_fault(method: str, path: str, body: Any, status: int) -> None:
    sim = seeded(api_keys=["sk-test"], faults=[Overloaded()])

    assert answer(sim, method, path, body).status == status
    assert answer(sim, method, path, body, key="sk-wrong").status in (401, 404, 405)
    assert next(iter(sim.faults)).seen == 0
    assert add(sim) == 503


# --- several rules -------------------------------------------------------------------------------------------------


def test_the_first_rule_with_an_answer_gives_it_and_the_others_wait() -> None:
    sim = seeded(faults=[Rule(Overloaded(), skip=1), RateLimited(), ServerError(), ConversationLocked()])

    assert statuses(sim, 5) == [429, 503, 500, 400, 200]
    assert [rule.fired for rule in sim.faults] == [1, 1, 1, 1]
    assert [rule.seen for rule in sim.faults] == [5, 5, 5, 5]


def test_the_moment_is_that_of_the_rule_that_answers() -> None:
    sim = seeded(faults=[Rule(Overloaded(), after_commit=True), RateLimited(), Rule(ServerError(), after_commit=True)])
    counts = []
    for _ in range(4):
        add(sim)
        counts.append(len(stored(sim)))

    assert counts == [1, 1, 2, 3]


# --- after the commit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_commit", "left"), [(None, []), (False, []), (True, ["msg_1"])])
@pytest.mark.parametrize("fault", [RateLimited(), ServerError(), ConnectionReset()], ids=repr)
def test_the_operation_happens_first_if_asked(fault: Any, after_commit: bool | None, left: list[str]) -> None:
    sim = seeded()
    sim.faults.add(fault, after_commit=after_commit)

    assert add(sim) != 200
    assert stored(sim) == left


@pytest.mark.parametrize("fault", [ConnectionRefused(), HideItem("msg_1"), DeleteConversation()], ids=repr)
def test_what_cannot_come_after_the_commit_is_refused(fault: Any) -> None:
    assert Rule(fault, after_commit=False).moment == "before"
    with pytest.raises(UsageError) as caught:
        Rule(fault, after_commit=True)
    assert str(caught.value) == f"{fault!r} always happens before the operation: leave after_commit out"


@pytest.mark.parametrize("fault", [BodyReset(), Latency(1)], ids=repr)
def test_what_cannot_come_before_the_commit_is_refused(fault: Any) -> None:
    assert Rule(fault, after_commit=True).moment == "after"
    with pytest.raises(UsageError) as caught:
        Rule(fault, after_commit=False)
    assert str(caught.value) == f"{fault!r} always happens after the operation: leave after_commit out"


@pytest.mark.parametrize(
    ("fault", "on", "wrong", "usual"),
    [
        (RefuseEvent(), None, True, "before"),
        (DropEvent(), None, False, "after"),
        (Latency(1), "conversation.item.done", False, "after"),
    ],
    ids=["refused", "dropped", "late"],
)
def test_a_fault_of_events_has_its_own_moment(fault: Any, on: str | None, wrong: bool, usual: str) -> None:
    assert Rule(fault, on=on, after_commit=not wrong).moment == Rule(fault, on=on).moment == usual
    with pytest.raises(UsageError) as caught:
        Rule(fault, on=on, after_commit=wrong)
    assert str(caught.value) == (
        f"{fault!r} always happens {usual} the client's event is carried out: leave after_commit out"
    )


def test_only_what_a_client_sends_has_a_commit() -> None:
    sent = ["conversation.item.added", "conversation.item.done"]
    assert Rule(CloseConnection(), after_commit=True).moment == "after"
    assert Rule(CloseConnection(), on=sent, after_commit=False).moment == "before"
    assert Rule(CloseConnection(), on=[*sent, "response.create"], after_commit=True).moment == "after"
    with pytest.raises(UsageError) as caught:
        Rule(CloseConnection(), on=sent, after_commit=True)
    assert str(caught.value) == (
        "CloseConnection(code=1006, reason='') replaces conversation.item.added or conversation.item.done, which the"
        " service sends, and only the client's events have a commit: leave after_commit out"
    )
    with pytest.raises(UsageError, match=r"replaces response\.refusal\.delta, which the service sends"):
        Rule(CloseConnection(), on="response.refusal.delta", after_commit=True)


# --- words, copies and misuse --------------------------------------------------------------------------------------


def test_a_rule_says_what_it_is_about() -> None:
    rule = Rule(Overloaded(), on=["conversations.create", "conversations.delete"])

    assert str(rule) == "Overloaded() on conversations.create, conversations.delete"
    assert repr(rule) == "Rule(Overloaded(), on=('conversations.create', 'conversations.delete'))"
    assert str(Rule(Overloaded(), on="conversations.items.*")) == "Overloaded() on conversations.items.*"
    assert str(Rule(Overloaded())) == "Overloaded() on every operation"
    assert str(Rule(HideItem("msg_1"))) == "HideItem(item_id='msg_1') on conversations.items.list"
    assert repr(Rule(HideItem("msg_1"), on="conversations.items.list")) == "Rule(HideItem(item_id='msg_1'))"


@pytest.mark.parametrize(
    "written",
    [
        "Rule(Overloaded())",
        "Rule(Overloaded(), on='conversations.update', conversation='conv_a', skip=2, times=3, after_commit=True)",
        "Rule(HideItem(item_id='msg_1'), times=2)",
        "Rule(Overloaded(), times='always')",
        "Rule(Overloaded(), on='conversations.*', times=1)",
        "Rule(DropEvent(), on=('response.*', 'error'))",
        "Rule(DropEvent())",
        "Rule(DropEvent(), on='conversation.item.done', conversation='sess_a')",
    ],
)
def test_a_rule_is_shown_as_it_may_be_written(written: str) -> None:
    assert repr(eval(written)) == written


def test_a_copy_is_the_same_rule_before_anything_happened() -> None:
    sim = seeded()
    sim.faults.add(Rule(Overloaded(), on="conversations.items.create", conversation="conv_a", skip=1, times=2))
    statuses(sim, 2)
    used = next(iter(sim.faults))
    fresh = used.copy()

    assert (used.seen, used.fired, fresh.seen, fresh.fired) == (2, 1, 0, 0)
    told = ("fault", "operations", "about_events", "conversation", "skip", "times", "moment", "versions")
    assert [getattr(fresh, name) for name in told] == [getattr(used, name) for name in told]


NAMES = ", ".join(ROUTES_BY_NAME)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"on": "conversation.items.creat"}, "Did you mean 'conversations.items.create'? "),
    ({"on": ["conversations.create", "conversations.items.deleted"]}, "Did you mean 'conversations.items.delete'? "),
    ({"on": "conversations.retreive"}, "Did you mean 'conversations.retrieve'? "),
    ({"on": "zzz"}, ""),
]


@pytest.mark.parametrize(("options", "hint"), WRONG, ids=[str(options["on"]) for options, _ in WRONG])
def test_an_operation_that_does_not_exist_is_refused(options: dict[str, Any], hint: str) -> None:
    wrong = options["on"] if isinstance(options["on"], str) else options["on"][-1]
    with pytest.raises(UsageError) as caught:
        Rule(RateLimited(), **options)
    assert str(caught.value) == f"there is no operation {wrong!r}. {hint}There are {NAMES}"


@pytest.mark.parametrize(("name", "least"), [("skip", 0), ("times", 1)])
@pytest.mark.parametrize("value", [-1, True, 1.0, "1"])
def test_a_count_that_is_none_is_refused(name: str, least: int, value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(RateLimited(), **{name: value})
    others = ', or "always"' if name == "times" else ""
    assert str(caught.value) == f"{name}={value!r}: write an integer, {least} or more{others}"


@pytest.mark.parametrize("fault", [HideItem("msg_1"), StaleReads()], ids=repr)
@pytest.mark.parametrize(
    "route", [route for route in ROUTES if not (route.reads and route.about_one)], ids=lambda route: route.operation
)
def test_what_shows_another_store_is_for_reads_of_conversations_only(fault: Any, route: Any) -> None:
    does = "reads none" if route.operation in ("responses.retrieve", "responses.input_items.list") else "writes"
    with pytest.raises(UsageError) as caught:
        Rule(fault, on=["conversations.retrieve", route.operation])
    assert str(caught.value) == (
        f"{fault!r} shows another store to operations that read a conversation, and {route.operation} {does}"
    )


@pytest.mark.parametrize("fault", [dict, "RateLimited", None], ids=str)
def test_what_is_no_fault_is_refused(fault: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(fault)
    assert str(caught.value) == (f"Rule({fault!r}): write a fault of convsim.faults, such as RateLimited()")


def test_the_class_of_a_fault_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"^Rule\(RateLimited\): this is a class of faults; write RateLimited\(\.\.\.\)$"
    ):
        Rule(RateLimited)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("operation", ["responses.create", "responses.retrieve"])
def test_a_fault_of_events_names_an_event_of_the_stream(operation: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(CloseConnection(), on=operation)
    assert str(caught.value) == (
        "CloseConnection(code=1006, reason='') happens to a client event or a server event or a stream event, and"
        f" {operation!r} is an operation. Of a streamed response, write the event: on='response.output_text.delta', or"
        " another."
    )


@pytest.mark.parametrize("on", [[], 7, [["conversations.create"]]], ids=str)
def test_what_names_no_operation_is_refused(on: Any) -> None:
    with pytest.raises(UsageError):
        Rule(RateLimited(), on=on)


@pytest.mark.parametrize("conversation", [5, ["conv_1"]])
def test_a_conversation_is_named_by_its_id(conversation: Any) -> None:
    with pytest.raises(UsageError, match="write a conversation or its id, or leave it out"):
        Rule(Overloaded(), conversation=conversation)


def test_a_conversation_or_session_may_stand_for_its_id() -> None:
    sim = seeded()
    conversation = sim.conversations.retrieve("conv_a")
    connection = sim.realtime.connect()

    assert Rule(Overloaded(), conversation=conversation).conversation == "conv_a"
    assert Rule(DropEvent(), conversation=connection).conversation == connection.id


def test_a_session_is_named_by_its_id() -> None:
    wrong: Any = 5
    with pytest.raises(UsageError) as caught:
        Rule(DropEvent(), conversation=wrong)
    assert str(caught.value) == "conversation=5: write a session or its id, or leave it out"


@pytest.mark.parametrize("conversation", ["conv_a", {"id": "conv_a"}], ids=["string", "object"])
def test_a_turn_is_about_the_conversation_that_its_body_names(conversation: Any) -> None:
    sim = seeded(unscripted="echo")
    sim.seed("conv_b")
    sim.faults.add(Overloaded(), on="responses.create", conversation="conv_a", times="always")
    body = {"model": "gpt-4.1", "input": "Hi"}

    others = [body, body | {"conversation": "conv_b"}]
    assert [answer(sim, "POST", "/responses", other).status for other in others] == [200, 200]
    assert answer(sim, "POST", "/responses", body | {"conversation": conversation}).status == 503
    count = {"model": "gpt-4.1", "input": "Hi", "conversation": conversation}
    sim.faults.add(Overloaded(), on="responses.input_tokens.count", conversation="conv_a")
    assert answer(sim, "POST", "/responses/input_tokens", count).status == 503


def test_a_response_by_its_id_is_about_no_conversation() -> None:
    with pytest.raises(UsageError, match=r"responses\.retrieve is not about one"):
        Rule(Overloaded(), on="responses.retrieve", conversation="conv_1")


def test_no_conversation_can_be_that_of_its_creation() -> None:
    with pytest.raises(UsageError, match=r"conversations\.create is not about one"):
        Rule(Overloaded(), on="conversations.create", conversation="conv_1")
