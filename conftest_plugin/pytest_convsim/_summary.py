"""The results of a run that belong to no test; xdist's workers send theirs to the controller."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_convsim import tally_of


class Tally:
    """The number of traces posted after their test, and the refused requests of other threads."""

    def __init__(self) -> None:
        self.traces = 0
        self.lines: list[str] = []


def tally(config: pytest.Config) -> Tally:
    """Return the counts of the run, created on first use."""
    return config.stash.setdefault(tally_of, Tally())


def finish(session: pytest.Session) -> None:
    """Send the counts to the controller, or fail the run for requests of other threads."""
    told = session.config.stash[tally_of]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["convsim"] = {"traces": told.traces, "lines": told.lines}
    elif told.lines and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def take_over(node: Any) -> None:
    """Add the counts of a worker; one that crashed sent none."""
    handed = getattr(node, "workeroutput", {}).get("convsim")
    if handed is not None:
        told = tally(node.config)
        told.traces += handed["traces"]
        told.lines += handed["lines"]


def tell(terminal: pytest.TerminalReporter, told: Tally) -> None:
    """Write the counts after the reports of the tests."""
    if not (told.lines or told.traces):
        return
    terminal.section("convsim")
    if told.lines:
        terminal.line("Requests of threads that were running before the test began were refused:")
    for line in dict.fromkeys(told.lines):
        terminal.line(f"  {line}")
    if told.traces:
        posts = "1 post" if told.traces == 1 else f"{told.traces} posts"
        terminal.line(
            f"{posts} of openai-agents' traces answered here and not sent; convsim_traces = pass lets them out."
        )
