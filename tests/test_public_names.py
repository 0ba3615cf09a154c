from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest
from openai import OpenAI

import convsim
from convsim.journal.entries import Direct, Exchange
from convsim.journal.frames import Frame

PUBLIC = [name for name in convsim.__all__ if name not in ("__version__", "patched")]


def test_the_public_names_are_these() -> None:
    assert convsim.__all__ == [
        "APIStatusError",
        "Agent",
        "AuthenticationError",
        "BadRequestError",
        "Behavior",
        "Call",
        "Clock",
        "Conversation",
        "ConversationDeleted",
        "ConversationState",
        "ConvsimError",
        "Emulator",
        "Failure",
        "InternalServerError",
        "Item",
        "ItemPage",
        "NotFoundError",
        "RateLimitError",
        "Reasoning",
        "Refusal",
        "RefusedError",
        "RefusedHostError",
        "RefusedRouteError",
        "Response",
        "ResponseEvent",
        "ReviewWarning",
        "Snapshot",
        "Speech",
        "Text",
        "Turn",
        "UnscriptedTurnError",
        "UnusedFaultWarning",
        "UnusedScriptWarning",
        "UsageError",
        "Webhook",
        "__version__",
        "patched",
    ]
    assert dir(convsim) == convsim.__all__


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_the_class_of_that_name(name: str) -> None:
    value = getattr(convsim, name)

    assert inspect.isclass(value)
    assert value.__name__ == name
    assert value.__module__.startswith("convsim.")


def test_all_names_can_be_imported_at_once() -> None:
    names: dict[str, object] = {}
    exec("from convsim import *", names)

    assert names.keys() - {"__builtins__"} == set(convsim.__all__)
    assert convsim.__version__ == "0.1.0"


def test_every_class_that_the_source_calls_public_is_listed() -> None:
    """Those of the modules that public names come from: listed, an implementation's base, or what one is made from."""
    homes = {getattr(convsim, name).__module__ for name in PUBLIC}
    found = {
        name
        for home in homes
        for name, value in vars(sys.modules[home]).items()
        if inspect.isclass(value) and value.__module__ == home and not name.startswith("_")
    }

    assert found - set(PUBLIC) == {"Ended", "KeptProject", "Resource", "State"}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"^module 'convsim' has no attribute 'Emulater'$"):
        _ = convsim.Emulater
    with pytest.raises(ImportError, match="cannot import name 'Emulater'"):
        exec("from convsim import Emulater")


def reachable() -> Iterator[tuple[str, object]]:
    """Every public class, and every public method and property that its classes of convsim define."""
    sim = convsim.Emulator()
    classes = [getattr(convsim, name) for name in PUBLIC]
    classes += [type(sim.project("a")), type(sim.conversations), type(sim.conversations.items)]
    classes += [type(sim.journal), Exchange, Direct, Frame]
    for cls in classes:
        yield cls.__name__, cls
        for owner in cls.__mro__:
            if owner.__module__.startswith("convsim."):
                for name, member in vars(owner).items():
                    if not name.startswith("_") and (callable(member) or isinstance(member, (property, staticmethod))):
                        yield f"{cls.__name__}.{name}", member


REACHABLE = dict(reachable())


def test_the_walk_reaches_the_public_surface() -> None:
    assert {
        "Clock.system",
        "Conversation.metadata",
        "Conversations.update",
        "Emulator.async_openai",
        "Emulator.seed",
        "Emulator.snapshot",
        "Emulator.state",
        "Item.to_dict",
        "ItemPage.get_next_page",
        "Items.list",
        "NotFoundError.body",
        "Direct.answer",
        "Exchange.conversation",
        "Frame.operation",
        "Journal.select",
        "ProjectAPI.transcript",
        "Snapshot.to_dict",
    } <= REACHABLE.keys()


@pytest.mark.parametrize("member", REACHABLE.values(), ids=REACHABLE)
def test_everything_public_has_a_docstring_of_its_own(member: object) -> None:
    written = member.__doc__ if inspect.isclass(member) else inspect.getdoc(member)

    assert written
    assert written.strip()


def test_the_example_of_the_package_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    example = re.search(r"^    def .*?\n\n", convsim.__doc__ or "", re.DOTALL | re.MULTILINE)
    assert example
    monkeypatch.setenv("OPENAI_API_KEY", "sk-any")
    names: dict[str, Any] = {"OpenAI": OpenAI}
    exec(dedent(example[0]), names)
    with convsim.Emulator().patch() as sim:
        names["test_the_agent_remembers"](sim)


PROBE = """
import sys
import convsim
heavy = {"pydantic", "pydantic_core", "httpx", "httpx2", "openai", "sortedcontainers", "pytest"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
convsim.Emulator().conversations.create()
client_libraries = {"httpx", "httpx2", "openai", "pytest"}
assert not client_libraries & sys.modules.keys(), client_libraries & sys.modules.keys()
"""


def test_importing_convsim_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
