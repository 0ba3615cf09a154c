"""Items between the messages: reasoning, compaction, and changes of the configuration."""

from __future__ import annotations

from convsim.contract.answers import (
    Json,
    conversation,
    create_items,
    list_items,
    missing,
    nothing_stored,
    page,
    refused,
    start,
    stored_message,
    text,
    unknown,
    unsupported,
    wrong_type,
)
from convsim.contract.evidence import inferred, recorded, second_hand, sibling
from convsim.contract.scenario import Call, Id, scenario
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import round_trip, sample

_INVALID = refused("Invalid item", param="item", code="invalid_item")
_SUMMARY: Json = {"type": "reasoning", "summary": []}
_SEALED: Json = {**_SUMMARY, "encrypted_content": "gAAAAA=="}
_UNKNOWN = "rs_" + "0" * 48
_TRIGGER: Json = {"type": "compaction_trigger"}


def _said(words: str) -> Json:
    return {"role": "user", "content": words}


def _reasoning(item_id: Id | str) -> Json:
    return {"id": item_id, **_SUMMARY}


CONTEXT = (
    round_trip(
        "reasoning",
        "Reasoning is read back as id, type, summary, without a status",
        recorded(
            "dotnet", "vercel", note="in responses; those of 2026-07 and later have content [] and the encryption"
        ),
        SAMPLES["reasoning"],
    ),
    round_trip(
        "reasoning-content",
        "The text of reasoning stands before its summary; a null content is kept as null",
        sibling("unpinned", note="that null is not complained of; that it comes back is inferred"),
        sample(
            "rs",
            {
                "type": "reasoning",
                "content": [{"type": "reasoning_text", "text": "Cats?"}],
                "summary": [{"type": "summary_text", "text": "Cats."}],
            },
            encrypted_content="gAAAAA==",
        ),
        sample("rs", {"type": "reasoning", "content": None, "summary": []}, encrypted_content="gAAAAA=="),
    ),
    scenario(
        "reasoning-unseen",
        "Reasoning without encrypted content is refused, unless the service knows its id",
        second_hand("agents-python", "stdapi", note="quoted for one without an id; an unknown id from a mirror"),
        *start(),
        create_items([_SUMMARY], _INVALID),
        create_items([_reasoning(_UNKNOWN)], _INVALID),
        create_items([_said("Hi"), _SUMMARY], _INVALID),
        Call("conversations.create", {"items": [_SUMMARY]}, _INVALID),
        nothing_stored(),
    ),
    scenario(
        "reasoning-sealed",
        "With its encrypted content, which is not checked, it passes and gets a fresh id",
        second_hand(
            "agents-python", note="live replies say when the content could not be decrypted; convsim does not try"
        ),
        *start(),
        create_items([_SEALED], page(_reasoning(Id("a", "rs")))),
        create_items([_SEALED | {"id": _UNKNOWN}], page(_reasoning(Id("b", "rs")))),
    ),
    scenario(
        "reasoning-linked",
        "The id of reasoning in another conversation links it, also without the encrypted content",
        inferred("as any item's id; since 2026-05 the agents SDK keeps such ids"),
        *start(name="source"),
        create_items([_SEALED], page(_reasoning(Id("item", "rs"))), to="{source}"),
        *start(),
        create_items([_reasoning("{item}")], page(_reasoning("{item}"))),
        list_items(page(_reasoning("{item}"))),
        list_items(
            page({"id": "{item}", "type": "reasoning", "encrypted_content": "gAAAAA==", "summary": []}),
            include=["reasoning.encrypted_content"],
        ),
    ),
    scenario(
        "reasoning-order",
        "An unknown reference beats an invalid item in either order, and that beats an item that is there already",
        inferred("that 404 wins over the other refusal is second-hand; the rest follows"),
        *start("a"),
        *(
            create_items(items, refused(f"Item with id '{_UNKNOWN}' not found.", status=404))
            for items in (
                [_SUMMARY, {"type": "item_reference", "id": _UNKNOWN}],
                [{"type": "item_reference", "id": _UNKNOWN}, _SUMMARY],
            )
        ),
        *(
            create_items(items, _INVALID)
            for items in (
                [_SUMMARY, {"type": "item_reference", "id": "{conv_0}"}],
                [{"type": "item_reference", "id": "{conv_0}"}, _SUMMARY],
            )
        ),
        list_items(page(stored_message("{conv_0}", text("a")))),
    ),
    scenario(
        "reasoning-malformed",
        "Reasoning has no status, and needs a summary of typed parts",
        sibling(
            "openai-python",
            "agents-python",
            "unpinned",
            note="the null status stands in an issue; the missing members are quoted",
        ),
        *start(),
        create_items([_SEALED | {"status": "completed"}], unknown("items[0].status")),
        create_items([_SEALED | {"status": None}], unknown("items[0].status")),
        create_items([{"type": "reasoning", "encrypted_content": "gAAAAA=="}], missing("items[0].summary")),
        create_items([_SEALED | {"summary": [{"text": "Cats."}]}], missing("items[0].summary[0].type")),
        create_items(
            [_SEALED | {"summary": [{"type": "text", "text": "Cats."}]}],
            unsupported("items[0].summary[0].type", "text", "'summary_text'"),
        ),
        create_items([_SEALED | {"summary": None}], wrong_type("items[0].summary", "an array of objects", "null")),
        nothing_stored(),
    ),
    round_trip(
        "compaction",
        "A compaction is read back as id, type, encrypted_content, and no include is needed to see it",
        recorded("vercel", "dotnet", note="in responses; this API takes the same type"),
        SAMPLES["compaction"],
    ),
    scenario(
        "compaction-trigger",
        "A trigger of compaction is accepted and not stored: alone it leaves an empty page",
        second_hand("stdapi", note="a mirror's own behaviour"),
        *start(),
        create_items([_TRIGGER], page()),
        create_items([_TRIGGER | {"id": "any_1"}, _TRIGGER], page()),
        nothing_stored(),
        Call("conversations.create", {"items": [_TRIGGER]}, conversation(Id("other", "conv"))),
        nothing_stored("other"),
    ),
    scenario(
        "compaction-trigger-among-others",
        "Among others the trigger is the one that is not stored",
        second_hand("stdapi", note="a mirror's own behaviour"),
        *start(),
        create_items(
            [_said("a"), _TRIGGER, _said("b")],
            page(stored_message(Id("a", "msg"), text("a")), stored_message(Id("b", "msg"), text("b"))),
        ),
        list_items(page(stored_message("{a}", text("a")), stored_message("{b}", text("b"))), order="asc"),
    ),
    round_trip(
        "configuration-update",
        "A change of the settings is read back as it was sent; its ids begin with cnfu",
        second_hand("unpinned", "spec", note="the prefix is second-hand, the members are documented"),
        SAMPLES["configuration_update"],
        sample("cnfu", {"type": "configuration_update", "text": {"format": {"type": "text"}}}),
    ),
    scenario(
        "configuration-update-effort",
        "A change of the settings changes something; its effort is required, and null is none",
        sibling("unpinned", note="which members are refused is quoted; the sentence about null is the grammar's"),
        *start(),
        create_items([{"type": "configuration_update"}], missing("items[0].reasoning")),
        create_items([{"type": "configuration_update", "reasoning": {}}], missing("items[0].reasoning.effort")),
        create_items(
            [{"type": "configuration_update", "reasoning": {"effort": None}}],
            wrong_type(
                "items[0].reasoning.effort",
                "one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max'",
                "null",
            ),
        ),
        nothing_stored(),
    ),
)
