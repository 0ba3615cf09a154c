"""The fixtures' bodies: an emulator patched in for a test, and emulators to order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from convsim import Emulator, UnusedFaultWarning
from pytest_convsim import _refusals, emulator_of, has_failed
from pytest_convsim._options import from_ini, from_markers


@contextmanager
def patched_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A fresh emulator for the test; at its end the test fails for refusals and faults that it did not notice."""
    for name in ("httpx_mock", "httpx2_mock"):
        # pytest-httpx and httpx2-pytest replace the methods that an emulator patches. The later one is on top, and that
        # has to be the emulator.
        if name in request.fixturenames:
            request.getfixturevalue(name)
    stash = request.node.stash
    stash[emulator_of] = sim = Emulator(**{**from_ini(request.config), **from_markers(request.node)})
    unused = []
    try:
        with sim.patch(), key_set(sim.api_key), _refusals.noting_what_is_caught() as caught:
            yield sim
            if stash.get(has_failed, False):
                sim.faults.clear()  # what a failed test left undone is no news
    except UnusedFaultWarning as warning:  # under ``-W error``; what was refused is to be told all the same
        unused = [f"UnusedFaultWarning: {line}" for line in str(warning).split("\n")]
    if not stash.get(has_failed, False):
        _refusals.fail_for(sim.refused, caught, unused)


def factory(config: pytest.Config) -> Callable[..., Emulator]:
    """Makes emulators with the ini options below those of each call."""
    return lambda **options: Emulator(**{**from_ini(config), **options})


@contextmanager
def key_set(key: str) -> Iterator[None]:
    """Clients are built without a key in most code under test, and the SDK wants one."""
    if os.environ.get("OPENAI_API_KEY"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", key)
        yield
