"""What makes runs of pytest inside this one quick: what is the same in all of them is found out once."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest._code.code import TracebackEntry
from _pytest._code.source import Source
from _pytest.fixtures import FixtureFunctionDefinition, FixtureManager

from tests.forking import Forking

UNUSED = (
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "legacypath",
    "pastebin",
    "setuponly",
    "setupplan",
    "stepwise",
)
"""Plugins of pytest itself that concern no test here. To set them up takes a third of a run's time."""

# What a fork has imported: the libraries, but not the plugin.
_FIRST = """
import asyncio, httpx2
from convsim import Emulator, decorator, faults

def test_it():
    sim = Emulator(replies=["Hello"])
    with sim.patch(), sim.openai() as client:
        made = client.conversations.create(items=[{"role": "user", "content": "Hi"}])
        client.conversations.items.list(made.id)
        asyncio.run(sim.async_openai().conversations.create())
        asked = {"model": "gpt-5.5", "input": "Hi", "stream": True}
        assert httpx2.post("https://api.openai.com/v1/responses", json=asked, headers=client.auth_headers).text
    assert sim.story()
"""

_show, _look_for_fixtures = TracebackEntry.getsource, FixtureManager.pytest_plugin_registered
_trees: dict[str | Path, ast.AST] = {}


class Package:
    """An installed package whose files are read once: a run asks all packages, and most of them several times."""

    def __init__(self, found: importlib.metadata.Distribution) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Any:
        value = self.__dict__[name] = getattr(self._found, name)
        return value


@cache
def packages() -> list[Package]:
    """All that are installed."""
    return [Package(found) for found in importlib.metadata.distributions()]


def show(entry: TracebackEntry, astcache: dict[str | Path, ast.AST] | None = None) -> Source | None:
    """Parse a module once for the tracebacks of all runs, unless it is one of the run's: they come and go."""
    return _show(entry, astcache if str(entry.path).startswith(os.getcwd()) else _trees)  # noqa: PTH109 - often called


@cache
def has_fixtures(plugin: ModuleType) -> bool:
    return any(isinstance(value, FixtureFunctionDefinition) for value in vars(plugin).values())


def look_for_fixtures(manager: FixtureManager, plugin: object, plugin_name: str) -> None:
    """Leave out those of pytest's own plugins that have none: it looks at each name of each plugin."""
    if not isinstance(plugin, ModuleType) or not plugin.__name__.startswith("_pytest.") or has_fixtures(plugin):
        _look_for_fixtures(manager, plugin, plugin_name)


@contextmanager
def forking(folder: Path) -> Iterator[str]:
    """Give the path of a Python whose processes have imported the libraries when they begin, but not the plugin."""
    if not hasattr(os, "fork"):
        yield sys.executable
        return
    made = Forking(folder, _FIRST)
    yield made.python
    made.stop()


def make_quick(patch: pytest.MonkeyPatch) -> None:
    found = packages()
    patch.setattr(importlib.metadata, "distributions", lambda: found)
    patch.setattr(TracebackEntry, "getsource", show)
    patch.setattr(FixtureManager, "pytest_plugin_registered", look_for_fixtures)
