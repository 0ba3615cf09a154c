"""``convsim demo``: a demonstration for people who consider the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from convsim.adapters.clients import api_status_error
from convsim.emulator import Emulator
from convsim.responses.vocabulary import Call

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

_INTRO = """\
convsim: the official SDK against an emulator in this process. No key, no network; every run prints the same.
"""


def demo() -> str:
    """Return the demonstration as text; raise :class:`~convsim.errors.ConvsimError` if the SDK is not installed."""
    sim = Emulator()
    story = _Story()
    conversation_id = _talk(sim.openai(max_retries=0), story)
    asyncio.run(_page(sim.async_openai(max_retries=0), conversation_id, story))
    _take_turns(sim, conversation_id, story)
    _stumble(sim.openai(max_retries=0), conversation_id, story)
    story.heading("The conversation, as a test can print it")
    story.lines.append(sim.transcript(conversation_id))
    return "\n".join([_INTRO, *story.lines])


class _Story:
    """The lines of the demonstration so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def heading(self, words: str) -> None:
        self.lines += ["", words, "-" * len(words)] if self.lines else [words, "-" * len(words)]

    def request(self, response: Any) -> None:
        """Add a call by its status, method and path."""
        request = response.request
        self.lines.append(f"{response.status_code}  {request.method:<6} {request.url.raw_path.decode()}")

    def exchange(self, raw: Any) -> Any:
        """Add a raw response of the SDK, and return its parsed body."""
        self.request(raw.http_response)
        return raw.parse()


def _talk(client: OpenAI, story: _Story) -> str:
    story.heading("Synchronous: create a conversation, add to it")
    create = client.conversations.with_raw_response.create
    conversation = story.exchange(create(metadata={"topic": "demo"}))
    add = client.conversations.items.with_raw_response.create
    story.exchange(
        add(
            conversation.id,
            items=[
                {"type": "message", "role": "developer", "content": "Answer in one sentence."},
                {"type": "message", "role": "user", "content": "What is in the box?"},
                {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"into": "box"}'},
                {"type": "function_call_output", "call_id": "call_1", "output": "A cat."},
                {"type": "message", "role": "assistant", "content": "There is a cat in the box."},
            ],
        )
    )
    return str(conversation.id)


async def _page(client: AsyncOpenAI, conversation_id: str, story: _Story) -> None:
    story.heading("Asynchronous: two pages of items, oldest first")
    list_items = client.conversations.items.with_raw_response.list
    first = story.exchange(await list_items(conversation_id, order="asc", limit=3))
    _tell_page(first, story)
    second = story.exchange(await list_items(conversation_id, order="asc", limit=3, after=first.last_id))
    _tell_page(second, story)
    await client.close()


def _tell_page(page: Any, story: _Story) -> None:
    story.lines += [f"       {item.id}  {item.type}" for item in page.data]
    story.lines.append(f"       has_more {str(page.has_more).lower()}")


def _take_turns(sim: Emulator, conversation_id: str, story: _Story) -> None:
    story.heading("A turn with a tool call, streamed: the test says what the model says")
    sim.responses.script(Call("look", {"into": "bag"}))
    sim.responses.script("There is a dog in the bag.")
    client = sim.openai(max_retries=0)
    tool: Any = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}
    said: Any = "And in the bag?"
    for _ in range(2):
        create = client.responses.with_raw_response.create
        raw: Any = create(model="gpt-5.5", input=said, conversation=conversation_id, tools=[tool], stream=True)
        (item,) = _tell_events(story.exchange(raw), story).output
        said = [{"type": "function_call_output", "call_id": getattr(item, "call_id", None), "output": "A dog."}]


def _tell_events(stream: Any, story: _Story) -> Any:
    """Add the events, deltas of one text on one line, and return the response."""
    told: list[str] = []
    for event in stream:
        if event.type.endswith(".delta"):
            if told and told[-1].startswith(event.type):
                told[-1] += f" {event.delta!r}"
            else:
                told.append(f"{event.type}  {event.delta!r}")
        else:
            told.append(event.type)
    story.lines += [f"       {line}" for line in told]
    return event.response


def _stumble(client: OpenAI, conversation_id: str, story: _Story) -> None:
    story.heading("A request that the live API refuses: what the assistant says is output_text")
    items: Any = [{"role": "assistant", "content": [{"type": "input_text", "text": "Hello!"}]}]
    try:
        client.conversations.items.create(conversation_id, items=items)
    except api_status_error() as error:
        refused = error.response
    story.request(refused)
    story.lines += ["       " + line for line in refused.text.splitlines()]
