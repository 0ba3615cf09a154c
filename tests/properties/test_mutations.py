"""Every item spoilt by one member is refused at that member, in the live envelope, and nothing is stored."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from convsim import Emulator
from convsim.items.schemas import json_schema
from convsim.strategies.spoilt import MODELS, Json, full, mutations

GOOD = {"role": "user", "content": "good"}
# A message without a role that exists is no message: a fault of the item (recorded).
ROLES = {("message", f"{mutation} .role"): ("", "invalid_value") for mutation in ("without", "other value of")}


class Service:
    """One conversation over HTTP."""

    def __init__(self) -> None:
        self.client = httpx2.Client(
            transport=Emulator().httpx2_transport(), base_url="https://api.openai.com/v1", headers={"api-key": "x"}
        )
        self.items = f"/conversations/{self.client.post('/conversations').json()['id']}/items"

    def post(self, *items: Json) -> tuple[int, Any]:
        answer = self.client.post(self.items, json={"items": items})
        return answer.status_code, answer.json()

    def stored(self) -> int:
        return len(self.client.get(self.items).json()["data"])


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
