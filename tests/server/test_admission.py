"""Admission to an open port: each rule with a request that breaks it, and one that does not."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from convsim import Emulator, UsageError
from convsim.server.admission import MAX_HEADERS, MAX_URL, loopback_hosts
from tests.server.asking import KEY

HOSTS = loopback_hosts(8123, ["emulator.test"])
LISTED = "http://localhost:3000"
PATH = "/v1/conversations/conv_1"


@pytest.fixture
def http() -> TestClient:
    app = Emulator().asgi(allowed_hosts=HOSTS, allowed_origins=[LISTED], control=True)
    return TestClient(app, base_url="http://localhost:8123", headers=KEY)


def code(answer: Any) -> str:
    found: str = answer.json()["error"]["code"]
    return found


@pytest.mark.parametrize(
    "host", ["localhost:8123", "127.0.0.1:8123", "[::1]:8123", "LOCALHOST:8123", "emulator.test", "emulator.test:8123"]
)
def test_a_host_of_this_machine_with_the_real_port_is_answered(http: TestClient, host: str) -> None:
    assert http.get(PATH, headers={"Host": host}).status_code == 404


@pytest.mark.parametrize("path", [PATH, "/_convsim/", "/_convsim/state", "/nowhere", "/_session/a/v1/conversations/x"])
@pytest.mark.parametrize("host", ["evil.test", "localhost", "localhost:8124", "127.0.0.1", "localhost:8123.evil.test"])
def test_another_host_is_not_this_server(http: TestClient, host: str, path: str) -> None:
    answer = http.get(path, headers={"Host": host})
    assert (answer.status_code, code(answer)) == (421, "convsim_wrong_host")
    assert answer.headers["connection"] == "close"
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_without_a_port_nothing_is_checked() -> None:
    http = TestClient(Emulator().asgi(), headers=KEY)
    assert http.get(PATH, headers={"Host": "evil.test", "Origin": "http://evil.test"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "https://localhost:8123"},
        {"Origin": f"{LISTED}, {LISTED}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.test"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_of_another_origin_is_refused(http: TestClient, method: str, headers: dict[str, str]) -> None:
    answer = http.request(method, PATH, headers=headers)
    assert (answer.status_code, code(answer)) == (403, "convsim_foreign_origin")
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:8123"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("path", [PATH, "/_convsim/"])
def test_its_own_pages_may_ask(http: TestClient, headers: dict[str, str], path: str) -> None:
    answer = http.get(path, headers=headers)
    assert answer.status_code == (200 if "_convsim" in path else 404)
    assert "access-control-allow-origin" not in answer.headers


def test_a_listed_origin_may_ask_and_read(http: TestClient) -> None:
    answer = http.post("/v1/conversations", json={}, headers={"Origin": LISTED, "Sec-Fetch-Site": "same-site"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert answer.headers["vary"] == "Origin"
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


def test_a_preflight_of_a_listed_origin_is_answered(http: TestClient) -> None:
    asked = {
        "Origin": LISTED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = http.options("/v1/conversations", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert answer.headers["access-control-allow-private-network"] == "true"
    del asked["Access-Control-Request-Private-Network"]
    assert "access-control-allow-private-network" not in http.options("/v1/conversations", headers=asked).headers


def test_options_that_ask_nothing_are_the_apis_to_refuse(http: TestClient) -> None:
    assert http.options("/v1/conversations", headers={"Origin": LISTED}).status_code == 405
    assert http.options("/v1/conversations", headers={"Access-Control-Request-Method": "POST"}).status_code == 405


def test_under_the_control_plane_not_even_a_listed_origin_may_ask(http: TestClient) -> None:
    for path in ("/_convsim/", "/_convsim/state", "/_session/a/_convsim/state"):
        answer = http.get(path, headers={"Origin": LISTED})
        assert (answer.status_code, code(answer)) == (403, "convsim_foreign_origin")
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.test"}, {"Host": "evil.test"}])
def test_upgrades_are_held_to_the_same_rules(http: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect), http.websocket_connect("/v1/realtime?model=m", headers=headers):
        pass


def test_an_upgrade_of_its_own_page_is_accepted(http: TestClient) -> None:
    headers = {"Host": "localhost:8123", "Origin": "http://localhost:8123"}
    with http.websocket_connect("/v1/realtime?model=m", headers=headers) as socket:
        assert socket.receive_json()["type"] == "session.created"


@pytest.mark.parametrize(
    ("path", "headers", "refusal"),
    [
        ("/v1/" + "x" * MAX_URL, {}, (414, "convsim_url_too_long")),
        ("/v1/?" + "x" * MAX_URL, {}, (414, "convsim_url_too_long")),
        (PATH, {f"X-{number}": "1" for number in range(MAX_HEADERS)}, (431, "convsim_headers_too_large")),
        (PATH, {"X-Long": "x" * 33_000}, (431, "convsim_headers_too_large")),
        (PATH, {"Transfer-Encoding": "chunked", "Content-Length": "2"}, (400, "convsim_ambiguous_body")),
    ],
)
def test_sizes_and_framing(http: TestClient, path: str, headers: dict[str, str], refusal: tuple[int, str]) -> None:
    answer = http.get(path, headers=headers)
    assert (answer.status_code, code(answer)) == refusal


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("OPTIONS", PATH),
        ("POST", "/_convsim/reset"),
        ("GET", "/_session/a b/v1/conversations"),
        ("GET", "/v1/" + "x" * MAX_URL),
    ],
)
def test_the_host_is_checked_first(http: TestClient, method: str, path: str) -> None:
    wrong = {"Host": "evil.test", "Origin": "http://evil.test", "Transfer-Encoding": "chunked", "Content-Length": "2"}
    assert http.request(method, path, headers=wrong).status_code == 421


def test_a_preflight_of_the_control_plane_is_not_answered(http: TestClient) -> None:
    asked = {"Origin": LISTED, "Access-Control-Request-Method": "POST"}
    for path in ("/_convsim/reset", "/_session/a/_convsim/reset"):
        answer = http.options(path, headers=asked)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"allowed_hosts": "localhost:1"}, "allowed_hosts='localhost:1' is one string"),
        ({"allowed_hosts": ["http://localhost:1"]}, "write it as the Host header has it"),
        ({"allowed_hosts": [1]}, "write it as the Host header has it"),
        ({"allowed_hosts": 5}, "allowed_hosts=5: write a list of strings"),
        ({"allowed_origins": None}, "allowed_origins=None: write a list of strings"),
        ({"allowed_origins": LISTED}, "is one string: write allowed_origins="),
        ({"allowed_origins": ["http://*"]}, "write scheme and host"),
        ({"allowed_origins": ["http://a/"]}, "write scheme and host"),
        ({"allowed_origins": ["a"]}, "write scheme and host"),
    ],
)
def test_what_is_no_host_and_no_origin_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Emulator().asgi(**options)
