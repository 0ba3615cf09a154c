from __future__ import annotations

import gc
import importlib
import os
import ssl
from collections.abc import Generator, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.forking import leave
from tests.profiles import load_profile

pytest_plugins = ["pytester"]

# Every client reads all root certificates that it finds, which costs more than the rest of most tests, and none of them
# is used: no test speaks TLS. So they find one, whose key was thrown away. Set for processes that tests start, too. The
# clients of this process share the context besides.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("root.pem"))
pytest.MonkeyPatch().setattr(ssl, "create_default_context", cache(ssl.create_default_context))

# A process that a test starts would compile all of convsim, which takes longer than most of them run. The setting stays
# as it was for this process.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

load_profile()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run all tests, where no path was given, on all cores; ``-n`` says otherwise.

    A room runs in one process: it is done before other processes have collected its tests, too.
    """
    all_tests = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not hasattr(config, "workerinput")
    if all_tests and config.getoption("numprocesses", 0) is None and not config.getoption("usepdb"):
        config.option.numprocesses = config.hook.pytest_xdist_auto_num_workers(config=config)
        config.option.dist = "worksteal"  # each begins with a share of the files, and so with its fixtures


def pytest_configure(config: pytest.Config) -> None:
    """Let a worker end without freeing its memory, which takes seconds, while the controller waits for it."""
    if hasattr(config, "workerinput"):
        config.add_cleanup(partial(leave, 0))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while the tests are imported, and never look at them again: they stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the type checker, which takes seconds: what comes last would have one worker wait for the other."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/typing/"))


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Send nothing from a worker that says nothing: a setup or a teardown that passed, and took no time to speak of.

    Two thirds of all reports are such, and the process that reads them takes its time from the workers. That a test
    begins is shown by ``-v`` alone.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    if item.config.get_verbosity() > 0:
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or report.duration > 0.005:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of a Python that starts in no time."""
    from tests.inner_runs import forking

    with forking(tmp_path_factory.mktemp("forking") / "python") as path:
        yield path


@pytest.fixture(scope="session")
def imported_once() -> None:
    """Import what each ``pytester`` uses before the first begins: at its end it takes back what came during its test.

    A fixture does it, because the process that waits for its workers needs none of it.
    """
    importlib.import_module("tests.asking")
    importlib.import_module("tests.inner_runs")


@pytest.fixture
def pytester(imported_once: None, pytester: pytest.Pytester) -> Iterator[pytest.Pytester]:
    """As pytest's, but quick, and a run of pytest inside this one leaves nothing patched."""
    from tests.asking import forget_leftovers
    from tests.inner_runs import make_quick

    with pytest.MonkeyPatch.context() as patch:
        make_quick(patch)
        yield pytester
    forget_leftovers()
