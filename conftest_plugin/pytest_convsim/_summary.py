"""What a run has to tell that belongs to no test; the workers of xdist hand theirs to the controller."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_convsim import tally_of


class Tally:
    """How often traces were posted after their test, and which requests of other threads were refused."""

    def __init__(self) -> None:
        self.traces = 0
        self.lines: list[str] = []


def tally(config: pytest.Config) -> Tally:
    """That of the run, begun where it has none."""
    return config.stash.setdefault(tally_of, Tally())


def finish(session: pytest.Session) -> None:
    """Hand over what there is to tell, or fail the run for requests of other threads."""
    told = session.config.stash[tally_of]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["convsim"] = {"traces": told.traces, "lines": told.lines}
    elif told.lines and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def take_over(node: Any) -> None:
    """Add what a worker hands over; one that crashed hands over nothing."""
    handed = getattr(node, "workeroutput", {}).get("convsim")
    if handed is not None:
        told = tally(node.config)
        told.traces += handed["traces"]
        told.lines += handed["lines"]


def tell(terminal: pytest.TerminalReporter, told: Tally) -> None:
    """Write it below the reports of the tests."""
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
