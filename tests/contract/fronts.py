"""Every way into the emulator, made to look alike: a step goes in, a status and a JSON body come out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import httpx
import httpx2
import openai
from pydantic_core import from_json, to_json

from convsim import APIStatusError, Behavior, Emulator
from convsim.contract.matching import Memory, recall
from convsim.contract.scenario import Call, Finish, Prompt, Raw, Script
from convsim.direct.client import EventStream
from convsim.operations.routes import ROUTES_BY_NAME

BASE = "https://api.openai.com/v1"


class Reply(NamedTuple):
    """``headers`` and ``length`` are None where a front has none.

    ``as_rendered`` tells whether the bytes are the live rendering of the body.
    """

    status: int
    body: Any
    headers: Mapping[str, str] | None = None
    length: int | None = None
    as_rendered: bool = True


Response = httpx.Response | httpx2.Response
Send = Callable[[str, str, Mapping[str, str], bytes], Response]


def emulator(options: Mapping[str, Any]) -> Emulator:
    """The emulator that a scenario asks for."""
    return Emulator(**{**options, "behavior": Behavior(**options.get("behavior", {}))})


@dataclass(frozen=True)
class Front:
    """``run`` performs a step after its ``{names}`` were recalled."""

    run: Callable[[Call | Raw], Reply]


def arrange(sim: Emulator, step: Script | Finish | Prompt) -> None:
    """Take a step that the test takes by its own hand."""
    if isinstance(step, Script):
        sim.responses.script(*step.says, **step.options)
    elif isinstance(step, Prompt):
        sim.prompts.add(step.prompt_id, **step.settings)
    else:
        sim.responses.finish()


def recalled(step: Call | Raw, memory: Memory) -> Call | Raw:
    """The step with the ids that it names."""
    if isinstance(step, Call):
        return Call(step.operation, recall(dict(step.arguments), memory), step.answer)
    return Raw(step.method, recall(step.path, memory), step.answer, step.body, step.headers)


def reply(answer: Response) -> Reply:
    """The answer as it was heard; of a stream, a list of its events."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        events = [from_json(frame.partition(b"\ndata: ")[2]) for frame in answer.content.split(b"\n\n") if frame]
        frames = [b"event: %b\ndata: %b\n\n" % (event["type"].encode(), to_json(event)) for event in events]
        return Reply(answer.status_code, events, answer.headers, None, answer.content == b"".join(frames))
    body = from_json(answer.content)
    rendered = answer.content == to_json(body, indent=2)
    return Reply(answer.status_code, body, answer.headers, len(answer.content), rendered)


# --- the Direct API ------------------------------------------------------------------------------------------------


@contextmanager
def direct(sim: Emulator) -> Iterator[Front]:
    def run(step: Call | Raw) -> Reply:
        assert isinstance(step, Call)
        try:
            answer = _method(sim, step.operation)(**step.arguments)
        except APIStatusError as error:
            return Reply(error.status_code, {"error": error.body})
        if isinstance(answer, EventStream):
            return Reply(200, [event.to_dict() for event in answer])
        # Where the SDK's method gives nothing, as for a deletion, the journal has what it was told.
        return Reply(200, answer.to_dict() if answer is not None else sim.journal[-1].answer)

    yield Front(run)


def _method(root: Any, operation: str) -> Callable[..., Any]:
    for name in operation.split("."):
        root = getattr(root, name)
    return root  # type: ignore[no-any-return]


# --- HTTP ----------------------------------------------------------------------------------------------------------


def over_http(send: Send) -> Front:
    def run(step: Call | Raw) -> Reply:
        return reply(send(*request(step)))

    return Front(run)


def request(step: Call | Raw) -> tuple[str, str, Mapping[str, str], bytes]:
    """The method, URL, headers and body of a step."""
    return _request(step) if isinstance(step, Call) else _raw(step)


def _request(step: Call) -> tuple[str, str, Mapping[str, str], bytes]:
    route = ROUTES_BY_NAME[step.operation]
    arguments = dict(step.arguments)
    path = route.path
    for name in ("conversation_id", "item_id", "response_id"):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(arguments.pop(name), safe=""))
    in_query = step.operation != "responses.create"
    pairs = [("include[]", name) for name in (arguments.pop("include", []) if in_query else ())]
    asked = () if route.takes_body else ("limit", "order", "after", "stream", "starting_after")
    pairs += [(name, _word(arguments.pop(name))) for name in asked if name in arguments]
    body = json.dumps(arguments).encode() if route.takes_body else b""
    headers = {"Authorization": "Bearer sk-test"} | ({"Content-Type": "application/json"} if body else {})
    return route.method, f"{BASE}{path}{'?' if pairs else ''}{urlencode(pairs)}", headers, body


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _raw(step: Raw) -> tuple[str, str, Mapping[str, str], bytes]:
    headers = {"Authorization": "Bearer sk-test"} | ({"Content-Type": "application/json"} if step.body else {})
    given = {name: value for name, value in (headers | dict(step.headers)).items() if value}
    return step.method, BASE + step.path, given, step.body.encode()


@contextmanager
def httpx2_sync(sim: Emulator) -> Iterator[Front]:
    with httpx2.Client(transport=sim.httpx2_transport()) as client:
        yield over_http(synchronously(client))


@contextmanager
def httpx_sync(sim: Emulator) -> Iterator[Front]:
    with httpx.Client(transport=sim.httpx_transport()) as client:
        yield over_http(synchronously(client))


@contextmanager
def httpx2_async(sim: Emulator) -> Iterator[Front]:
    with asyncio.Runner() as runner:
        client = httpx2.AsyncClient(transport=sim.httpx2_transport())
        yield over_http(asynchronously(runner, client))
        runner.run(client.aclose())


@contextmanager
def httpx_async(sim: Emulator) -> Iterator[Front]:
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(transport=sim.httpx_transport())
        yield over_http(asynchronously(runner, client))
        runner.run(client.aclose())


def synchronously(client: httpx.Client | httpx2.Client) -> Send:
    def send(method: str, url: str, headers: Mapping[str, str], content: bytes) -> Response:
        return client.request(method, url, headers=headers, content=content)

    return send


def asynchronously(runner: asyncio.Runner, client: httpx.AsyncClient | httpx2.AsyncClient) -> Send:
    def send(method: str, url: str, headers: Mapping[str, str], content: bytes) -> Response:
        sending: Any = client.request(method, url, headers=headers, content=content)
        answer: Response = runner.run(sending)
        return answer

    return send


# --- the official SDK ----------------------------------------------------------------------------------------------


def read(answer: Any) -> Any:
    """Have a streamed answer read, or what has to be settled for it."""
    return answer.aread() if isinstance(answer.stream, _ASYNC) else answer.read()


_ASYNC = (httpx2.AsyncByteStream, httpx.AsyncByteStream)


def over_sdk(client: Any, settle: Callable[[Any], Any]) -> Front:
    def run(step: Call | Raw) -> Reply:
        assert isinstance(step, Call)
        *path, verb = step.operation.split(".")
        resource: Any = _method(client, ".".join(path)) if path else client
        try:
            answer = settle(getattr(resource.with_raw_response, verb)(**step.arguments))
        except openai.APIStatusError as error:
            return reply(error.response)
        if step.arguments.get("stream"):
            settle(read(answer.http_response))
        return reply(answer.http_response)

    return Front(run)


@contextmanager
def sdk_sync(sim: Emulator) -> Iterator[Front]:
    with sim.openai(max_retries=0) as client:
        yield over_sdk(client, lambda answer: answer)


@contextmanager
def sdk_async(sim: Emulator) -> Iterator[Front]:
    with asyncio.Runner() as runner:
        client = sim.async_openai(max_retries=0)
        yield over_sdk(client, runner.run)
        runner.run(client.close())


@contextmanager
def sdk_legacy_sync(sim: Emulator) -> Iterator[Front]:
    """The SDK on a client of the library that it used before."""
    legacy: Any = httpx.Client(transport=sim.httpx_transport())
    with openai.OpenAI(api_key="sk-test", base_url=BASE, max_retries=0, http_client=legacy) as client:
        yield over_sdk(client, lambda answer: answer)


@contextmanager
def sdk_legacy_async(sim: Emulator) -> Iterator[Front]:
    with asyncio.Runner() as runner:
        legacy: Any = httpx.AsyncClient(transport=sim.httpx_transport())
        client = openai.AsyncOpenAI(api_key="sk-test", base_url=BASE, max_retries=0, http_client=legacy)
        yield over_sdk(client, runner.run)
        runner.run(client.close())


HTTP_FRONTS = (httpx2_sync, httpx2_async, httpx_sync, httpx_async)
FRONTS = (direct, *HTTP_FRONTS, sdk_sync, sdk_async, sdk_legacy_sync, sdk_legacy_async)
