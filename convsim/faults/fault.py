"""The classes of faults, and the methods by which a fault takes part in a call or event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic_core import to_json

from convsim.errors import APIStatusError, UsageError
from convsim.errors.misuse import Kind, is_header, require, shown
from convsim.http import wire
from convsim.http.messages import Body, Outcome, Request, Response, TransportFault
from convsim.operations.conversations import list_items
from convsim.operations.dialect import OPENAI, Dialect
from convsim.operations.project import Project
from convsim.operations.routes import ROUTES_BY_NAME
from convsim.responses.vocabulary import as_json

if TYPE_CHECKING:
    from convsim.faults.events import EventFault
    from convsim.faults.rules import Rule
    from convsim.store.store import Store

Result = TypeVar("Result")

Moment = Literal["before", "after"]

Target = Literal["operation", "client event", "server event", "stream event"]
"""The targets of faults; client and server events are those of Realtime, stream events those of a response."""

_STATUS = Kind(lambda value: type(value) is int and 200 <= value <= 599, "a status, 200 to 599")
_BODY = Kind(lambda value: isinstance(value, (bytes, Mapping)), "bytes, or a mapping, which is sent as JSON")
_REFUSAL = Kind(lambda value: isinstance(value, APIStatusError), "an error of the API, as BadRequestError('No.')")


def _are_headers(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, Mapping) and all(is_header(word) for pair in value.items() for word in pair)


_HEADERS = Kind(_are_headers, "a mapping of names to values that headers can hold, {'x-tea': 'green'}")


class FaultContext:
    """The request that an :class:`AnswerFault` answers, and the values for the answer.

    ``request`` has ``method``, ``path``, ``query``, ``headers`` and ``body``; ``request_id`` is the id that the answer
    carries; ``now`` is the emulator's clock in seconds since the epoch; ``project`` is the project of the client's key,
    None if no key was accepted.

    >>> class Teapot(AnswerFault):
    ...     def answer(self, context):
    ...         return context.respond(418, {"seen": context.request.path}, {"x-tea": "green"})
    >>> armed = sim.faults.add(Teapot(), on="conversations.create")
    >>> http = httpx2.Client(transport=sim.httpx2_transport(), headers={"Authorization": "Bearer sk-any"})
    >>> http.post("https://any.example/v1/conversations", json={}).json()
    {'seen': '/conversations'}
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
        front: wire.Front = "conversations",
        more: Sequence[tuple[bytes, bytes]] = (),
        operation: str | None = None,
        dialect: Dialect = OPENAI,
    ) -> None:
        self.request = request
        self.request_id = request_id
        self.now = now
        self.project = project
        self._status = status
        self._body = body
        self._media_type = media_type
        self._front = front
        self._more = more
        self._operation = operation
        self._dialect = dialect

    @property
    def front(self) -> wire.Front:
        """The kind of answer whose headers a fault's answer has; those that only turns have are left out."""
        return "conversations" if self._front == "conversations" else "responses"

    @cached_property
    def response(self) -> Response:
        """The operation's own answer; its body is empty if the fault comes before the operation."""
        return self._respond(self._status, self._body, media_type=self._media_type, front=self._front, more=self._more)

    def respond(
        self, status: int, body: bytes | Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return an answer with the service's usual headers, overridden by ``headers``; a mapping is sent as JSON.

        Raises :class:`~convsim.errors.UsageError` for what no answer can have.
        """
        require("context.respond(status", status, _STATUS)
        require("context.respond(body", body, _BODY)
        require("context.respond(headers", headers, _HEADERS)
        content = body if isinstance(body, bytes) else to_json(as_json("context.respond(body", body), indent=2)
        return with_headers(self._respond(status, content, front=self.front), headers or {})

    def refuse(self, error: APIStatusError, more: Sequence[tuple[bytes, bytes]] = ()) -> Response:
        """Return the error as the service answers it, with ``more`` headers."""
        require("context.refuse(", error, _REFUSAL)
        worded = self._dialect.refusal(error, self.request_id)
        return self._respond(worded.status_code, wire.error_body(worded), front=self.front, more=more, error=worded)

    def _respond(self, status: int, body: bytes | Body, **more: Any) -> Response:
        return self._dialect.response(
            status,
            body,
            operation=self._operation,
            request_id=self.request_id,
            now=self.now,
            project=self.project,
            **more,
        )


def with_headers(response: Response, headers: Mapping[str, str]) -> Response:
    """Return the response with these headers, which replace those of the same name or follow the others."""
    given = {name.lower(): (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()}
    kept = [given.pop(name.decode("latin-1").lower(), (name, value)) for name, value in response.headers]
    return response._replace(headers=[*kept, *given.values()])


@dataclass(slots=True)
class Plan:
    """The effects of the armed faults on one call of an operation, or on one event.

    ``project`` is the name of the call's project. ``answer`` and ``event`` are the first fault of their kind, at its
    ``moment``; delays add up. ``faults`` are those that have happened so far.
    """

    project: str = ""
    acts: list[tuple[Rule, ActFault]] = field(default_factory=list)
    views: list[tuple[Rule, ViewFault]] = field(default_factory=list)
    answer: AnswerFault | None = None
    event: EventFault | None = None
    moment: Moment = "after"
    delay: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def act(self, project: Project, conversation_id: str | None) -> None:
        """Apply the faults that change the store before the operation."""
        for rule, fault in self.acts:
            if fault.concerns(project, conversation_id) and rule.due() and fault.act(project, conversation_id):
                self.happened(rule, fault)

    def run(self, project: Project, verb: Callable[[Project], Result]) -> Result:
        """Run the operation on the store that the armed faults show to it.

        Such a fault happens only if it changes the answer, so the operation runs without it, too: it reads, and can be
        run twice.
        """
        result = _attempt(verb, project)
        for rule, fault in self.views:
            store = fault.seen(project.store, rule.versions.get(self.project, ()))
            if store is project.store:
                continue
            shown = project.showing(store)
            other = _attempt(verb, shown)
            if _told(other) != _told(result) and rule.due():
                self.happened(rule, fault)
                project, result = shown, other
        if isinstance(result, APIStatusError):
            raise result
        return result

    def happened(self, rule: Rule, fault: Fault) -> None:
        """Count the fault."""
        rule.count()
        self.faults.append(fault)


def _attempt(verb: Callable[[Project], Result], project: Project) -> Result | APIStatusError:
    try:
        return verb(project)
    except APIStatusError as error:
        return error


def _told(result: object) -> object:
    """Return the part of a result by which answers are compared."""
    return (result.status_code, result.body) if isinstance(result, APIStatusError) else result


@dataclass(frozen=True)
class Fault:
    """The root of all faults. For one of your own, subclass :class:`AnswerFault`.

    A fault is a frozen dataclass: equal arguments make equal faults. Times are in seconds, up to a day. Raises
    :class:`~convsim.errors.UsageError` for a wrong argument.

    >>> Latency(2) == Latency(2.0), isinstance(Latency(2), Fault)
    (True, True)
    """

    usual_times: ClassVar[int | None] = 1
    """How often it happens by default; None for as long as it is armed."""

    usual_operations: ClassVar[tuple[str, ...] | None] = None
    """The operations, or events, on which it happens by default; None for all operations."""

    targets: ClassVar[tuple[Target, ...]] = ("operation",)
    """The targets to which it can happen."""

    moments: ClassVar[tuple[Moment, ...]] = ("before",)
    """The moments at which it can happen, the default first: before or after the operation or client event."""

    @property
    def keeps(self) -> int:
        """The number of earlier versions of the store that the fault needs."""
        return 0

    def objection(self, name: str) -> str | None:
        """Return why the fault cannot happen to this operation or event, although it is a target, or None."""
        return None

    def enter(self, plan: Plan, rule: Rule) -> None:
        """Take part in one call or event, if ``rule`` says that the fault is due."""
        if rule.due():
            plan.happened(rule, self)

    def __repr__(self) -> str:
        values = ((field, getattr(self, field.name)) for field in fields(self))
        given = ", ".join(f"{field.name}={value!r}" for field, value in values if value is not None or field.default)
        return f"{type(self).__name__}({given})"


class AnswerFault(Fault):
    """The client gets another answer than the operation's, or none; a subclass implements :meth:`answer`.

    >>> class Teapot(AnswerFault):
    ...     def answer(self, context):
    ...         return context.respond(418, {"error": {"message": "Short and stout."}})
    >>> armed = sim.faults.add(Teapot(), on="conversations.create")
    >>> sim.openai(max_retries=0).conversations.create()
    Traceback (most recent call last):
    openai.APIStatusError: Error code: 418 - ...
    """

    moments: ClassVar[tuple[Moment, ...]] = ("before", "after")

    streams: ClassVar[bool] = False
    """Whether a stream that is replaced is still read; otherwise its turn ends at once, complete."""

    def answer(self, context: FaultContext) -> Outcome:
        """Return the client's answer, made by :meth:`FaultContext.respond` or from ``context.response``."""
        raise UsageError(f"{type(self).__name__} has no answer: use one of its subclasses")

    def enter(self, plan: Plan, rule: Rule) -> None:
        if rule.due() and plan.answer is None:
            plan.answer, plan.moment = self, rule.moment
            plan.happened(rule, self)


def answered(fault: AnswerFault, context: FaultContext) -> Outcome:
    """Return the answer of the fault, which may be of a test's own class."""
    outcome: object = fault.answer(context)
    if not isinstance(outcome, (Response, TransportFault)):
        raise UsageError(f"{fault!r}: answer() returned {shown(outcome)}; write return context.respond(...)")
    return outcome


class ActFault(Fault):
    """The store is changed just before the operation, as by another client: by default, before a page is listed."""

    usual_operations: ClassVar[tuple[str, ...] | None] = (list_items.operation,)

    def concerns(self, project: Project, conversation_id: str | None) -> bool:
        """Return whether a call about that conversation (None for none) counts as an occurrence."""
        return conversation_id in project.store.conversations

    def act(self, project: Project, conversation_id: str | None) -> bool:
        """Change the store, and return whether it could be changed: otherwise the fault stays armed."""
        raise UsageError(f"{type(self).__name__} does nothing: use one of its subclasses")

    def enter(self, plan: Plan, rule: Rule) -> None:
        plan.acts.append((rule, self))


class ViewFault(Fault):
    """Operations that read are shown another store than the true one."""

    usual_times: ClassVar[int | None] = None

    def seen(self, store: Store, earlier: Sequence[Store]) -> Store:
        """Return the store to show; ``earlier`` are the versions before the last writes, the oldest first."""
        raise UsageError(f"{type(self).__name__} shows nothing: use one of its subclasses")

    def objection(self, name: str) -> str | None:
        route = ROUTES_BY_NAME[name]
        if route.reads and route.about_one:
            return None
        does = "reads none" if route.reads else "writes"
        return f"{self!r} shows another store to operations that read a conversation, and {name} {does}"

    def enter(self, plan: Plan, rule: Rule) -> None:
        # A fault that reads from the past comes first; the others change the result.
        plan.views.insert(0 if self.keeps else len(plan.views), (rule, self))
