"""The request of a turn: every member with its sentence, the order of errors, and members that pass unchecked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError
from convsim.items.fields import Input
from convsim.items.stored import StoredItem
from convsim.responses import request
from convsim.responses.history import Trail
from convsim.responses.request import CreateResponseBody
from tests.responses import reading

BAD = object()
"""Of the wrong type everywhere, and within no list."""

LEFT_OUT = object()

INCLUDES = (
    "'file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources',"
    " 'message.input_image.image_url', 'computer_call_output.output.image_url', 'code_interpreter_call.outputs',"
    " 'reasoning.encrypted_content', and 'message.output_text.logprobs'"
)
FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
JSON_OBJECT = {"format": {"type": "json_object"}}


def body(**members: Any) -> dict[str, Any]:
    whole = {"model": "gpt-4.1", "input": "x"} | members
    return {name: value for name, value in whole.items() if value is not LEFT_OUT}


def read(**members: Any) -> Any:
    return reading.read(request.CreateResponse, {"body": body(**members)}).body


def refused(model: type[Input], values: dict[str, Any], query: str = "") -> tuple[str, str | None, str | None]:
    with pytest.raises(APIStatusError) as caught:
        reading.read(model, values, query)
    assert caught.value.status_code == 400
    return caught.value.message, caught.value.param, caught.value.code


def refusal(**members: Any) -> tuple[str, str | None, str | None]:
    return refused(request.CreateResponse, {"body": body(**members)})


def answer(*past: StoredItem, **members: Any) -> None:
    request.require_answerable(read(**members), Trail(past))


def unanswerable(*past: StoredItem, **members: Any) -> tuple[str, str | None, str | None]:
    with pytest.raises(APIStatusError) as caught:
        answer(*past, **members)
    assert caught.value.status_code == 400
    return caught.value.message, caught.value.param, caught.value.code


def wrong_type(path: str, expected: str, got: str) -> tuple[str, str, str]:
    return f"Invalid type for '{path}': expected {expected}, but got {got} instead.", path, "invalid_type"


def wrong_value(path: str, value: str, supported: str) -> tuple[str, str, str]:
    return f"Invalid value: '{value}'. Supported values are: {supported}.", path, "invalid_value"


def unknown(path: str, hint: str = "") -> tuple[str, str, str]:
    return f"Unknown parameter: '{path}'.{hint}", path, "unknown_parameter"


def missing(path: str) -> tuple[str, str, str]:
    return f"Missing required parameter: '{path}'.", path, "missing_required_parameter"


def bound(path: str, kind: str, side: str, sign: str, limit: int, got: float) -> tuple[str, str, str]:
    sentence = f"Invalid '{path}': {kind} {side} value. Expected a value {sign} {limit}, but got {got} instead."
    return sentence, path, f"{kind}_{side.replace('imum', '').replace(' ', '_')}_value"


def below(path: str, limit: int, got: float, kind: str = "integer") -> tuple[str, str, str]:
    return bound(path, kind, "below minimum", ">=", limit, got)


def above(path: str, limit: int, got: float, kind: str = "integer") -> tuple[str, str, str]:
    return bound(path, kind, "above maximum", "<=", limit, got)


# --- one fault -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"zzz": 1}, unknown("zzz")),
        ({"stop": []}, unknown("stop", " Did you mean 'store'?")),
        ({"stre": 1}, unknown("stre", " Did you mean 'store' or 'stream'?")),
        ({"strem": 1}, unknown("strem", " Did you mean 'stream' or 'store'?")),
        ({"st": 1}, unknown("st")),
        ({"modell": 1}, unknown("modell")),
        ({"max_tokens": 16}, unknown("max_tokens")),
        ({"model": LEFT_OUT}, missing("model")),
        ({"model": None}, wrong_type("model", "a string", "an object")),
        ({"model": 7}, wrong_type("model", "a string", "an integer")),
        ({"input": LEFT_OUT}, missing("input")),
        ({"input": None}, wrong_type("input", "a string", "an object")),
        ({"input": {}}, wrong_type("input", "one of a string or array of input items", "an object")),
        ({"input": 7}, wrong_type("input", "one of a string or array of input items", "an integer")),
        ({"input": [7]}, wrong_type("input[0]", "an input item", "an integer")),
        ({"input": [{"role": "user", "content": "x", "bogus": 1}]}, unknown("input[0].bogus")),
        ({"input": [{"role": "user"}]}, missing("input[0].content")),
        ({"previous_response_id": {}}, wrong_type("previous_response_id", "a string", "an object")),
        (
            {"previous_response_id": "gen-1"},
            (
                "Invalid 'previous_response_id': 'gen-1'. Expected an ID that begins with 'resp'.",
                "previous_response_id",
                "invalid_value",
            ),
        ),
        ({"conversation": 7}, wrong_type("conversation", "one of a string or an object", "an integer")),
        (
            {"conversation": "5037"},
            (
                "Invalid 'conversation': '5037'. Expected an ID that begins with 'conv'.",
                "conversation",
                "invalid_value",
            ),
        ),
        ({"conversation": {}}, missing("conversation.id")),
        ({"prompt": "x"}, wrong_type("prompt", "an object", "a string")),
        ({"prompt": {}}, missing("prompt.id")),
        ({"moderation": "x"}, wrong_type("moderation", "an object", "a string")),
        ({"include": ["bogus.thing"]}, wrong_value("include[0]", "bogus.thing", INCLUDES)),
        (
            {"include": "x"},
            wrong_type(
                "include",
                "an array of one of 'fil...lts', 'web...lts', 'web...ces', 'mes...url', 'com...url', 'cod...uts',"
                " 'rea...ent', or 'mes...obs'",
                "a string",
            ),
        ),
        ({"tools": "x"}, wrong_type("tools", "an array of tools", "a string")),
        ({"tools": [{}]}, missing("tools[0].type")),
        ({"tools": [{"type": "function"}]}, missing("tools[0].name")),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, missing("tools[0].name")),
        (
            {"tool_choice": 7},
            wrong_type("tool_choice", "one of an object or 'none', 'auto', or 'required'", "an integer"),
        ),
        ({"tool_choice": "x"}, wrong_value("tool_choice", "x", "'none', 'auto', and 'required'")),
        ({"tool_choice": {"type": "function", "function": {}}}, missing("tool_choice.name")),
        ({"metadata": "x"}, wrong_type("metadata", "a metadata object", "a string")),
        ({"text": "x"}, wrong_type("text", "an object", "a string")),
        ({"text": {"zzz": 1}}, unknown("text.zzz")),
        ({"text": {"verbosity": "x"}}, wrong_value("text.verbosity", "x", "'low', 'medium', and 'high'")),
        (
            {"text": {"format": {"type": "x"}}},
            wrong_value("text.format.type", "x", "'json_object', 'text', and 'json_schema'"),
        ),
        ({"text": {"format": {"type": "json_schema"}}}, missing("text.format.name")),
        ({"temperature": "hot"}, wrong_type("temperature", "a decimal", "a string")),
        ({"temperature": -1}, below("temperature", 0, -1, "decimal")),
        ({"temperature": 2.5}, above("temperature", 2, 2.5, "decimal")),
        ({"top_p": "x"}, wrong_type("top_p", "a decimal", "a string")),
        ({"top_p": 2}, above("top_p", 1, 2, "decimal")),
        ({"presence_penalty": "x"}, wrong_type("presence_penalty", "a decimal", "a string")),
        ({"frequency_penalty": -3}, below("frequency_penalty", -2, -3, "decimal")),
        ({"parallel_tool_calls": "x"}, wrong_type("parallel_tool_calls", "a boolean", "a string")),
        ({"stream": "x"}, wrong_type("stream", "a boolean", "a string")),
        ({"stream_options": "x"}, wrong_type("stream_options", "an object", "a string")),
        ({"stream_options": {"include_usage": True}}, unknown("stream_options.include_usage")),
        ({"background": "x"}, wrong_type("background", "a boolean", "a string")),
        ({"max_output_tokens": 15}, below("max_output_tokens", 16, 15)),
        ({"max_output_tokens": "x"}, wrong_type("max_output_tokens", "an integer", "a string")),
        ({"max_tool_calls": 0}, below("max_tool_calls", 1, 0)),
        ({"reasoning": "low"}, wrong_type("reasoning", "an object", "a string")),
        (
            {"reasoning": {"effort": "x"}},
            wrong_value("reasoning.effort", "x", "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'"),
        ),
        (
            {"reasoning": {"effort": 5}},
            wrong_type("reasoning.effort", "one of 'minimal', 'low', 'medium', or 'high'", "an integer"),
        ),
        (
            {"reasoning": {"effort": ["low"]}},
            wrong_type(
                "reasoning.effort",
                "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer",
                "an array",
            ),
        ),
        ({"reasoning": {"summary": "x"}}, wrong_value("reasoning.summary", "x", "'concise', 'detailed', and 'auto'")),
        ({"reasoning": {"generate_summary": "auto"}}, unknown("reasoning.generate_summary")),
        ({"user": {}}, wrong_type("user", "a string", "an object")),
        ({"safety_identifier": {}}, wrong_type("safety_identifier", "a string", "an object")),
        ({"prompt_cache_options": {"bogus": 1}}, unknown("prompt_cache_options.bogus")),
        ({"prompt_cache_key": {}}, wrong_type("prompt_cache_key", "a string", "an object")),
        (
            {"prompt_cache_retention": {}},
            wrong_type("prompt_cache_retention", "one of 'in_memory' or '24h'", "an object"),
        ),
        ({"prompt_cache_retention": "x"}, wrong_value("prompt_cache_retention", "x", "'in_memory' and '24h'")),
        ({"truncation": {}}, wrong_type("truncation", "one of 'auto' or 'disabled'", "an object")),
        ({"truncation": "x"}, wrong_value("truncation", "x", "'auto' and 'disabled'")),
        ({"instructions": {}}, wrong_type("instructions", "a string", "an object")),
        ({"store": "x"}, wrong_type("store", "a boolean", "a string")),
        ({"service_tier": "x"}, wrong_value("service_tier", "x", "'auto', 'default', 'fast', 'flex', and 'priority'")),
        ({"top_logprobs": "x"}, wrong_type("top_logprobs", "an integer", "a string")),
        ({"top_logprobs": 21}, above("top_logprobs", 20, 21)),
        ({"context_management": "x"}, wrong_type("context_management", "an array of objects", "a string")),
        ({"context_management": [{"type": "x"}]}, wrong_value("context_management[0].type", "x", "'compaction'")),
        (
            {"context_management": [{"type": "compaction", "compact_threshold": 999}]},
            below("context_management[0].compact_threshold", 1000, 999),
        ),
    ],
)
def test_a_fault_has_its_sentence(members: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert refusal(**members) == expected


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("messages", "input"),
        ("response_format", "text.format"),
        ("reasoning_effort", "reasoning.effort"),
        ("max_completion_tokens", "max_output_tokens"),
    ],
)
def test_a_parameter_of_chat_completions_is_told_its_new_place(name: str, place: str) -> None:
    sentence = f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to '{place}'."
    for others in ({}, {"input": LEFT_OUT}, {"zzz": 1}):
        message, param, code = refusal(**{name: "x"}, **others)
        assert message.startswith(sentence)
        assert (param, code) == (None, "unsupported_parameter")


def test_a_conversation_and_a_previous_response_exclude_each_other() -> None:
    sentence = "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'."
    expected = (sentence, None, "mutually_exclusive_parameters")
    assert refusal(conversation="conv_x", previous_response_id="resp_x") == expected


def test_a_body_that_is_no_object_is_refused() -> None:
    expected = ("Invalid type: expected an object, but got an array instead.", None, "invalid_type")
    assert refused(request.CreateResponse, {"body": []}) == expected


# --- the order -----------------------------------------------------------------------------------------------------

MEASURED = [
    "input",
    "previous_response_id",
    "prompt",
    "moderation",
    "include",
    "tools",
    "tool_choice",
    "metadata",
    "text",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "stream",
    "stream_options",
    "background",
    "max_output_tokens",
    "max_tool_calls",
    "reasoning",
    "user",
    "safety_identifier",
    "prompt_cache_options",
    "prompt_cache_key",
    "prompt_cache_retention",
    "truncation",
    "instructions",
    "store",
    "service_tier",
    "top_logprobs",
    "context_management",
]


@pytest.mark.parametrize(("first", "second"), list(pairwise(MEASURED)))
def test_faults_are_reported_in_the_measured_order(first: str, second: str) -> None:
    for members in ({first: BAD, second: BAD}, {second: BAD, first: BAD}):
        assert refusal(**members)[1] == first


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"model": LEFT_OUT, "input": LEFT_OUT, "zzz": 1}, "model"),
        ({"input": LEFT_OUT, "zzz": 1, "truncation": "x", "previous_response_id": "resp_x"}, "input"),
        ({"zzz": 1, "input": [{"role": "user", "content": "x", "bogus": 1}]}, "zzz"),
        ({"conversation": "conv_x", "previous_response_id": "resp_x", "truncation": "x"}, "truncation"),
    ],
)
def test_what_is_missing_beats_what_is_unknown_and_that_beats_the_members(members: dict[str, Any], param: str) -> None:
    assert refusal(**members)[1] == param


# --- what passes ---------------------------------------------------------------------------------------------------


def test_null_stands_for_what_is_left_out() -> None:
    names = [name for name in CreateResponseBody.__pydantic_fields__ if name not in ("model", "input")]
    given = read(**dict.fromkeys(names))
    assert {getattr(given, name) for name in names} == {None}


def test_a_prompt_may_bring_the_model_and_the_input() -> None:
    given = read(model=LEFT_OUT, input=LEFT_OUT, prompt={"id": "pmpt_1", "variables": {"city": "Paris"}})
    assert (given.model, given.input) == (None, None)


@pytest.mark.parametrize(
    "members",
    [
        {"conversation": "conv_1"},
        {"conversation": {"id": "conv_1"}},
        {"prompt": {"id": "pmpt_1", "version": "2", "variables": {"a": {"type": "input_text", "text": "x"}}}},
        {"moderation": {"model": "m", "policy": {"input": {"mode": "block"}, "output": {"mode": "score"}}}},
        {"text": {}},
        {"text": {"format": {"type": "text"}, "verbosity": None}},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": False}}},
        {"reasoning": {"effort": "low", "summary": None, "context": "auto", "mode": "pro"}},
        {"prompt_cache_options": {"mode": "explicit", "ttl": "30m", "prewarm": True, "comparison_response_id": None}},
        {"context_management": [{"type": "compaction", "compact_threshold": None}]},
        {"access_programs": {"cyber": "standard"}, "background_options": {"completion_window": "2h"}},
        {"image": {"context_compression": "auto"}, "client_metadata": {"turn_id": "1"}},
        {"temperature": 1, "top_p": 0.5, "top_logprobs": 0},
        {"stream": True, "stream_options": {"include_obfuscation": False}},
        {"tools": [FUNCTION], "tool_choice": {"type": "function", "name": "f"}},
    ],
)
def test_each_member_is_taken(members: dict[str, Any]) -> None:
    answer(**members)


def test_a_conversation_is_known_by_its_id_in_either_form() -> None:
    def named(**members: Any) -> str | None:
        body = {"model": "gpt-4.1", "input": "x"} | members
        return reading.read(request.CreateResponse, {"body": body}).conversation_id  # type: ignore[no-any-return]

    assert named(conversation="conv_1") == "conv_1"
    assert named(conversation={"id": "conv_1"}) == "conv_1"
    assert named() is None


def test_a_string_is_a_message_of_the_user() -> None:
    (item,) = request.input_items("hi", Behavior())
    assert item.document("msg_1") == {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "content": [{"type": "input_text", "text": "hi"}],
        "role": "user",
    }


def test_no_words_and_no_items_are_no_input() -> None:
    empty: list[Any] = ["", None, []]
    assert [request.input_items(given, Behavior()) for given in empty] == [[], [], []]
    items = read(input=[{"role": "user", "content": "x"}]).input
    assert request.input_items(items, Behavior()) == items


# --- behind the lookups --------------------------------------------------------------------------------------------

NOTHING = (
    "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
    None,
    "missing_required_parameter",
)


@pytest.mark.parametrize("empty", ["", []])
def test_a_turn_needs_input_or_something_to_continue(empty: object) -> None:
    assert unanswerable(input=empty, model="", tool_choice="required") == NOTHING
    for past in ({"conversation": "conv_1"}, {"previous_response_id": "resp_1"}, {"prompt": {"id": "pmpt_1"}}):
        answer(input=empty, **past)


def test_a_turn_whose_prompt_brought_no_model_needs_one() -> None:
    assert unanswerable(model=LEFT_OUT, prompt={"id": "pmpt_1"}) == (
        "Missing required parameter: 'model'.",
        "model",
        "missing_required_parameter",
    )


def test_a_tool_that_is_not_declared_cannot_be_chosen() -> None:
    chosen = unanswerable(tools=[FUNCTION], tool_choice={"type": "function", "name": "g"})
    assert chosen == ("Tool choice 'function' not found in 'tools' parameter.", "tool_choice", None)


def test_a_model_without_a_name_does_not_exist() -> None:
    assert unanswerable(model="") == ("The requested model '' does not exist.", "model", "model_not_found")


UNMENTIONED = (
    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    "input",
    None,
)


def test_a_json_object_must_be_asked_for_in_words() -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "json", "arguments": "{}"}
    assert unanswerable(text=JSON_OBJECT, input="x", instructions="JSON, please") == UNMENTIONED
    assert unanswerable(text=JSON_OBJECT, input=[call]) == UNMENTIONED
    assert unanswerable(StoredItem("fc_1", "function_call", b"json"), text=JSON_OBJECT) == UNMENTIONED


@pytest.mark.parametrize("given", ["as JSON", [{"role": "user", "content": "some Json"}]])
def test_any_spelling_in_any_message_of_the_input_will_do(given: object) -> None:
    answer(text=JSON_OBJECT, input=given)


def test_a_message_before_the_turn_will_do() -> None:
    answer(StoredItem("msg_1", "message", b'"text": "jsOn"'), text=JSON_OBJECT)
    said = StoredItem("msg_1", "message", b'"text": "json"')
    answer(said, text=JSON_OBJECT, prompt={"id": "pmpt_1"}, input=LEFT_OUT)


def test_a_message_of_the_prompt_will_do() -> None:
    asked = request.CreateResponse.read({"body": {"prompt": {"id": "pmpt_1"}}}, Behavior())
    silent = [{"type": "message", "content": [], "role": "developer"}]
    given = asked.completed({"model": "gpt-4.1", "text": JSON_OBJECT, "instructions": silent}, Behavior())
    told = {"type": "message", "content": [{"type": "input_text", "text": "as JSON"}], "role": "developer"}
    request.require_answerable(given.body, Trail(()), [told])
    with pytest.raises(APIStatusError, match="the word 'json'"):
        request.require_answerable(given.body, Trail(()), given.sent["instructions"])


# --- the other operations ------------------------------------------------------------------------------------------

RESPONSE = {"response_id": "resp_1"}


def test_a_response_is_retrieved_whole_unless_the_query_asks_for_its_stream() -> None:
    plain = reading.read(request.RetrieveResponse, dict(RESPONSE))
    assert (plain.stream, plain.starting_after, plain.include_obfuscation, plain.include) == (False, None, True, [])
    query = "stream=true&starting_after=7&include_obfuscation=false&include[]=message.output_text.logprobs"
    streamed = reading.read(request.RetrieveResponse, dict(RESPONSE), query)
    assert (streamed.stream, streamed.starting_after, streamed.include_obfuscation) == (True, 7, False)
    assert streamed.include == ["message.output_text.logprobs"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stream=1", wrong_type("stream", "a boolean", "a string")),
        ("starting_after=x", wrong_type("starting_after", "an integer", "a string")),
        ("include[]=x", wrong_value("include[0]", "x", INCLUDES)),
    ],
)
def test_a_wrong_query_of_a_retrieval_is_refused(query: str, expected: tuple[str, str, str]) -> None:
    assert refused(request.RetrieveResponse, dict(RESPONSE), query) == expected


@pytest.mark.parametrize(
    "model", [request.RetrieveResponse, request.DeleteResponse, request.CancelResponse, request.ListInputItems]
)
def test_the_id_of_a_response_has_its_prefix(model: type[Input]) -> None:
    sentence = "Invalid 'response_id': 'conv_1'. Expected an ID that begins with 'resp'."
    assert refused(model, {"response_id": "conv_1"}) == (sentence, "response_id", "invalid_value")
    assert reading.read(model, dict(RESPONSE)).response_id == "resp_1"


def test_input_items_are_paged_as_items_are() -> None:
    given = reading.read(request.ListInputItems, dict(RESPONSE), "limit=2&order=asc&after=msg_1")
    assert (given.limit, given.order, given.after) == (2, "asc", "msg_1")
    assert refused(request.ListInputItems, dict(RESPONSE), "limit=101") == above("limit", 100, 101)


def test_tokens_are_counted_of_anything() -> None:
    given: Any = reading.read(request.CountInputTokens, {"body": {}})
    assert (given.body.model, given.body.input, given.conversation_id) == (None, None, None)
    asked = {"conversation": {"id": "conv_1"}, "input": [{"role": "user", "content": "x"}], "personality": "friendly"}
    assert reading.read(request.CountInputTokens, {"body": asked}).conversation_id == "conv_1"


def test_a_compaction_needs_a_model() -> None:
    assert refused(request.CompactResponse, {"body": {"input": "x"}}) == missing("model")
    assert reading.read(request.CompactResponse, {"body": {"model": None}}).body.input is None
