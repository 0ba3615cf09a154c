"""The libraries on the call stack, as sentences name them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType
from typing import Any

import pytest

from convsim.adapters import frames


def through(*modules: tuple[str, str]) -> Any:
    """Return the result of ``ask`` called through functions of these modules and files, the outermost first."""

    def called(name: str, file: str, inner: Callable[[], Any]) -> Callable[[], Any]:
        code = compile("def call(): return inner()", file, "exec").co_consts[0]
        return FunctionType(code, {"__name__": name, "inner": inner})

    def ask(question: Callable[[], Any]) -> Any:
        call = question
        for name, file in reversed(modules):
            call = called(name, file, call)
        return call()

    return ask


SITE = "/env/lib/site-packages/x.py"
USER = ("app", "/src/app.py")


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        ([("requests.api", SITE), ("urllib3.pool", SITE), ("socket", "socket.py")], "requests (through urllib3)"),
        ([("requests.api", SITE), ("requests.x", SITE)], "requests"),
        ([("requests.api", SITE), ("convsim.adapters.network", SITE)], "requests"),
        ([("requests.api", SITE), ("convsim.adapters.network", "/src/convsim/network.py")], "requests"),
        ([("pytest_convsim", SITE), ("convsim.x", SITE), ("asyncio.x", "x.py")], "a library"),
        ([("asyncio.base_events", "x.py")], "a library"),
        ([("urllib.request", "x.py"), ("http.client", "x.py")], "urllib.request"),
        ([("litellm.main", SITE.replace("site", "dist")), ("aiohttp.client", SITE)], "litellm (through aiohttp)"),
    ],
)
def test_the_caller_is_the_outermost_library_below_the_user_s_line(modules: Any, told: str) -> None:
    assert through(("other", SITE), USER, *modules)(frames.caller) == told


def test_a_test_runner_is_no_caller() -> None:
    assert through(("requests", SITE), ("_pytest.python", SITE), ("urllib3", SITE))(frames.caller) == "urllib3"


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        (
            [("httpx._client", SITE), ("wrapper", "/src/w.py"), ("httpx._t", SITE), ("respx.mocks", SITE)],
            ["wrapper", "respx"],
        ),
        ([("httpx2._client", SITE), ("unittest.mock", "m.py"), ("contextlib", "c.py")], ["unittest.mock"]),
        ([("aiohttp.client", SITE), ("aiohttp.connector", SITE)], []),
        ([("respx.mocks", SITE)], []),
    ],
)
def test_what_stands_between_the_client_and_the_pool(modules: Any, told: list[str]) -> None:
    assert through(USER, *modules)(frames.passed_through) == told


def test_in_a_thread_that_resolves_for_an_event_loop_no_library_is_named() -> None:
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(frames.caller).result() == "a library"
        assert threads.submit(frames.passed_through).result() == []
