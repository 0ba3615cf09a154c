"""What the tests of pictures look at: an emulator to which everything has happened."""

from __future__ import annotations

import contextlib
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
    RateLimited,
    ServerError,
    TruncatedJSON,
    WrongContentType,
)
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
    """Direct calls and a seed, refusals, every kind of fault, lost answers, unknown routes, odd characters."""
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
    return sim
