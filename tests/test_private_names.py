"""Private names of convsim stand in tests/asking.py only, so that moving one of them edits one file of tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCES = [TESTS.parent / "convsim", TESTS.parent / "conftest_plugin"]
THE_ONE = TESTS / "asking.py"
OURS = ("convsim", "pytest_convsim")

# The public methods of a NamedTuple.
OF_TUPLES = {"_asdict", "_fields", "_make", "_replace"}
# Names of os, httpcore and openai that convsim has, too.
OF_OTHERS = {"_client", "_exit", "_sync"}

WORD = re.compile(r"\b_[A-Za-z]\w*")
# In strings: the path of a module, or code on what convsim makes.
DOTTED = re.compile(r"\b(?:convsim|sim|emulator|session|connection)(?:\.\w+)*?\.(_[A-Za-z]\w*)")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def defined(tree: ast.AST) -> set[str]:
    """The private names of functions, classes, variables and attributes that a module makes."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
    return {name for name in found if is_private(name)}


def is_of_others(node: ast.expr, others: set[str]) -> bool:
    """Whether an expression begins with the name of another library's module: ``os._exit``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in others


def modules_of_others(tree: ast.AST) -> set[str]:
    """The names by which a module knows other libraries."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.partition(".")[0] not in OURS
    }


def used(tree: ast.AST) -> Iterator[str]:
    """The private names that a module takes from elsewhere: as attributes, by import, or inside of strings."""
    others = modules_of_others(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if not is_of_others(node, others):
                yield name
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in OURS:
                yield from (name for alias in node.names for name in [alias.name, *module.split(".")])
            case ast.Constant(value=str(text)):
                yield from DOTTED.findall(text)
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called), args=[_, ast.Constant(str(name)), *_]):
                if called in ("delattr", "getattr", "setattr"):
                    yield name


def private_names(source: str, convsim: set[str]) -> list[str]:
    """The private names of convsim that a module of tests uses and does not define itself."""
    tree = ast.parse(source)
    return sorted((set(used(tree)) & convsim) - defined(tree) - OF_TUPLES - OF_OTHERS)


def mentioned(folder: Path) -> dict[Path, set[str]]:
    """The words of each module that may be private names: only modules with a word in question are parsed."""
    return {path: set(WORD.findall(path.read_text(encoding="utf-8"))) for path in folder.rglob("*.py")}


def test_only_one_module_of_tests_uses_private_names() -> None:
    tests = {path: words for path, words in mentioned(TESTS).items() if path not in (THE_ONE, Path(__file__))}
    of_tests = set().union(*tests.values())
    convsim = {
        name
        for folder in SOURCES
        for path, words in mentioned(folder).items()
        if words & of_tests
        for name in defined(ast.parse(path.read_text(encoding="utf-8")))
    }
    found = {
        str(path.relative_to(TESTS)): names
        for path, words in tests.items()
        if words & convsim and (names := private_names(path.read_text(encoding="utf-8"), convsim))
    }
    assert found == {}, "give them a helper in tests/asking.py"


@pytest.mark.parametrize(
    "source",
    [
        "sim._lock",
        "sim.faults._lock.acquire()",
        "from convsim.store.store import _lock",
        "from convsim._lock import Lock",
        "setattr(sim, '_lock', None)",
        "monkeypatch.setattr(store, '_lock', 5)",
        "monkeypatch.setattr('convsim.store._lock', 5)",
        "run('''\nwith sim._lock:\n    pass\n''')",
    ],
)
def test_each_way_to_use_one_is_found(source: str) -> None:
    assert private_names(source, {"_lock"}) == ["_lock"]


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos._lock",
        "'os._lock'",
        "self._lock = 1\nself._lock",
        "def _lock(): ...",
        "page._replace(a=1)",
        "'a _lock b'",
    ],
)
def test_names_of_other_origin_are_not(source: str) -> None:
    assert private_names(source, {"_lock"}) == []
