from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fronts import runner


@pytest.fixture(scope="session", autouse=True)
def closed_runner() -> Iterator[None]:
    """Whatever the asynchronous clients leave in the loop of all scenarios ends here."""
    yield
    runner.close()
