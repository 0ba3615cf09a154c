"""The pytest plugin of convsim: hooks and fixtures, and nothing else.

It imports only pytest until a fixture runs, so that a run without the emulator pays nothing for it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from convsim import Emulator, RefusedHostError

OPTIONS = (
    "seed",
    "now",
    "ids",
    "base_urls",
    "other_hosts",
    "api_keys",
    "unknown_ids",
    "behavior",
    "faults",
    "virtual_time",
    "state",
)
"""What ``@pytest.mark.convsim(...)`` takes: the keywords of ``convsim.Emulator``."""

_emulator = pytest.StashKey["Emulator"]()
_failed = pytest.StashKey[bool]()
_told = pytest.StashKey[bool]()
_guard = pytest.StashKey["_Guard"]()


# --- configuration -------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options."""
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
    """The marker."""
    config.addinivalue_line(
        "markers",
        f"convsim({', '.join(f'{name}=' for name in OPTIONS)}): options of the test's emulator, as convsim.Emulator"
        " takes them; a nearer marker wins.",
    )


def pytest_report_header(config: pytest.Config) -> str:
    """One line."""
    seed, guard = config.getini("convsim_seed"), "on" if config.getini("convsim_guard") else "off"
    return f"convsim: seed {seed}, other hosts {config.getini('convsim_other_hosts')}, guard {guard}"


# --- fixtures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def convsim(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A fresh emulator, patched in for the test: every client of httpx, httpx2 or the SDK reaches it."""
    from convsim import Emulator, UnusedFaultWarning

    if "httpx_mock" in request.fixturenames:
        # pytest-httpx replaces the same method of httpx. The later one is on top, and that has to be the emulator.
        request.getfixturevalue("httpx_mock")
    sim = Emulator(**{**_ini(request.config), **_marked(request.node)})
    request.node.stash[_emulator], request.node.stash[_told] = sim, False
    unused = []
    try:
        with sim.patch(), _key_set(sim.api_key), _noting_what_is_caught() as caught:
            yield sim
            if request.node.stash.get(_failed, False):
                sim.faults.clear()  # what a failed test left undone is no news
    except UnusedFaultWarning as warning:  # under ``-W error``; what was refused is to be told all the same
        unused = [f"UnusedFaultWarning: {line}" for line in str(warning).split("\n")]
    if not request.node.stash.get(_failed, False):
        _fail_for(sim.refused, caught, unused)


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
    from convsim import Emulator

    return lambda **options: Emulator(**{**_ini(pytestconfig), **options})


def _ini(config: pytest.Config) -> dict[str, Any]:
    return {
        "seed": config.getini("convsim_seed"),
        "base_urls": config.getini("convsim_base_urls"),
        "other_hosts": config.getini("convsim_other_hosts"),
    }


def _marked(node: pytest.Item) -> dict[str, Any]:
    """The options of the markers, nearest first; a wrong one fails the test at the user's line."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("convsim"))):
        wrong = [name for name in marker.kwargs if name not in OPTIONS]
        if marker.args or wrong:
            came = f"{', '.join(map(repr, marker.args))}" or ", ".join(f"{name}=" for name in wrong)
            _refuse_marker(node, came, f"it takes the keywords {', '.join(OPTIONS)}")
        # A copy: a clock in a marker would carry what one test did to the next.
        options.update({name: copy(value) for name, value in marker.kwargs.items()})
    state = options.get("state")
    if state is not None:
        if not isinstance(state, (str, os.PathLike)):
            _refuse_marker(node, f"state={state!r}", "state is the path of a file that sim.dump() wrote")
        options["state"] = node.path.parent / state
    return options


def _refuse_marker(node: pytest.Item, came: str, sentence: str) -> NoReturn:
    path, line, _ = node.location
    pytest.fail(f"{path}:{(line or 0) + 1}: @pytest.mark.convsim({came}): {sentence}", pytrace=False)


@contextmanager
def _key_set(key: str) -> Iterator[None]:
    """Clients are built without a key in most code under test, and the SDK wants one."""
    if os.environ.get("OPENAI_API_KEY"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", key)
        yield


# --- requests that were kept from the network ----------------------------------------------------------------------


@contextmanager
def _noting_what_is_caught() -> Iterator[set[str]]:
    """Note what ``pytest.raises`` catches, with its causes: a refusal that the test expects is no failure of it."""
    caught: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for kind in (pytest.RaisesExc, pytest.RaisesGroup):
            patch.setattr(kind, "__exit__", _leave_and_note(kind.__exit__, caught))
        yield caught


def _leave_and_note(leave: Callable[..., bool], caught: set[str]) -> Callable[..., bool]:
    def leave_and_note(self: Any, kind: Any, error: BaseException | None, traceback: Any) -> bool:
        swallowed = leave(self, kind, error, traceback)
        if swallowed:
            caught.update(map(str, _with_causes(error)))
        return swallowed

    return leave_and_note


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came from, and the members of groups."""
    waiting, met = [error], set()
    while waiting:
        error = waiting.pop()
        if error is not None and id(error) not in met:
            met.add(id(error))
            yield error
            waiting += [error.__cause__, error.__context__, *getattr(error, "exceptions", ())]


def _fail_for(refused: Sequence[RefusedHostError], caught: set[str], unused: Sequence[str] = ()) -> None:
    """Fail for requests whose refusal was swallowed, and for unused faults, in their sentences and nothing else.

    Retries of an expected request say the same, and are expected too.
    """
    unseen = [words for words in dict.fromkeys(map(str, refused)) if words not in caught]
    if unseen or unused:
        pytest.fail("\n".join([*unseen, *unused]), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself failed, as expected or not: then the fixture has nothing to add."""
    report = yield
    if report.when != "teardown":
        item.stash[_failed] = item.stash.get(_failed, False) or not report.passed
    if report.failed and _emulator in item.stash and not (report.when == "teardown" and item.stash[_told]):
        _tell(item, report)
    return report


# --- seeing what happened ------------------------------------------------------------------------------------------


def _tell(item: pytest.Item, report: pytest.TestReport) -> None:
    """Put the story under a failing test, and a page into the directory of reports.

    A test that has its story needs no second one for what fails at its end: that page would replace the first.
    """
    sim, item.stash[_told] = item.stash[_emulator], True
    try:
        story = sim.story()
        if item.config.getoption("--convsim-report"):
            story += f"\n\npage: {_written(item, sim.page(item.nodeid, report.longreprtext))}"
    except Exception as error:
        story = f"what happened cannot be told: {type(error).__name__}: {error}"
    report.sections.append(("convsim", story))


def _written(item: pytest.Item, page: str) -> Path:
    """The file of a test's page; its name is the test's, and a few digits of its own."""
    folder: Path = item.config.invocation_params.dir / item.config.getoption("--convsim-report")
    folder.mkdir(parents=True, exist_ok=True)
    digits = blake2b(item.nodeid.encode("utf-8", "replace"), digest_size=4).hexdigest()
    path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', item.nodeid)[-150:]}-{digits}.html"
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say of two results of the API which item and which field differ."""
    if op != "==" or not any(_is_result(value) for value in (left, right)):
        return None
    from convsim.report.difference import explained

    return explained(left, right) or None


def _is_result(value: object) -> bool:
    several = value if isinstance(value, (list, tuple)) else [value]
    return any(type(one).__module__ == "convsim.core.results" for one in several)


# --- the guard -----------------------------------------------------------------------------------------------------


class _Guard:
    """Refuses the emulated hosts for the whole session, below every emulator that a test patches in."""

    def __init__(self, config: pytest.Config) -> None:
        from convsim import UsageError
        from convsim.adapters.active import Patch
        from convsim.adapters.interception import patched_in
        from convsim.http.urls import BaseUrls

        try:
            urls = BaseUrls(config.getini("convsim_base_urls"))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        self._refused: list[RefusedHostError] = []
        self._caught: set[str] = set()
        self._exit = ExitStack()
        self._exit.enter_context(patched_in(Patch(urls, None, "pass", self._refused.append)))

    def close(self) -> None:
        """Let go."""
        self._exit.close()

    @contextmanager
    def around(self) -> Iterator[None]:
        """Watch a test. It has a key, so that a client without the fixture gets as far as the guard."""
        with _key_set("sk-convsim"), _noting_what_is_caught() as self._caught:
            yield
        self._refused.clear()

    def check(self) -> None:
        """Fail for what was refused and swallowed since the last check."""
        refused = list(self._refused)
        self._refused.clear()
        _fail_for(refused, self._caught)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the guard up."""
    if session.config.getini("convsim_guard"):
        session.config.stash[_guard] = _Guard(session.config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Take the guard down."""
    if _guard in session.config.stash:
        session.config.stash[_guard].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let the guard watch a test from setup to teardown."""
    if _guard not in item.config.stash:
        return (yield)
    with item.config.stash[_guard].around():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Fail where a fixture reached for the emulated hosts without an emulator and swallowed the refusal."""
    yield
    _check_guard(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that did."""
    yield
    _check_guard(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Fail where the end of a fixture did."""
    yield
    if not item.stash.get(_failed, False):
        _check_guard(item)


def _check_guard(item: pytest.Item) -> None:
    if _guard in item.config.stash:
        item.config.stash[_guard].check()
