"""Assertions about items and requests, and their messages when they fail."""

from __future__ import annotations

import re
from types import EllipsisType
from typing import Any
from unittest.mock import ANY

import pytest

from convsim import Emulator, Item, UsageError
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


def test_the_tests_own_calls_count_when_asked_for() -> None:
    sim = called()
    sim.conversations.items.create("conv_1", items=[HELLO])
    sim.assert_called(CREATE, times=1)
    sim.assert_called(CREATE, times=1, kind="direct")
    sim.assert_called("seed", times=1)


def test_a_part_of_the_body() -> None:
    sim = called()
    met: list[Any] = [
        {"items": [HELLO]},
        {"items": [{"role": "user"}]},
        {"items": [{"content": re.compile("^hel")}]},
        {"items": ANY},
        {"items": [...]},
        {"items": [Item(HELLO)]},
        {},
    ]
    for body in met:
        sim.assert_called(CREATE, body=body, times=1)
    for body in (
        {"items": []},
        {"items": [HELLO, HELLO]},
        {"items": [{"role": "assistant"}]},
        {"metadata": ANY},
        [],
        5,
    ):
        sim.assert_called(CREATE, body=body, times=0)
    assert refused(CREATE, sim=sim, body={"items": []}).startswith(
        f"{CREATE}, body={{'items': []}} was called 0 times, not at least once. Other bodies: entry 2 sent"
        f" {{'items': [{HELLO}]}}. What happened:"
    )


def test_objects_stand_for_their_ids() -> None:
    sim = Emulator()
    conversation = sim.seed(items=[HELLO])
    state: Any = sim.state
    (item,) = state[conversation].items
    with client(sim) as http:
        http.delete(f"/conversations/{conversation.id}/items/{item.id}")
    sim.assert_called("conversations.items.delete", conversation=conversation, item=item)
    sim.assert_items(conversation, [])

    said = refused(CREATE, sim=sim, conversation=conversation)
    assert said.startswith(f"{CREATE}, conversation={conversation.id!r} was called 0 times")


@pytest.mark.parametrize("times", [-1, 1.0, "1", True])
def test_how_often_is_a_number(times: Any) -> None:
    with pytest.raises(UsageError, match=r"^assert_called\(..., times=.*\): write how often, as times=2"):
        called().assert_called(CREATE, times=times)


@pytest.mark.parametrize("short", ["items.create", "create"])
def test_the_end_of_a_name_suggests_the_whole(short: str) -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'conversations(.items)?.create'\?"):
        called().assert_called(short)


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
        called().assert_called(CREATE, code=200)  # type: ignore[call-arg]


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


TOLD = [f"  {place:>3}  {who}  {what}" for place, (who, what) in enumerate(LINES)]
PARTLY: list[Any] = [
    [...],
    [LINES[0], ...],
    [*LINES, ...],
    [(ANY, ANY)] * 4,
    [("user", re.compile("^H")), (..., re.compile("f")), ...],
    [{"role": "user"}, {"type": "function_call", "name": "f", "arguments": ANY}, ...],
    [{"role": "user", "content": [{"text": re.compile("Hi")}]}, ...],
    [{"id": ...}] * 4,
    [TALK.state["conv_1"].items[0], ...],
]


@pytest.mark.parametrize("expected", PARTLY, ids=range(len(PARTLY)))
def test_what_matters_of_what_it_holds(expected: Any) -> None:
    TALK.assert_items("conv_1", expected)


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        (
            [("user", re.compile("^Ho")), ...],
            ["-   0  user  /^Ho/   expected", "+   0  user  Hi   found", "  ...  whatever follows"],
        ),
        (
            [*LINES, ("user", "More"), ...],
            [*TOLD, "-   4  user  More   expected", "  ...  whatever follows"],
        ),
        (
            [LINES[0], {"type": "function_call", "name": "g", "status": "failed", "phase": "x"}, ...],
            [
                "    0  user  Hi",
                "-   1  {'type': 'function_call', 'name': 'g', 'status': 'failed', 'phase': 'x'}   expected",
                "+   1  {'type': 'function_call', 'name': 'f', 'status': 'completed', 'phase': '(not there)'}   found",
                "  ...  whatever follows",
            ],
        ),
        (
            [("user", ANY), LINES[3]],
            [
                "    0  user  Hi",
                "+   1  function_call  f({})   found",
                "+   2  function_call_output  5 °C   found",
                "    3  assistant  A cat.",
            ],
        ),
        (
            [LINES[0], ("user", "Ho"), LINES[1], LINES[2], LINES[3]],
            [
                "    0  user  Hi",
                "-   1  user  Ho   expected",
                "    1  function_call  f({})",
                "    2  function_call_output  5 °C",
                "    3  assistant  A cat.",
            ],
        ),
    ],
    ids=range(5),
)
def test_what_is_equal_is_aligned(expected: Any, lines: list[str]) -> None:
    assert differing(TALK, expected) == lines


def test_very_long_conversations_are_compared_place_by_place() -> None:
    sim = holding(*({"role": "user", "content": str(number)} for number in range(600)))
    lines = differing(sim, [("user", "other"), *(("user", str(number)) for number in range(1, 600))])

    assert lines[:3] == ["-   0  user  other   expected", "+   0  user  0   found", "    1  user  1"]


def test_long_texts_show_where_they_differ() -> None:
    text = "x" * 300
    one, other = differing(holding({"role": "user", "content": f"{text}cat{text}"}), [("user", f"{text}dog{text}")])

    assert one == f"-   0  user  ...'{'x' * 20}dog{'x' * 57}'...   expected"
    assert other == f"+   0  user  ...'{'x' * 20}cat{'x' * 57}'...   found"


def test_secrets_are_not_shown() -> None:
    url, long = "https://me:sk-secret@host/a", "x" * 100
    tools = [{"type": "mcp", "server_label": "a", "server_url": "https://host", "authorization": "sk-secret"}]
    sim = holding(
        {"role": "user", "content": url},
        {"role": "user", "content": f"{long} {url}"},
        {"role": "user", "content": "Hi"},
        {"type": "additional_tools", "role": "developer", "tools": tools},
        {"type": "additional_tools", "role": "developer", "tools": tools},
    )
    with pytest.raises(AssertionError) as caught:
        sim.assert_items(
            "conv_1",
            [
                ("user", f"{url}b"),
                ("user", f"{long} {url}b"),
                ("user", "Hi"),
                {"type": "additional_tools", "tools": [{"authorization": "sk-secret-too"}]},
                ("tools", url),
            ],
        )
    assert "sk-secret" not in str(caught.value)
    assert str(caught.value).count("redacted") == 8


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
            "    0  user  Hi",
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
        ([..., ("user", "Hi")], "Ellipsis"),
        ([("user", b"Hi")], "('user', b'Hi')"),
        ([{}], "{}"),
    ],
)
def test_misuse_is_told_how_to_write_it(wrong: Any, shown: str) -> None:
    with pytest.raises(UsageError) as caught:
        TWO.assert_items("conv_1", wrong)
    assert str(caught.value) == (
        f"assert_items(..., [{shown}]): write pairs, ('user', 'Hi') or ('assistant', ...), or the members that matter,"
        " {'type': 'function_call', 'name': 'look'}; ... as the last one stands for any further items"
    )


def test_misuse_is_told_also_where_the_conversation_is_empty() -> None:
    with pytest.raises(UsageError, match="write pairs"):
        holding().assert_items("conv_1", ["Hi"])


@pytest.mark.parametrize("wrong", [None, 5, "Hi", {"role": "user"}])
def test_expected_items_are_a_list(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        TWO.assert_items("conv_1", wrong)
    assert str(caught.value) == (f"assert_items(..., {wrong!r}): write a list of expected items, [('user', 'Hi'), ...]")
