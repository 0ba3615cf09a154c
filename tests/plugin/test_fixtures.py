from __future__ import annotations

import os

import httpx
import httpx2
import pytest

from tests.plugin.conftest import Run

APP = """
from openai import AsyncOpenAI, OpenAI

def start():
    return OpenAI().conversations.create(metadata={"topic": "demo"}).id

async def start_async():
    return (await AsyncOpenAI().conversations.create()).id
"""


@pytest.fixture(autouse=True)
def app(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=APP)


REACHING = """
import asyncio
import pytest
from app import start, start_async
from openai import AsyncOpenAI, OpenAI

def test_the_code_under_test_with_its_own_client(convsim):
    conversation_id = start()
    assert list(convsim.state) == [conversation_id]
    assert convsim.conversations.retrieve(conversation_id).metadata == {"topic": "demo"}

SEEN = []

@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_has_a_fresh_emulator_that_gives_the_same_ids(convsim, turn):
    assert len(convsim.state) == 0
    SEEN.append(start())
    assert SEEN == [SEEN[0]] * turn

@pytest.fixture
def support(convsim):
    return convsim.seed(conversation_id="conv_support", metadata={"topic": "support"})

def test_a_fixture_may_arrange_before_the_test(support):
    assert OpenAI().conversations.retrieve("conv_support").metadata == {"topic": "support"}

def test_the_client(convsim, convsim_client):
    assert isinstance(convsim_client, OpenAI)
    assert convsim_client.conversations.create().id in convsim.state

def test_the_async_client(convsim, convsim_async_client):
    assert isinstance(convsim_async_client, AsyncOpenAI)
    assert asyncio.run(convsim_async_client.conversations.create()).id in convsim.state

def test_both_and_no_emulator_by_name(convsim_client, convsim_async_client):
    made = convsim_client.conversations.create()
    assert asyncio.run(convsim_async_client.conversations.retrieve(made.id)).id == made.id

def test_code_under_test_with_asyncio_run(convsim):
    assert asyncio.run(start_async()) in convsim.state

CLIENTS = []

def test_the_client_is_open(convsim_client):
    assert not convsim_client.is_closed()
    CLIENTS.append(convsim_client)

def test_the_client_is_closed_when_its_test_has_ended():
    assert CLIENTS[0].is_closed()
"""


def test_code_under_test_clients_and_fixtures_reach_the_emulator_of_the_test(run: Run, reached: list[str]) -> None:
    run(REACHING).assert_outcomes(passed=11)
    assert reached == []


def test_nothing_is_left_patched(run: Run) -> None:
    seams = [
        (owner, name, vars(owner)[name])
        for library in (httpx, httpx2)
        for owner, name in (
            (library.HTTPTransport, "handle_request"),
            (library.AsyncHTTPTransport, "handle_async_request"),
            (pytest.RaisesExc, "__exit__"),
        )
    ]
    result = run(
        """
        import httpx, httpx2, pytest
        BEFORE = httpx.HTTPTransport.handle_request, httpx2.HTTPTransport.handle_request, pytest.RaisesExc.__exit__

        def now():
            return httpx.HTTPTransport.handle_request, httpx2.HTTPTransport.handle_request, pytest.RaisesExc.__exit__

        def test_passes(convsim):
            assert not any(one is other for one, other in zip(now(), BEFORE))

        def test_fails(convsim):
            raise ValueError

        def test_without():  # what outlives its test is looked for until the end of the run
            assert pytest.RaisesExc.__exit__ is BEFORE[2]
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    assert all(vars(owner)[name] is method for owner, name, method in seams)


ASYNC_BODY = """
async def test_the_client(convsim, convsim_async_client):
    assert (await convsim_async_client.conversations.create()).id in convsim.state

async def test_the_code_under_test(convsim):
    assert await start_async() in convsim.state
"""


@pytest.mark.parametrize(
    ("mode", "mark"), [("auto", ""), ("strict", "pytestmark = pytest.mark.asyncio")], ids=["auto", "strict"]
)
def test_pytest_asyncio(run: Run, reached: list[str], mode: str, mark: str) -> None:
    result = run(
        f"import pytest\nfrom app import start_async\n{mark}\n{ASYNC_BODY}",
        using=("asyncio",),
        ini=f"asyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function",
    )
    result.assert_outcomes(passed=2)
    assert reached == []


def test_anyio_on_asyncio_and_on_trio(run: Run, reached: list[str]) -> None:
    head = """
import pytest
from app import start_async
pytestmark = pytest.mark.anyio

@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param
"""
    result = run(head + ASYNC_BODY, "-v", using=("anyio",))
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*test_the_client?asyncio? PASSED*", "*test_the_client?trio? PASSED*"])
    assert reached == []


def test_the_factory_serves_a_session_and_patches_nothing(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import httpx2, pytest

        @pytest.fixture(scope="session")
        def shared(convsim_factory):
            return convsim_factory(ids="sequential")

        def test_one(shared):
            assert shared.conversations.create().id == "conv_1"

        def test_two(shared):
            assert shared.conversations.create().id == "conv_2"

        def test_each_is_its_own(convsim_factory):
            one, other = convsim_factory(), convsim_factory()
            one.conversations.create()
            assert (len(one.state), len(other.state)) == (1, 0)

        def test_a_client_without_a_transport_of_theirs_goes_to_the_network(shared, convsim_factory):
            sim = convsim_factory()
            with pytest.raises(httpx2.ConnectError):
                httpx2.get("https://api.openai.com/v1/conversations/conv_1")
            assert len(sim.journal) == 0

        def test_a_wrong_option_is_refused_where_it_is_called(convsim_factory):
            convsim_factory(ids="x")
        """
    )
    result.assert_outcomes(passed=4, failed=1)
    assert reached == ["api.openai.com"]
    result.stdout.fnmatch_lines(
        [
            "E * convsim.errors.UsageError: Emulator(ids='x'): write 'live' or 'sequential'",
            "FAILED test_it.py::test_a_wrong_option_is_refused_where_it_is_called - *",
        ]
    )


KEY = """
import os
import pytest

def test_without():
    assert os.environ.get("OPENAI_API_KEY") == {outside!r}

def test_with(convsim):
    assert os.environ["OPENAI_API_KEY"] == "sk-convsim-0"

def test_afterwards():
    assert os.environ.get("OPENAI_API_KEY") == {outside!r}

@pytest.mark.convsim(api_keys=["sk-one", "sk-two"])
def test_with_keys_of_its_own(convsim):
    assert os.environ["OPENAI_API_KEY"] == "sk-one"

def test_that_sets_its_own(convsim, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-test")

def test_at_last():
    assert os.environ.get("OPENAI_API_KEY") == {outside!r}
"""


@pytest.mark.parametrize("outside", [None, "", "sk-mine"])
def test_the_key_is_the_emulators_for_the_test_whatever_there_was(
    run: Run, monkeypatch: pytest.MonkeyPatch, outside: str | None
) -> None:
    if outside is not None:
        monkeypatch.setenv("OPENAI_API_KEY", outside)
    run(KEY.format(outside=outside)).assert_outcomes(passed=6)
    assert os.environ.get("OPENAI_API_KEY") == outside


@pytest.mark.parametrize("ini", ["", "convsim_guard = true"])
def test_clients_find_a_key_that_the_marker_accepts_with_and_without_the_guard(run: Run, ini: str) -> None:
    result = run(
        """
        import pytest
        from openai import AzureOpenAI, OpenAI

        @pytest.mark.convsim(api_keys=["sk-real"], base_urls=["https://x.openai.azure.com/openai/v1"])
        def test_it(convsim):
            OpenAI().conversations.create()
            AzureOpenAI(base_url="https://x.openai.azure.com/openai/v1", api_version="preview").conversations.create()
            assert len(convsim.state) == 2
        """,
        ini=ini,
    )
    result.assert_outcomes(passed=1)
