from __future__ import annotations

import pytest

from convsim import Emulator
from convsim.report.timeline import render_timeline
from tests.asking import ATTEMPT, HELLO, client
from tests.report.scenes import eventful


def asked(times: int) -> Emulator:
    """A conversation that was retrieved so often."""
    sim = Emulator()
    with client(sim) as http:
        sim.seed("conv_1")
        for _ in range(times):
            http.get("/conversations/conv_1")
    return sim


def test_nothing_happened() -> None:
    assert render_timeline(()) == "nothing happened"


def test_each_entry_is_a_line_and_an_arrow_marks_the_newest() -> None:
    assert render_timeline(tuple(asked(1).journal)) == (
        "     1  seed (direct)  conv_1  200\n->   2  conversations.retrieve  conv_1  200"
    )


def test_a_refusal_is_followed_by_its_sentence() -> None:
    sim = asked(0)
    with client(sim) as http:
        http.get("/conversations/conv_2")

    assert render_timeline(tuple(sim.journal)).split("\n")[1:] == [
        "->   2  conversations.retrieve  conv_2  404 invalid_request_error",
        "       Conversation with id 'conv_2' not found.",
    ]


def test_a_sentence_of_several_lines_is_one_line_of_at_most_160_characters() -> None:
    sim = Emulator()
    with client(sim) as http:
        http.get(f"/conversations/{'x%0A' * 200}")
    sentence = render_timeline(tuple(sim.journal)).split("\n")[-1].strip()

    assert len(sentence) == 160
    assert sentence.endswith("...")


@pytest.mark.parametrize(
    ("length", "first"), [(20, "     1  seed (direct)  conv_1  200"), (21, "1 earlier"), (30, "10 earlier")]
)
def test_what_is_not_shown_is_counted(length: int, first: str) -> None:
    lines = render_timeline(tuple(asked(length - 1).journal)).split("\n")

    assert lines[0] == first
    assert lines[-1] == f"->  {length:>2}  conversations.retrieve  conv_1  200"
    assert len(lines) == min(length, 21)


def test_how_many_are_shown_may_be_said() -> None:
    assert render_timeline(tuple(asked(4).journal), 2).split("\n") == [
        "3 earlier",
        "     4  conversations.retrieve  conv_1  200",
        "->   5  conversations.retrieve  conv_1  200",
    ]


@pytest.mark.parametrize(("more", "cut"), [(0, False), (1, True)], ids=["a full line", "more than a line"])
def test_a_long_line_is_cut(more: int, cut: bool) -> None:
    sim = Emulator()
    plain = len("  1  GET /v1/  404 invalid_request_error")
    with client(sim) as http:
        http.get(f"/{'x' * (160 - plain + more)}")
    line = render_timeline(tuple(sim.journal)).split("\n")[0]

    assert len(line.removeprefix("-> ")) == 160
    assert line.endswith("...") is cut


def test_a_retry_is_called_so() -> None:
    sim = Emulator()
    with client(sim, **{ATTEMPT: "2"}) as http:
        http.post("/conversations", json={"items": [HELLO]})

    assert "conversations.create (retry 2)" in render_timeline(tuple(sim.journal))


def test_whatever_happened_has_one_line_and_perhaps_a_sentence() -> None:
    sim = eventful()
    lines = render_timeline(tuple(sim.journal), 100).split("\n")
    numbered = [line for line in lines if line[3:6].strip().isdigit()]

    assert [int(line[3:6]) for line in numbered] == [entry.number for entry in sim.journal]
    assert [line for line in lines if line.startswith("->")] == [numbered[-1]]
    assert all(line.startswith("       ") for line in lines if line not in numbered)
    assert len(lines) - len(numbered) == sum("message" in (entry.error or {}) for entry in sim.journal)


def test_an_items_own_error_is_no_refusal() -> None:
    sim = Emulator()
    failed = {"type": "mcp_tool_execution_error", "content": []}
    call = {"type": "mcp_call", "id": "mcp_1", "name": "f", "arguments": "{}", "server_label": "s", "error": failed}
    sim.seed("conv_1", items=[call])
    with client(sim) as http:
        http.get("/conversations/conv_1/items/mcp_1")

    assert render_timeline(tuple(sim.journal)).split("\n")[-1] == (
        "->   2  conversations.items.retrieve  conv_1  mcp_1  200  1 item"
    )


@pytest.mark.parametrize("wrong", [5, ["x"], {"a": 1}, None], ids=str)
def test_a_direct_call_with_an_id_that_is_no_text_has_a_line(wrong: object) -> None:
    sim = Emulator()
    with pytest.raises(Exception, match=r"expected a string"):
        sim.conversations.retrieve(wrong)  # type: ignore[arg-type]

    assert "conversations.retrieve (direct)" in sim.story()


def test_the_sentence_of_an_error_event_follows_it() -> None:
    sim = Emulator()
    sim.journal.frame(0, None, "sess_1", "client", '{"type": "conversation.item.delete", "item_id": "item_1"}')
    sim.journal.frame(0, None, "sess_1", "server", '{"type": "error", "error": {"code": "c", "message": "No\\nitem."}}')

    assert render_timeline(tuple(sim.journal)).split("\n") == [
        "     1  > conversation.item.delete  sess_1  item_1",
        "->   2  < error  sess_1  c",
        "       No item.",
    ]


@pytest.mark.parametrize("error", ["{}", '{"message": null}'])
def test_an_error_without_a_sentence_is_its_line(error: str) -> None:
    sim = Emulator()
    sim.journal.frame(0, None, "sess_1", "server", f'{{"type": "error", "error": {error}}}')

    assert render_timeline(tuple(sim.journal)) == "->   1  < error  sess_1"


def test_control_characters_are_visible() -> None:
    sim = Emulator()
    with client(sim) as http:
        http.get("/conversations/conv_%1B%5B2J%00%C2%9B")
    text = render_timeline(tuple(sim.journal))

    assert text.startswith("->   1  conversations.retrieve  conv_\\x1b[2J\\x00\\x9b  400 ")
    assert text.replace("\n", "").isprintable()
