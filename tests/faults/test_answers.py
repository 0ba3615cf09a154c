"""Answers that go wrong: status, headers and bytes of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from convsim.emulator import Emulator
from convsim.errors import UsageError
from convsim.faults import (
    AnswerFault,
    BadGateway,
    ContextLengthExceeded,
    ConversationLocked,
    EmptyBody,
    Fault,
    FaultContext,
    InvalidItem,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    Rule,
    ServerError,
    TruncatedJSON,
    Unauthorized,
    WrongContentType,
)
from convsim.http.messages import Outcome, Request, Response
from convsim.operations.dialect import Dialect
from tests.asking import whole

from .asking import ITEMS, answer, header, seeded, stored

RATE = (
    "Rate limit reached for gpt-4.1 in organization convsim on {}. Please try again in {}. Visit"
    " https://platform.openai.com/account/rate-limits to learn more."
)
REQUESTS = "requests per min (RPM): Limit 500, Used 500, Requested 1"
TOKENS = "tokens per min (TPM): Limit 30000, Used 29900, Requested 200"
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error,"
    " read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
SERVER = (
    "An error occurred while processing your request. You can retry your request, or contact us through our help center"
    " at help.openai.com if the error persists. Please include the request ID {request_id} in your message."
)
SORRY = "The server had an error while processing your request. Sorry about that!"
SORRY_HELP = (
    "The server had an error processing your request. Sorry about that! You can retry your request, or contact us"
    " through our help center at help.openai.com if you keep seeing this error. (Please include the request ID"
    " {request_id} in your email.)"
)
OVERLOADED = "Our servers are currently overloaded. Please try again later."
WRONG_KEY = (
    "Incorrect API key provided: sk-a-lon********ally. You can find your API key at"
    " https://platform.openai.com/account/api-keys."
)
TOO_LONG = "Your input exceeds the context window of this model. Please adjust your input and try again."
LOCKED = "Another process is currently operating on this conversation. Please retry in a few seconds."
BAD = "invalid_request_error"

# fault, status, message, type, param, code, retry-after, retry-after-ms
ENVELOPES: list[Any] = [
    (RateLimited(), 429, RATE.format(REQUESTS, "10ms"), "requests", None, "rate_limit_exceeded", b"1", b"10"),
    (RateLimited(2), 429, RATE.format(REQUESTS, "2s"), "requests", None, "rate_limit_exceeded", b"2", b"2000"),
    (
        RateLimited(1.25, kind="tokens"),
        429,
        RATE.format(TOKENS, "1.25s"),
        "tokens",
        None,
        "rate_limit_exceeded",
        b"2",
        b"1250",
    ),
    (RateLimited(0), 429, RATE.format(REQUESTS, "0ms"), "requests", None, "rate_limit_exceeded", b"0", b"0"),
    (RateLimited(None), 429, RATE.format(REQUESTS, "1s"), "requests", None, "rate_limit_exceeded", None, None),
    (QuotaExceeded(), 429, QUOTA, "insufficient_quota", None, "insufficient_quota", None, None),
    (ServerError(), 500, SERVER, "server_error", None, "server_error", None, None),
    (ServerError(retry_after=0.02), 500, SERVER, "server_error", None, "server_error", b"1", b"20"),
    (ServerError(wording="sorry"), 500, SORRY, "server_error", None, None, None, None),
    (ServerError(wording="sorry_help"), 500, SORRY_HELP, "server_error", None, None, None, None),
    (ServerError(0, 503, "sorry"), 503, SORRY, "server_error", None, None, b"0", b"0"),
    (ServerError(status=504), 504, SERVER, "server_error", None, "server_error", None, None),
    (Overloaded(), 503, OVERLOADED, "service_unavailable_error", None, "server_is_overloaded", None, None),
    (Overloaded(60), 503, OVERLOADED, "service_unavailable_error", None, "server_is_overloaded", b"60", b"60000"),
    (Unauthorized(), 401, WRONG_KEY, BAD, None, "invalid_api_key", None, None),
    (ConversationLocked(), 400, LOCKED, BAD, "conversation", "conversation_locked", None, None),
    (InvalidItem(), 400, "Invalid item", BAD, "item", "invalid_item", None, None),
    (ContextLengthExceeded(), 400, TOO_LONG, BAD, "input", "context_length_exceeded", None, None),
]


@pytest.mark.parametrize(
    ("fault", "status", "message", "kind", "param", "code", "seconds", "milliseconds"),
    ENVELOPES,
    ids=[repr(row[0]) for row in ENVELOPES],
)
def test_an_error_has_the_live_envelope_and_headers(
    fault: Fault,
    status: int,
    message: str,
    kind: str,
    param: str | None,
    code: str | None,
    seconds: bytes | None,
    milliseconds: bytes | None,
) -> None:
    got = answer(seeded(faults=[fault]), "GET", ITEMS, key="sk-a-long-key-really")

    request_id = (header(got, b"X-Request-ID") or b"").decode()
    error = {"message": message.format(request_id=request_id), "type": kind, "param": param, "code": code}
    assert got.body == json.dumps({"error": error}, indent=2).encode()
    assert (got.status, got.delay) == (status, 0)
    assert (header(got, b"retry-after"), header(got, b"retry-after-ms")) == (seconds, milliseconds)
    assert header(got, b"Content-Length") == b"%d" % len(got.body)
    assert header(got, b"Content-Type") == b"application/json"
    assert request_id.startswith("req_")


def names(response: Response) -> list[bytes]:
    return [name for name, _ in response.headers]


def test_an_error_has_the_headers_of_any_answer() -> None:
    usual = names(answer(seeded(), "GET", ITEMS))

    assert names(answer(seeded(faults=[ConversationLocked()]), "GET", ITEMS)) == usual
    assert names(answer(seeded(faults=[RateLimited()]), "GET", ITEMS)) == [*usual, b"retry-after", b"retry-after-ms"]
    assert b"openai-organization" in usual


@pytest.mark.parametrize(
    ("fault", "challenge"), [(Unauthorized(), b'Bearer realm="OpenAI API"'), (BadGateway(), None)], ids=repr
)
def test_what_knows_no_account_says_nothing_of_one(fault: Fault, challenge: bytes | None) -> None:
    got = answer(seeded(faults=[fault]), "GET", ITEMS)

    of_the_api = [b"openai-version", b"openai-processing-ms"] if challenge else []
    assert [name for name in names(got) if b"openai" in name] == of_the_api
    assert header(got, b"WWW-Authenticate") == challenge


@pytest.mark.parametrize("key", ["sk-short", "sk-other-than-the-default-one"])
def test_the_key_that_came_is_the_one_refused(key: str) -> None:
    sim = Emulator(api_keys=["sk-short", "sk-other-than-the-default-one"], faults=[Unauthorized()])
    message = json.loads(whole(answer(sim, "GET", ITEMS, key=key)))["error"]["message"]

    assert message.startswith(f"Incorrect API key provided: {key[:8]}{'*' * (len(key) - 12)}")


def test_a_bad_gateway_is_a_page_of_html() -> None:
    got = answer(seeded(faults=[BadGateway()]), "GET", ITEMS)

    assert got.body == (
        b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>"
        b"\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    )
    assert (got.status, header(got, b"Content-Type")) == (502, b"text/html; charset=UTF-8")
    assert header(got, b"Content-Length") == b"%d" % len(got.body)


@pytest.mark.parametrize("fault", [row[0] for row in ENVELOPES] + [BadGateway()], ids=repr)
def test_an_error_comes_instead_of_the_operation(fault: Fault) -> None:
    sim = seeded(faults=[fault])
    assert answer(sim, "POST", ITEMS, {"items": [{"role": "user", "content": "x"}]}).status >= 400
    assert stored(sim) == []


# --- spoilt on the way ---------------------------------------------------------------------------------------------

SPOILT: list[tuple[Fault, Callable[[bytes], bytes], bytes]] = [
    (TruncatedJSON(), lambda body: body[: len(body) // 2], b"application/json"),
    (TruncatedJSON(keep=0), lambda body: b"", b"application/json"),
    (TruncatedJSON(keep=0.99), lambda body: body[: int(0.99 * len(body))], b"application/json"),
    (EmptyBody(), lambda body: b"", b"application/json"),
    (WrongContentType(), lambda body: body, b"text/plain; charset=utf-8"),
    (WrongContentType("image/png"), lambda body: body, b"image/png"),
]


@pytest.mark.parametrize(("fault", "left", "content_type"), SPOILT, ids=[repr(fault) for fault, _, _ in SPOILT])
def test_an_answer_is_spoilt_and_its_headers_say_so(
    fault: Fault, left: Callable[[bytes], bytes], content_type: bytes
) -> None:
    body = {"items": [{"role": "user", "content": "é" * 20}]}
    usual = answer(seeded(), "POST", ITEMS, body)
    sim = seeded(faults=[fault])
    got = answer(sim, "POST", ITEMS, body)

    assert (got.status, got.body) == (200, left(whole(usual)))
    changed = {b"Content-Length": b"%d" % len(whole(got)), b"Content-Type": content_type}
    assert got.headers == [(name, changed.get(name, value)) for name, value in usual.headers]
    assert stored(sim) == ["msg_1"]


def test_a_refusal_is_spoilt_too() -> None:
    got = answer(seeded(faults=[EmptyBody()]), "GET", "/conversations/conv_x")

    assert (got.status, got.body) == (404, b"")


@pytest.mark.parametrize("keep", [1, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused(keep: float) -> None:
    with pytest.raises(UsageError) as caught:
        TruncatedJSON(keep=keep)
    assert str(caught.value) == f"TruncatedJSON(keep={keep!r}): write the share that is kept, 0 <= keep < 1"


@pytest.mark.parametrize("seconds", [-1, 86_400.5, 1e306, float("inf"), float("nan")])
@pytest.mark.parametrize("kind", [RateLimited, ServerError, Overloaded])
def test_seconds_that_are_none_are_refused(kind: type[Any], seconds: float) -> None:
    assert kind(retry_after=86_400).retry_after == 86_400
    with pytest.raises(UsageError) as caught:
        kind(retry_after=seconds)
    assert (
        str(caught.value)
        == f"{kind.__name__}(retry_after={seconds!r}): write seconds, 0 to 86400, which is a day, or None"
    )


@pytest.mark.parametrize("status", [200, 429, 501, "500", 0])
def test_another_status_of_a_server_error_is_refused(status: Any) -> None:
    with pytest.raises(UsageError) as caught:
        ServerError(status=status)
    assert str(caught.value) == f"ServerError(status={status!r}): write 500, 502, 503 or 504, or None"


@pytest.mark.parametrize("wording", ["Sorry", "", "persists", []])
def test_another_wording_of_a_server_error_is_refused(wording: Any) -> None:
    with pytest.raises(UsageError) as caught:
        ServerError(wording=wording)
    assert str(caught.value) == f"ServerError(wording={wording!r}): write 'sorry' or 'sorry_help', or None"


def test_a_server_error_sticks_to_a_conversation() -> None:
    sim = seeded()
    sim.seed("conv_b")
    sim.faults.add(ServerError(wording="sorry"), on="conversations.items.list", conversation="conv_a", times=3)
    asked = [answer(sim, "GET", f"/conversations/{name}/items").status for name in ("conv_a", "conv_b") * 4]
    assert asked == [500, 200, 500, 200, 500, 200, 200, 200]


def test_another_kind_of_limit_is_refused() -> None:
    kind: Any = "images"
    with pytest.raises(UsageError) as caught:
        RateLimited(kind=kind)
    assert str(caught.value) == "RateLimited(kind='images'): write 'requests' or 'tokens'"


def test_a_fault_happens_on_a_route_without_a_conversation() -> None:
    sim = Emulator(faults=[RateLimited()])

    assert answer(sim, "POST", "/conversations").status == 429
    assert not sim.state


# --- faults of one's own -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Maintenance(AnswerFault):
    minutes: int = 5

    def answer(self, context: FaultContext) -> Outcome:
        headers = {"Retry-After": str(60 * self.minutes), "Server": "none"}
        return context.respond(503, {"error": {"message": context.request.path}}, headers)


def test_a_fault_of_the_users_own_answers_as_the_service_does() -> None:
    sim = seeded(faults=[Rule(Maintenance(1), on="conversations.retrieve")])
    usual, made = answer(sim, "POST", "/conversations"), answer(sim, "GET", "/conversations/conv_a")

    assert (made.status, made.body) == (503, b'{\n  "error": {\n    "message": "/conversations/conv_a"\n  }\n}')
    assert [name for name, _ in made.headers] == [*(name for name, _ in usual.headers), b"Retry-After"]
    assert (header(made, b"Retry-After"), header(made, b"Server")) == (b"60", b"none")
    asked = {"model": "gpt-4.1", "input": "Hi"}
    usual, made = (
        answer(seeded(faults=[Rule(fault, on="responses.create")]), "POST", "/responses", asked)
        for fault in (Overloaded(), Maintenance())
    )
    assert {name for name, _ in made.headers} - {b"Retry-After"} == {name for name, _ in usual.headers}
    assert header(made, b"Access-Control-Expose-Headers") == header(usual, b"Access-Control-Expose-Headers")
    assert header(made, b"Content-Length") == b"%d" % len(made.content)
    assert [repr(fault) for fault in sim.journal[-1].faults] == ["Maintenance(minutes=1)"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("503", b""), "context.respond(status='503'): write a status, 200 to 599"),
        ((99, b""), "context.respond(status=99): write a status"),
        ((200, "tea"), "context.respond(body='tea'): write bytes, or a mapping"),
        ((200, {"tea": object}), "context.respond(body={'tea': <class 'object'>}): JSON cannot carry it"),
        ((200, b"", {"x-tea": 1}), "context.respond(headers={'x-tea': 1}): write a mapping of names to values"),
        ((200, b"", ["x-tea"]), "context.respond(headers=['x-tea']): write a mapping"),
        ((200, b"", {"x-tea": "a\nb"}), "context.respond(headers={'x-tea': 'a\\nb'}): write a mapping"),
        ((), "Broken(given=()): answer() returned (); write return context.respond(...)"),
    ],
)
def test_an_own_answer_that_no_service_gives_is_refused(given: tuple[Any, ...], words: str) -> None:
    @dataclass(frozen=True, repr=False)
    class Broken(AnswerFault):
        given: tuple[Any, ...]

        def answer(self, context: FaultContext) -> Outcome:
            return context.respond(*self.given) if self.given else ()  # type: ignore[return-value] # as a test may

    sim = seeded(faults=[Broken(given)])
    before = sim.snapshot()
    with pytest.raises(UsageError, match=f"^{re.escape(words)}"):
        answer(sim, "POST", "/conversations")
    assert sim.snapshot().to_dict()["projects"] == before.to_dict()["projects"]


def test_an_own_refusal_is_an_error_of_the_api() -> None:
    context = FaultContext(Request("POST", "/x", "/v1/x", "", [], b""), 200, b"", "req_1", 0, None)
    with pytest.raises(UsageError, match=r"^context\.refuse\('No\.'\): write an error of the API"):
        context.refuse("No.")  # type: ignore[arg-type] # as a test may


def test_an_own_answer_is_that_of_the_operation() -> None:
    class Telling(Dialect):
        response = staticmethod(lambda status, body, **more: Response(status, [], more["operation"].encode()))

    request = Request("POST", "/responses", "/v1/responses", "", [], b"")
    context = FaultContext(request, 200, b"", "req_1", 0, None, operation="responses.create", dialect=Telling())
    assert context.respond(200, b"").body == b"responses.create"


def test_the_body_of_an_own_answer_may_be_any_bytes() -> None:
    class Teapot(AnswerFault):
        def answer(self, context: FaultContext) -> Outcome:
            return context.respond(418, b"short and stout", {"content-type": "text/plain"})

    made = answer(seeded(faults=[Teapot()]), "GET", "/conversations/conv_a")
    assert (made.status, made.body) == (418, b"short and stout")
    assert (b"content-type", b"text/plain") in made.headers
