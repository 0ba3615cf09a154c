"""Turns that are refused: by the schema of their request, for its references, and for their history."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import (
    Json,
    create_items,
    list_items,
    missing,
    no_conversation,
    page,
    refused,
    start,
    unsupported,
    wrong_type,
)
from convsim.contract.evidence import Evidence, inferred, recorded, second_hand, sibling
from convsim.contract.scenario import Answer, Call, Raw, Scenario, scenario
from convsim.contract.turns import MODEL, answered, call, message, minted, turn, user
from convsim.responses.vocabulary import Call as FunctionCall
from convsim.responses.vocabulary import Reasoning

_HERE: Json = {"conversation": {"id": "{conv}"}}
_CALL: Json = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
_OUTPUT: Json = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
_CALLED_TWICE = refused(
    "Duplicate item found with id call_1. Remove duplicate items from your input and try again.", param="input"
)
_NO_INPUT = "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided."


def _refused(name: str, title: str, evidence: Evidence, answer: Answer, **body: Any) -> Scenario:
    """Return a turn that is refused before the model is asked, so that no script is needed."""
    step = Call("responses.create", {"model": MODEL, "input": "Hi"} | body, answer)
    return scenario(name, title, evidence, step)


def _without(name: str, title: str, evidence: Evidence, answer: Answer, body: str) -> Scenario:
    """Return the same with a body that no SDK would send."""
    return scenario(name, title, evidence, Raw("POST", "/responses", answer, body))


TURN_REFUSALS = (
    _without("turn-no-model", "A model is required", sibling("table"), missing("model"), '{"input": "Hi"}'),
    _without("turn-no-input", "An input is required", sibling("table"), missing("input"), '{"model": "gpt-4.1"}'),
    _without(
        "turn-order",
        "A missing member is reported before an unknown one, and that before a wrong one, in the order of the members",
        sibling("table"),
        missing("input"),
        '{"model": "gpt-4.1", "stop": "x", "temperature": "hot"}',
    ),
    _without(
        "turn-unknown-member",
        "The error about an unknown member names the nearest members",
        sibling("table"),
        refused("Unknown parameter: 'stop'. Did you mean 'store'?", param="stop", code="unknown_parameter"),
        '{"model": "gpt-4.1", "input": "Hi", "stop": "x"}',
    ),
    _without(
        "turn-null",
        "Null counts as left out, except that a null input is refused as an object instead of a string",
        sibling("table"),
        wrong_type("input", "a string", "an object"),
        '{"model": "gpt-4.1", "input": null, "temperature": null}',
    ),
    _without(
        "turn-moved",
        "The refusal of a parameter of chat completions names its place here",
        sibling("table"),
        refused(
            "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again"
            " with the new parameter. See the API documentation for more information:"
            " https://platform.openai.com/docs/api-reference/responses/create.",
            code="unsupported_parameter",
        ),
        '{"model": "gpt-4.1", "messages": []}',
    ),
    _refused(
        "turn-wrong-type",
        "A member of another type is refused at its path",
        sibling("table"),
        wrong_type("temperature", "a decimal", "a string"),
        temperature="hot",
    ),
    _refused(
        "turn-decimal-below",
        "A temperature below 0 is refused",
        recorded("pydantic-ai"),
        refused(
            "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
            param="temperature",
            code="decimal_below_min_value",
        ),
        temperature=-1,
    ),
    _refused(
        "turn-integer-below",
        "Fewer than 16 tokens are refused",
        sibling("table"),
        refused(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
            param="max_output_tokens",
            code="integer_below_min_value",
        ),
        max_output_tokens=1,
    ),
    _refused(
        "turn-value",
        "The error about a value outside its list names the list",
        sibling("table"),
        unsupported("truncation", "no", "'auto' and 'disabled'"),
        truncation="no",
    ),
    _refused(
        "turn-input-item",
        "A fault inside an item of the input is refused at its path",
        sibling("table"),
        missing("input[0].content"),
        input=[{"role": "user"}],
    ),
    _refused(
        "turn-tool-without-type",
        "A tool without a type is refused",
        sibling("table"),
        missing("tools[0].type"),
        tools=[{"name": "look"}],
    ),
    _refused(
        "turn-tool-schema",
        "A strict function whose required list lacks a property is refused",
        recorded("mirascope"),
        refused(
            "Invalid schema for function 'look': In context=(), 'required' is required to be supplied and to be an"
            " array including every key in properties. Missing 'unit'.",
            param="tools[0].parameters",
            code="invalid_function_parameters",
        ),
        tools=[
            {
                "type": "function",
                "name": "look",
                "strict": True,
                "parameters": {
                    "type": "object",
                    "properties": {"unit": {"type": "string"}},
                    "required": [],
                    "additionalProperties": False,
                },
            }
        ],
    ),
    _refused(
        "turn-mutually-exclusive",
        "A conversation and a previous response do not go together",
        recorded("edge"),
        refused(
            "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
            code="mutually_exclusive_parameters",
        ),
        conversation="conv_x",
        previous_response_id="resp_x",
    ),
    _refused(
        "turn-stream-refused",
        "A bad request is answered with JSON, also where a stream was asked for",
        recorded("pydantic-ai"),
        wrong_type("temperature", "a decimal", "a string"),
        temperature="hot",
        stream=True,
    ),
    # --- what it refers to -----------------------------------------------------------------------------------------
    _refused(
        "turn-unknown-conversation",
        "An unknown conversation is a 404",
        sibling("table"),
        no_conversation("conv_x"),
        conversation="conv_x",
    ),
    _refused(
        "turn-unknown-prompt",
        "So is an unknown prompt, after the conversation",
        sibling("table"),
        refused("Prompt with id 'pmpt_x' not found.", status=404),
        prompt={"id": "pmpt_x"},
    ),
    _refused(
        "turn-unknown-response",
        "An unknown previous response is a 400",
        sibling("table"),
        refused(
            "Previous response with id 'resp_x' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        ),
        previous_response_id="resp_x",
    ),
    _refused(
        "turn-empty-input",
        "An empty input needs something to continue",
        sibling("table"),
        refused(_NO_INPUT, code="missing_required_parameter"),
        input=[],
    ),
    _refused(
        "turn-empty-model",
        "An empty model does not exist",
        sibling("table"),
        refused("The requested model '' does not exist.", param="model", code="model_not_found"),
        model="",
    ),
    _refused(
        "turn-choice",
        "A choice that no tool meets is refused",
        second_hand("unpinned"),
        refused("Tool choice 'function' not found in 'tools' parameter.", param="tool_choice"),
        tool_choice={"type": "function", "name": "look"},
    ),
    scenario(
        "turn-too-long",
        "More than the model can read is refused",
        recorded("ruby-llm", note="convsim counts only where a test says how much"),
        turn(
            refused(
                "Your input exceeds the context window of this model. Please adjust your input and try again.",
                param="input",
                code="context_length_exceeded",
            ),
            "word " * 100,
        ),
        context_window=50,
    ),
    # --- history ---------------------------------------------------------------------------------------------------
    scenario(
        "history-call-without-output",
        "A call without its output is refused, and nothing is changed",
        second_hand("pairing"),
        *start(),
        turn(
            answered(output=[call(minted("fc", "fc"), "look", "{}", "call_1")], **_HERE),
            conversation="{conv}",
        ),
        turn(refused("No tool output found for function call call_1.", param="input"), conversation="{conv}"),
        list_items(page(user(minted("in", "msg"), "Hi"), call("{fc}", "look", "{}", "call_1")), order="asc"),
        replies=(FunctionCall("look", call_id="call_1"),),
    ),
    scenario(
        "history-output-without-call",
        "An output without its call is refused",
        second_hand("pairing"),
        *start(),
        turn(
            refused("No tool call found for function call output with call_id call_1.", param="input"),
            [_OUTPUT],
            conversation="{conv}",
        ),
        list_items(page()),
    ),
    scenario(
        "history-pair",
        "A call and its output may come together",
        second_hand("pairing"),
        turn(answered(output=[message(minted("msg", "msg"), "Paris.")]), [_CALL, _OUTPUT]),
        replies=("Paris.",),
    ),
    scenario(
        "history-duplicate",
        "An item that the conversation has already is refused",
        inferred("recorded by others for ids within the input, and for the past of a chain"),
        *start("Before."),
        turn(
            refused(
                "Duplicate item found with id {conv_0}. Remove duplicate items from your input and try again.",
                param="input",
            ),
            [{"type": "item_reference", "id": "{conv_0}"}],
            conversation="{conv}",
        ),
    ),
    scenario(
        "history-duplicate-of-chain",
        "So is one that the previous response has",
        second_hand("macpaw", "pairing"),
        turn(answered(output=[call(minted("fc", "fc"), "look", "{}", "call_1")])),
        turn(
            refused(
                "Duplicate item found with id {fc}. Remove duplicate items from your input and try again.",
                param="input",
            ),
            [_CALL | {"id": "{fc}"}, _OUTPUT],
            previous_response_id="{resp}",
        ),
        replies=(FunctionCall("look", call_id="call_1"),),
    ),
    scenario(
        "history-duplicate-call",
        "Two calls under one call_id are refused",
        inferred("recorded by others for the ids of items; a call_id without one is refused in the same words"),
        turn(_CALLED_TWICE, [_CALL, _CALL, _OUTPUT]),
    ),
    scenario(
        "history-duplicate-output",
        "So are two outputs of one call",
        inferred("as for two calls"),
        turn(_CALLED_TWICE, [_CALL, _OUTPUT, _OUTPUT]),
    ),
    scenario(
        "history-pair-again",
        "A call and its output that the chain has already may be sent again without ids",
        inferred("frameworks do it"),
        turn(answered(output=[call(minted("fc", "fc"), "look", "{}", "call_1")])),
        turn(
            answered(
                minted("next", "resp"), output=[message(minted("msg", "msg"), "Paris.")], previous_response_id="{resp}"
            ),
            [{"role": "user", "content": "Hi"}, _CALL, _OUTPUT],
            previous_response_id="{resp}",
        ),
        replies=(FunctionCall("look", call_id="call_1"), "Paris."),
    ),
    scenario(
        "history-unknown-reference",
        "A reference to an unknown item is a 404",
        sibling("table"),
        turn(
            refused("Item with id 'msg_abc' not found.", status=404),
            [{"type": "item_reference", "id": "msg_abc"}],
        ),
    ),
    scenario(
        "history-reasoning",
        "A message is not left without the reasoning that led to it",
        second_hand("pairing"),
        *start(),
        turn(
            answered(
                output=[
                    {"id": minted("rs", "rs"), "type": "reasoning", "content": [], "summary": []},
                    message(minted("msg", "msg"), "Paris."),
                ],
                **_HERE,
            ),
            conversation="{conv}",
        ),
        *start(name="other"),
        create_items([{"type": "item_reference", "id": "{msg}"}], page(message("{msg}", "Paris.")), to="{other}"),
        turn(
            refused(
                "Item '{msg}' of type 'message' was provided without its required 'reasoning' item: '{rs}'.",
                param="input",
            ),
            conversation="{other}",
        ),
        replies=([Reasoning(), "Paris."],),
    ),
)
