"""Realtime: the effects of the fields of Behavior."""

from __future__ import annotations

from dataclasses import replace

from convsim.contract.events import (
    acknowledged,
    create,
    delete,
    event,
    message,
    minted,
    missing,
    not_deleted,
    put,
    sent,
    unknown,
)
from convsim.contract.evidence import documented, inferred, recorded
from convsim.contract.realtime import Heard, realtime
from convsim.contract.responses import begun, finished, item_begun, item_done, respond, script
from convsim.contract.scenario import Like
from convsim.contract.sessions import BETA, GA
from convsim.realtime import Call

_MINE = "event_mine"
_CALL = {"id": "{said}", "type": "function_call", "status": "completed", "name": "weather", "call_id": "call_1"}
_WHERE = {"response_id": "{response}", "item_id": "{said}", "output_index": 0, "call_id": "call_1"}
_CONVERSATION = {"id": minted("conv"), "object": "realtime.conversation"}
_INCOMPLETE = {"status": "incomplete"}
_WITH_CONVERSATION = replace(
    GA, heard=Heard((*GA.heard.events, event("conversation.created", conversation=_CONVERSATION)))
)

REALTIME_BEHAVIORS = (
    realtime(
        "duplicate-appended",
        'With realtime_duplicate_ids="append" an existing id is added once more, after itself if it is last',
        recorded("speaches", note="gpt-realtime-1.5; an id in another place than the last was not tried"),
        GA,
        put("A", None),
        put("A", "A"),
        order=("A", "A"),
        behavior={"realtime_duplicate_ids": "append"},
    ),
    realtime(
        "duplicate-ignored",
        'With realtime_duplicate_ids="ignore" it is acknowledged as its own predecessor, and nothing changes',
        recorded("speaches", note="gpt-4o-realtime-preview"),
        GA,
        put("A", None),
        put("B", "A"),
        put("A", "A"),
        order=("A", "B"),
        behavior={"realtime_duplicate_ids": "ignore"},
    ),
    realtime(
        "echo-always",
        'With realtime_event_id_echo="always" every error repeats the event_id',
        inferred("a choice for tests, as recordings disagree"),
        GA,
        delete("X", not_deleted("X", event_id=_MINE), event_id=_MINE),
        create({}, missing("item.type", event_id=_MINE), event_id=_MINE),
        behavior={"realtime_event_id_echo": "always"},
    ),
    realtime(
        "echo-never",
        'With realtime_event_id_echo="never" no error does',
        inferred("a choice for tests, as recordings disagree"),
        GA,
        delete("X", not_deleted("X"), event_id=_MINE),
        create({}, missing("item.type"), event_id=_MINE),
        behavior={"realtime_event_id_echo": "never"},
    ),
    realtime(
        "conversation-created",
        "With realtime_conversation_created=True the conversation is sent after the session",
        documented("spec", note="no capture has it"),
        _WITH_CONVERSATION,
        behavior={"realtime_conversation_created": True},
    ),
    realtime(
        "status-ignored",
        "A status that a client sends has no effect: the item is completed",
        documented("spec"),
        GA,
        create(sent(message("A")) | _INCOMPLETE, *acknowledged(message("A"), None)),
        order=("A",),
    ),
    realtime(
        "status-kept",
        'With realtime_client_status="keep" it comes back as it was sent',
        inferred("whether today's service keeps it is unknown"),
        GA,
        create(sent(message("A")) | _INCOMPLETE, *acknowledged(message("A") | _INCOMPLETE, None)),
        order=("A",),
        behavior={"realtime_client_status": "keep"},
    ),
    realtime(
        "status-refused",
        'With realtime_client_status="refuse" it is an unknown parameter',
        recorded("azure-98", note="2024-12-06, of a function_call_output; its event_id was null"),
        GA,
        create(sent(message("A")) | _INCOMPLETE, unknown("item.status")),
        put("A", None),
        order=("A",),
        behavior={"realtime_client_status": "refuse"},
    ),
    realtime(
        "beta-served",
        'With realtime_beta="serve" the beta dialect is served as it was documented',
        documented("spec", note="OpenAI refuses it since 2026-05, Azure does not"),
        BETA,
        put("A", None, "beta"),
        order=("A",),
        behavior={"realtime_beta": "serve"},
    ),
    realtime(
        "done-behind-null",
        'With realtime_done_previous_item_id="null" the second item of a conversation, if the model made it, is done'
        " after null",
        recorded("pydantic-realtime", note="18 of 18 times, on OpenAI and Azure; it looks like a fault of the service"),
        GA,
        put("A", None),
        script(Call("weather", "{}", call_id="call_1")),
        respond(
            begun(),
            *item_begun(_CALL | {"arguments": ""}, "A"),
            event("response.function_call_arguments.delta", **_WHERE, delta="{}", obfuscation=Like("[0-9A-Za-z]{14}")),
            event("response.function_call_arguments.done", **_WHERE, name="weather", arguments="{}"),
            *item_done(_CALL | {"arguments": "{}"}, None),
            finished(_CALL | {"arguments": "{}"}),
        ),
        order=("A", "{said}"),
        behavior={"realtime_done_previous_item_id": "null"},
    ),
)
