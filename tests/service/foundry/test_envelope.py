"""Refusals in the gateway's words, and the headers of its answers."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from convsim import BadRequestError, NotFoundError
from convsim.errors import (
    APIStatusError,
    array_too_long,
    conversation_not_found,
    id_with_wrong_characters,
    id_with_wrong_prefix,
    output_missing,
    permission_denied,
    response_not_found,
    server_error,
    unknown_parameter,
    wrong_key,
    wrong_type,
)
from convsim.faults import ConversationLocked, PermissionDenied, RateLimited, Unauthorized
from convsim.http.wire import EVENT_STREAM, JSON
from convsim.operations.project import Answer
from convsim.service.foundry.envelope import (
    about_turn,
    agent_deprecated,
    agent_not_found,
    not_with_agent,
    refusal,
    response,
)

from .asking import called, foundry

ID = f"req_{7:032x}"
UNKNOWN = "conv_0123456789abcdef00ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
BASE = "https://example.services.ai.azure.com/api/projects/p/openai/v1"


def body(error: APIStatusError) -> dict[str, Any]:
    return refusal(error, ID).body


@pytest.mark.parametrize(
    ("error", "status", "code", "message", "param", "kind"),
    [
        (conversation_not_found(UNKNOWN), 404, "not_found", f"Conversation '{UNKNOWN}' not found", None, "error"),
        (
            conversation_not_found("conv_1"),
            *(400, "invalid_parameters", "Invalid conversation id 'conv_1', Malformed identifier.", None),
            "invalid_request_error",
        ),
        (
            id_with_wrong_prefix("conversation_id", "x", "conv"),
            *(400, "invalid_parameters", "Invalid conversation id 'x', Malformed identifier.", None),
            "invalid_request_error",
        ),
        (
            id_with_wrong_characters("conversation.id", "conv_é"),
            *(400, "invalid_parameters", "Invalid conversation id 'conv_é', Malformed identifier.", None),
            "invalid_request_error",
        ),
        (
            id_with_wrong_prefix("item_id", "x", "msg"),
            *(400, "invalid_value", "Invalid 'item_id': 'x'. Expected an ID that begins with 'msg'.", "item_id"),
            "invalid_request_error",
        ),
        (
            array_too_long("items", 20, 40),
            *(400, "invalid_payload", "maxItems: Value should have at most 20 items", "/items"),
            "invalid_request_error",
        ),
        (
            wrong_type("input[2].status", "a string", [1]),
            *(400, "invalid_payload", 'type: Value is "array" but should be "string"', "/input/2/status"),
            "invalid_request_error",
        ),
        (
            wrong_type("input", "one of a string or array of input items", 7),
            *(400, "invalid_type"),
            "Invalid type for 'input': expected one of a string or array of input items, but got an integer instead.",
            *("input", "invalid_request_error"),
        ),
        (agent_not_found("a"), 404, "not_found", "Agent a doesn't exist", None, "error"),
        (
            agent_deprecated(),
            *(400, "invalid_payload", "The 'agent' property is deprecated. Use 'agent_reference' instead.", "agent"),
            "invalid_request_error",
        ),
        (
            not_with_agent("tools"),
            *(400, "invalid_payload", "Not allowed when agent is specified.", "tools", "invalid_request_error"),
        ),
        (
            unknown_parameter("x"),
            *(400, "unknown_parameter", "Unknown parameter: 'x'.", "x", "invalid_request_error"),
        ),
        (NotFoundError("Nothing."), 404, "not_found", "Nothing.", None, "error"),
        (
            APIStatusError("Teapot.", status_code=418),
            *(418, "server_error", "Teapot.", None, "invalid_request_error"),
        ),
        (
            server_error("r", 503, "sorry"),
            503,
            "server_error",
            server_error("r", 503, "sorry").message,
            None,
            "server_error",
        ),
        (wrong_key("sk-1"), 401, "invalid_api_key", wrong_key("sk-1").message, None, "invalid_request_error"),
    ],
    ids=lambda value: value.message[:40] if isinstance(value, APIStatusError) else "",
)
def test_a_refusal_has_the_envelope(
    error: APIStatusError, status: int, code: str, message: str, param: str | None, kind: str
) -> None:
    made = refusal(error, ID)

    told: dict[str, Any] = {"code": code, "message": message} | ({"param": param} if param else {})
    told |= {"type": kind, "details": [], "additionalInfo": {"request_id": f"{7:032x}"}}
    assert list(made.body.items()) == list(told.items())
    assert (made.status_code, made.code, made.message, made.param, made.type) == (status, code, message, param, kind)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "null"),
        (True, "boolean"),
        (7, "integer"),
        (0.5, "number"),
        ("x", "string"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_types_are_named_as_a_json_schema_names_them(value: object, word: str) -> None:
    assert body(wrong_type("a", "a boolean", value))["message"] == f'type: Value is "{word}" but should be "boolean"'


def test_a_refusal_is_of_the_class_of_its_status() -> None:
    assert isinstance(refusal(conversation_not_found("conv_1"), ID), BadRequestError)
    assert isinstance(refusal(conversation_not_found(UNKNOWN), ID), NotFoundError)


@pytest.mark.parametrize("error", [response_not_found("resp_1"), output_missing("function call", "call_1")])
def test_what_the_models_side_says_passes_through(error: APIStatusError) -> None:
    assert refusal(error, ID) is error
    assert list(error.body) == ["message", "type", "param", "code"]


def test_a_missing_role_has_a_code_and_a_message_and_no_more() -> None:
    error = permission_denied("GET")

    assert refusal(error, ID) is error
    assert list(error.body) == ["code", "message"]
    assert "agents/read`" in error.message
    assert "agents/write`" in permission_denied("POST").message


# --- headers -------------------------------------------------------------------------------------------------------


def headers(operation: str | None, **given: Any) -> dict[str, str]:
    answer = response(200, given.pop("content", b"{}"), operation=operation, request_id=ID, now=0, **given)
    return {name.decode(): value.decode() for name, value in answer.headers}


def test_the_gateways_own_answers() -> None:
    told = headers("conversations.retrieve")

    assert told["Content-Type"] == "application/json; charset=utf-8"
    assert told["X-Request-ID"] == f"{7:032x}"
    assert "openai-version" not in told


def test_answers_of_the_models_side() -> None:
    told = headers("responses.create")

    assert told["Content-Type"] == "application/json"
    assert told["X-Request-ID"] == "00000000-0000-4000-8000-000000000007"


AGENT = {"type": "agent_reference", "name": "support", "version": "3"}
DEPLOYED: dict[str, Any] = {"id": "resp_1", "model": "mine", "background": False}
OF_A_BODY = {
    *("skip-error-remapping", "x-ms-aoai-configured-data-retention-days", "x-ms-served-model"),
    *(f"x-ratelimit-{what}-{unit}" for what in ("limit", "remaining") for unit in ("requests", "tokens")),
}
EXPOSED = "Access-Control-Expose-Headers"


@pytest.mark.parametrize(
    ("document", "kind", "again", "more"),
    [
        (DEPLOYED | {"agent_reference": AGENT}, JSON, False, OF_A_BODY | {"azureai-fe-is-streaming"}),
        (DEPLOYED, JSON, False, OF_A_BODY | {EXPOSED}),
        (DEPLOYED, JSON, True, {EXPOSED}),
        (DEPLOYED | {"agent_reference": AGENT}, JSON, True, set()),
        (DEPLOYED | {"background": True}, JSON, False, {EXPOSED}),
        (DEPLOYED, EVENT_STREAM, False, {"Cache-Control"}),
    ],
    ids=["an agent", "none", "read", "an agent's, read", "in the background", "a stream"],
)
def test_the_headers_of_a_response(document: Any, kind: bytes, again: bool, more: set[str]) -> None:
    operation = "responses.retrieve" if again else "responses.create"
    answer = about_turn(Answer(b"{}", media_type=kind), document, again=again)
    told = headers(operation, media_type=answer.media_type, more=answer.headers)

    assert told.keys() - headers(operation).keys() == more
    assert told["Content-Type"] == kind.decode()


def test_an_objection_of_the_models_side_is_passed_on() -> None:
    assert headers("responses.create", error=response_not_found("resp_1"))["skip-error-remapping"] == "true"
    assert "skip-error-remapping" not in headers("responses.retrieve", error=response_not_found("resp_1"))


def test_a_list_is_indented_as_a_whole() -> None:
    sim = foundry(base_urls=[BASE])
    sim.conversations.create(metadata={"topic": "demo"})
    with httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer token"}) as client:
        told = client.get(f"{BASE}/conversations")

    assert told.text == json.dumps(told.json(), indent=2)


def test_a_workflow_s_stream_is_the_gateway_s_own() -> None:
    sim = foundry(base_urls=[BASE], replies=["Hello."])
    with httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer token"}) as client:
        told = client.post(f"{BASE}/responses", json={"input": "Hi", "stream": True, **called("flow")}).headers

    assert told["Content-Type"] == "text/event-stream; charset=utf-8"
    assert re.fullmatch("[0-9a-f]{32}", told["X-Request-ID"])
    assert not {"openai-version", "openai-processing-ms", "Cache-Control"}.intersection(told)


def test_the_check_of_the_schema_answers_without_an_id() -> None:
    early = headers("conversations.items.create", error=refusal(array_too_long("items", 20, 21), ID))
    late = headers("responses.create", error=refusal(not_with_agent("tools"), ID))

    assert "X-Request-ID" not in early
    assert "api-supported-versions" not in early
    assert late["X-Request-ID"] == f"{7:032x}"


# --- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (RateLimited(), 429, "rate_limit_exceeded"),
        (ConversationLocked(), 400, "conversation_locked"),
        (Unauthorized(), 401, "invalid_api_key"),
        (PermissionDenied(), 401, "PermissionDenied"),
    ],
    ids=repr,
)
def test_a_fault_answers_in_the_envelope(fault: Any, status: int, code: str) -> None:
    sim = foundry(base_urls=[BASE], faults=[fault])
    with httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer token"}) as client:
        answer = client.post(f"{BASE}/responses", json={"input": "Hi", **called()})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert ("additionalInfo" in error) is (code != "PermissionDenied")
    assert ("perform `POST /api" in error["message"]) is (code == "PermissionDenied")
    assert ("retry-after-ms" in answer.headers) is (status == 429)
    assert "openai-version" not in answer.headers


def test_a_refused_head_has_no_body() -> None:
    sim = foundry(base_urls=[BASE])
    with httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer token"}) as client:
        answer = client.head(f"{BASE}/conversations/{UNKNOWN}")

    assert (answer.status_code, answer.content) == (405, b"")
