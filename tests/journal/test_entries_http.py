"""Entries of exchanges over HTTP: what was asked and answered, told in one line."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from convsim import Behavior, Emulator
from convsim.faults import BodyReset, ConnectionReset, EmptyBody, InsertItem, Latency, RateLimited, TruncatedJSON
from convsim.journal.entries import Exchange
from tests.asking import ATTEMPT, HELLO, client


def one(sim: Emulator) -> Exchange:
    """The newest entry, which is an exchange."""
    entry = sim.journal[-1]
    assert isinstance(entry, Exchange)
    return entry


def a_conversation(**options: Any) -> Emulator:
    """conv_1 holds msg_1 and msg_2; nothing is in the journal."""
    sim = Emulator(ids="sequential", **options)
    sim.conversations.create(items=[HELLO, HELLO])
    sim.journal.clear()
    return sim


OPERATIONS: list[tuple[str, str, Any, str, tuple[str, ...], str]] = [
    ("POST", "", {}, "create", (), "conv_2  200"),
    ("POST", "", {"items": [HELLO]}, "create", ("msg_3",), "conv_2  200  1 item"),
    ("GET", "/conv_1", None, "retrieve", (), "conv_1  200"),
    ("POST", "/conv_1", {"metadata": {}}, "update", (), "conv_1  200"),
    ("DELETE", "/conv_1", None, "delete", (), "conv_1  200"),
    ("POST", "/conv_1/items", {"items": [HELLO]}, "items.create", ("msg_3",), "conv_1  200  1 item"),
    ("GET", "/conv_1/items", None, "items.list", ("msg_2", "msg_1"), "conv_1  200  2 items"),
    ("GET", "/conv_1/items?after=msg_1", None, "items.list", (), "conv_1  ?after=msg_1  200"),
    ("GET", "/conv_1/items/msg_1", None, "items.retrieve", ("msg_1",), "conv_1  msg_1  200  1 item"),
    ("DELETE", "/conv_1/items/msg_1", None, "items.delete", ("msg_1",), "conv_1  msg_1  200  1 item"),
]


@pytest.mark.parametrize(("method", "path", "body", "name", "items", "words"), OPERATIONS, ids=str)
def test_an_operation_is_told_with_its_conversation_and_items(
    method: str, path: str, body: Any, name: str, items: tuple[str, ...], words: str
) -> None:
    sim = a_conversation()
    answer = client(sim).request(method, f"/conversations{path}", json=body)
    entry = one(sim)

    assert (entry.number, entry.kind, entry.at, entry.project) == (1, "http", 1741900000, "proj_default")
    assert (entry.operation, entry.title) == (f"conversations.{name}", f"conversations.{name}")
    assert (entry.status, entry.error, entry.attempt, entry.faults) == (200, None, 0, ())
    assert (entry.conversation, entry.items) == (words.partition(" ")[0], items)
    assert (entry.body, entry.answer) == (body, answer.json())
    assert entry.response is not None
    assert entry.response.body == answer.content
    assert str(entry) == f"  1  conversations.{name}  {words}"
    assert repr(entry) == f"Exchange(1 conversations.{name} {' '.join(words.split())})"


@pytest.mark.parametrize("reply", ["conversation", "item"])
def test_an_item_that_was_deleted_is_named_whatever_the_answer_is(reply: Any) -> None:
    sim = a_conversation(behavior=Behavior(deleted_item_reply=reply))
    client(sim).delete("/conversations/conv_1/items/msg_1")
    sim.conversations.items.delete("msg_2", conversation_id="conv_1")

    assert [entry.items for entry in sim.journal] == [("msg_1",), ("msg_2",)]


REFUSED: list[tuple[str, str, Any, str | None, str]] = [
    ("GET", "/conversations/conv_x", None, "conversations.retrieve", "conv_x  404 invalid_request_error"),
    ("POST", "/conversations", b"{", "conversations.create", "400 invalid_json"),
    ("GET", "/conversations/conv_1/items?limit=0", None, "conversations.items.list", "conv_1  ?limit=0  400"),
    ("GET", "/conversations/conv_1/items/msg_x", None, "conversations.items.retrieve", "conv_1  msg_x  404"),
    ("GET", "/nowhere/at?all=1", None, None, "GET /v1/nowhere/at  ?all=1  404 invalid_request_error"),
    ("PUT", "/conversations/conv_1", None, None, "PUT /v1/conversations/conv_1  conv_1  405 invalid_request_error"),
]


@pytest.mark.parametrize(("method", "path", "body", "operation", "words"), REFUSED, ids=str)
def test_what_was_refused_is_told_with_its_error(
    method: str, path: str, body: Any, operation: str | None, words: str
) -> None:
    sim = a_conversation()
    answer = client(sim).request(method, path, content=body, headers={"Content-Type": "application/json"})
    entry = one(sim)

    assert (entry.operation, entry.status, entry.items) == (operation, answer.status_code, ())
    assert entry.error == answer.json()["error"] == entry.answer["error"]
    assert words in str(entry)
    assert str(entry).startswith(f"  1  {operation or method}")


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer sk-wrong"}], ids=str)
def test_a_refused_key_is_of_no_project(headers: dict[str, str]) -> None:
    sim = a_conversation(api_keys=["sk-right"])
    client(sim).get("/conversations/conv_1", headers=headers)
    entry = one(sim)

    assert (entry.operation, entry.project, entry.status) == ("conversations.retrieve", None, 401)
    assert (entry.error or {})["type"] == "invalid_request_error"


def test_each_key_is_told_by_its_project() -> None:
    sim = Emulator(api_keys={"sk-one": "proj_a", "sk-two": "proj_b"})
    for key in ("sk-one", "sk-two"):
        client(sim, key).post("/conversations")

    assert [entry.project for entry in sim.journal] == ["proj_a", "proj_b"]


@pytest.mark.parametrize(("sent", "attempt"), [("0", 0), ("2", 2), ("x", 0), ("-1", 0), ("", 0)])
def test_the_attempt_is_what_the_sdk_counts(sent: str, attempt: int) -> None:
    sim = a_conversation()
    client(sim, **{ATTEMPT: sent}).get("/conversations/conv_1")
    entry = one(sim)

    assert entry.attempt == attempt
    assert entry.title == "conversations.retrieve" + (f" (retry {attempt})" if attempt else "")


def test_an_absurd_attempt_does_not_break_the_line() -> None:
    sim = a_conversation()
    client(sim, **{ATTEMPT: "9" * 5000}).get("/conversations/conv_1")

    assert "conversations.retrieve" in str(sim.journal)
    assert len(sim.journal.calls()) == 1


# --- with faults ---------------------------------------------------------------------------------------------------


def test_a_fault_before_the_commit_leaves_its_answer() -> None:
    sim = a_conversation()
    sim.faults.add(RateLimited(retry_after=0.01))
    client(sim).post("/conversations/conv_1/items", json={"items": [HELLO]})
    entry = one(sim)

    assert (entry.status, entry.items, entry.lost) == (429, (), None)
    assert str(entry).endswith("conv_1  429 rate_limit_exceeded  RateLimited(retry_after=0.01, kind='requests')")


@pytest.mark.parametrize(("after", "items", "words"), [(False, (), ""), (True, ("msg_3",), " after commit")])
def test_a_lost_connection_says_whether_the_operation_happened(after: bool, items: tuple[str, ...], words: str) -> None:
    sim = a_conversation()
    sim.faults.add(ConnectionReset(), after_commit=after)
    with pytest.raises(httpx2.ReadError):
        client(sim).post("/conversations/conv_1/items", json={"items": [HELLO]})
    entry = one(sim)

    assert (entry.status, entry.response, entry.answer, entry.error) == (None, None, None, None)
    assert (entry.items, entry.lost is not None) == (items, after)
    assert str(entry).endswith(f"no answer{'  1 item' * after}  ConnectionReset(){words}")


def test_a_conversation_whose_answer_was_lost_is_named() -> None:
    sim = a_conversation()
    sim.faults.add(ConnectionReset(), after_commit=True)
    sim.faults.add(ConnectionReset())
    for _ in range(2):
        with pytest.raises(httpx2.ReadError):
            client(sim).post("/conversations", json={"items": [HELLO]})

    assert [(entry.conversation, entry.items) for entry in sim.journal] == [("conv_2", ("msg_3",)), (None, ())]


@pytest.mark.parametrize("fault", [TruncatedJSON(), TruncatedJSON(keep=0), EmptyBody(), BodyReset()], ids=repr)
@pytest.mark.parametrize(("method", "body"), [("POST", {"items": [HELLO]}), ("GET", None)], ids=str)
def test_a_spoilt_answer_tells_what_was_done(fault: Any, method: str, body: Any) -> None:
    sim = a_conversation()
    sim.faults.add(fault)
    try:
        client(sim).request(method, "/conversations/conv_1/items", json=body)
    except httpx2.ReadError:
        assert isinstance(fault, BodyReset)
    entry = one(sim)

    assert entry.status == 200
    assert entry.items == (("msg_3",) if body else ("msg_2", "msg_1"))
    assert f"conv_1  200  {len(entry.items)} item" in str(entry)
    assert str(entry).endswith(f"  {fault!r} after commit")
    if not isinstance(fault, BodyReset):
        assert (entry.answer, entry.error) == (None, None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/conversations/conv_x", None),
        ("POST", "/responses", {"model": "gpt-4.1", "input": "Hi", "previous_response_id": "resp_x"}),
    ],
    ids=["404", "400"],
)
def test_a_refusal_that_was_lost_committed_nothing(method: str, path: str, body: Any) -> None:
    sim = a_conversation()
    sim.faults.add(RateLimited(), on=["conversations.retrieve", "responses.create"], after_commit=True)
    client(sim).request(method, path, json=body)

    assert str(one(sim)).endswith(f"  {RateLimited()!r} instead of a refusal")


def test_faults_that_change_no_answer_are_told_too() -> None:
    sim = a_conversation(virtual_time=True)
    sim.faults.add(Latency(2))
    sim.faults.add(InsertItem(HELLO))
    client(sim).get("/conversations/conv_1/items")
    entry = one(sim)

    assert (entry.status, entry.lost, len(entry.items)) == (200, None, 3)
    assert "3 items  Latency(seconds=2)  InsertItem(item=" in str(entry)
    assert "after commit" not in str(entry)


def test_an_answer_later_than_the_client_waits_is_lost() -> None:
    sim = a_conversation(virtual_time=True)
    sim.faults.add(Latency(2))
    with pytest.raises(httpx2.ReadTimeout):
        client(sim).post("/conversations/conv_1/items", json={"items": [HELLO]}, timeout=1)
    entry = one(sim)

    assert (entry.status, entry.items) == (None, ("msg_3",))
    assert str(entry).endswith("no answer  1 item  Latency(seconds=2) after commit")
