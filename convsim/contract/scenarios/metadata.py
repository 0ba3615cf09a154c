"""The limits of metadata, at creation and at update."""

from __future__ import annotations

from convsim.contract.answers import conversation, refused, start, wrong_type
from convsim.contract.evidence import sibling
from convsim.contract.scenario import Answer, Call, Id, scenario

_LONG_KEY = "k" * 65


def _refused_at_creation_and_update(metadata: object, answer: Answer) -> tuple[Call, ...]:
    return (
        Call("conversations.create", {"metadata": metadata}, answer),
        *start(),
        Call("conversations.update", {"conversation_id": "{conv}", "metadata": metadata}, answer),
        Call("conversations.retrieve", {"conversation_id": "{conv}"}, conversation()),
    )


METADATA = (
    scenario(
        "metadata-at-its-limits",
        "16 keys, keys of 64 and values of 512 characters are accepted",
        sibling("table", "spec"),
        Call(
            "conversations.create",
            {"metadata": {f"{n:x}" * 64: "v" * 512 for n in range(16)}},
            conversation(Id("conv", "conv"), **{f"{n:x}" * 64: "v" * 512 for n in range(16)}),
        ),
    ),
    scenario(
        "metadata-too-many-keys",
        "17 keys are refused",
        sibling("table", "stdapi"),
        *_refused_at_creation_and_update(
            {f"k{n}": "v" for n in range(17)},
            refused(
                "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an"
                " object with 17 properties instead.",
                param="metadata",
                code="object_above_max_properties",
            ),
        ),
    ),
    scenario(
        "metadata-key-too-long",
        "A key of 65 characters is refused; the sentence shortens it, the param does not",
        sibling("table"),
        *_refused_at_creation_and_update(
            {_LONG_KEY: "v"},
            refused(
                "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum length"
                " 64, but got a string with length 65 instead.",
                param=f"metadata.{_LONG_KEY}",
                code="property_name_above_max_length",
            ),
        ),
    ),
    scenario(
        "metadata-value-too-long",
        "A value of 513 characters is refused",
        sibling("table"),
        *_refused_at_creation_and_update(
            {"k": "v" * 513},
            refused(
                "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a string"
                " with length 513 instead.",
                param="metadata.k",
                code="string_above_max_length",
            ),
        ),
    ),
    scenario(
        "metadata-value-not-a-string",
        "A value that is not a string is refused, null among them; names in the path are never shortened",
        sibling("table", note="null: the Threads API; a live quote has a key of 24 characters in full"),
        *_refused_at_creation_and_update({"k": 7}, wrong_type("metadata.k", "a string", "an integer")),
        Call(
            "conversations.update",
            {"conversation_id": "{conv}", "metadata": {"expected_action_prepared": True}},
            wrong_type("metadata.expected_action_prepared", "a string", "a boolean"),
        ),
        Call(
            "conversations.update",
            {"conversation_id": "{conv}", "metadata": {"k": None}},
            wrong_type("metadata.k", "a string", "null"),
        ),
    ),
    scenario(
        "metadata-not-an-object",
        "Metadata that is not an object is refused",
        sibling("table"),
        *_refused_at_creation_and_update("x", wrong_type("metadata", "a metadata object", "a string")),
        Call("conversations.create", {"metadata": ["x"]}, wrong_type("metadata", "a metadata object", "an array")),
    ),
)
