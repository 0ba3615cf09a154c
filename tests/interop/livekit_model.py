"""livekit's Realtime model, whose WebSocket is aiohttp's: OPENAI_BASE_URL and OPENAI_API_KEY say where."""

from __future__ import annotations

import asyncio
import os

import aiohttp
from livekit.agents import llm
from livekit.plugins.openai import realtime


async def talk() -> None:
    async with aiohttp.ClientSession() as http:
        model = realtime.RealtimeModel(base_url=os.environ["OPENAI_BASE_URL"], http_session=http)
        session = model.session()
        context = llm.ChatContext.empty()
        context.add_message(role="user", content="hello")
        await session.update_chat_ctx(context)  # waits for the server's acknowledgement
        assert [item.text_content for item in session.chat_ctx.items if item.type == "message"] == ["hello"]
        await session.aclose()


asyncio.run(asyncio.wait_for(talk(), 30))
print("a Realtime session with a message")
