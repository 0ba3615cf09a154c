"""Faults of the events of Realtime sessions and of streams."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.faults import CloseConnection, DropEvent, FailResponse, GarbleEvent, RefuseEvent, StallStream
from convsim.faults.events import EventFault
from convsim.http.messages import Close, Frame, TransportFault
from convsim.responses.vocabulary import Failure


def test_what_comes_instead_of_an_event() -> None:
    assert FailResponse("c", "m", type="t", param="p").instead() == Failure("c", "m", type="t", param="p")
    assert StallStream().instead() == TransportFault("read_timeout")
    assert CloseConnection(1011, "why").instead() == Close(1011, "why")
    assert GarbleEvent("oh").instead() == Frame("oh")
    assert DropEvent().instead() is None


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
