from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.errors import BadRequestError, UnscriptedTurnError, UsageError, missing_key, wrong_key
from convsim.realtime import Call, Close, Frame, Ping, Session, Speech, Text
from convsim.realtime.fields import Dialect
from convsim.responses.vocabulary import Refusal
from tests.realtime.talking import DIALECTS, Client, call, output, parsed, types, user


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_session_begins_with_its_own_event_and_no_other(dialect: Dialect) -> None:
    session = Session(dialect=dialect)

    assert types(parsed(session.events_to_send())) == ["session.created"]
    assert session.events_to_send() == []
    assert not session.closed
    assert (session.order, session.items) == ((), ())


def test_conversation_created_follows_when_it_is_switched_on() -> None:
    session = Session(behavior=Behavior(realtime_conversation_created=True))
    _, created = parsed(session.events_to_send())

    assert list(created) == ["type", "event_id", "conversation"]
    assert created["conversation"]["object"] == "realtime.conversation"
    assert created["conversation"]["id"].startswith("conv_")


def test_another_dialect_is_refused() -> None:
    with pytest.raises(UsageError, match="write 'ga' or 'beta'"):
        Session(dialect="alpha")  # type: ignore[arg-type]


def test_equal_sessions_say_equal_things() -> None:
    def told() -> list[Any]:
        session = Session(seed=3, scope="a")
        session.script(Text("Hello there"), Call("f"))
        session.receive(json.dumps({"type": "conversation.item.create", "item": user()}))
        session.receive('{"type":"response.create"}')
        session.receive("{")
        return list(session.events_to_send())

    assert told() == told()


def test_sessions_of_another_seed_or_scope_have_other_ids() -> None:
    options: list[dict[str, Any]] = [{}, {"seed": 1}, {"scope": "a"}, {"seed": 1, "scope": "a"}]

    assert len({Session(**given).configuration["id"] for given in options}) == 4
    assert Session().configuration == Session(seed=0, scope="").configuration


def test_ids_carry_the_clock() -> None:
    clock = Clock(1_756_322_824)
    client = Client(clock=clock)
    assert client.create(user())[0]["item"]["id"].startswith("item_C9G5Q")

    clock.advance(1)
    assert client.create(user())[0]["item"]["id"].startswith("item_C9G5R")


@pytest.mark.parametrize(
    ("refusal", "code", "reason"),
    [
        (wrong_key("sk-x"), "invalid_api_key", "invalid_request_error.invalid_api_key"),
        (missing_key(), None, "invalid_request_error"),
    ],
)
def test_a_refused_connection_has_an_error_and_a_close(refusal: Any, code: str | None, reason: str) -> None:
    session = Session(refusal=refusal)
    error, close = session.events_to_send()

    assert isinstance(error, Frame)
    assert json.loads(error.text)["error"]["code"] == code
    assert close == Close(3000, reason)


def test_any_other_refused_connection_is_closed_with_4000() -> None:
    session = Session(refusal=BadRequestError("no", code="invalid_model"))

    assert session.events_to_send()[1] == Close(4000, "invalid_request_error.invalid_model")


def test_nothing_is_taken_after_a_close() -> None:
    session = Session()
    session.drop(1012, "restart", delay=0.5)
    session.receive(json.dumps({"type": "conversation.item.create", "item": user()}))
    session.ping()

    assert session.closed
    assert session.events_to_send()[1:] == [Close(1012, "restart", 0.5)]
    assert session.order == ()


@pytest.mark.parametrize(
    "close",
    [
        lambda session: session.drop(),
        lambda session: session.expire(),
        lambda session: session.close(),
    ],
    ids=["dropped", "expired", "closed by the client"],
)
def test_however_it_closes_nothing_is_taken_afterwards(close: Callable[[Session], None]) -> None:
    session = Session()
    session.receive(json.dumps({"type": "conversation.item.create", "item": user(id="one")}))
    close(session)
    session.events_to_send()
    session.receive(json.dumps({"type": "conversation.item.create", "item": user(id="two")}))
    session.receive(json.dumps({"type": "conversation.item.delete", "item_id": "one"}))

    assert (session.order, session.events_to_send()) == (("one",), [])


def test_a_connection_is_lost_without_a_close_frame_by_default() -> None:
    session = Session()
    session.drop()

    assert session.events_to_send()[-1] == Close(1006)


def test_a_ping_stands_between_the_frames() -> None:
    session = Session()
    session.ping(b"x", delay=20.26)
    session.add(Text("x"))

    assert [type(sent) for sent in session.events_to_send()] == [Frame, Ping, Frame, Frame]


@pytest.mark.parametrize(
    "reply",
    [
        Text("x"),
        Speech(b"\0\0", "x"),
        Call("f"),
        call(),
        user(role="assistant", content=[{"type": "output_text", "text": "x"}]),
    ],
)
def test_what_the_model_says_is_in_progress_and_then_done(reply: Any) -> None:
    client = Client()
    client.create(user(id="a"))
    item_id = client.session.add(reply)
    added, done = client.frames()

    assert types([added, done]) == ["conversation.item.added", "conversation.item.done"]
    assert added["previous_item_id"] == done["previous_item_id"] == "a"
    assert (added["item"]["status"], done["item"]["status"]) == ("in_progress", "completed")
    assert list(added["item"]) == list(done["item"])
    assert added["item"].get("content", []) == []
    assert client.session.order == ("a", item_id)
    assert client.session.items[1] == done["item"]


def test_in_beta_what_the_model_says_is_created_in_progress_and_kept_completed() -> None:
    client = Client("beta")
    client.session.add(Text("x"))
    (created,) = client.frames()

    assert created["type"] == "conversation.item.created"
    assert created["item"]["status"] == "in_progress"
    assert client.session.items[0]["status"] == "completed"


def test_an_item_can_be_added_as_a_client_would_write_it() -> None:
    session = Session()
    session.events_to_send()
    item_id = session.add(user(id="a"), delay=1.0)
    session.add(output("of a call that was pruned"))
    first, *rest = session.events_to_send()

    assert item_id == "a"
    assert isinstance(first, Frame)
    assert first.delay == 1.0
    assert len(rest) == 3


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({"type": "text"}, "Invalid value: 'text'"),
        ({"type": "item_reference", "id": "a"}, "does not emulate"),
        (user(id="here"), "already exists"),
        (5, r"write a string, Text\(\.\.\.\)"),
        (Refusal("No."), "Refusal is for the Responses API"),
        ({"type": "message", "content": object()}, "JSON cannot carry it"),
        (user("half \ud800"), "JSON cannot carry it"),
    ],
)
def test_an_item_that_no_client_could_send_cannot_be_added(item: Any, why: str) -> None:
    session = Session()
    session.add(user(id="here"))

    with pytest.raises(UsageError, match=rf"session\.add\(.*{why}"):
        session.add(item, delay=9.0)
    session.ping()
    assert session.events_to_send()[-1] == Ping()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"message": 5}, "session.error(message=5): write a string that UTF-8 can carry"),
        ({"message": "\ud800"}, "session.error(message='\\ud800'): write a string that UTF-8 can carry"),
        ({"message": "x", "type": None}, "session.error(type=None): write a string that UTF-8 can carry"),
        ({"message": "x", "code": 1}, "session.error(code=1): write a string that UTF-8 can carry, or None"),
        (
            {"message": "x", "event_id": b"e"},
            "session.error(event_id=b'e'): write a string that UTF-8 can carry, or None",
        ),
    ],
)
def test_what_an_error_cannot_say_is_refused_where_it_is_given(options: dict[str, Any], words: str) -> None:
    session = Session()
    session.events_to_send()
    with pytest.raises(UsageError) as caught:
        session.error(**options, delay=9.0)
    assert str(caught.value) == words
    session.ping()
    assert session.events_to_send() == [Ping()]


def test_a_string_may_be_added() -> None:
    session = Session()
    session.add("Hello")
    assert session.items[0]["content"] == [{"type": "output_text", "text": "Hello"}]


def test_a_model_is_a_string() -> None:
    wrong: Any = 5
    with pytest.raises(UsageError, match=r"^Session\(model=5\): write a string"):
        Session(model=wrong)


def test_items_are_copies_in_order() -> None:
    client = Client()
    client.create(user(id="a"))
    client.create(user("first", id="b"), previous_item_id="root")
    client.session.items[0]["content"].clear()

    assert [item["id"] for item in client.session.items] == ["b", "a"]
    assert client.session.items[0]["content"] == [{"type": "input_text", "text": "first"}]


def test_the_first_events_may_stay_for_the_next_call() -> None:
    session = Session()
    session.ping(b"a")
    assert session.events_to_send(1) == [Ping(b"a")]
    assert [type(sent) for sent in session.events_to_send()] == [Frame]


def test_the_input_buffer_is_cleared() -> None:
    client = Client()
    client.send("input_audio_buffer.append", audio="A" * 6400)
    (cleared,) = client.send("input_audio_buffer.clear")

    assert list(cleared) == ["type", "event_id"]
    assert cleared["type"] == "input_audio_buffer.cleared"
    assert client.refused("input_audio_buffer.commit")["code"] == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize("delay", [-1, 86_401, float("inf"), float("nan"), "1", None])
def test_a_delay_is_seconds(delay: Any) -> None:
    client = Client()
    for late in (
        lambda: client.session.add(Text("hi"), delay=delay),
        lambda: client.session.script(Text("hi"), delay=delay),
        lambda: client.session.expire(delay=delay),
        lambda: client.session.drop(delay=delay),
        lambda: client.session.ping(delay=delay),
        lambda: client.session.error("No.", delay=delay),
    ):
        with pytest.raises(UsageError, match=r"delay=.+: write seconds, 0 to 86400, which is a day$"):
            late()
    assert client.frames() == []
    assert not client.session.closed


def test_an_error_by_the_test_s_hand_changes_nothing() -> None:
    client = Client()
    client.create(user(id="a"))
    client.session.error("No.", code="teapot", param="item", type="invalid_request_error", event_id="mine", delay=1.5)
    client.session.error("The server had an error.")
    late, plain = client.session.events_to_send()

    assert (late.delay, plain.delay) == (1.5, 0)
    first, second = parsed([late, plain])
    assert first["error"] == {
        "type": "invalid_request_error",
        "code": "teapot",
        "message": "No.",
        "param": "item",
        "event_id": "mine",
    }
    assert list(second["error"].values()) == ["server_error", None, "The server had an error.", None, None]
    assert client.session.order == ("a",)


def test_an_event_that_was_read_has_changed_nothing_until_it_is_carried_out() -> None:
    client = Client()
    messages = (
        {"type": "conversation.item.create", "item": user(id="a"), "event_id": "one"},
        {"type": "conversation.item.delete", "item_id": "a"},
        {"type": "conversation.item.delete", "event_id": "breaks the schema"},
        {"type": "nothing"},
    )
    kept = [event for message in messages if (event := client.session.read(json.dumps(message)))]
    assert [event.type for event in kept] == ["conversation.item.create", "conversation.item.delete"]
    assert client.session.order == ()
    assert types(client.frames()) == ["error", "error"]

    for event in kept:
        client.session.carry_out(event)
    assert types(client.frames()) == ["conversation.item.added", "conversation.item.done", "conversation.item.deleted"]


def test_who_holds_the_lock_sees_nothing_change_and_the_test_s_side_is_told_of() -> None:
    session = Session()
    told: list[bool] = []

    def locked() -> bool:
        free = session.lock.acquire(blocking=False)
        if free:
            session.lock.release()
        return not free

    def wake() -> None:
        with ThreadPoolExecutor(1) as other:
            told.append(other.submit(locked).result())

    session.wake = wake
    session.script(Text("hi"), hold=True)
    session.receive('{"type":"response.create"}')
    session.finish()
    session.ping()
    session.drop()
    assert told == [False] * 4
    with session.lock, ThreadPoolExecutor(1) as other:
        assert other.submit(locked).result()


CLOSES: list[tuple[Any, Any, str]] = [
    (999, "", "session.drop(code=999): write 1006, for a connection that is lost without a close frame, or a code"),
    (1005, "", "session.drop(code=1005): write 1006"),
    ("1011", "", "session.drop(code='1011'): write 1006"),
    (1011, 5, "session.drop(1011, reason=5): write a string of at most 123 bytes of UTF-8"),
    (1011, "x" * 124, f"session.drop(1011, reason='{'x' * 124}'): write a string of at most 123 bytes"),
    (1006, "bye", "session.drop(1006, reason='bye'): a lost connection has no close frame"),
]


@pytest.mark.parametrize(("code", "reason", "words"), CLOSES)
def test_a_connection_ends_as_one_can(code: Any, reason: Any, words: str) -> None:
    session = Session()
    with pytest.raises(UsageError) as caught:
        session.drop(code, reason, delay=9.0)
    assert str(caught.value).startswith(words)
    session.drop(1011, "x" * 123)
    assert session.events_to_send()[-1] == Close(1011, "x" * 123)


@pytest.mark.parametrize("data", ["text", b"x" * 126])
def test_a_ping_carries_what_one_can(data: Any) -> None:
    session = Session()
    with pytest.raises(UsageError, match=r"^session\.ping\(.*\): write at most 125 bytes$"):
        session.ping(data, delay=9.0)
    session.ping(b"x" * 125)
    assert session.events_to_send()[-1] == Ping(b"x" * 125)


def test_a_response_without_a_script_and_no_other_mistake_is_missed() -> None:
    session = Session()
    missed: list[UnscriptedTurnError] = []
    session.missed = missed.append
    for event in ({"type": "conversation.item.create", "item": user("Hello")}, {"type": "response.cancel"}):
        session.receive(json.dumps(event))
    assert missed == []
    session.receive('{"type": "response.create"}')
    (miss,) = missed
    assert str(miss) == parsed(session.events_to_send())[-1]["error"]["message"]


def test_a_session_without_a_script_may_repeat_the_user() -> None:
    session = Session(unscripted="echo")
    session.receive(json.dumps({"type": "conversation.item.create", "item": user("Hello")}))
    session.receive('{"type": "response.create"}')
    assert session.items[-1]["content"] == [{"type": "output_text", "text": "Hello"}]


def test_what_the_client_has_closed_sends_nothing_more_and_wakes_nobody() -> None:
    session = Session()
    told: list[bool] = []
    session.wake = lambda: told.append(True)
    session.close(1000, "bye")
    assert (session.closed, told) == (True, [])
    session.ping()
    assert session.events_to_send() == []
    assert session.next(0.0) is None
