"""Faults of Realtime events, and the names of all events, compared with those that sessions take and send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim import Behavior
from convsim.errors import UsageError
from convsim.faults import CloseConnection, DropEvent, FailResponse, GarbleEvent, RefuseEvent, StallStream
from convsim.faults.events import CLIENT_EVENTS, SERVER_EVENTS, STREAM_EVENTS, EventFault
from convsim.http.messages import Close, Frame, TransportFault
from convsim.realtime import Call as RealtimeCall
from convsim.realtime import Session, Speech, events
from convsim.realtime import Text as RealtimeText
from convsim.realtime.fields import Dialect
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Text
from tests.realtime.talking import DIALECTS, parsed, user
from tests.responses.home import begun, says, streamed, told

# --- the names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_events_of_a_client_are_those_that_a_session_takes(dialect: Dialect) -> None:
    rows = events.CLIENT_EVENTS.values()
    models = [(row.name, row.model if dialect == "ga" else row.beta_model) for row in rows]
    assert tuple(name for name, model in models if model not in (None, events.NotEmulated)) == CLIENT_EVENTS


def sent(dialect: Dialect) -> set[str]:
    """The types of all events of a session that is asked for everything, and at last for what it refuses."""
    session = Session(dialect=dialect, behavior=Behavior(realtime_conversation_created=True))

    def send(kind: str, **members: Any) -> None:
        session.receive(json.dumps({"type": kind, **members}))

    speech = session.add(Speech(bytes(4800), "Oh"))
    send("session.update", session={"type": "realtime"} if dialect == "ga" else {"voice": "alloy"})
    send("input_audio_buffer.append", audio="AAAA" * 2000)
    send("input_audio_buffer.commit")
    send("input_audio_buffer.clear")
    send("conversation.item.create", item=user(id="item_a"))
    send("conversation.item.retrieve", item_id="item_a")
    send("conversation.item.truncate", item_id=speech, content_index=0, audio_end_ms=50)
    send("conversation.item.delete", item_id="item_a")
    session.script(RealtimeText("Hi"), Speech(bytes(4800), "Oh"), RealtimeCall("f"))
    send("response.create")
    kinds = {event["type"] for event in parsed(session.events_to_send())}
    assert "error" not in kinds
    send("response.cancel")
    return kinds | {event["type"] for event in parsed(session.events_to_send())}


def test_the_events_of_the_service_are_those_that_sessions_send() -> None:
    assert set(SERVER_EVENTS) == sent("ga") | sent("beta")


def test_what_comes_instead_of_an_event() -> None:
    assert FailResponse("c", "m", type="t", param="p").instead() == Failure("c", "m", type="t", param="p")
    assert StallStream().instead() == TransportFault("read_timeout")
    assert CloseConnection(1011, "why").instead() == Close(1011, "why")
    assert GarbleEvent("oh").instead() == Frame("oh")
    assert DropEvent().instead() is None


HTTP = {"type": "http_error", "code": 500, "message": "no"}
ITEMS: list[Any] = [
    {"type": "mcp_call", "server_label": "dice", "name": "roll", "arguments": "{}", "output": "6"},
    {"type": "mcp_call", "server_label": "dice", "name": "roll", "arguments": "{}", "error": HTTP},
    {"type": "mcp_list_tools", "server_label": "dice", "tools": [{"name": "roll", "input_schema": {}}]},
    {"type": "mcp_list_tools", "server_label": "dice", "tools": [], "error": "no"},
    {"type": "code_interpreter_call", "status": "completed", "code": "1", "container_id": "cntr_1", "outputs": None},
    {"type": "file_search_call", "status": "completed", "queries": ["q"]},
    {"type": "web_search_call", "status": "completed", "action": {"type": "search", "queries": ["q"], "query": "q"}},
    {"type": "image_generation_call", "status": "completed", "result": "aGk="},
    {"type": "shell_call", "action": {"commands": ["ls"]}, "environment": {"type": "local"}},
    {
        "type": "shell_call_output",
        "call_id": "call_1",
        "output": [{"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "a"}],
    },
    {
        "type": "apply_patch_call",
        "status": "completed",
        "operation": {"type": "create_file", "diff": "+a", "path": "a.md"},
    },
    {"type": "custom_tool_call", "name": "f", "input": "x"},
    {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]},
]
CITED = Text("Paris.", annotations=[{"type": "file_citation", "file_id": "file_1", "filename": "a", "index": 0}])


def test_the_events_of_streams_are_those_that_responses_tell() -> None:
    turns = [*([item] for item in ITEMS), [CITED], [Refusal("No.")], [Call("f", {})], [Reasoning("Hm.")]]
    heard = {event["type"] for replies in turns for event in streamed(says(*replies))}
    heard |= {event["type"] for event in streamed(says("Hi", status="incomplete", reason="max_output_tokens"))}
    heard |= {event["type"] for event in streamed(says(Failure("server_error", "Oh.")))}
    heard |= {event["type"] for event in told(begun(says("Hi"), background=True, stream=True))}
    assert heard == set(STREAM_EVENTS)


def test_each_event_has_one_name_and_one_side() -> None:
    assert len({*CLIENT_EVENTS, *SERVER_EVENTS}) == len(CLIENT_EVENTS) + len(SERVER_EVENTS)
    assert len(set(STREAM_EVENTS)) == len(STREAM_EVENTS)
    assert not set(STREAM_EVENTS) & set(CLIENT_EVENTS)


# --- the faults ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "targets"),
    [
        (RefuseEvent(), ("client event",)),
        (DropEvent(), ("server event", "stream event")),
        (GarbleEvent(), ("server event", "stream event")),
        (CloseConnection(), ("client event", "server event", "stream event")),
        (StallStream(), ("stream event",)),
        (FailResponse(), ("stream event",)),
    ],
    ids=repr,
)
def test_a_fault_of_events_happens_to_no_operation(fault: EventFault, targets: tuple[str, ...]) -> None:
    assert isinstance(fault, EventFault)
    assert fault.targets == targets


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\ud800", b"x", None], ids=ascii)
def test_what_comes_instead_of_an_event_is_a_line_of_text(text: Any) -> None:
    with pytest.raises(UsageError) as caught:
        GarbleEvent(text)
    assert str(caught.value) == f"GarbleEvent(text={text!r}): write one line of text that UTF-8 can carry"


@pytest.mark.parametrize("code", [1000, 1003, 1006, 1007, 1014, 3000, 4999])
def test_a_connection_may_end_with_what_a_close_frame_carries_or_without_one(code: int) -> None:
    assert CloseConnection(code).code == code


@pytest.mark.parametrize("code", [999, 1004, 1005, 1015, 2999, 5000, -1, True, 1000.0, "1000", None])
def test_another_code_is_refused(code: Any) -> None:
    with pytest.raises(UsageError) as caught:
        CloseConnection(code)
    assert str(caught.value) == (
        f"CloseConnection(code={code!r}): write 1006, for a connection that is lost without a close frame, or a code"
        " of a close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999"
    )


@pytest.mark.parametrize("reason", ["x" * 123, "\u00e9" * 61, "\U0001f600" * 30, ""])
def test_a_reason_has_the_length_of_a_close_frame(reason: str) -> None:
    assert CloseConnection(4000, reason).reason == reason


@pytest.mark.parametrize("reason", ["x" * 124, "\u00e9" * 62, "\ud800", b"bye", None])
def test_a_reason_that_no_close_frame_carries_is_refused(reason: Any) -> None:
    with pytest.raises(UsageError) as caught:
        CloseConnection(1001, reason)
    assert str(caught.value) == (
        f"CloseConnection(1001, reason={reason!r}): write a string of at most 123 bytes of UTF-8, as in a close frame"
    )


def test_a_connection_that_is_lost_gives_no_reason() -> None:
    with pytest.raises(UsageError) as caught:
        CloseConnection(reason="bye")
    assert str(caught.value) == (
        "CloseConnection(1006, reason='bye'): a lost connection has no close frame; leave the reason out, or write"
        " another code"
    )


@pytest.mark.parametrize("wrong", [5, b"x", "\udfff"], ids=ascii)
@pytest.mark.parametrize(
    ("name", "words"), [("code", ", or None"), ("message", ""), ("param", ", or None"), ("type", "")]
)
def test_what_an_error_says_is_text(name: str, words: str, wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        RefuseEvent(**{name: wrong})
    assert str(caught.value) == f"RefuseEvent({name}={wrong!r}): write a string that UTF-8 can carry{words}"


@pytest.mark.parametrize("wrong", [5, b"x", "\udfff"], ids=ascii)
@pytest.mark.parametrize(
    ("name", "words"), [("code", ""), ("message", ""), ("type", ", or None"), ("param", ", or None")]
)
def test_what_a_failed_response_says_is_text(name: str, words: str, wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        FailResponse(**{name: wrong})
    assert str(caught.value) == f"FailResponse({name}={wrong!r}): write a string that UTF-8 can carry{words}"


@pytest.mark.parametrize("name", ["message", "type"])
def test_what_an_error_always_says_is_not_left_out(name: str) -> None:
    nothing: Any = None
    with pytest.raises(UsageError, match=f"{name}=None"):
        RefuseEvent(**{name: nothing})


@pytest.mark.parametrize("echo", [1, 0, "always"])
def test_an_echo_is_there_or_not_or_follows_the_rules(echo: Any) -> None:
    assert [RefuseEvent(echo=given).echo for given in (True, False, None)] == [True, False, None]
    with pytest.raises(UsageError) as caught:
        RefuseEvent(echo=echo)
    assert str(caught.value) == f"RefuseEvent(echo={echo!r}): write True, False, or None to follow the rules"
