"""One test's conversations and exchanges as a self-contained page of HTML, which needs no network and no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from pydantic_core import to_json

from convsim.core.results import ConversationState
from convsim.journal.entries import Entry, Exchange, Frame
from convsim.report.timeline import shortened_line
from convsim.report.transcript import said, speaker, visible


def render_page(
    title: str,
    conversations: Sequence[ConversationState],
    entries: Sequence[Entry],
    *,
    sessions: Sequence[tuple[str, Sequence[Mapping[str, Any]]]] = (),
    failure: str = "",
    reproduction: str = "",
) -> str:
    """The page: the failure, the conversations as bubbles beside the wire, the Python that makes them again.

    ``sessions`` are those of Realtime, as id and items.
    """
    parts = [f"<h1>{_text(title)}</h1>"]
    if failure:
        parts.append(f'<section class="failure"><h2>Failure</h2><pre>{_text(failure)}</pre></section>')
    there = [_conversation(each.id, [item.to_dict() for item in each.items], each.metadata) for each in conversations]
    there += [_conversation(name, items) for name, items in sessions]
    bubbles = "".join(there) or "<p>No conversation.</p>"
    wire = "".join(_entry(entry, newest=entry is entries[-1]) for entry in entries) or "<p>Nothing was asked.</p>"
    parts.append(
        f'<main><section class="conversations"><h2>Conversations</h2>{bubbles}</section>'
        f'<section class="wire"><h2>Wire</h2>{wire}</section></main>'
    )
    if reproduction:
        parts.append(f'<section class="reproduce"><h2>Reproduce</h2><pre>{_text(reproduction)}</pre></section>')
    return _PAGE.format(title=_text(title), style=STYLE, body="\n".join(parts))


def _conversation(name: str, items: Sequence[Mapping[str, Any]], metadata: object = None) -> str:
    more = f"<dd>{_text(to_json(metadata).decode())}</dd>" if metadata else ""
    bubbles = "".join(_bubble(item) for item in items) or '<p class="empty">no items</p>'
    return f'<article class="conversation"><dl><dt>{_text(name)}</dt>{more}</dl>{bubbles}</article>'


def _bubble(item: Mapping[str, Any]) -> str:
    who = speaker(item)
    side = who if item["type"] == "message" else "tool"
    return (
        f'<div class="bubble {_text(side)}" title="{_text(item["id"])}"><b>{_text(who)}</b>'
        f"<p>{_text(said(item))}</p></div>"
    )


def _entry(entry: Entry, *, newest: bool) -> str:
    kind = "error" if entry.failed else "ok"
    state = " newest" if newest else ""
    opened = " open" if newest else ""
    return (
        f'<details class="entry {kind}{state}"{opened}><summary><code>{_text(shortened_line(entry))}</code></summary>'
        f"{_event(entry) if isinstance(entry, Frame) else _request(entry) + _answer(entry)}</details>"
    )


def _event(frame: Frame) -> str:
    side = "request" if frame.sender == "client" else "answer"
    return f'<pre class="{side}">{_text(frame.told)}</pre>'


def _request(entry: Entry) -> str:
    path = f"{entry.request.method} {entry.request.full_path}" if isinstance(entry, Exchange) else "Direct API"
    return f'<pre class="request">{_text(path + entry.query)}\n{_text(entry.texts[0])}</pre>'


def _answer(entry: Entry) -> str:
    status = str(entry.status) if entry.status is not None else "no answer"
    return f'<pre class="answer">{_text(status)}\n{_text(entry.texts[1])}</pre>'


def _text(words: str) -> str:
    """Any text in the page: no mark-up of its own, and no sign that a browser drops or obeys."""
    return escape(visible(words))


STYLE = """
:root { color-scheme: light dark; --line: #8886; --user: #2f6fed; --tool: #7a7a7a; --bad: #c62828; --good: #2e7d32; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; }
h1 { font-size: 1.15rem; overflow-wrap: anywhere; }
h2 { font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; opacity: .7; }
main { display: grid; grid-template-columns: minmax(18rem, 2fr) minmax(24rem, 3fr); gap: 1.5rem; }
@media (max-width: 60rem) { main { grid-template-columns: 1fr; } }
pre { padding: .6rem; border: 1px solid var(--line); border-radius: 6px; font-size: 12px; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: .4rem 0; }
.failure pre { border-color: var(--bad); }
.conversation { border: 1px solid var(--line); border-radius: 8px; padding: .6rem; margin-bottom: 1rem; }
dt { font: 12px ui-monospace, monospace; opacity: .7; overflow-wrap: anywhere; }
dd { margin: 0; font: 12px ui-monospace, monospace; }
.bubble { max-width: 85%; padding: .35rem .7rem; margin: .4rem 0; border-radius: 12px; border: 1px solid var(--line); }
.bubble p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble b { font-size: .75rem; opacity: .7; }
.bubble.user { margin-left: auto; background: color-mix(in srgb, var(--user) 18%, transparent); }
.bubble.tool, .bubble.system, .bubble.developer { border-style: dashed; }
.entry { border-left: 3px solid var(--good); padding-left: .6rem; margin: .3rem 0; }
.entry.error { border-color: var(--bad); }
.entry.newest summary { font-weight: 700; }
summary { cursor: pointer; overflow-wrap: anywhere; font-size: 12px; }
summary code { white-space: pre-wrap; }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
