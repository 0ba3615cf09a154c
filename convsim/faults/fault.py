"""What a fault is: data that says what goes wrong, and what the router asks of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar, Literal

from convsim.errors import UsageError
from convsim.http import wire
from convsim.http.messages import Body, Outcome, Request, Response
from convsim.operations.items import list_items
from convsim.operations.project import Project

Moment = Literal["before", "after"]

Place = Literal["operation", "client event", "server event"]

DAY = 86_400
"""The longest that anything may take, in seconds."""


class FaultContext:
    """What an answer is made from: the request, and the :attr:`response` that it would have got.

    ``now`` is in seconds since the epoch; ``project`` is None where no key was accepted.
    """

    def __init__(
        self,
        request: Request,
        status: int,
        body: bytes | Body,
        request_id: str,
        now: float,
        project: str | None,
        media_type: bytes = wire.JSON,
    ) -> None:
        self.request = request
        self.request_id = request_id
        self.now = now
        self.project = project
        self._status = status
        self._body = body
        self._media_type = media_type

    @cached_property
    def response(self) -> Response:
        """The operation's own answer; its body is empty where the fault comes before the commit."""
        return wire.response(self._status, self._body, request_id=self.request_id, now=self.now, project=self.project)


@dataclass(frozen=True)
class Fault:
    """The root of all faults.

    See :class:`AnswerFault`, :class:`ActFault`, :class:`ViewFault` and, for Realtime, :class:`EventFault`.
    """

    usual_times: ClassVar[int | None] = 1
    """How often it happens unless its rule says so; None for as long as it is armed."""

    usual_operations: ClassVar[tuple[str, ...] | None] = None
    """On which operations, or events, it happens unless its rule says so; None for all operations."""

    places: ClassVar[tuple[Place, ...]] = ("operation",)
    """On what its rule may let it happen."""

    moments: ClassVar[tuple[Moment, ...]] = ("before",)
    """When it can happen, the usual moment first: before the commit of the operation or client event, or after it."""

    def __repr__(self) -> str:
        values = ((field, getattr(self, field.name)) for field in fields(self))
        given = ", ".join(f"{field.name}={value!r}" for field, value in values if value is not None or field.default)
        return f"{type(self).__name__}({given})"


class AnswerFault(Fault):
    """The client gets another answer than the operation's, or none."""

    moments: ClassVar[tuple[Moment, ...]] = ("before", "after")

    def answer(self, context: FaultContext) -> Outcome:
        """What the client gets."""
        raise UsageError(f"{type(self).__name__} has no answer: write one of its subclasses")


class ActFault(Fault):
    """Somebody else changes the store just before the operation: usually, before a page is listed."""

    usual_operations = (list_items.operation,)

    def act(self, project: Project, conversation_id: str | None) -> bool:
        """Change it, and say whether there was anything to change: otherwise it has not happened, and stays armed.

        ``conversation_id`` is the one that the operation is about, if it is about one.
        """
        raise UsageError(f"{type(self).__name__} does nothing: write one of its subclasses")


def require_number(call: str, value: object, words: str, below: float = math.inf) -> None:
    """Raise :class:`~convsim.errors.UsageError` unless it is a number from 0 up to, and not, ``below``."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < below:
        raise UsageError(f"{call}: write {words}")


def require_count(call: str, value: object, least: int) -> None:
    """Raise :class:`~convsim.errors.UsageError` unless it is an integer of ``least`` or more."""
    if type(value) is not int or value < least:
        raise UsageError(f"{call}: write an integer, {least} or more")
