"""From paths to routes, and what is not imported on the way."""

from __future__ import annotations

import subprocess
import sys

import pytest

from convsim.operations.matching import match
from convsim.operations.routes import ROUTES

MATCHES = [
    ("/conversations", ["POST"], {}),
    ("/conversations/conv_1", ["GET", "POST", "DELETE"], {"conversation_id": "conv_1"}),
    ("/conversations/conv_1/items", ["POST", "GET"], {"conversation_id": "conv_1"}),
    ("/conversations/conv_1/items/msg_1", ["GET", "DELETE"], {"conversation_id": "conv_1", "item_id": "msg_1"}),
    ("/conversations/conv%5F1", ["GET", "POST", "DELETE"], {"conversation_id": "conv_1"}),
    ("/conversations/c%2Fv/items/%C3%A9%20", ["GET", "DELETE"], {"conversation_id": "c/v", "item_id": "é "}),
    ("/conversations/%FF", ["GET", "POST", "DELETE"], {"conversation_id": "\ufffd"}),
    ("/conversations/a+b", ["GET", "POST", "DELETE"], {"conversation_id": "a+b"}),
    ("/conversations/items/items", ["POST", "GET"], {"conversation_id": "items"}),
]


@pytest.mark.parametrize(("path", "methods", "ids"), MATCHES, ids=[path for path, _, _ in MATCHES])
def test_a_path_gives_its_methods_and_ids(path: str, methods: list[str], ids: dict[str, str]) -> None:
    matched = match(path)

    assert matched is not None
    assert (list(matched[0]), matched[1]) == (methods, ids)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/conversations/",
        "conversations",
        "/Conversations",
        "/conversations//items",
        "/conversations/conv_1/",
        "/conversations/conv_1/messages",
        "/conversations/conv_1/items/",
        "/conversations/conv_1/items/msg_1/x",
        "/v1/conversations",
        "/answers",
        "/conversations%2Fconv_1",
    ],
)
def test_any_other_path_matches_nothing(path: str) -> None:
    assert match(path) is None


def test_every_operation_is_found_at_its_path() -> None:
    for route in ROUTES:
        matched = match(route.path)
        assert matched is not None
        assert matched[0][route.method] is route


def test_a_first_conversation_imports_no_turns_no_faults_and_no_anyio() -> None:
    code = """
import asyncio, sys
from convsim import Emulator

async def receive():
    return {"type": "http.request", "body": b"{}"}

async def send(message):
    assert message.get("status", 200) == 200

headers = [(b"authorization", b"Bearer sk-any"), (b"content-type", b"application/json")]
scope = {"type": "http", "method": "POST", "path": "/v1/conversations", "headers": headers}
asyncio.run(Emulator().asgi()(scope, receive, send))
late = ["convsim.faults", "convsim.responses", "convsim.realtime", "convsim.server.control"]
print(*(name for name in [*late, "anyio", "httpx2", "websockets"] if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
