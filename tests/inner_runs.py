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
from typing import Any, TypeGuard

import pytest
from _pytest._code.code import TracebackEntry
from _pytest._code.source import Source
from _pytest.config import PytestPluginManager
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
_find_hook, _find_specification = PytestPluginManager.parse_hookimpl_opts, PytestPluginManager.parse_hookspec_opts
_hooks: dict[tuple[object, str], Any] = {}
_specifications: dict[str, Any] = {}
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


version = cache(importlib.metadata.version)


def show(entry: TracebackEntry, astcache: dict[str | Path, ast.AST] | None = None) -> Source | None:
    """Parse a module once for the tracebacks of all runs, unless it is one of the run's: they come and go."""
    return _show(entry, astcache if str(entry.path).startswith(os.getcwd()) else _trees)  # noqa: PTH109 - often called


def is_of_pytest(plugin: object) -> TypeGuard[ModuleType]:
    return isinstance(plugin, ModuleType) and plugin.__name__.startswith("_pytest.")


@cache
def fixtures_of(plugin: ModuleType) -> ModuleType:
    """A module with the fixtures of another, and nothing else."""
    fixtures = ModuleType(plugin.__name__)
    found = {name: value for name, value in vars(plugin).items() if isinstance(value, FixtureFunctionDefinition)}
    vars(fixtures).update(found)
    return fixtures


def look_for_fixtures(manager: FixtureManager, plugin: object, plugin_name: str) -> None:
    """Show nothing but the fixtures of pytest's own plugins, where it would look at each name of each of them."""
    if is_of_pytest(plugin):
        plugin = fixtures_of(plugin)
    elif type(plugin).__module__.startswith("_pytest."):
        return  # an object such as the reporter: none of them has a fixture
    _look_for_fixtures(manager, plugin, plugin_name)


def find_hook(manager: PytestPluginManager, plugin: object, name: str) -> Any:
    """Look once at what hooks pytest's own plugins have."""
    if not name.startswith("pytest_"):
        return None
    if not is_of_pytest(plugin):
        return _find_hook(manager, plugin, name)
    if (plugin, name) not in _hooks:
        _hooks[plugin, name] = _find_hook(manager, plugin, name)
    return _hooks[plugin, name]


def find_specification(manager: PytestPluginManager, module: object, name: str) -> Any:
    if not is_of_pytest(module):
        return _find_specification(manager, module, name)
    if name not in _specifications:
        _specifications[name] = _find_specification(manager, module, name)
    return _specifications[name]


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
    patch.setattr(importlib.metadata, "version", version)
    patch.setattr(TracebackEntry, "getsource", show)
    patch.setattr(FixtureManager, "pytest_plugin_registered", look_for_fixtures)
    patch.setattr(PytestPluginManager, "parse_hookimpl_opts", find_hook)
    patch.setattr(PytestPluginManager, "parse_hookspec_opts", find_specification)
