"""A request that was kept from the network fails the test, also when the code under test swallows the refusal."""

from __future__ import annotations

import re

import pytest

from tests.plugin.conftest import Run, outcomes

SENTENCE = (
    "GET https://example.org/data was not sent: the emulator is patched in, and example.org is not one of its hosts."
    " It answers for https://api.openai.com/v1. To make it answer here too, add 'https://example.org' to"
    " base_urls=[...]; to let this host through, write other_hosts={'example.org': 'pass'}, and 'offline' to let it"
    " find no network (both are options of Emulator(...) and of @pytest.mark.convsim(...))."
)

pytestmark = pytest.mark.usefixtures("app")


def below(result: pytest.RunResult, heading: str) -> list[str]:
    """Return the lines below a heading of the errors, up to the next one or the first section."""
    lines = result.stdout.lines
    start = next(n for n, line in enumerate(lines) if line.strip("_ ") == heading)
    end = next(n for n, line in enumerate(lines) if n > start and line[:3] in ("___", "===", "---"))
    return lines[start + 1 : end]


MISSING = """
import httpx2, pytest
from app import fetch, swallow

def test_swallowed(convsim):
    assert swallow() == ""

def test_another(convsim): ...

def test_several(convsim):
    for path in "data", "other", "data":
        swallow(path)

def test_that_lets_it_through(convsim):
    fetch()

def test_that_fails_by_itself(convsim):
    assert swallow() == "data"

@pytest.fixture
def data(convsim):
    return fetch()

def test_the_setup_of_another_fixture(data): ...

def test_an_unknown_path_on_our_host(convsim):
    headers = {"authorization": "Bearer sk-any"}
    assert httpx2.get("https://api.openai.com/v1/nothing", headers=headers).status_code == 404
"""


def test_a_refusal_fails_the_test_once_at_teardown_where_it_was_swallowed(run: Run, reached: list[str]) -> None:
    result = run(MISSING, "-rA")
    assert outcomes(result) == {
        "test_swallowed": "passed error",
        "test_another": "passed",
        "test_several": "passed error",
        "test_that_lets_it_through": "failed",
        "test_that_fails_by_itself": "failed",
        "test_the_setup_of_another_fixture": "error",
        "test_an_unknown_path_on_our_host": "passed",
    }
    assert below(result, "ERROR at teardown of test_swallowed") == [SENTENCE]
    assert below(result, "ERROR at teardown of test_several") == [SENTENCE, SENTENCE.replace("/data", "/other")]
    let_through = below(result, "test_that_lets_it_through")
    said = [line[1:].strip() for line in let_through if line.startswith("E  ")]
    assert said == [f"convsim.errors.RefusedHostError: {SENTENCE}"]
    # The traceback ends at the user's line.
    locations = [line for line in let_through if re.match(r"\S+\.py:\d+: ", line)]
    assert locations == ["test_it.py:14: ", "app.py:4: RefusedHostError"]
    assert reached == []


def test_other_hosts_pass_where_the_marker_says_so(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import pytest
        from app import swallow

        @pytest.mark.convsim(other_hosts="pass")
        def test_it(convsim):
            swallow()
            assert convsim.refused == ()
        """
    )
    result.assert_outcomes(passed=1)
    assert reached == ["example.org"]


OFFLINE = """
import asyncio
import httpx, httpx2, openai, pytest
from websockets.sync.client import connect

HOSTS = {"*.example.org": "offline", "open.example.org": "pass", "closed.example.org": "refuse"}

async def create_on_aiohttp():
    own = {"http_client": openai.DefaultAioHttpClient(), "base_url": "https://prices.example.org/v1", "max_retries": 0}
    async with openai.AsyncOpenAI(**own) as client:
        await client.conversations.create()

async def get(library):
    async with library.AsyncClient() as client:
        await client.get("https://prices.example.org/list?key=1")

@pytest.mark.convsim(other_hosts=HOSTS)
def test_it(convsim):
    for library in httpx, httpx2:
        with pytest.raises(library.ConnectError, match="Name or service not known"):
            library.get("https://prices.example.org/list?key=1")
        with pytest.raises(library.ConnectError, match="Name or service not known"):
            asyncio.run(get(library))
    with pytest.raises(OSError, match="Name or service not known"):
        connect("wss://prices.example.org/")
    with pytest.raises(openai.APIConnectionError) as caught:
        asyncio.run(create_on_aiohttp())
    assert "Cannot connect to host prices.example.org" in str(caught.value.__cause__)
    assert convsim.refused == ()
    assert convsim.offline == (
        *["GET https://prices.example.org/list"] * 4,
        "GET wss://prices.example.org/",
        "POST https://prices.example.org/v1/conversations",
    )
    with pytest.raises(httpx2.ConnectError, match="there is no network"):
        httpx2.get("https://open.example.org/")
    with pytest.raises(AssertionError, match="closed.example.org is not one of its hosts"):
        httpx2.get("https://closed.example.org/")
    convsim.reset()
    assert convsim.offline == ()

def test_by_the_ini(convsim):
    with pytest.raises(httpx2.ConnectError, match="there is no network"):
        httpx2.get("https://open.example.org/")
    with pytest.raises(AssertionError, match="is not one of its hosts"):
        httpx2.get("https://prices.example.org/")

def test_failing(convsim, convsim_factory):
    try:
        httpx2.get("https://elsewhere.example/list")
    except httpx2.ConnectError:
        raise ValueError
"""


def test_each_host_may_have_a_policy_of_its_own(run: Run, reached: list[str]) -> None:
    ini = "convsim_other_hosts =\n    * = refuse\n    open.example.org = pass\n    elsewhere.example = offline"
    result = run(OFFLINE, ini=ini)
    result.assert_outcomes(passed=2, failed=1)
    assert "  offline  GET https://elsewhere.example/list" in result.stdout.lines
    other_hosts = "* = refuse, open.example.org = pass, elsewhere.example = offline"
    assert f"convsim: seed 0, other hosts {other_hosts}, guard off" in result.stdout.lines
    assert reached == ["open.example.org", "open.example.org"]
