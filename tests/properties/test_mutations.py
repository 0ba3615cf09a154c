"""Every item spoilt by one member is refused at that member, in the live envelope, and nothing is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim import Emulator
from convsim.http.messages import Request, Response
from convsim.items.schemas import json_schema
from convsim.strategies.spoilt import MODELS, Json, full, mutations
from tests.asking import handle, whole

GOOD = {"role": "user", "content": "good"}
# A message without a role that exists is no message: a fault of the item (recorded).
ROLES = {("message", f"{mutation} .role"): ("", "invalid_value") for mutation in ("without", "other value of")}


class Service:
    """One conversation over HTTP, as its adapters ask: a client takes longer than the answers."""

    def __init__(self) -> None:
        self.sim = Emulator()
        self.sim.seed("conv_1")

    def post(self, *items: Json) -> tuple[int, Any]:
        path = "/conversations/conv_1/items"
        headers = [(b"authorization", b"Bearer sk-test"), (b"content-type", b"application/json")]
        body = json.dumps({"items": items}).encode()
        answer = handle(self.sim, Request("POST", path, f"/v1{path}", "", headers, body))
        assert isinstance(answer, Response)
        return answer.status, json.loads(whole(answer))

    def stored(self) -> int:
        return len(self.sim.state["conv_1"].items)


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_the_full_items_are_taken(name: str, model: Any) -> None:
    service = Service()
    for item in full(name, model):
        status, body = service.post(item)
        assert status == 200, (body, item)


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_an_item_spoilt_by_one_member_is_refused_there(name: str, model: Any) -> None:
    service = Service()
    seen = set()
    for item in full(name, model):
        for mutation in mutations(item, json_schema(model)):
            if (mutation.name, mutation.path) in seen:
                continue
            seen.add((mutation.name, mutation.path))
            status, body = service.post(GOOD, mutation.item)
            assert status == 400, (mutation.name, status, body)
            assert list(body["error"]) == ["message", "type", "param", "code"]
            expected = ROLES.get((name, mutation.name), (mutation.path, mutation.code))
            answer = (body["error"]["param"].removeprefix("items[1]"), body["error"]["code"])
            assert answer == expected, (mutation.name, body["error"]["message"])
    assert seen
    assert service.stored() == 0
