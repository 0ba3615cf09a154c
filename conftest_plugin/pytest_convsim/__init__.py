"""The pytest plugin of convsim: hooks and fixtures, each of which imports its modules when it runs.

Loading it imports only pytest, so that a run without the emulator pays nothing for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from convsim import Emulator
    from pytest_convsim._leftovers import Leftovers
    from pytest_convsim._server import Server as Server  # for annotations of tests
    from pytest_convsim._server import SharedPort
    from pytest_convsim._summary import Tally

emulator_of: pytest.StashKey[Emulator] = pytest.StashKey()
"""The emulator of a test with the fixture, until its last report."""

has_failed: pytest.StashKey[bool] = pytest.StashKey()
"""Whether the setup or the call of a test failed. Then its fixtures add no failure of their own."""

leftovers_of: pytest.StashKey[Leftovers] = pytest.StashKey()
"""The watcher of requests between tests, in a run that used the fixture or the guard."""

tally_of: pytest.StashKey[Tally] = pytest.StashKey()
"""The counts for the terminal summary of such a run."""


def __getattr__(name: str) -> Any:
    """Load the class of the server fixtures when a test imports it for an annotation."""
    if name != "Server":
        raise AttributeError(f"module 'pytest_convsim' has no attribute {name!r}")
    from pytest_convsim._server import Server

    return Server


# --- configuration -------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command-line option and the ini options."""
    parser.getgroup("convsim").addoption(
        "--convsim-report",
        metavar="DIR",
        help="write a page of HTML for each failing test with the fixture: its conversations beside the requests",
    )
    parser.addini("convsim_seed", "the seed of every emulator's ids (0)", type="int", default=0)
    parser.addini(
        "convsim_base_urls",
        "base URLs that emulators answer for besides the default; or lines of `url = project`",
        type="linelist",
    )
    parser.addini(
        "convsim_other_hosts",
        "how requests to other hosts are treated: refuse, pass or offline; or lines of `host = word`",
        default="refuse",
    )
    parser.addini("convsim_guard", "refuse the emulated hosts in tests without the fixture", type="bool", default=False)
    parser.addini("convsim_allow_hosts", "hosts that the guard lets through in every test", type="linelist")
    parser.addini(
        "convsim_traces",
        "how traces that openai-agents posts after its test are treated: answer or pass",
        default="answer",
    )
    parser.addini(
        "convsim_review",
        "report what a passing test's client did wrong (sim.journal.review()): off, warn or fail",
        default="off",
    )
    parser.addini("convsim_api_key", "a key for clients that are built at import, if the environment has none")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set the key of ``convsim_api_key`` before anything of the user's is imported."""
    key = early_config.getini("convsim_api_key")
    patch = pytest.MonkeyPatch()
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"):
        if key and not os.environ.get(name):
            patch.setenv(name, key)
    early_config.add_cleanup(patch.undo)


_WORDS = {"convsim_review": ("off", "warn", "fail"), "convsim_traces": ("answer", "pass")}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and refuse a wrong word of an option, and a folder for pages that cannot be made."""
    for name, words in _WORDS.items():
        if (word := config.getini(name)) not in words:
            raise pytest.UsageError(f"{name} = {word}: write {', '.join(words[:-1])} or {words[-1]}")
    try:
        config.getini("convsim_seed")
    except Exception as error:  # pytest's own does not name the option
        raise pytest.UsageError(f"convsim_seed: write an integer; {error}") from None
    if config.getoption("--convsim-report"):
        from pytest_convsim._report import require_folder

        require_folder(config)
    keywords = "..."
    if config.getoption("markers"):
        from convsim.service.options import Options

        keywords = ", ".join(f"{name}=" for name in Options.names())
    config.addinivalue_line(
        "markers",
        f"convsim({keywords}): options of the test's emulator, as convsim.Emulator takes them; a nearer marker wins.",
    )
    config.addinivalue_line(
        "markers", "convsim_allow_hosts(hosts): hosts that convsim_guard lets through in this test, a list of names."
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Say in one line how the run is configured."""
    seed, guard = config.getini("convsim_seed"), "on" if config.getini("convsim_guard") else "off"
    others = ", ".join(line.strip() for line in config.getini("convsim_other_hosts").strip().split("\n"))
    return f"convsim: seed {seed}, other hosts {others}, guard {guard}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Install the guard."""
    if session.config.getini("convsim_guard"):
        from pytest_convsim._guard import Guard

        session.config.pluginmanager.register(Guard(session.config), "convsim-guard")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for requests that belong to no test; a worker of xdist leaves that to the controller."""
    if tally_of in session.config.stash:
        from pytest_convsim._summary import finish

        finish(session)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the counts of an xdist worker."""
    from pytest_convsim._summary import take_over

    take_over(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report requests that belong to no test."""
    if tally_of in config.stash:
        from pytest_convsim._summary import tell

        tell(terminalreporter, config.stash[tally_of])


# --- fixtures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def convsim(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A fresh emulator, patched in for the test: every client of httpx, httpx2 or the SDK reaches it.

    ``@pytest.mark.convsim(...)`` sets its options. A refused request fails the test, even if the code under test
    swallows the error.
    """
    from pytest_convsim._fixtures import patched_emulator

    __tracebackhide__ = True
    yield from patched_emulator(request)


@pytest.fixture
def convsim_client(convsim: Emulator) -> Iterator[OpenAI]:
    """The official SDK's client on the test's emulator, closed at its end."""
    with convsim.openai() as client:
        yield client


@pytest.fixture
def convsim_async_client(convsim: Emulator) -> AsyncOpenAI:
    """The official SDK's asynchronous client on the test's emulator."""
    return convsim.async_openai()


@pytest.fixture(scope="session")
def convsim_factory(pytestconfig: pytest.Config) -> Callable[..., Emulator]:
    """A factory of emulators that are not patched in: ``convsim_factory(seed=2)``.

    It takes the keywords of ``convsim.Emulator``, over the ini options, and raises ``UsageError`` for others.
    """
    from pytest_convsim._fixtures import factory

    return factory(pytestconfig)


@pytest.fixture(scope="session")
def _convsim_port(pytestconfig: pytest.Config) -> Iterator[SharedPort]:
    """The port shared by all servers of this process; each xdist worker has one."""
    from pytest_convsim._server import SharedPort

    port = SharedPort(pytestconfig)
    yield port
    port.stop()


@pytest.fixture
def convsim_server(request: pytest.FixtureRequest, _convsim_port: SharedPort) -> Iterator[Server]:
    """A fresh emulator behind a port, for the test's child processes and clients of other languages.

    ``server.base_url`` is also in ``OPENAI_BASE_URL``; ``server.sim`` is the emulator, the one of the fixture
    ``convsim`` if the test uses both.
    """
    from pytest_convsim._server import served_emulator

    with served_emulator(request, _convsim_port) as server:
        yield server


@pytest.fixture(scope="session")
def convsim_session_server(request: pytest.FixtureRequest, _convsim_port: SharedPort) -> Iterator[Server]:
    """An emulator behind a port, as ``convsim_server``, for the whole session."""
    from pytest_convsim._server import session_server

    with session_server(request, _convsim_port) as server:
        yield server


# --- markers -------------------------------------------------------------------------------------------------------


def pytest_itemcollected(item: pytest.Item) -> None:
    """Copy the values of markers once: several tests share a class's marker, and the first would use up an iterator."""
    if _is_marked(item, "convsim"):
        from pytest_convsim._options import settle

        for marker in item.iter_markers("convsim"):
            settle(item, marker)


def _is_marked(item: pytest.Item, name: str) -> bool:
    """Return whether the test has the marker, whose name is then one of its keywords: they are looked at in no time."""
    return name in item.keywords and item.get_closest_marker(name) is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test whose marker has no effect: it contradicts the use of the fixture."""
    if _pytest_socket(item) is not None and "convsim" in getattr(item, "fixturenames", ()):
        from pytest_convsim._leftovers import leftovers

        leftovers(item.config)  # before pytest-socket puts its functions in place, which the watch outlives
    yield
    has_fixture = emulator_of in item.stash
    if not has_fixture and _is_marked(item, "convsim"):
        from pytest_convsim._options import refuse_idle_marker

        refuse_idle_marker(item)
    if _is_marked(item, "convsim_allow_hosts"):
        from pytest_convsim._options import check_allow_hosts

        check_allow_hosts(item, has_fixture=has_fixture)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Let pytest-socket allow again what it forbade in the test.

    It looks for its functions before the fixtures end, while those of a patch stand in their place.
    """
    try:
        return (yield)
    finally:
        if (plugin := _pytest_socket(item)) is not None:
            plugin.enable_socket()


def _pytest_socket(item: pytest.Item) -> Any:
    return item.config.pluginmanager.get_plugin("socket")


# --- reports -------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuse markers with unknown options, and add the cure to the error of a client that was built without a key."""
    report = yield
    if report.failed and not collector.config.getini("convsim_api_key"):
        from pytest_convsim._report import add_hint_of_key

        add_hint_of_key(report)
    tests = (node for node in report.result or () if isinstance(node, pytest.Item))
    marked = [test for test in tests if _is_marked(test, "convsim")]
    if marked:
        from pytest_convsim._options import wrong_keywords

        if wrong := wrong_keywords(marked):
            report.outcome, report.longrepr, report.result = "failed", "\n".join(wrong), []
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test failed, and add the report of its emulator to a failing test."""
    if call.excinfo is not None and type(call.excinfo.value).__module__ == "convsim.errors":
        from pytest_convsim._report import end_at_user_line

        end_at_user_line(call.excinfo.value)
    report = yield
    if report.when != "teardown":
        # A rerun begins with a new setup.
        item.stash[has_failed] = not report.passed or (report.when == "call" and item.stash.get(has_failed, False))
    if report.failed and (emulator_of in item.stash or "convsim.decorator" in sys.modules):
        from pytest_convsim._report import add_story

        add_story(item, call, report)
    if report.when == "teardown" and emulator_of in item.stash:
        del item.stash[emulator_of]  # pytest keeps the item until the end of the run
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain the comparison of two results of the API by item and field."""
    if op != "==" or not any(_is_result(value) for value in (left, right)):
        return None
    from convsim.report.difference import explained

    return explained(left, right) or None


def _is_result(value: object) -> bool:
    several = value if isinstance(value, (list, tuple)) else [value]
    return any(type(one).__module__ == "convsim.core.results" for one in several)
