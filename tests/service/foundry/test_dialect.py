"""What the service asks a dialect: operations, what a URL adds, words and headers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim.errors import BadRequestError
from convsim.http.messages import Request
from convsim.operations.routes import ROUTES as OPENAIS
from convsim.service.foundry.dialect import FOUNDRY
from convsim.service.foundry.operations import ROUTES

PREFIX = "/api/projects/p/agents/{}/endpoint/protocols/openai"


def request(full_path: str, body: Any) -> Request:
    headers = [(b"content-type", b"application/json")]
    return Request("POST", "/responses", full_path, "api-version=v1", headers, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("full_path", "body", "name"),
    [
        (PREFIX.format("support") + "/responses", {"input": "Hi"}, "support"),
        (PREFIX.format("my%20agent") + "/responses", {"input": "Hi"}, "my agent"),
        (PREFIX.format("support") + "/responses", {"agent_reference": {"name": "other"}}, "other"),
        ("/api/projects/p/applications/support/protocols/openai/responses", {"input": "Hi"}, "support"),
        ("/openai/v1/responses", {"input": "Hi"}, None),
        (PREFIX.format("support") + "/conversations", {}, None),
    ],
)
def test_an_agent_in_the_url_answers_unless_the_body_names_another(
    full_path: str, body: dict[str, Any], name: str | None
) -> None:
    told = FOUNDRY.read_body(request(full_path, body))

    assert told.get("agent_reference", {}).get("name") == name


def test_a_body_that_is_no_object_stays_as_it_is() -> None:
    assert FOUNDRY.read_body(request(PREFIX.format("support") + "/responses", [1])) == [1]


def test_every_operation_of_openai_is_there_and_two_lists() -> None:
    assert set(ROUTES) == {route.operation for route in OPENAIS} | {"conversations.list", "responses.list", "seed"}
    for route in OPENAIS:
        matched = FOUNDRY.match(route.path.replace("{", "").replace("}", ""))
        assert matched is not None
        assert matched[0][route.method] is FOUNDRY.route(route)


def test_the_seed_has_no_path() -> None:
    assert FOUNDRY.match("") is None


def test_a_refusal_gets_the_envelope_and_the_headers() -> None:
    error = FOUNDRY.refusal(BadRequestError("No.", param="here"), f"req_{1:032x}")
    answer = FOUNDRY.response(
        400, b"{}", operation="conversations.create", request_id=f"req_{1:032x}", now=0, project="p", error=error
    )

    assert error.body["additionalInfo"] == {"request_id": f"{1:032x}"}
    assert (b"X-Request-ID", f"{1:032x}".encode()) in answer.headers
