"""The journal as a Mermaid sequence diagram."""

from __future__ import annotations

from collections.abc import Iterable

from convsim.entries import Entry
from convsim.render.transcript import shortened

_WIDTH = 80


def render_mermaid(entries: Iterable[Entry]) -> str:
    """A diagram of who asked what, what came back, and what went wrong.

    ::

        sequenceDiagram
            participant C as client
            participant T as test
            participant S as server
            C->>S: 1 conversations.items.create conv_1
            S--xC: no answer, ConnectionReset() after commit
    """
    lines = ["sequenceDiagram"]
    lines += (f"    participant {name[0].upper()} as {name}" for name in ("client", "test", "server"))
    for entry in entries:
        who = "C" if entry.kind == "http" else "T"
        asked = f"{entry.number} {entry.title} {entry.conversation or ''}"
        lines.append(f"    {who}->>S: {_text(asked)}")
        arrow = "-->>" if entry.arrived else "--x"
        lines.append(f"    S{arrow}{who}: {_text(entry.result)}")
    return "\n".join(lines)


def _text(words: str) -> str:
    """As Mermaid takes it: its own signs are written as entities."""
    return "".join(f"#{ord(sign)};" if sign in "#;:<>{}%" else sign for sign in shortened(words, _WIDTH))
