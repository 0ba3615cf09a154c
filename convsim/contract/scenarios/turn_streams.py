"""Turns that are streamed: their events, in order."""

from __future__ import annotations

from convsim.contract.answers import Json, list_items, nothing_stored, ok, page, said, start
from convsim.contract.evidence import documented, recorded
from convsim.contract.scenario import Call, scenario
from convsim.contract.turns import (
    PADDED,
    call,
    message,
    minted,
    opening,
    response,
    script,
    streamed,
    text_events,
    told,
    turn,
    user,
)
from convsim.responses.vocabulary import Call as FunctionCall
from convsim.responses.vocabulary import Failure, Reasoning, Refusal

_HERE: Json = {"conversation": {"id": "{conv}"}}
_DELTAS = ("Paris", " is", " nice.")
_WORDS = "".join(_DELTAS)
_CALL = call("{fc}", "look", '{"a":1}', "call_1")
_CITED: Json = {"type": "file_citation", "file_id": "file-1", "filename": "a.txt", "index": 5}
_REFUSED: Json = {"type": "refusal", "refusal": "I cannot."}


def _unpadded(events: list[Json]) -> list[Json]:
    return [{name: value for name, value in event.items() if name != "obfuscation"} for event in events]


TURN_STREAMS = (
    scenario(
        "stream-text",
        "A message is streamed from created to completed; a delta is padded to whole blocks of 16 characters",
        recorded("pydantic-ai", "dotnet-responses", "vercel", note="where a text is cut is inferred"),
        *start(),
        turn(
            streamed(
                *opening(**_HERE),
                *text_events(_WORDS, *_DELTAS),
                told("response.completed", response=response(output=[message("{msg}", _WORDS)], **_HERE)),
            ),
            conversation="{conv}",
            stream=True,
        ),
        list_items(page(user(minted("in", "msg"), "Hi"), message("{msg}", _WORDS)), order="asc"),
        replies=(_WORDS,),
    ),
    scenario(
        "stream-without-padding",
        "Without obfuscation, where the request says so",
        documented("spec"),
        turn(
            streamed(
                *opening(),
                *_unpadded(text_events("Paris.", "Paris.")),
                told("response.completed", response=response(output=[message("{msg}", "Paris.")])),
            ),
            stream=True,
            stream_options={"include_obfuscation": False},
        ),
        replies=("Paris.",),
    ),
    scenario(
        "stream-function-call",
        "The arguments of a call are streamed in deltas, and then whole",
        recorded("pydantic-ai", "dotnet-responses"),
        turn(
            streamed(
                *opening(),
                told(
                    "response.output_item.added",
                    item=_CALL | {"id": minted("fc", "fc"), "status": "in_progress", "arguments": ""},
                    output_index=0,
                ),
                told(
                    "response.function_call_arguments.delta",
                    delta='{"a":1}',
                    item_id="{fc}",
                    obfuscation=PADDED,
                    output_index=0,
                ),
                told("response.function_call_arguments.done", arguments='{"a":1}', item_id="{fc}", output_index=0),
                told("response.output_item.done", item=_CALL, output_index=0),
                told("response.completed", response=response(output=[_CALL])),
            ),
            stream=True,
        ),
        replies=(FunctionCall("look", '{"a":1}', call_id="call_1"),),
    ),
    scenario(
        "stream-reasoning",
        "A summary of reasoning is streamed part by part, before the message",
        recorded("pydantic-ai", "vercel"),
        turn(
            streamed(
                *opening(),
                told(
                    "response.output_item.added",
                    item={"id": minted("rs", "rs"), "type": "reasoning", "content": [], "summary": []},
                    output_index=0,
                ),
                *(
                    told(f"response.reasoning_summary_{name}", item_id="{rs}", output_index=0, summary_index=0, **more)
                    for name, more in (
                        ("part.added", {"part": {"type": "summary_text", "text": ""}}),
                        ("text.delta", {"delta": "Hm.", "obfuscation": PADDED}),
                        ("text.done", {"text": "Hm."}),
                        ("part.done", {"part": {"type": "summary_text", "text": "Hm."}}),
                    )
                ),
                told(
                    "response.output_item.done",
                    item={
                        "id": "{rs}",
                        "type": "reasoning",
                        "content": [],
                        "summary": [{"type": "summary_text", "text": "Hm."}],
                    },
                    output_index=0,
                ),
                *text_events("Paris.", "Paris.", index=1),
                told(
                    "response.completed",
                    response=response(
                        output=[
                            {
                                "id": "{rs}",
                                "type": "reasoning",
                                "content": [],
                                "summary": [{"type": "summary_text", "text": "Hm."}],
                            },
                            message("{msg}", "Paris."),
                        ]
                    ),
                ),
            ),
            stream=True,
        ),
        replies=([Reasoning("Hm."), "Paris."],),
    ),
    scenario(
        "stream-refusal",
        "The deltas of a refusal have neither padding nor probabilities",
        recorded("mirascope", "rig-cassettes"),
        turn(
            streamed(
                *opening(),
                told(
                    "response.output_item.added",
                    item=message(minted("msg", "msg"), "", status="in_progress") | {"content": []},
                    output_index=0,
                ),
                *(
                    told(f"response.{name}", content_index=0, item_id="{msg}", output_index=0, **more)
                    for name, more in (
                        ("content_part.added", {"part": _REFUSED | {"refusal": ""}}),
                        ("refusal.delta", {"delta": "I"}),
                        ("refusal.delta", {"delta": " cannot."}),
                        ("refusal.done", {"refusal": "I cannot."}),
                        ("content_part.done", {"part": _REFUSED}),
                    )
                ),
                told("response.output_item.done", item=message("{msg}", "", content=[_REFUSED]), output_index=0),
                told("response.completed", response=response(output=[message("{msg}", "", content=[_REFUSED])])),
            ),
            stream=True,
        ),
        replies=(Refusal("I cannot."),),
    ),
    scenario(
        "stream-citation",
        "A citation is sent as soon as the text before its place has been sent",
        recorded("dotnet-responses", "pydantic-ai", "vercel"),
        turn(
            streamed(
                *opening(),
                *text_events("Paris is", "Paris")[:3],
                told(
                    "response.output_text.annotation.added",
                    annotation=_CITED,
                    annotation_index=0,
                    content_index=0,
                    item_id="{msg}",
                    output_index=0,
                ),
                told(
                    "response.output_text.delta",
                    content_index=0,
                    delta=" is",
                    item_id="{msg}",
                    logprobs=[],
                    obfuscation=PADDED,
                    output_index=0,
                ),
                told(
                    "response.output_text.done",
                    content_index=0,
                    item_id="{msg}",
                    logprobs=[],
                    output_index=0,
                    text="Paris is",
                ),
                told(
                    "response.content_part.done",
                    content_index=0,
                    item_id="{msg}",
                    output_index=0,
                    part=said("Paris is") | {"annotations": [_CITED]},
                ),
                told(
                    "response.output_item.done",
                    item=message("{msg}", "", content=[said("Paris is") | {"annotations": [_CITED]}]),
                    output_index=0,
                ),
                told(
                    "response.completed",
                    response=response(
                        output=[message("{msg}", "", content=[said("Paris is") | {"annotations": [_CITED]}])]
                    ),
                ),
            ),
            stream=True,
        ),
        replies=(
            {
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Paris is", "annotations": [_CITED], "logprobs": []}],
            },
        ),
    ),
    scenario(
        "stream-incomplete",
        "A stream that is cut off ends with response.incomplete",
        recorded("mirascope", "rig-cassettes", "dd-responses"),
        script("Mango", status="incomplete", reason="max_output_tokens"),
        turn(
            streamed(
                *opening(),
                *text_events("Mango", "Mango", status="incomplete"),
                told(
                    "response.incomplete",
                    response=response(
                        status="incomplete",
                        incomplete_details={"reason": "max_output_tokens"},
                        output=[message("{msg}", "Mango", status="incomplete")],
                    ),
                ),
            ),
            stream=True,
        ),
    ),
    scenario(
        "stream-failed",
        "An error is sent before response.failed, and the conversation stays as it is",
        recorded("vercel", "prism", note="that nothing is stored is inferred"),
        *start(),
        script(Failure("rate_limit_exceeded", "Too large.", type="tokens")),
        turn(
            streamed(
                *opening(**_HERE),
                told(
                    "error",
                    error={"type": "tokens", "code": "rate_limit_exceeded", "message": "Too large.", "param": None},
                ),
                told(
                    "response.failed",
                    response=response(
                        status="failed", error={"code": "rate_limit_exceeded", "message": "Too large."}, **_HERE
                    ),
                ),
            ),
            conversation="{conv}",
            stream=True,
        ),
        nothing_stored(),
    ),
    scenario(
        "stream-background",
        "A background stream is queued first, and is not padded; it can be streamed again after any of its events",
        recorded("dotnet-responses", "pydantic-ai"),
        turn(
            streamed(
                *opening("response.queued", background=True),
                *_unpadded(text_events("Paris.", "Paris.")),
                told("response.completed", response=response(output=[message("{msg}", "Paris.")], background=True)),
            ),
            background=True,
            stream=True,
        ),
        Call(
            "responses.retrieve",
            {"response_id": "{resp}", "stream": True, "starting_after": 8},
            ok(
                [
                    {
                        "type": "response.completed",
                        "response": response(output=[message("{msg}", "Paris.")], background=True),
                        "sequence_number": 9,
                    }
                ],
            ),
        ),
        replies=("Paris.",),
    ),
)
