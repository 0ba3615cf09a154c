"""Scenarios against servers: our own, where all is the same, and one that is wrong on purpose."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from convsim.contract import asking, verify
from convsim.contract.control import Control
from convsim.contract.evidence import inferred
from convsim.contract.scenario import Answer, Anything, Finish, Id, Raw, scenario
from convsim.contract.scenarios import FOUNDRY_SECTIONS, REALTIME_SECTIONS, SECTIONS, SOCKET_SECTIONS
from convsim.contract.selection import Candidate, select
from convsim.contract.telling import Failure
from convsim.contract.verify import Asked, NotRunError, Result, Verification
from convsim.errors import ConvsimError
from convsim.server.runner import ServerThread
from tests.profiles import IN_FULL
from tests.server.asking import Running, running
from tests.waiting import PATIENCE

from .wrong import FOUNDRY_PLANTS, PLANTS, REALTIME_PLANTS, SOCKET_PLANTS, Plant, WrongServer

RUN = "2026-11-27T12:00:00Z"
NAMES = [each.told.name for each in select(SECTIONS)]

# Where CI is set, whole runs are of all scenarios; else of every eighth, because test_scenarios.py performs each.
EVERYTHING = slice(None)
SHARE, ANOTHER_SHARE = (EVERYTHING, EVERYTHING) if IN_FULL else (slice(0, None, 8), slice(6, None, 8))


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=PATIENCE) as client:
        yield client


def differing(results: list[Result]) -> dict[str, list[str]]:
    """The lines of those that differ."""
    return {
        result.told.name: [line for failure in result.failures for line in failure.lines]
        for result in results
        if result.outcome == "differs"
    }


def candidate(*steps: Any, name: str = "some", **options: Any) -> Candidate:
    return Candidate("Some", scenario(name, "Some", inferred("it is a test's"), *steps, **options))


# --- our own server ------------------------------------------------------------------------------------------------


PROJECT = "/api/projects/demo/openai/v1"


@pytest.mark.parametrize(
    ("sections", "path", "key_header"),
    [
        (SECTIONS, "/v1", asking.BEARER),
        (SOCKET_SECTIONS, "/v1", asking.BEARER),
        (REALTIME_SECTIONS, "/v1", asking.BEARER),
        (FOUNDRY_SECTIONS, PROJECT, asking.API_KEY),
    ],
    ids=["http", "sockets", "realtime", "foundry"],
)
def test_with_its_control_plane_our_own_server_is_the_same_in_everything(
    server: Running, client: httpx2.Client, sections: Any, path: str, key_header: str
) -> None:
    url = f"{server.url}{path}"
    control = Control(client, url, server.app.control_token, "verify")
    everything = select(sections, own=True)
    chosen = everything[SHARE]
    run = Verification(Asked(client, url, RUN, control=control, key_header=key_header))
    results = run.run(chosen)

    assert len(everything) == sum(map(len, sections.values()))
    assert differing(results) == {}
    assert Counter(result.outcome for result in results) == {"same": len(chosen)}
    assert run.requests <= sum(one.requests for one in chosen)
    assert not server.sim.state  # all of it was a session's


def test_as_any_server_ours_is_the_same_in_all_that_needs_no_hand(server: Running, client: httpx2.Client) -> None:
    everything = select({**SECTIONS, **SOCKET_SECTIONS})
    chosen = everything[ANOTHER_SHARE]
    told: list[Result] = []
    run = Verification(Asked(client, f"{server.url}/v1", RUN))
    results = run.run(chosen, told.append)

    assert differing(results) == {}
    assert results == told
    assert [result.reason for result in results] == [one.reason for one in chosen]
    assert sum(not one.reason for one in everything) > 220
    assert run.requests <= sum(one.requests for one in chosen if not one.reason)
    assert not server.sim.state
    assert run.left_behind == []
    server.sim.reset()


def test_as_any_project_ours_is_the_same_in_all_that_needs_no_hand(
    wrong_project: WrongServer, client: httpx2.Client
) -> None:
    chosen = select(FOUNDRY_SECTIONS)
    run = Verification(Asked(client, wrong_project.url, RUN, key_header=asking.API_KEY))
    results = run.run(chosen)

    assert differing(results) == {}
    assert Counter(result.outcome for result in results)["same"] >= 18
    assert not wrong_project.sim.state
    assert run.left_behind == []
    wrong_project.sim.reset()


def test_every_conversation_is_tagged_and_deleted(server: Running, client: httpx2.Client) -> None:
    asked = Asked(client, f"{server.url}/v1", RUN)
    Verification(asked).run(select(SECTIONS, only=["create-bare", "retrieve", "delete"]))
    journal: Any = server.sim.journal
    made = [
        json.loads(entry.outcome.body)["metadata"] for entry in journal if entry.operation == "conversations.create"
    ]
    assert made == [{}, {"a": "1", "b": "2", "convsim_verify": RUN}, {}]
    updated = [entry.request.body for entry in journal if entry.operation == "conversations.update"]
    assert [json.loads(body) for body in updated] == [{"metadata": {"convsim_verify": RUN}}] * 2
    assert not server.sim.state
    server.sim.reset()


def test_a_control_plane_of_another_token_is_said(server: Running, client: httpx2.Client) -> None:
    url = f"{server.url}/v1"
    with pytest.raises(ConvsimError, match=r"/_convsim/reset answers 401: .*wants its token"):
        Verification(Asked(client, url, RUN, control=Control(client, url, "x", "verify"))).run(select(SECTIONS))


# --- a server that is wrong ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wrong() -> Iterator[WrongServer]:
    server = WrongServer()
    with ServerThread(server.port, server):
        yield server


@pytest.fixture(scope="module")
def wrong_project() -> Iterator[WrongServer]:
    server = WrongServer("foundry")
    with ServerThread(server.port, server):
        yield server


def require_named(asked: Asked, server: WrongServer, sections: Any, plant: Plant) -> None:
    """Fail unless the scenario of the plant, and only with the plant, reports its line."""
    chosen = select(sections, only=[plant.scenario])
    assert differing(Verification(asked).run(chosen)) == {}
    server.plant = plant
    try:
        found = differing(Verification(asked).run(chosen))
    finally:
        server.plant = None
        server.sim.reset()
    assert list(found) == [plant.scenario]
    assert any(plant.line in line for line in found[plant.scenario]), found


@pytest.mark.parametrize("plant", [*PLANTS, *SOCKET_PLANTS, *REALTIME_PLANTS], ids=lambda plant: plant.scenario)
def test_each_planted_difference_is_named_by_its_scenario(
    wrong: WrongServer, client: httpx2.Client, plant: Plant
) -> None:
    everything = {**SECTIONS, **SOCKET_SECTIONS, **REALTIME_SECTIONS}
    require_named(Asked(client, wrong.url, RUN), wrong, everything, plant)


@pytest.mark.parametrize("plant", FOUNDRY_PLANTS, ids=lambda plant: plant.scenario)
def test_each_planted_difference_of_a_project_is_named_by_its_scenario(
    wrong_project: WrongServer, client: httpx2.Client, plant: Plant
) -> None:
    asked = Asked(client, wrong_project.url, RUN, key_header=asking.API_KEY)
    require_named(asked, wrong_project, FOUNDRY_SECTIONS, plant)


def test_what_nothing_was_planted_in_stays_the_same(wrong: WrongServer, client: httpx2.Client) -> None:
    wrong.plant = next(plant for plant in PLANTS if plant.scenario == "delete")
    results = Verification(Asked(client, wrong.url, RUN)).run(select(SECTIONS, only=["ms"]))
    wrong.plant = None
    wrong.sim.reset()
    assert set(differing(results)) == {"delete", "deleted-is-gone"}
    assert Counter(result.outcome for result in results)["same"] > 10


def test_the_other_steps_are_asked_too_and_order_is_told_apart(wrong: WrongServer, client: httpx2.Client) -> None:
    wrong.plant = next(plant for plant in PLANTS if plant.scenario == "retrieve")
    (result,) = Verification(Asked(client, wrong.url, RUN)).run(select(SECTIONS, only=["update"]))
    wrong.plant = None
    assert [failure.number for failure in result.failures] == [3]
    assert result.failures[0].step.startswith(f"curl {wrong.url}/conversations/conv_")
    assert result.differs_in_order_only
    assert not Result("", result.told).differs_in_order_only


# --- what else may happen ------------------------------------------------------------------------------------------


def answering(answer: Callable[[httpx2.Request], httpx2.Response]) -> Asked:
    """A server that is a function."""
    return Asked(httpx2.Client(transport=httpx2.MockTransport(answer)), "http://server.test/v1", RUN)


def down(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("nobody is there")


def test_a_server_that_does_not_answer_is_not_run() -> None:
    with pytest.raises(NotRunError, match=r"http://server.test/v1 does not answer: nobody is there"):
        Verification(answering(down)).run(select(SECTIONS))


def test_a_key_that_is_refused_at_once_is_not_run() -> None:
    with pytest.raises(NotRunError, match="refuses the key: name its variable by --api-key-env"):
        Verification(answering(lambda request: httpx2.Response(401, json={}))).run(select(SECTIONS))


def test_a_server_that_stops_answering_is_given_up() -> None:
    answers = iter([httpx2.Response(200, json={"id": "conv_1"}), *(httpx2.Response(200, json={}) for _ in range(2))])

    def answer(request: httpx2.Request) -> httpx2.Response:
        if found := next(answers, None):
            return found
        raise httpx2.ReadTimeout("")

    run = Verification(answering(answer))
    results = run.run(select(SECTIONS, only=NAMES[:6]))
    assert [result.outcome for result in results[:2]] == ["differs", "differs"]
    assert results[1].failures[0].lines == ("no answer: ReadTimeout: ",)
    assert [result.reason for result in results[-1:]] == ["the server has stopped answering"]


def test_a_limit_of_the_rate_says_nothing_of_a_scenario() -> None:
    results = Verification(answering(lambda request: httpx2.Response(429, json={}))).run(
        select(SECTIONS, only=["create-bare"])
    )
    assert [result.reason for result in results] == ["the server limits the rate of requests (429)"]


def test_a_401_is_a_difference_once_the_key_was_accepted(server: Running) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(401, json={})
        return httpx2.Response(200, json={"id": "conv_1"})

    (result,) = Verification(answering(answer)).run(select(SECTIONS, only=["retrieve"]))
    assert "status: expected 200, got 401" in result.failures[1].lines


@pytest.mark.parametrize(("status", "left"), [(500, 1), (200, 0), (202, 0), (204, 0), (404, 0)])
def test_what_cannot_be_deleted_is_told(status: int, left: int) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            return httpx2.Response(status, json={})
        return httpx2.Response(200, json={"id": "conv_1", "metadata": 7})

    run = Verification(answering(answer))
    run.run(select(SECTIONS, only=["create-bare"]))
    assert run.left_behind == ["/conversations/conv_1"] * left


def test_nor_what_nobody_answers_for_any_more() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            raise httpx2.ReadTimeout("")
        return httpx2.Response(200, json={"id": "conv_1"})

    run = Verification(answering(answer))
    run.run(select(SECTIONS, only=["create-bare"]))
    assert run.left_behind == ["/conversations/conv_1"]


def test_a_response_is_deleted_too_whether_it_was_streamed_or_not() -> None:
    deleted: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            deleted.append(request.url.path)
            return httpx2.Response(200, json={})
        if b"stream" in request.content:
            events = [{"type": "ping"}, {"type": "response.created", "response": {"id": "resp_2"}}]
            text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=text)
        return httpx2.Response(200, json={"id": "resp_1"} if b"1" in request.content else {"id": None})

    anything = Answer(200, Anything())
    Verification(answering(answer)).run(
        [candidate(*(Raw("POST", "/responses", anything, body) for body in ("1", "2", '{"stream": true}')))]
    )
    assert deleted == ["/v1/responses/resp_2", "/v1/responses/resp_1"]


@pytest.mark.parametrize("status", [200, 201])
def test_what_is_made_by_a_path_with_a_query_is_tagged_and_deleted(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.raw_path.decode()}")
        return httpx2.Response(status if len(asked) == 1 else 200, json={"id": "conv_1"})

    made = Raw("POST", "/conversations?api-version=preview", Answer(200, Anything()), "{}")
    chosen = candidate(made)
    run = Verification(answering(answer))
    run.run([chosen])
    assert asked == [
        "POST /v1/conversations?api-version=preview",
        "POST /v1/conversations/conv_1?api-version=preview",
        "DELETE /v1/conversations/conv_1?api-version=preview",
    ]
    assert (chosen.requests, chosen.conversations) == (3, 1)
    assert run.left_behind == []


@pytest.mark.parametrize(
    ("name", "path"), [("../v1/conversations/x?y=z", "..%2Fv1%2Fconversations%2Fx%3Fy%3Dz"), ("..", ""), ("", "")]
)
def test_an_id_of_the_server_leads_to_no_other_path(name: str, path: str) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.raw_path.decode()}")
        return httpx2.Response(200, json={"id": name})

    run = Verification(answering(answer))
    run.run(select(SECTIONS, only=["create-bare"]))
    made = [f"POST /v1/conversations/{path}", f"DELETE /v1/conversations/{path}"] if path else []
    assert asked == ["POST /v1/conversations", *made]


def test_an_id_that_no_url_can_hold_is_a_difference() -> None:
    asked = answering(lambda request: httpx2.Response(200, json={"id": "conv_\n"}))
    steps = Raw("POST", "/x", Answer(200, {"id": Id("a", "conv")}), "{}"), Raw("GET", "/x/{a}", Answer(200, {}))
    (result,) = Verification(asked).run([candidate(*steps)])
    assert result.failures[1].lines[0].startswith("no answer: no request has this URL: ")


def test_an_interrupted_deletion_is_told_with_those_that_were_to_follow() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            raise KeyboardInterrupt
        return httpx2.Response(200, json={"id": f"conv_{request.content.decode()}"})

    made = [Raw("POST", "/conversations", Answer(200, Anything()), body) for body in ("1", "2")]
    run = Verification(answering(answer))
    with pytest.raises(KeyboardInterrupt):
        run.run([candidate(*made)])
    assert run.left_behind == ["/conversations/conv_2", "/conversations/conv_1"]


def test_no_open_turn_to_finish_is_a_difference(server: Running, client: httpx2.Client) -> None:
    url = f"{server.url}/v1"
    control = Control(client, url, server.app.control_token, "verify")
    (result,) = Verification(Asked(client, url, RUN, control=control)).run([candidate(Finish())])
    assert [failure.lines for failure in result.failures] == [("not done: no turn is open",)]


def test_a_step_that_names_an_id_that_never_came_is_not_asked() -> None:
    asked = answering(lambda request: httpx2.Response(200, json={}))
    (result,) = Verification(asked).run(select(SECTIONS, only=["retrieve"]))
    assert result.failures[1] == Failure(
        2,
        "curl http://server.test/v1/conversations/%7Bconv%7D -H 'Authorization: Bearer sk-test'",
        ("not asked: no id is known for conv",),
    )


def test_the_key_is_never_shown() -> None:
    asked = answering(lambda request: httpx2.Response(200, json={"id": "sk-real"}))
    asked.key, asked.key_variable = "sk-real", "MY_KEY"
    (result,) = Verification(asked).run(select(SECTIONS, only=["create-bare"]))
    assert "sk-real" not in str(result)
    assert '-H "Authorization: Bearer $MY_KEY"' in result.failures[0].step
    assert "body.id: expected a fresh conv id, got '$MY_KEY'" in result.failures[0].lines


def test_no_part_of_the_key_is_shown_where_a_long_value_is_cut() -> None:
    key = "sk-real-0123456789"
    asked = answering(lambda request: httpx2.Response(200, json={"id": "x" * 229 + key}))
    asked.key, asked.key_variable = key, "MY_KEY"
    (result,) = Verification(asked).run(select(SECTIONS, only=["create-bare"]))
    assert "sk-real" not in str(result)
    assert "xx$MY_KEY..." in str(result)


def test_a_realtime_session_does_not_show_the_key_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(told: Any, base_url: str, key: str, control: Any, hear: Any) -> list[Failure]:
        return [Failure(0, "open a session", (f"event 1: .error: got 'Incorrect API key: {key}'",))]

    monkeypatch.setattr("convsim.contract.sockets.perform", perform)
    asked = answering(down)
    asked.key, asked.key_variable = "sk-real", "MY_KEY"
    (result,) = Verification(asked).run(select(REALTIME_SECTIONS)[:1])
    assert result.failures[0].lines == ("event 1: .error: got 'Incorrect API key: $MY_KEY'",)


def test_a_project_gets_its_key_in_the_header_of_azure_also_for_tags_and_deletions() -> None:
    sent: list[tuple[str, str | None, str | None]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append((request.method, request.headers.get("api-key"), request.headers.get("authorization")))
        return httpx2.Response(200, json={"id": "conv_1"})

    asked = answering(answer)
    asked.key, asked.key_variable, asked.key_header = "own", "MY_KEY", asking.API_KEY
    results = Verification(asked).run(select(FOUNDRY_SECTIONS, only=["foundry-delete", "foundry-envelope"]))
    # foundry-envelope asks without a key once.
    assert [one for one in sent if one[1:] != ("own", None)] == [("GET", None, None)]
    assert {method for method, *_ in sent} == {"POST", "DELETE", "GET", "PUT"}
    assert '-H "api-key: $MY_KEY"' in results[0].failures[0].step


def test_a_response_that_a_server_begins_over_a_websocket_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    deleted: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        deleted.append(f"{request.method} {request.url.path}")
        return httpx2.Response(200, json={})

    def perform(told: Any, base_url: str, key: str, control: Any, hear: Callable[[str], object]) -> list[Failure]:
        told = '{"type":"response.completed","response":{"id":"resp_1"}}'
        for message in (told, told, "no JSON", "[]", '{"type":"x"}', '{"type":"x","response":7}'):
            hear(message)
        return []

    monkeypatch.setattr("convsim.contract.sockets.perform", perform)
    chosen = select(SOCKET_SECTIONS, only=["socket-background"])
    run = Verification(answering(answer))
    assert [result.outcome for result in run.run(chosen)] == ["same"]
    assert deleted == ["DELETE /v1/responses/resp_1"]
    assert run.requests <= chosen[0].requests


@pytest.mark.parametrize(
    ("heard", "error", "sentence"),
    [
        ([], ConnectionRefusedError("nobody is there"), "http://server.test/v1 does not answer: nobody is there"),
        ([], PermissionError("HTTP 401"), "http://server.test/v1 refuses the key: name its variable by --api-key-env"),
        (['{"type":"error","error":{"code":"invalid_api_key"}}'], None, "http://server.test/v1 refuses the key: "),
    ],
)
def test_without_an_answer_or_the_right_key_nothing_is_run_over_a_websocket(
    monkeypatch: pytest.MonkeyPatch, heard: list[str], error: Exception | None, sentence: str
) -> None:
    def perform(told: Any, base_url: str, key: str, control: Any, hear: Callable[[str], object]) -> list[Failure]:
        for message in heard:
            hear(message)
        if error is not None:
            raise error
        return []

    monkeypatch.setattr("convsim.contract.sockets.perform", perform)
    chosen = select(REALTIME_SECTIONS, only=["realtime-deleted", "realtime-deleted-twice"])
    with pytest.raises(NotRunError, match=sentence):
        Verification(answering(down)).run(chosen)


def test_once_a_session_was_opened_a_connection_that_fails_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Any] = ['{"type":"session.created"}', PermissionError("HTTP 401"), TimeoutError("too late")]

    def perform(told: Any, base_url: str, key: str, control: Any, hear: Callable[[str], object]) -> list[Failure]:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        hear(outcome)
        return []

    monkeypatch.setattr("convsim.contract.sockets.perform", perform)
    results = Verification(answering(down)).run(select(REALTIME_SECTIONS)[:3])
    assert [[failure.lines for failure in result.failures] for result in results] == [
        [],
        [("no connection: HTTP 401",)],
        [("no answer: TimeoutError: too late",)],
    ]


def test_exact_are_the_scenarios_about_bytes_and_ids() -> None:
    assert {"bytes", "headers", "headers-of-401", "headers-of-turns", "ids", "time"} == verify.EXACT
