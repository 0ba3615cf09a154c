"""Instrumentation of the libraries runs once for each request, as live, whenever it began."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import httpx2
import pytest
from openai import OpenAI
from opentelemetry.instrumentation.httpx import HTTPX2ClientInstrumentor, HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from convsim import Emulator, RefusedHostError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.http.urls import BaseUrls

URL = "https://api.openai.com/v1/conversations"
HEADERS = {"Authorization": "Bearer sk-x"}
INSTRUMENTORS: dict[Any, Any] = {httpx: HTTPXClientInstrumentor, httpx2: HTTPX2ClientInstrumentor}
LIBRARIES = pytest.mark.parametrize("library", INSTRUMENTORS)


@pytest.fixture
def provider() -> tuple[TracerProvider, InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


@pytest.fixture
def instrumented(library: Any, provider: Any) -> Iterator[InMemorySpanExporter]:
    instrumentor = INSTRUMENTORS[library]()
    instrumentor.instrument(tracer_provider=provider[0])
    yield provider[1]
    instrumentor.uninstrument()


def post(library: Any) -> Any:
    return library.post(URL, headers=HEADERS)


async def post_async(library: Any) -> Any:
    async with library.AsyncClient(headers=HEADERS) as client:
        return await client.post(URL)


@LIBRARIES
def test_one_request_gives_one_span(library: Any, instrumented: InMemorySpanExporter) -> None:
    with Emulator().patch() as sim:
        assert post(library).status_code == 200
        assert asyncio.run(post_async(library)).status_code == 200
        assert len(sim.state) == 2
        with pytest.raises(RefusedHostError, match="On its way the request passed opentelemetry, which"):
            library.get("https://other.test/")
    assert [dict(span.attributes or {})["http.status_code"] for span in instrumented.get_finished_spans()[:2]] == [
        200,
        200,
    ]
    assert len(instrumented.get_finished_spans()) == 3


@LIBRARIES
def test_also_between_a_guard_and_an_emulator(library: Any, provider: Any) -> None:
    kept: list[Any] = []
    with ExitStack() as stack:
        stack.enter_context(patched_in(Patch(BaseUrls(), None, None, kept.append)))
        instrumentor = INSTRUMENTORS[library]()
        instrumentor.instrument(tracer_provider=provider[0])
        with Emulator().patch() as sim:
            assert post(library).status_code == 200
        with pytest.raises(RefusedHostError, match="convsim_guard is on"):
            post(library)
        instrumentor.uninstrument()
    assert (len(sim.state), len(kept), len(provider[1].get_finished_spans())) == (1, 1, 2)


@LIBRARIES
def test_a_client_that_was_instrumented_before(library: Any, provider: Any) -> None:
    client = library.Client(headers=HEADERS)
    own = library.AsyncClient(headers=HEADERS)
    for each in (client, own):
        INSTRUMENTORS[library].instrument_client(each, tracer_provider=provider[0])

    async def ask() -> int:
        return int((await own.post(URL)).status_code)

    with Emulator().patch() as sim:
        assert (client.post(URL).status_code, asyncio.run(ask()), len(sim.state)) == (200, 200, 2)
    assert len(provider[1].get_finished_spans()) == 2


@pytest.mark.parametrize("library", [httpx2])
def test_the_sdk_s_request_gives_one_span(library: Any, instrumented: InMemorySpanExporter) -> None:
    with Emulator().patch(), OpenAI(api_key="sk-x") as client:
        client.conversations.create()
    assert len(instrumented.get_finished_spans()) == 1


@LIBRARIES
def test_a_wrapper_of_the_user_s_own_that_says_what_it_wraps(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    original = library.HTTPTransport.handle_request

    @functools.wraps(original)
    def traced(transport: Any, request: Any) -> Any:
        seen.append(request.method)
        return original(transport, request)

    monkeypatch.setattr(library.HTTPTransport, "handle_request", traced)
    with Emulator().patch() as sim:
        assert post(library).status_code == 200
    assert (seen, len(sim.state)) == (["POST"], 1)
