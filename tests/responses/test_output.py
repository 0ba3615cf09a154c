"""Replies become output items: what a script may say, and what the response and the conversation have of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from convsim.errors import UsageError
from convsim.responses.output import replies
from convsim.responses.scripts import OWNER, script
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text
from tests.responses.home import answer, conversation_in, home, items_of, says, sentence

Json = dict[str, Any]

SEARCH: Json = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}


class Answer(BaseModel):
    city: str
    people: int


def output(*given: object, **request: Any) -> list[Json]:
    said: list[Json] = answer(says(*given), **request)["output"]
    return said


def refused(*given: object) -> str:
    with pytest.raises(UsageError) as caught:
        replies(OWNER, given)
    return sentence(caught.value)


def test_a_string_is_a_message() -> None:
    [message] = output("Paris.")
    assert list(message) == ["id", "type", "status", "content", "role"]
    assert message == {
        "id": "msg_2",
        "type": "message",
        "status": "completed",
        "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Paris."}],
        "role": "assistant",
    }


def test_a_model_of_pydantic_is_its_json() -> None:
    [message] = output(Answer(city="Paris", people=2))
    assert message["content"][0]["text"] == '{"city":"Paris","people":2}'


def test_ids_and_call_ids_are_minted_in_the_partition_of_the_response() -> None:
    responses = home(script(Reasoning("Hm."), Call("f"), Call("g")), ids="live")
    body = answer(responses)
    shared = body["id"].removeprefix("resp_")[:18]
    prefixes = ("rs", "fc", "fc")
    for item, prefix in zip(body["output"], prefixes, strict=True):
        assert item["id"].startswith(f"{prefix}_{shared}")
        assert len(item["id"]) == len(f"{prefix}_") + 50
    one, other = (item["call_id"] for item in body["output"][1:])
    assert one != other
    assert len(one) == len("call_") + 24


def test_a_reply_that_brings_ids_keeps_them() -> None:
    assert output(SEARCH | {"id": "ws_mine"})[0]["id"] == "ws_mine"
    assert output(Call("f", call_id="call_mine"))[0]["call_id"] == "call_mine"
    assert output(SEARCH)[0]["id"] == "ws_1"


def test_an_item_needs_no_type_where_it_is_a_message() -> None:
    [message] = output({"content": "Paris.", "phase": "commentary", "status": "incomplete"})
    assert (message["type"], message["role"], message["status"]) == ("message", "assistant", "incomplete")
    assert list(message) == ["id", "type", "status", "content", "phase", "role"]
    assert message["content"] == [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Paris."}]


def test_an_item_is_completed_as_its_type_is() -> None:
    [call] = output({"type": "shell_call", "action": {"commands": ["ls"]}, "environment": {"type": "local"}})
    assert call == {
        "id": "sh_1",
        "type": "shell_call",
        "status": "completed",
        "action": {"commands": ["ls"], "max_output_length": None, "timeout_ms": None},
        "call_id": "call_1",
        "environment": {"type": "local"},
    }
    [thought] = output({"type": "reasoning", "summary": []})
    assert list(thought) == ["id", "type", "content", "summary"]


def test_sources_that_no_client_may_send_are_kept() -> None:
    action = SEARCH["action"] | {"sources": [{"type": "api", "name": "weather"}, {"type": "url", "url": "https://a.b"}]}
    assert output(SEARCH | {"action": action}, include=["web_search_call.action.sources"])[0]["action"] == action
    assert "sources" not in output(SEARCH | {"action": action})[0]["action"]


@pytest.mark.parametrize("action", [None, {"type": "search", "sources": None}, {"type": "search", "sources": [1]}])
def test_a_search_that_is_none_is_refused(action: Any) -> None:
    assert refused(SEARCH | {"action": action}).startswith(f"{OWNER}({{'type': 'web_search_call'")


# --- phases --------------------------------------------------------------------------------------------------------


def phases(*given: object, model: str = "gpt-5.6") -> list[str | None]:
    return [item.get("phase") for item in output(*given, model=model) if item["type"] == "message"]


def test_newer_models_say_of_which_phase_a_message_is() -> None:
    assert phases("Paris.") == ["final_answer"]
    assert phases("I look.", Call("f")) == ["commentary"]
    assert phases("I look.", SEARCH, Refusal("No.")) == ["commentary", "final_answer"]
    assert phases("One.", Reasoning("Hm."), "Two.") == ["final_answer", "final_answer"]
    assert phases(Text("I look.", phase="final_answer"), Call("f")) == ["final_answer"]


@pytest.mark.parametrize(
    "said",
    [
        Text("Hm.", annotations=[{"type": "file_citation", "file_id": "file_1", "filename": "a", "index": 0}]),
        Refusal("No."),
    ],
)
def test_a_message_that_is_no_plain_text_has_its_id_and_phase(said: Any) -> None:
    message, _ = output(said, Call("f"), model="gpt-5.6")
    assert message["id"].startswith("msg_")
    assert message["phase"] == "commentary"


def test_older_models_say_so_only_where_the_script_does() -> None:
    assert phases("Paris.", model="gpt-5.2") == [None]
    assert phases(Text("Paris.", phase="final_answer"), model="gpt-4.1") == ["final_answer"]


@pytest.mark.parametrize(("choice", "expected"), [("show", "commentary"), ("hide", None)])
@pytest.mark.parametrize("said", [Text("Paris.", phase="commentary"), Refusal("No.")])
def test_the_conversation_shows_the_phase_or_not(said: Any, choice: str, expected: str | None) -> None:
    responses = home(script(said, Call("f")), phase_in_items=choice)
    conversation = conversation_in(responses)
    body = answer(responses, conversation=conversation, model="gpt-5.5")
    assert body["output"][0]["phase"] == "commentary"
    shown = body["output"][0]
    assert items_of(conversation)[-2] == (
        shown if expected else {name: shown[name] for name in shown if name != "phase"}
    )


# --- what is included ----------------------------------------------------------------------------------------------


def test_what_is_not_included_is_hidden_in_the_response_and_kept_in_the_item() -> None:
    responses = home(script(Reasoning("Hm.", encrypted_content="secret"), Text("Paris.", phase="final_answer")))
    conversation = conversation_in(responses)
    thought, _ = answer(responses, conversation=conversation)["output"]
    assert "encrypted_content" not in thought
    kept = items_of(conversation)[1]
    assert kept == thought | {"encrypted_content": "secret"}


def test_reasoning_is_encrypted_where_that_is_included() -> None:
    [thought] = output(Reasoning(), include=["reasoning.encrypted_content"])
    assert len(thought["encrypted_content"]) == 64
    responses = says(Reasoning())
    conversation = conversation_in(responses)
    [thought] = answer(responses, conversation=conversation)["output"]
    assert items_of(conversation)[1] == thought == {"id": "rs_1", "type": "reasoning", "content": [], "summary": []}
    [thought] = output(Reasoning(encrypted_content="mine"), include=["reasoning.encrypted_content"])
    assert thought["encrypted_content"] == "mine"


def test_a_phase_stands_also_where_something_is_hidden() -> None:
    odds = [{"bytes": [80], "logprob": -0.5, "token": "P", "top_logprobs": []}]
    responses = home(script(Text("P", phase="commentary", logprobs=odds)), phase_in_items="hide")
    conversation = conversation_in(responses)
    [message] = answer(responses, conversation=conversation)["output"]
    assert list(message) == ["id", "type", "status", "content", "phase", "role"]
    assert message["content"][0]["logprobs"] == []
    assert "phase" not in items_of(conversation)[-1]


# --- cut off -------------------------------------------------------------------------------------------------------


def test_only_the_last_item_is_cut_off_and_only_where_it_has_a_status() -> None:
    options = {"status": "incomplete", "reason": "max_output_tokens"}
    said = answer(says("One.", Call("f", '{"a'), **options))["output"]
    assert [item["status"] for item in said] == ["completed", "incomplete"]
    [thought] = answer(says(Reasoning(), **options))["output"]
    assert "status" not in thought


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            (1,),
            (
                "(1): write a string, Text(...), Refusal(...), Reasoning(...), Call(...), Failure(...), an output item"
                " as a mapping, or one function that takes the turn"
            ),
        ),
        ((Speech(b"x"),), "(Speech(audio=b'x', transcript='')): Speech is for Realtime; write Text(...) here"),
        (
            (["One.", "Two."],),
            f"(['One.', 'Two.']): write each reply of a turn as an argument of its own, and {OWNER}(...) for each turn",
        ),
        (
            ({"city": "Paris"},),
            (
                "({'city': 'Paris'}): Missing required parameter: 'content'. A mapping is an output item with a type;"
                " write JSON as a string, or as a pydantic object."
            ),
        ),
        (
            ({"type": "item_reference", "id": "msg_1"},),
            "({'type': 'item_reference', 'id': 'msg_1'}): no model outputs this item",
        ),
        (({"type": "compaction_trigger"},), "({'type': 'compaction_trigger'}): no model outputs this item"),
        (({"role": "user", "content": "x"},), "({'role': 'user', 'content': 'x'}): no model outputs this item"),
        (({"type": "web_search_call"},), "({'type': 'web_search_call'}): Missing required parameter: 'status'."),
        (
            ({"type": "shell_call_output", "output": []},),
            "({'type': 'shell_call_output', 'output': []}): Missing required parameter: 'call_id'.",
        ),
        (
            ({"type": "web_search_call", "id": "msg_1", "status": "completed", "action": {}},),
            (
                "({'type': 'web_search_call', 'id': 'msg_1', 'status': 'completed', 'action': {}}): Invalid 'id':"
                " 'msg_1'. Expected an ID that begins with 'ws'."
            ),
        ),
        (({"content": "x", "y": 1},), "({'content': 'x', 'y': 1}): Unknown parameter: 'y'."),
        (
            ({"content": "x", "status": "nonsense"},),
            (
                "({'content': 'x', 'status': 'nonsense'}): Invalid value: 'nonsense'. Supported values are:"
                " 'in_progress', 'completed', and 'incomplete'."
            ),
        ),
        (({"content": object},), "(item={'content': <class 'object'>}): JSON cannot carry it"),
        (
            (Text("x", annotations=[{"type": "nonsense"}]),),
            (
                "({'content': [{'type': 'output_text', 'annotations': [{'type': 'nonsense'}], 'logprobs': [], 'text':"
                " 'x'}]}): Invalid value: 'nonsense'. Supported values are: 'file_citation', 'url_citation',"
                " 'container_file_citation', and 'file_path'."
            ),
        ),
        (
            (Call("get weather"),),
            (
                "({'id': 'fc_0', 'type': 'function_call', 'status': 'completed', 'arguments': '{}', 'call_id': '0',"
                " 'name': 'get weather'}): Invalid 'name': string does not match pattern. Expected a string that"
                " matches the pattern '^[a-zA-Z0-9_-]+$'."
            ),
        ),
        (
            (Call("f", call_id=""),),
            (
                "({'id': 'fc_0', 'type': 'function_call', 'status': 'completed', 'arguments': '{}', 'call_id': '',"
                " 'name': 'f'}): Invalid 'call_id': empty string. Expected a string with minimum length 1, but got an"
                " empty string instead."
            ),
        ),
        ((Failure("a", "b"), "x"), ": nothing follows Failure('a', ...): give it as the last reply"),
    ],
)
def test_what_is_no_reply_is_refused_by_name(given: Any, words: str) -> None:
    assert refused(*given) == OWNER + words


@pytest.mark.parametrize(("kind", "named"), [("nonsense", "nonsense"), (1, "")])
def test_a_type_that_does_not_exist_is_refused_with_those_that_do(kind: object, named: str) -> None:
    words = refused({"type": kind})
    assert words.startswith(f"{OWNER}({{'type': {kind!r}}}): Invalid value: '{named}'. Supported values are: 'addi")
    assert words.endswith("'tool_search_output', and 'web_search_call'.")


def test_a_type_that_is_not_emulated_is_refused() -> None:
    assert "convsim does not emulate items of type 'agent_message'" in refused({"type": "agent_message"})


def test_an_id_that_is_an_item_already_is_refused_and_leaves_everything_as_it_was() -> None:
    responses = home(script(SEARCH | {"id": "ws_mine"}, times=3))
    conversation = conversation_in(responses)
    answer(responses, conversation=conversation)
    with pytest.raises(UsageError, match="ws_mine is the id of an existing item; leave it out"):
        answer(responses, conversation=conversation)
    assert len(conversation) == 2
    assert conversation.locked_by is None
    assert [one.left for one in responses.scripts.candidates()] == [2]


def test_a_refused_script_uses_up_no_id() -> None:
    responses = home(script(SEARCH | {"id": "ws_mine"}, times=2))
    answer(responses)
    with pytest.raises(UsageError):
        answer(responses)
    before = responses.ids.position()
    responses.scripts.reset()
    with pytest.raises(UsageError):
        answer(responses)
    assert responses.ids.position() == before


def test_a_minted_id_is_none_that_the_script_gives() -> None:
    responses = home(script("Hi.", {"content": [{"type": "output_text", "text": "x"}], "id": "msg_2"}))
    conversation = conversation_in(responses)
    made = answer(responses, conversation=conversation)["output"]
    assert [item["id"] for item in items_of(conversation)] == ["msg_1", "msg_3", "msg_2"]
    assert [item["id"] for item in made] == ["msg_3", "msg_2"]


def test_one_id_twice_in_one_turn_is_refused() -> None:
    with pytest.raises(UsageError, match="ws_mine is the id of an existing item"):
        output(SEARCH | {"id": "ws_mine"}, SEARCH | {"id": "ws_mine"})
