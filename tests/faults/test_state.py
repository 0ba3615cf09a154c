"""Conversations that change behind the client's back, and reads that show another store than the true one."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.faults import DeleteConversation, DeleteItem, HideItem, InsertItem, RateLimited, Rule, StaleReads
from convsim.operations.routes import ROUTES_BY_NAME
from tests.asking import check, versions

from .asking import HI, ITEMS, add, answer, listed, parsed, seeded, stored

CONVERSATION = "/conversations/conv_a"
SECOND: dict[str, Any] = {"conversation": "conv_a", "skip": 1, "on": "conversations.items.list"}

CREATE = "conversations.items.create"


def pages(sim: Any, limit: int = 2) -> list[Any]:
    """Walks the list from the oldest item on; ends with a refusal where one comes."""
    walked: list[Any] = []
    after = ""
    while True:
        page = parsed(sim, "GET", ITEMS, query=f"order=asc&limit={limit}{after}")
        if "error" in page:
            return [*walked, page["error"]["message"]]
        walked.append([item["id"] for item in page["data"]])
        if not page["has_more"]:
            return walked
        after = f"&after={page['last_id']}"


# --- between two pages ---------------------------------------------------------------------------------------------


def test_an_item_is_inserted_between_two_pages() -> None:
    sim = seeded(4)
    sim.faults.add(InsertItem({"role": "user", "content": "late"}), **SECOND)

    assert pages(sim) == [["msg_1", "msg_2"], ["msg_3", "msg_4"], ["msg_5"]]
    assert sim.state["conv_a"].items[-1].to_dict()["content"] == [{"type": "input_text", "text": "late"}]
    check(sim)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("msg_1", [["msg_1", "msg_2"], ["msg_3", "msg_4"]]),
        ("msg_2", [["msg_1", "msg_2"], "No item found with id 'msg_2'"]),
        ("msg_3", [["msg_1", "msg_2"], ["msg_4"]]),
        ("msg_9", [["msg_1", "msg_2"], ["msg_3", "msg_4"]]),
    ],
)
def test_an_item_is_deleted_between_two_pages(item: str, expected: list[Any]) -> None:
    sim = seeded(4)
    sim.faults.add(DeleteItem(item), **SECOND)

    assert pages(sim) == expected
    assert stored(sim) == [left for left in ("msg_1", "msg_2", "msg_3", "msg_4") if left != item]
    check(sim)


def test_a_conversation_is_deleted_under_a_running_pagination() -> None:
    sim = seeded(4)
    sim.faults.add(DeleteConversation(), **SECOND)

    assert pages(sim) == [["msg_1", "msg_2"], "Conversation with id 'conv_a' not found."]
    assert not sim.state
    check(sim)


@pytest.mark.parametrize("fault", [InsertItem(HI), DeleteItem("msg_1"), DeleteConversation()], ids=repr)
@pytest.mark.parametrize(("method", "path"), [("POST", "/conversations"), ("GET", "/conversations/conv_x")])
def test_nothing_happens_where_there_is_nothing_to_change(fault: Any, method: str, path: str) -> None:
    sim = seeded(1, faults=[Rule(fault, on=ROUTES_BY_NAME)])
    answer(sim, method, path)

    assert stored(sim) == ["msg_1"]
    check(sim)


def test_several_changes_happen_in_their_order_also_where_the_answer_is_another() -> None:
    several = [InsertItem(HI), DeleteItem("msg_1"), RateLimited(), InsertItem(HI)]
    sim = seeded(1, faults=[Rule(fault, on=CREATE) for fault in several])

    assert add(sim) == 429
    assert stored(sim) == ["msg_2", "msg_3"]
    assert len(sim.journal[-1].faults) == 4


def test_somebody_else_s_item_comes_first() -> None:
    sim = seeded(faults=[Rule(InsertItem(HI), on=CREATE)])

    assert parsed(sim, "POST", ITEMS, {"items": [HI]})["first_id"] == "msg_2"
    assert stored(sim) == ["msg_1", "msg_2"]


# --- hidden items --------------------------------------------------------------------------------------------------


def test_a_hidden_item_is_missing_from_lists_and_can_be_retrieved() -> None:
    sim = seeded(3)
    with sim.faults.add(HideItem("msg_2")) as armed:
        assert listed(sim) == ["msg_1", "msg_3"]
        assert pages(sim, limit=1) == [["msg_1"], ["msg_3"]]
        assert answer(sim, "GET", f"{ITEMS}/msg_2").status == 200
        assert armed.fired == 2  # the first page of two is the same with the item and without

    assert listed(sim) == ["msg_1", "msg_2", "msg_3"]
    check(sim)


def test_an_item_is_hidden_wherever_it_stands_and_as_often_as_asked() -> None:
    sim = seeded(1)
    sim.seed("conv_b", items=[{"type": "item_reference", "id": "msg_1"}, HI])
    sim.faults.add(HideItem("msg_1"), times=2)

    assert [listed(sim), listed(sim, "/conversations/conv_b/items"), listed(sim)] == [[], ["msg_2"], ["msg_1"]]


def test_an_item_is_hidden_only_where_it_would_be_read() -> None:
    sim = seeded(3)
    sim.seed("conv_b", items=[HI])
    armed = sim.faults.add(HideItem("msg_3"), times=1)

    assert listed(sim, "/conversations/conv_b/items") == ["msg_4"]
    assert [item["id"] for item in parsed(sim, "GET", ITEMS, query="order=asc&limit=1")["data"]] == ["msg_1"]
    assert [entry.faults for entry in sim.journal.select(kind="http")] == [[], []]
    assert (armed.seen, armed.fired) == (0, 0)
    assert [listed(sim), listed(sim)] == [["msg_1", "msg_2"], ["msg_1", "msg_2", "msg_3"]]


def test_an_item_is_not_found_where_a_rule_says_so() -> None:
    sim = seeded(2)
    with sim.faults.add(HideItem("msg_2"), on="conversations.items.*", skip=1) as armed:
        assert [answer(sim, "GET", f"{ITEMS}/{item}").status for item in ("msg_1", "msg_2", "msg_2")] == [200, 200, 404]
        assert listed(sim) == ["msg_1"]
    assert (armed.seen, armed.fired) == (3, 2)


def test_two_items_are_hidden_at_once() -> None:
    sim = seeded(3, faults=[HideItem("msg_1"), HideItem("msg_3")])

    assert listed(sim) == ["msg_2"]


def test_an_item_that_is_nowhere_hides_no_other_one() -> None:
    sim = seeded(2, faults=[HideItem("msg_x"), HideItem("msg_1")])

    assert listed(sim) == ["msg_2"]
    assert sim.journal[-1].faults == [HideItem("msg_1")]


def test_what_is_hidden_can_be_deleted() -> None:
    sim = seeded(2, faults=[HideItem("msg_1")])
    answer(sim, "DELETE", f"{ITEMS}/msg_1")

    assert stored(sim) == ["msg_2"]
    check(sim)


# --- stale reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writes", [1, 2, 3])
def test_lists_lag_behind_by_so_many_writes(writes: int) -> None:
    sim = seeded(1, faults=[StaleReads(writes)])
    seen = []
    for _ in range(5):
        seen.append(len(listed(sim)))
        add(sim)

    assert seen == [max(1, 1 + done - writes) for done in range(5)]
    assert len(stored(sim)) == 6
    check(sim)


def test_items_and_conversations_lag_too() -> None:
    sim = seeded(faults=[StaleReads()])
    add(sim)
    assert answer(sim, "GET", f"{ITEMS}/msg_1").status == 404
    answer(sim, "POST", CONVERSATION, {"metadata": {"a": "1"}})
    assert answer(sim, "GET", f"{ITEMS}/msg_1").status == 200
    assert parsed(sim, "GET", CONVERSATION)["metadata"] == {}
    answer(sim, "DELETE", CONVERSATION)
    assert parsed(sim, "GET", CONVERSATION)["metadata"] == {"a": "1"}
    answer(sim, "POST", "/conversations")
    assert answer(sim, "GET", CONVERSATION).status == 404
    assert answer(sim, "GET", "/conversations/conv_1").status == 404
    check(sim)


def test_a_turn_is_a_write_and_what_counts_its_tokens_may_lag() -> None:
    sim = seeded(unscripted="echo")
    turn = {"model": "gpt-4.1", "input": "Hi", "conversation": "conv_a"}
    sim.faults.add(StaleReads(), on=["responses.input_tokens.count", "conversations.items.list"], times=2)
    before = parsed(sim, "POST", "/responses/input_tokens", turn)
    answer(sim, "POST", "/responses", turn)

    assert parsed(sim, "POST", "/responses/input_tokens", turn) == before
    assert [len(listed(sim)), len(listed(sim))] == [0, 2]
    assert parsed(sim, "POST", "/responses/input_tokens", turn) != before


def test_acts_come_before_a_turn_on_their_conversation() -> None:
    sim = seeded(1, unscripted="echo")
    sim.faults.add(DeleteItem("msg_1"), on="responses.create")
    answer(sim, "POST", "/responses", {"model": "gpt-4.1", "input": "Hi"})
    assert stored(sim) == ["msg_1"]
    answer(sim, "POST", "/responses", {"model": "gpt-4.1", "input": "Hi", "conversation": "conv_a"})

    assert "msg_1" not in stored(sim)
    assert len(stored(sim)) == 2


def test_reads_may_lag_on_one_operation_only() -> None:
    sim = seeded()
    sim.faults.add(StaleReads(), on="conversations.items.list", times=2)
    add(sim)

    assert answer(sim, "GET", f"{ITEMS}/msg_1").status == 200
    assert [listed(sim), listed(sim), listed(sim)] == [[], [], ["msg_1"]]


def test_a_read_that_is_the_same_as_before_is_not_stale() -> None:
    sim = seeded(1)
    sim.seed("conv_b")
    armed = sim.faults.add(StaleReads(), times=1)
    add(sim)

    assert listed(sim, "/conversations/conv_b/items") == []
    assert answer(sim, "GET", f"{ITEMS}/msg_1").status == answer(sim, "GET", CONVERSATION).status == 200
    assert answer(sim, "GET", "/conversations/conv_x").status == 404
    assert (armed.seen, armed.fired) == (0, 0)
    assert [listed(sim), listed(sim)] == [["msg_1"], ["msg_1", "msg_2"]]


def test_each_project_lags_behind_its_own_writes() -> None:
    sim = seeded(api_keys=["sk-one", "sk-two"], faults=[StaleReads()])
    sim.project("proj_2").seed("conv_a")
    add(sim, key="sk-one")
    add(sim, key="sk-two")
    add(sim, key="sk-two")

    assert [len(listed(sim, key=key)) for key in ("sk-one", "sk-two")] == [0, 1]


def test_a_read_lags_behind_what_was_done_while_the_rule_was_armed() -> None:
    sim = seeded()
    add(sim)
    armed = sim.faults.add(StaleReads(9))
    assert listed(sim) == ["msg_1"]
    add(sim)
    assert listed(sim) == ["msg_1"]
    armed.disarm()
    assert listed(sim) == ["msg_1", "msg_2"]


@pytest.mark.parametrize("end", ["disarm", "clear", "reset"])
def test_versions_are_kept_only_while_they_are_needed(end: str) -> None:
    sim = seeded()
    add(sim)
    assert not versions(sim)
    armed = sim.faults.add(StaleReads(2))
    other = sim.faults.add(StaleReads(1))
    sim.faults.add(HideItem("msg_1"))
    for _ in range(4):
        add(sim)
    assert sorted(len(kept) for kept in versions(sim).values()) == [1, 2]
    for finish in {"disarm": (armed.disarm, other.disarm)}.get(end, (getattr(sim.faults, end, None),)):
        assert finish is not None
        finish()
    assert not versions(sim)


def test_a_write_that_was_refused_is_none() -> None:
    sim = seeded(faults=[StaleReads()])
    add(sim)
    assert answer(sim, "DELETE", f"{ITEMS}/msg_x").status == 404

    assert listed(sim) == []


def test_a_write_that_never_came_is_none() -> None:
    sim = seeded(faults=[StaleReads(), Rule(RateLimited(), on="conversations.items.create", skip=1)])

    assert [add(sim), add(sim)] == [200, 429]
    assert listed(sim) == []


@pytest.mark.parametrize("hidden_first", [True, False])
def test_an_item_stays_hidden_in_what_is_stale(hidden_first: bool) -> None:
    views: list[Any] = [HideItem("msg_1"), StaleReads()]
    sim = seeded(2, faults=views if hidden_first else reversed(views))
    add(sim)

    assert listed(sim) == ["msg_2"]


def test_a_stale_read_changes_nothing() -> None:
    sim = seeded(2, faults=[StaleReads(), HideItem("msg_1")])
    add(sim)
    before = sim.state
    assert [listed(sim), parsed(sim, "GET", CONVERSATION)["id"]] == [["msg_2"], "conv_a"]
    assert sim.state == before


@pytest.mark.parametrize("writes", [0, -1, 10**400])
def test_reads_lag_by_one_write_at_least(writes: int) -> None:
    with pytest.raises(UsageError) as caught:
        StaleReads(writes)
    assert str(caught.value) == f"StaleReads(writes={shown(writes)}): write an integer, 1 to 1000000"


@pytest.mark.parametrize("item", [{"role": "bogus", "content": "Hi"}, {}, 5])
def test_an_item_that_the_api_would_refuse_cannot_be_inserted(item: Any) -> None:
    with pytest.raises(UsageError, match=r"^InsertItem\(.+\): the API would refuse it\. Invalid "):
        InsertItem(item)


@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "content": "half a \ud800"},
        {"role": "user", "content": object()},
        {"role": "user", "content": b"Hi"},
        {"role": "user", "content": float("nan")},
        {"role", "content"},
        object(),
    ],
    ids=range(6),
)
def test_an_item_that_is_no_json_cannot_be_inserted(item: Any) -> None:
    with pytest.raises(UsageError) as caught:
        InsertItem(item)
    assert str(caught.value).startswith(f"InsertItem({item!r}): JSON cannot carry it: ")


def test_an_item_is_inserted_as_it_was_when_the_fault_was_made() -> None:
    item: dict[str, Any] = {"role": "user", "content": [{"type": "input_text", "text": "late"}]}
    sim = seeded(faults=[InsertItem(MappingProxyType(item))])
    item["content"] = 5

    assert [found["content"][0]["text"] for found in parsed(sim, "GET", ITEMS)["data"]] == ["late"]


# --- what did not happen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        DeleteItem("msg_typo"),
        HideItem("msg_typo"),
        InsertItem({"type": "item_reference", "id": "msg_typo"}),
        InsertItem({"type": "item_reference", "id": "msg_1"}),
        StaleReads(),
    ],
)
def test_a_fault_that_changed_nothing_has_not_happened(fault: Any) -> None:
    sim = seeded(1)
    armed = sim.faults.add(fault)

    assert [item["id"] for item in parsed(sim, "GET", ITEMS)["data"]] == ["msg_1"]
    assert armed.fired == 0
    assert sim.faults.unused
    assert sim.journal[-1].faults == []
    check(sim)


@pytest.mark.parametrize("fault", [DeleteItem("msg_1"), DeleteConversation(), InsertItem(HI)])
def test_a_fault_waits_for_a_conversation_that_it_can_change(fault: Any) -> None:
    sim = seeded(1)
    armed = sim.faults.add(fault, on=["conversations.create", "conversations.items.list"])
    answer(sim, "POST", "/conversations", {})
    answer(sim, "GET", "/conversations/conv_unknown/items")
    assert armed.fired == 0

    answer(sim, "GET", ITEMS)
    assert armed.fired == 1


@pytest.mark.parametrize("fault", [DeleteItem("msg_1"), DeleteConversation(), InsertItem(HI)])
def test_calls_on_which_it_could_not_happen_are_no_occurrences(fault: Any) -> None:
    sim = seeded(1)
    sim.faults.add(fault, on=["conversations.create", "conversations.items.list"], skip=1)
    answer(sim, "POST", "/conversations", {})
    answer(sim, "GET", "/conversations/conv_unknown/items")

    assert listed(sim) == ["msg_1"]
    answer(sim, "GET", ITEMS)
    assert sim.journal[-1].faults == [fault]


def test_an_item_is_deleted_from_the_conversation_that_has_it() -> None:
    sim = seeded(1)
    sim.seed("conv_b", items=[HI])
    armed = sim.faults.add(DeleteItem("msg_1"), skip=1)
    for _ in range(3):
        assert listed(sim, "/conversations/conv_b/items") == ["msg_2"]

    assert (armed.seen, listed(sim), listed(sim)) == (0, ["msg_1"], [])


def test_a_spent_stale_read_keeps_no_versions() -> None:
    sim = seeded(1)
    armed = sim.faults.add(StaleReads(), times=1)
    add(sim)
    assert sim.faults.keeps()
    answer(sim, "GET", ITEMS)

    assert armed.fired == 1
    assert not sim.faults.keeps()
    add(sim)
    assert len(parsed(sim, "GET", ITEMS)["data"]) == 3


def test_a_hidden_item_leaves_other_conversations_as_they_are() -> None:
    sim = seeded(1)
    sim.seed("conv_b", items=[HI])
    sim.faults.add(HideItem("msg_1"))

    assert parsed(sim, "GET", ITEMS)["data"] == []
    assert [item["id"] for item in parsed(sim, "GET", "/conversations/conv_b/items")["data"]] == ["msg_2"]
