"""docs/api.md, printed from the signatures and docstrings of the public names."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from convsim.core.results import Resource
from convsim.faults import Fault
from convsim.operations.routes import ELSEWHERE, ROUTES
from convsim.service.options import Options
from tests.printing.plugin import Plugin

_HEAD = """\
# API

Every public name, with its signature and its docstring. `help(convsim.Emulator)` shows the same in a terminal.

Times are in seconds, instants in seconds since the epoch, unless a line says otherwise. Wherever an id is asked for, an
object that has one is taken as well.

The tests run the examples. In them, `sim` is an `Emulator()` with the conversation `conv_1`, whose only item is the
user's message `msg_1` with the text "Hi", and `client` is `sim.openai()`. [The guide](guide.md) and [the
cookbook](cookbook.md) have more.

This page is printed by `python -m tests.printing api`; a test keeps it up to date.

Contents: """

_RETURNED = "Attributes of an emulator"


@dataclass(frozen=True)
class Section:
    """A part of the page: a module's names, or the classes of objects that an emulator returns."""

    title: str
    words: str
    names: tuple[str, ...]
    """Each as ``module:name``."""


def _public(module: str, *first: str) -> tuple[str, ...]:
    names = [*first, *(name for name in importlib.import_module(module).__all__ if name not in first)]
    return tuple(f"{module}:{name}" for name in names if name != "__version__")


SECTIONS = (
    Section("convsim", "The package. `convsim.__version__` is its version.", _public("convsim", "Emulator", "patched")),
    Section(
        _RETURNED,
        "The classes of what `sim` has and returns. A test does not call them.",
        (
            "convsim.core.results:Resource",
            "convsim.direct.client:Conversations",
            "convsim.direct.client:Items",
            "convsim.direct.responses:Responses",
            "convsim.direct.responses:InputItems",
            "convsim.direct.responses:InputTokens",
            "convsim.direct.turn_connection:TurnConnection",
            "convsim.direct.client:EventStream",
            "convsim.direct.prompts:Prompts",
            "convsim.direct.webhooks:Webhooks",
            "convsim.direct.project:ProjectAPI",
            "convsim.core.results:State",
            "convsim.journal.journal:Journal",
            "convsim.journal.entries:Exchange",
            "convsim.journal.entries:Direct",
            "convsim.journal.frames:Frame",
            "convsim.journal.review:Finding",
            "convsim.service.realtime:Realtime",
            "convsim.service.connection:DirectConnection",
        ),
    ),
    Section(
        "convsim.faults",
        "Faults, as data. [Faults](faults.md) has them as tables, with the operations and events of each.",
        _public("convsim.faults", "Rule", "Faults", "Armed", "Chaos", "Fault", "AnswerFault", "FaultContext"),
    ),
    Section(
        "convsim.realtime",
        "A session without an emulator, and what its replies are made of. [Realtime](realtime.md) has examples.",
        _public("convsim.realtime", "Session"),
    ),
    Section(
        "convsim.strategies",
        'Hypothesis strategies and state machines (`pip install "convsim[hypothesis]"`).',
        _public("convsim.strategies"),
    ),
)


PARTS = (*(section.title for section in SECTIONS), "Operations", "pytest")


def render_api() -> str:
    """Return the page."""
    page = _HEAD + ", ".join(f"[{title}](#{_anchor(title)})" for title in PARTS) + ".\n"
    shown: dict[int, str] = {}
    for section in SECTIONS:
        page += f"\n## {section.title}\n\n{section.words}\n"
        for name in section.names:
            page += _entry(name, section.title, shown)
    return page + _operations() + _plugin()


def _entry(name: str, title: str, shown: dict[int, str]) -> str:
    module, _, short = name.partition(":")
    value = getattr(importlib.import_module(module), short)
    heading = f"\n### {short}\n\n"
    if id(value) in shown:
        return f"{heading}Described under [{shown[id(value)]}](#{_anchor(shown[id(value)])}).\n"
    shown[id(value)] = title
    if not inspect.isclass(value) and not inspect.isfunction(value):
        text = re.sub(r"[\w.]+\.(?=[A-Z])", "", _plain_repr(value))
        return f"{heading}{_block(text)}{_comment(module, short).lstrip()}"
    header = _header(value, short, called=title != _RETURNED)
    page = heading + _block(header) + markdown(value.__doc__)
    if inspect.isclass(value) and issubclass(value, Fault) and ">>>" not in (value.__doc__ or ""):
        page += f"\n    >>> armed = sim.faults.add({short}())\n"
    return page + ("".join(_members(value, header)) if inspect.isclass(value) else "")


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


# --- signatures ----------------------------------------------------------------------------------------------------

_WIDEST = 100


def _header(value: Any, name: str, *, called: bool) -> str:
    if inspect.isclass(value) and (issubclass(value, (Exception, Resource, RuleBasedStateMachine)) or not called):
        bases = [base.__name__ for base in value.__bases__ if not base.__name__.startswith("_") and base is not object]
        return f"class {name}({', '.join(bases)})" if bases else f"class {name}"
    return signature(value, name)


def signature(value: Any, name: str) -> str:
    """Return the call on one line, or with a line for each argument if one line were too wide."""
    taken = inspect.signature(value)
    arguments = list(_arguments(taken))
    returned = taken.return_annotation
    if hasattr(value, "__wrapped__") and inspect.isgeneratorfunction(inspect.unwrap(value)):
        returned = returned.replace("Iterator", "ContextManager")  # of contextlib.contextmanager
    to = "" if inspect.isclass(value) or returned in (taken.empty, None, "None") else f" -> {_annotation(returned)}"
    line = f"{name}({', '.join(arguments)}){to}"
    if len(line) <= _WIDEST:
        return line
    return "\n".join([f"{name}(", *(f"    {argument}," for argument in arguments), f"){to}"])


def _arguments(taken: inspect.Signature) -> Iterator[str]:
    starred = False
    for name, parameter in taken.parameters.items():
        if name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            yield "*"
        starred |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        stars = (
            "*"
            if parameter.kind is parameter.VAR_POSITIONAL
            else "**"
            if parameter.kind is parameter.VAR_KEYWORD
            else ""
        )
        kind = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
        default = "" if parameter.default is parameter.empty else f" = {_plain_repr(parameter.default)}"
        yield f"{stars}{name}{kind}{default}"


def _annotation(annotation: Any) -> str:
    written = annotation if isinstance(annotation, str) else getattr(annotation, "__forward_arg__", None)
    return re.sub(r"(?<![\w.])(?:\w+\.)+(?=[A-Z])", "", written or inspect.formatannotation(annotation))


def _plain_repr(value: object) -> str:
    """Return the value as a reader would write it; one that no source has, as three dots."""
    text = repr(value)
    return "..." if text.startswith("<") or " object at " in text else text


# --- members -------------------------------------------------------------------------------------------------------


def _members(cls: type, header: str) -> Iterator[str]:
    """Yield the attributes as a list, with their types where the header does not show them, and the methods."""
    owners = [owner for owner in reversed(cls.__mro__) if owner is cls or _is_unlisted(owner)]
    members = {name: member for owner in owners for name, member in vars(owner).items() if not name.startswith("_")}
    texts: dict[str, str] = {}
    for owner in owners:
        texts |= comments_of(owner)
        # One without a docstring keeps that of the property that it overrides.
        texts |= {
            name: text for name in vars(owner) if name in members and (text := _doc_of_attribute(vars(owner)[name]))
        }
    types = _types(owners)
    if texts:
        yield "\nAttributes:\n\n"
    for name, text in texts.items():
        kind = f" (`{types[name]}`)" if name in types and f"{name}: " not in header else ""
        yield f"- `{name}`{kind}: {one_line(text)}\n"
    for name, member in members.items():
        call = getattr(member, "__func__", member)
        if inspect.isfunction(call) and call.__doc__ and not is_inner(cls, name):
            called = signature(getattr(cls, name), name)
            yield f"\n#### {cls.__name__}.{name}\n\n{_block(called)}{markdown(call.__doc__)}"


def _types(owners: list[type]) -> dict[str, str]:
    """Return the types of annotated attributes and of properties."""
    found: dict[str, object] = {}
    for owner in owners:
        found |= inspect.get_annotations(owner)
        for name, member in vars(owner).items():
            call = getattr(member, "fget", getattr(member, "func", None))
            if call is not None:
                found[name] = inspect.signature(call).return_annotation
    return {name: re.sub(r"^ClassVar\[(.+)\]$", r"\1", _annotation(kind)) for name, kind in found.items()}


_INNER = {
    "Agent": {"named"},
    "Behavior": {"for_generated_suites"},
    "Clock": {"move_to", "pass_time", "position"},
    "Direct": {"told_in_a_line"},
    "DirectConnection": {"abort", "happening", "receive"},
    "Exchange": {"told_in_a_line"},
    "Fault": {"enter", "objection"},
    "Faults": {"forget_versions", "keeps", "on_event", "plan", "wrote"},
    "Frame": {"told_in_a_line"},
    "Journal": {"counts", "direct", "exchange", "frame", "go_back", "mark"},
    "ProjectAPI": {"endings"},
    "Realtime": {"open", "reset"},
    "Rule": {"copy", "count", "drawn", "due", "keep", "last", "matches"},
}
"""Methods that convsim calls itself, and so does not promise to keep: the page leaves them out."""
_INNER_OF_FAULTS = {"concerns", "enter", "headers", "instead", "objection"}


def is_inner(cls: type, name: str) -> bool:
    return name in _INNER.get(cls.__name__, ()) or (issubclass(cls, Fault) and name in _INNER_OF_FAULTS)


@cache
def _listed() -> set[object]:
    return {getattr(importlib.import_module(name.partition(":")[0]), name.partition(":")[2]) for name in names()}


def names() -> list[str]:
    """Return what the page describes, each as ``module:name``."""
    return [name for section in SECTIONS for name in section.names]


def _is_unlisted(owner: type) -> bool:
    return owner.__module__.startswith("convsim.") and owner not in _listed()


def _doc_of_attribute(member: object) -> str:
    return (member.__doc__ or "") if isinstance(member, (property, cached_property)) else ""


def comments_of(cls: type) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a class that have a string behind them, with that string."""
    module = _SOURCES.get(cls.__module__, cls.__module__)
    for one in ast.parse(inspect.getsource(importlib.import_module(module))).body:
        if isinstance(one, ast.ClassDef) and one.name == cls.__name__:
            yield from _commented(one.body)


_SOURCES = {"convsim.errors": "convsim.errors.tree"}
"""Modules whose classes are written in another one."""


def _comment(module: str, name: str) -> str:
    """Return the string behind a name of a module, in the module that assigns it."""
    for source in (module, *_HOMES.get(module, ())):
        for found, text in _commented(ast.parse(inspect.getsource(importlib.import_module(source))).body):
            if found == name:
                return "\n" + markdown(text)
    return ""


_HOMES = {"convsim.realtime": ("convsim.http.messages",), "convsim.strategies": ("convsim.strategies.plans",)}


def _commented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for one, following in pairwise(body):
        assigned = (
            [one.target] if isinstance(one, ast.AnnAssign) else one.targets if isinstance(one, ast.Assign) else []
        )
        match following:
            case ast.Expr(value=ast.Constant(value=str(text))):
                names = [target.id for target in assigned if isinstance(target, ast.Name)]
                yield from ((name, text) for name in names if not name.startswith("_"))


def _operations() -> str:
    """Return the part about the operations over HTTP."""
    page = (
        "\n## Operations\n\nThe requests that are answered, by the names that faults, the journal and the SDK use.\n\n"
    )
    for route in ROUTES:
        page += f"- `{route.operation}`: `{route.method} /v1{route.path}`\n"
    for route in ELSEWHERE:
        page += f"- `{route.operation}`: `{route.method} {route.path}`, which only Azure AI Foundry has\n"
    return page


# --- pytest --------------------------------------------------------------------------------------------------------


def _plugin() -> str:
    """Return the part about the plugin, from its own declarations."""
    plugin = Plugin()
    page = (
        "\n## pytest\n\nThe plugin is loaded by pytest itself. [The guide](guide.md) has examples.\n\n### Fixtures\n\n"
    )
    for name, (scope, text) in plugin.fixtures.items():
        page += f"- `{name}` ({scope}): {one_line(text)}\n"
    page += "\n### Markers\n\n"
    for text in plugin.markers:
        call, _, words = text.partition(": ")
        page += f"- `@pytest.mark.{call}`: {one_line(words)}\n"
    page += "\nThe options of `@pytest.mark.convsim`, of `Emulator` and of `@patched`:\n\n"
    page += "".join(f"- `{argument}`\n" for argument in _arguments(inspect.signature(Options)) if argument != "*")
    page += "\n### Ini options\n\n"
    page += "".join(f"- `{name}`: {one_line(text)}\n" for name, text in plugin.ini.items())
    page += "\n### Command line\n\n"
    return page + "".join(f"- `{name}`: {one_line(text)}\n" for name, text in plugin.options.items())


# --- Markdown ------------------------------------------------------------------------------------------------------


def _block(code: str) -> str:
    return textwrap.indent(code, "    ") + "\n\n"


def one_line(doc: str | None) -> str:
    """Return a docstring on one line of Markdown, without its examples."""
    return " ".join(re.sub(r"^    >>> (?:.+\n?)+", "", markdown(doc), flags=re.MULTILINE).split())


def markdown(doc: str | None) -> str:
    """Return a docstring as Markdown: its roles and double backticks as code, its terms as a list."""
    text = inspect.cleandoc(doc or "")
    text = re.sub(r"^``(\w+)``\n((?: {4}.+\n?)+)", _term, text, flags=re.MULTILINE)
    text = re.sub(r":\w+:`~[\w.]*?(\w+)`", r"`\1`", text)
    text = re.sub(r":\w+:`\.?(.+?)`", r"`\1`", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    text = re.sub(r"^>>> (?:.+\n?)+", lambda found: textwrap.indent(found[0], "    "), text, flags=re.MULTILINE)
    text = re.sub(r"^::$", "For example:", text, flags=re.MULTILINE)
    return re.sub(r"::$", ":", text, flags=re.MULTILINE) + "\n"


def _term(found: re.Match[str]) -> str:
    return f"- ``{found[1]}``: {' '.join(found[2].split())}\n"
