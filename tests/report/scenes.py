"""The scenes of report tests: an emulator with entries of every kind."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx2

from convsim import Emulator
from convsim.errors import APIStatusError
from convsim.faults import (
    BadGateway,
    BodyReset,
    ConnectionReset,
    DeleteItem,
    DNSFailure,
    Fault,
    Latency,
    RateLimited,
    ServerError,
    TruncatedJSON,
    WrongContentType,
)
from convsim.journal.frames import Sender
from tests.asking import CALL, HELLO, client

ODD = """<script>alert("1 & '2'")</script>"""


def asked(sim: Emulator, method: str, path: str, fault: Fault | None = None, *, after: bool | None = None) -> None:
    """One request over HTTP, perhaps with a fault; a POST brings an item."""
    body: dict[str, Any] = {"json": {"items": [HELLO]}} if method == "POST" else {}
    with client(sim) as http, contextlib.suppress(httpx2.TransportError):
        if fault is None:
            http.request(method, path, **body)
        else:
            with sim.faults.add(fault, after_commit=after):
                http.request(method, path, **body)


def eventful() -> Emulator:
    """Direct calls and a seed, refusals, kinds of faults, lost answers, unknown routes, odd characters, sessions."""
    sim = Emulator(ids="sequential")
    sim.seed("conv_a", items=[HELLO | {"id": "msg_a"}, CALL | {"id": "fc_a"}], metadata={"topic": ODD})
    sim.seed("conv_b", items=[{"role": "assistant", "content": f"{ODD}; #1 %% a:b\nnext"}])
    sim.conversations.items.list("conv_a", limit=1)
    with contextlib.suppress(APIStatusError):
        sim.conversations.retrieve(ODD)
    asked(sim, "POST", "/conversations/conv_a/items")
    asked(sim, "POST", "/conversations/conv_a/items", RateLimited(retry_after=0.5))
    asked(sim, "POST", "/conversations/conv_a/items", ConnectionReset(), after=True)
    asked(sim, "POST", "/conversations", ServerError(), after=True)
    asked(sim, "GET", "/conversations/conv_a", DNSFailure())
    asked(sim, "GET", "/conversations/conv_a", BadGateway())
    asked(sim, "GET", "/conversations/conv_a/items?limit=2", TruncatedJSON())
    asked(sim, "GET", "/conversations/conv_a/items", BodyReset(after_bytes=5))
    asked(sim, "GET", "/conversations/conv_a/items", WrongContentType())
    asked(sim, "GET", "/conversations/conv_a/items", DeleteItem("fc_a"))
    asked(sim, "GET", "/nowhere/at;all?a=<b>&c='d'")
    asked(sim, "PUT", "/conversations/conv_a")
    with client(sim, "") as http:
        http.get("/conversations/conv_a", headers={"Authorization": ""})
    asked(sim, "DELETE", "/conversations/conv_a/items/msg_a")
    session(sim)
    return sim


def session(sim: Emulator) -> None:
    """Events of two Realtime sessions, and their ends: a fault, errors, what is no event, odd characters."""

    def noted(session: str, sender: Sender, text: Any, *faults: Fault, arrived: bool = True) -> None:
        told = json.dumps(text) if isinstance(text, dict) else text
        sim.journal.frame(sim.clock.now(), "proj_default", session, sender, told, faults, arrived=arrived)

    added = {"type": "conversation.item.added", "previous_item_id": None, "item": {"id": ODD}}
    noted("sess_1", "client", {"type": "conversation.item.create", "previous_item_id": "root", "item": {"id": ODD}})
    noted("sess_2", "client", {"type": "conversation.item.create", "item": HELLO})
    noted("sess_1", "server", added, Latency(2))
    noted("sess_1", "server", {**added, "type": "conversation.item.done"}, ConnectionReset(), arrived=False)
    noted("sess_2", "client", {"type": "response.create"}, ConnectionReset(), arrived=False)
    noted("sess_2", "server", {"type": "error", "error": {"type": "invalid_request_error", "message": ODD}})
    noted("sess_2", "server", {"type": "error", "error": {"code": "\x1b[2J"}})
    noted("sess_2", "server", {"type": "response.output_text.delta", "item_id": "item_1", "delta": f"{ODD}\n" * 9})
    noted("sess_2", "client", "[1, 2]")
    noted("sess_2", "client", f"no JSON\n{ODD}")
    noted("sess_2", "client", ODD.encode())
    noted("sess_2", "client", b"\xff")
    noted("sess_1", "server", (1001, ODD))
    noted("sess_2", "client", (1000, ""))
