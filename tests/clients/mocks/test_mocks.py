"""cassetter and httpx2-pytest, which clash with the mocks of the test environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cassetter
import httpx
import httpx2
import pytest
from openai import OpenAI

from convsim import Emulator, RefusedHostError

OTHER = "https://weather.example/"
UNSERVED = "https://api.openai.com/v1/models"
TAPE = """version: 1
interactions:
- request: {body: '', headers: {}, method: GET, uri: 'https://weather.example/'}
  response:
    body: {string: 'sunny'}
    headers: {Content-Type: [text/plain]}
    status: {code: 200, message: OK}
"""


@pytest.mark.parametrize("first", ["cassette", "emulator"])
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_cassette_of_cassetter_plays_other_hosts(tmp_path: Path, library: Any, first: str) -> None:
    tape = tmp_path / "tape.yaml"
    tape.write_text(TAPE)
    cassette, sim = cassetter.use_cassette(str(tape), record_mode="none"), Emulator()
    with cassette if first == "cassette" else sim.patch(), sim.patch() if first == "cassette" else cassette:
        assert library.get(OTHER).text == "sunny"
        if first == "cassette":
            OpenAI(api_key="sk-x").conversations.create()
    assert (len(sim.state), sim.refused) == (first == "cassette", ())


def answers_what_the_emulator_does_not(sim: Emulator, mock: Any) -> None:
    mock.add_response(url=OTHER, text="sunny")
    mock.add_response(url=UNSERVED, json={"object": "list", "data": []})
    assert httpx2.get(OTHER).text == "sunny"
    client = OpenAI()
    assert client.models.list().data == []
    assert client.conversations.create().id in sim.state
    with pytest.raises(RefusedHostError):
        httpx.get(OTHER)


def test_httpx2_pytest_before_the_fixture(httpx2_mock: Any, convsim: Emulator) -> None:
    answers_what_the_emulator_does_not(convsim, httpx2_mock)


def test_httpx2_pytest_behind_the_fixture(convsim: Emulator, httpx2_mock: Any) -> None:
    answers_what_the_emulator_does_not(convsim, httpx2_mock)
