"""The fixtures' bodies: an emulator patched in for a test, and emulators to order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from warnings import warn_explicit

import pytest

from convsim import Emulator, UnusedFaultWarning
from convsim.adapters.environment import key_set
from convsim.decorator import fresh
from convsim.faults.registry import told_unused
from pytest_convsim import _refusals, emulator_of, has_failed
from pytest_convsim._leftovers import flush_traces, leftovers, threads_of_others
from pytest_convsim._options import from_ini, from_markers
from pytest_convsim._report import is_told


@contextmanager
def patched_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A fresh emulator for the test; at its end the test fails for refusals and faults that it did not notice."""
    item = request.node
    for name in ("httpx_mock", "httpx2_mock"):
        # pytest-httpx and httpx2-pytest replace the methods that an emulator patches. The later one is on top, and that
        # has to be the emulator.
        if name in request.fixturenames:
            request.getfixturevalue(name)
    sim = fresh({**from_ini(request.config), **from_markers(item)})
    of_no_test, others = leftovers(request.config), threads_of_others()
    item.stash[emulator_of], item.stash[is_told] = sim, False
    with sim.patch(), key_set(sim.api_key), _refusals.noting_what_is_caught() as caught:
        yield sim
        unused = "" if item.stash.get(has_failed, False) else told_unused(sim.faults)
        sim.faults.clear()  # what is unused is told here, at the line of the test
        flush_traces(sim.api_key)
    of_no_test.add(error for error in sim.refused if error.thread in others)
    lines = []
    if unused:
        try:
            path, line = item.reportinfo()[:2]
            warn_explicit(unused, UnusedFaultWarning, str(path), (line or 0) + 1)
        except UnusedFaultWarning:  # under ``-W error``; what was refused is to be told all the same
            lines = [f"UnusedFaultWarning: {sentence}" for sentence in unused.split("\n")]
    if not item.stash.get(has_failed, False):
        _refusals.fail_for([error for error in sim.refused if error.thread not in others], caught, lines)


def factory(config: pytest.Config) -> Callable[..., Emulator]:
    """Makes emulators with the ini options below those of each call."""
    return lambda **options: Emulator(**{**from_ini(config), **options})
