"""Turns behind the gateway: what an agent makes of them, what a script sees, and how they are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from convsim import Agent, Call, Failure, UsageError
from convsim.faults import CloseConnection, FailResponse, RateLimited
from convsim.http.messages import Chunk
from convsim.journal.entries import Exchange
from convsim.responses.readers import Replay
from convsim.responses.record import Record
from convsim.responses.turn import Turn
from convsim.service.foundry.ids import partition_key
from convsim.service.foundry.turns import Events, Rewritten, WorkflowEvents, completed

from .asking import ask, called, foundry

BASE = "https://example.services.ai.azure.com/api/projects/p/openai/v1"
SEND = {"type": "workflow_action", "kind": "SendActivity", "status": "completed"}
END = {"type": "workflow_action", "kind": "EndConversation", "status": "completed"}


def agent(**given: Any) -> Agent:
    return Agent(model="gpt-4.1", **given).named("a")


# --- what an agent makes of a request ------------------------------------------------------------------------------


def test_an_agent_completes_a_request() -> None:
    made = completed(
        {"input": "Hi", "store": None, "agent_reference": {"name": "a"}, "model": "", "tool_choice": "none"},
        agent(version="2", instructions="Be brief.", tools=[{"type": "web_search"}], settings={"tool_choice": "auto"}),
    )

    assert made == {
        "model": "gpt-4.1",
        "tool_choice": "none",
        "instructions": "Be brief.",
        "tools": [{"type": "web_search"}],
        "input": "Hi",
    }


def test_without_an_agent_nulls_are_left_out() -> None:
    assert completed({"model": "gpt-4.1", "user": None}, None) == {"model": "gpt-4.1"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"city": "Rome", "n": 3}, "In Rome, 3 of {{other}}."),
        ({"city": "Rome"}, "In Rome, {{ n }} of {{other}}."),
        ({"n": ["a"], "unknown": 1}, 'In Paris, ["a"] of {{other}}.'),
    ],
)
def test_names_in_a_template_are_filled_in(given: dict[str, Any], said: str) -> None:
    template = agent(
        instructions="In {{city}}, {{ n }} of {{other}}.",
        structured_inputs={"city": {"default_value": "Paris"}, "n": {"required": False}},
    )

    assert completed({"structured_inputs": given}, template)["instructions"] == said


def test_what_is_no_text_in_a_tool_stays_as_it_is() -> None:
    tools = [{"type": "file_search", "vector_store_ids": ["{{id}}"], "max_num_results": 3}]

    made = completed({"structured_inputs": {"id": "vs_1"}}, agent(tools=tools))

    assert made["tools"] == [{"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 3}]


# --- what a script sees --------------------------------------------------------------------------------------------


def test_a_script_sees_the_agent_and_what_came_with_the_request() -> None:
    sim = foundry()
    seen: list[object] = []

    def answer(turn: Turn) -> str:
        assert turn.agent is not None
        seen.append((turn.agent.name, turn.agent.version, turn.model, turn.instructions))
        seen.append((turn.request["structured_inputs"], [item["type"] for item in turn.history]))
        return "Hello."

    sim.responses.script(answer, when=lambda turn: turn.agent is not None and turn.agent.name == "support")
    conversation = sim.conversations.create(items=[{"role": "user", "content": "Hi"}])
    sim.responses.create(conversation=conversation.id, extra_body=called(structured_inputs={"a": 1}))

    assert seen == [("support", "3", "gpt-4.1", "Be brief."), ({"a": 1}, ["message"])]


def test_a_turn_without_an_agent_has_none() -> None:
    sim = foundry()
    sim.responses.script(lambda turn: str(turn.agent))

    made: Any = sim.responses.create(model="gpt-4.1", input="Hi")
    assert made.output_text == "None"


def test_openai_says_nothing_of_types_that_it_does_not_have() -> None:
    from convsim import Emulator

    sim = Emulator()
    sim.responses.script(SEND)

    with pytest.raises(UsageError) as caught:
        sim.responses.create(model="gpt-4.1", input="Hi")
    assert str(caught.value) == (
        "sim.responses.script({'id': '', 'type': 'workflow_action', 'kind': 'SendActivity', 'status': 'completed'}):"
        " only Azure AI Foundry has items of type 'workflow_action'; write Emulator(service='foundry')"
    )


def test_an_item_that_was_put_there_is_taken_as_it_is() -> None:
    sim = foundry(replies=["Hello."])
    conversation = sim.conversations.create(items=[{"role": "user", "content": "Hi"}])
    (first,) = sim.conversations.items.list(conversation.id)

    ask(sim, [{"type": "item_reference", "id": first.id}])

    assert "partition_key" not in sim.conversations.items.retrieve(first.id, conversation_id=conversation.id).to_dict()


def test_the_items_of_a_turn_name_their_partition_and_those_of_the_model_their_creator() -> None:
    sim = foundry(replies=["Hello."])
    conversation = sim.conversations.create()
    made = ask(sim, conversation=conversation.id)

    asked, said = sim.conversations.items.list(conversation.id, order="asc").to_dict()["data"]

    assert asked["partition_key"] == said["partition_key"] == partition_key(conversation.id)
    assert "created_by" not in asked
    assert said["created_by"] == {
        "response_id": made.id,
        "agent": {"type": "agent_id", "name": "support", "version": "3"},
    }


# --- how it is told ------------------------------------------------------------------------------------------------


def events(sim: Any, **arguments: Any) -> list[dict[str, Any]]:
    return [event.to_dict() for event in ask(sim, stream=True, **arguments)]


def test_what_an_action_sends_is_told_before_the_action_is_done() -> None:
    sim = foundry(replies=[[SEND, "Hello.", SEND, END, SEND]])

    told = [
        (event["type"].removeprefix("response."), event["output_index"])
        for event in events(sim, agent="flow")
        if "item" in event
    ]

    assert told == [
        ("output_item.added", 0),
        ("output_item.added", 1),
        ("output_item.done", 1),
        ("output_item.done", 0),
        ("output_item.added", 2),
        ("output_item.done", 2),
        ("output_item.added", 3),
        ("output_item.done", 3),
        ("output_item.added", 4),
        ("output_item.done", 4),
    ]


def test_the_delay_of_an_event_that_is_held_back_is_that_of_the_next_one() -> None:
    def chunk(kind: str, item: dict[str, Any], delay: float) -> Chunk:
        return Chunk(f"event: x\ndata: {json.dumps({'type': kind, 'item': item})}\n\n".encode(), kind, delay)

    events = WorkflowEvents({"id": "wfresp_1"})
    assert events.rewrite(chunk("response.output_item.done", SEND | {"id": "wfa_1"}, 2.0)) == []
    told = events.rewrite(chunk("response.output_item.added", END | {"id": "wfa_2"}, 0.5))
    assert [one.delay for one in told] == [2.5, 0.0]


def test_a_workflow_numbers_its_events_one_by_one() -> None:
    told = events(foundry(replies=[[SEND, "Hello.", END]]), agent="flow")

    assert [event["sequence_number"] for event in told] == list(range(1, len(told) + 1))
    assert all(list(event)[1] == "sequence_number" for event in told)


def over_http(sim: Any, agent: str = "support", **body: Any) -> httpx.Response:
    with httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer token"}) as client:
        return client.post(f"{BASE}/responses", json={"input": "Hi", **called(agent), **body})


def test_a_server_sends_the_same_stream() -> None:
    url, headers = BASE.partition("//")[2].partition("/")[2], {"Authorization": "Bearer token"}
    sims = [foundry(replies=["Hello."]) for _ in range(2)]
    body = {"input": "Hi", "stream": True, **called("support")}
    served = TestClient(sims[0].asgi()).post(f"/{url}/responses", headers=headers, json=body)
    assert served.text == over_http(sims[1], stream=True).text


def test_an_agent_in_the_url_answers() -> None:
    sim = foundry(replies=["Hello."])
    url = "https://example.services.ai.azure.com/api/projects/p/agents/support/endpoint/protocols/openai/responses"
    with httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer token"}) as client:
        answer = client.post(f"{url}?api-version=v1", json={"input": "Hi"})

    assert answer.json()["agent_reference"] == {"type": "agent_reference", "name": "support", "version": "3"}


def test_a_held_turn_tells_its_body_when_it_ends() -> None:
    import threading

    sim = foundry(base_urls=[BASE])
    sim.responses.script("Hello.", hold=True)
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(over_http(sim)))
    asking.start()
    while not sim.responses.open:
        asking.join(0.01)
    sim.responses.finish()
    asking.join()

    assert answers[0].json()["output"][0]["agent_reference"]["version"] == "3"


def test_a_stream_that_fails_tells_the_failed_response() -> None:
    sim = foundry(base_urls=[BASE], replies=["Hello there."])
    sim.faults.add(FailResponse(), on="response.output_text.delta")

    frames = [
        json.loads(frame.partition("data: ")[2]) for frame in over_http(sim, stream=True).text.split("\n\n") if frame
    ]

    assert [frame["type"] for frame in frames[-2:]] == ["error", "response.failed"]
    assert frames[-1]["response"]["agent_reference"]["name"] == "support"
    assert frames[-1]["response"]["content_filters"] is None


@pytest.mark.parametrize("agent", ["support", "flow"])
def test_what_a_broken_stream_would_have_told_is_in_the_journal(agent: str) -> None:
    sim = foundry(base_urls=[BASE], replies=[[SEND, "Hello."] if agent == "flow" else "Hello."])
    sim.faults.add(CloseConnection(), on="response.content_part.added")

    with pytest.raises(httpx.ReadError):
        over_http(sim, agent, stream=True)

    (entry,) = sim.journal.select(operation="responses.create")
    assert isinstance(entry, Exchange)
    assert entry.lost_events[-1]["type"] == "response.completed"
    assert "Hello." in str(entry.lost_events)


def test_a_stream_that_was_lost_whole_is_written_anew_for_the_journal() -> None:
    sim = foundry(base_urls=[BASE], replies=["Hello."])
    sim.faults.add(RateLimited(), on="responses.create", after_commit=True)

    assert over_http(sim, stream=True).status_code == 429

    (entry,) = sim.journal.select(operation="responses.create")
    assert isinstance(entry, Exchange)
    assert entry.lost_events[-1]["response"]["agent_reference"]["name"] == "support"


def test_a_reader_is_woken_through_the_gateway() -> None:
    woken: list[str] = []
    inner = Replay(Record(body=b"{}", input=(), output=(), anchor="resp_1", tokens=0), 0)
    stream = Rewritten(inner, Events({"id": "resp_1"}, again=True))
    stream.wake = lambda: woken.append("inner")

    inner.wake()
    stream.wake()

    assert woken == ["inner", "inner"]


def test_a_failing_turn_says_so_in_one_body() -> None:
    sim = foundry(base_urls=[BASE], replies=[Failure("server_error", "No.")])

    answer = over_http(sim).json()

    assert (answer["status"], answer["error"]["message"], "content_filters" in answer) == ("failed", "No.", False)


def test_a_call_of_a_function_goes_round() -> None:
    sim = foundry(replies=[Call("lookup", {"city": "Paris"}, call_id="call_1"), "Sunny."])
    conversation = sim.conversations.create()

    first = ask(sim, conversation=conversation.id)
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "sun"}
    second = ask(sim, [output], conversation=conversation.id)

    assert second.output_text == "Sunny."
    assert [item.type for item in sim.conversations.items.list(conversation.id, order="asc")] == [
        *("message", "function_call", "function_call_output", "message"),
    ]


# --- turns in a state ----------------------------------------------------------------------------------------------


def ended(agent: str | None) -> dict[str, Any]:
    """The state of an emulator with one ended turn, in the background and streamed."""
    sim = foundry(replies=["Paris."], ids="sequential")
    named = {"model": "gpt-4.1"} if agent is None else {"extra_body": called(agent)}
    list(sim.responses.create(input="Hi", background=True, stream=True, **named))
    return sim.snapshot().to_dict()


@pytest.mark.parametrize("agent", [None, "support", "flow", "echo"])
def test_a_turn_in_a_file_is_told_as_before(agent: str | None, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(ended(agent)))
    sim = foundry(state=path)
    (name,) = (one["document"]["id"] for one in sim.snapshot().to_dict()["projects"]["proj_default"]["responses"])
    answer: Any = sim.responses.retrieve(name)
    assert answer.output[0].content[0].text == "Paris."
    assert list(sim.responses.retrieve(name, stream=True))[-1].type == "response.completed"


@pytest.mark.parametrize(
    ("agent", "damage"),
    [
        (None, lambda one: one["document"].pop("usage")),
        (None, lambda one: one["document"]["output"][0].pop("content")),
        (None, lambda one: one["document"].update(temperature="hot")),
        (None, lambda one: one["events"].append(["error", "no JSON"])),
        ("echo", lambda one: one["document"].update(agent_reference=5)),
        ("flow", lambda one: one["document"].update(output=5)),
    ],
)
def test_a_turn_that_no_answer_can_tell_is_refused_in_a_file(agent: str | None, damage: Any, tmp_path: Path) -> None:
    state = ended(agent)
    damage(state["projects"]["proj_default"]["responses"][0])
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state))
    with pytest.raises(UsageError, match="is not in the shape of a response of Azure AI Foundry"):
        foundry(state=path)
