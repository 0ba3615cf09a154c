"""docs/faults.md, printed from the faults themselves: their fields, docstrings, and class attributes."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from convsim import faults
from convsim.faults import AnswerFault, Chaos, Fault, FaultContext, Rule
from convsim.faults.fault import Target
from convsim.responses.events import STREAM_EVENTS
from tests.printing.api import one_line

_HEAD = """\
# Faults

A fault is data that says what goes wrong; a rule says when. All are in `convsim.faults`:

```python
import pytest
from convsim.faults import ConnectionReset, Overloaded, RateLimited, Rule
from openai import InternalServerError, OpenAI


@pytest.mark.convsim(faults=[Rule(RateLimited(), on="conversations.create", times=2)])  # armed from the start
def test_three_rules(convsim):
    conversation = OpenAI().conversations.create()  # the SDK tries it three times
    convsim.faults.add(ConnectionReset(), on="conversations.retrieve")  # once: the SDK's retry gets an answer
    OpenAI().conversations.retrieve(conversation.id)
    with convsim.faults.add(Overloaded(), on="conversations.*"):  # on every such call in the block
        with pytest.raises(InternalServerError):
            OpenAI().conversations.retrieve(conversation.id)
    assert len(convsim.journal.select(fault=True)) == 2 + 1 + 3
```

`Emulator(faults=[...])` and `@patched(faults=[...])` take the same list as the marker. [The cookbook](cookbook.md) has
tests to copy.

Faults happen to the requests of clients: the SDK, httpx, httpx2, aiohttp and websockets, over every front of the
emulator. They never happen to the Direct API (`sim.seed`, `sim.conversations`, `sim.responses`), which is for the test
itself; the events of `sim.realtime.connect()` and of `sim.responses.connect()` count as a client's. A request that the
service refuses for its path, its key or its schema is not an occurrence and consumes no fault.

This page is printed by `python -m tests.printing faults`; a test keeps it up to date.

## When: `Rule` and `sim.faults.add`

`Rule(fault, ...)` makes a rule for a list, `sim.faults.add(fault, ...)` arms one at once. Both take:

| Argument | Default | Meaning |
| --- | --- | --- |
"""

_COUNTS = """
`sim.faults.add` returns an `Armed` rule: `fired` counts how often the fault has happened, `seen` the calls and events
that could have hit it. `disarm()` and the end of its `with` disarm it; `sim.faults.clear()` disarms all.

A rule that has happened less often than a number of `times`, or never, is unused. The end of its `with`, of
`sim.patch()` or of the test warns of it with an `UnusedFaultWarning`; `sim.faults.unused` has these rules.

If several faults could answer one call, the first one armed does, and the others wait; delays add up.
"""

_SECTIONS = (
    (
        "convsim.faults.answers",
        "Answers",
        """\
The client gets an error in the service's words, or an answer that is spoilt on its way. A streamed response ends before
it is spoilt; only `WrongContentType` leaves the stream as it is.
""",
    ),
    (
        "convsim.faults.transport",
        "Connections and time",
        """\
The client's library raises its own exception. The SDK turns it into an `APIConnectionError` or `APITimeoutError`, and
retries, unless the stream had begun.
""",
    ),
    (
        "convsim.faults.state",
        "Stored state",
        """\
Another client changes the stored state, or a read shows another state. Such a fault happens only if it changes
something: other calls are not occurrences.
""",
    ),
    (
        "convsim.faults.events",
        "Events of Realtime and of streams",
        """\
`on` names events: those that a [Realtime](realtime.md) client sends, those that a session sends, and those of a
streamed response. `conversation` is the id of the session, or of the response's conversation.
""",
    ),
)

_COLUMNS = ("Fault", "Effect", "Targets", "Default `on`", "Default `times`", "`after_commit`")

_TARGETS: dict[Target, str] = {
    "operation": "operations",
    "client event": "Realtime, the client's events",
    "server event": "Realtime, the service's events",
    "stream event": "events of a streamed response",
}

_MOMENTS = {
    ("before",): "never",
    ("after",): "always",
    ("before", "after"): "if given",
}

_OWN = """
```python
from dataclasses import dataclass

import openai
import pytest
from convsim.faults import AnswerFault, FaultContext


@dataclass(frozen=True)
class Maintenance(AnswerFault):
    minutes: int = 5

    def answer(self, context: FaultContext):
        error = {"message": "Back soon.", "type": "server_error", "param": None, "code": "maintenance"}
        return context.respond(503, {"error": error}, headers={"Retry-After": str(60 * self.minutes)})


def test_the_service_is_down(convsim):
    with convsim.faults.add(Maintenance()), pytest.raises(openai.InternalServerError) as down:
        openai.OpenAI(max_retries=0).conversations.create()
    assert (down.value.code, down.value.response.headers["retry-after"]) == ("maintenance", "300")
```

"""


def render_faults() -> str:
    """Return the page."""
    page = _HEAD + "".join(_rule_rows()) + _COUNTS
    for module, title, words in _SECTIONS:
        page += f"\n## {title}\n\n{words}\n{_table([_row(kind) for kind in kinds() if kind.__module__ == module])}"
    page += f"\nThe events of a streamed response: {', '.join(f'`{name}`' for name in STREAM_EVENTS)}.\n"
    arguments = ", ".join(
        f"`{parameter.name}`" if parameter.default is parameter.empty else f"`{parameter.name}={parameter.default!r}`"
        for parameter in inspect.signature(Chaos).parameters.values()
    )
    page += f"\n## Storms: `sim.faults.chaos` and `Chaos`\n\n{_prose(Chaos)}\n\nIt takes {arguments}.\n"
    page += f"\n## Faults of your own\n\nSubclass `AnswerFault` and write `answer`:\n{_OWN}{_prose(FaultContext)}\n\n"
    page += f"- `context.response`: {_prose(FaultContext.response)}\n"
    page += f"- `context.respond(status, body, headers=None)`: {_prose(FaultContext.respond)}\n"
    return page


def kinds() -> list[type[Fault]]:
    """Return the faults that can be armed, in the order of their modules."""
    public = [getattr(faults, name) for name in faults.__all__]
    armed = [kind for kind in public if isinstance(kind, type) and issubclass(kind, Fault)]
    armed = [kind for kind in armed if kind not in (Fault, AnswerFault)]
    return sorted(armed, key=lambda kind: list(vars(sys.modules[kind.__module__])).index(kind.__name__))


def _rule_rows() -> Iterator[str]:
    parameters = inspect.signature(Rule).parameters
    for name, words in re.findall(r"^``(\w+)``\n((?:    .+\n)+)", _doc(Rule), re.MULTILINE):
        yield f"| `{name}` | `{parameters[name].default!r}` | {_plain(words)} |\n"


def _table(rows: list[tuple[str, ...]]) -> str:
    """Return the rows as a table, and above it a sentence with the columns that are the same in all of them."""
    values = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    common = {column: cells[0] for column, cells in values.items() if len(set(cells)) == 1}
    columns = [column for column in _COLUMNS if column not in common]
    lines = [columns, ["---"] * len(columns), *zip(*(values[column] for column in columns), strict=True)]
    same = ", ".join(f"{column[0].lower()}{column[1:]} ({cell})" for column, cell in common.items())
    return f"The same in every row: {same}.\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(kind: type[Fault]) -> tuple[str, ...]:
    targets = "<br>".join(_TARGETS[target] for target in kind.targets)
    on = kind.usual_operations
    usual = "every operation" if on is None else ", ".join(f"`{name}`" for name in on)
    times = "1" if kind.usual_times == 1 else '`"always"`'
    return f"`{_call(kind)}`", _prose(kind), targets, usual, times, _MOMENTS[kind.moments]


def _call(kind: type[Fault]) -> str:
    given = [
        field.name if field.default is MISSING else f"{field.name}={_value(field.default)}" for field in fields(kind)
    ]
    return f"{kind.__name__}({', '.join(given)})"


def _value(value: object) -> str:
    text = repr(value)
    return text if len(text) < _LONG else "'...'"


_LONG = 40


def _prose(documented: Any) -> str:
    return one_line(_doc(documented))


def _doc(documented: Any) -> str:
    return inspect.cleandoc(documented.__doc__ or "") + "\n"


def _plain(words: str) -> str:
    """Return the text on one line, as Markdown."""
    return " ".join(re.sub(r"(?::\w+:)?`+~?\.?(.+?)`+", r"`\1`", words).split())
