"""Replies of a model, and events of a Realtime client."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from convsim import Call, Emulator, Failure, Reasoning, Speech, Text, UsageError
from convsim.strategies import realtime_events, replies
from convsim.strategies.schemas import Json
from convsim.strategies.turns import REPLIES, Reply
from tests.profiles import examples

AS_FOUND = settings(phases=[Phase.generate], max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))

EMULATED = (
    "conversation.item.create, conversation.item.retrieve, conversation.item.truncate, conversation.item.delete,"
    " session.update, input_audio_buffer.append, input_audio_buffer.commit, input_audio_buffer.clear, response.create,"
    " response.cancel"
)


@given(replies(failures=True))
@settings(max_examples=examples(200))
def test_any_replies_make_a_turn(said: list[Reply]) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    sim.responses.script(*said)
    response: Any = sim.responses.create(model="gpt-5", input="Hi", conversation="conv_1")
    failed = isinstance(said[-1], Failure)
    assert response.status == ("failed" if failed else "completed")
    assert len(sim.state["conv_1"].items) == (0 if failed else 1 + len(said))


def test_replies_are_as_many_as_asked_for_and_end_in_no_reasoning() -> None:
    @given(replies(min_size=2, max_size=4))
    def all_are(said: list[Reply]) -> None:
        assert 2 <= len(said) <= 4
        assert not isinstance(said[-1], (Reasoning, Failure))

    all_are()
    assert find(replies(), lambda said: isinstance(said[0], Text)) == [Text("")]


def test_calls_name_the_tools() -> None:
    def calls(said: list[Reply]) -> set[str]:
        return {reply.name for reply in said if isinstance(reply, Call)}

    assert find(replies(tools=["search"]), lambda said: calls(said) == {"search"}, settings=AS_FOUND)

    @given(replies(tools=()))
    def none_calls(said: list[Reply]) -> None:
        assert calls(said) == set()

    none_calls()


@pytest.mark.parametrize(("least", "most"), [(0, 3), (3, 2), ("1", 3), (1, None)])
def test_other_sizes_are_refused(least: Any, most: Any) -> None:
    with pytest.raises(UsageError) as caught:
        replies(min_size=least, max_size=most)
    assert str(caught.value) == f"replies(min_size={least!r}, max_size={most!r}): write 1 <= min_size <= max_size"


@pytest.mark.parametrize("wrong", ["get_weather", [Call], 5])
def test_tools_that_are_no_names_are_refused(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        replies(tools=wrong)
    assert str(caught.value) == f"replies(tools={wrong!r}): write a list of names, tools=['get_weather']"


@given(st.one_of(list(REPLIES.values())))
def test_each_type_of_reply_is_one_that_its_api_takes(reply: Reply | Speech) -> None:
    sim = Emulator()
    if isinstance(reply, Speech):
        sim.realtime.script(reply)
    else:
        sim.responses.script(reply)


# --- events --------------------------------------------------------------------------------------------------------


@given(st.lists(realtime_events(), max_size=10))
@settings(max_examples=examples(200))
def test_any_event_is_answered_and_none_for_its_form(events: list[Json]) -> None:
    sim = Emulator()
    connection = sim.realtime.connect()
    connection.events()
    for event in events:
        if event["type"] == "response.create":
            sim.realtime.script("Hello.")
        connection.send(event)
        answers = connection.events()
        assert answers or event["type"] == "input_audio_buffer.append"
        codes = {answer["error"]["code"] for answer in answers if answer["type"] == "error"}
        assert not codes & {"invalid_value", "invalid_type", "unknown_parameter", "missing_required_parameter"}
    sim.clear_scripts()


def test_events_of_the_types_and_ids_that_are_asked_for() -> None:
    @given(realtime_events("conversation.item.delete", "conversation.item.retrieve", item_ids=["item_x"]))
    def all_are(event: Json) -> None:
        assert event["type"] in ("conversation.item.delete", "conversation.item.retrieve")
        assert event["item_id"] == "item_x"

    all_are()


def test_events_meet_the_items_of_earlier_ones() -> None:
    def deleted(events: list[Json]) -> bool:
        connection = Emulator().realtime.connect()
        for event in events:
            connection.send(event)
        return any(answer["type"] == "conversation.item.deleted" for answer in connection.events())

    pairs = st.tuples(realtime_events("conversation.item.create"), realtime_events("conversation.item.delete"))
    created, removed = find(pairs, lambda events: deleted(list(events)), settings=AS_FOUND)
    assert created["item"]["id"] == removed["item_id"]


def test_another_type_is_refused_by_those_that_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        realtime_events("response.create", "session.close")
    assert str(caught.value) == f"realtime_events('session.close'): write one or more of {EMULATED}"


@pytest.mark.parametrize("wrong", [(), "item_1", 5])
def test_no_ids_are_refused(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        realtime_events(item_ids=wrong)
    assert str(caught.value) == f"realtime_events(item_ids={wrong!r}): write one or more ids, item_ids=['item_1']"
