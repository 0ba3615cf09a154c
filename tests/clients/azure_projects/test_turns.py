"""azure-ai-projects: the SDK's client of a project, with an agent in the body and in the URL, and its spans."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from azure.ai.projects import AIProjectClient
from azure.ai.projects.aio import AIProjectClient as AsyncAIProjectClient
from azure.ai.projects.telemetry import AIProjectInstrumentor
from azure.core.settings import settings
from azure.identity import AzureCliCredential, DefaultAzureCredential, get_bearer_token_provider
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from convsim import Emulator, RefusedHostError
from convsim.journal.entries import Exchange
from tests.clients import foundry
from tests.clients.foundry import PROJECT, REFERENCE
from tests.clients.weather import ANSWERS, ITEMS, TOOL, bodies, script, talk, talk_async

OPTIONS = foundry.OPTIONS
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
BELOW = "/api/projects/demo"


def project(**options: Any) -> Any:
    return AIProjectClient(endpoint=PROJECT, credential=DefaultAzureCredential(), **options)


def urls(sim: Emulator) -> set[tuple[str, str]]:
    """The paths and queries of the turns."""
    turns = sim.journal.select(operation="responses.create")
    return {(entry.request.full_path, entry.request.query) for entry in turns if isinstance(entry, Exchange)}


@STREAMED
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool) -> None:
    script(sim)
    client = project().get_openai_client()
    conversation = client.conversations.create(metadata={"topic": "weather"})
    assert talk(client, conversation.id, streamed=streamed, extra_body=REFERENCE) == ANSWERS
    sim.assert_items(conversation.id, ITEMS)
    assert urls(sim) == {(f"{BELOW}/openai/v1/responses", "")}
    assert not [name for body in bodies(sim) for name in ("model", "tools", "instructions") if name in body]


@STREAMED
def test_three_turns_with_a_tool_asynchronously(sim: Emulator, streamed: bool) -> None:
    async def main() -> tuple[str, list[str]]:
        async with AsyncAIProjectClient(endpoint=PROJECT, credential=AsyncDefaultAzureCredential()) as own:
            client = own.get_openai_client()
            conversation = await client.conversations.create()
            return conversation.id, await talk_async(client, conversation.id, streamed=streamed, extra_body=REFERENCE)

    script(sim)
    conversation, answers = asyncio.run(main())
    assert answers == ANSWERS
    sim.assert_items(conversation, ITEMS)


@STREAMED
def test_an_agent_in_the_url_is_the_one_of_the_turn(sim: Emulator, streamed: bool) -> None:
    script(sim)
    client = project(allow_preview=True).get_openai_client(agent_name="support")
    conversation = client.conversations.create()
    assert talk(client, conversation.id, streamed=streamed) == ANSWERS
    sim.assert_items(conversation.id, ITEMS)
    assert urls(sim) == {(f"{BELOW}/agents/support/endpoint/protocols/openai/responses", "api-version=v1")}


def test_without_an_agent_a_turn_names_its_model(sim: Emulator) -> None:
    script(sim)
    client = project().get_openai_client()
    conversation = client.conversations.create()
    assert talk(client, conversation.id, streamed=False, model="gpt-5.5", tools=[TOOL]) == ANSWERS
    sim.assert_items(conversation.id, ITEMS)


def test_the_answer_names_the_agent_and_its_version(sim: Emulator) -> None:
    sim.responses.script(lambda turn: f"{turn.agent.name} {turn.agent.version}")
    client = project().get_openai_client()
    conversation = client.conversations.create(items=[{"type": "message", "role": "user", "content": "Hi"}])
    response = client.responses.create(conversation=conversation.id, extra_body=REFERENCE)
    assert (response.output_text, response.model) == ("support 3", "gpt-5.5")
    assert response.agent_reference == REFERENCE["agent_reference"] | {"version": "3"}
    items = list(client.conversations.items.list(conversation.id, order="asc"))
    assert [hasattr(item, "created_by") for item in items] == [False, True]
    assert items[1].created_by["agent"] == {"type": "agent_id", "name": "support", "version": "3"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"agent": REFERENCE["agent_reference"]}, "The 'agent' property is deprecated. Use 'agent_reference' instead."),
        (REFERENCE | {"tools": [TOOL]}, "Not allowed when agent is specified."),
        (REFERENCE | {"instructions": "Be long."}, "Not allowed when agent is specified."),
    ],
)
def test_what_the_service_has_come_to_refuse_is_refused(sim: Emulator, body: Any, sentence: str) -> None:
    client = project().get_openai_client()
    conversation = client.conversations.create()
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(conversation=conversation.id, input="Hi", extra_body=body)
    assert caught.value.body["message"] == sentence  # type: ignore[index]
    assert caught.value.code == "invalid_payload"
    sim.assert_items(conversation.id, [])


def test_the_credentials_ask_nobody_and_give_the_emulator_s_key() -> None:
    early = DefaultAzureCredential()
    options = OPTIONS | {"api_keys": ["sk-a"], "base_urls": [*OPTIONS["base_urls"], "https://res.openai.azure.com"]}
    with Emulator(**options).patch() as sim:
        for credential in (early, DefaultAzureCredential(), AzureCliCredential()):
            AIProjectClient(endpoint=PROJECT, credential=credential).get_openai_client().conversations.create()
        provider = get_bearer_token_provider(early, "https://cognitiveservices.azure.com/.default")
        client = openai.AzureOpenAI(
            azure_endpoint="https://res.openai.azure.com", api_version="preview", azure_ad_token_provider=provider
        )
        client.conversations.create()
    assert len(sim.state) == 4


def test_the_management_of_agents_is_refused_by_name() -> None:
    with (
        Emulator(**OPTIONS).patch() as sim,
        pytest.raises(RefusedHostError, match=r"^azure \(through requests, urllib3\)"),
    ):
        project().agents.get("support")
    assert len(sim.refused) == 1


# --- its instrumentor ------------------------------------------------------------------------------------------------


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    monkeypatch.setenv("AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING", "true")
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    settings.tracing_implementation = "opentelemetry"
    AIProjectInstrumentor().instrument(enable_content_recording=True)
    yield exporter
    AIProjectInstrumentor().uninstrument()
    processor.shutdown()


@STREAMED
def test_its_instrumentor_sees_one_span_a_call(sim: Emulator, spans: InMemorySpanExporter, streamed: bool) -> None:
    script(sim)
    client = project().get_openai_client()
    conversation = client.conversations.create()
    spans.clear()
    assert talk(client, conversation.id, streamed=streamed, extra_body=REFERENCE) == ANSWERS
    told = [(span.name, dict(span.attributes or {})) for span in spans.get_finished_spans()]
    assert [name for name, _ in told] == ["invoke_agent support"] * 4
    assert {attributes["gen_ai.conversation.id"] for _, attributes in told} == {conversation.id}
    assert all(attributes["gen_ai.usage.output_tokens"] for _, attributes in told)
