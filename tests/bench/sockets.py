"""A canned Realtime server on a socket pair: the least that a client of the SDK has to wait for."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from time import perf_counter
from typing import Any

import openai
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from convsim import Emulator

ITEM: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello, how are you?"}]}
EVENT = "event_BAk3EZxQmGhT0c1Fv9sLd"
PLACED = {"event_id": EVENT, "previous_item_id": None, "item": {"id": "item_BAk3EZxQmGhT0c1Fv9sLd", **ITEM}}
ANSWERS = [json.dumps({"type": f"conversation.item.{kind}", **PLACED}).encode() for kind in ("added", "done")]
GREETING = json.dumps({"type": "session.created", "event_id": EVENT, "session": {}}).encode()


def canned_server() -> socket.socket:
    """The client's end; the other one answers each message with the same two."""
    client, server = socket.socketpair()
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    return client


def _serve(end: socket.socket) -> None:
    protocol = ServerProtocol(max_size=None)
    with end:
        while protocol.state is not State.CLOSED:
            data = end.recv(65_536)
            if data:
                protocol.receive_data(data)
            else:
                protocol.receive_eof()
            for event in protocol.events_received():
                if isinstance(event, Request):
                    protocol.send_response(protocol.accept(event))
                    protocol.send_text(GREETING)
                elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                    for answer in ANSWERS:
                        protocol.send_text(answer)
            for data in protocol.data_to_send():
                if data:
                    end.sendall(data)
                else:
                    end.shutdown(socket.SHUT_WR)


async def creates(calls: int) -> tuple[list[float], list[float]]:
    """The times of a create with its two acknowledgements, of the emulator and of the canned server, in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    options: Any = {"sock": canned_server(), "unix": True}
    with Emulator().patch():
        async with (
            openai.AsyncOpenAI(api_key="sk-bench", websocket_base_url="ws://api.openai.com/v1") as client,
            client.realtime.connect(model="gpt-realtime") as ours,
            client.realtime.connect(model="gpt-realtime", websocket_connection_options=options) as canned,
        ):
            for connection in (ours, canned):
                await connection.recv()
            for call in range(-20, calls):
                for taken, connection in zip(times, (ours, canned), strict=True):
                    begin = perf_counter()
                    await connection.conversation.item.create(item=ITEM)
                    await connection.recv()
                    await connection.recv()
                    if call >= 0:
                        taken.append(perf_counter() - begin)
    return times


def create_times(calls: int) -> tuple[list[float], list[float]]:
    return asyncio.run(creates(calls))
