"""The story of an emulator: the touched conversations and Realtime sessions, the timeline, and refused requests."""

from __future__ import annotations

from html import unescape
from typing import Any

import httpx
import httpx2
import openai
import pytest

from convsim import Emulator, RefusedError, UsageError
from convsim.faults import CloseConnection, RateLimited
from convsim.realtime import Call, Speech
from tests.realtime.talking import output, user
from tests.report.pages import read_page


def create(item: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": item, **members}


def a_day() -> tuple[Emulator, str]:
    """One conversation, and one session of four items of which one was refused."""
    sim = Emulator(ids="sequential")
    sim.conversations.create(items=[{"role": "user", "content": "What is in the box?"}])
    connection = sim.realtime.connect()
    session = connection.session
    connection.send(create(user("Hello.", id="item_hello")))
    item_id = session.add(Call("look", "{}"))
    (call_id,) = [item["call_id"] for item in session.items if item["id"] == item_id]
    connection.send(create(output(call_id, id="item_output")))
    connection.send(create(output("call_other", id="item_lost")))
    session.add(Speech(b"\x00" * 4800, "A <cat>."))
    connection.events()
    return sim, connection.id


def test_the_story_has_conversations_sessions_and_the_timeline() -> None:
    sim, session_id = a_day()
    conversation, session, timeline = sim.story().split("\n\n")

    assert conversation == "conv_1  1 item\n  0  user  What is in the box?"
    head, *lines = session.split("\n")
    assert head == f"{session_id}  4 items"
    assert [line.split()[0] for line in lines] == ["0", "1", "2", "3"]
    assert [line.split()[2] for line in lines] == ["user", "function_call", "function_call_output", "assistant"]
    assert lines[0].endswith("Hello.")
    assert lines[1].endswith("look({})")
    assert lines[3].endswith("A <cat>.")
    assert "Tool call ID 'call_other' not found in conversation." in timeline
    assert timeline.count(session_id) >= 10


def test_the_newest_twenty_sessions_are_told() -> None:
    sim = Emulator()
    ids = [sim.realtime.connect().id for _ in range(21)]
    more, *told, timeline = sim.story().split("\n\n")
    assert more == "(1 more Realtime session, opened earlier, not shown)"
    assert told == [f"{session_id}  0 items" for session_id in ids[1:]]
    assert timeline == "nothing happened"

    sim.realtime.connect()
    assert sim.story().startswith("(2 more Realtime sessions, opened earlier, not shown)")


def test_the_page_has_them_too() -> None:
    sim, session_id = a_day()
    page = sim.page("a title")
    conversations = page.partition('<section class="conversations">')[2].partition("</section>")[0]
    assert conversations.count("<article") == 2
    assert f"<dt>{session_id}</dt>" in conversations
    assert "<p>A &lt;cat&gt;.</p>" in conversations
    assert 'title="item_hello"' in conversations
    assert "conversation.item.create" in unescape(page.partition('<section class="wire">')[2])


def test_requests_that_reached_no_operation_are_told_once_each() -> None:
    sim = Emulator(other_hosts={"*.example.org": "offline"})
    with sim.patch():
        for _ in range(2):
            with pytest.raises(RefusedError):
                httpx2.post("https://api.openai.com/v1/chat/completions", json={})
            with pytest.raises(httpx2.ConnectError):
                httpx2.get("https://prices.example.org/list")
        with pytest.raises(RefusedError):
            httpx.get("https://elsewhere.example/")
        with pytest.raises(RefusedError):
            sim.responses.create(model="gpt-5.5", input="Is it: 42?")
    assert sim.story().split("\n") == [
        "  refused  POST /v1/chat/completions was not answered",
        "  refused  GET https://elsewhere.example/ was not sent",
        "  refused  No script answers this turn of 'gpt-5.5' that names no conversation, whose user says 'Is it: 42?'.",
        "  offline  GET https://prices.example.org/list",
    ]
    assert read_page(sim.page()).one("pre", "outside").text == sim.story()
    sim.seed("conv_1")
    assert sim.story().split("\n")[2:5] == [
        "->   1  seed (direct)  conv_1  200",
        "  refused  POST /v1/chat/completions was not answered",
        "  refused  GET https://elsewhere.example/ was not sent",
    ]


def test_the_newest_twenty_of_them_are_told() -> None:
    sim = Emulator()
    with sim.patch():
        for number in range(22):
            with pytest.raises(RefusedError):
                httpx2.get(f"https://api.openai.com/v1/models/{number}")
    earlier, *lines = sim.story().split("\n")
    assert (earlier, len(lines)) == ("2 earlier", 20)
    assert lines[0] == "  refused  GET /v1/models/2 was not answered"


def test_faults_and_replies_that_nothing_met_are_told() -> None:
    sim = Emulator()
    sim.faults.add(CloseConnection())
    sim.faults.add(RateLimited(), on="conversations.create")
    with pytest.raises(openai.RateLimitError):
        sim.openai(max_retries=0).conversations.create()
    sim.responses.script("Paris.")
    *_, of_faults, of_replies = sim.story().split("\n")
    assert of_faults == (
        "  unused  CloseConnection(code=1006, reason='') on conversation.item.create: it never happened; no events"
        " could have hit it."
    )
    assert of_replies == f"  unused  {sim.unused_scripts[0]}"


def test_an_emulator_without_sessions_has_no_word_of_them() -> None:
    sim = Emulator()
    assert sim.story() == "nothing happened"
    assert "<p>No conversation.</p>" in sim.page()


def test_a_session_is_told_and_compared_by_its_id() -> None:
    sim, session_id = a_day()
    lines = sim.transcript(session_id).split("\n")
    assert lines[0] == f"{session_id}  4 items"
    assert lines[1].split() == ["0", "item_hello", "user", "Hello."]

    calls = [("function_call", "look({})"), ("function_call_output", "42"), ("assistant", "A <cat>.")]
    sim.assert_items(session_id, [("user", "Hello."), *calls])
    with pytest.raises(AssertionError) as caught:
        sim.assert_items(session_id, calls)
    assert str(caught.value).startswith(f"{session_id} holds other items:\n")
    with pytest.raises(UsageError, match=r"^transcript\('sess_none'\): no such conversation; there are 'conv_1'"):
        sim.transcript("sess_none")
    with pytest.raises(UsageError, match=r"^assert_items\('sess_none', \.\.\.\): no such conversation"):
        sim.assert_items("sess_none", [])
