"""From a request to its answer, in the one order of checks that the evidence supports.

Route, key, content type, JSON, then the ids, query and body against the operation's input; then the service, which
applies the armed faults and runs the operation. A request refused before this point changes no state and consumes no
fault; a refusal by the operation, such as an unknown conversation, changes no state either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convsim import errors
from convsim.errors import APIStatusError, RefusedRouteError
from convsim.http import wire
from convsim.http.messages import Body, Outcome, Request, Response, TransportFault, is_retry
from convsim.operations.matching import emulated, is_missing
from convsim.operations.project import Answer
from convsim.service.service import Service

if TYPE_CHECKING:
    from convsim.faults.fault import Fault, Plan
    from convsim.items.fields import Input
    from convsim.operations.route import Route

_MOST_REMEMBERED = 256


class Router:
    """Answers requests for a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._refuses = service.options.unknown_routes == "refuse"
        # Validated inputs of requests without a body, by method, path and query: clients repeat the same requests.
        self._remembered: dict[tuple[str, str, str], tuple[Route[Any], Input]] = {}

    def handle(self, request: Request) -> Outcome:
        """Return the answer to a request, which is the live 404 for a path that the live API does not have.

        Raises :class:`~convsim.errors.RefusedRouteError` for a path that :meth:`serves` denies.
        """
        operation = project = None
        service = self._service
        key = request.method, request.path, request.query
        try:
            if (remembered := self._remembered.get(key)) is not None:
                route, given = remembered
                operation = route.operation
                project = service.keys.project(request)
            else:
                if (matched := service.dialect.match(request.path)) is None:
                    return self._elsewhere(request)
                routes, ids = matched
                if request.method not in routes:
                    raise errors.method_not_allowed(request.method, request.full_path)
                route, values = routes[request.method], dict[str, Any](ids)
                operation = route.operation
                project = service.keys.project(request)
                if route.takes_body:
                    values["body"] = service.dialect.read_body(request)
                given = route.read(service.behavior, values, request.query)
                if not route.takes_body:
                    if len(self._remembered) >= _MOST_REMEMBERED:
                        self._remembered.clear()
                    self._remembered[key] = route, given
        except APIStatusError as error:
            return service.refuse(error, operation, project, HTTPOrigin(request))
        return service.call(route, given, project, HTTPOrigin(request))

    def serves(self, method: str, path: str) -> bool:
        """Return whether the router answers requests for a path relative to the base URL; the live 404 is an answer."""
        return not self._refuses or (method, path) == _TRACES or not is_missing(path)

    def refusal(self, method: str, path: str, *, retried: bool = False) -> RefusedRouteError:
        """Return the error for a path that is not served; note it as a miss, unless the SDK is retrying the call."""
        error = RefusedRouteError(
            f"{method} {path} was not answered: the live API has this path, and convsim does not emulate it. It"
            f" emulates {emulated()}. Mock the call in this test (where an emulator is patched in, a respx route,"
            " httpx_mock or a cassette gets it), or write unknown_routes='404' to answer it as a path that does not"
            " exist (an option of Emulator(...) and of @pytest.mark.convsim(...))."
        )
        if not retried:
            self._service.refused.append(error)
        return error

    def refused_socket(self, path: str) -> RefusedRouteError | None:
        """Return the error, noted as a miss, for a WebSocket that the live API has and convsim does not, or None."""
        unknown = path == "/responses" and self._service.options.service == "foundry"
        if not self._refuses or (self.serves("GET", path) and not unknown):
            return None
        why = "no source describes a WebSocket of Azure AI Foundry" if unknown else "the live API has this path"
        error = RefusedRouteError(
            f"The WebSocket to /v1{path} was not opened: {why}, and convsim does not emulate it. It emulates the"
            " WebSockets /v1/realtime and /v1/responses of OpenAI. Mocks of HTTP do not reach a WebSocket: replace the"
            " call that connects with monkeypatch, let it connect to a server of the test on 127.0.0.1, or write"
            " unknown_routes='404' to answer it as a path that does not exist (an option of Emulator(...) and of"
            " @pytest.mark.convsim(...))."
        )
        self._service.refused.append(error)
        return error

    def _elsewhere(self, request: Request) -> Outcome:
        """Return the answer at a path without an operation."""
        if (request.method, request.path) == _TRACES:
            # openai-agents sends these in the background, so they are neither stored nor noted.
            return wire.response(204, b"", request_id=_NO_ID, now=self._service.clock.now(), project=None)
        if not self.serves(request.method, request.path):
            raise self.refusal(request.method, request.full_path, retried=is_retry(request.headers))
        error = errors.unknown_route(request.method, request.full_path)
        return self._service.refuse(error, None, None, HTTPOrigin(request))


_TRACES = ("POST", "/traces/ingest")
_NO_ID = f"req_{0:032x}"


class HTTPOrigin(NamedTuple):
    """A call over HTTP: it meets the armed faults, and its outcome has the live headers."""

    request: Request

    def plan(self, service: Service, operation: str, conversation_id: str | None, project: str) -> Plan | None:
        return service.faults.plan(operation, conversation_id, project)

    def conclude(
        self,
        service: Service,
        operation: str | None,
        conversation_id: str | None,
        project: str | None,
        result: Answer | APIStatusError,
        plan: Plan | None,
    ) -> Outcome:
        request = self.request
        now, request_id = service.clock.now(), service.request_ids.next()
        # A stream adds the faults that happen inside it.
        faults: Sequence[Fault] = plan.faults if plan is not None else ()
        front: wire.Front = "responses" if request.path.startswith("/responses") else "conversations"
        body: bytes | Body
        more: Sequence[tuple[bytes, bytes]]
        if isinstance(result, Answer):
            status, error = 200, None
            content, touched, delay, media_type, own_front, more = result
            front = own_front or front
            if isinstance(content, bytes):
                body = content
            else:
                from convsim.service.delivery import BodyDelivery  # for streams, with all faults

                faults = list(faults)
                body = BodyDelivery(service, content, conversation_id, faults, (request.timeout or {}).get("read"))
        else:
            error = service.dialect.refusal(result, request_id)
            status, touched, delay, media_type, more = error.status_code, (), 0.0, wire.JSON, ()
            body = b"" if request.method == "HEAD" else wire.error_body(error)
        if plan is None:
            lost = None
            response = service.dialect.response(
                status,
                body,
                operation=operation,
                request_id=request_id,
                now=now,
                project=project,
                media_type=media_type,
                front=front,
                more=more,
                error=error,
            )
            outcome = _late(response, delay, request, service) if delay else response
        else:
            from convsim.faults.fault import FaultContext, answered

            context = FaultContext(
                request, status, body, request_id, now, project, media_type, front, more, operation, service.dialect
            )
            outcome = context.response if plan.answer is None else answered(plan.answer, context)
            outcome = _late(outcome, outcome.delay + plan.delay + delay, request, service)
            heard = outcome.body if isinstance(outcome, Response) else None
            unheard = plan.moment == "after" and heard != body and isinstance(body, bytes)
            lost = context.response if unheard else None
        service.journal.exchange(now, project, operation, request, outcome, touched, faults, lost)
        return outcome


def _late(outcome: Outcome, delay: float, request: Request, service: Service) -> Outcome:
    """Return the outcome with its delay, or the client's own timeout if that is shorter."""
    limit = (request.timeout or {}).get("read")
    if limit is not None and delay > limit:
        outcome, delay = TransportFault("read_timeout"), limit
    return outcome._replace(delay=service.wait(delay))
