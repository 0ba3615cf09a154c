"""Azure AI Foundry: turns that are refused, workflows and hosted agents."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import Json, ok
from convsim.contract.answers import refused as passed_on
from convsim.contract.evidence import inferred, recorded, second_hand
from convsim.contract.foundry import (
    CALLED,
    OPTIONS,
    REFERENCE,
    lookup_call,
    naming,
    own,
    refused,
    serving,
    start,
    turn,
)
from convsim.contract.scenario import Answer, Call, Like, Script, Seconds, scenario
from convsim.responses.agent import Agent

_NO_AGENT: Json = {}
_LOOKUP: Json = {"type": "function", "name": "lookup", "parameters": {}, "strict": False}


def _not_with_agent(name: str) -> Answer:
    headers: dict[str, Any] = {"x_request_id": "[0-9a-f]{32}", "api_supported_versions": "1.0,.*"}
    return refused("Not allowed when agent is specified.", param=name, **headers)


FOUNDRY_REFUSALS = (
    # --- turns ---
    scenario(
        "foundry-turn-tools-with-agent",
        "Tools beside an agent are refused",
        recorded("azure-assets"),
        turn(_not_with_agent("tools"), input="Hi", tools=[_LOOKUP]),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-more-with-agent",
        "So are instructions, a format of the text and reasoning",
        second_hand("msaf", "unpinned"),
        turn(_not_with_agent("instructions"), input="Hi", instructions="Be rude."),
        turn(_not_with_agent("text"), input="Hi", text={"format": {"type": "text"}}),
        turn(_not_with_agent("reasoning"), input="Hi", reasoning={"effort": "low"}),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-old-agent",
        "The old member agent is refused; until the spring of 2026 it was taken",
        second_hand("promptfoo", "foundry-portal", note="the param is inferred"),
        turn(
            refused("The 'agent' property is deprecated. Use 'agent_reference' instead.", param="agent"),
            {"agent": {"type": "agent_reference", "name": "support"}},
            input="Hi",
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-unknown-agent",
        "An agent that does not exist, or not in that version, is not found",
        inferred("recorded where agents are managed"),
        *(
            turn(
                refused(f"Agent {name} doesn't exist", code="not_found", status=404, kind="error"),
                naming({"name": name, **version}),
                input="Hi",
            )
            for name, version in (("Support", {}), ("support", {"version": "4"}))
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-reference-without-type",
        "An agent_reference without its type is refused",
        inferred("reported with another sentence than OpenAI's, in part"),
        turn(
            refused(
                "Missing required parameter: 'agent_reference.type'.",
                code="missing_required_parameter",
                param="agent_reference.type",
            ),
            {"agent_reference": {"name": "support"}},
            input="Hi",
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-nobody",
        "A turn without an agent and without a model is refused; so is one without input and without a conversation",
        inferred("nobody recorded either"),
        turn(
            refused("Missing required parameter: 'model'.", code="missing_required_parameter", param="model"),
            _NO_AGENT,
            input="Hi",
        ),
        turn(
            refused(
                "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
                code="missing_required_parameter",
            ),
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-history",
        "An objection of the model's side to the history of a turn passes through in OpenAI's envelope",
        second_hand("msaf"),
        start(),
        Call(
            "conversations.items.create",
            {
                "conversation_id": "{conv}",
                "items": [{"type": "function_call", "call_id": "call_1", "name": "lookup", "arguments": "{}"}],
            },
            ok(
                {
                    "object": "list",
                    "data": [lookup_call(own("fc", "fc", "conv"))],
                    "has_more": False,
                    "first_id": "{fc}",
                    "last_id": "{fc}",
                }
            ),
        ),
        turn(
            passed_on("No tool output found for function call call_1.", param="input"),
            conversation="{conv}",
            input="Hi",
        ),
        **OPTIONS,
    ),
    # --- workflows and hosted agents ---
    scenario(
        "foundry-turn-workflow",
        "A workflow answers with its actions, without a model and at no cost",
        recorded("azure-assets"),
        start(),
        Script(
            (
                {"type": "workflow_action", "kind": "SendActivity", "action_id": "greet", "status": "completed"},
                "hello world",
            )
        ),
        turn(
            ok(
                {
                    "metadata": {},
                    "service_tier": "auto",
                    "model": "",
                    "background": False,
                    "tools": [],
                    "truncation": "auto",
                    "id": own("resp", "wfresp", "conv"),
                    "object": "response",
                    "status": "completed",
                    "created_at": Seconds(),
                    "completed_at": Seconds(),
                    "error": None,
                    "incomplete_details": None,
                    "output": [
                        {
                            "type": "workflow_action",
                            "id": own("action", "wfa", "conv"),
                            "agent_reference": REFERENCE,
                            "response_id": "{resp}",
                            "kind": "SendActivity",
                            "action_id": "greet",
                            "status": "completed",
                        },
                        {
                            "type": "message",
                            "id": own("said", "msg", "conv"),
                            "agent_reference": REFERENCE,
                            "response_id": "{resp}",
                            "role": "assistant",
                            "content": [{"type": "output_text", "text": "hello world", "annotations": []}],
                            "status": "completed",
                        },
                    ],
                    "instructions": "",
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
                }
            ),
            conversation="{conv}",
            input="Hi",
        ),
        **serving(support=Agent(version="3", kind="workflow")),
    ),
    scenario(
        "foundry-turn-hosted",
        "A hosted agent answers in the shape and with the headers of its server, with the session that was named or a"
        " new one",
        recorded("azure-assets", note="at the agent's own URL, in April and May of 2026"),
        *(
            turn(
                Answer(
                    200,
                    {
                        "id": own("resp", "caresp"),
                        "object": "response",
                        "output": [
                            {
                                "type": "message",
                                "id": own("", "msg", "resp"),
                                "role": "assistant",
                                "content": [{"type": "output_text", "text": words, "annotations": [], "logprobs": []}],
                                "status": "completed",
                                "response_id": "{resp}",
                                "agent_reference": REFERENCE,
                            }
                        ],
                        "created_at": Seconds(),
                        "agent_reference": REFERENCE,
                        "status": "completed",
                        "completed_at": Seconds(),
                        "response_id": "{resp}",
                        "model": "",
                        "agent_session_id": session,
                        "background": False,
                    },
                    {
                        "content-type": "application/json",
                        "x-request-id": "[0-9a-f]{32}",
                        "openai-version": None,
                        "skip-error-remapping": None,
                        "x-agent-response-id": "caresp_.*",
                        "x-agent-session-id": session if isinstance(session, str) else "[0-9a-f]{63}",
                        "x-agent-version-resolution": "pinned",
                        "x-agent-version-resolved": "3",
                        "x-adc-response-details": "upstream",
                        "x-platform-server": "azure-ai-agentserver-core/.*",
                    },
                ),
                {**CALLED, **more},
                input="Hi",
            )
            for words, more, session in (
                ("One.", {"agent_session_id": "session-1"}, "session-1"),
                ("Two.", {}, Like("[0-9a-f]{63}")),
            )
        ),
        replies=("One.", "Two."),
        **serving(support=Agent(version="3", kind="hosted")),
    ),
)
