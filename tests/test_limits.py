"""docs/limits.md: each sentence about a behaviour is there, and true.

Sentences about WebSockets, interception and the server have tests in those rooms: tests/test_sentences.py names them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import Agent, Emulator, RefusedError
from convsim.faults import Latency, RateLimited

PAGE = " ".join((Path(__file__).parents[1] / "docs" / "limits.md").read_text(encoding="utf-8").split())
KEY = {"Authorization": "Bearer sk-any"}
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
TOOL = {"type": "function", "name": "f", "strict": True, "parameters": SCHEMA}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
LISTED = {
    "type": "mcp_list_tools",
    "id": "mcpl_1",
    "server_label": "a",
    "tools": [{"name": "f", "input_schema": {"type": "no type"}}],
}
SHELL = {
    "type": "local_shell_call",
    "id": "lsh_1",
    "call_id": "call_1",
    "status": "completed",
    "action": {"type": "exec", "command": ["ls"], "env": {}},
}


class Service:
    """An emulator that answers any turn, and requests to it."""

    def __init__(self, **options: Any) -> None:
        self.sim = Emulator(unscripted="echo", **options)
        self.sim.seed("conv_1", [{"role": "user", "content": "Hi", "id": "msg_1"}])
        self.http = httpx2.Client(
            transport=self.sim.httpx2_transport(), base_url="https://api.openai.com/v1", headers=KEY
        )

    def turn(self, **members: Any) -> httpx2.Response:
        return self.http.post("/responses", json={"model": "gpt-5", "input": "Hi"} | members)

    def takes(self, **members: Any) -> bool:
        return self.turn(**members).status_code == 200

    def keeps(self, *items: dict[str, Any]) -> bool:
        return self.http.post("/conversations", json={"items": items}).status_code == 200


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def many_tools() -> list[dict[str, Any]]:
    return [TOOL | {"name": f"f{number}"} for number in range(500)]


def polled(service: Service) -> list[str]:
    """The states that a client sees of a turn in the background, before and after its end."""
    service.sim.responses.script("Hi", delay=10)
    made = service.turn(background=True).json()
    seen = [made["status"]]
    for seconds in (0, 5, 10):
        service.sim.clock.advance(seconds)
        seen.append(service.http.get(f"/responses/{made['id']}").json()["status"])
    return seen


def is_silent_about(service: Service, *headers: str) -> bool:
    answer = service.http.get("/conversations/conv_1")
    return not [name for name in headers if name in answer.headers]


def refused_by_name(service: Service, path: str) -> bool:
    with pytest.raises(RefusedError, match=path):
        service.http.get(path)
    return True


def a_refused_request_leaves_the_fault(service: Service) -> bool:
    armed = service.sim.faults.add(RateLimited(), on="conversations.items.create")
    refused = service.http.post("/conversations/conv_1/items", json={"items": []}).status_code
    return (refused, armed.fired) == (400, 0)


def is_done_before_it_is_answered(service: Service) -> bool:
    service.sim.faults.add(Latency(0.001))
    service.http.post("/conversations", json={})
    return len(service.sim.state) == 2


def same_limits_twice(service: Service) -> bool:
    first, second = ({k: v for k, v in service.turn().headers.items() if "ratelimit" in k} for _ in range(2))
    return first != {} and first == second


def ignores(service: Service, method: str, path: str, **headers: str) -> bool:
    """Whether a request gets the same answer, and leaves as much, as without the headers."""
    plain, other = Service(), service
    answers = [plain.http.request(method, path, json={}), other.http.request(method, path, json={}, headers=headers)]
    again = [one.http.request(method, path, json={}, headers=more) for one, more in ((plain, {}), (other, headers))]
    return answers[0].content == answers[1].content and again[0].content == again[1].content


def skips_behind_a_linked_item(service: Service) -> bool:
    sim = service.sim
    sim.seed("conv_2", [{"role": "user", "content": str(n), "id": f"msg_x{n}"} for n in range(3)])
    linked = {"type": "item_reference", "id": "msg_x0"}
    sim.seed(
        "conv_3",
        [linked, {"type": "item_reference", "id": "msg_x1"}, linked, {"type": "item_reference", "id": "msg_x2"}],
    )
    return [item.id for item in sim.conversations.items.list("conv_3", order="asc", limit=1)] == ["msg_x0", "msg_x2"]


def hears_no_voice(service: Service) -> bool:
    connection = service.sim.realtime.connect(model="any model")
    detection = {"turn_detection": {"type": "server_vad"}}
    connection.send({"type": "session.update", "session": {"type": "realtime", "audio": {"input": detection}}})
    connection.send({"type": "input_audio_buffer.append", "audio": "AAAA" * 2000})
    return [event["type"] for event in connection.events()] == ["session.created", "session.updated"]


def writes_where_the_model_would_speak(service: Service) -> bool:
    service.sim.realtime.script("It is dry.")
    connection = service.sim.realtime.connect()
    connection.send({"type": "response.create"})
    response = connection.events()[-1]["response"]
    return (response["output_modalities"], response["output"][0]["content"][0]["type"]) == (["audio"], "output_text")


def takes_no_transcription(service: Service) -> bool:
    connection = service.sim.realtime.connect()
    connection.send({"type": "session.update", "session": {"type": "transcription"}})
    return str(connection.events()[-1]["type"]) == "error"


def forgets_sessions(service: Service) -> bool:
    before = service.sim.snapshot()
    connection = service.sim.realtime.connect()
    connection.session.add("Hi")
    service.sim.restore(before)
    return len(connection.session.items) == 1 and before.to_dict() == service.sim.snapshot().to_dict()


def remembers_for_years(service: Service) -> bool:
    service.sim.clock.advance(3 * 365 * 86400)
    return service.http.get("/conversations/conv_1").status_code == 200


def filters_nothing(service: Service) -> bool:
    prompt, completion = service.turn(input="Blood!", agent_reference=SUPPORT).json()["content_filters"]
    service.sim.responses.script("No.", response={"content_filters": []})
    scripted = service.turn(agent_reference=SUPPORT).json()["content_filters"]
    offset = completion["content_filter_offsets"]["end_offset"]
    return (prompt["blocked"], offset, scripted) == (False, len("Blood!"), [])


def names_models_as_declared(service: Service) -> bool:
    service.turn(agent_reference=SUPPORT)
    return [one["model"] for one in service.http.get("/responses").json()["data"]] == ["gpt-5"]


def workflows_make_no_conversation(service: Service) -> bool:
    service.turn(input="Hi", agent_reference=SUPPORT | {"name": "flow"})
    return list(service.sim.state) == ["conv_1"]


SUPPORT = {"type": "agent_reference", "name": "support"}
FILE = {"type": "input_file", "file_data": "data:application/x-anything;base64,AAAA", "filename": "a.xyz"}
FOUNDRY: dict[str, Any] = {
    "service": "foundry",
    "agents": {"support": Agent(model="gpt-5"), "flow": Agent(kind="workflow")},
}

TRUE: dict[str, Callable[[Service], bool]] = {
    "that encrypted content can be read": lambda s: s.keeps(
        {"type": "reasoning", "summary": [], "encrypted_content": "no cipher"}
    ),
    "that a call has its output": lambda s: s.keeps(CALL) and not s.takes(input=[CALL]),
    "that a tool's JSON Schema is valid": lambda s: s.keeps(LISTED),
    "(a turn checks both)": lambda s: not s.takes(tools=[TOOL | {"parameters": {"type": "no type"}}]),
    "an unknown name of a model": lambda s: s.takes(model="no-such-model"),
    "(an empty one is refused)": lambda s: not s.takes(model=""),
    "`temperature`, `top_p` and the penalties on reasoning models": lambda s: s.takes(
        temperature=0.3, top_p=0.3, frequency_penalty=1, presence_penalty=1
    ),
    "(by `top_logprobs` or by `include`)": lambda s: s.takes(top_logprobs=3, include=["message.output_text.logprobs"]),
    "a `reasoning.effort` or a `prompt_cache_retention` that the model does not support": lambda s: s.takes(
        model="gpt-4", reasoning={"effort": "xhigh"}, prompt_cache_retention="24h"
    ),
    "tools that it cannot use": lambda s: s.takes(model="gpt-3.5-turbo", tools=[{"type": "image_generation"}]),
    "Files, images and vector stores are not looked up": lambda s: s.takes(
        input=[message({"type": "input_file", "file_id": "file-unknown"})],
        tools=[{"type": "file_search", "vector_store_ids": ["vs_unknown"]}],
    ),
    "`background` with `store: false`": lambda s: s.takes(background=True, store=False),
    "`stream_options` without `stream`": lambda s: s.takes(stream_options={"include_obfuscation": False}),
    "an approval of an unknown request": lambda s: s.takes(
        input=[{"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}]
    ),
    "local shell calls without an output": lambda s: s.takes(input=[SHELL]),
    "how many tools there may be": lambda s: s.takes(tools=many_tools()),
    "keywords of JSON Schema that strict mode does not know": lambda s: s.takes(
        tools=[TOOL | {"parameters": SCHEMA | {"minProperties": 1}}]
    ),
    "is `queued` until it ends, never `in_progress`": lambda s: (
        polled(s) == ["queued", "queued", "queued", "completed"]
    ),
    "`queued` in the first answer, `in_progress` in every later one": lambda s: (
        polled(Service(**FOUNDRY)) == ["queued", "in_progress", "in_progress", "completed"]
    ),
    "convsim recognizes it by its first segment": lambda s: refused_by_name(s, "/files/file-1/of/any/kind"),
    '(`unknown_routes="404"` answers it with the live 404 of unknown paths)': lambda s: (
        Service(unknown_routes="404").http.get("/files").status_code == 404
    ),
    "a request that is refused for its content consumes no fault": a_refused_request_leaves_the_fault,
    "A late operation is carried out at once and answered late": is_done_before_it_is_answered,
    "no rate and no quota, unless a fault is armed": lambda s: all(s.takes() for _ in range(100)),
    "`OpenAI-Organization` and `OpenAI-Project` are ignored": lambda s: ignores(
        s, "POST", "/conversations", **{"OpenAI-Organization": "org-1", "OpenAI-Project": "proj_1"}
    ),
    "idempotency keys too": lambda s: ignores(s, "POST", "/conversations", **{"Idempotency-Key": "once"}),
    "An image's URL must be an http(s) URL or a data URL of an image": lambda s: (
        s.keeps(message({"type": "input_image", "image_url": "https://no.such.host/a.png"}))
        and s.keeps(message({"type": "input_image", "image_url": "data:image/png;base64,AAAA"}))
        and not s.keeps(message({"type": "input_image", "image_url": "ftp://no.such.host/a.png"}))
        and not s.keeps(message({"type": "input_image", "image_url": "data:text/plain;base64,AAAA"}))
    ),
    "the data of a file a data URL": lambda s: not s.keeps(message(FILE | {"file_data": "AAAA"})),
    "any type of file passes": lambda s: s.keeps(message(FILE)),
    "`Set-Cookie` is never sent": lambda s: is_silent_about(s, "set-cookie"),
    "the same numbers in every answer": same_limits_twice,
    "items between the two links are then skipped": skips_behind_a_linked_item,
    "No voice activity detection": hears_no_voice,
    "A response gives the scripted output, whatever its `output_modalities`": writes_where_the_model_would_speak,
    "no transcription sessions": takes_no_transcription,
    "no client secrets": lambda s: refused_by_name(s, "/realtime/client_secrets"),
    "Any model is accepted": lambda s: s.sim.realtime.connect(model="any").recv()["session"]["model"] == "any",
    "Snapshots hold no sessions": forgets_sessions,
    "A path that OpenAI has is refused by name, any other is a 404": lambda s: (
        refused_by_name(Service(**FOUNDRY), "/files")
        and Service(**FOUNDRY).http.get("/memory_stores").status_code == 404
    ),
    "The header `x-ms-region`, which some deployments do not send, is always there": lambda s: (
        not is_silent_about(Service(**FOUNDRY), "x-ms-region")
    ),
    "`x-ms-user-identity` is ignored, and every user sees all objects of the project": lambda s: (
        Service(**FOUNDRY).http.get("/conversations/conv_1", headers={"x-ms-user-identity": "other"}).status_code == 200
    ),
    "nothing is forgotten after three months": lambda s: remembers_for_years(Service(**FOUNDRY)),
    "its URLs answer as v1 does": lambda s: (
        Service(**FOUNDRY).http.get("/conversations/conv_1?api-version=2025-11-15-preview").status_code == 200
    ),
    "their actions are not carried out, and create no conversation": lambda s: workflows_make_no_conversation(
        Service(**FOUNDRY)
    ),
    "the service names snapshots of models there": lambda s: names_models_as_declared(Service(**FOUNDRY)),
    'find nothing, unless a script says so (`response={"content_filters": [...]}`)': lambda s: filters_nothing(
        Service(**FOUNDRY)
    ),
}


@pytest.mark.parametrize("words", TRUE)
def test_what_the_page_says_is_true(words: str) -> None:
    assert words in PAGE
    assert TRUE[words](Service())


def test_an_explicit_transport_has_no_websockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*where: object, **options: object) -> None:
        raise OSError("there is no network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    sim = Emulator()
    with sim.openai() as client:
        with pytest.raises(OSError, match="there is no network"), client.realtime.connect(model="gpt-realtime"):
            pass
        with sim.patch(), client.realtime.connect(model="gpt-realtime") as connection:
            assert connection.recv().type == "session.created"
