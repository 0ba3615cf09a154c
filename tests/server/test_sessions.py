"""Sessions: an emulator for each name, on one port."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from convsim import Clock, Emulator, UsageError
from convsim.server import application, sessions
from tests.server.asking import KEY, Control


def make(http: TestClient, base: str = "/v1", **headers: str) -> str:
    answer = http.post(f"{base}/conversations", headers=KEY | headers, json={})
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["id"]
    return found


def test_a_name_in_the_header_or_in_the_url_is_an_emulator_of_its_own() -> None:
    sim = Emulator(ids="sequential", now=Clock(5))
    http = TestClient(sim.asgi())
    assert make(http) == "conv_1"
    assert make(http, **{"X-Convsim-Session": "a"}) == "conv_1"
    assert make(http, "/_session/a/v1") == "conv_2"
    assert make(http, "/_session/b/v1") == "conv_1"
    assert make(http, "/_session/a/v1", **{"X-Convsim-Session": "a"}) == "conv_3"
    assert list(sim.state) == ["conv_1"]


def test_a_new_one_begins_as_the_servers_own_did_and_shares_no_clock() -> None:
    control = Control(Emulator(now=Clock(100)))
    control.sim.clock.advance(50)
    control.sim.seed("conv_1")
    session = {"X-Convsim-Session": "a"}
    assert control.ask("GET", "/clock", **session).json() == {"now": 100}
    assert control.ask("GET", "/state", **session).json() == {"conversations": []}
    assert control.ask("POST", "/clock", {"advance": 7}, **session).json() == {"now": 107}
    assert control.told("GET", "/clock") == {"now": 150}


def test_a_new_one_copies_nothing_and_reads_no_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Emulator(now=Clock(100))
    first.seed("conv_first", [{"role": "user", "content": "Hi."}])
    first.clock.advance(5)
    first.dump(tmp_path / "state.json")
    control = Control(Emulator(state=tmp_path / "state.json"))
    (tmp_path / "state.json").unlink()
    control.sim.seed("conv_second")
    control.sim.clock.advance(50)
    monkeypatch.setattr(Emulator, "snapshot", None)
    session = {"X-Convsim-Session": "a"}
    for _ in range(2):
        told = control.ask("GET", "/state", **session).json()["conversations"]
        assert [(one["id"], one["items"]) for one in told] == [("conv_first", 1)]
        assert control.ask("GET", "/clock", **session).json() == {"now": 105}
        control.ask("POST", "/reset", {}, **session)


def test_one_resets_itself_and_no_other() -> None:
    control = Control()
    make(control.http)
    make(control.http, "/_session/a/v1")
    answer = control.http.post(
        "/_session/a/_convsim/reset", headers=control.token | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    assert control.ask("GET", "/state", **{"X-Convsim-Session": "a"}).json() == {"conversations": []}
    assert len(control.sim.state) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/conversations", {"X-Convsim-Session": "a b"}),
        ("/v1/conversations", {"X-Convsim-Session": "x" * 65}),
        ("/_session/%2e/v1/conversations", {}),
        ("/_session//v1/conversations", {}),
        ("/_session/a/v1/conversations", {"X-Convsim-Session": "b"}),
    ],
)
def test_what_is_no_name_is_refused(path: str, headers: dict[str, str]) -> None:
    answer = TestClient(Emulator().asgi()).post(path, headers=KEY | headers, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "convsim_session_name")


def test_the_one_that_was_idle_longest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 2)
    app = Emulator(ids="sequential").asgi()
    http = TestClient(app)
    make(http, "/_session/a/v1")
    make(http, "/_session/b/v1")
    assert make(http, "/_session/a/v1") == "conv_2"
    make(http, "/_session/c/v1")
    assert len(app.sessions) == 2
    assert make(http, "/_session/a/v1") == "conv_3"
    assert make(http, "/_session/b/v1") == "conv_1"


def test_one_that_answers_or_is_kept_does_not_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 2)
    app = Emulator().asgi()
    http = TestClient(app)
    app.sessions.keep("kept", Emulator().asgi().served)
    with http.websocket_connect("/_session/a/v1/realtime?model=m", headers={**KEY}) as socket:
        socket.receive_json()
        answer = http.post("/_session/b/v1/conversations", headers=KEY, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "convsim_too_many_sessions")
    app.sessions.drop("kept")
    make(http, "/_session/b/v1")


def test_a_name_that_is_none_is_not_kept() -> None:
    app = Emulator().asgi()
    with pytest.raises(UsageError, match="session 'a b': write 1 to 64 of"):
        app.sessions.keep("a b", app.served)


def test_one_that_takes_the_name_of_another_replaces_it() -> None:
    app = Emulator().asgi()
    make(TestClient(app), "/_session/a/v1")
    assert app.sessions.stored > 0
    app.sessions.keep("a", Emulator().asgi().served)
    assert (app.sessions.stored, len(app.sessions)) == (0, 1)


def test_one_may_be_dropped_while_it_is_measured() -> None:
    app = Emulator().asgi()
    all_of_them, served = app.sessions, Emulator().asgi().served

    def size() -> int:
        all_of_them.drop("a")
        return 500

    all_of_them.keep("a", replace(served, size=size))
    begun = all_of_them.begin("a")
    assert begun is not None
    all_of_them.end(begun, measure=True)
    assert (all_of_them.stored, len(all_of_them)) == (0, 0)


def test_requests_at_once_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "MAX_AT_ONCE", 1)
    http = TestClient(Emulator().asgi())
    with http.websocket_connect("/v1/realtime?model=m", headers={**KEY}) as socket:
        socket.receive_json()
        answer = http.post("/v1/conversations", headers=KEY, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "convsim_too_many_requests")
    make(http)


def test_what_all_of_them_store_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "MAX_STORED", 10_000)
    control = Control()
    long = {"items": [{"role": "user", "content": "x" * 8_000}]}
    assert control.http.post("/v1/conversations", headers=KEY, json=long).status_code == 200
    made = make(control.http, "/_session/a/v1")
    make(control.http, "/_session/a/v1")
    answer = control.http.post("/_session/b/v1/conversations", headers=KEY, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "convsim_too_much_stored")
    assert answer.headers["x-should-retry"] == "false"
    # What is there can be read and taken away, and a reset makes room.
    assert control.http.get(f"/_session/a/v1/conversations/{made}", headers=KEY).status_code == 200
    assert control.http.delete(f"/_session/a/v1/conversations/{made}", headers=KEY).status_code == 200
    control.told("POST", "/reset", {})
    assert control.http.post("/_session/b/v1/conversations", headers=KEY, json={}).status_code == 200


def test_turns_count_as_stored_and_sessions_that_go_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 1)
    app = Emulator(unscripted="echo").asgi()
    http = TestClient(app)
    for stream in (False, True):
        before = app.sessions.stored
        turn = {"model": "gpt-4.1", "input": "x" * 5_000, "stream": stream}
        assert http.post("/_session/a/v1/responses", headers=KEY, json=turn).status_code == 200
        assert app.sessions.stored > before + 10_000
    make(http, "/_session/b/v1")
    assert app.sessions.stored < 2_000


def test_one_that_is_dropped_while_it_answers_is_not_counted() -> None:
    app = Emulator().asgi()
    http = TestClient(app)
    with http.websocket_connect("/_session/a/v1/realtime?model=m", headers={**KEY}) as socket:
        socket.receive_json()
        make(http, "/_session/a/v1")
        app.sessions.drop("a")
    assert app.sessions.stored == 0
    app.sessions.drop("a")
