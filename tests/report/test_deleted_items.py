"""The transcript with what was deleted: in its place, with an ``x``, and by what."""

from __future__ import annotations

import httpx2
import pytest

from convsim import Emulator
from convsim.errors import APIStatusError
from convsim.faults import ConnectionReset, Rule, ServerError, TruncatedJSON
from convsim.journal.entries import Entry
from convsim.report.transcript import render_transcript
from tests.asking import CALL, client


def said(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text, "id": f"msg_{text}"} for text in texts]


def arranged(*rules: Rule) -> Emulator:
    """Three items in ``conv_1``, which took one direct call."""
    sim = Emulator(faults=rules)
    sim.seed("conv_1", items=said("a", "b", "c"))
    return sim


def delete(sim: Emulator, item_id: str, conversation_id: str = "conv_1") -> None:
    with client(sim) as http:
        http.delete(f"/conversations/{conversation_id}/items/{item_id}")


def transcript(sim: Emulator, conversation_id: str = "conv_1") -> list[str]:
    return sim.transcript(conversation_id, deleted=True).split("\n")


def test_a_deleted_item_is_marked_in_its_place_by_its_request() -> None:
    sim = arranged()
    delete(sim, "msg_b")

    assert transcript(sim) == [
        "conv_1  2 items",
        "  0  user  a",
        "  x  user  b  (deleted by request 2)",
        "  1  user  c",
    ]


@pytest.mark.parametrize(
    ("item_id", "marks"),
    [("msg_a", "x01"), ("msg_b", "0x1"), ("msg_c", "01x")],
)
def test_the_place_is_that_before_the_deletion(item_id: str, marks: str) -> None:
    sim = arranged()
    delete(sim, item_id)

    assert "".join(line[2] for line in transcript(sim)[1:]) == marks


def test_a_direct_call_is_called_so() -> None:
    sim = arranged()
    sim.conversations.items.delete("msg_b", conversation_id="conv_1")

    assert transcript(sim)[2] == "  x  user  b  (deleted by direct call 2)"


def test_all_items_may_be_gone_and_the_length_counts_those_that_are_there() -> None:
    sim = arranged()
    for item_id in ("msg_c", "msg_a", "msg_b"):
        delete(sim, item_id)

    assert transcript(sim) == [
        "conv_1  0 items",
        "  x  user  a  (deleted by request 3)",
        "  x  user  b  (deleted by request 4)",
        "  x  user  c  (deleted by request 2)",
    ]


def test_the_column_is_as_wide_as_the_widest_speaker_also_of_a_deleted_item() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[*said("a"), CALL | {"id": "fc_1"}])
    delete(sim, "fc_1")

    assert transcript(sim)[1:] == [
        "  0  user           a",
        "  x  function_call  f({})  (deleted by request 2)",
    ]


def test_only_the_long_text_is_cut_and_not_who_deleted_it() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[{"role": "user", "content": "x" * 101, "id": "msg_1"}])
    delete(sim, "msg_1")

    assert transcript(sim)[1] == f"  x  user  {'x' * 97}...  (deleted by request 2)"


def test_without_being_asked_for_deleted_items_do_not_show() -> None:
    sim = arranged()
    delete(sim, "msg_b")

    assert sim.transcript("conv_1") == "conv_1  2 items\n  0  user  a\n  1  user  c"


def test_what_was_deleted_twice_was_deleted_by_the_one_that_found_it() -> None:
    sim = arranged()
    delete(sim, "msg_b")
    delete(sim, "msg_b")

    assert transcript(sim)[2] == "  x  user  b  (deleted by request 2)"


def test_what_was_linked_again_is_there() -> None:
    sim = arranged()
    delete(sim, "msg_b")
    sim.conversations.items.create("conv_1", items=[{"type": "item_reference", "id": "msg_b"}])

    assert transcript(sim) == ["conv_1  3 items", "  0  user  a", "  1  user  c", "  2  user  b"]


def test_what_was_linked_again_and_deleted_again_was_deleted_by_the_last() -> None:
    sim = arranged()
    delete(sim, "msg_b")
    sim.conversations.items.create("conv_1", items=[{"type": "item_reference", "id": "msg_b"}])
    delete(sim, "msg_b")

    assert transcript(sim)[2] == "  x  user  b  (deleted by request 4)"


def test_an_item_that_stood_twice_is_marked_once() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[*said("a", "b"), *said("a")])
    delete(sim, "msg_a")

    assert transcript(sim) == ["conv_1  1 item", "  x  user  a  (deleted by request 2)", "  0  user  b"]


def test_an_item_deleted_here_is_still_there_elsewhere() -> None:
    sim = arranged()
    sim.seed("conv_2", items=[{"type": "item_reference", "id": "msg_b"}])
    delete(sim, "msg_b", "conv_2")

    assert transcript(sim) == ["conv_1  3 items", "  0  user  a", "  1  user  b", "  2  user  c"]
    assert transcript(sim, "conv_2") == ["conv_2  0 items", "  x  user  b  (deleted by request 3)"]


LOST = [
    pytest.param(ConnectionReset(), id="reset"),
    pytest.param(ServerError(), id="server error"),
    pytest.param(TruncatedJSON(), id="truncated"),
]


@pytest.mark.parametrize("fault", LOST)
def test_a_client_that_lost_the_answer_deleted_the_item_nevertheless(fault: ConnectionReset | ServerError) -> None:
    sim = arranged(Rule(fault, on="conversations.items.delete", after_commit=True))
    try:
        delete(sim, "msg_b")
    except httpx2.ReadError:
        assert isinstance(fault, ConnectionReset)

    assert transcript(sim)[2] == "  x  user  b  (deleted by request 2)"


def test_a_fault_before_the_commit_deleted_nothing() -> None:
    sim = arranged(Rule(ServerError(), on="conversations.items.delete"))
    delete(sim, "msg_b")

    assert transcript(sim) == ["conv_1  3 items", "  0  user  a", "  1  user  b", "  2  user  c"]


def test_a_refusal_that_got_lost_deleted_nothing() -> None:
    sim = arranged(Rule(ServerError(), on="conversations.items.delete", after_commit=True))
    sim.seed("conv_2")
    delete(sim, "msg_b", "conv_2")

    assert transcript(sim, "conv_2") == ["conv_2  0 items"]


def test_a_refusal_that_got_lost_is_not_who_deleted_it() -> None:
    sim = arranged(Rule(ServerError(), on="conversations.items.delete", after_commit=True, skip=1))
    delete(sim, "msg_b")
    delete(sim, "msg_b")

    assert transcript(sim)[2] == "  x  user  b  (deleted by request 2)"


def test_a_refused_direct_call_deleted_nothing() -> None:
    sim = arranged()
    sim.seed("conv_2")
    with pytest.raises(APIStatusError):
        sim.conversations.items.delete("msg_b", conversation_id="conv_2")

    assert transcript(sim, "conv_2") == ["conv_2  0 items"]


def test_a_deletion_in_another_project_is_none_here() -> None:
    sim = Emulator(api_keys={"sk-a": "one", "sk-b": "two"})
    sim.project("one").seed("conv_1", items=said("a"))
    sim.project("two").seed("conv_1")
    sim.project("two").seed("conv_2", items=said("a"))
    sim.project("one").conversations.items.delete("msg_a", conversation_id="conv_1")

    assert sim.project("two").transcript("conv_1", deleted=True) == "conv_1  0 items"


def test_the_pure_function_marks_what_it_is_told() -> None:
    shown = render_transcript(arranged().state["conv_1"], {"msg_a": "gone since Monday", "msg_z": "never there"})

    assert shown == "conv_1  2 items\n  x  user  a  (gone since Monday)\n  0  user  b\n  1  user  c"


def test_a_conversation_is_told_as_it_was_read_although_a_thread_resets_the_emulator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sim = arranged()
    delete(sim, "msg_b")
    deletions = sim.journal.select()

    def select(**_: object) -> list[Entry]:
        sim.reset()  # between the reading of the conversation and that of its items
        return deletions

    monkeypatch.setattr(sim.journal, "select", select)
    assert [line.split()[-1] for line in transcript(sim)[1:]] == ["a", "c"]
