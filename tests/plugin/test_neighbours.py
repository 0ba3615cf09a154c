"""Beside each plugin that users have: together it works, or the test fails with the neighbour's clear words."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import NEIGHBOURS, Run
from tests.profiles import IN_FULL

UNDER_THE_GUARD = "convsim_guard = true"
with_and_without_the_guard = pytest.mark.parametrize("ini", ["", UNDER_THE_GUARD], ids=["fixture", "guard"])


@with_and_without_the_guard
def test_time_machine(run: Run, ini: str) -> None:
    result = run(
        """
        import pytest
        from convsim import Clock
        from openai import OpenAI

        @pytest.mark.convsim(now=Clock.system())
        def test_the_clock_of_the_machine(convsim, time_machine):
            time_machine.move_to(1800000000, tick=False)
            assert OpenAI().conversations.create().created_at == 1800000000
            time_machine.shift(60)
            assert OpenAI().conversations.create().created_at == 1800000060

        @pytest.mark.time_machine(1800000000)
        def test_the_clock_of_the_emulator(convsim):
            assert OpenAI().conversations.create().created_at == 1741900000
        """,
        using=("time_machine",),
        ini=ini,
    )
    result.assert_outcomes(passed=2)


SOCKET = """
import asyncio, socket
import pytest
from openai import OpenAI
from pytest_socket import SocketBlockedError

def test_it(convsim, convsim_client, convsim_async_client):
    with pytest.raises(SocketBlockedError):
        socket.socket()
    made = OpenAI().conversations.create()
    assert convsim_client.conversations.retrieve(made.id).id == made.id
    assert asyncio.run(convsim_async_client.conversations.retrieve(made.id)).id == made.id
    with OpenAI().realtime.connect(model="gpt-realtime") as connection:
        assert connection.recv().type == "session.created"
"""

AFTERWARDS = """
def test_afterwards():
    assert socket.getaddrinfo("127.0.0.1", 80) and socket.gethostbyname("127.0.0.1")
"""


def test_pytest_socket(run: Run) -> None:
    arguments = ["--disable-socket", "--allow-unix-socket"]  # an event loop of asyncio is made with a pair of them
    afterwards = AFTERWARDS.replace("def test", "@pytest.mark.enable_socket\ndef test")
    run(SOCKET + afterwards, *arguments, using=("socket",), apart=True).assert_outcomes(passed=2)


def test_pytest_socket_without_unix_sockets(run: Run) -> None:
    result = run(
        """
        from openai import OpenAI

        def test_it(convsim):
            assert OpenAI().conversations.create().id in convsim.state
        """,
        "--disable-socket",
        using=("socket",),
    )
    result.assert_outcomes(passed=1)


def test_mocks_of_httpx_and_httpx2_under_the_guard(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import httpx, httpx2, pytest
        from convsim import RefusedHostError
        from openai import OpenAI

        def ask(httpx_mock, respx_mock, httpx2_mock):
            httpx_mock.add_response(url="https://one.example/", text="one")
            httpx2_mock.get("https://two.example/").respond(text="two")
            assert httpx.get("https://one.example/").text == "one"
            assert httpx2.get("https://two.example/").text == "two"

        def test_with_the_fixture(httpx_mock, respx_mock, httpx2_mock, convsim):
            ask(httpx_mock, respx_mock, httpx2_mock)
            assert OpenAI().conversations.create().id in convsim.state

        def test_without(httpx_mock, respx_mock, httpx2_mock):
            ask(httpx_mock, respx_mock, httpx2_mock)

        def test_respx(respx_mock, convsim):
            respx_mock.get("https://one.example/").respond(text="one")
            assert httpx.get("https://one.example/").text == "one"
            assert OpenAI().conversations.create().id in convsim.state

        def test_the_guard():
            with pytest.raises(RefusedHostError, match="convsim_guard is on"):
                httpx2.get("https://api.openai.com/v1/models")
        """,
        using=("pytest_httpx", "pytest_httpx2", "respx"),
        ini=UNDER_THE_GUARD,
    )
    result.assert_outcomes(passed=4)
    assert reached == []


def test_unittest_classes(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import unittest
        import pytest
        from convsim import patched
        from openai import AsyncOpenAI, OpenAI

        @pytest.mark.usefixtures("convsim")
        class ByMark(unittest.TestCase):
            def setUp(self):
                self.made = OpenAI().conversations.create().id

            def test_it(self):
                assert OpenAI().conversations.retrieve(self.made).id == self.made

        @pytest.mark.convsim(ids="sequential")
        class ByFixture(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def emulator(self, convsim):
                self.sim = convsim

            def test_it(self):
                assert OpenAI().conversations.create().id == "conv_1"
                assert list(self.sim.state) == ["conv_1"]

        @pytest.mark.usefixtures("convsim")
        class Async(unittest.IsolatedAsyncioTestCase):
            async def test_it(self):
                assert (await AsyncOpenAI().conversations.create()).id

        @patched(ids="sequential")
        class Patched(unittest.TestCase):
            def test_one(self):
                assert OpenAI(api_key="sk-any").conversations.create().id == "conv_1"

            def test_two(self):
                assert len(self.sim.state) == 0
        """,
    )
    result.assert_outcomes(passed=5)
    assert reached == []


def test_a_miss_in_a_unittest_class_fails_its_test(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import contextlib, unittest
        import httpx, pytest

        @pytest.mark.usefixtures("convsim")
        class Test(unittest.TestCase):
            def test_swallowed(self):
                with contextlib.suppress(Exception):
                    httpx.get("https://example.org/")

            def test_failing(self):
                httpx.get("https://example.org/")
        """
    )
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["_* ERROR at teardown of Test.test_swallowed _*", "GET https://example.org/ was not sent: the emulator is *"]
    )
    assert reached == []


# --- those that want a process of their own, as few as can be ------------------------------------------------------

# freezegun looks at each name of each module, and the SDK imports what a name stands for: all of it takes a second.
LESS = "" if IN_FULL else "import freezegun\nfreezegun.configure(extend_ignore_list=['openai'])\n"
FREEZEGUN = (
    LESS
    + """
import pytest
from convsim import Clock, Emulator
from freezegun import freeze_time
from openai import OpenAI

@pytest.mark.convsim(now=Clock.system())
def test_inside(convsim):
    with freeze_time("2027-01-15 08:00:00") as frozen:
        assert OpenAI().conversations.create().created_at == 1800000000
        frozen.tick(60)
        assert OpenAI().conversations.create().created_at == 1800000060

@freeze_time("2027-01-15 08:00:00")
def test_around_an_emulator_of_its_own():
    with Emulator(now=Clock.system()).patch() as sim:
        assert sim.openai().conversations.create().created_at == 1800000000

@freeze_time("2027-01-15 08:00:00")
def test_the_clock_of_the_emulator(convsim):
    assert OpenAI().conversations.create().created_at == 1741900000
"""
)

# A cassette plays the other hosts, and records none of the emulator's answers, nor a request of the guard's.
VCRPY = '''
import httpx, httpx2, pytest, vcr
from convsim import RefusedHostError
from openai import OpenAI

TAPE = """version: 1
interactions:
- request: {body: '', headers: {}, method: GET, uri: 'https://weather.example/'}
  response:
    body: {string: 'sunny'}
    headers: {}
    status: {code: 200, message: OK}
"""

@pytest.fixture
def tape(tmp_path):
    tape = tmp_path / "tape.yaml"
    tape.write_text(TAPE)
    yield str(tape)
    assert tape.read_text() == TAPE

@pytest.fixture
def cassette(tape):
    with vcr.use_cassette(tape, record_mode="none", allow_playback_repeats=True) as played:
        yield played

@pytest.fixture
def recording(tape):
    with vcr.use_cassette(tape, record_mode="new_episodes"):
        yield

def test_around_the_fixture(cassette, convsim):
    assert httpx.get("https://weather.example/").text == httpx2.get("https://weather.example/").text == "sunny"
    assert OpenAI().conversations.create().id in convsim.state

def test_a_cassette_that_records(tape, convsim):
    with vcr.use_cassette(tape, record_mode="new_episodes"):
        assert httpx.get("https://weather.example/").text == "sunny"

def test_a_cassette_around_the_fixture_that_records(recording, convsim):
    OpenAI().conversations.create()
    with pytest.raises(RefusedHostError):
        httpx.get("https://other.example/")

def test_without_the_fixture(recording):
    with pytest.raises(RefusedHostError, match="convsim_guard is on"):
        OpenAI().conversations.create()
'''

FASTAPI = """
import fastapi, pytest
from fastapi.testclient import TestClient
from openai import AsyncOpenAI, OpenAI

app = fastapi.FastAPI()

@app.post("/v1/conversations")
def start():
    return OpenAI().conversations.create().id

@app.post("/async")
async def start_async():
    return (await AsyncOpenAI().conversations.create()).id

@pytest.mark.parametrize("base_url", ["http://testserver", "https://api.openai.com"])
def test_it(convsim, base_url):
    with TestClient(app, base_url=base_url) as client:
        made = {client.post(path).json() for path in ("/v1/conversations", "/async")}
    assert made == set(convsim.state)
    assert len(made) == 2
"""

OPENTELEMETRY = """
import asyncio
import pytest
from openai import AsyncOpenAI, OpenAI
from opentelemetry.instrumentation.httpx import HTTPX2ClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

@pytest.fixture
def spans():
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPX2ClientInstrumentor().instrument(tracer_provider=provider)
    yield exporter.get_finished_spans
    HTTPX2ClientInstrumentor().uninstrument()

def ask(sim, spans):
    OpenAI().conversations.create()
    asyncio.run(AsyncOpenAI().conversations.create())
    assert len(sim.state) == len(spans()) == 2

def test_before_the_fixture(spans, convsim):
    ask(convsim, spans)

def test_behind_the_fixture(convsim, spans):
    ask(convsim, spans)
"""


def test_under_the_guard(pytester: pytest.Pytester, run: Run, reached: list[str]) -> None:
    pytester.makepyfile(
        test_freezegun=FREEZEGUN, test_vcrpy=VCRPY, test_fastapi=FASTAPI, test_opentelemetry=OPENTELEMETRY
    )
    socket = SOCKET.replace("def test_it", "@pytest.mark.disable_socket\ndef test_it") + AFTERWARDS
    result = run(socket, "--allow-unix-socket", using=("socket",), ini=UNDER_THE_GUARD, apart=True)
    result.assert_outcomes(passed=3 + 4 + 2 + 2 + 2)
    assert reached == []


HYPOTHESIS = """
from convsim import Emulator
from hypothesis import given, settings, strategies as st
from openai import OpenAI

@given(st.integers())
def test_with_the_fixture(convsim, number): ...

SEEN = set()

@settings(max_examples=10, deadline=None)  # the first one imports the SDK
@given(st.text("abc", max_size=16))  # of all characters, it would make their tables first
def test_patched_inside(topic):
    with Emulator().patch() as sim:
        made = OpenAI(api_key="sk-any").conversations.create(metadata={"topic": topic})
        SEEN.add(made.id)
        assert sim.conversations.retrieve(made.id).metadata == {"topic": topic}
    assert len(SEEN) == 1
"""

ALL = """
import httpx, httpx2, pytest
from convsim import Clock
from openai import AsyncOpenAI, OpenAI

@pytest.mark.convsim(now=Clock.system())
def test_mocks(httpx_mock, respx_mock, httpx2_mock, time_machine, convsim):
    time_machine.move_to(1800000000, tick=False)
    httpx_mock.add_response(url="https://one.example/", text="one")
    httpx2_mock.get("https://two.example/").respond(text="two")
    assert httpx.get("https://one.example/").text == "one"
    assert httpx2.get("https://two.example/").text == "two"
    assert OpenAI().conversations.create().created_at == 1800000000

@pytest.mark.asyncio
async def test_asyncio(convsim):
    assert (await AsyncOpenAI().conversations.create()).id in convsim.state

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_anyio(convsim):
    assert (await AsyncOpenAI().conversations.create()).id in convsim.state
"""


def test_all_neighbours_at_once(pytester: pytest.Pytester, run: Run, reached: list[str]) -> None:
    pytester.makepyfile(test_freezegun=FREEZEGUN, test_hypothesis=HYPOTHESIS)
    ini = "asyncio_default_fixture_loop_scope = function"
    result = run(ALL, "--strict-markers", using=NEIGHBOURS, apart=True, ini=ini)
    result.assert_outcomes(passed=3 + 3 + 1, failed=1)
    result.stdout.fnmatch_lines(["E * hypothesis.errors.FailedHealthCheck: *unction-scoped fixture 'convsim'*"])
    assert reached == []
