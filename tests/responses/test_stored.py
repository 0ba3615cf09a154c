"""Operations on the responses of a project, except for making one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError
from convsim.http.messages import Chunk
from convsim.items.catalogue import read_item
from convsim.items.stored import alone
from convsim.responses import stored
from convsim.responses.readers import Reader
from convsim.responses.scripts import script
from convsim.responses.vocabulary import Call, Failure
from tests.responses.home import NOW, answer, begun, conversation_in, home, says, told

Json = dict[str, Any]


def refusal(verb: Any, *given: Any, **options: Any) -> tuple[int, str, str | None, str | None]:
    with pytest.raises(APIStatusError) as caught:
        verb(*given, **options)
    error = caught.value
    return error.status_code, error.message, error.param, error.code


def listed(responses: Any, response_id: str, **options: Any) -> list[str]:
    given: Any = {"after": None, "limit": 20, "reverse": False} | options
    page = stored.input_items(responses, response_id, **given)
    return [_words(json.loads(alone(item.wire))) for item in page.items]


def _words(item: Json) -> str:
    return str(item["content"][0]["text"] if item["type"] == "message" else item["type"])


def events_of(stream: Any) -> list[str]:
    kinds = []
    while isinstance(chunk := stream.next(0), Chunk):
        kinds.append(str(chunk.event))
    return kinds


# --- retrieve and delete -------------------------------------------------------------------------------------------


def test_a_response_reads_as_it_was_answered() -> None:
    responses = says("Paris.")
    body = answer(responses)
    assert json.loads(stored.body(responses, body["id"])) == body


def test_a_response_that_was_streamed_says_who_pays_where_it_is_a_body() -> None:
    responses = says("Paris.")
    run = begun(responses, stream=True)
    told(run)
    assert json.loads(stored.body(responses, run.id))["billing"] == {"payer": "developer"}


def test_an_open_response_reads_as_it_is() -> None:
    responses = says("Paris.", hold=True)
    queued, held = begun(responses, background=True), begun(responses)
    assert json.loads(stored.body(responses, queued.id))["status"] == "queued"
    assert json.loads(stored.body(responses, held.id))["status"] == "in_progress"
    assert "billing" not in json.loads(stored.body(responses, held.id))


@pytest.mark.parametrize("verb", [stored.body, stored.delete, stored.cancel])
def test_an_unknown_response_is_not_found(verb: Any) -> None:
    assert refusal(verb, home(), "resp_x") == (404, "Response with id 'resp_x' not found.", None, None)


def test_a_response_that_was_not_to_be_stored_is_not_found() -> None:
    responses = says("Paris.")
    body = answer(responses, store=False)
    assert refusal(stored.body, responses, body["id"])[0] == 404


def test_a_deleted_response_leaves_its_conversation_and_its_chain() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    first = answer(responses, conversation=conversation)
    second = answer(responses, "And?", previous=responses.ended[first["id"]])
    assert stored.delete(responses, first["id"]) is None
    assert refusal(stored.body, responses, first["id"])[0] == 404
    assert len(conversation) == 2
    assert listed(responses, second["id"]) == ["Hi", "Paris.", "And?"]


def test_an_open_response_that_is_deleted_ends() -> None:
    responses = says("Paris.", hold=True)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, background=True)
    assert stored.delete(responses, run.id) is run
    assert conversation.locked_by is None
    assert responses.open() == []
    assert len(conversation) == 0


# --- cancel --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"stream": True}])
def test_a_background_response_is_cancelled_and_lets_its_conversation_go(options: Any) -> None:
    responses = says("Paris.", hold=True)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, background=True, **options)
    answered, ended = stored.cancel(responses, run.id)
    body = json.loads(answered)
    assert ended is run
    assert (body["status"], body["output"], body["usage"], body["completed_at"]) == ("cancelled", [], None, None)
    assert "billing" not in body
    assert len(conversation) == 0
    assert conversation.locked_by is None
    assert stored.cancel(responses, run.id) == (answered, None)
    assert json.loads(stored.body(responses, run.id)) == body


def test_the_stream_of_a_cancelled_response_ends() -> None:
    responses = says("Paris.", hold=True)
    run = begun(responses, background=True, stream=True)
    stored.cancel(responses, run.id)
    assert events_of(Reader(run)) == ["response.created", "response.queued"]


def test_what_is_not_in_the_background_or_has_ended_is_not_cancelled() -> None:
    responses = home(script("a", hold=True), script("b"), script("c"))
    held = begun(responses)
    ended = answer(responses)
    finished = begun(responses, background=True)
    finished.finish()
    synchronous = (400, "Cannot cancel a synchronous response.", "response_id", None)
    assert refusal(stored.cancel, responses, held.id) == synchronous
    assert refusal(stored.cancel, responses, ended["id"]) == synchronous
    assert refusal(stored.cancel, responses, finished.id)[1] == "Cannot cancel a completed response."


# --- streams once more ---------------------------------------------------------------------------------------------


def test_a_background_stream_is_told_again_behind_a_number() -> None:
    responses = says("Paris.")
    run = begun(responses, background=True, stream=True)
    whole = [event["type"] for event in told(run)]
    assert events_of(stored.resume(responses, run.id, None)) == whole
    assert events_of(stored.resume(responses, run.id, 2)) == whole[3:]
    stream = stored.resume(responses, run.id, len(whole))
    assert stream.next(0) is None
    again = stored.resume(responses, run.id, None)
    again.wake()
    again.close()
    assert again.next(0) is None


def test_an_open_background_stream_is_taken_up_where_it_is() -> None:
    responses = says("Paris.", hold=True)
    run = begun(responses, background=True, stream=True)
    stream = stored.resume(responses, run.id, 0)
    assert events_of(stream) == ["response.queued"]
    woken: list[int] = []
    stream.wake = lambda: woken.append(1)
    run.finish()
    run.wake()
    assert woken == [1]
    assert events_of(stream)[-1] == "response.completed"
    stream.close()


def test_only_background_streams_are_told_again() -> None:
    responses = home(script("a"), script("b", hold=True), script("c"), script("d", hold=True))
    ended, held = answer(responses), begun(responses, stream=True)
    queued, waiting = begun(responses, background=True), begun(responses, background=True)
    queued.finish()

    def words(response_id: str) -> str:
        return refusal(stored.resume, responses, response_id, None)[1]

    sentence = "This response cannot be streamed because it was not created with {}=true."
    assert words(ended["id"]) == words(held.id) == sentence.format("background")
    assert words(queued.id) == words(waiting.id) == sentence.format("stream")


# --- input items ---------------------------------------------------------------------------------------------------


def test_input_items_are_the_whole_context_of_a_chain() -> None:
    responses = home(script(Call("f", call_id="call_1")), script("Warm."), script("Cold."))
    first = answer(responses, "Weather?")
    output = {"type": "function_call_output", "call_id": "call_1", "output": "20"}
    second = answer(responses, [output], previous=responses.ended[first["id"]])
    assert listed(responses, first["id"]) == ["Weather?"]
    assert listed(responses, second["id"]) == ["Weather?", "function_call", "function_call_output"]
    assert listed(responses, second["id"], reverse=True, limit=2) == ["function_call_output", "function_call"]
    third = answer(responses, "And now?", previous=responses.ended[second["id"]])
    before = ["Weather?", "function_call", "function_call_output", "Warm."]
    assert listed(responses, third["id"]) == [*before, "And now?"]


def test_input_items_come_in_pages() -> None:
    responses = says("Paris.")
    body = answer(responses, [{"role": "user", "content": text} for text in ("1", "2", "3")])
    page = stored.input_items(responses, body["id"], after=None, limit=2, reverse=False)
    assert page.has_more
    rest = stored.input_items(responses, body["id"], after=page.items[-1].id, limit=2, reverse=False)
    assert (len(rest.items), rest.has_more) == (1, False)
    rest = stored.input_items(responses, body["id"], after=page.items[0].id, limit=2, reverse=False)
    assert (len(rest.items), rest.has_more) == (2, False)
    told = refusal(stored.input_items, responses, body["id"], after="msg_x", limit=2, reverse=False)
    assert ("msg_x" in told[1], told[2]) == (True, "after")


def test_input_items_of_a_conversation_are_what_stood_in_it_before() -> None:
    responses = says("Yes.")
    conversation = conversation_in(responses, "One.", "Two.")
    first = answer(responses, "Three.", conversation=conversation)
    answer(responses, "Four.", conversation=conversation)
    assert listed(responses, first["id"]) == ["One.", "Two.", "Three."]
    # What was deleted since is no longer told, also where it was the last one.
    conversation.unlink(conversation.items()[1].id)
    assert listed(responses, first["id"]) == ["One.", "Three."]
    for item in conversation.items()[1:3]:
        conversation.unlink(item.id)
    assert listed(responses, first["id"]) == ["Three."]
    responses.store.delete_conversation(conversation)
    assert listed(responses, first["id"]) == ["Three."]


def test_an_empty_conversation_stands_before_nothing() -> None:
    responses = says("Yes.")
    conversation = conversation_in(responses)
    first = answer(responses, "One.", conversation=conversation)
    assert listed(responses, first["id"]) == ["One."]


def test_an_open_response_lists_nothing_yet_and_a_failed_one_its_input() -> None:
    responses = home(script("x", hold=True), script(Failure("a", "b")))
    assert listed(responses, begun(responses, background=True).id) == []
    assert listed(responses, answer(responses)["id"]) == ["Hi"]


# --- counting and compacting ---------------------------------------------------------------------------------------


def message(text: str, role: str = "user") -> Any:
    return read_item({"role": role, "content": text}, Behavior())


def test_what_a_request_counts_as_is_what_its_turn_says() -> None:
    responses = says("Paris.")
    usage = answer(responses, "Hello there")["usage"]
    known = conversation_in(responses, "Hello there").items()
    for given in ([message("Hello there")], known):
        assert stored.count({"model": "gpt-4.1"}, given, 0) == {
            "object": "response.input_tokens",
            "input_tokens": usage["input_tokens"],
        }


def test_a_compacted_context_holds_what_the_user_said_and_stands_for_the_rest() -> None:
    responses = home(script("Paris.", times="always"), ids="live")
    request = {"model": "gpt-4.1", "instructions": "Keep what matters."}
    call = read_item({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "call_1"}, Behavior())
    made = stored.compact(responses, request, [message("One."), call, message("Two.", "assistant")], None)
    assert list(made) == ["id", "object", "created_at", "output", "usage"]
    assert (made["object"], made["created_at"]) == ("response.compaction", NOW)
    user, compaction = made["output"]
    assert (user["role"], user["content"][0]["text"]) == ("user", "One.")
    assert list(compaction) == ["id", "type", "encrypted_content"]
    assert compaction["id"].startswith("cmp_")
    assert {one["id"].partition("_")[2][16:18] for one in (made, user, compaction)} == {"01"}
    assert made["usage"]["total_tokens"] == made["usage"]["input_tokens"] + made["usage"]["output_tokens"]


def test_what_a_chain_is_compacted_to_has_its_partition() -> None:
    responses = home(script("Paris."), ids="live")
    first = answer(responses)["id"]
    made = stored.compact(responses, {"model": "gpt-4.1"}, [], responses.ended[first])
    assert {one["id"].partition("_")[2][:16] for one in (made, *made["output"])} == {first[5:21]}


def test_a_chain_is_compacted_since_the_last_time_under_the_ids_that_it_has() -> None:
    responses = says("Paris.")
    item = {"type": "compaction", "encrypted_content": "e", "id": "cmp_1"}
    first = answer(responses, [{"role": "user", "content": "Old."}, item, {"role": "user", "content": "New."}])
    made = stored.compact(responses, {"model": "gpt-4.1"}, [], responses.ended[first["id"]])
    said = [one["content"][0]["text"] for one in made["output"] if one["type"] == "message"]
    assert said == ["New."]
    assert made["output"][0]["id"] in responses.store.items
