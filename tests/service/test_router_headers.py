"""The methods of paths, the keys of requests, and the headers of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim.emulator import Emulator
from convsim.faults import Overloaded, Rule
from convsim.http.messages import Request, Response
from tests.asking import handle
from tests.service.asking import JSON, KEY, a_conversation, ask, parsed


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE"])
def test_a_method_that_a_path_does_not_have_is_refused(method: str) -> None:
    answer = ask(a_conversation(), method, "/conversations/conv_1")

    assert parsed(answer)["error"] == {
        "message": (
            f"Not allowed to {method} on /v1/conversations/conv_1."
            " (HINT: Perhaps you meant to use a different HTTP method?)"
        ),
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    assert answer.status == 405


@pytest.mark.parametrize(("path", "status"), [("/conversations/conv_1", 405), ("/nowhere", 404)])
def test_head_is_answered_without_a_body(path: str, status: int) -> None:
    answer = ask(a_conversation(), "HEAD", path)

    assert (answer.status, answer.body) == (status, b"")


def names(answer: Response) -> set[str]:
    return {name.decode() for name, _ in answer.headers}


ALWAYS = {
    "Access-Control-Expose-Headers",
    "Alt-Svc",
    "CF-RAY",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Date",
    "Server",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Request-ID",
    "cf-cache-status",
}
ACCOUNT = {
    "openai-organization",
    "openai-processing-ms",
    "openai-project",
    "openai-version",
    "x-openai-proxy-wasm",
}
CHALLENGE = {"WWW-Authenticate", "openai-processing-ms", "openai-version"}


def test_answers_have_the_recorded_headers() -> None:
    sim = a_conversation()

    assert names(ask(sim, "GET", "/conversations/conv_1")) == ALWAYS | ACCOUNT
    assert names(ask(sim, "GET", "/conversations/conv_x")) == ALWAYS | ACCOUNT
    assert names(ask(sim, "GET", "/conversations/conv_1", headers={})) == ALWAYS | CHALLENGE
    content_types = [value for name, value in ask(sim, "POST", "/conversations").headers if name == b"Content-Type"]
    assert content_types == [b"application/json"]


LIMITS = {f"x-ratelimit-{name}-{what}" for name in ("limit", "remaining", "reset") for what in ("requests", "tokens")}


@pytest.mark.parametrize(
    ("body", "limited"),
    [
        ({}, True),
        ({"background": True}, False),
        ({"stream": True}, True),
        ({"stream": True, "model": "gpt-4o-mini"}, False),
        ({"input": []}, False),
    ],
)
def test_turns_tell_of_rate_limits(body: dict[str, Any], limited: bool) -> None:
    sim = Emulator(replies=["Paris."])
    asked = json.dumps({"model": "gpt-4.1", "input": "Hi"} | body).encode()
    answer = ask(sim, "POST", "/responses", asked)
    length = "Content-Length" if isinstance(answer.body, bytes) else "Transfer-Encoding"
    expected = (ALWAYS | ACCOUNT | {length}) - {"x-openai-proxy-wasm"} - ({"Content-Length"} - {length})
    assert names(answer) == expected | (LIMITS if limited else set())


@pytest.mark.parametrize(
    ("request_line", "body", "message"),
    [
        ("POST /conversations", b'{"itmes": []}', "Unknown parameter: 'itmes'. Did you mean 'items'?"),
        ("POST /conversations", b'{"itmes": [], "items": []}', "Unknown parameter: 'itmes'."),
        (
            "GET /responses/resp_1?stream=maybe",
            b"",
            "Invalid type for 'stream': expected a boolean, but got a string instead.",
        ),
    ],
)
def test_a_wrong_name_or_word_is_refused_with_its_hint(request_line: str, body: bytes, message: str) -> None:
    method, _, target = request_line.partition(" ")
    path, _, query = target.partition("?")
    assert parsed(ask(a_conversation(), method, path, body, query=query))["error"]["message"] == message


def test_settings_that_were_checked_before_are_checked_as_at_first() -> None:
    sim = Emulator(unscripted="echo")
    statuses = []
    for said in ("JSON, please.", "Hi"):
        for text in ({"format": {"type": "json_object"}}, {"verbosity": "low"}):
            body = json.dumps({"model": "gpt-4.1", "input": said, "text": text}).encode()
            statuses += [ask(sim, "POST", "/responses", body).status for _ in range(2)]

    assert statuses == [200, 200, 200, 200, 400, 400, 200, 200]


def test_a_fault_on_a_turn_has_the_headers_of_a_refusal() -> None:
    sim = Emulator(replies=["Paris."], faults=[Rule(Overloaded(), on="responses.create")])
    asked = json.dumps({"model": "gpt-4.1", "input": "Hi"}).encode()
    assert not names(ask(sim, "POST", "/responses", asked)) & (LIMITS | {"x-openai-proxy-wasm"})
    assert names(ask(sim, "POST", "/responses", asked)) >= LIMITS


def test_compactions_tell_of_rate_limits_and_what_reads_does_not() -> None:
    sim = Emulator(ids="sequential", replies=["Paris."])
    asked = json.dumps({"model": "gpt-4.1", "input": "Hi"}).encode()
    ask(sim, "POST", "/responses", asked)
    assert names(ask(sim, "POST", "/responses/compact", asked)) >= LIMITS
    for method, path in (("GET", "/responses/resp_1"), ("DELETE", "/responses/resp_1"), ("GET", "/responses/resp_1")):
        assert not names(ask(sim, method, path)) & (LIMITS | {"x-openai-proxy-wasm"})


def test_each_request_has_an_id_of_its_own() -> None:
    sim = a_conversation()
    ids = [dict(ask(sim, "GET", "/conversations/conv_1").headers)[b"X-Request-ID"] for _ in range(100)]

    assert len(set(ids)) == 100


def test_the_date_is_the_clocks() -> None:
    sim = a_conversation()
    sim.clock.advance(1)

    assert dict(ask(sim, "GET", "/nowhere").headers)[b"Date"] == b"Thu, 13 Mar 2025 21:06:41 GMT"


def test_a_wrong_key_is_masked_and_sees_no_project() -> None:
    sim = a_conversation(api_keys=["sk-the-right-one"])
    answer = ask(sim, "GET", "/conversations/conv_1", headers={b"authorization": b"Bearer not-a-real-key-initialized"})

    assert parsed(answer)["error"] == {
        "message": (
            "Incorrect API key provided: not-a-re**************ized."
            " You can find your API key at https://platform.openai.com/account/api-keys."
        ),
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
    assert answer.status == 401
    assert names(answer) == ALWAYS | CHALLENGE


def test_names_of_headers_count_in_any_case() -> None:
    headers = {b"AUTHORIZATION": b"Bearer sk-one", b"Content-Type": b"application/json"}

    assert ask(Emulator(api_keys=["sk-one"]), "POST", "/conversations", b"{}", headers=headers).status == 200


def test_of_a_header_that_comes_twice_the_first_counts() -> None:
    headers = ((b"Authorization", b"Bearer sk-one"), (b"authorization", b"Bearer sk-two"))
    request = Request("GET", "/conversations/conv_x", "/v1/conversations/conv_x", "", headers, b"")

    assert request.header(b"authorization") == b"Bearer sk-one"
    assert request.header(b"content-type") == b""
    answers = [handle(Emulator(api_keys=[key]), request) for key in ("sk-one", "sk-two")]
    assert [answer.status for answer in answers if isinstance(answer, Response)] == [404, 401]


@pytest.mark.parametrize(
    "options", [{}, {"api_keys": ["sk-test", "sk-two"]}, {"base_urls": {"https://gateway.test/v1": "proj_default"}}]
)
@pytest.mark.parametrize("name", [b"openai-project", b"openai-organization"])
@pytest.mark.parametrize("value", [b"proj_2", b"org-other"])
def test_a_project_or_an_organization_that_a_client_names_changes_nothing(
    name: bytes, value: bytes, options: dict[str, Any]
) -> None:
    told = []
    for more in ({}, {name: value}):
        sim = a_conversation(**options)
        headers = KEY | JSON | {b"host": b"gateway.test"} | more
        answers = [
            ask(sim, "POST", "/conversations", b"{}", headers=headers),
            ask(sim, "GET", "/conversations/conv_1", headers=headers),
        ]
        told.append((answers, sorted(sim.state)))
    assert told[0] == told[1]
    assert [answer.status for answer in told[1][0]] == [200, 200]


def test_a_repeated_idempotency_key_is_answered_anew() -> None:
    sim = a_conversation()
    headers = KEY | JSON | {b"idempotency-key": b"stainless-python-retry-1"}
    made = [parsed(ask(sim, "POST", "/conversations", b"{}", headers=headers))["id"] for _ in range(2)]
    body = b'{"items": [{"role": "user", "content": "two"}]}'
    added = [parsed(ask(sim, "POST", "/conversations/conv_1/items", body, headers=headers)) for _ in range(2)]

    assert made == ["conv_2", "conv_3"]
    assert [page["first_id"] for page in added] == ["msg_2", "msg_3"]
    assert [item.id for item in sim.state["conv_1"].items] == ["msg_1", "msg_2", "msg_3"]


def test_no_rate_and_no_quota_holds_by_itself() -> None:
    sim = a_conversation()
    body = json.dumps({"items": [{"role": "user", "content": "again"}] * 20}).encode()
    statuses = {ask(sim, "POST", "/conversations/conv_1/items", body).status for _ in range(150)}
    statuses |= {ask(sim, "POST", "/conversations", b"{}").status for _ in range(1500)}

    assert statuses == {200}
    assert (len(sim.state), len(sim.state["conv_1"].items)) == (1501, 3001)


def test_a_request_is_answered_alike_however_many_others_came_between() -> None:
    sim = a_conversation()

    def listed(limit: int) -> tuple[int, str]:
        return ask(sim, "GET", "/conversations/conv_1/items", query=f"limit={limit}").status, sim.journal[-1].query

    assert [listed(1 + number % 100) for number in range(101)][-1] == (200, "?limit=1")
    assert {listed(100 + number)[0] for number in range(1, 300)} == {400}
    statuses = {ask(sim, "GET", f"/conversations/conv_{number}").status for number in range(2, 300)}
    assert (statuses, listed(1)) == ({404}, (200, "?limit=1"))


def test_each_key_sees_its_own_project() -> None:
    sim = a_conversation(api_keys=["sk-one", "sk-two"])
    first = ask(sim, "GET", "/conversations/conv_1", headers={b"authorization": b"Bearer sk-one"})
    second = ask(sim, "GET", "/conversations/conv_1", headers={b"api-key": b"sk-two"})

    assert (first.status, dict(first.headers)[b"openai-project"]) == (200, b"proj_default")
    assert (second.status, dict(second.headers)[b"openai-project"]) == (404, b"proj_2")
