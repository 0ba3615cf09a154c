"""The API page leaves no public name out."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import httpx2
import openai
import pytest
from hypothesis import settings

import convsim
from convsim import Behavior, faults
from convsim.core.results import Resource
from convsim.operations.routes import ROUTES
from convsim.service.options import Options
from tests.printing.api import PARTS, markdown, names, one_line, render_api, signature
from tests.printing.plugin import Plugin

page = cache(render_api)
MODULES = ("convsim", "convsim.faults", "convsim.realtime", "convsim.strategies")


def entry(name: str) -> str:
    return page().partition(f"\n### {name}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_an_entry_in_words(module: str) -> None:
    part = page().partition(f"\n## {module}\n")[2].partition("\n## ")[0]
    for name in importlib.import_module(module).__all__:
        if name == "__version__":
            assert "convsim.__version__" in part
            continue
        _, heading, text = part.partition(f"\n### {name}\n\n")
        assert heading, name
        words = [line for line in text.partition("\n### ")[0].splitlines() if line and not line.startswith("    ")]
        assert words, name


def test_the_contents_lead_to_every_part() -> None:
    assert [line.removeprefix("## ") for line in page().splitlines() if line.startswith("## ")] == list(PARTS)
    assert "[convsim.faults](#convsimfaults)" in page()
    assert "[Attributes of an emulator](#attributes-of-an-emulator)" in page()


def test_every_option_switch_fixture_marker_and_route_is_there() -> None:
    plugin = Plugin()
    assert [name for name in Options.names() if f"\n- `{name}: " not in page()] == []
    assert [one.name for one in fields(Behavior) if f"\n- `{one.name}`: " not in entry("Behavior")] == []
    assert [name for name in plugin.fixtures if f"\n- `{name}` (" not in page()] == []
    assert [name for name in plugin.ini if f"\n- `{name}`: " not in page()] == []
    assert "`@pytest.mark.convsim_allow_hosts(hosts)`" in page()
    assert "`--convsim-report DIR`" in page()
    assert [route.operation for route in ROUTES if f"`{route.method} /v1{route.path}`" not in page()] == []


def test_an_entry_has_signature_words_attributes_and_methods() -> None:
    emulator = entry("Emulator")
    assert "        seed: int = 0,\n" in emulator
    assert "        behavior: Behavior = Behavior(),\n" in emulator
    assert "\n- `clock` (`Clock`): The emulator's clock; `clock.advance(seconds)` moves it.\n" in emulator
    assert "\n#### Emulator.copy\n\n    copy() -> Emulator\n\nReturn another emulator" in emulator
    assert "    patch() -> ContextManager[Self]\n" in emulator
    assert "_made" not in emulator
    assert entry("Call").startswith("\n    Call(name: str, arguments: str | Mapping[str, Any] = '{}', *, call_id:")
    assert entry("NotFoundError").startswith("\n    class NotFoundError(APIStatusError)\n\n404")
    assert "- `status_code`" in page() or "`status_code`" in entry("APIStatusError")
    assert entry("Exchange").startswith("\n    class Exchange\n")
    assert "Described under [convsim](#convsim)." in page()


def described(name: str) -> object:
    module, _, short = name.partition(":")
    return getattr(importlib.import_module(module), short)


def docstrings(name: str) -> list[str]:
    """The docstrings of an entry's class or function, and of the class's methods."""
    value = described(name)
    docs = [value.__doc__ or ""]
    if inspect.isclass(value):
        docs += [member.__doc__ or "" for member in vars(value).values() if inspect.isroutine(member)]
    return [inspect.cleandoc(doc) for doc in docs]


DOCSTRINGS = {name: docstrings(name) for name in names()}
EXAMPLES = [
    pytest.param(text, id=f"{name.partition(':')[2]}-{number}")
    for name, texts in DOCSTRINGS.items()
    for number, text in enumerate(texts)
    if ">>>" in text
]
OF_STRATEGIES = [name for name, (text, *_) in DOCSTRINGS.items() if "strategies:" in name and "\n::\n" in text]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_docstrings_run(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    example = doctest.DocTestParser().get_doctest(text, surroundings(), "example", None, None)
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
    assert "".join(said) == ""


def surroundings() -> dict[str, Any]:
    """What the head of the page says that an example finds."""
    found: dict[str, Any] = {
        "httpx": httpx,
        "httpx2": httpx2,
        "json": json,
        "openai": openai,
        "OpenAI": openai.OpenAI,
    }
    for module in MODULES:
        exec(f"from {module} import *", found)
    sim = found["sim"] = convsim.Emulator()
    sim.seed("conv_1", [{"role": "user", "content": "Hi", "id": "msg_1"}])
    sim.journal.clear()
    found["client"] = sim.openai()
    return found


LIKE_OTHERS = (Exception, faults.Fault)


def test_every_entry_has_an_example() -> None:
    """Errors and warnings have theirs at the root; a fault without one is armed where the page is printed."""
    without = [
        name for name, texts in DOCSTRINGS.items() if not any(">>>" in text or "\n::\n" in text for text in texts)
    ]
    like_others = [
        name for name in without if inspect.isclass(kind := described(name)) and issubclass(kind, LIKE_OTHERS)
    ]
    assert [name for name in without if name not in like_others and callable(described(name))] == []


RETURNED = {
    *("Armed", "BadItem", "Close", "FaultContext", "Faults", "Frame", "Ping", "Session", "Snapshot", "Turn", "Webhook")
}
"""Classes whose objects a test takes and does not make, and those of a session without an emulator."""


def test_every_entry_that_a_test_calls_names_its_errors() -> None:
    """Faults have theirs at the root."""
    silent = []
    for name, (text, *_) in DOCSTRINGS.items():
        short, call = name.partition(":")[2], described(name)
        if name.partition(":")[0] not in MODULES or short in RETURNED or not callable(call):
            continue
        if inspect.isclass(call) and issubclass(call, (*LIKE_OTHERS, Resource)):
            continue
        if inspect.signature(call).parameters and "Raises" not in text:
            silent.append(name)
    assert silent == []
    assert "Raises" in (faults.Fault.__doc__ or "")


def test_a_fault_without_an_example_can_be_armed() -> None:
    lines = re.findall(r"^    >>> armed = (sim\.faults\.add\(\w+\(\)\))$", page(), re.MULTILINE)
    assert lines
    for line in lines:
        exec(line, surroundings())


@pytest.mark.parametrize("name", OF_STRATEGIES)
def test_the_examples_of_strategies_run(name: str) -> None:
    code = textwrap.dedent(DOCSTRINGS[name][0].partition("\n::\n\n")[2])
    found = surroundings()
    exec(
        f"from convsim.strategies import *\nfrom hypothesis import given, strategies as st\nimport pytest\n{code}",
        found,
    )
    (test,) = (value for key, value in found.items() if key.startswith("test_"))
    settings(max_examples=3, database=None)(test)()


def test_docstrings_become_markdown() -> None:
    doc = """Take :class:`~convsim.Agent` and ``x``; see :meth:`add`.

    ``on``
        The operations,
        or events.

    ::

        run()
    """
    assert markdown(doc) == (
        "Take `Agent` and `x`; see `add`.\n\n- `on`: The operations, or events.\n\nFor example:\n\n    run()\n"
    )
    assert one_line("One\ntwo::\n\n    x") == "One two: x"
    assert one_line(None) == ""


def test_examples_are_code_and_no_part_of_a_line() -> None:
    doc = """Do it.

    >>> with it:
    ...     run()
    1

    And more.
    """
    assert markdown(doc) == "Do it.\n\n    >>> with it:\n    ...     run()\n    1\n\nAnd more.\n"
    assert one_line(doc) == "Do it. And more."


def test_signatures_have_a_line_for_each_argument_where_one_is_too_wide() -> None:
    def short(self: object, one: int, /, *rest: str, key: object = len, **more: Mapping[str, int]) -> Iterator[int]:
        return iter(())

    assert signature(short, "short") == (
        "short(one: int, *rest: str, key: object = ..., **more: Mapping[str, int]) -> Iterator[int]"
    )

    def wide(
        an_argument: int, another_argument: int = 1, *, and_one_by_keyword: str, and_the_last: str = ""
    ) -> None: ...

    assert signature(wide, "wide") == (
        "wide(\n    an_argument: int,\n    another_argument: int = 1,\n    *,\n    and_one_by_keyword: str,\n"
        "    and_the_last: str = '',\n)"
    )

    @contextmanager
    def opened() -> Iterator[int]:
        yield 1

    assert signature(opened, "opened") == "opened() -> ContextManager[int]"
