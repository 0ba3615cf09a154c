from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forking import Forking

FIRST = """
import convsim.cli.main, convsim.cli.verify, convsim.emulator, convsim.faults, convsim.operations.responses
import convsim.direct.webhooks, convsim.server.webhooks, convsim.server.websockets
import convsim.server.application, convsim.server.lenient, convsim.server.protocols, convsim.server.reading
import convsim.server.runner, convsim.server.serving, convsim.service.foundry, convsim.service.state_files
import uvicorn.lifespan.off, uvicorn.loops.asyncio
"""


@pytest.fixture(scope="session")
def forked_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of a Python whose processes have imported what the commands need, without the SDK, when they begin."""
    forking = Forking(tmp_path_factory.mktemp("forking") / "python", FIRST, tests=False)
    yield forking.python
    forking.stop()
