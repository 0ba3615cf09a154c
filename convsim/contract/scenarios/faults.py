"""Faults: the service's answers when it is armed to fail."""

from __future__ import annotations

from convsim.contract.answers import refused, start
from convsim.contract.evidence import Evidence, second_hand, sibling
from convsim.contract.scenario import Answer, Like, Raw, Scenario, scenario
from convsim.faults import (
    ConversationLocked,
    Fault,
    InvalidItem,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    Rule,
    ServerError,
    Unauthorized,
)


def _faulty(name: str, title: str, evidence: Evidence, fault: Fault, answer: Answer) -> Scenario:
    """Create a conversation, and meet the fault when retrieving it."""
    return scenario(
        f"fault-{name}",
        title,
        evidence,
        *start(),
        Raw("GET", "/conversations/{conv}", answer),
        faults=(Rule(fault, on="conversations.retrieve"),),
    )


def _error(status: int, message: str | Like, kind: str, code: str | None, **headers: str) -> Answer:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return Answer(status, {"error": error}, headers={name.replace("_", "-"): value for name, value in headers.items()})


FAULTS = (
    _faulty(
        "rate-limited-requests",
        "A rate limit of requests is a 429 with both headers that say when to come back",
        sibling("unpinned", note="quoted widely; the figures stand for any, the headers are other APIs'"),
        RateLimited(retry_after=0.25),
        _error(
            429,
            "Rate limit reached for gpt-4.1 in organization convsim on requests per min (RPM): Limit 500, Used 500,"
            " Requested 1. Please try again in 250ms. Visit https://platform.openai.com/account/rate-limits to learn"
            " more.",
            "requests",
            "rate_limit_exceeded",
            retry_after="1",
            retry_after_ms="250",
        ),
    ),
    _faulty(
        "rate-limited-tokens",
        "A rate limit of tokens is the same with its own type",
        sibling("unpinned", note="as the one of requests"),
        RateLimited(retry_after=2, kind="tokens"),
        _error(
            429,
            "Rate limit reached for gpt-4.1 in organization convsim on tokens per min (TPM): Limit 30000, Used 29900,"
            " Requested 200. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn"
            " more.",
            "tokens",
            "rate_limit_exceeded",
            retry_after="2",
            retry_after_ms="2000",
        ),
    ),
    _faulty(
        "quota-exceeded",
        "An exceeded quota is a 429 of another type, without headers that promise an end",
        sibling("unpinned", note="quoted widely, not on this API"),
        QuotaExceeded(),
        _error(
            429,
            "You exceeded your current quota, please check your plan and billing details. For more information on this"
            " error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
            "insufficient_quota",
            "insufficient_quota",
        ),
    ),
    _faulty(
        "server-error",
        "A fault of the service's own is a 500 that names the request",
        sibling("unpinned", note="quoted by clients of /v1/responses, not on this API"),
        ServerError(),
        _error(
            500,
            Like(
                "An error occurred while processing your request. You can retry your request, or contact us through our"
                " help center at help.openai.com if the error persists. Please include the request ID"
                " req_[0-9a-f]{32} in your message."
            ),
            "server_error",
            "server_error",
        ),
    ),
    _faulty(
        "server-error-sorry",
        'With wording="sorry", or "sorry_help", it says so',
        second_hand("unpinned", note="met by one company's clients of all routes, this API's among them; not by which"),
        ServerError(wording="sorry"),
        _error(500, "The server had an error while processing your request. Sorry about that!", "server_error", None),
    ),
    _faulty(
        "server-error-sorry-help",
        "The long apology names the request, with any status of the service's own",
        second_hand("unpinned", note="met as the short one; adding to conversations answered 503 as well"),
        ServerError(status=503, wording="sorry_help"),
        _error(
            503,
            Like(
                r"The server had an error processing your request\. Sorry about that! You can retry your request, or"
                r" contact us through our help center at help\.openai\.com if you keep seeing this error\. \(Please"
                r" include the request ID req_[0-9a-f]{32} in your email\.\)"
            ),
            "server_error",
            None,
        ),
    ),
    _faulty(
        "overloaded",
        "An overloaded service is a 503",
        second_hand("unpinned", note="quoted by clients of other APIs"),
        Overloaded(),
        _error(
            503,
            "Our servers are currently overloaded. Please try again later.",
            "service_unavailable_error",
            "server_is_overloaded",
        ),
    ),
    _faulty(
        "locked",
        "A locked conversation is a 400, not a 409",
        second_hand("unpinned", note="quoted from /v1/responses; on this API inferred"),
        ConversationLocked(),
        refused(
            "Another process is currently operating on this conversation. Please retry in a few seconds.",
            param="conversation",
            code="conversation_locked",
        ),
    ),
    _faulty(
        "unauthorized",
        "A key that is no longer accepted is the 401 of a wrong key",
        sibling("dotnet", "dd-trace"),
        Unauthorized(),
        refused(
            "Incorrect API key provided: sk-test. You can find your API key at"
            " https://platform.openai.com/account/api-keys.",
            code="invalid_api_key",
            status=401,
        ),
    ),
    _faulty(
        "invalid-item",
        "An item that the service holds for invalid is named without a path",
        second_hand("agents-python", note="seen when adding items"),
        InvalidItem(),
        refused("Invalid item", param="item", code="invalid_item"),
    ),
)
