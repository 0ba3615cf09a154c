"""Realtime: unknown kinds of items, and parts that an item must not have."""

from __future__ import annotations

from convsim.contract.answers import text
from convsim.contract.events import (
    attempt,
    create,
    error,
    message,
    missing,
    not_emulated,
    only,
    unsupported,
    without,
    wrong_type,
)
from convsim.contract.evidence import documented, inferred, recorded, sibling
from convsim.contract.realtime import Json, realtime
from convsim.contract.sessions import BETA, GA

_PART = {"type": "text", "text": "hi"}
_TYPE = "item.content[0].type"
_ITEM_TYPES = "'message', 'function_call', 'function_call_output'"


def _not_an_image(found: str) -> Json:
    return error(
        "Invalid 'item.content[0].image_url'. Expected a base64-encoded data URL with an image MIME type (e.g."
        f" 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {found}.",
        "invalid_value",
        "item.content[0].image_url",
    )


REALTIME_PARTS = (
    realtime(
        "part-of-the-user",
        "The user's parts are input_text and input_audio; the error about another type names them",
        recorded("role-probe", note="the list lacks the image that is documented"),
        GA,
        create(attempt(_PART), unsupported(_TYPE, "text", "'input_text' and 'input_audio'")),
    ),
    realtime(
        "part-of-the-system",
        "The system says input_text only",
        recorded("role-probe"),
        GA,
        create(attempt(_PART, role="system"), only(_TYPE, "text", "input_text")),
    ),
    realtime(
        "part-of-the-assistant",
        "The assistant says output_text only",
        recorded("role-probe"),
        GA,
        create(attempt(text("hi"), role="assistant"), only(_TYPE, "input_text", "output_text")),
    ),
    realtime(
        "part-of-the-assistant-in-beta",
        "In the beta dialect the assistant says text only",
        recorded("unpinned"),
        BETA,
        create(attempt(text("hi"), role="assistant"), only(_TYPE, "input_text", "text")),
    ),
    realtime(
        "item-type-in-beta",
        "The error about an item of another type names the four of the beta",
        recorded("unpinned", note="a frame of 2025-03-12"),
        BETA,
        create(attempt(type="text"), unsupported("item.type", "text", f"{_ITEM_TYPES}, and 'item_reference'")),
    ),
    realtime(
        "item-type",
        "The error about an item of another type names those of today",
        inferred("the list of today was not recorded; the MCP types stand before the last"),
        GA,
        create(
            attempt(type="text"),
            unsupported(
                "item.type",
                "text",
                f"{_ITEM_TYPES}, 'mcp_list_tools', 'mcp_call', 'mcp_approval_request', 'mcp_approval_response', and"
                " 'item_reference'",
            ),
        ),
    ),
    realtime(
        "role-missing",
        "A message without a role is refused, and the error about another role names the three roles",
        inferred("no refusal of a role was recorded"),
        GA,
        create(without(message("A"), "role"), missing("item.role")),
        create(attempt(role="tool"), unsupported("item.role", "tool", "'user', 'assistant', and 'system'")),
    ),
    realtime(
        "content-a-string",
        "Content that is a string is refused",
        inferred("the first half of the sentence was seen, the rest and the code follow the grammar"),
        GA,
        create(attempt(content="hi"), wrong_type("item.content", "an array of objects", "a string")),
    ),
    realtime(
        "content-empty",
        "Content without parts is refused",
        inferred("the grammar's sentence; where the evidence is silent convsim refuses"),
        GA,
        create(
            attempt(content=[]),
            error(
                "Invalid 'item.content': empty array. Expected an array with minimum length 1, but got an empty array"
                " instead.",
                "empty_array",
                "item.content",
            ),
        ),
    ),
    realtime(
        "status-unknown",
        "A status that does not exist is refused",
        documented("spec", note="the list; the sentence is the grammar's"),
        GA,
        create(
            attempt(status="done"), unsupported("item.status", "done", "'completed', 'incomplete', and 'in_progress'")
        ),
    ),
    realtime(
        "image-not-a-data-url",
        "An image whose URL is no data URL is refused",
        inferred("documented are data URLs; whether the service fetches others is unknown"),
        GA,
        create(
            attempt({"type": "input_image", "image_url": "https://example.com/a.png"}),
            error(
                "Invalid 'item.content[0].image_url'. Expected a valid URL, but got a value with an invalid format.",
                "invalid_value",
                "item.content[0].image_url",
            ),
        ),
    ),
    realtime(
        "image-data",
        "An image is base64 of an image's type, and not empty",
        sibling("table", note="what the Conversations API says of its images"),
        GA,
        create(
            attempt({"type": "input_image", "image_url": "data:text/plain;base64,aGk="}),
            _not_an_image("unsupported MIME type 'text/plain'"),
        ),
        create(
            attempt({"type": "input_image", "image_url": "data:image/png;base64,"}),
            _not_an_image("empty base64-encoded bytes"),
        ),
    ),
    realtime(
        "item-reference",
        "A reference to an item is refused with a code of convsim's own",
        inferred("documented for responses only, though the list of types names it"),
        GA,
        create(
            {"type": "item_reference", "id": "A"},
            not_emulated("convsim does not emulate items of type 'item_reference'.", "item.type"),
        ),
    ),
)
