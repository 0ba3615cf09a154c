"""Sentences of the service about its own state: only a fault brings them about."""

from __future__ import annotations

from convsim.errors.tree import AuthenticationError, BadRequestError, InternalServerError, RateLimitError


def conversation_locked() -> BadRequestError:
    return BadRequestError(
        "Another process is currently operating on this conversation. Please retry in a few seconds.",
        param="conversation",
        code="conversation_locked",
    )


def rate_limit_reached(kind: str, retry_after: float) -> RateLimitError:
    """Return the 429; ``kind`` is requests or tokens, ``retry_after`` in seconds, the figures are examples."""
    words, limit, used, asked = {
        "requests": ("requests per min (RPM)", 500, 500, 1),
        "tokens": ("tokens per min (TPM)", 30000, 29900, 200),
    }[kind]
    wait = f"{retry_after:g}s" if retry_after >= 1 else f"{round(1000 * retry_after)}ms"
    return RateLimitError(
        f"Rate limit reached for gpt-4.1 in organization convsim on {words}: Limit {limit}, Used {used}, Requested"
        f" {asked}. Please try again in {wait}. Visit https://platform.openai.com/account/rate-limits to learn more.",
        error_type=kind,
        code="rate_limit_exceeded",
    )


def quota_exceeded() -> RateLimitError:
    return RateLimitError(
        "You exceeded your current quota, please check your plan and billing details. For more information on this"
        " error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        error_type="insufficient_quota",
        code="insufficient_quota",
    )


def server_error(request_id: str, status: int = 500, wording: str | None = None) -> InternalServerError:
    """Return the 500; ``wording`` is sorry or sorry_help for the older sentences, None for the current one."""
    sentence, code = _SERVER_ERRORS[wording]
    message = sentence.format(request_id=request_id)
    return InternalServerError(message, status_code=status, error_type="server_error", code=code)


_SERVER_ERRORS: dict[str | None, tuple[str, str | None]] = {
    None: (
        (
            "An error occurred while processing your request. You can retry your request, or contact us through our"
            " help center at help.openai.com if the error persists. Please include the request ID {request_id} in your"
            " message."
        ),
        "server_error",
    ),
    "sorry": ("The server had an error while processing your request. Sorry about that!", None),
    "sorry_help": (
        (
            "The server had an error processing your request. Sorry about that! You can retry your request, or contact"
            " us through our help center at help.openai.com if you keep seeing this error. (Please include the request"
            " ID {request_id} in your email.)"
        ),
        None,
    ),
}


def overloaded() -> InternalServerError:
    return InternalServerError(
        "Our servers are currently overloaded. Please try again later.",
        status_code=503,
        error_type="service_unavailable_error",
        code="server_is_overloaded",
    )


def permission_denied(method: str) -> AuthenticationError:
    """Return the 401 of Azure AI Foundry, whose body has only a code and a message; the principal is an example."""
    action = "read" if method == "GET" else "write"
    error = AuthenticationError(
        "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action"
        f" `Microsoft.CognitiveServices/accounts/AIServices/agents/{action}` to perform"
        f" `{method} /api/projects/{{projectName}}/openai/*` operation. For instructions on granting the necessary"
        " permissions, see https://aka.ms/FoundryPermissions.",
        code="PermissionDenied",
    )
    error.envelope = {"code": error.code, "message": error.message}
    return error
