"""Each front takes some mutated input in every run of the tests, and a broken rule is found and told with its input."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from convsim.http.messages import Response
from convsim.service.connection import DirectConnection
from tests.fuzz import requests, sockets, streams
from tests.fuzz.__main__ import FRONTS, main, run
from tests.fuzz.mutation import as_bytes, mutated
from tests.fuzz.requests import TURN
from tests.profiles import examples


@pytest.mark.parametrize(("name", "steps"), [("requests", 1500), ("events", 600), ("streams", 100), ("sockets", 300)])
def test_no_rule_is_broken(name: str, steps: int) -> None:
    sent, refused = run(name, seed=1, steps=examples(steps))
    assert sent == examples(steps)
    assert 0 < refused < sent


def test_the_same_seed_sends_the_same() -> None:
    first, second, other = ([as_bytes(mutated(TURN, made), made) for _ in range(50)] for made in map(Random, (1, 1, 2)))
    assert first == second != other


def broken(**changes: Any) -> Any:
    def handle(sim: Any, request: Any) -> Response:
        answer = Response(400, [], b'{"error": {"message": "x", "type": "x", "param": null, "code": null}}')
        return answer._replace(**changes)

    return handle


def raising(sim: Any, request: Any) -> Response:
    raise RecursionError("too deep")


def storing(sim: Any, request: Any) -> Response:
    sim.conversations.create()
    return broken()(sim, request)  # type: ignore[no-any-return]


def waiting(sim: Any, request: Any) -> Response:
    requests.SLOWEST = 0.0
    return broken()(sim, request)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        (broken(status=500), ": 500 "),
        (broken(body=b'{"error": {"message": "x"}}'), "{'message': 'x'}"),
        (raising, "raises RecursionError('too deep')"),
        (storing, "and changed what is stored"),
        (waiting, " took 0.0 s"),
    ],
    ids=["5xx", "envelope", "exception", "state", "time"],
)
def test_a_broken_rule_of_requests_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], handle: Any, words: str
) -> None:
    monkeypatch.setattr(requests, "SLOWEST", requests.SLOWEST)
    monkeypatch.setattr(requests, "handle", handle)
    assert main(["--only", "requests", "--minutes", "1"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("requests, seed 0: Request(")
    assert words in said


@pytest.mark.parametrize(
    ("answers", "words"),
    [(ValueError("x"), "raises ValueError('x')"), ([{"type": "error", "error": {"message": "x"}}], '"message": "x"')],
    ids=["exception", "error event"],
)
def test_a_broken_rule_of_events_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answers: Any, words: str
) -> None:
    def events(connection: DirectConnection) -> Any:
        if isinstance(answers, Exception) and connection.closed is None and sent:
            raise answers
        sent.append(1)
        return answers if len(sent) > 1 and not isinstance(answers, Exception) else []

    sent: list[int] = []
    monkeypatch.setattr(DirectConnection, "events", events)
    assert main(["--only", "events", "--minutes", "1"]) == 1
    assert words in capsys.readouterr().out


def test_a_broken_rule_of_streams_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    counts = iter(range(1000))
    monkeypatch.setattr(streams.Streams, "count", lambda front: next(counts) * 7)
    assert main(["--only", "streams", "--minutes", "1"]) == 1
    assert "0 items became 7 in a turn of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("heard", "words"), [(b"HTTP/1.1 500 x\r\n\r\n", "500 x"), (b"garbage", "garbage"), (b"", "after ")]
)
def test_a_broken_rule_of_sockets_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], heard: bytes, words: str
) -> None:
    monkeypatch.setattr(sockets.Sockets, "heard", lambda front, data: heard)
    assert main(["--only", "sockets", "--minutes", "1"]) == 1
    assert words in capsys.readouterr().out


def test_the_command_tells_what_it_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--minutes", "0.004", "--seed", "3"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == list(FRONTS)
    assert all(line.endswith("refused, no rule broken") for line in said)
