"""The journal's entries of exchanges over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convsim.faults.fault import Fault
from convsim.http.messages import Outcome, Request, Response
from convsim.journal.call import Call
from convsim.journal.entry import indented, parsed
from convsim.operations.routes import match

_RETRY = b"x-stainless-retry-count"
_MOST_DIGITS = 10
_OK = 200
_REFUSED = 400
_BROKEN = 500
_RETRIED = (408, 409, 429)
# The SDK gives every call that changes something a key of its own, and its retries the same.
_SAME_CALL = b"idempotency-key"


class Exchange(Call):
    """One HTTP request and what came of it; what holds secrets in the headers and query of ``request`` is redacted.

    ``lost`` is the operation's own answer where the client never saw it.
    """

    __slots__ = ("lost", "outcome", "request")

    kind = "http"

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        operation: str | None,
        touched: tuple[str, ...],
        faults: Sequence[Fault],
        request: Request | tuple[Any, ...],
        outcome: Outcome,
        lost: Response | None,
    ) -> None:
        super().__init__(number, at, project, operation, touched, faults)
        self.request = Request(*request)
        self.outcome = outcome
        self.lost = lost

    @property
    def response(self) -> Response | None:
        """The answer that the client got, or the beginning of one."""
        return self.outcome if isinstance(self.outcome, Response) else self.outcome.partial

    @property
    def status(self) -> int | None:
        return self.response.status if self.response is not None else None

    @property
    def body(self) -> Any:
        return parsed(self.request.body)

    @property
    def answer(self) -> Any:
        return parsed(self.response.content) if self.response is not None else None

    @property
    def _done(self) -> Any:
        return parsed(self.lost.content) if self.lost is not None else self.answer

    @property
    def ids(self) -> Mapping[str, Any]:
        matched = match(self.request.path)
        return matched[1] if matched is not None else {}

    @property
    def attempt(self) -> int:  # type: ignore[override]
        count = self.request.header(_RETRY)
        return int(count) if count.isdigit() and len(count) < _MOST_DIGITS else 0

    @property
    def _when(self) -> str:  # type: ignore[override]
        if self.lost is None:
            return ""
        return " after commit" if self.lost.status < _REFUSED else " instead of a refusal"

    @property
    def title(self) -> str:
        return (self.operation or f"{self.request.method} {self.request.full_path}") + (
            f" (retry {self.attempt})" if self.attempt else ""
        )

    @property
    def arrived(self) -> bool:
        return isinstance(self.outcome, Response)

    @property
    def texts(self) -> tuple[str, str]:
        answer = self.response.content if self.response is not None else b""
        sent, got = (indented(parsed(body)) or body.decode("utf-8", "replace") for body in (self.request.body, answer))
        return sent, got

    @property
    def query(self) -> str:
        return f"?{self.request.query}" if self.request.query else ""

    @property
    def done(self) -> bool:
        return self.lost.status == _OK if self.lost is not None else self.status == _OK

    @property
    def awaits_retry(self) -> bool:
        """Whether the SDK sends it again, if it may: it got no answer, or one of those that it retries."""
        if not isinstance(self.outcome, Response):
            return True
        return self.outcome.status in _RETRIED or self.outcome.status >= _BROKEN

    @property
    def identity(self) -> tuple[object, ...]:
        """What a retry has in common with the request before it."""
        asked = self.request
        return self.project, asked.method, asked.full_path, asked.query, asked.body, asked.header(_SAME_CALL)
