"""Faults of answers: the live error bodies with their headers, and bodies that are spoilt on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from convsim import errors
from convsim.errors import APIStatusError, UsageError
from convsim.errors.misuse import SECONDS, Kind, choice, is_header, number, optional, require, require_fields
from convsim.faults.fault import AnswerFault, FaultContext, Moment, with_headers
from convsim.http import wire
from convsim.http.keys import key_of
from convsim.http.messages import Outcome, Response

Headers = tuple[tuple[bytes, bytes], ...]

_RETRY_AFTER = optional(SECONDS)
_RATE_LIMITED = {"retry_after": _RETRY_AFTER, "kind": choice("requests", "tokens")}
_SERVER_ERROR = {
    "retry_after": _RETRY_AFTER,
    "status": optional(choice(500, 502, 503, 504)),
    "wording": optional(choice("sorry", "sorry_help")),
}
_SHARE = number("the share that is kept, 0 <= keep < 1", most=math.nextafter(1, 0))
_HEADER = Kind(is_header, "a value that a header can hold")


class ErrorAnswer(AnswerFault):
    """An answer in the live error envelope."""

    def answer(self, context: FaultContext) -> Outcome:
        return context.refuse(self.error(context), self.headers())

    def error(self, context: FaultContext) -> APIStatusError:
        """Return the error that the envelope holds."""
        raise UsageError(f"{type(self).__name__} has no error: use one of its subclasses")

    def headers(self) -> Headers:
        """Return the headers that are sent besides the usual ones."""
        return ()


@dataclass(frozen=True, repr=False)
class RateLimited(ErrorAnswer):
    """429 with the code ``rate_limit_exceeded``; ``kind`` names the exceeded limit: requests or tokens.

    The sentence and the headers ``retry-after-ms`` and ``retry-after`` (in whole seconds, rounded up) ask the client to
    wait ``retry_after`` seconds, and the SDK does; None leaves both headers out.

    >>> armed = sim.faults.add(RateLimited(retry_after=2), on="conversations.items.create")
    """

    retry_after: float | None = 0.01
    kind: Literal["requests", "tokens"] = "requests"

    def __post_init__(self) -> None:
        require_fields(self, _RATE_LIMITED)

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.rate_limit_reached(self.kind, 1.0 if self.retry_after is None else self.retry_after)

    def headers(self) -> Headers:
        return _retry(self.retry_after)


class QuotaExceeded(ErrorAnswer):
    """429 with the code ``insufficient_quota``, without a header that asks for a retry."""

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.quota_exceeded()


@dataclass(frozen=True, repr=False)
class ServerError(ErrorAnswer):
    """500 with the code ``server_error`` and the request's id in the sentence.

    ``retry_after`` adds the headers of :class:`RateLimited`. ``status`` may be 502, 503 or 504, and ``wording`` selects
    one of two other sentences that clients have seen: ``"sorry"``, or ``"sorry_help"`` with the request's id. Live,
    such errors may affect one conversation for a while: arm one with ``conversation=`` and ``times=``.

    >>> armed = sim.faults.add(ServerError(status=502), times=3)
    """

    retry_after: float | None = None
    status: Literal[500, 502, 503, 504] | None = None
    wording: Literal["sorry", "sorry_help"] | None = None

    def __post_init__(self) -> None:
        require_fields(self, _SERVER_ERROR)

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.server_error(context.request_id, self.status or 500, self.wording)

    def headers(self) -> Headers:
        return _retry(self.retry_after)


@dataclass(frozen=True, repr=False)
class Overloaded(ErrorAnswer):
    """503 with the code ``server_is_overloaded``; ``retry_after`` adds the headers of :class:`RateLimited`.

    >>> armed = sim.faults.add(Overloaded(retry_after=5), on="responses.create")
    """

    retry_after: float | None = None

    def __post_init__(self) -> None:
        require("Overloaded(retry_after", self.retry_after, _RETRY_AFTER)

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.overloaded()

    def headers(self) -> Headers:
        return _retry(self.retry_after)


class Unauthorized(ErrorAnswer):
    """401 with the code ``invalid_api_key``, as for a key that was revoked."""

    def answer(self, context: FaultContext) -> Outcome:
        context.project = None
        return context.refuse(self.error(context))

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.wrong_key(key_of(context.request))


class PermissionDenied(ErrorAnswer):
    """401 with the code ``PermissionDenied``, as Azure AI Foundry answers a caller without a role in its project."""

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.permission_denied(context.request.method)


class ConversationLocked(ErrorAnswer):
    """400 with the code ``conversation_locked``, as while another response writes to the conversation."""

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.conversation_locked()


class InvalidItem(ErrorAnswer):
    """400 with the code ``invalid_item``, as for reasoning that the service does not know."""

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.invalid_item()


class ContextLengthExceeded(ErrorAnswer):
    """400 with the code ``context_length_exceeded``, as for a turn whose input is too long for the model."""

    def error(self, context: FaultContext) -> APIStatusError:
        return errors.context_length_exceeded()


class BadGateway(AnswerFault):
    """502 with a page of HTML, from a proxy in front of the service."""

    def answer(self, context: FaultContext) -> Outcome:
        page = wire.response(502, _PAGE, request_id=context.request_id, now=context.now, project=None)
        return with_headers(page, {"Content-Type": "text/html; charset=UTF-8"})


_PAGE = b"""<html>\r
<head><title>502 Bad Gateway</title></head>\r
<body>\r
<center><h1>502 Bad Gateway</h1></center>\r
<hr><center>cloudflare</center>\r
</body>\r
</html>\r
"""


class SpoiltAnswer(AnswerFault):
    """The operation is carried out, and its answer is spoilt."""

    moments: ClassVar[tuple[Moment, ...]] = ("after",)

    def answer(self, context: FaultContext) -> Outcome:
        return self.spoilt(context.response)

    def spoilt(self, response: Response) -> Response:
        """Return the spoilt answer."""
        raise UsageError(f"{type(self).__name__} spoils nothing: use one of its subclasses")


@dataclass(frozen=True, repr=False)
class TruncatedJSON(SpoiltAnswer):
    """The body ends after the fraction ``keep`` of its bytes, with a matching Content-Length: it is not valid JSON."""

    keep: float = 0.5

    def __post_init__(self) -> None:
        require("TruncatedJSON(keep", self.keep, _SHARE)

    def spoilt(self, response: Response) -> Response:
        return _with_body(response, response.content[: int(len(response.content) * self.keep)])


class EmptyBody(SpoiltAnswer):
    """The status and the headers of the answer, with an empty body."""

    def spoilt(self, response: Response) -> Response:
        return _with_body(response, b"")


@dataclass(frozen=True, repr=False)
class WrongContentType(SpoiltAnswer):
    """The answer with another Content-Type."""

    streams = True

    content_type: str = "text/plain; charset=utf-8"

    def __post_init__(self) -> None:
        require("WrongContentType(", self.content_type, _HEADER)

    def spoilt(self, response: Response) -> Response:
        return with_headers(response, {"Content-Type": self.content_type})


def _with_body(response: Response, body: bytes) -> Response:
    return with_headers(response, {"Content-Length": str(len(body))})._replace(body=body)


def _retry(seconds: float | None) -> Headers:
    if seconds is None:
        return ()
    return (b"retry-after", b"%d" % math.ceil(seconds)), (b"retry-after-ms", b"%d" % round(1000 * seconds))
