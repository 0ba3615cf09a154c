"""Turns over a WebSocket: one turn after the other, lanes, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convsim.contract.answers import Json
from convsim.contract.evidence import documented, inferred, second_hand
from convsim.contract.scenario import Id
from convsim.contract.turn_sockets import Message, create, refusal, socket
from convsim.contract.turns import MODEL, USAGE, message, opening, response, streamed, text_events, told
from convsim.http.messages import Close

_ASKED: Json = {"model": MODEL, "input": "Hi"}


def _turn(name: str = "msg", **members: Any) -> tuple[Json, ...]:
    """The events of a turn in which the model says one word."""
    ended = told("response.completed", response=response(output=[message(f"{{{name}}}", "Paris.")], **members))
    events: Any = streamed(*opening(**members), *text_events("Paris.", "Paris.", name=name), ended).body
    return tuple(events)


def _next(events: tuple[Json, ...]) -> tuple[Json, ...]:
    """The same events of another response, which is then known as ``next``; it continues ``{resp}``."""

    def renamed(value: Any) -> Any:
        if isinstance(value, Id) and value.name == "resp":
            return replace(value, name="next")
        if isinstance(value, dict):
            return {name: "{resp}" if name == "previous_response_id" else renamed(one) for name, one in value.items()}
        if isinstance(value, list):
            return [renamed(one) for one in value]
        return "{next}" if value == "{resp}" else value

    return tuple(renamed(event) for event in events)


_PREPARED: Any = streamed(
    *opening(), told("response.completed", response=response(output=[], usage=USAGE | {"output_tokens": 0}))
).body


def _named(lane: str, events: tuple[Json, ...]) -> tuple[Json, ...]:
    return tuple(event | {"stream_id": lane} for event in events)


def _forgotten(response_id: str) -> Json:
    return refusal(
        f"Previous response with id '{response_id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


TURN_SOCKETS = (
    socket(
        "turn",
        "A message asks for a turn, whose events are those of a stream, and the next message for the next turn",
        documented("guides"),
        create(*_turn(), **_ASKED),
        create(*_turn("second"), **_ASKED),
        replies=("Paris.", "Paris."),
    ),
    socket(
        "lane",
        "The events of a named lane name it, and so do its errors",
        documented("guides", note="the place of the name among the members is inferred"),
        create(*_named("main", _turn()), stream_id="main", **_ASKED),
        create(
            refusal(
                "Previous response with id 'resp_x' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
                stream_id="main",
            ),
            stream_id="main",
            previous_response_id="resp_x",
            **_ASKED,
        ),
        replies=("Paris.",),
    ),
    socket(
        "lane-name",
        "The name of a lane is 1 to 256 letters, digits, underscores, hyphens and periods",
        documented("guides"),
        create(
            refusal(
                "The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain"
                " letters, numbers, underscores, hyphens, and periods.",
                param="stream_id",
                code="invalid_stream_id",
            ),
            stream_id="",
            **_ASKED,
        ),
    ),
    socket(
        "continues",
        "The newest response of a lane is continued although it is not to be stored",
        documented("guides"),
        create(*_turn(store=False), store=False, **_ASKED),
        create(
            *_next(_turn("second", store=False)),
            store=False,
            previous_response_id="{resp}",
            **_ASKED,
        ),
        replies=("Paris.", "Paris."),
    ),
    socket(
        "prepares",
        "With generate false a turn has no output and takes no script; the next turn continues it without input",
        second_hand(
            "cliproxy", note="a probe of the live API; the guide has no example, and the first events are inferred"
        ),
        create(*_PREPARED, generate=False, **_ASKED),
        create(*_next(_turn("second")), previous_response_id="{resp}", model=MODEL, input=[]),
        replies=("Paris.",),
    ),
    socket(
        "generate-type",
        "Generate is a boolean",
        inferred("the sentence is that of other booleans"),
        create(
            refusal(
                "Invalid type for 'generate': expected a boolean, but got an integer instead.",
                param="generate",
                code="invalid_type",
            ),
            generate=0,
            **_ASKED,
        ),
    ),
    socket(
        "forgets",
        "A turn that is refused forgets the response that it was to continue",
        documented("guides"),
        create(*_turn(store=False), store=False, **_ASKED),
        create(
            refusal(
                "Invalid type for 'temperature': expected a decimal, but got a string instead.",
                param="temperature",
                code="invalid_type",
            ),
            previous_response_id="{resp}",
            temperature="hot",
            **_ASKED,
        ),
        create(_forgotten("{resp}"), previous_response_id="{resp}", **_ASKED),
        replies=("Paris.",),
    ),
    socket(
        "hour",
        "A connection lasts for an hour",
        documented("guides", note="that the connection closes behind the error, and with which code, is inferred"),
        create(
            refusal(
                "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to"
                " continue.",
                code="websocket_connection_limit_reached",
            ),
            Close(1000),
            **_ASKED,
        ),
        hours=1,
    ),
    socket(
        "refused",
        "A turn that is refused is an error event, and the connection goes on",
        documented("guides", note="the sentences are those of HTTP"),
        create(
            refusal("Missing required parameter: 'input'.", param="input", code="missing_required_parameter"),
            model=MODEL,
        ),
        create(
            refusal("Conversation with id 'conv_x' not found.", status=404),
            conversation="conv_x",
            **_ASKED,
        ),
        create(*_turn(), **_ASKED),
        replies=("Paris.",),
    ),
    socket(
        "background",
        "Turns over a WebSocket are neither in the background nor answered in one piece",
        inferred("the guide says that the two are not used; the sentences are convsim's"),
        create(
            refusal("'background' is not supported over a WebSocket.", param="background"), background=True, **_ASKED
        ),
        create(refusal("'stream' is not supported over a WebSocket.", param="stream"), stream=False, **_ASKED),
    ),
    socket(
        "no-event",
        "What is no JSON, no object, or of no type that exists is refused, and the connection goes on",
        inferred("with the sentences of HTTP, and that of Realtime for a binary frame"),
        Message(b"{}", (refusal("Expected a text WebSocket message; binary frames are not supported."),)),
        Message(
            "{",
            (
                refusal(
                    "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON."
                    " (Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)",
                    code="invalid_json",
                ),
            ),
        ),
        Message("[]", (refusal("Invalid type: expected an object, but got an array instead.", code="invalid_type"),)),
        Message({}, (refusal("Missing required parameter: 'type'.", param="type", code="missing_required_parameter"),)),
        Message(
            {"type": "response.cancel"},
            (
                refusal(
                    "Invalid value: 'response.cancel'. Supported values are: 'response.create'.",
                    param="type",
                    code="invalid_value",
                ),
            ),
        ),
    ),
)
