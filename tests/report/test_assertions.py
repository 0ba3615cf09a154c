"""What a test expects to have happened, and what it is told when it has not."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import pytest

from convsim import Emulator, UsageError
from convsim.faults import RateLimited
from tests.asking import ATTEMPT, CALL, HELLO, client

CREATE = "conversations.items.create"
ANSWERED = {"type": "function_call_output", "call_id": "call_1", "output": "5 °C"}


def called(times: int = 1) -> Emulator:
    sim = Emulator()
    sim.seed("conv_1")
    with client(sim) as http:
        for _ in range(times):
            http.post("/conversations/conv_1/items", json={"items": [HELLO]})
    return sim


def refused(*arguments: Any, sim: Emulator, **criteria: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        sim.assert_called(*arguments, **criteria)
    return str(caught.value)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_called_at_all(times: int) -> None:
    called(times).assert_called(CREATE)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_called_so_often(times: int) -> None:
    called(times).assert_called(CREATE, times=times)


def test_not_called_at_all_shows_what_happened_instead() -> None:
    assert refused("conversations.delete", sim=called()) == (
        "conversations.delete was called 0 times, not at least once. What happened:\n"
        "     1  seed (direct)  conv_1  200\n"
        "->   2  conversations.items.create  conv_1  200  1 item"
    )


@pytest.mark.parametrize(
    ("came", "times", "said"),
    [
        (0, 1, "0 times, not once"),
        (1, 0, "once, not 0 times"),
        (1, 2, "once, not 2 times"),
        (3, 1, "3 times, not once"),
    ],
)
def test_called_another_number_of_times(came: int, times: int, said: str) -> None:
    assert refused(CREATE, sim=called(came), times=times).split(". ")[0] == f"{CREATE} was called {said}"


def test_nothing_happened_at_all() -> None:
    assert refused(CREATE, sim=Emulator()) == (
        f"{CREATE} was called 0 times, not at least once. What happened:\nnothing happened"
    )


def test_criteria_are_those_of_the_journal_and_are_named() -> None:
    sim = called(2)
    sim.assert_called(CREATE, times=2, status=200, conversation="conv_1", kind="http")
    sim.assert_called("seed", times=1, kind="direct")
    sim.assert_called(CREATE, times=0, fault=True)

    said = refused(CREATE, sim=sim, status=429, conversation="conv_1", item=None)
    assert said.startswith(f"{CREATE}, status=429, conversation='conv_1' was called 0 times, not at least once. ")


def test_an_item_that_a_call_brought_in() -> None:
    sim = called()
    (item,) = sim.state["conv_1"].items
    sim.assert_called(CREATE, item=item.id)

    assert refused(CREATE, sim=sim, item="msg_9").startswith(f"{CREATE}, item='msg_9' was called 0 times, ")


def test_a_class_of_faults_is_named_as_it_is_written() -> None:
    sim = called()
    with sim.faults.add(RateLimited()), client(sim) as http:
        http.get("/conversations/conv_1")
    sim.assert_called("conversations.retrieve", fault=RateLimited)

    assert refused(CREATE, sim=sim, fault=RateLimited).startswith(f"{CREATE}, fault=RateLimited was called 0 times, ")


def test_the_sdks_retries_count_too() -> None:
    sim = called()
    with client(sim, **{ATTEMPT: "1"}) as http:
        http.post("/conversations/conv_1/items", json={"items": [HELLO]})

    sim.assert_called(CREATE, times=2)


def test_events_of_realtime_count_by_their_type() -> None:
    sim = called()
    for item_id in ("item_1", "item_2"):
        text = f'{{"type": "conversation.item.create", "item": {{"id": "{item_id}"}}}}'
        sim.journal.frame(0, "proj_default", "sess_1", "client", text)
    sim.journal.frame(0, "proj_default", "sess_1", "server", '{"type": "error", "error": {"message": "No."}}')
    sim.assert_called("conversation.item.create", times=2)
    sim.assert_called("conversation.item.create", times=1, item="item_2", conversation="sess_1", kind="realtime")

    assert refused("conversation.item.delete", sim=sim, conversation="sess_1").split("\n") == [
        "conversation.item.delete, conversation='sess_1' was called 0 times, not at least once. What happened:",
        "     1  seed (direct)  conv_1  200",
        "     2  conversations.items.create  conv_1  200  1 item",
        "     3  > conversation.item.create  sess_1  item_1",
        "     4  > conversation.item.create  sess_1  item_2",
        "->   5  < error  sess_1",
        "       No.",
    ]


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("conversation.items.create", " Did you mean 'conversations.items.create'?"), ("chat", ""), ("", "")],
)
def test_an_unknown_operation_is_no_matter_of_how_often(wrong: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        called().assert_called(wrong, times=0)
    assert str(caught.value).startswith(f"there is no operation {wrong!r}.{hint} There are conversations.create, ")


def test_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(TypeError, match="code"):
        called().assert_called(CREATE, code=200)


# --- items ---------------------------------------------------------------------------------------------------------


def holding(*items: dict[str, Any]) -> Emulator:
    sim = Emulator()
    sim.seed("conv_1", items=items)
    return sim


TALK = holding({"role": "user", "content": "Hi"}, CALL, ANSWERED, {"role": "assistant", "content": "A cat."})
LINES: list[tuple[str, str]] = [
    ("user", "Hi"),
    ("function_call", "f({})"),
    ("function_call_output", "5 °C"),
    ("assistant", "A cat."),
]


@pytest.mark.parametrize(
    "expected",
    [
        LINES,
        tuple(LINES),
        [list(line) for line in LINES],
        [(..., ...)] * 4,
        [(who, ...) for who, _ in LINES],
        [(..., what) for _, what in LINES],
        iter(LINES),
    ],
    ids=["list", "tuple", "lists", "anything", "anything said", "anybody", "iterator"],
)
def test_what_it_holds(expected: Any) -> None:
    TALK.assert_items("conv_1", expected)


def test_an_empty_conversation_holds_nothing() -> None:
    holding().assert_items("conv_1", [])


def differing(sim: Emulator, expected: Any) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        sim.assert_items("conv_1", expected)
    head, *lines = str(caught.value).split("\n")
    assert head == "conv_1 holds other items:"
    return lines


TWO = holding({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "A cat."})
Expected = list[tuple[str | EllipsisType, str | EllipsisType]]
DIFFERENCES: list[tuple[Expected, list[str]]] = [
    ([], ["+   0  user  Hi   found", "+   1  assistant  A cat.   found"]),
    ([("user", "Hi")], ["    0  user  Hi", "+   1  assistant  A cat.   found"]),
    (
        [("user", ...), ("assistant", ...), ("user", ...)],
        ["    0  user  Hi", "    1  assistant  A cat.", "-   2  user  ...   expected"],
    ),
    (
        [("assistant", "A cat."), ("user", "Hi")],
        [
            "-   0  assistant  A cat.   expected",
            "+   0  user  Hi   found",
            "-   1  user  Hi   expected",
            "+   1  assistant  A cat.   found",
        ],
    ),
    (
        [("user", "Hi"), ("assistant", "A dog.")],
        ["    0  user  Hi", "-   1  assistant  A dog.   expected", "+   1  assistant  A cat.   found"],
    ),
    (
        [("function_call", ...), (..., "A cat.")],
        ["-   0  function_call  ...   expected", "+   0  user  Hi   found", "    1  assistant  A cat."],
    ),
    (
        [(..., "Ho"), (..., ...)],
        ["-   0  ...  Ho   expected", "+   0  user  Hi   found", "    1  assistant  A cat."],
    ),
    (
        [("user", "hi"), ("assistant", ...)],
        ["-   0  user  hi   expected", "+   0  user  Hi   found", "    1  assistant  A cat."],
    ),
]


@pytest.mark.parametrize(("expected", "lines"), DIFFERENCES, ids=range(len(DIFFERENCES)))
def test_what_it_does_not_hold_is_told_item_by_item(expected: Expected, lines: list[str]) -> None:
    assert differing(TWO, expected) == lines


LONG = "x" * 120
UNLIKE = [
    pytest.param(LONG + "1", LONG + "2", id="far behind"),
    pytest.param("a  b", "a b", id="white space"),
    pytest.param("a\nb", "a b", id="line"),
]


@pytest.mark.parametrize(("there", "expected"), UNLIKE)
def test_two_texts_that_differ_do_not_look_the_same(there: str, expected: str) -> None:
    one, other = differing(holding({"role": "user", "content": there}), [("user", expected)])

    assert one.removeprefix("-").removesuffix("expected") != other.removeprefix("+").removesuffix("found")


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        (["Hi"], "'Hi'"),
        (["ab"], "'ab'"),
        (("user", "Hi"), "'user'"),
        ([("user",)], "('user',)"),
        ([("user", "Hi", 3)], "('user', 'Hi', 3)"),
        ([("user", None)], "('user', None)"),
        ([5], "5"),
        ([{"user": "Hi"}], "{'user': 'Hi'}"),
        ([...], "Ellipsis"),
    ],
)
def test_misuse_is_told_how_to_write_it(wrong: Any, shown: str) -> None:
    with pytest.raises(UsageError) as caught:
        TWO.assert_items("conv_1", wrong)
    assert str(caught.value) == (f"assert_items(..., [{shown}]): write pairs, ('user', 'Hi') or ('assistant', ...)")


def test_misuse_is_told_also_where_the_conversation_is_empty() -> None:
    with pytest.raises(UsageError, match="write pairs"):
        holding().assert_items("conv_1", ["Hi"])  # type: ignore[list-item]
