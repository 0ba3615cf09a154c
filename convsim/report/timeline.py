"""The journal as text, a line an entry, the newest ones with the last one marked."""

from __future__ import annotations

from collections.abc import Sequence

from convsim.core.text import cut, short_ids, shortened
from convsim.journal.entries import Entry, has_several_hosts

WIDTH = 160


def render_timeline(entries: Sequence[Entry], last: int = 20) -> str:
    """Return the ``last`` entries, oldest first, with an arrow before the newest and the sentences of refusals.

    ::

        1 earlier
            2  conversations.items.list  conv_1  200  1 item
        ->  3  conversations.retrieve  conv_2  404 invalid_request_error
               Conversation with id 'conv_2' not found.
    """
    shown = list(entries)[max(len(entries) - last, 0) :]
    earlier, with_host = len(entries) - len(shown), has_several_hosts(entries)
    lines = [f"{earlier} earlier"] if earlier else []
    for entry in shown:
        mark = "->" if entry is shown[-1] else "  "
        lines.append(f"{mark} {shortened_line(entry, with_host=with_host)}")
        sentence = (entry.error or {}).get("message")
        if sentence is not None:
            lines.append(f"       {shortened(str(sentence), WIDTH)}")
    return "\n".join(lines) or "nothing happened"


def shortened_line(entry: Entry, *, with_host: bool) -> str:
    """Cut the entry's line to a width in which long ids count as their short forms, so that its columns stay."""
    line = entry.told_in_a_line(with_host=with_host).replace("\n", " ")
    return cut(line, WIDTH + sum(len(long) - len(short) for long, short in short_ids(line).items()))
