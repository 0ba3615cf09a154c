"""The control plane: each route, the token, and what it refuses."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from convsim import Agent, Emulator
from convsim.cli.main import main
from convsim.faults import Latency, RateLimited, ServerError
from convsim.server.control import ROUTES
from tests.server.asking import KEY, Control

HELLO: Any = {"role": "user", "content": "hello"}
JSON = {"Content-Type": "application/json"}


def name(route: Any) -> str:
    return f"{route.method} {route.path}"


READS = [route for route in ROUTES if route.method == "GET" and route.path != "/"]


@pytest.fixture
def control() -> Control:
    return Control()


# --- routes --------------------------------------------------------------------------------------------------------


def test_a_conversation_is_made_and_looked_at(control: Control) -> None:
    made = control.told("POST", "/conversations", {"id": "conv_1", "items": [HELLO], "metadata": {"a": "1"}})
    assert (made["id"], made["metadata"]) == ("conv_1", {"a": "1"})
    assert control.told("POST", "/conversations", {"id": "conv_2"})["id"] == "conv_2"
    listed = control.told("GET", "/state")["conversations"]
    assert [(one["id"], one["items"]) for one in listed] == [("conv_1", 1), ("conv_2", 0)]
    assert control.told("GET", "/state/conv_1") == control.sim.state["conv_1"].to_dict()
    assert control.refused("GET", "/state/conv_3") == "there is no conversation 'conv_3'"


SESSION = {"X-Convsim-Session": "one"}


def test_a_session_begins_again_with_other_options(control: Control) -> None:
    options: Any = {
        "api_keys": {"sk-good": "one"},
        "behavior": {"deleted_item_reply": "item"},
        "faults": [{"fault": "RateLimited", "on": "conversations.create"}],
        "replies": [{"replies": ["Paris."]}],
    }
    assert control.ask("POST", "/reset", {"options": options}, **SESSION).json() == {}
    http, good = control.http, SESSION | {"Authorization": "Bearer sk-good"}
    assert http.post("/v1/conversations", headers=KEY | SESSION, json={}).status_code == 401
    assert http.post("/v1/conversations", headers=good, json={}).status_code == 429
    made = http.post("/v1/conversations", headers=good, json={"items": [HELLO]}).json()
    items = http.get(f"/v1/conversations/{made['id']}/items", headers=good).json()["data"]
    gone = http.delete(f"/v1/conversations/{made['id']}/items/{items[0]['id']}", headers=good).json()
    assert gone["id"] == items[0]["id"]
    turn = http.post("/v1/responses", headers=good, json={"model": "gpt-4.1", "input": "Where?"}).json()
    assert turn["output"][0]["content"][0]["text"] == "Paris."
    # The server's own emulator keeps its options, and so does a session that is reset without any.
    assert http.post("/v1/conversations", headers=KEY, json={}).status_code == 200
    assert control.ask("POST", "/reset", {}, **SESSION).json() == {}
    assert http.post("/v1/conversations", headers=good, json={}).status_code == 429


@pytest.mark.parametrize("options", [None, {"seed": 7}])
def test_a_session_of_foundry_stays_one_with_its_agents(options: Any) -> None:
    agents = {"support": Agent(model="gpt-4.1")}
    control = Control(Emulator(service="foundry", agents=agents, replies=["Paris."]))
    asked: Any = {"input": "Where?", "agent_reference": {"type": "agent_reference", "name": "support"}}
    for _ in range(2):
        turn = control.http.post("/v1/responses", headers=KEY | SESSION, json=asked).json()
        assert (turn["agent_reference"]["name"], turn["output"][0]["content"][0]["text"]) == ("support", "Paris.")
        given = {"options": options} if options else {}
        assert control.ask("POST", "/reset", given, **SESSION).json() == {}
        assert control.ask("GET", "/state", **SESSION).json()["conversations"] == []
    other = {"options": {"agents": {"other": {"model": "gpt-4.1"}}}}
    assert control.ask("POST", "/reset", other, **SESSION).json() == {}
    assert control.http.post("/v1/responses", headers=KEY | SESSION, json=asked).status_code == 404
    plain = {"options": {"service": "openai", "agents": None}}
    assert control.ask("POST", "/reset", plain, **SESSION).json() == {}
    assert control.http.post("/v1/responses", headers=KEY | SESSION, json=asked).status_code == 400
    assert control.ask("POST", "/reset", {"options": {"agents": {"a": 7}}}, **SESSION).status_code == 400
    made = control.told("POST", "/conversations", {"id": "conv_1", "items": [HELLO | {"partition_key": "0"}]})
    assert (made["id"], control.told("GET", "/state/conv_1")["items"][0]["partition_key"]) == ("conv_1", "0")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"state": "x"}, "POST /reset: options: there is no member 'state'; it has 'seed'"),
        ({"behavior": {"none": 1}}, "POST /reset: options: behavior: there is no member 'none'"),
        ({"replies": "Paris."}, "write replies as a list of objects"),
        ({"replies": [{}]}, "replies[0]: the member 'replies' is missing"),
        ({"faults": [{"fault": "None"}]}, "faults[0]: there is no 'None'"),
        ({"unknown_ids": "x"}, "write 'refuse' or 'create'"),
    ],
)
def test_options_that_do_not_exist_change_nothing(control: Control, options: Any, sentence: str) -> None:
    control.http.post("/v1/conversations", headers=KEY | SESSION, json={})
    answer = control.ask("POST", "/reset", {"options": options}, **SESSION)
    assert (answer.status_code, sentence in answer.json()["error"]["message"]) == (400, True), answer.text
    assert len(control.ask("GET", "/state", **SESSION).json()["conversations"]) == 1


def test_the_server_itself_keeps_its_options(control: Control) -> None:
    assert control.refused("POST", "/reset", {"options": {}}) == (
        "this emulator keeps its options; name a session of your own in the header X-Convsim-Session"
    )


def test_an_item_that_the_api_refuses_is_refused_in_its_words(control: Control) -> None:
    answer = control.ask("POST", "/conversations", {"id": "conv_1", "items": [{"type": "nothing"}]})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert not control.sim.state


def test_a_snapshot_is_gone_back_to(control: Control) -> None:
    control.sim.seed("conv_1")
    kept = control.told("POST", "/snapshots", {})["snapshot"]
    assert kept == control.sim.snapshot().to_dict()
    assert control.told("POST", "/reset", {}) == {}
    assert not control.sim.state
    assert control.told("POST", "/restore", {"snapshot": kept}) == {}
    assert list(control.sim.state) == ["conv_1"]
    kept["projects"] = {"p": {}}
    assert "snapshot is damaged: projects.p.conversations: Field required" in control.refused(
        "POST", "/restore", {"snapshot": kept}
    )
    assert list(control.sim.state) == ["conv_1"]


def test_a_prompt_is_stored(control: Control) -> None:
    prompt = {"id": "pmpt_1", "model": "gpt-4.1", "instructions": "Help {{name}}."}
    assert control.told("POST", "/prompts", prompt) == {}
    control.sim.responses.script("Hi.")
    named = {"prompt": {"id": "pmpt_1", "variables": {"name": "Ada"}}}
    answer = control.http.post("/v1/responses", headers=KEY, json=named).json()
    assert answer["instructions"][0]["content"][0]["text"] == "Help Ada."
    assert "sim.prompts.add('p_1'): write an id" in control.refused("POST", "/prompts", prompt | {"id": "p_1"})
    assert "there is no member 'input'" in control.refused("POST", "/prompts", prompt | {"input": "x"})


def test_faults_are_armed_and_disarmed(control: Control) -> None:
    control.told("POST", "/faults", {"fault": "RateLimited", "on": "conversations.create", "times": 2})
    told = control.told("POST", "/faults", {"fault": {"ServerError": {"status": 503}}, "skip": 1})["faults"]
    assert [rule.fault for rule in control.sim.faults] == [RateLimited(), ServerError(status=503)]
    assert control.http.post("/v1/conversations", headers=KEY, json={}).status_code == 429
    assert control.told("GET", "/faults")["faults"][0] == told[0] | {"happened": 1, "seen": 1}
    assert control.told("DELETE", "/faults") == {"faults": []}
    assert not control.sim.faults


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "POST /faults: the member 'fault' is missing; it has 'fault', 'on', 'conversation'"),
        ({"fault": "Nothing"}, "there is no 'Nothing'; there are 'BadGateway'"),
        ({"fault": "nothing"}, "'nothing' is not a fault; there are 'BadGateway'"),
        ({"fault": 1}, "1 is not a fault"),
        ({"fault": {"Latency": {}}}, "Latency: "),
        ({"fault": {"Latency": {"seconds": -1}}}, "write seconds, 0 to 86400, which is a day"),
        ({"fault": {"Latency": {"minutes": 1}}}, "there is no member 'minutes'; it has 'seconds'"),
        ({"fault": {"DNSFailure": {"x": 1}}}, "there is no member 'x'; it has no members"),
        ({"fault": "RateLimited", "on": "nowhere"}, "there is no operation 'nowhere'"),
        ({"fault": "RateLimited", "when": "x"}, "there is no member 'when'"),
        ([], "write an object"),
    ],
)
def test_a_fault_that_does_not_exist_is_not_armed(control: Control, given: Any, sentence: str) -> None:
    assert sentence in control.refused("POST", "/faults", given)
    assert not control.sim.faults


def test_replies_are_queued(control: Control) -> None:
    control.told("POST", "/replies", {"replies": ["Paris.", {"Call": {"name": "look", "arguments": {"a": 1}}}]})
    answer = control.http.post("/v1/responses", headers=KEY, json={"model": "gpt-4.1", "input": "Where?"})
    assert [item["type"] for item in answer.json()["output"]] == ["message", "function_call"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"replies": []}, "write replies as a list"),
        ({"replies": "Paris."}, "write replies as a list"),
        ({"replies": ["a"], "when": "x"}, "there is no member 'when'"),
        ({"replies": [{"Call": {}}]}, "Call: the member 'name' is missing; it has 'name', "),
        ({"replies": [{"Speech": {"audio": "x"}}]}, "there is no 'Speech'; there are 'Text', 'Refusal'"),
        ({"replies": ["a"], "times": 0}, "write 1 or more"),
    ],
)
def test_what_cannot_be_said_is_not_queued(control: Control, given: Any, sentence: str) -> None:
    assert sentence in control.refused("POST", "/replies", given)
    assert control.http.post("/v1/responses", headers=KEY, json={"model": "gpt-4.1", "input": "x"}).status_code == 501


def test_a_held_turn_goes_on(control: Control) -> None:
    control.told("POST", "/replies", {"replies": ["Paris."], "hold": True})
    made = control.http.post(
        "/v1/responses", headers=KEY, json={"model": "gpt-4.1", "input": "Where?", "background": True}
    ).json()
    assert control.told("POST", f"/responses/{made['id']}/finish") == {}
    assert control.http.get(f"/v1/responses/{made['id']}", headers=KEY).json()["status"] == "completed"
    assert "no turn is open" in control.refused("POST", "/responses/resp_1/finish")


def test_a_realtime_session_is_led_through_the_control_plane(control: Control) -> None:
    assert control.refused("POST", "/realtime/finish", {}) == "no client has opened a Realtime session"
    control.told("POST", "/realtime/script", {"replies": [{"Speech": {"audio": "AAAA", "transcript": "Hi."}}]})
    control.told("POST", "/realtime/script", {"replies": ["Bye."], "hold": True})
    with control.http.websocket_connect("/v1/realtime?model=gpt-realtime", headers={**KEY}) as socket:

        def answer(*until: str) -> list[str]:
            socket.send_json({"type": "response.create"})
            heard = [socket.receive_json()["type"]]
            while heard[-1] not in until:
                heard.append(socket.receive_json()["type"])
            return heard

        assert socket.receive_json()["type"] == "session.created"
        assert "response.output_audio.delta" in answer("response.done")
        assert "response.done" not in answer("response.output_text.delta", "response.done")
        control.told("POST", "/realtime/finish", {})
        while socket.receive_json()["type"] != "response.done":
            pass
        made = control.told("POST", "/realtime/add", {"item": {"Call": {"name": "look", "call_id": "call_1"}}})
        assert socket.receive_json()["item"]["id"] == made["id"]
        assert socket.receive_json()["type"] == "conversation.item.done"
        control.told("POST", "/realtime/expire", {})
        assert socket.receive_json()["error"]["code"] == "session_expired"
    with control.http.websocket_connect("/v1/realtime?model=gpt-realtime", headers={**KEY}) as socket:
        socket.receive_json()
        control.told("POST", "/realtime/drop", {"code": 1011, "reason": "Oh."})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert (closed.value.code, closed.value.reason) == (1011, "Oh.")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"replies": "Hi."}, "POST /realtime/script: write replies as a list"),
        ({"replies": [{"Speech": {"audio": "?"}}]}, "Speech(audio='?'): write base64"),
        ({"replies": [{"Speech": {"audio": 1}}]}, "Speech(audio=1): write base64"),
        (
            {"replies": [{"Refusal": {"refusal": "No."}}]},
            "there is no 'Refusal'; there are 'Text', 'Speech', and 'Call'",
        ),
        ({"replies": ["Hi."], "hold": 1}, "hold"),
    ],
)
def test_what_no_realtime_session_can_say_is_refused(control: Control, given: Any, sentence: str) -> None:
    assert sentence in control.refused("POST", "/realtime/script", given)
    assert control.sim.realtime.unused == ()


def test_the_clock_is_read_and_moved(control: Control) -> None:
    assert control.told("GET", "/clock") == {"now": 1741900000}
    assert control.told("POST", "/clock", {"advance": 1.5}) == {"now": 1741900001.5}
    for wrong in (-1, True, "1"):
        assert control.refused("POST", "/clock", {"advance": wrong})
    assert control.told("GET", "/clock") == {"now": 1741900001.5}


def test_the_journal_and_what_was_missed(control: Control) -> None:
    control.sim.seed("conv_1")
    control.http.get("/v1/conversations/conv_1", headers=KEY)
    control.http.post("/v1/responses", headers=KEY, json={"model": "gpt-4.1", "input": "x"})
    told = control.told("GET", "/journal?after=1")
    assert (told["entries"][0]["number"], told["entries"][0]["operation"]) == (2, "conversations.retrieve")
    assert told["more"] == 0
    assert told["missed"][0].startswith("No script answers this turn")
    assert "sk-test" not in str(told)
    assert "sequenceDiagram" in control.told("GET", "/diagram")["diagram"]
    assert "?after='x': write the number of an entry" in control.refused("GET", "/journal?after=x")
    control.told("POST", "/reset")
    assert control.told("GET", "/journal") == {"entries": [], "more": 0, "missed": []}


def test_a_range_as_a_test(control: Control) -> None:
    control.http.post("/v1/conversations", headers=KEY, json={"items": [HELLO]})
    control.http.get("/v1/conversations/conv_1?include=x", headers=KEY)
    whole = control.told("GET", "/replay")["test"]
    assert "?include=x" in whole
    assert "?include=x" not in control.told("GET", "/replay?last=1")["test"]
    made: dict[str, Any] = {}
    exec(whole, made)
    with Emulator().patch() as sim:
        made["test_replay"](sim)
    assert sim.state.keys() == control.sim.state.keys()


def test_the_state_is_saved_where_the_server_was_told_to(control: Control, tmp_path: Path) -> None:
    assert "there is no state file: start with convsim serve --state FILE" in control.refused("POST", "/state")
    control.app.served.save = lambda: control.sim.dump(tmp_path / "state.json")
    control.sim.seed("conv_1")
    assert control.told("POST", "/state") == {}
    assert list(Emulator(state=tmp_path / "state.json").state) == ["conv_1"]


def test_the_state_is_not_saved_on_the_event_loop(control: Control) -> None:
    saved: list[str] = []

    def save() -> None:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        saved.append("saved")

    control.app.served.save = save
    assert control.told("POST", "/state") == {}
    assert saved == ["saved"]


def test_the_command_prints_every_route(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "--control"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(ROUTES)
    assert re.fullmatch(r"POST    /_convsim/clock +move the clock forward, in seconds: advance\*", lines[19])


# --- rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path != "/"], ids=name)
def test_every_route_but_the_shell_wants_the_token(control: Control, route: Any) -> None:
    path = f"/_convsim{route.path.replace('{id}', 'x')}"
    for header in ({}, KEY, {"Authorization": control.app.control_token}, {"Cookie": control.app.control_token}):
        answer = control.http.request(route.method, path, headers=JSON | header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "convsim_token")
        assert control.app.control_token not in answer.text
    query = f"{path}?token={control.app.control_token}"
    assert control.http.request(route.method, query, headers=JSON).status_code == 401


def test_the_token_has_128_bits_and_is_another_one_each_time(control: Control) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", control.app.control_token)
    assert control.app.control_token != Control().app.control_token


def test_the_token_is_compared_in_constant_time(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, token: bytes) -> bool:
        compared.append((given, token))
        return False

    monkeypatch.setattr("hmac.compare_digest", compare)
    assert control.ask("GET", "/state").status_code == 401
    assert control.http.get("/_convsim/state", headers=KEY).status_code == 401
    token = control.app.control_token.encode()
    assert compared == [(token, token), (b"sk-test", token)]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=name)
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_writes_want_json(control: Control, route: Any, media_type: str | None) -> None:
    before = control.sim.snapshot()
    headers = control.token | ({"Content-Type": media_type} if media_type else {})
    path = f"/_convsim{route.path.replace('{id}', 'x')}"
    answer = control.http.request(route.method, path, headers=headers, content=b"{}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "convsim_content_type")
    assert control.sim.snapshot() == before


@pytest.mark.parametrize("route", READS, ids=name)
def test_reads_change_nothing(control: Control, route: Any) -> None:
    control.sim.seed("conv_1", items=[HELLO])
    control.sim.faults.add(Latency(1))
    before = control.sim.snapshot(), list(control.sim.journal), repr(list(control.sim.faults))
    control.told("GET", route.path.replace("{id}", "conv_1"))
    assert (control.sim.snapshot(), list(control.sim.journal), repr(list(control.sim.faults))) == before


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/restore", {"snapshot": "/etc/hostname"}),
        ("/state", {"file": "/tmp/state.json"}),
        ("/replies", {"replies": ["a"], "when": "lambda turn: True"}),
        ("/replies", {"file": "/etc/hostname"}),
        ("/faults", {"fault": {"InsertItem": {"item": "os.getcwd()"}}}),
        ("/conversations", {"id": "conv_1", "items": "/etc/hostname"}),
    ],
)
def test_nothing_names_a_file_or_a_function(control: Control, path: str, given: Any) -> None:
    assert control.ask("POST", path, given).status_code == 400
    assert not control.sim.state
    assert not control.sim.faults


def test_no_other_host_is_asked(control: Control) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}/"
        parts = [{"type": "input_image", "image_url": url}, {"type": "input_file", "file_url": url}]
        control.told("POST", "/conversations", {"id": "conv_1", "items": [{"role": "user", "content": parts}]})
        tools = [{"type": "mcp", "server_label": "a", "server_url": url}]
        control.told("POST", "/replies", {"replies": ["a"]})
        turn = {"model": "gpt-4.1", "input": "x", "conversation": "conv_1", "tools": tools}
        assert control.http.post("/v1/responses", headers=KEY, json=turn).status_code == 200
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_what_is_no_json_is_refused(control: Control) -> None:
    answer = control.http.post("/_convsim/clock", headers=control.token | JSON, content=b"{advance}")
    assert answer.status_code == 400
    assert "failed to parse JSON value" in answer.text


def test_unknown_paths_and_methods(control: Control) -> None:
    assert control.ask("GET", "/nowhere").status_code == 404
    assert control.ask("PUT", "/state").status_code == 405
    assert control.ask("OPTIONS", "/state").status_code == 405
    assert control.ask("GET", "/state/a/b").status_code == 404


@pytest.mark.parametrize("path", ["/", "/state", "/nowhere"])
def test_browsers_are_told_to_do_nothing_with_it(control: Control, path: str) -> None:
    headers = control.ask("GET", path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "content-encoding" not in headers


def test_a_body_that_is_too_large_is_refused(control: Control) -> None:
    answer = control.http.post(
        "/_convsim/clock", headers=control.token | JSON | {"Content-Length": str(2**30)}, content=b"{}"
    )
    assert answer.status_code == 413


def test_without_it_there_is_none() -> None:
    answer = TestClient(Emulator().asgi()).get("/_convsim/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "convsim_control_route")


def test_it_has_no_websockets(control: Control) -> None:
    with pytest.raises(WebSocketDisconnect), control.http.websocket_connect("/_convsim/state", headers=control.token):
        pass
