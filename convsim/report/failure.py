"""The report of an emulator: as text under a failing test, as a page, as a diagram."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from convsim.core.results import ConversationState
from convsim.core.text import number_of, shortened, with_short_ids
from convsim.errors import RefusedError, UnscriptedTurnError
from convsim.journal.journal import Journal
from convsim.report.page import render_page
from convsim.report.reproduce import render_reproduction
from convsim.report.timeline import WIDTH, render_timeline
from convsim.report.transcript import render_realtime

_MOST_TOLD = 20

Sessions = Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
"""Realtime sessions, oldest first: the id of each, and the items in its conversation."""


def story(
    journal: Journal,
    endings: Callable[[str, Sequence[str]], list[str]],
    sessions: Sessions,
    refused: Iterable[RefusedError] = (),
    offline: Iterable[str] = (),
    unused: Iterable[str] = (),
) -> str:
    """Return the touched conversations and Realtime sessions, the newest exchanges, and what the journal lacks.

    ``endings`` returns, for a project and ids of its conversations, the text of how each of them ended. ``refused`` and
    ``offline`` are requests that reached no operation; ``unused`` are faults that did not happen, and replies for which
    no turn asked.
    """
    entries = tuple(journal)
    touched: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry.kind != "realtime" and entry.project is not None and isinstance(entry.conversation, str):
            known = touched.setdefault(entry.project, {})
            known.pop(entry.conversation, None)
            known[entry.conversation] = None
    told = [words for name, known in touched.items() for words in endings(name, list(known))]
    beside = outside(refused, offline, unused)
    happened = [render_timeline(entries), *beside] if entries or not beside else beside
    return with_short_ids("\n\n".join([*told, *_sessions(sessions), "\n".join(happened)]))


def outside(refused: Iterable[RefusedError], offline: Iterable[str], unused: Iterable[str] = ()) -> list[str]:
    """Return what the journal lacks, as for :func:`story`: a line for each, or for the newest of many.

    Repetitions count once.
    """
    fates = {"refused": map(_refusal, refused), "offline": offline, "unused": unused}
    told = dict.fromkeys((fate, words) for fate, several in fates.items() for words in several)
    lines = [f"  {fate}  {shortened(words, WIDTH)}" for fate, words in told]
    earlier = len(lines) - _MOST_TOLD
    return lines if earlier <= 0 else [f"{earlier} earlier", *lines[earlier:]]


def _refusal(error: RefusedError) -> str:
    """Return the refusal without the advice that follows it."""
    return str(error).partition("\n" if isinstance(error, UnscriptedTurnError) else ": ")[0]


def _sessions(sessions: Sessions) -> list[str]:
    """Return the conversations of the newest sessions, oldest first; the first line counts the omitted ones."""
    shown = sessions[-_MOST_TOLD:]
    more = len(sessions) - len(shown)
    told = [f"({number_of(more, 'more Realtime session')}, opened earlier, not shown)"] if more else []
    return [*told, *(render_realtime(session_id, items, _MOST_TOLD) for session_id, items in shown)]


def page(
    title: str,
    failure: str,
    journal: Journal,
    states: Mapping[str, Mapping[str, ConversationState]],
    sessions: Sessions,
    service: str = "openai",
    refused: Iterable[RefusedError] = (),
    offline: Iterable[str] = (),
    unused: Iterable[str] = (),
) -> str:
    """Return the same, and the Python that makes the conversations again, as HTML that needs no network."""
    return render_page(
        title,
        (conversation for conversations in states.values() for conversation in conversations.values()),
        tuple(journal),
        sessions=sessions,
        failure=failure,
        reproduction=render_reproduction(
            {name: conversations.values() for name, conversations in states.items()}, service
        ),
        outside=outside(refused, offline, unused),
    )
