"""The pytest plugin of convsim: hooks and fixtures, each of which imports what it needs when it runs.

Loading it imports only pytest, so that a run without the emulator pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from convsim import Emulator

OPTIONS = (
    "seed",
    "now",
    "ids",
    "base_urls",
    "other_hosts",
    "unknown_routes",
    "api_keys",
    "unknown_ids",
    "behavior",
    "faults",
    "replies",
    "unscripted",
    "context_window",
    "virtual_time",
    "state",
)
"""What ``@pytest.mark.convsim(...)`` takes: the keywords of ``convsim.Emulator``."""

emulator_of = pytest.StashKey["Emulator"]()
"""Of a test with the fixture: its emulator."""

has_failed = pytest.StashKey[bool]()
"""Of a test: whether its setup or its call did not pass. Then its fixtures add no failure of their own."""


# --- configuration -------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command-line option and the ini options."""
    parser.getgroup("convsim").addoption(
        "--convsim-report",
        metavar="DIR",
        help="write a page of HTML for each failing test with the fixture: its conversations beside the wire",
    )
    parser.addini("convsim_seed", "the seed of every emulator's ids (0)", type="int", default=0)
    parser.addini("convsim_base_urls", "base URLs that emulators answer for besides the default", type="linelist")
    parser.addini("convsim_other_hosts", "what becomes of requests to other hosts: refuse or pass", default="refuse")
    parser.addini("convsim_guard", "refuse the emulated hosts in tests without the fixture", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"convsim({', '.join(f'{name}=' for name in OPTIONS)}): options of the test's emulator, as convsim.Emulator"
        " takes them; a nearer marker wins.",
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Say in one line how the run is configured."""
    seed, guard = config.getini("convsim_seed"), "on" if config.getini("convsim_guard") else "off"
    return f"convsim: seed {seed}, other hosts {config.getini('convsim_other_hosts')}, guard {guard}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the guard up."""
    if session.config.getini("convsim_guard"):
        from pytest_convsim._guard import Guard

        session.config.pluginmanager.register(Guard(session.config), "convsim-guard")


# --- fixtures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def convsim(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A fresh emulator, patched in for the test: every client of httpx, httpx2 or the SDK reaches it."""
    from pytest_convsim._fixtures import patched_emulator

    with patched_emulator(request) as sim:
        yield sim


@pytest.fixture
def convsim_client(convsim: Emulator) -> Iterator[OpenAI]:
    """The official SDK's client on the test's emulator."""
    with convsim.openai() as client:
        yield client


@pytest.fixture
def convsim_async_client(convsim: Emulator) -> AsyncOpenAI:
    """The official SDK's asynchronous client on the test's emulator."""
    return convsim.async_openai()


@pytest.fixture(scope="session")
def convsim_factory(pytestconfig: pytest.Config) -> Callable[..., Emulator]:
    """Makes emulators that are not patched in; its keywords are those of ``convsim.Emulator``, over the ini options."""
    from pytest_convsim._fixtures import factory

    return factory(pytestconfig)


# --- reports -------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test failed, and put what happened under a failing test with the fixture."""
    if call.excinfo is not None and type(call.excinfo.value).__module__ == "convsim.errors":
        from pytest_convsim._report import end_at_user_line

        end_at_user_line(call.excinfo.value)
    report = yield
    if report.when != "teardown":
        item.stash[has_failed] = item.stash.get(has_failed, False) or not report.passed
    if report.failed and emulator_of in item.stash:
        from pytest_convsim._report import add_story

        add_story(item, report)
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say of two results of the API which item and which field differ."""
    if op != "==" or not any(_is_result(value) for value in (left, right)):
        return None
    from convsim.report.difference import explained

    return explained(left, right) or None


def _is_result(value: object) -> bool:
    several = value if isinstance(value, (list, tuple)) else [value]
    return any(type(one).__module__ == "convsim.core.results" for one in several)
