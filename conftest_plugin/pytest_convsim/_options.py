"""The options of a test's emulator: from the ini file and from the markers."""

from __future__ import annotations

import os
from copy import copy
from typing import Any, NoReturn

import pytest

from pytest_convsim import OPTIONS


def from_ini(config: pytest.Config) -> dict[str, Any]:
    """The options that hold for the whole run."""
    return {
        "seed": config.getini("convsim_seed"),
        "base_urls": config.getini("convsim_base_urls"),
        "other_hosts": config.getini("convsim_other_hosts"),
    }


def from_markers(node: pytest.Item) -> dict[str, Any]:
    """The options of the markers, nearest first; a wrong one fails the test at the user's line."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("convsim"))):
        wrong = [name for name in marker.kwargs if name not in OPTIONS]
        if marker.args or wrong:
            came = f"{', '.join(map(repr, marker.args))}" or ", ".join(f"{name}=" for name in wrong)
            _refuse_marker(node, came, f"it takes the keywords {', '.join(OPTIONS)}")
        # A copy: a clock in a marker would carry what one test did to the next.
        options.update({name: copy(value) for name, value in marker.kwargs.items()})
    state = options.get("state")
    if state is not None:
        if not isinstance(state, (str, os.PathLike)):
            _refuse_marker(node, f"state={state!r}", "state is the path of a file that sim.dump() wrote")
        options["state"] = node.path.parent / state
    return options


def _refuse_marker(node: pytest.Item, came: str, sentence: str) -> NoReturn:
    path, line, _ = node.location
    pytest.fail(f"{path}:{(line or 0) + 1}: @pytest.mark.convsim({came}): {sentence}", pytrace=False)
