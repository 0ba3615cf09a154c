"""What the pytest plugin declares: its fixtures, markers, ini options and command-line options."""

from __future__ import annotations

from typing import Any

import pytest_convsim
from _pytest.fixtures import FixtureFunctionDefinition


class Plugin:
    """The declarations, as the plugin's own hooks make them; the values are their words of help."""

    def __init__(self) -> None:
        self.ini: dict[str, str] = {}
        self._defaults: dict[str, object] = {}
        self.options: dict[str, str] = {}
        self.markers: list[str] = []
        self.fixtures: dict[str, tuple[str, str]] = {}
        """The scope and the docstring of each fixture."""
        hooks: Any = self
        pytest_convsim.pytest_addoption(hooks)
        pytest_convsim.pytest_configure(hooks)
        for name, value in vars(pytest_convsim).items():
            if isinstance(value, FixtureFunctionDefinition) and not name.startswith("_"):
                self.fixtures[name] = (str(value._fixture_function_marker.scope), value.__doc__ or "")

    def getgroup(self, name: str) -> Plugin:
        return self

    def addoption(self, name: str, **given: str) -> None:
        self.options[f"{name} {given['metavar']}"] = given["help"]

    def addini(self, name: str, words: str, **given: object) -> None:
        self.ini[name] = words
        self._defaults[name] = given.get("default")

    def getini(self, name: str) -> object:
        return self._defaults[name]

    def getoption(self, name: str) -> bool:
        return False

    def addinivalue_line(self, name: str, line: str) -> None:
        self.markers.append(line)
