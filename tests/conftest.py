from __future__ import annotations

import gc
import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.asking import forget_leftovers
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


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Spare the garbage collector the modules and the tests: they stay to the end, and are most of all objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def leftovers_of_inner_runs() -> Iterator[None]:
    """A run of pytest inside this one leaves nothing patched."""
    yield
    forget_leftovers()
