"""Beside the mocks of HTTP: the other hosts are theirs, also under the guard, and ours are ours."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

BOTH_ORDERS = ["convsim, {mock}", "{mock}, convsim"]

RESPX = """
import httpx, httpx2, pytest
from openai import OpenAI
from convsim import RefusedHostError

def test_each_has_its_hosts(ORDER):
    MOCK.get("https://example.org/data").respond(200, text="theirs")
    assert LIBRARY.get("https://example.org/data").text == "theirs"
    own = OpenAI(http_client=LIBRARY.Client()).conversations.create()
    assert list(convsim.state) == [own.id]
    assert OpenAI().conversations.retrieve(own.id).id == own.id

def test_what_neither_knows_is_refused(ORDER):
    MOCK.get("https://example.org/data").respond(200)
    with pytest.raises(AssertionError, match="RESPX"):
        LIBRARY.get("https://example.org/other")
    MOCK.reset()
    MOCK.clear()

@pytest.mark.MARK(assert_all_mocked=False, assert_all_called=False)
def test_also_where_their_router_answers_everything(ORDER):
    assert LIBRARY.get("https://example.org/other").status_code == 200
    assert OpenAI(http_client=LIBRARY.Client()).conversations.create().id in convsim.state

def test_other_hosts_are_refused_without_a_router(convsim):
    with pytest.raises(RefusedHostError):
        LIBRARY.get("https://example.org/data")
"""


@pytest.mark.parametrize(
    ("library", "mock", "mark", "using"),
    [("httpx", "respx_mock", "respx", "respx"), ("httpx2", "httpx2_mock", "httpx2", "pytest_httpx2")],
)
def test_respx_routers(
    pytester: pytest.Pytester, run: Run, reached: list[str], library: str, mock: str, mark: str, using: str
) -> None:
    one, other = (
        RESPX.replace("ORDER", order.format(mock=mock))
        .replace("LIBRARY", library)
        .replace("MARK", mark)
        .replace("MOCK", mock)
        for order in BOTH_ORDERS
    )
    pytester.makepyfile(test_other=other)
    # pytest-httpx2 1.0 does not register its marker.
    run(one, using=(using,), ini="markers = httpx2").assert_outcomes(passed=8)
    assert reached == []


HTTPX_MOCK = """
import asyncio
import httpx, pytest
from openai import OpenAI

def legacy(convsim):
    client = OpenAI(http_client=httpx.Client(), max_retries=0)
    assert client.conversations.create().id in convsim.state

def both(httpx_mock, convsim):
    httpx_mock.add_response(url="https://example.org/data", text="theirs", is_reusable=True)
    assert httpx.get("https://example.org/data").text == "theirs"

    async def fetch():
        async with httpx.AsyncClient() as client:
            return (await client.get("https://example.org/data")).text

    assert asyncio.run(fetch()) == "theirs"
    assert OpenAI().conversations.create().id in convsim.state

def test_each_has_its_hosts_in_one_order(convsim, httpx_mock): both(httpx_mock, convsim)
def test_each_has_its_hosts_in_the_other(httpx_mock, convsim): both(httpx_mock, convsim)
def test_a_legacy_client_in_one_order(convsim, httpx_mock): legacy(convsim)
def test_a_legacy_client_in_the_other(httpx_mock, convsim): legacy(convsim)

@pytest.mark.usefixtures("httpx_mock")
def test_a_legacy_client_where_it_is_used_by_mark(convsim): legacy(convsim)
"""


def test_pytest_httpx_is_handed_the_other_hosts_and_the_sdk_is_ours(run: Run, reached: list[str]) -> None:
    run(HTTPX_MOCK, using=("pytest_httpx",)).assert_outcomes(passed=5)
    assert reached == []


def test_a_mock_by_the_name_of_httpx2_mock_starts_below_the_emulator(run: Run, reached: list[str]) -> None:
    """As httpx2-pytest, whose fixture replaces the methods of httpx2 and shares its name with pytest-httpx2's."""
    result = run(
        """
        import httpx2, pytest
        from openai import OpenAI

        @pytest.fixture
        def httpx2_mock(monkeypatch):
            answer = lambda transport, request: httpx2.Response(200, text=f"theirs {request.url.path}")
            monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", answer)

        def test_it(convsim, httpx2_mock):
            assert httpx2.get("https://example.org/data").text == "theirs /data"
            assert httpx2.get("https://api.openai.com/v1/models").text == "theirs /v1/models"
            assert OpenAI().conversations.create().id in convsim.state
        """
    )
    result.assert_outcomes(passed=1)
    assert reached == []


def test_pytest_httpx_is_handed_what_the_guard_does_not_claim(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import httpx

        def test_it(httpx_mock):
            httpx_mock.add_response(text="theirs")
            assert httpx.get("https://example.org/").text == "theirs"
        """,
        using=("pytest_httpx",),
        ini="convsim_guard = true",
    )
    result.assert_outcomes(passed=1)
    assert reached == []
