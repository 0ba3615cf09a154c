"""A lenient server: what generated suites send to ``/responses`` is accepted, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from convsim import Emulator
from convsim.server.lenient import LenientApp
from tests.asking import app
from tests.server.asking import KEY

MEANINGLESS: Any = {
    "conversation": "string",
    "previous_response_id": "previous_response_id",
    "prompt": {"id": "id"},
    "max_output_tokens": 1,
    "max_tool_calls": 0,
    "reasoning": {"generate_summary": "auto", "effort": "none"},
    "tools": [{"type": "function", "name": "name", "parameters": {"foo": "bar"}, "strict": True}],
    "model": "gpt-4.1",
    "input": "echoed",
}


@pytest.fixture
def http() -> TestClient:
    return TestClient(Emulator(unknown_ids="create", unscripted="echo").asgi(), headers=KEY)


def strict() -> TestClient:
    return TestClient(Emulator(unscripted="echo").asgi(), headers=KEY)


def test_a_turn_of_no_members_and_of_all(http: TestClient) -> None:
    assert http.post("/responses", json={}).json()["status"] == "completed"
    whole = http.post("/responses", json=MEANINGLESS)
    assert whole.json()["conversation"] == {"id": "conv_string"}
    assert "echoed" in whole.text
    assert http.get("/conversations/conv_string/items").json()["data"]


@pytest.mark.parametrize("name", [*MEANINGLESS, "nothing"])
def test_a_strict_server_accepts_none_of_it(name: str) -> None:
    if name in ("model", "input"):
        given = {other: MEANINGLESS[other] for other in ("model", "input") if other != name}
    else:
        given = {other: MEANINGLESS.get(other, 1) for other in ("model", "input", name)}
    assert strict().post("/v1/responses", json=given).status_code in (400, 404)


@pytest.mark.parametrize(
    "given",
    [
        {"model": 1},
        {"input": 1},
        {"conversation": 1},
        {"previous_response_id": 1},
        {"max_output_tokens": "1"},
        {"prompt": "x"},
        {"reasoning": 1},
        {"tools": 1},
        {"tools": [1]},
        {"tools": [{"type": "function", "name": "f", "parameters": 1}]},
        {"nothing": 1},
        [],
    ],
)
def test_types_are_still_checked(http: TestClient, given: Any) -> None:
    assert http.post("/responses", json=given).status_code == 400


def test_what_is_no_json_is_still_refused(http: TestClient) -> None:
    answer = http.post("/responses", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("name", ["resp_1", "response_id"])
def test_every_response_exists_on_first_use(http: TestClient, name: str) -> None:
    made = name if name == "resp_1" else f"resp_{name}"
    found = http.get(f"/responses/{name}").json()
    assert (found["id"], found["status"], found["background"]) == (made, "cancelled", True)
    assert http.get(f"/responses/{name}?stream=true").text.startswith("event: response.created\n")
    assert http.get(f"/responses/{name}/input_items?after=after&limit=0&order=asc").json()["data"] == []
    assert http.post(f"/responses/{name}/cancel").json()["id"] == made
    assert http.post("/responses", json={"previous_response_id": name}).json()["previous_response_id"] == made
    assert http.delete(f"/responses/{name}").json()["deleted"] is True
    assert strict().get(f"/v1/responses/{name}").status_code in (400, 404)


@pytest.mark.parametrize("path", ["cancel", "input_items"])
def test_on_first_use_by_any_operation(http: TestClient, path: str) -> None:
    method = "POST" if path == "cancel" else "GET"
    assert http.request(method, f"/responses/resp_1/{path}").status_code == 200
    assert http.delete("/responses/resp_2").status_code == 200


def test_counting_and_compacting(http: TestClient) -> None:
    compacted = http.post(
        "/responses/compact", json={"model": "gpt-4.1", "input": "x", "previous_response_id": "resp_9"}
    )
    assert [item["type"] for item in compacted.json()["output"]] == ["compaction"]
    counted = http.post("/responses/input_tokens", json=MEANINGLESS | {"prompt": None})
    assert counted.status_code == 400  # it takes no prompt
    given = {
        name: MEANINGLESS[name] for name in ("conversation", "previous_response_id", "reasoning", "tools", "input")
    }
    assert http.post("/responses/input_tokens", json=given).status_code == 200


def test_realtime_is_there_too(http: TestClient) -> None:
    with http.websocket_connect("/realtime?model=m") as socket:
        assert socket.receive_json()["type"] == "session.created"
    assert http.get("/models").status_code == 501
    assert http.get("/responses").status_code == 405


def test_it_serves_what_the_app_serves() -> None:
    lenient = LenientApp(app(Emulator()))
    assert lenient.serves("GET", "/responses/resp_1")
    assert not lenient.serves("GET", "/models")


def test_it_passes_time_as_the_app_does() -> None:
    sim = Emulator(virtual_time=True)
    assert LenientApp(app(sim)).pass_time(2.0) == 0.0
    assert sim.clock.now() == 1741900002
