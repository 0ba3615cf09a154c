"""The test's own hand on one project: what is there, what was there, and what to paste."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from convsim import BadRequestError, Emulator, UsageError
from convsim.direct.project import ProjectAPI
from convsim.faults import ConnectionReset, DeleteItem, ServerError
from tests.asking import HELLO, client
from tests.report.scenes import asked
from tests.work import work

ASKED: list[Callable[[ProjectAPI, str], object]] = [
    lambda project, name: project.transcript(name),
    lambda project, name: project.transcript(name, deleted=True),
    lambda project, name: project.assert_items(name, []),
]
CALLS = ["transcript({!r})", "transcript({!r})", "assert_items({!r}, ...)"]
EACH = pytest.mark.parametrize(
    ("ask", "call"), list(zip(ASKED, CALLS, strict=True)), ids=["transcript", "deleted", "items"]
)


def refused(ask: Callable[[Any, str], object], project: ProjectAPI | Emulator, name: str = "conv_1") -> str:
    with pytest.raises(UsageError) as caught:
        ask(project, name)
    return str(caught.value)


@EACH
def test_what_is_no_id_is_told_what_to_write(ask: Callable[[Any, Any], object], call: str) -> None:
    for wrong in (5, ["conv_1"]):
        told = refused(ask, Emulator(), wrong)  # type: ignore[arg-type]
        assert told == f"{call.format(wrong)}: write the id of a conversation, or the conversation"


@EACH
def test_where_there_is_no_conversation_at_all(ask: Callable[[Any, str], object], call: str) -> None:
    assert refused(ask, Emulator()) == f"{call.format('conv_1')}: no such conversation; there is none"


@EACH
def test_those_that_exist_are_named(ask: Callable[[Any, str], object], call: str) -> None:
    sim = Emulator()
    sim.seed("conv_b")
    assert refused(ask, sim) == f"{call.format('conv_1')}: no such conversation; there are 'conv_b'"
    sim.seed("conv_a")
    sim.seed("conv_c")
    assert refused(ask, sim).endswith("no such conversation; there are 'conv_b', 'conv_a', and 'conv_c'")


@EACH
def test_the_request_that_deleted_it_is_named(ask: Callable[[Any, str], object], call: str) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    asked(sim, "DELETE", "/conversations/conv_1")

    assert refused(ask, sim) == f"{call.format('conv_1')}: no such conversation; there is none; request 2 deleted it"


@EACH
def test_the_direct_call_that_deleted_it_is_named(ask: Callable[[Any, str], object], call: str) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    sim.seed("conv_2")
    sim.conversations.delete("conv_1")

    assert refused(ask, sim).endswith("; there are 'conv_2'; direct call 3 deleted it")


def test_the_last_deletion_counts() -> None:
    sim = Emulator()
    for _ in range(2):
        sim.seed("conv_1")
        sim.conversations.delete("conv_1")

    assert refused(ASKED[0], sim).endswith("; direct call 4 deleted it")


def test_a_deletion_whose_answer_was_lost_deleted_it() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    asked(sim, "DELETE", "/conversations/conv_1", ConnectionReset(), after=True)

    assert refused(ASKED[0], sim).endswith("; request 2 deleted it")


def test_a_refused_deletion_whose_answer_was_lost_did_not() -> None:
    sim = Emulator()
    asked(sim, "DELETE", "/conversations/conv_1", ServerError(), after=True)

    assert refused(ASKED[0], sim) == "transcript('conv_1'): no such conversation; there is none"


def test_a_second_deletion_whose_answer_was_lost_is_not_who_did_it() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    asked(sim, "DELETE", "/conversations/conv_1")
    asked(sim, "DELETE", "/conversations/conv_1", ServerError(), after=True)

    assert refused(ASKED[0], sim).endswith("; request 2 deleted it")


def two_projects() -> tuple[Emulator, ProjectAPI, ProjectAPI]:
    sim = Emulator(api_keys={"sk-a": "one", "sk-b": "two"})
    return sim, sim.project("one"), sim.project("two")


def test_each_project_knows_its_own() -> None:
    _, one, two = two_projects()
    one.seed("conv_1", items=[HELLO])
    two.seed("conv_2")

    assert (list(one.state), list(two.state)) == (["conv_1"], ["conv_2"])
    assert refused(ASKED[0], two).endswith("no such conversation; there are 'conv_2'")
    assert one.transcript("conv_1") == "conv_1  1 item\n  0  user  hello"
    one.assert_items("conv_1", [("user", "hello")])
    assert "conv_2" not in one.reproduce()


def test_a_deletion_in_another_project_is_none_here() -> None:
    _, one, two = two_projects()
    one.seed("conv_1")
    one.conversations.delete("conv_1")

    assert refused(ASKED[0], two) == "transcript('conv_1'): no such conversation; there is none"
    assert two.endings(["conv_1"]) == []
    assert one.endings(["conv_1"]) == ["conv_1  deleted by direct call 2"]


def test_one_id_in_two_projects_is_two_conversations_in_the_story() -> None:
    sim, one, two = two_projects()
    one.seed("conv_1", items=[{"role": "user", "content": "of one"}])
    two.seed("conv_1", items=[{"role": "user", "content": "of two"}])

    assert "of one" in sim.story()
    assert "of two" in sim.story()


def test_the_page_has_the_python_of_every_project() -> None:
    sim, one, two = two_projects()
    one.seed("conv_1")
    two.seed("conv_2")

    _, _, reproduced = sim.page().partition("<h2>Reproduce</h2><pre>")
    names: dict[str, Any] = {}
    exec(unescape(reproduced.partition("</pre>")[0]), names)
    made: Emulator = names["sim"]
    assert [list(made.project(name).state) for name in ("one", "two")] == [["conv_1"], ["conv_2"]]
    assert not made.state


def test_the_ending_of_a_conversation_is_its_transcript_with_what_was_deleted() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO | {"id": "msg_1"}])
    asked(sim, "DELETE", "/conversations/conv_1/items/msg_1")

    assert sim.project("proj_default").endings(["conv_1"]) == [
        "conv_1  0 items\n  x  user  hello  (deleted by request 2)"
    ]
    assert sim.project("proj_default").endings(["conv_1"]) == [sim.transcript("conv_1", deleted=True)]


def test_the_ending_of_a_conversation_that_is_gone_is_what_deleted_it() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    asked(sim, "DELETE", "/conversations/conv_1")

    assert sim.project("proj_default").endings(["conv_1"]) == ["conv_1  deleted by request 2"]


def test_what_never_was_has_no_ending() -> None:
    assert Emulator().project("proj_default").endings(["conv_1"]) == []


def test_only_the_newest_conversations_are_told() -> None:
    sim = Emulator()
    for number in range(22):
        sim.seed(f"conv_{number}")
    sim.conversations.retrieve("conv_0")  # the newest, now

    story = sim.story()
    assert story.startswith("(2 more conversations, touched earlier, not shown)\n\nconv_3  0 items\n\nconv_4  0 items")
    assert "conv_21  0 items\n\nconv_0  0 items\n\n" in story
    assert (
        sim.project("proj_default")
        .endings([f"conv_{number}" for number in range(21)])[0]
        .startswith("(1 more conversation, ")
    )


def test_sessions_of_realtime_take_no_conversations_place() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    for number in range(30):
        sim.journal.frame(0, "proj_default", f"sess_{number}", "client", '{"type": "response.create"}')

    assert sim.story().startswith("conv_1  0 items\n\n11 earlier\n")


def test_a_story_is_work_in_proportion_to_what_happened() -> None:
    def telling(conversations: int) -> int:
        sim = Emulator()
        for _ in range(conversations):
            sim.conversations.create(items=[HELLO])
        return work(sim.story)

    assert telling(800) < 12 * telling(80)


def test_a_fault_that_deleted_nothing_is_not_blamed() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO | {"id": "msg_1"}])
    sim.seed("conv_2", items=[HELLO | {"id": "msg_2"}])
    asked(sim, "DELETE", "/conversations/conv_1/items/msg_1")
    for item in ("msg_1", "msg_2"):
        sim.faults.add(DeleteItem(item))
        asked(sim, "GET", "/conversations/conv_1/items")

    assert sim.project("proj_default").endings(["conv_1"]) == [
        "conv_1  0 items\n  x  user  hello  (deleted by request 3)"
    ]
    assert len(sim.faults.unused) == 2


def test_a_fault_that_deleted_an_item_is_named() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO | {"id": "msg_1"}])
    sim.faults.add(DeleteItem("msg_1"))
    asked(sim, "GET", "/conversations/conv_1/items")

    assert sim.project("proj_default").endings(["conv_1"]) == [
        "conv_1  0 items\n  x  user  hello  (deleted by the fault of request 2)"
    ]


def test_the_story_has_each_conversation_that_was_touched_once_and_then_the_timeline() -> None:
    sim = Emulator()
    sim.seed("conv_2", items=[HELLO])
    sim.seed("conv_1")
    asked(sim, "GET", "/conversations/conv_2")
    asked(sim, "GET", "/conversations/conv_3")
    asked(sim, "DELETE", "/conversations/conv_1")

    assert sim.story() == (
        "conv_2  1 item\n"
        "  0  user  hello\n"
        "\n"
        "conv_1  deleted by request 5\n"
        "\n"
        "     1  seed (direct)  conv_2  200  1 item\n"
        "     2  seed (direct)  conv_1  200\n"
        "     3  conversations.retrieve  conv_2  200\n"
        "     4  conversations.retrieve  conv_3  404 invalid_request_error\n"
        "       Conversation with id 'conv_3' not found.\n"
        "->   5  conversations.delete  conv_1  200"
    )


def test_without_a_key_that_is_accepted_nothing_was_touched() -> None:
    sim = Emulator(api_keys=["sk-a"])
    with client(sim, "sk-b") as http:
        http.get("/conversations/conv_1")

    assert sim.story().startswith("->   1  conversations.retrieve  conv_1  401 invalid_api_key\n")


def test_a_story_of_nothing() -> None:
    assert Emulator().story() == "nothing happened"


# --- timelines -----------------------------------------------------------------------------------------------------


def test_what_another_timeline_deleted_is_not_told() -> None:
    sim = Emulator(ids="sequential")
    sim.conversations.create(items=[HELLO, HELLO])
    before = sim.snapshot()
    sim.conversations.items.delete("msg_1", conversation_id="conv_1")
    assert "deleted by" in sim.transcript("conv_1", deleted=True)
    sim.restore(before)
    sim.conversations.items.delete("msg_2", conversation_id="conv_1")

    assert sim.transcript("conv_1", deleted=True).splitlines() == [
        "conv_1  1 item",
        "  0  user  hello",
        "  x  user  hello  (deleted by direct call 3)",
    ]


def test_what_led_to_a_state_is_told_after_going_back_to_it() -> None:
    sim = Emulator(ids="sequential")
    sim.conversations.create(items=[HELLO, HELLO])
    sim.conversations.items.delete("msg_1", conversation_id="conv_1")
    first = sim.snapshot()
    sim.conversations.delete("conv_1")
    sim.restore(first)
    sim.conversations.items.create("conv_1", items=[HELLO])
    second = sim.snapshot()
    sim.conversations.items.delete("msg_2", conversation_id="conv_1")
    sim.restore(second)

    assert "deleted by direct call 2" in sim.transcript("conv_1", deleted=True)
    assert "deleted by direct call 5" not in sim.transcript("conv_1", deleted=True)


@pytest.mark.parametrize("how", ["another emulator", "a journal that was cleared", "a reset"])
def test_a_state_of_elsewhere_was_led_to_by_nothing(how: str) -> None:
    sim, other = Emulator(ids="sequential"), Emulator(ids="sequential")
    for each in (sim, other):
        each.conversations.create(items=[HELLO, HELLO])
        each.conversations.items.delete("msg_1", conversation_id="conv_1")
    snapshot = (other if how == "another emulator" else sim).snapshot()
    if how == "a journal that was cleared":
        sim.journal.clear()
    elif how == "a reset":
        sim.reset()
    sim.restore(snapshot)

    assert "deleted by" not in sim.transcript("conv_1", deleted=True)


# --- more than anyone reads ----------------------------------------------------------------------------------------


def test_the_report_shows_the_first_and_last_items() -> None:
    sim = Emulator()
    sim.seed("conv_1", [{"role": "user", "content": str(number)} for number in range(30)])
    told = sim.story().split("\n\n")[0].splitlines()

    assert told[0] == "conv_1  30 items"
    assert told[10:12] == ["  9  user  9", "     (10 more)"]
    assert (told[12], told[-1], len(told)) == (" 20  user  20", " 29  user  29", 22)
    assert len(sim.transcript("conv_1").splitlines()) == 31


def test_a_first_call_that_is_refused_has_a_story() -> None:
    sim = Emulator()
    with pytest.raises(BadRequestError):
        sim.seed("conv_1", [{"role": "nobody"}])

    assert sim.story().splitlines()[0].startswith("->   1  seed (direct)  conv_1  400")
    assert "No conversation." in sim.page()


# --- ids and objects -----------------------------------------------------------------------------------------------


def test_a_conversation_without_an_id_gets_one() -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_1")
    made = sim.seed(items=[HELLO], metadata={"a": "1"})

    assert (made.id, made.metadata) == ("conv_2", {"a": "1"})
    assert sim.state[made].items[0].text == "hello"
    assert sim.journal[-1].conversation == "conv_2"
    assert str(sim.journal[-1]) == "  2  seed (direct)  conv_2  200  1 item"


def test_objects_stand_for_their_ids() -> None:
    sim = Emulator()
    conversation: Any = sim.seed("conv_1", [HELLO])
    item: Any = sim.conversations.items.list(conversation).data[0]

    assert sim.transcript(conversation) == sim.transcript("conv_1")
    assert sim.conversations.items.retrieve(item, conversation_id=conversation) == item
    assert sim.conversations.retrieve(conversation) == conversation
