"""Webhooks that the server posts to an application on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import openai
import pytest

from convsim import Emulator, UsageError
from convsim.cli.main import main
from convsim.server import webhooks
from convsim.server.webhooks import Poster
from tests.server.asking import KEY, Control


class Receiver(HTTPServer):
    """An application that notes what it is posted, and redirects where it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, bytes, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(302 if self.path == "/elsewhere" else 204)
        self.send_header("location", "http://192.0.2.1/")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ended(sim: Emulator) -> None:
    """A turn in the background of an emulator has ended."""
    sim.responses.script("Hi.")
    sim.responses.create(model="gpt-4.1", input="Hi", background=True)


def posted(sim: Emulator, url: str) -> list[str]:
    """What is said of posting the webhooks of an emulator there."""
    said: list[str] = []
    poster = Poster(url, said.append)
    poster.take_from(sim)
    poster.close()
    return said


def test_it_is_posted_signed_at_the_machines_time(receiver: Receiver) -> None:
    sim = Emulator(ids="sequential")
    ended(sim)
    assert posted(sim, f"{receiver.url}/hook?a=b") == ["webhook wh_1: 204"]
    ((path, body, headers),) = receiver.got
    assert path == "/hook?a=b"
    client = openai.OpenAI(api_key="x", webhook_secret=sim.webhooks.secret)
    assert client.webhooks.unwrap(body, headers).type == "response.completed"


def test_no_more_wait_than_there_is_room_for(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WAITING", 0)
    sim = Emulator(ids="sequential")
    ended(sim)
    assert posted(sim, receiver.url) == ["webhook wh_1: not delivered: 0 others wait for the application"]
    assert (receiver.got, len(sim.webhooks)) == ([], 0)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    sim = Emulator(ids="sequential")
    ended(sim)
    assert posted(sim, f"{receiver.url}/elsewhere") == ["webhook wh_1: 302"]


def test_an_application_that_is_not_there_is_told() -> None:
    sim = Emulator(ids="sequential")
    ended(sim)
    ended(sim)
    said = posted(sim, "http://127.0.0.1:9/hook")
    assert [line.partition(": not delivered: ")[0] for line in said] == ["webhook wh_1", "webhook wh_2"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "https://127.0.0.1/", "http://user:secret@127.0.0.1/", "http://127.0.0.1:x/"),
        *("127.0.0.1:8000", "", "http://127.0.0.1.example.com/", "http://192.168.0.1/"),
    ],
)
def test_other_machines_are_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="webhooks go to this machine only"):
        Poster(url, print)
    with pytest.raises(SystemExit, match="1"):
        main(["serve", "--webhook", url])
    said = capsys.readouterr().err
    assert "webhooks go to this machine only; write http://127.0.0.1:8000/webhook" in said
    assert "secret" not in said


def test_the_server_posts_as_a_turn_ends(receiver: Receiver) -> None:
    said: list[str] = []
    control = Control()
    control.app.poster = Poster(receiver.url, said.append)
    control.sim.responses.script("Hi.", delay=30)
    control.http.post("/v1/responses", headers=KEY, json={"model": "gpt-4.1", "input": "Hi", "background": True})
    control.told("POST", "/clock", {"advance": 30})
    control.app.poster.close()
    assert len(said) == len(receiver.got) == 1
    assert receiver.got[0][0] == "/"
