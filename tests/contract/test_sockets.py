"""Realtime scenarios over a WebSocket, where the server is not as expected."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR
from threading import Thread
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from convsim.contract import sockets
from convsim.contract.control import Control
from convsim.contract.events import event
from convsim.contract.evidence import inferred
from convsim.contract.realtime import Heard, Opening, Send, realtime
from convsim.contract.sockets import perform, require_library
from convsim.contract.telling import Failure
from convsim.contract.turn_sockets import create, socket
from convsim.errors import ConvsimError
from convsim.http.messages import Close

HELLO = Opening(Heard((event("hello"),)))
TEXT = '{"type":"hello","event_id":"event_1"}'
CLEARED = '{"type":"input_audio_buffer.cleared","event_id":"event_2"}'


@contextmanager
def server(handler: Callable[[ServerConnection], None]) -> Iterator[str]:
    def handle(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):  # the client leaves when it has heard enough
            handler(connection)

    with serve(handle, "127.0.0.1", 0) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.socket.getsockname()[1]}/v1"
        serving.shutdown()
        thread.join()


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that answers each opening with this status."""
    with serve(
        lambda connection: None,
        "127.0.0.1",
        0,
        process_request=lambda connection, request: connection.respond(status, ""),
    ) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.socket.getsockname()[1]}/v1"
        serving.shutdown()
        thread.join()


def saying(*texts: str) -> Callable[[ServerConnection], None]:
    """Greet the client, and answer each message with the next of these texts."""

    def handler(connection: ServerConnection) -> None:
        connection.send(TEXT)
        for text in texts:
            connection.recv()
            connection.send(text)
        connection.close(1001, "Bye.")

    return handler


def found(handler: Callable[[ServerConnection], None], opening: Opening, *steps: Any) -> list[Failure]:
    with server(handler) as url:
        return perform(realtime("x", "X", inferred("x"), opening, *steps), url, "sk-own", None)


def lines(failures: list[Failure]) -> list[str]:
    return [line for failure in failures for line in failure.lines]


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test of what does not come; to whatever comes, a busy machine may need longer."""
    monkeypatch.setattr(sockets, "PATIENCE", 0.2)


def test_what_is_heard_as_expected_is_the_same() -> None:
    pinged = Send({"type": "ping"}, Heard((event("pong"),)))
    assert found(saying('{"type":"pong","event_id":"event_3"}', CLEARED), HELLO, pinged) == []


def test_the_opening_says_the_key_the_dialect_and_the_model() -> None:
    heard: dict[str, str | None] = {}

    def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard["path"] = connection.request.path
        for name in ("Authorization", "OpenAI-Beta"):
            heard[name] = connection.request.headers.get(name)
        saying(CLEARED)(connection)

    assert found(handler, HELLO) == []
    assert heard == {
        "path": "/v1/realtime?model=gpt-realtime",
        "Authorization": "Bearer sk-own",
        "OpenAI-Beta": None,
    }
    assert found(handler, Opening(HELLO.heard, "beta", None, None)) == []
    assert heard == {"path": "/v1/realtime", "Authorization": None, "OpenAI-Beta": "realtime=v1"}
    assert found(handler, Opening(HELLO.heard, key="sk-bad")) == []
    assert heard["Authorization"] == "Bearer sk-bad"


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (('{"type":"other","event_id":"event_2"}',), "event 1: .type: expected 'input_audio_buffer.cleared'"),
        (("no JSON",), "event 1: : expected JSON, got 'no JSON'"),
        ((), "expected input_audio_buffer.cleared, got ConnectionClosed"),
    ],
)
def test_an_event_too_many_is_found_behind_the_last_step(texts: tuple[str, ...], line: str) -> None:
    (failure,) = found(saying(*texts), HELLO)
    assert failure.step == "behind the last step"
    assert failure.lines[0].startswith(line)


@pytest.mark.usefixtures("impatience")
def test_what_does_not_come_is_waited_for_and_told() -> None:
    def silent(connection: ServerConnection) -> None:
        connection.send(TEXT)
        connection.recv()
        connection.recv()

    (failure,) = found(silent, HELLO, Send("text", Heard((event("x"),))))
    assert failure == Failure(1, "send 'text'", ("expected x, got TimeoutError('timed out in 0.2s')",))


@pytest.mark.usefixtures("impatience")
def test_a_close_is_held_against_the_expected_one() -> None:
    def closing(close: Close) -> Opening:
        return Opening(Heard((event("hello"),), close))

    assert found(saying(), closing(Close(1001, "Bye."))) == []
    assert lines(found(saying(), closing(Close(1000, "")))) == ["expected the close 1000 '', got the close 1001 'Bye.'"]

    def going_on(connection: ServerConnection) -> None:
        connection.send(TEXT)
        connection.send("x")

    def waiting(connection: ServerConnection) -> None:
        connection.send(TEXT)
        connection.recv()

    assert lines(found(going_on, closing(Close(1000, ""))))[0].endswith("got x")
    assert lines(found(waiting, closing(Close(1000, ""))))[0].endswith("got nothing")

    def broken(connection: ServerConnection) -> None:
        connection.send(TEXT)
        connection.socket.shutdown(SHUT_RDWR)

    assert found(broken, closing(Close(1006))) == []


def test_with_the_control_plane_sizes_count_too() -> None:
    text = TEXT.replace("event_1", f"event_{'a' * 21}")
    opening = Opening(Heard((event("hello"),), Close(1001, "Bye."), sizes=(7,)))

    def handler(connection: ServerConnection) -> None:
        connection.send(text)
        connection.close(1001, "Bye.")

    with server(handler) as url, httpx2.Client() as client:
        failures = perform(realtime("x", "X", inferred("x"), opening), url, "k", Control(client, url, "t", "s"))
    assert lines(failures) == [f"sizes: expected (7,), got ({len(text)},)"]


def test_a_session_that_cannot_be_opened_is_one_failure() -> None:
    with answering(403) as url:
        (failure,) = perform(realtime("x", "X", inferred("x"), HELLO), url, "sk-own", None)
        assert (failure.number, failure.step) == (0, "open a session: model 'gpt-realtime', key 'sk-test', ga")
        assert failure.lines == ("no connection: server rejected WebSocket connection: HTTP 403",)
        (failure,) = perform(socket("x", "X", inferred("x"), create()), url, "sk-own", None)
        assert (failure.number, failure.step) == (0, "connect to /responses")


def test_a_refused_key_and_no_answer_are_errors_unless_the_scenario_sends_another_key() -> None:
    turns = socket("x", "X", inferred("x"), create())
    with answering(401) as url:
        with pytest.raises(PermissionError, match="HTTP 401"):
            perform(turns, url, "sk-own", None)
        (failure,) = perform(realtime("x", "X", inferred("x"), Opening(HELLO.heard, key="sk-bad")), url, "sk-own", None)
        assert failure.lines == ("no connection: server rejected WebSocket connection: HTTP 401",)
    with pytest.raises(ConnectionRefusedError):
        perform(turns, "http://127.0.0.1:9/v1", "sk-own", None)


def test_turns_are_messages_on_a_connection_to_responses() -> None:
    paths: list[str] = []
    heard: list[str] = []

    def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        paths.append(connection.request.path)
        for text in ('{"type":"response.created"}', *texts):
            connection.recv()
            connection.send(text)
        connection.recv()

    turns = socket("x", "X", inferred("x"), create({"type": "response.created"}, model="m"))
    refusal = '{"type":"error","status":422,"error":"No such lane."}'
    with server(handler) as url:
        texts = [refusal]
        assert perform(turns, url, "sk-own", None, heard.append) == []
        texts = ['{"type":"response.completed"}', refusal]
        (failure,) = perform(turns, url, "sk-own", None)
    assert (paths[0], heard) == ("/v1/responses", ['{"type":"response.created"}', refusal])
    assert failure.number == 2
    assert failure.step == "behind the last step"
    assert "event 1: .type: expected 'error', got 'response.completed'" in failure.lines


def test_the_line_to_install_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    require_library()
    monkeypatch.setattr("websockets.version.version", "13.1")
    with pytest.raises(ConvsimError, match=r"websockets 13\.1 is too old: python -m pip install 'websockets>=14'"):
        require_library()
    monkeypatch.setitem(sys.modules, "websockets.version", None)
    with pytest.raises(ConvsimError, match="websockets is not installed: python -m pip install 'websockets>=14'"):
        require_library()
