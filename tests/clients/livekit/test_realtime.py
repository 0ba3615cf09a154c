"""livekit-agents' realtime model, whose WebSocket is aiohttp's: it connects, inserts and truncates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
from livekit.agents import llm
from livekit.plugins.openai import realtime

from convsim import Emulator
from convsim.realtime import Speech


async def until(happened: Callable[[], bool]) -> None:
    for _ in range(1000):
        if happened():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it does not happen")


def test_a_session_connects_inserts_and_truncates() -> None:
    async def talk() -> None:
        async with aiohttp.ClientSession() as http:
            session = realtime.RealtimeModel(api_key="sk-x", http_session=http).session()
            context = llm.ChatContext.empty()
            context.add_message(role="user", content="hello")
            await session.update_chat_ctx(context)
            own = sim.realtime.connections[0].session
            assert [item["content"] for item in own.items] == [[{"type": "input_text", "text": "hello"}]]
            own.add(Speech(bytes(144_000), "three seconds"))
            await until(lambda: len(own.order) == 2)
            session.truncate(message_id=own.order[1], modalities=["audio"], audio_end_ms=500)
            await until(lambda: "conversation.item.truncated" in str(list(sim.journal)[-1]))
            await session.aclose()

    with Emulator().patch() as sim:
        asyncio.run(asyncio.wait_for(talk(), 30))
    assert sim.refused == ()
