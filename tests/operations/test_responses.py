"""The operations on responses, over HTTP with a plain client."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from convsim import Behavior, Call, Emulator, Failure, Reasoning, Text
from convsim.faults import Overloaded, ServerError, StaleReads
from convsim.responses.turn import Turn
from tests.asking import HELLO, check, client

Json = dict[str, Any]

LOCKED = "Another process is currently operating on this conversation. Please retry in a few seconds."


def emulator(*replies: Any, **options: Any) -> Emulator:
    return Emulator(ids="sequential", replies=replies, **options)


def turn(http: httpx2.Client, said: Any = "Hi", **body: Any) -> httpx2.Response:
    return http.post("/responses", json={"model": "gpt-4.1", "input": said} | body)


def events(answer: httpx2.Response) -> list[Json]:
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    return [json.loads(frame.partition("\ndata: ")[2]) for frame in answer.text.split("\n\n") if frame]


def items(http: httpx2.Client, conversation_id: str) -> list[str]:
    """Return the items of the conversation in order, in a word or two each."""
    page = http.get(f"/conversations/{conversation_id}/items", params={"order": "asc", "limit": 100}).json()
    return [_said(item) for item in page["data"]]


def _said(item: Json) -> str:
    if item["type"] == "message":
        return f"{item['role']}: {''.join(part['text'] for part in item['content'])}"
    return str(item["type"])


def message(answer: httpx2.Response) -> str:
    return str(answer.json()["error"]["message"])


@pytest.fixture
def conversation() -> str:
    return "conv_1"


# --- create --------------------------------------------------------------------------------------------------------


def test_a_turn_answers_the_call_of_the_one_before() -> None:
    output = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
    with client(emulator(Call("f", call_id="call_1"), "Sunny.")) as http:
        called = turn(http).json()["id"]
        assert turn(http, [output]).status_code == 400
        assert turn(http, [output], previous_response_id=called).status_code == 200


def test_only_turns_that_are_answered_at_once_tell_the_limits() -> None:
    with client(emulator("Hi.", lambda turn: "Hi.", "Hi.")) as http:
        answers = turn(http), turn(http), turn(http, background=True)
    assert ["x-ratelimit-limit-requests" in answer.headers for answer in answers] == [True, True, False]


@pytest.mark.parametrize("named", ["conv_1", {"id": "conv_1"}])
@pytest.mark.parametrize("stream", [False, True])
def test_a_turn_lands_in_its_conversation(named: Any, stream: bool) -> None:
    sim = emulator("Paris.")
    sim.conversations.create(items=[HELLO])
    with client(sim) as http:
        answer = turn(http, "Capital of France?", conversation=named, stream=stream)
        body = events(answer)[-1]["response"] if stream else answer.json()
        assert (answer.status_code, body["status"], body["conversation"]) == (200, "completed", {"id": "conv_1"})
        assert items(http, "conv_1") == ["user: hello", "user: Capital of France?", "assistant: Paris."]
        assert http.get(f"/responses/{body['id']}").json()["output"] == body["output"]
    check(sim)


def test_the_two_forms_of_a_body_are_those_of_the_live_api() -> None:
    with client(emulator("One.", "Two.")) as http:
        plain, streamed = turn(http), turn(http, stream=True)
    assert plain.headers["content-type"] == "application/json"
    assert plain.content == json.dumps(plain.json(), indent=2).encode()
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "content-length" not in streamed.headers
    assert [event["sequence_number"] for event in events(streamed)] == list(range(len(events(streamed))))


def test_lookups_come_in_the_live_order_and_use_up_no_script() -> None:
    sim = emulator("Paris.")
    with client(sim) as http:
        asked = {"prompt": {"id": "pmpt_1"}}
        no_conversation = turn(http, conversation="conv_9", **asked)
        no_prompt = turn(http, previous_response_id="resp_9", **asked)
        no_response = turn(http, previous_response_id="resp_9")
        assert [answer.status_code for answer in (no_conversation, no_prompt, no_response)] == [404, 404, 400]
        assert "conv_9" in message(no_conversation)
        assert "pmpt_1" in message(no_prompt)
        assert message(no_response) == "Previous response with id 'resp_9' not found."
        assert turn(http).json()["output"][0]["content"][0]["text"] == "Paris."


def test_a_refused_turn_changes_nothing() -> None:
    sim = emulator(Call("f", call_id="call_a"), "Done.")
    sim.conversations.create()
    with client(sim) as http:
        assert turn(http, conversation="conv_1").status_code == 200
        before = sim.snapshot().to_dict()["projects"]
        refused = turn(http, "And?", conversation="conv_1")
        assert (refused.status_code, message(refused)) == (400, "No tool output found for function call call_a.")
        assert sim.snapshot().to_dict()["projects"] == before
        output = {"type": "function_call_output", "call_id": "call_a", "output": "1"}
        assert turn(http, [output], conversation="conv_1").status_code == 200
        assert items(http, "conv_1")[1:] == ["function_call", "function_call_output", "assistant: Done."]


def test_a_conversation_and_a_previous_response_do_not_go_together() -> None:
    with client(emulator("x")) as http:
        refused = turn(http, conversation="conv_1", previous_response_id="resp_1")
    assert refused.status_code == 400
    assert "mutually exclusive" in message(refused).lower()


def test_a_chain_is_seen_by_the_script_and_adds_nothing_to_a_conversation() -> None:
    seen: list[list[Any]] = []

    def note(turn: Turn) -> str:
        seen.append([item["content"][0]["text"] for item in turn.history])
        return f"answer {len(seen)}"

    sim = Emulator()
    conversation_id = sim.conversations.create().id
    sim.responses.script(note, times=4)
    with client(sim) as http:
        first = turn(http, "one", conversation=conversation_id).json()["id"]
        second = turn(http, "two", previous_response_id=first).json()["id"]
        for text in ("left", "right"):
            turn(http, text, previous_response_id=second)
        assert items(http, conversation_id) == ["user: one", "assistant: answer 1"]
    chain = ["one", "answer 1", "two", "answer 2"]
    assert seen == [["one"], chain[:3], [*chain, "left"], [*chain, "right"]]


def test_an_unknown_conversation_is_made_where_all_ids_are_known() -> None:
    sim = emulator("Paris.", unknown_ids="create")
    with client(sim) as http:
        assert turn(http, conversation="conv_new").status_code == 200
        assert items(http, "conv_new") == ["user: Hi", "assistant: Paris."]
    check(sim)


def test_an_unknown_response_is_a_cancelled_stream_where_all_ids_are_known() -> None:
    sim = Emulator(unknown_ids="create")
    responses: Any = sim.responses
    (first,) = list(responses.retrieve("resp_new", stream=True))
    assert (first.type, first.sequence_number) == ("response.created", 0)
    assert (first.response.id, first.response.status) == ("resp_new", "queued")
    made = responses.retrieve("resp_new")
    assert (made.status, made.background) == ("cancelled", True)
    assert responses.input_items.list("resp_new").data == ()

    sim.responses.script("Paris.", hold=True)
    held = responses.create(model="gpt-4.1", input="Hi", background=True)
    assert responses.retrieve(held.id).status in ("queued", "in_progress")


def test_a_turn_is_completed_by_the_version_of_the_prompt_that_it_names() -> None:
    sim = emulator("Yes.", "Yes.")
    for temperature in (0.5, 1.5):
        sim.prompts.add("pmpt_1", model="gpt-4.1", temperature=temperature, instructions="Help {{name}}.")
    named = {"id": "pmpt_1", "version": "1", "variables": {"name": {"type": "input_text", "text": "Ada"}}}
    with client(sim) as http:
        for said in ("Hi", [HELLO]):
            told = http.post("/responses", json={"prompt": named, "input": said}).json()
            (given,) = http.get(f"/responses/{told['id']}/input_items").json()["data"]
            assert (told["temperature"], told["instructions"][0]["content"][0]["text"]) == (0.5, "Help Ada.")
            assert _said(given) == f"user: {'Hi' if said == 'Hi' else HELLO['content']}"


@pytest.mark.parametrize(("store", "advice"), [(True, False), (False, True)])
def test_a_reference_of_a_turn_that_stores_nothing_has_a_sentence_of_its_own(store: bool, advice: bool) -> None:
    with client(emulator()) as http:
        refused = turn(http, [{"type": "item_reference", "id": "msg_x"}], store=store)
    assert ("`store`" in message(refused)) is advice


def test_a_reset_lets_open_turns_go() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    told: Any = sim.responses.create(model="gpt-4.1", input="Hi", stream=True)
    assert next(told).type == "response.created"
    sim.reset()
    assert list(told) == []


def test_what_is_not_stored_is_not_found_again() -> None:
    sim = emulator("Paris.", "Rome.")
    sim.conversations.create()
    with client(sim) as http:
        made = turn(http, conversation="conv_1", store=False).json()
        assert http.get(f"/responses/{made['id']}").status_code == 404
        assert items(http, "conv_1") == []


def test_what_is_not_stored_lands_in_the_conversation_where_the_behavior_says_so() -> None:
    sim = emulator("Paris.", behavior=Behavior(store_false_items="append"))
    sim.conversations.create()
    with client(sim) as http:
        turn(http, conversation="conv_1", store=False)
        assert items(http, "conv_1") == ["user: Hi", "assistant: Paris."]


def test_a_turn_that_fails_answers_200_and_lands_nowhere() -> None:
    sim = emulator([Text("Well"), Failure("server_error", "Oh.")])
    sim.conversations.create()
    with client(sim) as http:
        body = turn(http, conversation="conv_1").json()
        assert (body["status"], body["error"]) == ("failed", {"code": "server_error", "message": "Oh."})
        assert items(http, "conv_1") == []


def test_a_context_that_is_too_long_is_refused() -> None:
    sim = emulator("Paris.", "Rome.", context_window=40)
    sim.conversations.create()
    with client(sim) as http:
        refused = turn(http, "word " * 60, conversation="conv_1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "context_length_exceeded")
        assert turn(http, "short", conversation="conv_1").status_code == 200
        assert items(http, "conv_1") == ["user: short", "assistant: Paris."]


# --- faults --------------------------------------------------------------------------------------------------------


def test_a_fault_before_the_turn_uses_up_no_script() -> None:
    sim = emulator("Paris.")
    sim.conversations.create()
    sim.faults.add(Overloaded(), on="responses.create")
    with client(sim) as http:
        assert turn(http, conversation="conv_1").status_code == 503
        assert items(http, "conv_1") == []
        assert turn(http, conversation="conv_1").status_code == 200


@pytest.mark.parametrize("options", [{}, {"stream": True}])
def test_a_fault_behind_the_turn_hides_what_was_done(options: Json) -> None:
    sim = Emulator(ids="sequential")
    sim.conversations.create()
    sim.responses.script("Paris.", hold=True)
    sim.faults.add(ServerError(), on="responses.create", after_commit=True)
    with client(sim) as http:
        assert turn(http, conversation="conv_1", **options).status_code == 500
        assert items(http, "conv_1") == ["user: Hi", "assistant: Paris."]
    assert sim.responses.open == ()
    entry = sim.journal.select(operation="responses.create")[-1]
    assert (entry.status, entry.done) == (500, True)


def test_a_fault_is_limited_to_the_conversation_of_the_turn() -> None:
    sim = emulator("One.", "Two.")
    for _ in range(2):
        sim.conversations.create()
    sim.faults.add(Overloaded(), on="responses.create", conversation="conv_2", times=9)
    with client(sim) as http:
        answers = [
            turn(http, **named) for named in ({}, {"conversation": "conv_1"}, {"conversation": {"id": "conv_2"}})
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 503]


def test_a_stale_read_knows_the_responses_that_there_are() -> None:
    sim = emulator("One.")
    sim.conversations.create()
    sim.faults.add(StaleReads(), on="responses.input_tokens.count")
    with client(sim) as http:
        made = turn(http, conversation="conv_1").json()["id"]
        counts = [
            http.post("/responses/input_tokens", json={"model": "gpt-4.1", "input": "Hi"} | past)
            for past in ({"conversation": "conv_1"}, {}, {"previous_response_id": made})
        ]
    assert [answer.status_code for answer in counts] == [200, 200, 200]
    stale, alone, continued = (answer.json()["input_tokens"] for answer in counts)
    assert stale == alone < continued


# --- retrieve, delete, cancel --------------------------------------------------------------------------------------


def test_an_unknown_response() -> None:
    with client(emulator()) as http:
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")):
            answer = http.request(method, f"/responses/resp_9{path}")
            assert answer.status_code == 404
            assert message(answer) == "Response with id 'resp_9' not found."


def test_a_deleted_response_leaves_the_conversation_as_it_is() -> None:
    sim = emulator("Paris.")
    sim.conversations.create()
    with client(sim) as http:
        made = turn(http, conversation="conv_1").json()["id"]
        deleted = http.delete(f"/responses/{made}")
        assert deleted.json() == {"id": made, "object": "response.deleted", "deleted": True}
        assert http.get(f"/responses/{made}").status_code == 404
        assert items(http, "conv_1") == ["user: Hi", "assistant: Paris."]


def test_a_response_that_is_no_background_one_is_neither_cancelled_nor_streamed_again() -> None:
    with client(emulator("Paris.")) as http:
        made = turn(http, stream=True)
        path = f"/responses/{events(made)[0]['response']['id']}"
        assert http.post(f"{path}/cancel").status_code == 400
        assert http.get(path, params={"stream": "true"}).status_code == 400


def test_a_turn_in_the_background_is_polled() -> None:
    sim = emulator()
    sim.conversations.create()
    sim.responses.script("Paris.", delay=5)
    with client(sim) as http:
        queued = turn(http, conversation="conv_1", background=True).json()
        path = f"/responses/{queued['id']}"
        assert (queued["status"], http.get(path).json()["status"]) == ("queued", "queued")
        locked = turn(http, conversation="conv_1")
        assert (locked.status_code, message(locked)) == (400, LOCKED)
        sim.clock.advance(4.9)
        assert http.get(path).json()["status"] == "queued"
        sim.clock.advance(0.1)
        assert http.get(path).json()["status"] == "completed"
        assert items(http, "conv_1") == ["user: Hi", "assistant: Paris."]
        assert http.post(f"{path}/cancel").status_code == 400


def test_a_turn_in_the_background_ends_before_the_next_call_whatever_that_is() -> None:
    sim = emulator()
    sim.conversations.create()
    sim.responses.script("Paris.", delay=5)
    with client(sim) as http:
        turn(http, conversation="conv_1", background=True)
        sim.clock.advance(5)
        assert items(http, "conv_1") == ["user: Hi", "assistant: Paris."]


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_a_turn_in_the_background_is_ended_without_a_word(end: str) -> None:
    sim = emulator()
    sim.conversations.create()
    sim.responses.script("Paris.", hold=True)
    sim.responses.script("Rome.")
    with client(sim) as http:
        path = f"/responses/{turn(http, conversation='conv_1', background=True).json()['id']}"
        if end == "cancel":
            cancelled = http.post(f"{path}/cancel").json()
            assert (cancelled["status"], cancelled["output"]) == ("cancelled", [])
            assert http.post(f"{path}/cancel").json() == http.get(path).json() == cancelled
        else:
            assert http.delete(path).status_code == 200
            assert http.get(path).status_code == 404
        assert items(http, "conv_1") == []
        assert turn(http, "Again", conversation="conv_1").status_code == 200


def test_a_stream_in_the_background_is_told_again_from_any_event() -> None:
    sim = emulator()
    sim.responses.script("Paris is nice.", hold=True)
    with client(sim) as http:
        with http.stream("POST", "/responses", json=BACKGROUND) as answer:
            first = next(answer.iter_lines())
        assert first == "event: response.created"
        (open_id,) = sim.responses.open
        sim.responses.finish(open_id)
        whole = events(http.get(f"/responses/{open_id}", params={"stream": "true"}))
        assert [event["type"] for event in whole][:3] == ["response.created", "response.queued", "response.in_progress"]
        assert whole[-1]["type"] == "response.completed"
        for number in range(len(whole)):
            asked = {"stream": "true", "starting_after": str(number)}
            assert events(http.get(f"/responses/{open_id}", params=asked)) == whole[number + 1 :]


BACKGROUND = {"model": "gpt-4.1", "input": "Hi", "stream": True, "background": True}


# --- input items, compact, input tokens ----------------------------------------------------------------------------


def test_input_items_are_paged() -> None:
    with client(emulator("x")) as http:
        given = [{"role": "user", "content": text} for text in "abc"]
        path = f"/responses/{turn(http, given).json()['id']}/input_items"
        page = http.get(path, params={"limit": 2}).json()
        assert [_said(item) for item in page["data"]] == ["user: c", "user: b"]
        assert (page["object"], page["has_more"], page["last_id"]) == ("list", True, page["data"][-1]["id"])
        rest = http.get(path, params={"after": page["last_id"]}).json()
        assert [_said(item) for item in rest["data"]] == ["user: a"]
        ascending = http.get(path, params={"order": "asc"}).json()
        assert [_said(item) for item in ascending["data"]] == ["user: a", "user: b", "user: c"]


def test_a_compaction_stores_nothing() -> None:
    sim = emulator([Reasoning("Hm."), "Paris."])
    with client(sim) as http:
        first = turn(http).json()["id"]
        before = len(sim.snapshot().to_dict()["projects"]["proj_default"]["items"])
        asked = {"model": "gpt-4.1", "previous_response_id": first, "input": "And?"}
        body = http.post("/responses/compact", json=asked).json()
        assert body["object"] == "response.compaction"
        assert [item["type"] for item in body["output"]] == ["message", "message", "compaction"]
        assert len(sim.snapshot().to_dict()["projects"]["proj_default"]["items"]) == before
        missing = http.post("/responses/compact", json=asked | {"previous_response_id": "resp_9"})
        assert message(missing) == "Previous response with id 'resp_9' not found."


def test_input_tokens_are_those_that_the_turn_will_count() -> None:
    sim = emulator("Paris.", "Rome.")
    sim.conversations.create(items=[HELLO])
    made: Json = {}
    with client(sim) as http:
        for past in ({"conversation": "conv_1"}, {}, None):
            asked: Json = {"model": "gpt-4.1", "input": "Where is it?", "instructions": "Be brief."}
            asked |= past if past is not None else {"previous_response_id": made["id"]}
            counted = http.post("/responses/input_tokens", json=asked).json()
            assert counted["object"] == "response.input_tokens"
            if past is not None:
                made = http.post("/responses", json=asked).json()
                assert made["usage"]["input_tokens"] == counted["input_tokens"]
        assert counted["input_tokens"] > made["usage"]["input_tokens"]
        assert http.post("/responses/input_tokens", json={"conversation": "conv_9"}).status_code == 404
        assert http.post("/responses/input_tokens", json={}).status_code == 200


# --- locks ---------------------------------------------------------------------------------------------------------


WRITES = [
    ("POST", "/conversations/conv_1/items", {"items": [HELLO]}),
    ("DELETE", "/conversations/conv_1/items/msg_1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("write", ["refuse", "allow"])
def test_a_write_meets_the_lock_of_a_turn(method: str, path: str, body: Json | None, write: Any) -> None:
    sim = Emulator(ids="sequential", behavior=Behavior(write_while_locked=write))
    sim.conversations.create(items=[HELLO])
    sim.responses.script("Paris.", hold=True)
    with client(sim) as http:
        turn(http, conversation="conv_1", background=True)
        answer = http.request(method, path, json=body)
        assert (answer.status_code, write) in ((400, "refuse"), (200, "allow"))
        assert http.get("/conversations/conv_1/items").status_code == 200
        sim.responses.finish()
        if write == "refuse":
            assert message(answer) == LOCKED
            assert http.request(method, path, json=body).status_code == 200
        else:
            assert items(http, "conv_1")[-2:] == ["user: Hi", "assistant: Paris."]
    check(sim)


def test_a_conversation_that_is_deleted_under_a_turn_takes_nothing_more() -> None:
    sim = Emulator(ids="sequential")
    sim.conversations.create()
    sim.responses.script("Paris.", hold=True)
    with client(sim) as http:
        made = turn(http, conversation="conv_1", background=True).json()["id"]
        assert http.delete("/conversations/conv_1").status_code == 200
        sim.responses.finish()
        assert http.get(f"/responses/{made}").json()["status"] == "completed"
        assert http.get("/conversations/conv_1").status_code == 404
    check(sim)
