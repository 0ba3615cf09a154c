"""Entries of Realtime connections: events of both sides and closes, told in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convsim.faults import Latency
from convsim.faults.fault import Fault
from convsim.journal.entries import Direct
from convsim.journal.frames import Frame, Sender

SLOW = Latency(2)


def frame(
    sender: Sender, text: str | bytes | tuple[int, str], faults: tuple[Fault, ...] = (), *, arrived: bool = True
) -> Frame:
    return Frame(4, 1.5, "proj_a", "sess_1", sender, text, faults, arrived)


def event(sender: Sender, kind: str, **members: Any) -> Frame:
    return frame(sender, json.dumps({"type": kind, **members}))


def test_a_clients_event() -> None:
    item = {"id": "item_1", "type": "message", "role": "user", "content": []}
    entry = event("client", "conversation.item.create", item=item)

    assert (entry.number, entry.kind, entry.at, entry.project) == (4, "realtime", 1.5, "proj_a")
    assert (entry.session, entry.conversation, entry.sender) == ("sess_1", "sess_1", "client")
    assert (entry.operation, entry.items, dict(entry.ids)) == ("conversation.item.create", ("item_1",), {})
    assert (entry.body, entry.answer) == ({"type": "conversation.item.create", "item": item}, None)
    assert (entry.status, entry.error, entry.attempt, entry.lost, entry.query) == (None, None, 0, None, "")
    assert (entry.arrived, entry.done, entry.failed, entry.close) == (True, True, False, None)
    assert entry.text == json.dumps(entry.body)
    assert entry.texts == (json.dumps(entry.body, indent=2), "")


def test_a_servers_event() -> None:
    entry = event("server", "conversation.item.deleted", item_id="item_1")

    assert (entry.operation, entry.items) == ("conversation.item.deleted", ("item_1",))
    assert (entry.body, entry.answer) == (None, {"type": "conversation.item.deleted", "item_id": "item_1"})
    assert entry.texts == ("", json.dumps(entry.answer, indent=2))


ITEMS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"item": {"id": "item_1"}}, ("item_1",)),
    ({"item_id": "item_2"}, ("item_2",)),
    ({"item": {"id": "item_1"}, "item_id": "item_2"}, ("item_1",)),
    ({"item": {}, "item_id": "item_2"}, ("item_2",)),
    ({"item": "x", "item_id": 5}, ()),
    ({"item": {"id": ["x"]}}, ()),
]


@pytest.mark.parametrize(("members", "items"), ITEMS, ids=str)
@pytest.mark.parametrize("sender", ["client", "server"])
def test_the_item_is_the_one_that_it_carries_or_names(
    sender: Sender, members: dict[str, Any], items: tuple[str, ...]
) -> None:
    assert event(sender, "conversation.item.create", **members).items == items


# --- the line ------------------------------------------------------------------------------------------------------

CARRIED = {"item": {"id": "item_1"}}
PLACES: list[tuple[Sender, dict[str, Any], str]] = [
    ("client", {}, "item_1"),
    ("client", {"previous_item_id": None}, "item_1"),
    ("client", {"previous_item_id": ""}, "item_1"),
    ("client", {"previous_item_id": "root"}, "item_1 after root"),
    ("client", {"previous_item_id": ["x"]}, "item_1 after ['x']"),
    ("server", {}, "item_1"),
    ("server", {"previous_item_id": None}, "item_1 first"),
    ("server", {"previous_item_id": "item_0"}, "item_1 after item_0"),
]


@pytest.mark.parametrize(("sender", "members", "words"), PLACES, ids=str)
def test_a_line_says_where_the_item_goes(sender: Sender, members: dict[str, Any], words: str) -> None:
    entry = event(sender, "conversation.item.x", **CARRIED, **members)

    assert entry.result == words
    assert str(entry) == f"  4  {'>' if sender == 'client' else '<'} conversation.item.x  sess_1  {words}"


REFUSED = {"type": "invalid_request_error", "code": "item_create_duplicate_item_id", "message": "No."}
LINES: list[tuple[Frame, str]] = [
    (event("client", "session.update", session={"instructions": "x"}), "> session.update  sess_1"),
    (event("server", "error", error=REFUSED), "< error  sess_1  item_create_duplicate_item_id"),
    (event("server", "error", error=REFUSED | {"code": None}), "< error  sess_1  invalid_request_error"),
    (event("client", "error", error=REFUSED), "> error  sess_1"),
    (event("server", "response.done", response={"status": "completed"}), "< response.done  sess_1  completed"),
    (event("server", "x.delta", item_id="item_1", delta="Hel"), "< x.delta  sess_1  item_1  Hel"),
    (event("server", "x.delta", delta="x" * 60), f"< x.delta  sess_1  {'x' * 60}"),
    (event("server", "x.delta", delta="x" * 61), f"< x.delta  sess_1  {'x' * 57}..."),
    (event("server", "x.done", transcript="A\ncat."), "< x.done  sess_1  A\\ncat."),
    (event("server", "x.done", text="A cat."), "< x.done  sess_1  A cat."),
    (event("server", "x.done", arguments="{}"), "< x.done  sess_1  {}"),
    (event("client", "x.append", audio="AAAA"), "> x.append  sess_1  AAAA"),
    (event("server", "x" * 200), f"< {'x' * 200}  sess_1"),
    (event("server", "x.y", item_id="i" * 61), f"< x.y  sess_1  {'i' * 57}..."),
    (frame("client", "hello"), "> text frame  sess_1  hello"),
    (frame("client", '{"type": 5}'), '> text frame  sess_1  {"type": 5}'),
    (frame("client", '["type"]'), '> text frame  sess_1  ["type"]'),
    (frame("client", '{"type": ""}'), '> text frame  sess_1  {"type": ""}'),
    (frame("client", ""), "> text frame  sess_1"),
    (frame("client", b"\xff\x00"), "> binary frame  sess_1  2 bytes"),
    (frame("client", b""), "> binary frame  sess_1  0 bytes"),
    (frame("server", (1001, "It is over.")), "< close 1001  sess_1  It is over."),
    (frame("client", (1000, "")), "> close 1000  sess_1"),
]


@pytest.mark.parametrize(("entry", "line"), LINES, ids=[line for _, line in LINES])
def test_a_line_shows_what_helps(entry: Frame, line: str) -> None:
    assert str(entry) == f"  4  {line}"
    assert entry.title == line.partition("  ")[0]
    assert repr(entry) == f"Frame(4 {' '.join(line.split())})"


LOST: list[tuple[Sender, bool, str]] = [
    ("client", True, "item_1  Latency(seconds=2)"),
    ("client", False, "item_1  Latency(seconds=2)  not received"),
    ("server", True, "item_1  Latency(seconds=2)"),
    ("server", False, "item_1  Latency(seconds=2)  not sent"),
]


@pytest.mark.parametrize(("sender", "arrived", "words"), LOST, ids=str)
def test_a_fault_is_told_and_whether_the_other_side_got_it(sender: Sender, arrived: bool, words: str) -> None:
    entry = frame(sender, '{"type": "x.y", "item_id": "item_1"}', (SLOW,), arrived=arrived)

    assert (entry.result, entry.faults) == (words, (SLOW,))
    assert (entry.arrived, entry.done) == (arrived, arrived)


# --- what is no event, and the end ---------------------------------------------------------------------------------


def test_a_close_has_a_code_and_a_reason() -> None:
    entry = frame("server", (4000, "Refused."))

    assert (entry.operation, entry.close, entry.text) == ("close", (4000, "Refused."), None)
    assert (entry.body, entry.answer, entry.items, entry.error) == (None, None, (), None)
    assert entry.texts == ("", "4000 Refused.")
    assert frame("client", (1000, "")).texts == ("1000", "")


@pytest.mark.parametrize(
    ("entry", "failed"),
    [
        (frame("server", (1000, "")), False),
        (frame("client", (1000, "")), False),
        (frame("server", (1001, "")), True),
        (frame("client", (1006, "")), True),
        (event("server", "error", error=REFUSED), True),
        (event("client", "error", error=REFUSED), False),
        (event("server", "response.done", error=REFUSED), False),
    ],
    ids=str,
)
def test_errors_and_closes_other_than_the_normal_one_are_failures(entry: Frame, failed: bool) -> None:
    assert entry.failed is failed


@pytest.mark.parametrize("error", [None, 5, "x", ["x"]], ids=str)
def test_an_error_of_another_shape_is_none(error: Any) -> None:
    assert event("server", "error", error=error).error is None


def test_the_error_is_what_is_inside() -> None:
    assert event("server", "error", error=REFUSED).error == REFUSED


@pytest.mark.parametrize("text", ["", "{", "hello", '{"a": "\\ud800"}', "[" * 5000])
def test_a_text_that_is_no_json_shows_as_it_came(text: str) -> None:
    entry = frame("client", text)

    assert (entry.operation, entry.body, entry.items) == (None, None, ())
    assert (entry.text, entry.texts) == (text, (text, ""))


def test_json_that_is_no_event_is_still_json() -> None:
    entry = frame("client", "[1, 2]")

    assert (entry.operation, entry.body, entry.texts) == (None, [1, 2], ("[\n  1,\n  2\n]", ""))


def test_a_binary_frame_is_no_event_whatever_it_holds() -> None:
    entry = frame("client", b'{"type": "response.create"}')

    assert (entry.operation, entry.body, entry.texts) == (None, None, ("27 bytes", ""))


def test_what_a_reader_changes_is_not_what_the_entry_holds() -> None:
    entry = event("client", "conversation.item.create", **CARRIED)
    entry.body["item"].clear()

    assert entry.items == ("item_1",)


def test_frames_that_differ_in_one_thing_differ() -> None:
    told: tuple[Any, ...] = 4, 1.5, "proj_a", "sess_1", "client", "{}", (), True
    entry = Frame(*told)

    assert entry == Frame(*told)
    for place, other in enumerate((5, 2.5, "proj_b", "sess_2", "server", "[]", (SLOW,), False)):
        different: tuple[Any, ...] = (*told[:place], other, *told[place + 1 :])
        assert entry != Frame(*different)
    assert frame("client", (1000, "")) != frame("client", (1001, ""))
    of_another_kind: object = Direct(4, 1.5, "proj_a", "seed", (), {}, 200, b"{}")
    assert entry != of_another_kind


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
NAMES = st.sampled_from(["type", "item", "item_id", "id", "previous_item_id", "error", "code", "response", "delta"])
EVENTS = st.recursive(
    JSON, lambda inner: st.dictionaries(NAMES, inner) | st.dictionaries(st.just("type"), st.just("error")), max_leaves=8
)


@given(st.sampled_from(["client", "server"]), EVENTS.map(json.dumps) | st.text() | st.binary())
@example("server", '{"type": "error", "error": {}}')
def test_whatever_a_frame_holds_it_has_one_line(sender: Any, text: Any) -> None:
    entry = frame(sender, text)
    line = str(entry)

    assert line.startswith("  4  > " if sender == "client" else "  4  < ")
    assert len(line.splitlines()) == 1
    assert entry.texts[sender == "client"] == ""
    assert all(isinstance(item_id, str) for item_id in entry.items)
    assert entry.operation is None or entry.operation in entry.title
