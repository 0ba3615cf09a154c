"""Realtime: the acknowledgements of items, key by key, in both dialects."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import text
from convsim.contract.events import (
    acknowledged,
    call,
    create,
    event,
    message,
    model_says,
    output,
    send,
    sent,
    with_object,
    without,
)
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.realtime import Json, Send, realtime
from convsim.contract.scenario import Id
from convsim.contract.sessions import BETA, GA
from convsim.realtime import Text
from convsim.realtime.fields import Dialect

_BETA_WORDS = {"type": "text", "text": "hello"}
_SAID = {"type": "output_text", "text": "hello"}
_IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}


def _echo(item: Json, before: str | None = None, dialect: Dialect = "ga", **given: Any) -> Send:
    """Return a step: an item is created and sent back; ``given`` is sent instead of, or in addition to, the item."""
    return create(sent(item) | given, *acknowledged(item, before, dialect))


def _mcp(kind: str, **members: Any) -> Json:
    return {"id": kind[:32], "type": kind, **members}


REALTIME_ACKNOWLEDGEMENTS = (
    realtime(
        "added-and-done",
        "Today an item is acknowledged two times, added and done, as the same item without an object",
        recorded("frame-log", "capture-2026", "openapi-518"),
        GA,
        _echo(message("A")),
        order=("A",),
    ),
    realtime(
        "created",
        "In the beta dialect an item is acknowledged once, created, with its object after the id",
        recorded("capture-2024"),
        BETA,
        _echo(message("A"), dialect="beta"),
        order=("A",),
    ),
    realtime(
        "roles",
        "The system says input_text, the assistant output_text; a message may have several parts",
        documented("spec", note="that the assistant takes output_text is recorded (role-probe)"),
        GA,
        _echo(message("A", text("one"), text("two"), role="system")),
        _echo(message("B", _SAID, role="assistant"), "A"),
        order=("A", "B"),
    ),
    realtime(
        "roles-in-beta",
        "In the beta dialect the assistant says text",
        recorded("unpinned", note="the refusal of anything else names it"),
        BETA,
        _echo(message("A", text("one"), role="system"), dialect="beta"),
        _echo(message("B", _BETA_WORDS, role="assistant"), "A", "beta"),
        order=("A", "B"),
    ),
    realtime(
        "calls",
        "A call comes back as name, call_id, arguments, its output as call_id, output, without a status",
        recorded("pydantic-realtime"),
        GA,
        _echo(call("A")),
        _echo(output("B"), "A"),
        order=("A", "B"),
    ),
    realtime(
        "calls-in-beta",
        "In the beta dialect a call comes back as call_id, name, arguments, and its output has a status",
        second_hand("unpinned", note="clients' types"),
        BETA,
        _echo(call("A", dialect="beta"), dialect="beta"),
        _echo(output("B", dialect="beta"), "A", "beta"),
        order=("A", "B"),
    ),
    realtime(
        "call-without-a-call-id",
        "A call without a call_id is given one: call_ and 16 letters and digits",
        documented("spec", "livekit", note="optional by the description; the shape is recorded of calls by the model"),
        GA,
        create(
            without(call("A"), "call_id"),
            event(
                "conversation.item.added",
                previous_item_id=None,
                item=call("A") | {"call_id": Id("call", "call", shape="[0-9A-Za-z]{16}")},
            ),
            event("conversation.item.done", previous_item_id=None, item=call("A", "{call}")),
        ),
        create(sent(output("B", "{call}")), *acknowledged(output("B", "{call}"), "A")),
        order=("A", "B"),
    ),
    realtime(
        "output-before-its-call",
        "An output may stand before its call, and a call may have several",
        inferred("seen is only that the call must be in the conversation"),
        GA,
        _echo(call("A")),
        create(sent(output("B")), *acknowledged(output("B"), None), previous_item_id="root"),
        _echo(output("C"), "A"),
        order=("B", "A", "C"),
    ),
    realtime(
        "object-accepted",
        "An object in the item is accepted; acknowledgements of today leave it out",
        documented("spec"),
        GA,
        _echo(message("A"), object="realtime.item"),
        order=("A",),
    ),
    realtime(
        "image",
        "An image of the user is a data URL; its detail is auto unless it is said",
        documented("spec", note="the live sentence about another type does not name it"),
        GA,
        _echo(message("A", _IMAGE), content=[{"type": "input_image", "image_url": _IMAGE["image_url"]}]),
        _echo(message("B", _IMAGE | {"detail": "low"}, text("What is this?")), "A"),
        order=("A", "B"),
    ),
    realtime(
        "mcp-items",
        "The items of MCP servers are taken and come back without a status",
        documented("spec", note="how they come back is inferred from the schema"),
        GA,
        _echo(_mcp("mcp_list_tools", server_label="s", tools=[{"name": "t", "input_schema": {"type": "object"}}])),
        _echo(
            _mcp("mcp_approval_request", server_label="s", name="t", arguments="{}"),
            "mcp_list_tools",
        ),
        _echo(
            _mcp("mcp_approval_response", approval_request_id="mcp_approval_request", approve=True),
            "mcp_approval_request",
        ),
        _echo(
            _mcp(
                "mcp_call",
                server_label="s",
                name="t",
                arguments="{}",
                approval_request_id="mcp_approval_request",
                output="done",
                error=None,
            ),
            "mcp_approval_response",
        ),
        order=("mcp_list_tools", "mcp_approval_request", "mcp_approval_response", "mcp_call"),
    ),
    realtime(
        "spaces-and-order",
        "Spaces, lines and any order of keys are accepted; the answer is compact and in the live order",
        recorded("frame-log", note="the recorded sizes are those of compact JSON; the SDK sends its models indented"),
        GA,
        Send(
            '{\n  "item": {\n    "content": [{"text": "hi", "type": "input_text"}],\n    "role": "user", "id": "A",\n'
            '    "type": "message"\n  },\n  "type": "conversation.item.create"\n}',
            create(None, *acknowledged(message("A"), None)).heard,
        ),
        order=("A",),
    ),
    realtime(
        "beyond-ascii",
        "Characters beyond ASCII come back as they are, however they were escaped",
        inferred("no frame with such text is at hand"),
        GA,
        Send(
            '{"type":"conversation.item.create","item":{"id":"A","type":"message","role":"user",'
            '"content":[{"type":"input_text","text":"Gr\\u00fc\\u00dfe \\ud83d\\ude00 \u2014 \\"\\n"}]}}',
            create(None, *acknowledged(message("A", text('Grüße 😀 — "\n')), None)).heard,
        ),
        order=("A",),
    ),
    realtime(
        "model-item",
        "An item of the model is added in progress and empty, and done with its text",
        recorded("capture-2026", "frame-log"),
        GA,
        model_says(Text("hello"), "A", None),
        order=("{A}",),
    ),
    realtime(
        "model-item-in-beta",
        "In the beta dialect an item of the model is created in progress and empty",
        recorded("capture-2024"),
        BETA,
        model_says(Text("hello"), "A", None, "beta"),
        send(
            "conversation.item.retrieve",
            event("conversation.item.retrieved", item=with_object(message("{A}", _BETA_WORDS, role="assistant"))),
            item_id="{A}",
        ),
        order=("{A}",),
    ),
)
