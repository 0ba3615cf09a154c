"""The fixtures' bodies: an emulator patched in for a test, and a factory of emulators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from warnings import warn_explicit

import pytest

from convsim import Emulator
from convsim.adapters.environment import key_set
from convsim.emulator import patched_quietly, unused
from convsim.errors import ReviewWarning
from pytest_convsim import _refusals, emulator_of, has_failed
from pytest_convsim._leftovers import flush_traces, leftovers, threads_of_others
from pytest_convsim._options import emulator_for, from_ini
from pytest_convsim._report import is_told


def patched_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Patch a fresh emulator in; at the end, fail the test for refusals and faults that it did not notice."""
    __tracebackhide__ = True
    item = request.node
    # pytest-httpx and httpx2-pytest replace the methods that an emulator patches. The later patch is on top, and
    # must be the emulator's.
    used = request.fixturenames
    for name in ("httpx_mock", "httpx2_mock"):
        if name in used:
            request.getfixturevalue(name)
    sim = emulator_for(item)
    of_no_test, others = leftovers(request.config), threads_of_others()
    item.stash[emulator_of], item.stash[is_told] = sim, False
    with patched_quietly(sim), key_set(sim.api_key), _refusals.noting_what_is_caught() as caught:
        yield sim
        flush_traces(sim.api_key)
    of_no_test.add(error for error in sim.refused if error.thread in others)
    if item.stash.get(has_failed, False):
        return
    lines = _refusals.told((error for error in sim.refused if error.thread not in others), caught)
    warnings = unused(sim)
    if (word := request.config.getini("convsim_review")) != "off" and (findings := sim.journal.review()):
        told = [str(finding) for finding in findings]
        if word == "fail":
            lines += told
        else:
            warnings.append((ReviewWarning, "\n".join(told)))
    for category, sentences in warnings:
        try:
            path, line = item.reportinfo()[:2]
            warn_explicit(sentences, category, str(path), (line or 0) + 1)
        except category:  # under ``-W error``; the remaining lines must be reported, too
            lines += [f"{category.__name__}: {sentence}" for sentence in sentences.split("\n")]
    # A client may have wrapped or swallowed the exception of a script's function.
    for error in sim.raised:
        if not any(error is one for one in caught.errors):
            raise error
    _refusals.fail_for(lines)


def factory(config: pytest.Config) -> Callable[..., Emulator]:
    """Return a factory of emulators with the ini options below those of each call."""
    return lambda **options: Emulator(**{**from_ini(config), **options})
