"""Refusals: the gateway's sentences if known, otherwise OpenAI's in the gateway's envelope; and the headers.

Errors of the model's side pass through unchanged (recorded for an unknown response; reported for the history of a
turn).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from convsim.errors import APIStatusError, BadRequestError
from convsim.errors.tree import NotFoundError, named
from convsim.http.messages import Body, Response
from convsim.http.wire import JSON, Front, date
from convsim.operations.project import Answer
from convsim.service.foundry import shapes
from convsim.service.foundry.ids import is_malformed

Json = dict[str, Any]


@named
def agent_not_found(name: str) -> NotFoundError:
    """Return the 404 for an unknown agent: recorded for the management of agents, inferred for turns."""
    return NotFoundError(f"Agent {name} doesn't exist")


@named
def agent_deprecated() -> BadRequestError:
    return BadRequestError(
        "The 'agent' property is deprecated. Use 'agent_reference' instead.", param="agent", code="invalid_payload"
    )


@named
def not_with_agent(name: str) -> BadRequestError:
    return BadRequestError("Not allowed when agent is specified.", param=name, code="invalid_payload")


class _Words(NamedTuple):
    """The gateway's own words: its status and its members, ``param`` only if it has one."""

    message: str
    status: int = 400
    code: str = "invalid_payload"
    kind: str = "invalid_request_error"
    param: str | None = None


def _pointer(path: str) -> str:
    """Return a path as a JSON pointer: ``/items/0/type`` for ``items[0].type``."""
    return "/" + path.replace("[", "/").replace("]", "").replace(".", "/")


def _no_conversation(conversation_id: str) -> _Words:
    if is_malformed(conversation_id):
        return _malformed(conversation_id)
    return _Words(f"Conversation '{conversation_id}' not found", 404, "not_found", "error")


def _malformed(conversation_id: str) -> _Words:
    return _Words(f"Invalid conversation id '{conversation_id}', Malformed identifier.", code="invalid_parameters")


def _wrong_id(path: str, value: object, *_: object) -> _Words | None:
    return _malformed(str(value)) if path in _CONVERSATIONS else None


_CONVERSATIONS = ("conversation_id", "conversation", "conversation.id")


def _wrong_type(path: str, expected: str, value: object) -> _Words | None:
    wanted = _TYPES.get(expected)
    if wanted is None:
        return None
    found = _FOUND.get(type(value).__name__, "object")
    return _Words(f'type: Value is "{found}" but should be "{wanted}"', param=_pointer(path))


_TYPES = {
    "a string": "string",
    "an integer": "integer",
    "a boolean": "boolean",
    "an array": "array",
    "an object": "object",
    "a decimal": "number",
}
_FOUND = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "NoneType": "null",
}

WORDS: dict[str, Callable[..., _Words | None]] = {
    "array_too_long": lambda path, bound, length: _Words(
        f"maxItems: Value should have at most {bound} items", param=_pointer(path)
    ),
    "conversation_not_found": _no_conversation,
    "id_with_wrong_prefix": _wrong_id,
    "id_with_wrong_characters": _wrong_id,
    "agent_not_found": lambda name: _Words(f"Agent {name} doesn't exist", 404, "not_found", "error"),
    "wrong_type": _wrong_type,
}
"""The gateway's own words by the names of OpenAI's sentences; None where they are the same."""

PASSED_ON = frozenset(
    (
        *("call_missing", "chosen_tool_missing", "choice_without_tools", "context_length_exceeded", "duplicate_item"),
        *("follower_missing", "invalid_format_schema", "invalid_function_schema", "item_not_persisted"),
        *("json_unmentioned", "model_not_found", "not_cancellable", "not_streamable", "output_missing"),
        *("previous_response_not_found", "reasoning_missing", "response_not_found"),
    )
)
"""The errors of the model's side."""

# The codes of OpenAI's sentences in the gateway's envelope, if OpenAI gives none (inferred).
_CODES = {400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}


def refusal(error: APIStatusError, request_id: str) -> APIStatusError:
    """Return the error as the gateway answers it."""
    name, given = error.sentence
    if name in PASSED_ON or error.envelope is not None:
        return error
    words = WORDS[name](*given) if name in WORDS else None
    if words is None:
        code = error.code or _CODES.get(error.status_code, "server_error")
        kind = "error" if isinstance(error, NotFoundError) else error.type
        words = _Words(error.message, error.status_code, code, kind, error.param)
    made: APIStatusError = APIStatusError.__new__(_CLASSES.get(words.status, type(error)))
    APIStatusError.__init__(
        made, words.message, status_code=words.status, error_type=words.kind, param=words.param, code=words.code
    )
    made.envelope = {
        "code": words.code,
        "message": words.message,
        **({"param": words.param} if words.param is not None else {}),
        "type": words.kind,
        "details": [],
        "additionalInfo": {"request_id": request_id.removeprefix("req_")},
    }
    return made


_CLASSES: dict[int, type[APIStatusError]] = {400: BadRequestError, 404: NotFoundError}

# --- headers -------------------------------------------------------------------------------------------------------

_VERSIONS = (b"api-supported-versions", b"1.0,2025-05-15-preview,2025-11-15-preview")
_STANDARD = (b"x-ms-response-type", b"standard")
_REGION = (b"x-ms-region", b"West US 2")
_VERSION = (b"openai-version", b"2020-10-01")
_TURNED = ("responses.create", "responses.retrieve", "responses.cancel", "responses.compact")
"""The operations that the model's side answers (recorded for the first two)."""
_UNMAPPED = (b"skip-error-remapping", b"true")


def response(
    status: int,
    body: bytes | Body,
    *,
    operation: str | None,
    request_id: str,
    now: float,
    media_type: bytes = JSON,
    front: Front = "conversations",
    more: Sequence[tuple[bytes, bytes]] = (),
    error: APIStatusError | None = None,
) -> Response:
    """Return an answer with the recorded headers.

    Answers of the model's side have its headers, and a UUID as request id; of ``front``, only "gateway" makes a
    difference. The check of the schema, which names a member by a JSON pointer, answers without an id and without the
    versions (recorded).
    """
    name = request_id.removeprefix("req_")
    without_model = front == "gateway"
    turned = operation in _TURNED and (error is None or error.envelope is None) and not without_model
    early = error is not None and error.envelope is not None and (error.param or "").startswith("/")
    kind = media_type if turned or without_model else _OWN_KINDS.get(media_type, media_type)
    headers = [
        (b"Content-Type", kind),
        (b"Date", date(int(now))),
        (b"Content-Length", b"%d" % len(body)) if isinstance(body, bytes) else (b"Transfer-Encoding", b"chunked"),
        (b"apim-request-id", _uuid(name[::-1])),
    ]
    if not early:
        headers += [(b"X-Request-ID", _uuid(name) if turned else name.encode()), _VERSIONS]
    headers += [_STANDARD, _REGION]
    if turned:
        headers += [_VERSION, (b"openai-processing-ms", b"%d" % (20 + name.encode()[-1]))]
        if error is not None and operation == "responses.create":
            headers.append(_UNMAPPED)
    return Response(status, [*headers, *more], body)


GATEWAYS_JSON = b"application/json; charset=utf-8"
_OWN_KINDS = {JSON: GATEWAYS_JSON}
"""The content types of answers that the gateway makes itself."""


# --- answers about turns -------------------------------------------------------------------------------------------

_RETENTION = (b"x-ms-aoai-configured-data-retention-days", b"30")
_EXPOSED = (
    b"Access-Control-Expose-Headers",
    b"Operation-Location,Location,Apim-Request-Id,x-agent-session-id,x-agent-invocation-id",
)
_LIMITS = tuple(
    (b"x-ratelimit-%b-%b" % (what, unit), number)
    for what in (b"limit", b"remaining")
    for unit, number in ((b"requests", b"2500"), (b"tokens", b"250000"))
)
_SERVER = b"azure-ai-agentserver-core/2.0.0 (python/3.12) azure-ai-agentserver-responses/1.0.0 (python/3.12)"

_SNAPSHOTS = {"gpt-4.1": "gpt-4.1-2025-04-14", "gpt-5.2": "gpt-5.2-2025-12-11"}
"""The models behind deployments (recorded); other deployments are named as their model (inferred)."""


def about_turn(answer: Answer, response: Json, *, again: bool) -> Answer:
    """Return the answer about a response, first or ``again``, with its headers (recorded).

    In June of 2026 answers without an agent had other headers than those of an agent in July.
    """
    agent, kind = response.get("agent_reference"), answer.media_type
    origin = response["id"].partition("_")[0]
    if origin == "wfresp":
        return answer._replace(media_type=_OWN_KINDS.get(kind, kind), front="gateway")
    if origin == "caresp":
        return answer._replace(front="gateway", headers=_of_agents_server(response))
    exposed = () if agent else (_EXPOSED,)
    if kind != JSON:
        return answer._replace(headers=((b"Cache-Control", b"no-cache"),))
    if again or response["background"]:
        return answer._replace(headers=exposed)
    model: str = response["model"]
    served = _SNAPSHOTS.get(model, model).encode("latin-1", "replace")
    asked = ((b"azureai-fe-is-streaming", b"False"),) if agent else exposed
    return answer._replace(headers=(_UNMAPPED, *asked, _RETENTION, (b"x-ms-served-model", served), *_LIMITS))


def _of_agents_server(response: Json) -> list[tuple[bytes, bytes]]:
    """Return the headers of the server of a hosted agent."""
    return [
        (b"x-adc-response-details", b"upstream"),
        (b"x-agent-response-id", response["id"].encode()),
        (b"x-agent-session-id", shapes.session(response).encode("latin-1", "replace")),
        (b"x-agent-version-resolution", b"pinned"),
        (b"x-agent-version-resolved", response["agent_reference"]["version"].encode("latin-1", "replace")),
        (b"x-platform-server", _SERVER),
    ]


def _uuid(digits: str) -> bytes:
    return "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:])).encode()
