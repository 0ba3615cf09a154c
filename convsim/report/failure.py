"""What happened in an emulator, told: as text under a failing test, as a page, as a diagram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convsim.core.results import ConversationState
from convsim.core.text import with_short_ids
from convsim.journal.journal import Journal
from convsim.report.page import render_page
from convsim.report.reproduce import render_reproduction
from convsim.report.timeline import render_timeline
from convsim.report.transcript import render_realtime

_MOST_TOLD = 20

Sessions = Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
"""Realtime sessions, oldest first: the id of each, and the items in its conversation."""


def story(journal: Journal, endings: Callable[[str, Sequence[str]], list[str]], sessions: Sessions) -> str:
    """Each conversation and Realtime session that was touched, and the newest exchanges.

    ``endings`` gives, for a project and ids of its conversations, the text of how each of them ended.
    """
    entries = tuple(journal)
    touched: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry.kind != "realtime" and entry.project is not None and isinstance(entry.conversation, str):
            known = touched.setdefault(entry.project, {})
            known.pop(entry.conversation, None)
            known[entry.conversation] = None
    told = [words for name, known in touched.items() for words in endings(name, list(known))]
    return with_short_ids("\n\n".join([*told, *_sessions(sessions), render_timeline(entries)]))


def _sessions(sessions: Sessions) -> list[str]:
    """The newest ones' conversations, oldest first; the first line says how many were left out."""
    shown = sessions[-_MOST_TOLD:]
    more = len(sessions) - len(shown)
    told = [f"({more} more Realtime session{'s' if more != 1 else ''}, opened earlier, not shown)"] if more else []
    return [*told, *(render_realtime(session_id, items, _MOST_TOLD) for session_id, items in shown)]


def page(
    title: str,
    failure: str,
    journal: Journal,
    states: Mapping[str, Mapping[str, ConversationState]],
    sessions: Sessions,
    service: str = "openai",
) -> str:
    """The same, and the Python that makes the conversations again, as HTML that needs no network."""
    return render_page(
        title,
        (conversation for conversations in states.values() for conversation in conversations.values()),
        tuple(journal),
        sessions=sessions,
        failure=failure,
        reproduction=render_reproduction(
            {name: conversations.values() for name, conversations in states.items()}, service
        ),
    )
