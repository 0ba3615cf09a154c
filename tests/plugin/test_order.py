"""The plugin on two workers of xdist, and in a random order."""

from __future__ import annotations

from hashlib import sha256

import pytest

from convsim import Emulator
from tests.asking import client
from tests.plugin.conftest import Run
from tests.plugin.test_api_key import APP as BUILDING
from tests.plugin.test_api_key import TEST as BUILT
from tests.plugin.test_server import CHILD

in_each_way = pytest.mark.parametrize(
    ("using", "argument"), [("xdist", "-n2"), ("randomly", "--randomly-seed=1")], ids=["xdist", "random"]
)

# In one run, because a run costs more than all of its tests.
UNGUARDED = """
import asyncio, os
import httpx2
import pytest
from convsim import RefusedHostError
from openai import OpenAI

@pytest.mark.convsim(ids="sequential")
@pytest.mark.parametrize("turn", range(10))
class TestUse:
    def test_default_client(self, convsim, turn):
        assert OpenAI().conversations.create().id == "conv_1"
        assert list(convsim.state) == ["conv_1"]

    def test_async_client(self, convsim_async_client, turn):
        assert asyncio.run(convsim_async_client.conversations.create()).id == "conv_1"

    def test_factory(self, convsim_factory, turn):
        assert convsim_factory(ids="sequential").conversations.create().id == "conv_1"

    def test_no_key_is_left(self, turn):
        assert "OPENAI_API_KEY" not in os.environ

def fetch(turn):
    httpx2.get(f"https://example.org/{turn}")

@pytest.mark.convsim(ids="sequential")
@pytest.mark.parametrize("turn", range(4))
class TestMisses:
    def test_swallowed(self, convsim, turn):
        try:
            fetch(turn)
        except Exception:
            pass

    def test_expected(self, convsim, turn):
        with pytest.raises(RefusedHostError):
            fetch(turn)

    def test_failing(self, convsim, turn):
        fetch(turn)

    def test_good(self, convsim, turn):
        assert convsim.conversations.create().id == "conv_1"
"""

STREAMED = """
from hashlib import sha256

@pytest.mark.convsim(seed=7, replies=["Paris is nice."])
@pytest.mark.parametrize("turn", range(6))
def test_stream(convsim, turn):
    asked = {"model": "gpt-5.5", "input": "Where?", "stream": True}
    key = {"Authorization": "Bearer sk-any"}
    answer = httpx2.post("https://api.openai.com/v1/responses", json=asked, headers=key)
    assert answer.text.count("event: ") == 11
    assert sha256(answer.content).hexdigest() == "DIGEST"
"""


# Each worker has a port of its own.
SERVED = """
import child

@pytest.mark.parametrize("turn", range(4))
def test_server(convsim_server, turn):
    child.run()
    assert len(convsim_server.sim.state) == 1
"""


@in_each_way
def test_fixtures_marker_misses_and_the_bytes_of_a_stream(
    pytester: pytest.Pytester, run: Run, reached: list[str], using: str, argument: str
) -> None:
    pytester.makepyfile(child=CHILD)
    with client(Emulator(seed=7, replies=["Paris is nice."])) as http:
        answer = http.post("/responses", json={"model": "gpt-5.5", "input": "Where?", "stream": True})
    streamed = STREAMED.replace("DIGEST", sha256(answer.content).hexdigest())
    result = run(UNGUARDED + streamed + SERVED, argument, using=(using,))
    result.assert_outcomes(passed=40 + 12 + 6 + 4, failed=4, errors=4)
    lines = result.stdout.lines
    for turn in range(4):
        heading = f"ERROR at teardown of TestMisses.test_swallowed[{turn}]"
        start = next(n for n, line in enumerate(lines) if line.strip("_ ") == heading)
        assert any(
            line.startswith(f"GET https://example.org/{turn} was not sent:") for line in lines[start + 1 : start + 3]
        )
    assert reached == []


GUARDED = """
import pytest
from openai import OpenAI

def start():
    return OpenAI(api_key="sk-any", max_retries=0).conversations.create().id

@pytest.mark.parametrize("turn", range(4))
class TestIt:
    def test_with(self, convsim, turn):
        assert start() in convsim.state

    def test_without(self, turn):
        start()

    def test_swallowed(self, turn):
        try:
            start()
        except Exception:
            pass

    def test_untouched(self, turn): ...
"""


@in_each_way
def test_the_guard(pytester: pytest.Pytester, run: Run, reached: list[str], using: str, argument: str) -> None:
    """Beside clients that are built at import, with ``convsim_api_key``."""
    pytester.makepyfile(app=BUILDING, test_key=BUILT)
    result = run(GUARDED, argument, using=(using,), ini="convsim_guard = true\nconvsim_api_key = sk-test")
    result.assert_outcomes(passed=8 + 1, failed=8)
    sentence = "POST https://api.openai.com/v1/conversations was not sent: convsim_guard is on, "
    lines = [line.removeprefix("E").strip() for line in result.stdout.lines]
    assert sum(line.startswith(sentence) for line in lines) == 4
    assert sum(line.startswith(f"convsim.errors.RefusedHostError: {sentence}") for line in lines) == 4
    assert reached == []
