"""A recording becomes a state, replies and scenarios, and says what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import Emulator
from convsim.contract.control import Control
from convsim.contract.importing import Imported, imported
from convsim.contract.recordings import Exchange, read
from convsim.contract.scenario import Anything, Count, Id, Raw, Script, Seconds, Streamed
from convsim.contract.selection import select
from convsim.contract.verify import Asked, Verification
from convsim.errors import UsageError
from convsim.responses.agent import Agent
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Text
from convsim.server.reading import read_script
from tests.server.asking import running
from tests.waiting import PATIENCE

CONV = "conv_" + "6" * 48
MODEL = "gpt-4.1"


def conversation(**changes: Any) -> Any:
    return {"id": CONV, "object": "conversation", "created_at": 1700000000, "metadata": {}} | changes


def message(number: int, words: str = "Hi") -> Any:
    content = [{"type": "input_text", "text": words}]
    return {"id": f"msg_{number:048d}", "type": "message", "status": "completed", "content": content, "role": "user"}


def listed(*numbers: int, query: str = "", more: bool = False) -> Exchange:
    items = [message(number) for number in numbers]
    body = {"object": "list", "data": items, "has_more": more}
    return Exchange("GET", f"/conversations/{CONV}/items{query}", None, 200, body)


def added(*numbers: int) -> Exchange:
    body = {"object": "list", "data": [message(number) for number in numbers]}
    return Exchange("POST", f"/conversations/{CONV}/items", {"items": []}, 200, body)


CREATED = Exchange("POST", "/conversations", {}, 200, conversation())


def make(*exchanges: Exchange) -> Imported:
    numbered = [one._replace(place=f"exchange {number}") for number, one in enumerate(exchanges, 1)]
    return imported([("talk", numbered)])


def order(made: Imported) -> list[int]:
    """The numbers of the items, in their order."""
    return [int(item.id.removeprefix("msg_")) for item in made.sim.state[CONV].items]


# --- the state -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "answer"), [(200, conversation()), (204, None), (202, {})])
def test_a_conversation_is_as_it_was_last_seen(status: int, answer: Any) -> None:
    made = make(
        CREATED._replace(status=201),
        added(1, 2, 3),
        Exchange("POST", f"/conversations/{CONV}", {"metadata": {}}, 200, conversation(metadata={"a": "1"})),
        Exchange("DELETE", f"/conversations/{CONV}/items/{message(2)['id']}", None, status, answer),
        Exchange("GET", f"/conversations/{CONV}/items/{message(3)['id']}", None, 200, message(3, "Bye")),
        Exchange("GET", "/conversations/conv_none", None, 404, {"error": {}}),
        Exchange("DELETE", f"/conversations/{CONV}", None, 200, {"object": "conversation.deleted"}),
    )
    state = made.sim.state[CONV]
    assert (state.created_at, dict(state.metadata)) == (1700000000, {"a": "1"})
    assert order(made) == [1, 3]
    assert state.items[1].text == "Bye"


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ([listed(3, 2, 1)], [1, 2, 3]),
        ([listed(1, 2, 3, query="?order=asc")], [1, 2, 3]),
        ([listed(4, 3, more=True), listed(2, 1, query=f"?after={message(3)['id']}")], [1, 2, 3, 4]),
        ([listed(1, 2, query="?order=asc"), listed(3, query=f"?order=asc&after={message(2)['id']}")], [1, 2, 3]),
        ([added(1, 3), listed(3, 2, 1)], [1, 2, 3]),
        ([added(2), listed(4, 3, 2), listed(1, query=f"?order=desc&after={message(2)['id']}")], [1, 2, 3, 4]),
        ([added(9), listed(1, query="?order=asc&limit=1")], [1, 9]),
        ([listed(2, query="?after=msg_unknown")], [2]),
    ],
)
def test_items_stand_in_the_order_that_the_pages_show(exchanges: list[Exchange], expected: list[int]) -> None:
    assert order(make(*exchanges)) == expected


def test_conversations_keep_the_order_in_which_they_were_made() -> None:
    later = conversation(id="conv_" + "7" * 48, created_at=1700000100)
    made = make(Exchange("GET", f"/conversations/{later['id']}", None, 200, later), CREATED)
    assert [(one.id, one.created_at) for one in made.sim.state.values()] == [
        (CONV, 1700000000),
        (later["id"], 1700000100),
    ]


def test_what_no_conversation_can_hold_is_left_out_and_told() -> None:
    image = message(2) | {"content": [{"type": "input_image", "detail": "auto", "file_id": None, "image_url": None}]}
    body = {"object": "list", "data": [message(1), image]}
    made = make(
        Exchange("POST", f"/conversations/{CONV}/items", {}, 200, body),
        Exchange("GET", "/conversations/bad", None, 200, conversation(id="bad")),
        Exchange("GET", "/conversations/conv_1", None, 200, None),
    )
    assert order(made) == [1]
    assert made.notes[-2].startswith("bad is left out of the state: Invalid 'conversation_id'")
    assert made.notes[-1].startswith(f"{CONV}: the item {image['id']} is left out of the state: ")


# --- the replies ---------------------------------------------------------------------------------------------------

SAID = {"type": "output_text", "annotations": [], "logprobs": [], "text": "Paris."}


def response(*output: Any, **changes: Any) -> Any:
    made = {"id": "resp_" + "1" * 50, "object": "response", "model": MODEL, "status": "completed"}
    return made | {"output": list(output), "conversation": None} | changes


def turn(*output: Any, asked: Any = None, **changes: Any) -> Exchange:
    return Exchange(
        "POST", "/responses", {"model": MODEL, "input": "Hi"} | (asked or {}), 200, response(*output, **changes)
    )


def spoken(*content: Any, **changes: Any) -> Any:
    return {"id": "msg_" + "2" * 50, "type": "message", "role": "assistant", "content": list(content)} | changes


CITED: Any = SAID | {"annotations": [{"type": "file_citation", "file_id": "f", "filename": "a", "index": 1}]}
LOOK = {"id": "fc_1", "type": "function_call", "status": "completed", "arguments": "{}", "call_id": "c", "name": "look"}
THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (spoken(SAID), "Paris."),
        (spoken(SAID, phase="final_answer"), Text("Paris.", phase="final_answer")),
        (spoken(CITED), Text("Paris.", annotations=CITED["annotations"])),
        (spoken({"type": "refusal", "refusal": "No."}), Refusal("No.")),
        (LOOK, Call("look", "{}", call_id="c")),
        (THOUGHT, Reasoning(["Hm."])),
        (SEARCH, {name: value for name, value in SEARCH.items() if name != "id"}),
    ],
)
def test_what_the_model_said_is_a_reply(item: Any, said: Any) -> None:
    (given,) = make(turn(item)).replies
    assert given["model"] == MODEL
    assert read_script("x", given)["says"] == [said]


def test_a_turn_that_did_not_complete_says_how_it_ended() -> None:
    failed = turn(status="failed", error={"code": "server_error", "message": "Oh."})
    cut = turn(spoken(SAID), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    unknown = turn(status="failed", error=None)
    first, second, third = make(failed, cut, unknown).replies
    assert read_script("x", first)["says"] == [Failure("server_error", "Oh.")]
    assert (second["status"], second["reason"]) == ("incomplete", "max_output_tokens")
    assert read_script("x", third)["says"] == [Failure("server_error", "")]


def test_the_model_of_a_day_answers_for_the_one_that_was_asked() -> None:
    (given,) = make(turn(spoken(SAID), model="gpt-4.1-2025-04-14")).replies
    assert (given["model"], given["response"]) == (MODEL, {"model": "gpt-4.1-2025-04-14"})


def streamed(*events: Any) -> Exchange:
    return Exchange("POST", "/responses", {"model": MODEL, "input": "Hi", "stream": True}, 200, list(events))


def test_a_stream_is_a_turn_by_its_last_event() -> None:
    begun = {"type": "response.created", "response": response(status="in_progress")}
    ended = {"type": "response.completed", "response": response(spoken(SAID))}
    assert make(streamed(begun, "odd", ended)).replies == [{"replies": ["Paris."], "model": MODEL}]
    for cut in (streamed(begun), streamed({"type": "response.completed"}), turn()._replace(answer=None)):
        made = make(cut)
        assert (made.replies, made.scenarios) == ([], [])
        assert made.notes == [
            "talk, exchange 1: its turn is left out: the end of its answer was not recorded",
            "talk: its scenario ends before exchange 1: the end of its answer was not recorded",
        ]


@pytest.mark.parametrize(
    "exchange",
    [
        turn(status="queued"),
        turn({"type": "nothing"}),
        turn(),
        Exchange("POST", "/responses", {}, 200, response(spoken(SAID))),
        Exchange("POST", "/responses", None, 200, response(spoken(SAID))),
    ],
)
def test_a_turn_that_no_script_can_say_is_left_out_and_told(exchange: Exchange) -> None:
    made = make(exchange)
    assert made.replies == []
    assert made.scenarios == []
    assert made.notes[0].startswith("talk, exchange 1: its turn is left out of the replies: ")
    assert made.notes[1].startswith("talk: its scenario ends before exchange 1: no script says it")


def test_a_turn_in_a_conversation_adds_what_was_said() -> None:
    made = make(CREATED, turn(spoken(SAID), conversation={"id": CONV}))
    assert [item.text for item in made.sim.state[CONV].items] == ["Paris."]
    assert not make(turn(spoken(SAID), status="incomplete", conversation={"id": CONV})).sim.state


# --- the scenarios -------------------------------------------------------------------------------------------------


def test_ids_get_names_and_times_and_counts_stand_for_any() -> None:
    usage = {"input_tokens": 3}
    deleted = Exchange("DELETE", f"/conversations/{CONV}", None, 200, {"id": CONV, "deleted": True})
    made = make(CREATED, turn(spoken(SAID), asked={"conversation": CONV}, usage=usage, encrypted_content="x"), deleted)
    (one,) = made.scenarios
    create, said, answered, gone = one.steps
    assert isinstance(create, Raw)
    assert create.answer.body == conversation(id=Id("conv_1", "conv", shape="[0-9A-Za-z_-]+"), created_at=Seconds())
    assert said == Script(("Paris.",), {"model": MODEL})
    assert isinstance(answered, Raw)
    assert '"conversation": "{conv_1}"' in answered.body
    body: Any = answered.answer.body
    assert (body["id"].name, body["output"][0]["id"].name) == ("resp_1", "msg_1")
    assert (body["usage"], body["encrypted_content"]) == ({"input_tokens": Count()}, Anything())
    assert isinstance(gone, Raw)
    assert (gone.path, gone.body, gone.answer.body) == (
        "/conversations/{conv_1}",
        "",
        {"id": "{conv_1}", "deleted": True},
    )


def test_a_stream_tells_the_id_of_its_response_only() -> None:
    begun = {"type": "response.created", "response": response(status="in_progress")}
    ended = {"type": "response.completed", "response": response(spoken(SAID))}
    (one,) = make(streamed(begun, ended)).scenarios
    step = one.steps[-1]
    assert isinstance(step, Raw)
    assert step.answer.body == Streamed(Id("resp_1", "resp", shape="[0-9A-Za-z_-]+"))
    (other,) = make(streamed({"type": "ping"}, ended)).scenarios
    step = other.steps[-1]
    assert isinstance(step, Raw)
    assert step.answer.body == Anything()


def test_a_name_that_stands_in_a_text_is_not_given() -> None:
    (one,) = make(CREATED, Exchange("POST", "/conversations", {"x": "{conv_1}"}, 400, {})).scenarios
    step = one.steps[0]
    assert isinstance(step, Raw)
    body: Any = step.answer.body
    assert body["id"].name == "conv_1001"


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (Exchange("GET", f"/conversations/{CONV}", None, 200, conversation()), f"the recording did not make {CONV}"),
        (Exchange("GET", "/responses/resp_1", None, 200, {}), "the recording did not make resp_1"),
        (turn(spoken(SAID), asked={"conversation": {"id": CONV}}), f"the recording did not make {CONV}"),
        (turn(spoken(SAID), asked={"previous_response_id": "resp_1"}), "the recording did not make resp_1"),
        (Exchange("GET", "/conversations/x", None, 401, {}), "its status 401 is about the account or the service"),
        (Exchange("GET", "/conversations/x", None, 503, {}), "its status 503 is about the account or the service"),
        (Exchange("POST", "/conversations", {"a": "[redacted]"}, 200, conversation()), "it held a secret"),
        (
            Exchange("GET", "/conversations/x", None, 200, None),
            "the body of its answer was not recorded, or is no JSON",
        ),
        (
            Exchange("POST", "/responses", {"agent_reference": {"name": "support"}}, 400, {}),
            "a file of scenarios declares no agents",
        ),
    ],
)
def test_a_scenario_ends_before_what_it_cannot_ask(exchange: Exchange, why: str) -> None:
    made = make(Exchange("POST", "/conversations", {}, 400, {"error": "[redacted]"}), exchange)
    (one,) = made.scenarios
    assert len(one.steps) == 1
    assert isinstance(one.steps[0], Raw)
    assert one.steps[0].answer.body == {"error": Anything()}
    assert f"talk: its scenario ends before exchange 2: {why}" in made.notes


# --- there and back ------------------------------------------------------------------------------------------------


def recorded(act: Callable[[httpx2.Client], None], **options: Any) -> list[Exchange]:
    """What a journal of this emulator says of what ``act`` does."""
    sim = Emulator(**options)
    url = "https://api.openai.com/v1"
    with httpx2.Client(transport=sim.httpx2_transport(), base_url=url, headers={"Authorization": "Bearer x"}) as client:
        act(client)
    journal: Any = sim.journal
    return [
        Exchange(
            one.request.method,
            one.request.path + f"?{one.request.query}" * bool(one.request.query),
            one.body,
            one.status,
            list(one.events) or one.answer,
        )
        for one in journal
    ]


def talk(client: httpx2.Client) -> None:
    made = client.post(
        "/conversations", json={"metadata": {"a": "1"}, "items": [{"role": "user", "content": "Hi"}]}
    ).json()
    path = f"/conversations/{made['id']}"
    said = {"model": MODEL, "input": "Where?", "conversation": made["id"]}
    client.post("/responses", json=said)
    client.post("/responses", json=said | {"stream": True})
    client.get(f"{path}/items", params={"limit": 1})
    client.get(f"{path}/items", params={"order": "asc"})
    client.post(path, json={"metadata": {"b": "2"}})
    client.get("/conversations/conv_none")
    client.delete(path)


def test_what_convsim_recorded_of_itself_is_the_same_again() -> None:
    made = imported([("talk", recorded(talk, replies=["Paris.", [Reasoning("Hm."), Text("Rome.")]]))])
    assert made.notes == []
    (state,) = made.sim.state.values()
    assert [item.type for item in state.items] == ["message"] * 4 + ["reasoning", "message"]
    with running() as server, httpx2.Client(timeout=PATIENCE) as client:
        url = f"{server.url}/v1"
        control = Control(client, url, server.app.control_token, "verify")
        chosen = select({"Talk": tuple(made.scenarios)}, own=True)
        (result,) = Verification(Asked(client, url, "now", control=control)).run(chosen)
        assert result.failures == ()
        assert len(made.scenarios[0].steps) == 10


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (
            Exchange("POST", "/conversations", {}, 200, {"object": "conversation", "id": CONV}),
            "a member 'created_at' is missing",
        ),
        (
            Exchange("POST", "/conversations", {}, 200, conversation(created_at="today")),
            "a member is of another type than the live API's",
        ),
        (
            Exchange("GET", f"/conversations/{CONV}/items", None, 200, {"object": "list"}),
            "a member 'data' is missing",
        ),
        (
            Exchange("GET", f"/conversations/{CONV}/items", None, 200, {"data": ["x"]}),
            "a member is of another type than the live API's",
        ),
    ],
)
def test_answers_of_another_shape_are_left_out_of_the_state(exchange: Exchange, why: str) -> None:
    made = make(exchange)
    assert not made.sim.state
    assert made.notes[0] == f"talk, exchange 1: it is left out of the state: {why}"


def test_a_turn_of_another_shape_is_left_out_of_both() -> None:
    turn = {"id": "resp_1", "status": "completed", "conversation": {"id": CONV}, "output": ["x"], "model": MODEL}
    made = make(Exchange("POST", "/responses", {"model": MODEL}, 200, turn))
    assert not made.sim.state
    assert made.replies == []
    assert [note.partition(": ")[2].partition(":")[0] for note in made.notes] == [
        "it is left out of the state",
        "its turn is left out of the replies",
        "its scenario ends before exchange 1",
    ]


# --- Azure AI Foundry ----------------------------------------------------------------------------------------------


def test_a_project_gives_a_state_of_its_service_and_replies_without_a_model(tmp_path: Path) -> None:
    agents = {"support": Agent(version="3", model=MODEL)}
    sim = Emulator(service="foundry", agents=agents, replies=["Paris.", [{"type": "bing_grounding_call"}, "Rome."]])
    base_url = "https://x.services.ai.azure.com/api/projects/demo/openai"
    with httpx2.Client(transport=sim.httpx2_transport(), base_url=base_url, headers={"api-key": "x"}) as client:
        hello = {"metadata": {"a": "1"}, "items": [{"type": "message", "role": "user", "content": "Hi"}]}
        made = client.post("/conversations?api-version=2025-11-15-preview", json=hello).json()
        asked = {"conversation": made["id"], "input": "Where?"}
        named = {"agent_reference": {"type": "agent_reference", "name": "support"}}
        client.post("/responses", json=asked | named)
        client.post("/responses", json=asked | {"model": MODEL})
        client.get(f"/conversations/{made['id']}/items")
    sim.dump_journal(tmp_path / "journal.json")

    found = imported([("talk", read(tmp_path / "journal.json"))])
    assert found.service == "foundry"
    (state,) = found.sim.state.values()
    assert [item.type for item in state.items] == [
        *("message", "message", "message"),  # what was there, what was asked, what was said
        *("message", "bing_grounding_call", "message"),
    ]
    first, second = found.replies
    assert first == {"replies": ["Paris."]}
    assert (second["replies"][1], second["model"]) == ("Rome.", MODEL)
    assert second["replies"][0].keys() == {"type"}
    (one,) = found.scenarios
    assert [step.path for step in one.steps if isinstance(step, Raw)] == ["/conversations"]
    assert found.notes == ["talk: its scenario ends before entry 2: a file of scenarios declares no agents"]


def test_recordings_of_two_services_are_refused_with_a_place_in_each() -> None:
    other = CREATED._replace(service="foundry", place="log.entries[7]")
    with pytest.raises(UsageError) as error:
        imported([("a", [CREATED, CREATED]), ("b", [other])])
    assert str(error.value) == (
        "the recordings are of openai (a, exchange) and of foundry (b, log.entries[7]), and a state has one service:"
        " import the files of each by itself"
    )
