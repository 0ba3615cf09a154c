"""One project's responses without a service around them, and turns that are played in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.ids import LiveIds, SequentialIds
from convsim.errors import UsageError
from convsim.items.catalogue import CATALOGUE, read_item
from convsim.items.stored import stored
from convsim.responses.readers import Reader
from convsim.responses.record import Record
from convsim.responses.run import Responses, Run
from convsim.responses.scripts import Script, Scripts, script
from convsim.responses.turn import Turn
from convsim.store.store import Conversation, Store

Json = dict[str, Any]

NOW = 1741900000


def home(*scripts: Script, ids: str = "sequential", window: int | None = None, **behavior: Any) -> Responses:
    """An empty project with these scripts queued; ``behavior`` are fields of Behavior."""
    return Responses(
        store=Store(),
        ids=SequentialIds() if ids == "sequential" else LiveIds(0),
        clock=Clock(),
        behavior=Behavior(**behavior),
        scripts=Scripts(scripts),
        context_window=window,
    )


def conversation_in(responses: Responses, *said: str) -> Conversation:
    """A new conversation in which the user has said this."""
    conversation_id = responses.ids.conversation(NOW)
    conversation = Conversation(conversation_id, NOW, {})
    responses.store.add(conversation)
    for text in said:
        message = read_item({"role": "user", "content": text}, Behavior())
        item_id = responses.ids.item(conversation_id, "msg", NOW)
        responses.store.add(conversation, stored(message.document(item_id), CATALOGUE["message"].reveals))
    return conversation


def begun(
    responses: Responses,
    text: str | list[Json] = "Hi",
    *,
    conversation: Conversation | None = None,
    previous: Record | None = None,
    **request: Any,
) -> Run:
    """A turn that has been played: the user says ``text``, or the input is those items."""
    given = [{"role": "user", "content": text}] if isinstance(text, str) else text
    run = Run(
        responses,
        {"model": "gpt-4.1", "input": text} | request,
        [read_item(item, Behavior()) for item in given],
        conversation=conversation,
        previous=previous,
    )
    run.play(nullcontext())
    return run


def answer(responses: Responses, text: str | list[Json] = "Hi", **options: Any) -> Json:
    """The body of a turn."""
    body: Json = json.loads(begun(responses, text, **options).answer().data)
    return body


def told(run: Run) -> list[Json]:
    """The events of a stream to its end, or to where it waits."""
    reader = Reader(run)
    events = []
    while not isinstance(chunk := reader.next(0), float | None):
        event = json.loads(chunk.data.decode().split("\ndata: ")[1])
        assert chunk.data.startswith(f"event: {chunk.event}\ndata: ".encode())
        assert chunk.data.endswith(b"\n\n")
        assert event["type"] == chunk.event
        events.append(event)
    return events


def streamed(responses: Responses, text: str | list[Json] = "Hi", **options: Any) -> list[Json]:
    """The events of a turn."""
    return told(begun(responses, text, stream=True, **options))


def says(*replies: object, **options: Any) -> Responses:
    """A project with one script queued, for as many turns as there are."""
    return home(script(*replies, **{"times": "always"} | options))


def watching(seen: list[Turn], reply: str = "x") -> Callable[[Turn], str]:
    """A script's function that notes its turns and their histories."""

    def note(turn: Turn) -> str:
        seen.append(turn)
        assert turn.history[len(turn.history) - len(turn.input) :] == tuple(turn.input)
        return reply

    return note


def sentence(error: UsageError) -> str:
    """The whole sentence of a refusal, but for the words of pydantic at the end of some."""
    return re.sub("(?<=JSON cannot carry it): .+", "", str(error))


def items_of(conversation: Conversation) -> list[Json]:
    return [json.loads(item.full or item.wire) for item in conversation.items()]
