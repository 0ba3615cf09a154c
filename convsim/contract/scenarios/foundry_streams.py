"""Azure AI Foundry: streams."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import Json, ok
from convsim.contract.evidence import recorded
from convsim.contract.foundry import (
    ALONE,
    OPTIONS,
    REFERENCE,
    ended,
    in_event,
    message,
    minted,
    own,
    start,
    text_events,
    told,
    turn,
)
from convsim.contract.scenario import Call, Script, Seconds, scenario
from convsim.contract.turns import PADDED, streamed
from convsim.responses.agent import Agent
from convsim.responses.vocabulary import Call as FunctionCall

_ALONE_DONE = message("{said}", "Paris.", "assistant", response_id="{resp}")
_FIRST = in_event(id=minted("resp", "resp"))
_MODEL: Json = {"model": "gpt-4.1", "input": "Hi", "stream": True}


def _alone(**members: Any) -> Json:
    return in_event(away=ALONE, **members)


def _call_of(arguments: str, status: str) -> Json:
    return {
        "type": "function_call",
        "id": "{fc}",
        "agent_reference": REFERENCE,
        "response_id": "{resp}",
        "call_id": "call_1",
        "name": "lookup",
        "arguments": arguments,
        "status": status,
    }


def _bing(kind: str, name: str, **members: str) -> Json:
    return {
        "type": kind,
        "id": f"{{{name}}}",
        "agent_reference": REFERENCE,
        "response_id": "{resp}",
        "call_id": "call_1",
        **members,
    }


_BING = _bing("bing_grounding_call", "bg", arguments='{"query":"a"}', status="completed")
_FOUND = _bing("bing_grounding_call_output", "bgo", output="", status="completed")
_ENDED_BACKGROUND: Json = {"background": True, "away": ALONE, "whole": True}

# --- a workflow ----------------------------------------------------------------------------------------------------

_WORKFLOW: Json = {
    "metadata": {},
    "service_tier": "auto",
    "model": "",
    "background": False,
    "tools": [],
    "truncation": "auto",
    "id": "{resp}",
    "object": "response",
    "status": "in_progress",
    "created_at": Seconds(),
    "completed_at": Seconds(),
    "error": None,
    "incomplete_details": None,
    "output": [],
    "instructions": "",
    "parallel_tool_calls": True,
    "conversation": {"id": "{conv}"},
    "agent_reference": REFERENCE,
}


def _action(item_id: object, kind: str, status: str) -> Json:
    return {
        "type": "workflow_action",
        "id": item_id,
        "agent_reference": REFERENCE,
        "response_id": "{resp}",
        "kind": kind,
        "status": status,
    }


def _said(content: list[Json], status: str, item_id: object = "{said}") -> Json:
    return {
        "type": "message",
        "id": item_id,
        "agent_reference": REFERENCE,
        "response_id": "{resp}",
        "role": "assistant",
        "content": content,
        "status": status,
    }


def _part(words: str) -> Json:
    return {"type": "output_text", "text": words, "annotations": []}


def _numbered(*events: Json) -> list[Json]:
    """Return the events numbered from 1, with the number in second place."""
    return [
        {"type": f"response.{event.pop('type')}", "sequence_number": number, **event}
        for number, event in enumerate(map(dict, events), 1)
    ]


def _item(step: str, index: int, item: Json) -> Json:
    return {"type": f"output_item.{step}", "output_index": index, "item": item}


_WHERE: Json = {"item_id": "{said}", "output_index": 1, "content_index": 0}
_WORKFLOW_EVENTS = _numbered(
    {"type": "created", "response": _WORKFLOW | {"id": own("resp", "wfresp", "conv")}},
    {"type": "in_progress", "response": _WORKFLOW},
    _item("added", 0, _action(own("send", "wfa", "conv"), "SendActivity", "in_progress")),
    _item("added", 1, _said([], "in_progress", own("said", "msg", "conv"))),
    {"type": "content_part.added", **_WHERE, "part": _part("")},
    {"type": "output_text.delta", **_WHERE, "delta": "Hello.", "logprobs": []},
    {"type": "output_text.done", **_WHERE, "text": "Hello.", "logprobs": []},
    {"type": "content_part.done", **_WHERE, "part": _part("Hello.")},
    _item("done", 1, _said([_part("Hello.")], "completed")),
    _item("done", 0, _action("{send}", "SendActivity", "completed")),
    _item("added", 2, _action(own("end", "wfa", "conv"), "EndConversation", "in_progress")),
    _item("done", 2, _action("{end}", "EndConversation", "completed")),
    {
        "type": "completed",
        "response": {
            name: value
            for name, value in (
                _WORKFLOW
                | {
                    "status": "completed",
                    "output": [
                        _action("{send}", "SendActivity", "completed"),
                        _said([_part("Hello.")], "completed"),
                        _action("{end}", "EndConversation", "completed"),
                    ],
                }
            ).items()
            if name not in ("parallel_tool_calls", "conversation", "agent_reference")
        }
        | {
            "output_text": "",
            "usage": {
                "input_tokens": 0,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": 0,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": 0,
            },
            "parallel_tool_calls": True,
            "conversation": {"id": "{conv}"},
            "agent_reference": REFERENCE,
        },
    },
)

FOUNDRY_STREAMS = (
    scenario(
        "foundry-stream-agent",
        "An agent's answer in a stream: the response has other members than in a body, and decimals",
        recorded("azure-assets"),
        start(),
        turn(
            streamed(
                told("created", response=_FIRST),
                told("in_progress", response=in_event()),
                *text_events("Paris is.", "Paris", " is."),
                told(
                    "completed",
                    response=ended(
                        message("{said}", "Paris is.", "assistant", agent_reference=REFERENCE, response_id="{resp}")
                    ),
                ),
            ),
            conversation="{conv}",
            input="Hi",
            stream=True,
        ),
        replies=("Paris is.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-stream-alone",
        "In a stream without an agent and a conversation the response has neither member",
        recorded("azure-assets"),
        Call(
            "responses.create",
            _MODEL,
            streamed(
                told("created", response=_alone(id=minted("resp", "resp", ""))),
                told("in_progress", response=_alone()),
                *text_events("Paris.", "Paris.", agent=None),
                told("completed", response=ended(_ALONE_DONE, away=ALONE)),
            ),
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-stream-background",
        "In the background nothing is padded, and numbers lose their decimals; a stream told again has none",
        recorded("azure-assets"),
        Call(
            "responses.create",
            {**_MODEL, "background": True},
            streamed(
                told("created", response=_alone(id=minted("resp", "resp", ""), status="queued", background=True)),
                told("queued", response=_alone(status="queued", background=True)),
                told("in_progress", response=_alone(background=True, whole=True)),
                *text_events("Paris.", "Paris.", agent=None, padded=False),
                told("completed", response=ended(_ALONE_DONE, **_ENDED_BACKGROUND)),
            ),
        ),
        Call(
            "responses.retrieve",
            {"response_id": "{resp}", "stream": True},
            streamed(
                told("created", response=_alone(status="queued", background=True, whole=True)),
                told("queued", response=_alone(status="queued", background=True, whole=True)),
                told("in_progress", response=_alone(background=True, whole=True)),
                *text_events("Paris.", "Paris.", agent=None, padded=False, item_id="{said}"),
                told("completed", response=ended(_ALONE_DONE, **_ENDED_BACKGROUND)),
            ),
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-stream-call",
        "A call of a function in a stream",
        recorded("azure-assets"),
        start(),
        turn(
            streamed(
                told("created", response=_FIRST),
                told("in_progress", response=in_event()),
                told(
                    "output_item.added",
                    item=_call_of("", "in_progress") | {"id": minted("fc", "fc")},
                    output_index=0,
                ),
                told("function_call_arguments.delta", delta="{}", item_id="{fc}", obfuscation=PADDED, output_index=0),
                told("function_call_arguments.done", arguments="{}", item_id="{fc}", output_index=0),
                told("output_item.done", item=_call_of("{}", "completed"), output_index=0),
                told("completed", response=ended(_call_of("{}", "completed"))),
            ),
            conversation="{conv}",
            input="Hi",
            stream=True,
        ),
        replies=(FunctionCall("lookup", "{}", call_id="call_1"),),
        **OPTIONS,
    ),
    scenario(
        "foundry-stream-bing",
        "A grounding call and its output have a first event and a last one, and nothing between",
        recorded("azure-assets"),
        start(),
        Script(
            (
                {
                    "type": "bing_grounding_call",
                    "call_id": "call_1",
                    "arguments": '{"query":"a"}',
                    "status": "completed",
                },
                {"type": "bing_grounding_call_output", "call_id": "call_1", "output": "", "status": "completed"},
            )
        ),
        turn(
            streamed(
                told("created", response=_FIRST),
                told("in_progress", response=in_event()),
                told(
                    "output_item.added",
                    item=_BING | {"id": minted("bg", "fc"), "arguments": "", "status": "in_progress"},
                    output_index=0,
                ),
                told("output_item.done", item=_BING, output_index=0),
                told(
                    "output_item.added",
                    item=_FOUND | {"id": minted("bgo", "fco"), "output": "[]", "status": "in_progress"},
                    output_index=1,
                ),
                told("output_item.done", item=_FOUND, output_index=1),
                told("completed", response=ended(_BING, _FOUND)),
            ),
            conversation="{conv}",
            input="Hi",
            stream=True,
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-stream-workflow",
        "A workflow numbers its events from 1, and what an action sends is told before the action is done",
        recorded("azure-assets"),
        start(),
        Script(
            (
                {"type": "workflow_action", "kind": "SendActivity", "status": "completed"},
                "Hello.",
                {"type": "workflow_action", "kind": "EndConversation", "status": "completed"},
            )
        ),
        turn(ok(_WORKFLOW_EVENTS), conversation="{conv}", input="Hi", stream=True),
        service="foundry",
        agents={"support": Agent(version="3", kind="workflow")},
    ),
)
