from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import forget_leftovers
from tests.profiles import load_profile

pytest_plugins = ["pytester"]

# Every client reads all root certificates that it finds, which costs more than the rest of most tests, and none of them
# is used: no test speaks TLS. So they find one, whose key was thrown away. Set for processes that tests start, too.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("root.pem"))

load_profile()


@pytest.fixture(autouse=True)
def leftovers_of_inner_runs() -> Iterator[None]:
    """A run of pytest inside this one leaves nothing patched."""
    yield
    forget_leftovers()
