"""The journal as a Mermaid sequence diagram."""

from __future__ import annotations

from collections.abc import Iterable

from convsim.core.text import shortened, with_short_ids
from convsim.journal.entries import Entry
from convsim.journal.frames import Frame

_WIDTH = 80


def render_mermaid(entries: Iterable[Entry]) -> str:
    """Return a diagram of the requests, the answers and the faults.

    ::

        sequenceDiagram
            participant C as client
            participant T as test
            participant S as server
            C->>S: 1 conversations.items.create conv_1
            S--xC: no answer, ConnectionReset() after commit
            C->>S: 2 conversation.item.create sess_1 item_1 after root
            S-->>C: 3 conversation.item.added sess_1 item_1 first
    """
    lines = ["sequenceDiagram"]
    lines += (f"    participant {name[0].upper()} as {name}" for name in ("client", "test", "server"))
    for entry in entries:
        lines += _event(entry) if isinstance(entry, Frame) else _call(entry)
    return with_short_ids("\n".join(lines))


def _call(entry: Entry) -> list[str]:
    who = "C" if entry.kind == "http" else "T"
    asked = f"{entry.number} {entry.title} {entry.conversation or ''}"
    arrow = "-->>" if entry.arrived else "--x"
    return [f"    {who}->>S: {_text(asked)}", f"    S{arrow}{who}: {_text(entry.result)}"]


def _event(entry: Frame) -> list[str]:
    sent, who, whom = ("->>", "C", "S") if entry.sender == "client" else ("-->>", "S", "C")
    words = f"{entry.number} {entry.name} {entry.session} {entry.result}"
    return [f"    {who}{sent if entry.arrived else '--x'}{whom}: {_text(words)}"]


def _text(words: str) -> str:
    """Return the text with Mermaid's own signs written as entities."""
    return "".join(f"#{ord(sign)};" if sign in "#;:<>{}%" else sign for sign in shortened(words, _WIDTH))
