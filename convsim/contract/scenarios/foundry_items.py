"""Azure AI Foundry: items that clients put into a conversation."""

from __future__ import annotations

from convsim.contract.answers import Json, ok
from convsim.contract.evidence import inferred, recorded, second_hand
from convsim.contract.foundry import OPTIONS, added, conversation, list_items, listed, message, own, refused, start
from convsim.contract.scenario import Answer, Call, Id, scenario

_HI: Json = {"type": "message", "role": "user", "content": "Hi"}


def _create(answer: Answer, *items: object) -> Call:
    return Call("conversations.items.create", {"conversation_id": "{conv}", "items": list(items)}, answer)


def _call(item_id: Id | str) -> Json:
    return {
        "type": "function_call",
        "id": item_id,
        "call_id": "call_1",
        "name": "lookup",
        "arguments": "{}",
        "status": "completed",
    }


def _output(item_id: Id | str) -> Json:
    return {
        "type": "function_call_output",
        "id": item_id,
        "call_id": "call_1",
        "output": "blue",
        "status": "completed",
    }


_ACTION = {"kind": "SendActivity", "action_id": "greet", "parent_action_id": "flow", "previous_action_id": "flow"}
_BING = {"call_id": "call_1", "arguments": '{"query":"weather"}', "status": "completed"}

FOUNDRY_ITEMS = (
    scenario(
        "foundry-items",
        "Items come back in the order in which they were sent, and are listed newest first",
        recorded("azure-assets"),
        start(),
        _create(
            added(message(own("one", "msg", "conv"), "first"), message(own("two", "msg", "conv"), "second")),
            _HI | {"content": "first"},
            _HI | {"content": [{"type": "input_text", "text": "second"}]},
        ),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{one}"},
            ok(message("{one}", "first")),
        ),
        list_items(listed(message("{two}", "second"), message("{one}", "first"))),
        list_items(listed(message("{one}", "first"), message("{two}", "second")), order="asc"),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{two}"}, ok(conversation())),
        list_items(listed(message("{one}", "first"))),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-of-functions",
        "The output of a function has an id of its own prefix; a text of the assistant comes without probabilities",
        recorded("azure-assets"),
        start(),
        _create(
            added(
                message(own("said", "msg", "conv"), "Wait.", "assistant"),
                _call(own("call", "fc", "conv")),
                _output(own("output", "fco", "conv")),
            ),
            {"type": "message", "role": "assistant", "content": "Wait."},
            {"type": "function_call", "call_id": "call_1", "name": "lookup", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "blue"},
        ),
        list_items(listed(message("{said}", "Wait.", "assistant")), extra_query={"item_type": "message"}),
        list_items(listed(_output("{output}")), extra_query={"item_type": "function_call_output"}),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-too-many",
        "More than 20 items are refused by the check of the schema, whose answer lacks two headers",
        recorded("azure-assets"),
        start(),
        _create(
            refused(
                "maxItems: Value should have at most 20 items",
                param="/items",
                x_request_id=None,
                api_supported_versions=None,
            ),
            *[_HI] * 21,
        ),
        list_items(listed()),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-of-wrong-type",
        "So is a member of another type, in the words of a JSON schema",
        second_hand("msaf", note="for the input of a turn"),
        start(),
        Call(
            "conversations.items.create",
            {"conversation_id": "{conv}", "items": "Hi"},
            refused('type: Value is "string" but should be "array"', param="/items"),
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-after-and-before",
        "Of after and before, after counts",
        recorded("azure-assets"),
        start(),
        _create(
            added(*(message(own(f"m{n}", "msg", "conv"), f"{n}") for n in range(4))),
            *({**_HI, "content": f"{n}"} for n in range(4)),
        ),
        list_items(listed(message("{m3}", "3"), message("{m2}", "2"), has_more=True), limit=2),
        list_items(
            listed(message("{m1}", "1"), message("{m0}", "0")), limit=2, after="{m2}", extra_query={"before": "{m3}"}
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-own-types",
        "Items of types that only this service has are taken with whatever members they have",
        inferred("the types are documented, and some are recorded in responses; that clients may send them is not"),
        start(),
        _create(
            added(
                {"type": "workflow_action", "id": own("action", "wfa", "conv"), **_ACTION, "status": "completed"},
                {"type": "bing_grounding_call", "id": own("bing", "fc", "conv"), **_BING},
                {
                    "type": "bing_grounding_call_output",
                    "id": own("found", "fco", "conv"),
                    "call_id": "call_1",
                    "output": "sunny",
                    "status": "completed",
                },
            ),
            {"type": "workflow_action", **_ACTION, "status": "completed"},
            {"type": "bing_grounding_call", **_BING},
            {"type": "bing_grounding_call_output", "call_id": "call_1", "output": "sunny", "status": "completed"},
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-sent-back",
        "Members that the service has added to an item are dropped when they are sent back",
        recorded(
            "azure-assets", note="for agent_reference and response_id in the input of a turn; inferred for the rest"
        ),
        start(),
        _create(
            added(_call(own("call", "fc", "conv"))),
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "lookup",
                "arguments": "{}",
                "agent_reference": {"type": "agent_reference", "name": "support", "version": "3"},
                "response_id": "resp_1",
                "created_by": {"response_id": "resp_1"},
                "partition_key": "0",
            },
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-items-missing-member",
        "The refusal of an incomplete item has OpenAI's words",
        inferred("one that lacks a member was not recorded"),
        start(),
        _create(
            refused(
                "Missing required parameter: 'items[0].call_id'.",
                code="missing_required_parameter",
                param="items[0].call_id",
            ),
            {"type": "function_call", "name": "lookup", "arguments": "{}"},
        ),
        **OPTIONS,
    ),
)
