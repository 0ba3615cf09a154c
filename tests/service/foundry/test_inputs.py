"""Inputs of the operations that OpenAI's do not have."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import BadRequestError, Emulator

from .asking import ask, called, foundry

BING = {"type": "bing_grounding", "bing_grounding": {"search_configurations": []}}


def test_a_seed_may_hold_what_the_service_writes() -> None:
    sim = foundry()
    item = {
        "type": "workflow_action",
        "id": "wfa_1",
        "kind": "EndConversation",
        "created_by": {"response_id": "wfresp_1"},
        "partition_key": "1",
    }
    sim.seed("conv_1", [item, {"role": "user", "content": "Hi", "id": "msg_1"}])

    shown = sim.conversations.items.list("conv_1", order="asc").to_dict()["data"]

    assert shown[0] == item
    assert shown[1]["content"] == [{"type": "input_text", "text": "Hi"}]
    assert sim.conversations.retrieve("conv_1").id == "conv_1"


def test_a_seed_that_is_no_object_is_refused() -> None:
    with pytest.raises(BadRequestError, match="expected an input item, but got a string"):
        foundry().seed("conv_1", ["Hi"])


@pytest.mark.parametrize("response_id", ["resp_1", "wfresp_1", "caresp_1"])
def test_responses_have_three_prefixes(response_id: str) -> None:
    with pytest.raises(Exception, match=f"Response with id '{response_id}' not found"):
        foundry().responses.retrieve(response_id)


@pytest.mark.parametrize("method", ["retrieve", "delete", "cancel"])
def test_another_prefix_is_refused(method: str) -> None:
    with pytest.raises(BadRequestError, match="Expected an ID that begins with 'resp'"):
        getattr(foundry().responses, method)("msg_1")


def test_a_tool_of_the_service_needs_no_agent() -> None:
    sim = foundry(replies=["Hi."])

    made: Any = sim.responses.create(model="gpt-4.1", input="Hi", tools=[BING])
    assert made.to_dict()["tools"] == [BING]


def test_openai_refuses_what_only_the_other_service_takes() -> None:
    sim = Emulator()
    body: dict[str, Any]
    for body in (called(), {"structured_inputs": {}}, {"agent_session_id": "s"}):
        with pytest.raises(BadRequestError, match="Unknown parameter"):
            sim.responses.create(model="gpt-4.1", input="Hi", extra_body=body)
    with pytest.raises(BadRequestError, match="Invalid value: 'workflow_action'"):
        sim.conversations.create(items=[{"type": "workflow_action"}])


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ({"type": "agent_reference"}, "Missing required parameter: 'agent_reference.name'."),
        ({"type": "agent_reference", "name": ""}, "Invalid 'agent_reference.name': empty string."),
        ({"type": "agent_reference", "name": "a" * 257}, "Invalid 'agent_reference.name': string too long."),
        ("support", 'type: Value is "string" but should be "object"'),
    ],
)
def test_a_reference_is_checked(reference: Any, message: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        foundry().responses.create(input="Hi", extra_body={"agent_reference": reference})
    assert caught.value.message.startswith(message)


def test_input_tokens_are_counted_as_anywhere() -> None:
    assert foundry().responses.input_tokens.count(model="gpt-4.1", input="Hi").to_dict()["input_tokens"] > 0


def test_a_response_in_the_background_is_cancelled() -> None:
    sim = foundry()
    sim.responses.script("Hi.", hold=True)
    begun = ask(sim, background=True)

    cancelled = sim.responses.cancel(begun.id).to_dict()

    assert (cancelled["status"], cancelled["agent_reference"]["name"]) == ("cancelled", "support")
