"""One test's conversations and exchanges as a self-contained page of HTML, which needs no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from itertools import chain
from typing import Any

from pydantic_core import to_json

from convsim.core.results import ConversationState
from convsim.core.secrets import json_without_secrets
from convsim.core.text import short_ids, split_at_ids, visible
from convsim.journal.entries import Direct, Entry, Exchange, has_several_hosts
from convsim.journal.frames import Frame
from convsim.report.timeline import shortened_line
from convsim.report.transcript import said, speaker

# The most characters of each part: a small state may link one long item into thousands of conversations.
MOST = 2_000_000
_MOST_OF_ONE = 100_000


def render_page(
    title: str,
    conversations: Iterable[ConversationState],
    entries: Sequence[Entry],
    *,
    sessions: Iterable[tuple[str, Sequence[Mapping[str, Any]]]] = (),
    failure: str = "",
    reproduction: str = "",
    outside: Sequence[str] = (),
) -> str:
    """Return the page: the failure, the conversations as bubbles, the requests, the Python that makes them again.

    ``sessions`` are those of Realtime, as id and items; ``outside`` are lines about what the entries lack. Each part
    has a bound: the first conversations and the newest entries are shown.
    """
    parts = [f"<h1>{_text(title)}</h1>"]
    if failure:
        parts.append(f'<section class="failure"><h2>Failure</h2><pre>{_text(_cut(failure))}</pre></section>')
    there = chain(
        (_conversation(each.id, [item.to_dict() for item in each.items], each.metadata) for each in conversations),
        (_conversation(name, items) for name, items in sessions),
    )
    bubbles = "".join(_bounded(there, "more conversations")) or "<p>No conversation.</p>"
    several = has_several_hosts(entries)
    newest = (_entry(entry, newest=entry is entries[-1], with_host=several) for entry in reversed(entries))
    wire = "".join(reversed(_bounded(newest, "earlier entries"))) or "<p>Nothing was asked.</p>"
    if outside:
        lines = "\n".join(outside)
        wire += f'<h2>Not in the journal</h2><pre class="outside">{_text(lines)}</pre>'
    parts.append(
        f'<main><section class="conversations"><h2>Conversations</h2>{bubbles}</section>'
        f'<section class="wire"><h2>Requests</h2>{wire}</section></main>'
    )
    if reproduction:
        told = reproduction if len(reproduction) <= MOST else "# too long for a page: print(sim.reproduce())\n"
        parts.append(f'<section class="reproduce"><h2>Reproduce</h2><pre>{_text(told)}</pre></section>')
    body = "\n".join(parts)
    return _PAGE.format(title=_text(title), policy=_POLICY, style=STYLE, script=SCRIPT, body=body)


def _bounded(pieces: Iterable[str], name: str) -> list[str]:
    """Return as many of the pieces as fit, at least the first."""
    shown: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST and shown:
            return [*shown, f"<p>({name} are not shown: the page would be too long)</p>"]
        shown.append(piece)
    return shown


def _conversation(name: str, items: Sequence[Mapping[str, Any]], metadata: object = None) -> str:
    more = f"<dd>{_text(to_json(json_without_secrets(metadata)).decode())}</dd>" if metadata else ""
    bubbles = "".join(_bounded(map(_bubble, items), "more items")) or '<p class="empty">no items</p>'
    head = f"<dl><dt>{_named(name)}</dt>{more}</dl>"
    return f'<article class="conversation">{_copy(name)}{head}{bubbles}</article>'


def _bubble(item: Mapping[str, Any]) -> str:
    who = speaker(item)
    side = who if item["type"] == "message" else "tool"
    return (
        f'<div class="bubble {_text(side)}" title="{_text(item["id"])}">{_copy(item["id"])}<b>{_text(who)}</b>'
        f"<p>{_text(_cut(said(json_without_secrets(item))))}</p></div>"
    )


def _copy(any_id: str) -> str:
    return f'<button type="button" data-copy="{_text(any_id)}">copy id</button>'


def _entry(entry: Entry, *, newest: bool, with_host: bool) -> str:
    kind = "error" if entry.failed else "ok"
    state = " newest" if newest else ""
    opened = " open" if newest else ""
    line = _named(shortened_line(entry, with_host=with_host))
    return (
        f'<details class="entry {kind}{state}"{opened}><summary><code>{line}</code></summary>'
        f"{_event(entry) if isinstance(entry, Frame) else _request(entry) + _answer(entry)}</details>"
    )


def _event(frame: Frame) -> str:
    side = "request" if frame.sender == "client" else "answer"
    return f'<pre class="{side}">{_text(_cut(frame.told))}</pre>'


def _request(entry: Exchange | Direct) -> str:
    path = f"{entry.request.method} {entry.request.full_path}" if isinstance(entry, Exchange) else "Direct API"
    return f'<pre class="request">{_text(path + entry.query)}\n{_text(_cut(entry.texts[0]))}</pre>'


def _answer(entry: Exchange | Direct) -> str:
    status = str(entry.status) if entry.status is not None else "no answer"
    answer = f'<pre class="answer">{_text(status)}\n{_text(_cut(entry.texts[1]))}</pre>'
    if not isinstance(entry, Exchange) or not entry.unsent:
        return answer
    unsent = entry.unsent.decode("utf-8", "replace")
    return f'{answer}<pre class="unsent">not sent\n{_text(_cut(unsent))}</pre>'


def _cut(text: str) -> str:
    more = len(text) - _MOST_OF_ONE
    return text if more <= 0 else f"{text[:_MOST_OF_ONE]}\n({more} more characters)"


def _named(words: str) -> str:
    """Return a text in which long ids are shortened; the whole id is shown on hover."""
    short = short_ids(words)
    return "".join(
        f'<span title="{_text(piece)}">{_text(short[piece])}</span>' if piece in short else _text(piece)
        for piece in split_at_ids(words)
    )


def _text(words: str) -> str:
    """Return any text escaped for the page: no mark-up, and no character that a browser drops or interprets."""
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
pre.unsent { border-style: dashed; opacity: .7; }
.conversation { border: 1px solid var(--line); border-radius: 8px; padding: .6rem; margin-bottom: 1rem; }
dl { margin: 0 0 .6rem; }
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
button { float: right; font-size: .65rem; opacity: .7; cursor: pointer; }
summary { cursor: pointer; overflow-wrap: anywhere; font-size: 12px; }
summary code { white-space: pre-wrap; }
"""

# Copies the id that a button carries, by the old method: a page in a file may not use the clipboard API.
SCRIPT = """
document.addEventListener("click", function (event) {
  var id = event.target.getAttribute("data-copy");
  if (id === null) { return; }
  var field = document.createElement("textarea");
  field.value = id;
  document.body.appendChild(field);
  field.select();
  document.execCommand("copy");
  field.remove();
});
"""


def csp_hash(text: str) -> str:
    """Return the source expression of a policy that allows an inline style or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# The page loads and runs its own style and script only, and nothing from a conversation.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src {csp_hash(STYLE)}",
        f"script-src {csp_hash(SCRIPT)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<script>{script}</script>
</head>
<body>
{body}
</body>
</html>
"""
