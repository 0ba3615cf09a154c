"""``sim.responses``: scripts, open turns, and the SDK's methods as plain calls."""

from __future__ import annotations

import gc
import inspect
import json
import sys
from typing import Any

import pytest
from openai.resources.responses.input_items import InputItems as SdkInputItems
from openai.resources.responses.input_tokens import InputTokens as SdkInputTokens
from openai.resources.responses.responses import Responses as SdkResponses
from pydantic import BaseModel

from convsim import BadRequestError, Call, Emulator, NotFoundError, Response, UnscriptedTurnError, UsageError
from convsim.direct.client import EventStream
from convsim.direct.responses import InputItems, InputTokens, Responses
from convsim.errors import UnusedScriptWarning
from tests.direct.test_client import shape


def emulator(*replies: Any, **options: Any) -> Emulator:
    return Emulator(ids="sequential", replies=replies, **options)


def ask(sim: Emulator, said: Any = "Hi", **options: Any) -> Response:
    answer = sim.responses.create(model="gpt-4.1", input=said, **options)
    assert isinstance(answer, Response)
    return answer


def stream(sim: Emulator, said: Any = "Hi", **options: Any) -> EventStream:
    answer = sim.responses.create(model="gpt-4.1", input=said, stream=True, **options)
    assert isinstance(answer, EventStream)
    return answer


# --- signatures ----------------------------------------------------------------------------------------------------

METHODS = [
    *((Responses, SdkResponses, name) for name in ("create", "retrieve", "delete", "cancel", "compact")),
    (InputItems, SdkInputItems, "list"),
    (InputTokens, SdkInputTokens, "count"),
]


@pytest.mark.parametrize(("ours", "sdk", "name"), METHODS, ids=[f"{ours.__name__}.{name}" for ours, _, name in METHODS])
def test_a_method_takes_what_the_official_sdks_takes(ours: type, sdk: type, name: str) -> None:
    assert shape(getattr(ours, name)) == shape(getattr(sdk, name))


def test_the_sdk_has_no_other_verbs() -> None:
    """``stream`` and ``parse`` are made of ``create``; the mode on WebSockets is refused by name."""

    def verbs(sdk: type) -> set[str]:
        return {name for name, value in vars(sdk).items() if inspect.isfunction(value) and not name.startswith("_")}

    assert verbs(SdkResponses) == {
        *("create", "retrieve", "delete", "cancel", "compact"),
        *("stream", "parse", "connect"),
    }
    assert (verbs(SdkInputItems), verbs(SdkInputTokens)) == ({"list"}, {"count"})


# --- methods -------------------------------------------------------------------------------------------------------


def test_each_verb_answers_its_result() -> None:
    sim = emulator(["Paris", ".", Call("f", call_id="call_a")])
    conversation = sim.conversations.create()
    made = ask(sim, conversation=conversation.id, metadata={"a": "1"})
    assert (made.output_text, made.status, made.model) == ("Paris.", "completed", "gpt-4.1")
    assert sim.responses.retrieve(made.id) == made
    assert [item.type for item in sim.state[conversation.id].items] == [
        *("message", "message", "message"),
        "function_call",
    ]
    assert [item.id for item in sim.responses.input_items.list(made.id, limit=1)] == ["msg_1"]
    assert sim.responses.input_tokens.count(model="gpt-4.1", input="Hi").input_tokens > 0
    assert sim.responses.compact(model="gpt-4.1", input="Hi").object == "response.compaction"
    assert sim.responses.delete(made.id) is None  # type: ignore[func-returns-value]
    with pytest.raises(NotFoundError, match=made.id):
        sim.responses.retrieve(made.id)


def test_pages_of_input_items_are_gone_through() -> None:
    sim = emulator("x")
    made = ask(sim, [{"role": "user", "content": text} for text in "abc"])
    page = sim.responses.input_items.list(made.id, limit=1, order="asc")
    assert [item.content[0].text for item in page] == ["a", "b", "c"]


def test_projects_share_the_scripts_and_not_the_responses() -> None:
    sim = emulator("One.", "Two.")
    other = sim.project("other")
    first = ask(sim)
    second = other.responses.create(model="gpt-4.1", input="Hi")
    assert (first.output_text, second.output_text) == ("One.", "Two.")  # type: ignore[union-attr]
    with pytest.raises(NotFoundError):
        other.responses.retrieve(first.id)


def test_a_refusal_is_raised_and_noted() -> None:
    sim = emulator("x")
    with pytest.raises(BadRequestError, match="Missing required parameter: 'input'"):
        sim.responses.create(model="gpt-4.1")
    assert [entry.status for entry in sim.journal] == [400]


# --- scripts -------------------------------------------------------------------------------------------------------


def test_a_narrowed_script_comes_first_whatever_the_order() -> None:
    sim = Emulator(ids="sequential")
    conversation = sim.conversations.create().id
    sim.responses.script("anyone", times=2)
    sim.responses.script("in it", conversation=conversation)
    sim.responses.script("of the model", model="o3")
    sim.responses.script("asked so", when=lambda turn: turn.text == "really?")
    answers = [
        ask(sim, "really?"),
        ask(sim, conversation=conversation),
        sim.responses.create(model="o3", input="Hi"),
        ask(sim),
        ask(sim),
    ]
    assert [one.output_text for one in answers] == [  # type: ignore[union-attr]
        *("asked so", "in it", "of the model"),
        *("anyone", "anyone"),
    ]


def test_a_script_takes_a_conversation_as_its_id() -> None:
    sim = emulator("other")
    made = sim.conversations.create()
    sim.responses.script("mine", conversation=made)
    assert ask(sim).output_text == "other"
    assert ask(sim, conversation=made.id).output_text == "mine"


def test_a_turn_without_a_script_says_what_is_queued_and_what_to_write() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", model="o3")
    with pytest.raises(UnscriptedTurnError) as caught:
        ask(sim, "Where?")
    assert str(caught.value) == (
        "No script answers this turn of 'gpt-4.1' that names no conversation, whose user says 'Where?'.\n"
        "Queued, and why it does not match:\n"
        "  sim.responses.script('Paris.', model=o3): the turn asks 'gpt-4.1'\n"
        'Write, before the turn: sim.responses.script("...")'
    )


def test_an_echo_is_only_where_it_was_asked_for() -> None:
    sim = Emulator(unscripted="echo")
    sim.responses.script("Paris.")
    assert [ask(sim, text).output_text for text in ("one", "two")] == ["Paris.", "two"]


def test_a_script_that_is_wrong_is_refused_where_it_is_given_and_queues_nothing() -> None:
    sim = Emulator()
    with pytest.raises(UsageError, match=r"sim\.responses\.script\(times=0\)"):
        sim.responses.script("x", times=0)
    with pytest.raises(UnscriptedTurnError, match="Nothing is queued"):
        ask(sim)


def test_a_function_may_use_the_emulator() -> None:
    sim = Emulator(ids="sequential")
    conversation = sim.conversations.create().id

    def remember(turn: Any) -> str:
        sim.responses.script("next")
        made = sim.conversations.create(items=[{"role": "user", "content": turn.text}])
        return f"kept in {made.id}"

    sim.responses.script(remember)
    assert ask(sim, conversation=conversation).output_text == "kept in conv_2"
    assert ask(sim).output_text == "next"


def test_a_function_that_raises_leaves_everything_as_it_was_and_is_asked_again() -> None:
    sim = Emulator(ids="sequential")
    conversation = sim.conversations.create().id
    asked: list[str] = []

    def unsure(turn: Any) -> str:
        asked.append(turn.text)
        if len(asked) == 1:
            raise LookupError("not yet")
        return "Now."

    sim.responses.script(unsure)
    with pytest.raises(LookupError):
        ask(sim, conversation=conversation)
    assert sim.state[conversation].items == ()
    assert ask(sim, conversation=conversation).output_text == "Now."


def test_a_pydantic_object_is_said_as_its_json() -> None:
    class Place(BaseModel):
        city: str

    sim = emulator(Place(city="Paris"))
    assert json.loads(ask(sim).output_text) == {"city": "Paris"}


def test_replies_are_queued_again_by_a_reset() -> None:
    sim = emulator("One.", ["Two", "."])
    assert [ask(sim).output_text for _ in range(2)] == ["One.", "Two."]
    sim.reset()
    sim.responses.script("Three.")
    assert [ask(sim).output_text for _ in range(3)] == ["One.", "Two.", "Three."]


def test_restoring_keeps_the_queue_and_closes_open_turns() -> None:
    sim = Emulator()
    sim.conversations.create()
    before = sim.snapshot()
    sim.responses.script("held", hold=True)
    sim.responses.script("queued")
    made = ask(sim, background=True)
    sim.restore(before)
    assert sim.responses.open == ()
    with pytest.raises(NotFoundError):
        sim.responses.retrieve(made.id)
    assert ask(sim).output_text == "queued"


# --- warnings ------------------------------------------------------------------------------------------------------


def test_what_was_not_said_is_warned_of_at_the_end() -> None:
    sim = emulator("One.", "Two.")
    patched = sim.patch()
    patched.__enter__()
    ask(sim)
    sim.responses.script("x", times=3)
    with pytest.warns(UnusedScriptWarning) as caught:
        patched.__exit__(None, None, None)
    (warning,) = caught
    assert str(warning.message).split("\n") == [
        "sim.responses.script('Two.'): it answered 0 of 1 turns",
        "sim.responses.script('x'): it answered 0 of 3 turns",
    ]


def test_what_was_all_said_is_not(recwarn: pytest.WarningsRecorder) -> None:
    sim = emulator("One.")
    with sim.patch():
        with sim.patch():
            pass
        ask(sim)
    assert list(recwarn) == []


# --- open turns ----------------------------------------------------------------------------------------------------


def test_open_turns_are_finished_by_their_id_or_the_oldest_first() -> None:
    sim = Emulator(ids="sequential")
    sim.responses.script("x", hold=True, times=3)
    made = [ask(sim, background=True).id for _ in range(3)]
    assert sim.responses.open == tuple(made)
    sim.responses.finish(made[1])
    sim.responses.finish()
    assert sim.responses.open == (made[2],)
    assert [sim.responses.retrieve(one).status for one in made] == [  # type: ignore[union-attr]
        *("completed", "completed"),
        "queued",
    ]
    with pytest.raises(UsageError, match=rf"finish\('{made[0]}'\): no such open turn; open are '{made[2]}'"):
        sim.responses.finish(made[0])
    assert sim.responses.cancel(made[2]).status == "cancelled"
    assert list(sim.responses.open) == []
    with pytest.raises(UsageError, match=r"finish\(None\): no such open turn; no turn is open"):
        sim.responses.finish()


# --- streams -------------------------------------------------------------------------------------------------------


def test_a_stream_gives_its_events_and_moves_the_clock() -> None:
    sim = Emulator(ids="sequential")
    sim.responses.script("Paris is nice.", delay=3)
    begun = sim.clock.now()
    with stream(sim) as events:
        types = [event.type for event in events]
    assert types[0] == "response.created"
    assert types.count("response.output_text.delta") == 3
    assert types[-1] == "response.completed"
    assert sim.clock.now() == begun + 3
    (entry,) = sim.journal
    assert entry.answer["status"] == "completed"


def test_a_stream_moves_the_clock_to_the_last_second_at_most() -> None:
    sim = Emulator(now=2**32 - 2)
    sim.responses.script("Paris.", delay=3)
    with stream(sim) as events:
        assert [event.type for event in events][-1] == "response.completed"
    assert sim.clock.now() == 2**32 - 1


def test_a_stream_that_is_left_early_leaves_the_conversation_untouched() -> None:
    sim = emulator("Paris is nice.")
    conversation = sim.conversations.create().id
    with stream(sim, conversation=conversation) as events:
        response_id = next(events).response.id
        with pytest.raises(BadRequestError, match="currently operating"):
            ask(sim, conversation=conversation)
    assert list(events) == []
    events.close()
    assert sim.state[conversation].items == ()
    assert sim.responses.retrieve(response_id).status == "completed"  # type: ignore[union-attr]
    assert [entry.operation for entry in sim.journal].count("responses.create") == 2


def test_a_stream_that_becomes_garbage_with_its_emulator_ends_without_a_complaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complaints: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    # In a cycle, weak references are cleared before generators are closed.
    for _ in range(2):  # imports of the first keep it in memory
        begun = emulator("Hello").openai().responses.create(model="gpt-4.1", input="Hi", stream=True)
        next(iter(begun))
        cycle: list[object] = [begun]
        cycle.append(cycle)
        del begun, cycle
        gc.collect()
    assert complaints == []


def test_a_held_stream_waits_for_the_test() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    events = stream(sim)
    told: list[str] = []
    with pytest.raises(UsageError, match=r"the turn is held; sim\.responses\.finish\(\) continues it"):  # noqa: PT012
        for event in events:
            told.append(event.type)  # noqa: PERF401 - what came before the error counts
    sim.responses.finish()
    told += [event.type for event in events]
    assert told[-1] == "response.completed"


def test_a_held_turn_that_is_not_streamed_gives_its_body_when_it_is_finished() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    answer: Any = sim.responses.create(model="gpt-4.1", input="Hi")
    assert isinstance(answer, EventStream)
    sim.responses.finish()
    (body,) = answer
    assert body.status == "completed"


def test_a_stream_in_the_background_waits_for_the_clock() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", delay=60)
    begun = sim.clock.now()
    events = [event.type for event in stream(sim, background=True)]
    assert events[:2] == ["response.created", "response.queued"]
    assert events[-1] == "response.completed"
    assert sim.clock.now() == begun + 60


def test_a_response_is_streamed_again() -> None:
    sim = emulator("Paris.")
    whole = [event.to_dict() for event in stream(sim, background=True)]
    again = sim.responses.retrieve(whole[0]["response"]["id"], stream=True, starting_after=2)
    assert [event.to_dict() for event in again] == whole[3:]  # type: ignore[union-attr]
