"""Turns of real clients: the official SDK, and httpx2 and httpx with their own hands, sync and async."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable
from hashlib import sha256
from threading import Thread
from typing import Any

import httpx
import httpx2
import openai
import pytest
from pydantic import BaseModel

from convsim import Behavior, Call, Emulator, Reasoning
from convsim.http.messages import Request
from tests.asking import check, client, handle
from tests.asking import service as service_of
from tests.waiting import PATIENCE, until

Json = dict[str, Any]

BASE = "https://api.openai.com/v1"
KEY = {"Authorization": "Bearer sk-test"}
TOOL: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
SAYS = "Paris is nice."


def emulator(*replies: Any, **options: Any) -> Emulator:
    """Return an emulator with one conversation, ``conv_1``."""
    sim = Emulator(ids="sequential", replies=replies, **options)
    sim.conversations.create()
    return sim


def said(sim: Emulator, conversation_id: str = "conv_1") -> list[str]:
    """Return the texts and types of what the conversation holds."""
    items = sim.state[conversation_id].items
    return [item.content[0].text if item.type == "message" else item.type for item in items]


# --- the official SDK ----------------------------------------------------------------------------------------------


def test_a_tool_loop_with_the_sdk() -> None:
    sim = emulator(Call("get_weather", {"city": "Paris"}), "Sunny.")
    with sim.patch(), openai.OpenAI(api_key="sk-test", max_retries=0) as sdk:
        asked: Any = {"model": "gpt-4.1", "conversation": "conv_1", "tools": [TOOL]}
        (call,) = sdk.responses.create(input="Weather?", **asked).output
        assert isinstance(call, openai.types.responses.ResponseFunctionToolCall)
        assert json.loads(call.arguments) == {"city": "Paris"}
        output: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "25"}]
        answer = sdk.responses.create(input=output, **asked)
    assert (answer.output_text, answer.conversation.id if answer.conversation else None) == ("Sunny.", "conv_1")
    assert said(sim) == ["Weather?", "function_call", "function_call_output", "Sunny."]
    check(sim)


def test_the_sdks_stream_gives_what_it_has_put_together() -> None:
    sim = emulator([Reasoning("Hm."), SAYS])
    with sim.openai() as sdk, sdk.responses.stream(model="o3", input="Hi", conversation="conv_1") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        assert "".join(deltas) == SAYS
        assert stream.get_final_response().output_text == SAYS
    assert said(sim) == ["Hi", "reasoning", SAYS]


def test_the_sdk_parses_what_was_scripted_as_an_object() -> None:
    class Place(BaseModel):
        city: str

    sim = emulator(Place(city="Paris"), '{"city": "Rome"}')
    with sim.openai() as sdk:
        for city in ("Paris", "Rome"):
            parsed = sdk.responses.parse(model="gpt-4.1", input="Where?", text_format=Place)
            assert parsed.output_parsed == Place(city=city)
            assert parsed.text.format.type == "json_schema"  # type: ignore[union-attr]


def test_the_sdk_without_blocking() -> None:
    sim = emulator(SAYS, "Rome.", "Oslo.")

    async def talk() -> list[str]:
        async with sim.async_openai() as sdk:
            first = await sdk.responses.create(model="gpt-4.1", input="one", conversation="conv_1")
            events = await sdk.responses.create(model="gpt-4.1", input="two", conversation="conv_1", stream=True)
            types = [event.type async for event in events]
            async with sdk.responses.stream(model="gpt-4.1", input="three", conversation="conv_1") as stream:
                last = await stream.get_final_response()
            return [first.output_text, types[-1], last.output_text]

    assert asyncio.run(talk()) == [SAYS, "response.completed", "Oslo."]
    assert said(sim) == ["one", SAYS, "two", "Rome.", "three", "Oslo."]


def test_the_sdk_polls_and_cancels_what_is_in_the_background() -> None:
    sim = emulator()
    sim.responses.script(SAYS, hold=True, times=2)
    with sim.openai() as sdk:
        first = sdk.responses.create(model="gpt-4.1", input="Hi", background=True)
        second = sdk.responses.create(model="gpt-4.1", input="Hi", background=True)
        assert sdk.responses.retrieve(first.id).status == "queued"
        sim.responses.finish(first.id)
        assert sdk.responses.retrieve(first.id).output_text == SAYS
        assert sdk.responses.cancel(second.id).status == "cancelled"
        with pytest.raises(openai.BadRequestError, match="Cannot cancel a completed response"):
            sdk.responses.cancel(first.id)
        assert [item.type for item in sdk.responses.input_items.list(first.id)] == ["message"]
        assert sdk.responses.input_tokens.count(model="gpt-4.1", input="Hi").input_tokens > 0
        assert sdk.responses.compact(model="gpt-4.1", input="Hi").output[-1].type == "compaction"
        sdk.responses.delete(first.id)


def test_the_sdk_resumes_a_stream_in_the_background() -> None:
    sim = emulator(SAYS)
    with sim.openai() as sdk:
        whole = list(sdk.responses.create(model="gpt-4.1", input="Hi", background=True, stream=True))
        again = sdk.responses.retrieve(whole[0].response.id, stream=True, starting_after=3)  # type: ignore[union-attr]
        assert [event.to_dict() for event in again] == [event.to_dict() for event in whole[4:]]


def test_a_second_turn_meets_the_lock_until_the_first_is_over() -> None:
    sim = emulator(SAYS, "Rome.")
    with sim.openai(max_retries=0) as sdk:
        asked: Any = {"model": "gpt-4.1", "conversation": "conv_1"}
        stream = sdk.responses.create(input="one", stream=True, **asked)
        next(stream)
        with pytest.raises(openai.BadRequestError) as caught:
            sdk.responses.create(input="two", **asked)
        assert caught.value.code == "conversation_locked"
        assert list(stream)[-1].type == "response.completed"
        assert sdk.responses.create(input="two", **asked).output_text == "Rome."
    assert said(sim) == ["one", SAYS, "two", "Rome."]


# --- errors of the test ---------------------------------------------------------------------------------------------


def broken(turn: Any) -> str:
    raise LookupError(turn.text)


@pytest.mark.parametrize("library", ["httpx2", "httpx"])
def test_what_a_function_raises_leaves_the_transport_unchanged_and_is_kept(library: str) -> None:
    sim = emulator()
    sim.responses.script(broken)
    made: Any = httpx2.Client if library == "httpx2" else httpx.Client
    transport: Any = sim.httpx2_transport() if library == "httpx2" else sim.httpx_transport()
    with made(transport=transport, headers=KEY) as http, pytest.raises(LookupError) as caught:
        http.post(f"{BASE}/responses", json={"model": "gpt-4.1", "input": "Hi", "conversation": "conv_1"})
    assert sim.raised == (caught.value,)
    assert said(sim) == []
    sim.reset()
    assert not sim.raised


def test_each_attempt_of_a_client_is_a_turn_of_its_own() -> None:
    sim = emulator()
    tried: list[str] = []

    def unsure(turn: Any) -> str:
        tried.append(turn.text)
        if len(tried) < 3:
            raise LookupError("not yet")
        return SAYS

    sim.responses.script(unsure)
    with client(sim) as http:
        for _ in range(2):
            with pytest.raises(LookupError):
                http.post("/responses", json=ASKED)
        assert http.post("/responses", json=ASKED).status_code == 200
    assert [str(error) for error in sim.raised] == ["not yet", "not yet"]
    assert said(sim) == ["Hi", SAYS]


def test_a_turn_without_a_script_is_kept_where_a_client_swallows_it() -> None:
    sim = emulator()
    request = Request("POST", "/responses", "/v1/responses", "", [(b"authorization", b"Bearer sk-test")], b"{}")
    body = json.dumps({"model": "gpt-4.1", "input": "Hi"}).encode()
    headers = [(b"authorization", b"Bearer sk-test"), (b"content-type", b"application/json")]
    with pytest.raises(AssertionError, match="No script answers this turn"):
        handle(sim, request._replace(body=body, headers=headers))
    (refused,) = sim.refused
    assert "No script answers this turn" in str(refused)
    assert sim.raised == ()


# --- streams that are left ------------------------------------------------------------------------------------------


def open_sync(sim: Emulator, library: Any, transport: Any) -> Any:
    http = library.Client(transport=transport, headers=KEY)
    request = http.build_request("POST", f"{BASE}/responses", json=ASKED)
    return http.send(request, stream=True)


ASKED: Json = {"model": "gpt-4.1", "input": "Hi", "conversation": "conv_1", "stream": True}
LIBRARIES = [
    pytest.param(httpx2, "httpx2_transport", id="httpx2"),
    pytest.param(httpx, "httpx_transport", id="httpx"),
]


def count_of_events() -> int:
    with client(emulator(SAYS)) as http:
        return http.post("/responses", json=ASKED).text.count("event: ")


EVENTS = count_of_events()


@pytest.mark.parametrize(("library", "transport"), LIBRARIES)
@pytest.mark.parametrize("read", range(EVENTS + 1))
@pytest.mark.parametrize("left", ["complete", "abort"])
def test_a_stream_that_is_left_leaves_the_conversation_untouched_or_whole(
    library: Any, transport: str, read: int, left: Any
) -> None:
    """An item that was told to its end before an abort has been said, and stays."""
    sim = emulator(SAYS, "Again.", behavior=Behavior(stream_left=left))
    answer = open_sync(sim, library, getattr(sim, transport)())
    chunks = answer.iter_raw()
    told = [next(chunks) for _ in range(read)]
    answer.close()
    done = any(b"response.output_item.done" in chunk for chunk in told)
    whole = read == EVENTS or (left == "abort" and done)
    assert said(sim) == (["Hi", SAYS] if whole else [])
    with client(sim) as http:
        assert http.post("/responses", json=ASKED | {"stream": False}).status_code == 200
    if told:
        response_id = json.loads(told[0].partition(b"data: ")[2])["response"]["id"]
        status = sim.responses.retrieve(response_id).status  # type: ignore[union-attr]
        assert status == ("completed" if left == "complete" or read == EVENTS else "cancelled")
    check(sim)


@pytest.mark.parametrize(("library", "transport"), LIBRARIES)
def test_a_stream_that_is_left_without_blocking(library: Any, transport: str) -> None:
    sim = emulator(SAYS)

    async def leave() -> None:
        async with (
            library.AsyncClient(transport=getattr(sim, transport)(), headers=KEY) as http,
            http.stream("POST", f"{BASE}/responses", json=ASKED) as answer,
        ):
            async for line in answer.aiter_lines():
                assert line == "event: response.created"
                break

    asyncio.run(leave())
    assert said(sim) == []
    assert sim.responses.open == ()


@pytest.mark.parametrize(("library", "transport"), LIBRARIES)
@pytest.mark.parametrize("read", [0, 1, 5])
def test_no_lock_outlives_a_stream_that_was_collected(library: Any, transport: str, read: int) -> None:
    sim = emulator(SAYS, "Again.")
    answer = open_sync(sim, library, getattr(sim, transport)())
    chunks = answer.iter_raw()
    for _ in range(read):
        next(chunks)
    del answer, chunks
    gc.collect()
    with client(sim) as http:
        assert http.post("/responses", json=ASKED | {"stream": False}).status_code == 200
    assert said(sim) == ["Hi", "Again."]


def test_the_journal_has_a_stream_as_far_as_it_was_told() -> None:
    sim = emulator(SAYS)
    answer = open_sync(sim, httpx2, sim.httpx2_transport())
    chunks = answer.iter_raw()
    told = next(chunks) + next(chunks)
    answer.close()
    entry: Any = sim.journal[-1]
    assert (entry.operation, entry.conversation, entry.response.content) == ("responses.create", "conv_1", told)


# --- held turns -----------------------------------------------------------------------------------------------------


def in_a_thread(call: Callable[[], Any]) -> tuple[Thread, list[Any]]:
    answers: list[Any] = []
    thread = Thread(target=lambda: answers.append(call()))
    thread.start()
    return thread, answers


@pytest.mark.parametrize("stream", [False, True])
def test_a_held_turn_waits_in_another_thread(stream: bool) -> None:
    sim = emulator()
    sim.responses.script(SAYS, hold=True)
    with client(sim) as http:
        thread, answers = in_a_thread(lambda: http.post("/responses", json=ASKED | {"stream": stream}))
        until(lambda: sim.responses.open)
        sim.responses.finish()
        thread.join(PATIENCE)
    (answer,) = answers
    assert answer.status_code == 200
    assert "Paris" in answer.text
    assert said(sim) == ["Hi", SAYS]


@pytest.mark.parametrize("stream", [False, True])
def test_a_held_turn_waits_without_blocking_others(stream: bool) -> None:
    sim = emulator()
    sim.responses.script(SAYS, hold=True)

    async def talk() -> Any:
        async with httpx2.AsyncClient(transport=sim.httpx2_transport(), headers=KEY) as http:
            turn = asyncio.create_task(http.post(f"{BASE}/responses", json=ASKED | {"stream": stream}))
            async with asyncio.timeout(PATIENCE):
                while not sim.responses.open:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            assert (await http.get(f"{BASE}/conversations/conv_1")).status_code == 200
            sim.responses.finish()
            return await turn

    answer = asyncio.run(talk())
    assert answer.status_code == 200
    assert said(sim) == ["Hi", SAYS]


def test_a_reset_ends_what_is_held() -> None:
    sim = emulator()
    sim.responses.script(SAYS, hold=True)
    with client(sim) as http:
        thread, answers = in_a_thread(lambda: http.post("/responses", json=ASKED))
        until(lambda: sim.responses.open)
        sim.reset()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert service_of(sim).scripts.unused() == []
    assert answers[0].text.count("response.completed") == 0


# --- the same bytes -------------------------------------------------------------------------------------------------

TURNS: list[Json] = [
    {"input": "one"},
    {"input": "two", "stream": True},
    {"input": "three", "stream": True, "background": True},
    {"input": "four", "stream": True, "store": False},
]
REPLIES: list[Any] = ["One.", [Reasoning("Hm."), Call("f", {"a": 1})], "Three is more than two.", "Four."]


def by_hand(sim: Emulator) -> list[bytes]:
    with client(sim) as http:
        return [http.post("/responses", json={"model": "gpt-5.5"} | turn).content for turn in TURNS]


def without_blocking(sim: Emulator) -> list[bytes]:
    async def talk() -> list[bytes]:
        async with httpx2.AsyncClient(transport=sim.httpx2_transport(), headers=KEY) as http:
            return [(await http.post(f"{BASE}/responses", json={"model": "gpt-5.5"} | turn)).content for turn in TURNS]

    return asyncio.run(talk())


def test_the_same_seed_and_scripts_give_the_same_bytes() -> None:
    def sim() -> Emulator:
        return Emulator(seed=7, replies=REPLIES)

    first = sim()
    heard = by_hand(first)
    first.reset()
    assert by_hand(first) == heard
    assert by_hand(sim()) == heard
    assert without_blocking(sim()) == heard
    assert by_hand(Emulator(seed=8, replies=REPLIES)) != heard


def test_the_bytes_are_the_same_under_every_python() -> None:
    """A change of this number is a change of what clients read: say so in the changelog."""
    heard = b"".join(by_hand(Emulator(seed=7, replies=REPLIES)))
    assert sha256(heard).hexdigest()[:16] == "56f9abf0d1fa0a68"
