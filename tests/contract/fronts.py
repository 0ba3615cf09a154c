"""Every way into the emulator, made to look alike: a step goes in, a status and a JSON body come out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
import openai

from convsim import APIStatusError, Behavior, Emulator
from convsim.contract.asking import Reply, reply, request
from convsim.contract.scenario import Call, Finish, Prompt, Raw, Script
from convsim.direct.client import EventStream

BASE = "https://api.openai.com/v1"

# For all scenarios over asynchronous clients: a loop each would take as long as their requests.
runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)


def awaited(awaitable: Awaitable[Any]) -> Any:
    """Return its result. The runner's own ``run`` would set and restore a handler of signals for each request."""
    return runner.get_loop().run_until_complete(awaitable)


Response = httpx.Response | httpx2.Response
Send = Callable[[str, str, Mapping[str, str], bytes], Response]


def emulator(options: Mapping[str, Any]) -> Emulator:
    """The emulator that a scenario asks for. Azure AI Foundry has no host of its own that every project shares."""
    claimed = {"base_urls": [BASE]} if options.get("service") == "foundry" else {}
    return Emulator(**{**options, **claimed, "behavior": Behavior(**options.get("behavior", {}))})


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


def heard(answer: Response) -> Reply:
    """The answer as it was heard."""
    return reply(answer.status_code, answer.headers, answer.content)


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
        method, path, headers, body = request(step)
        return heard(send(method, BASE + path, headers, body))

    return Front(run)


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
    client = httpx2.AsyncClient(transport=sim.httpx2_transport())
    yield over_http(asynchronously(client))
    awaited(client.aclose())


@contextmanager
def httpx_async(sim: Emulator) -> Iterator[Front]:
    client = httpx.AsyncClient(transport=sim.httpx_transport())
    yield over_http(asynchronously(client))
    awaited(client.aclose())


def synchronously(client: httpx.Client | httpx2.Client) -> Send:
    def send(method: str, url: str, headers: Mapping[str, str], content: bytes) -> Response:
        return client.request(method, url, headers=headers, content=content)

    return send


def asynchronously(client: httpx.AsyncClient | httpx2.AsyncClient) -> Send:
    def send(method: str, url: str, headers: Mapping[str, str], content: bytes) -> Response:
        answer: Response = awaited(client.request(method, url, headers=headers, content=content))
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
            return heard(error.response)
        if step.arguments.get("stream"):
            settle(read(answer.http_response))
        return heard(answer.http_response)

    return Front(run)


@contextmanager
def sdk_sync(sim: Emulator) -> Iterator[Front]:
    with sim.openai(max_retries=0) as client:
        yield over_sdk(client, lambda answer: answer)


@contextmanager
def sdk_async(sim: Emulator) -> Iterator[Front]:
    client = sim.async_openai(max_retries=0)
    yield over_sdk(client, awaited)
    awaited(client.close())


@contextmanager
def sdk_legacy_sync(sim: Emulator) -> Iterator[Front]:
    """The SDK on a client of the library that it used before."""
    legacy: Any = httpx.Client(transport=sim.httpx_transport())
    with openai.OpenAI(api_key="sk-test", base_url=BASE, max_retries=0, http_client=legacy) as client:
        yield over_sdk(client, lambda answer: answer)


@contextmanager
def sdk_legacy_async(sim: Emulator) -> Iterator[Front]:
    legacy: Any = httpx.AsyncClient(transport=sim.httpx_transport())
    client = openai.AsyncOpenAI(api_key="sk-test", base_url=BASE, max_retries=0, http_client=legacy)
    yield over_sdk(client, awaited)
    awaited(client.close())


HTTP_FRONTS = (httpx2_sync, httpx2_async, httpx_sync, httpx_async)
FRONTS = (direct, *HTTP_FRONTS, sdk_sync, sdk_async, sdk_legacy_sync, sdk_legacy_async)
