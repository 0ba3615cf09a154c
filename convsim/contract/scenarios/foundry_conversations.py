"""Azure AI Foundry: conversations, and their list."""

from __future__ import annotations

from convsim.contract.answers import ok
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.foundry import (
    OPTIONS,
    conversation,
    list_items,
    listed,
    message,
    own,
    refused,
    said,
    start,
    turn,
)
from convsim.contract.foundry import answered as turned
from convsim.contract.scenario import Answer, Call, Raw, scenario

_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "x-request-id": "[0-9a-f]{32}",
    "api-supported-versions": "1.0,2025-05-15-preview,2025-11-15-preview",
    "x-ms-response-type": "standard",
    "openai-version": None,
}


def _of(operation: str, answer: Answer, name: str = "{conv}", **arguments: object) -> Call:
    return Call(f"conversations.{operation}", {"conversation_id": name, **arguments}, answer)


def _gone(conversation_id: str) -> Answer:
    return refused(f"Conversation '{conversation_id}' not found", code="not_found", status=404, kind="error")


def _malformed(conversation_id: str) -> Answer:
    return refused(f"Invalid conversation id '{conversation_id}', Malformed identifier.", code="invalid_parameters")


def _page(query: str, answer: Answer) -> Raw:
    return Raw("GET", f"/conversations{query}", answer)


_UNKNOWN = "conv_0123456789abcdef00ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

FOUNDRY_CONVERSATIONS = (
    scenario(
        "foundry-create",
        "The id of a conversation is 16 digits, two zeros, and 32 letters and digits",
        recorded("azure-assets"),
        Call("conversations.create", {}, Answer(200, conversation(own("conv", "conv")), _HEADERS)),
        _of("retrieve", ok(conversation())),
        **OPTIONS,
    ),
    scenario(
        "foundry-create-items",
        "The items of a conversation share its first 18 characters",
        recorded("azure-assets"),
        Call(
            "conversations.create",
            {"metadata": {"topic": "demo"}, "items": [{"type": "message", "role": "user", "content": "Hi"}]},
            ok(conversation(own("conv", "conv"), topic="demo")),
        ),
        list_items(listed(message(own("msg", "msg", "conv"), "Hi"))),
        **OPTIONS,
    ),
    scenario(
        "foundry-update",
        "An update puts metadata where there was none",
        recorded("azure-assets", note="whether it keeps other keys is not recorded: see `Behavior.metadata_update`"),
        start(),
        _of("update", ok(conversation(topic="demo")), metadata={"topic": "demo"}),
        _of("retrieve", ok(conversation(topic="demo"))),
        **OPTIONS,
    ),
    scenario(
        "foundry-delete",
        "A deleted conversation is a 404 with its own words, of the type error and without a param",
        recorded("azure-assets"),
        start(),
        _of("delete", ok({"object": "conversation.deleted", "deleted": True, "id": "{conv}"})),
        _of("retrieve", _gone("{conv}")),
        **OPTIONS,
    ),
    scenario(
        "foundry-unknown-conversation",
        "A conversation that never was is not found, for every operation",
        inferred("recorded for one that was deleted"),
        _of("retrieve", _gone(_UNKNOWN), _UNKNOWN),
        _of("update", _gone(_UNKNOWN), _UNKNOWN, metadata={}),
        _of("delete", _gone(_UNKNOWN), _UNKNOWN),
        _of("items.list", _gone(_UNKNOWN), _UNKNOWN),
        **OPTIONS,
    ),
    scenario(
        "foundry-malformed-id",
        "An id of another shape is malformed, unless a test has seeded it",
        second_hand("foundry-portal", note="the code is that of the server for hosted agents"),
        _of("retrieve", _malformed("conv_c8e602556f95489dJutf5cqOk1Uqu"), "conv_c8e602556f95489dJutf5cqOk1Uqu"),
        **OPTIONS,
    ),
    scenario(
        "foundry-malformed-prefix",
        "So is one without the prefix, or with other characters",
        inferred("reported for an id that is too short"),
        _of("retrieve", _malformed("thread_1"), "thread_1"),
        _of("items.list", _malformed("conv_a.b"), "conv_a.b"),
        turn(_malformed("thread_1"), conversation="thread_1", input="Hi"),
        **OPTIONS,
    ),
    scenario(
        "foundry-empty-page",
        "The page of an empty conversation has no first and no last id",
        recorded("azure-assets"),
        start(),
        list_items(ok({"data": [], "has_more": False, "object": "list"})),
        **OPTIONS,
    ),
    scenario(
        "foundry-list",
        "Conversations are listed newest first, and a deleted one is not",
        recorded("azure-assets"),
        start("one"),
        start("two"),
        start("three"),
        _page("?limit=10", listed(*(conversation(f"{{{name}}}") for name in ("three", "two", "one")))),
        _of("delete", ok({"object": "conversation.deleted", "deleted": True, "id": "{two}"}), "{two}"),
        _page("", listed(*(conversation(f"{{{name}}}") for name in ("three", "one")))),
        **OPTIONS,
    ),
    scenario(
        "foundry-list-pages",
        "The list takes limit, order and after",
        documented("azure-spec", note="limit is recorded"),
        start("one"),
        start("two"),
        start("three"),
        _page("?limit=2", listed(conversation("{three}"), conversation("{two}"), has_more=True)),
        _page("?limit=2&after={two}", listed(conversation("{one}"))),
        _page("?order=asc&limit=1", listed(conversation("{one}"), has_more=True)),
        **OPTIONS,
    ),
    scenario(
        "foundry-list-before",
        "The page before an element ends with its neighbour; an unknown element is a 404",
        inferred("before is documented, and not what it does"),
        start("one"),
        start("two"),
        start("three"),
        _page("?limit=1&before={one}", listed(conversation("{two}"), has_more=True)),
        _page(
            f"?before={_UNKNOWN}",
            refused(f"No item found with id '{_UNKNOWN}'", code="not_found", status=404, kind="error", param="before"),
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-list-of-agent",
        "The list of an agent has the conversations in which it has answered",
        inferred("the parameters are documented"),
        start("one"),
        start("conv"),
        turn(turned(said("Hello.")), conversation="{conv}", input="Hi"),
        _page("?agent_name=support", listed(conversation())),
        _page("?agent_id=support:3", listed(conversation())),
        _page("?agent_id=support:4", listed()),
        _page("?agent_name=other", listed()),
        replies=("Hello.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-envelope",
        "An unrecorded refusal has OpenAI's words in the envelope of the service",
        inferred("the envelope is recorded"),
        Call(
            "conversations.create",
            {"metadata": {f"k{number}": "v" for number in range(17)}},
            refused(
                "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an"
                " object with 17 properties instead.",
                code="object_above_max_properties",
                param="metadata",
            ),
        ),
        Raw(
            "GET",
            "/conversations",
            refused("Missing bearer or basic authentication in header", code="unauthorized", status=401),
            headers={"Authorization": ""},
        ),
        Raw(
            "PUT",
            "/conversations",
            refused(
                "Not allowed to PUT on {base_path}/conversations."
                " (HINT: Perhaps you meant to use a different HTTP method?)",
                code="method_not_allowed",
                status=405,
            ),
        ),
        **OPTIONS,
    ),
)
