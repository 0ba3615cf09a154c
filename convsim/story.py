"""What happened in an emulator, told: as text under a failing test, as a page, as a diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convsim.connections import Connection
from convsim.journal import Journal
from convsim.project import ProjectAPI
from convsim.render.page import render_page
from convsim.render.reproduce import render_reproduction
from convsim.render.timeline import render_timeline
from convsim.render.transcript import render_realtime

_MOST_TOLD = 20


def story(journal: Journal, projects: Mapping[str, ProjectAPI], connections: Sequence[Connection]) -> str:
    """Each conversation and Realtime session that was touched, and the newest exchanges."""
    entries = tuple(journal)
    touched: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry.kind != "realtime" and entry.project is not None and isinstance(entry.conversation, str):
            known = touched.setdefault(entry.project, {})
            known.pop(entry.conversation, None)
            known[entry.conversation] = None
    told = [words for name, known in touched.items() for words in projects[name].endings(list(known))]
    return "\n\n".join([*told, *_sessions(connections), render_timeline(entries)])


def _sessions(connections: Sequence[Connection]) -> list[str]:
    """The newest ones' conversations, oldest first; the first line says how many were left out."""
    shown = connections[-_MOST_TOLD:]
    more = len(connections) - len(shown)
    told = [f"({more} more Realtime session{'s' if more != 1 else ''}, opened earlier, not shown)"] if more else []
    return [*told, *(render_realtime(connection.id, connection.session.items) for connection in shown)]


def page(
    title: str, failure: str, journal: Journal, projects: Mapping[str, ProjectAPI], connections: Sequence[Connection]
) -> str:
    """The same, and the Python that makes the conversations again, as HTML that needs no network and no script."""
    states = {name: list(project.state.values()) for name, project in projects.items()}
    return render_page(
        title,
        [conversation for conversations in states.values() for conversation in conversations],
        tuple(journal),
        sessions=[(connection.id, connection.session.items) for connection in connections],
        failure=failure,
        reproduction=render_reproduction(states),
    )
