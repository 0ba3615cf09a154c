"""For every test of a client: an emulator with the conversation ``conv_1``, and no name resolution.

The clients clash with one another, and some are heavy: `.ci/run clients` makes an environment for each folder from its
requirements.txt. The plain run does not come here (``norecursedirs`` in pyproject.toml), and this conftest has no other
above it (``--confcutdir``).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from convsim import Emulator


def no_network(host: str, *_: object, **__: object) -> None:
    raise OSError(f"there is no network: {host}")


# Before any client is imported.
socket.getaddrinfo = no_network  # type: ignore[assignment]
os.environ["OPENAI_API_KEY"] = "sk-test"


@pytest.fixture
def sim(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A module's OPTIONS are the emulator's, besides its sequential ids."""
    with Emulator(ids="sequential", **getattr(request.module, "OPTIONS", {})).patch() as patched:
        patched.seed("conv_1")
        yield patched
    assert patched.refused == ()
