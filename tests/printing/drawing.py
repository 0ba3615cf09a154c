"""Pictures as SVG, drawn from text: a terminal, a sequence diagram, bars. The same text gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape

_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SANS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def _svg(width: int, height: int, font: str, label: str, body: list[str], paper: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{font}" font-size="13">',
        f"<title>{escape(label)}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{paper}" stroke="#c9d1d9"/>',
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


# --- a terminal ----------------------------------------------------------------------------------------------------

_COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#d29922", "34": "#79c0ff", "36": "#76e3ea", "90": "#8b949e"}
_ESCAPE = re.compile(r"\x1b\[([\d;]*)m")
_ADVANCE, _LINE = 7.8, 18


def draw_terminal(screen: str, label: str) -> str:
    """Draw the lines of a screen, with the colours and the bold type of its escape sequences."""
    lines = screen.rstrip("\n").split("\n")
    columns = max(len(_ESCAPE.sub("", line)) for line in lines)
    body = ['<g fill="#e6edf3">']
    style = ""
    for number, line in enumerate(lines):
        spans = ""
        for text, codes in _runs(line):
            shown = escape(text, quote=False).replace(" ", "\N{NO-BREAK SPACE}")  # SVG joins other spaces
            spans += f"<tspan{style}>{shown}</tspan>" if text else ""
            style = _styled(style, codes)
        plain = len(_ESCAPE.sub("", line))
        if plain:
            # The length keeps the columns straight in fonts that are wider or narrower.
            length = f'textLength="{plain * _ADVANCE:.1f}" lengthAdjust="spacingAndGlyphs"'
            body.append(f'<text x="16" y="{28 + number * _LINE}" {length}>{spans}</text>')
    body.append("</g>")
    return _svg(round(columns * _ADVANCE) + 32, len(lines) * _LINE + 30, _MONO, label, body, "#0d1117")


def _runs(line: str) -> Iterator[tuple[str, str | None]]:
    """Yield each run of characters with the codes that follow it; None after the last one."""
    start = 0
    for found in _ESCAPE.finditer(line):
        yield line[start : found.start()], found[1]
        start = found.end()
    yield line[start:], None


def _styled(style: str, codes: str | None) -> str:
    for code in codes.split(";") if codes is not None else ():
        if code in ("", "0"):
            style = ""
        elif code == "1":
            style += ' font-weight="bold"'
        elif code in _COLOURS:
            style += f' fill="{_COLOURS[code]}"'
    return style


# --- a sequence diagram --------------------------------------------------------------------------------------------

_MESSAGE = re.compile(r"(\w)(->>|-->>|--x)(\w): (.*)")


def draw_sequence(mermaid: str, label: str) -> str:
    """Draw a diagram of ``sim.diagram()``: the participants that speak, and an arrow for each message."""
    named = dict(re.findall(r"participant (\w) as (\w+)", mermaid))
    messages = [found.groups() for line in mermaid.splitlines() if (found := _MESSAGE.fullmatch(line.strip()))]
    used = [key for key in named if any(key in (who, whom) for who, _, whom, _ in messages)]
    place = {key: 90 + 420 * number for number, key in enumerate(used)}
    height = 80 + 44 * len(messages)
    body = [
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
        '<path d="M0 0L8 4L0 8z" fill="#24292f"/></marker></defs>',
    ]
    for key, x in place.items():
        body += [
            f'<line x1="{x}" y1="50" x2="{x}" y2="{height - 14}" stroke="#8c959f" stroke-dasharray="2 4"/>',
            f'<rect x="{x - 60}" y="16" width="120" height="32" rx="6" fill="#ddf4ff" stroke="#54aeff"/>',
            f'<text x="{x}" y="37" text-anchor="middle" fill="#24292f">{named[key]}</text>',
        ]
    for number, (who, arrow, whom, text) in enumerate(messages):
        start, end, y = place[who], place[whom], 92 + 44 * number
        lost = arrow == "--x"
        colour = "#cf222e" if lost else "#24292f"
        stop = round(start + 0.5 * (end - start)) if lost else end
        words = escape(unescape(re.sub(r"#(\d+);", r"&#\1;", text)), quote=False)
        dashes = "" if arrow == "->>" else ' stroke-dasharray="6 4"'
        marker = "" if lost else ' marker-end="url(#head)"'
        body += [
            f'<text x="{(start + end) // 2}" y="{y - 8}" text-anchor="middle" fill="{colour}">{words}</text>',
            f'<line x1="{start}" y1="{y}" x2="{stop}" y2="{y}" stroke="{colour}"{dashes}{marker}/>',
        ]
        if lost:
            body.append(f'<path d="M{stop - 6} {y - 6}l12 12m0 -12l-12 12" stroke="{colour}" stroke-width="2"/>')
    return _svg(place[used[-1]] + 90, height, _SANS, label, body, "#ffffff")


# --- bars ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    goal: float

    @property
    def colour(self) -> str:
        return "#2da44e" if self.value <= self.goal else "#bf8700"


def draw_bars(bars: Sequence[Bar], label: str) -> str:
    """Draw a bar for each value, and a line across it where its goal is."""
    left, scale, step = 460, 200, 30
    right = left + round(scale * max(max(bar.value, bar.goal) for bar in bars))
    height = 56 + step * len(bars)
    body = [f'<text x="16" y="28" font-weight="bold" fill="#24292f">{escape(label)}</text>']
    for number, bar in enumerate(bars):
        y = 46 + step * number
        long, goal = round(scale * bar.value), left + round(scale * bar.goal)
        body += [
            f'<text x="{left - 10}" y="{y + 15}" text-anchor="end" fill="#24292f">{escape(bar.name)}</text>',
            f'<rect x="{left}" y="{y + 2}" width="{long}" height="18" fill="{bar.colour}"/>',
            f'<line x1="{goal}" y1="{y - 1}" x2="{goal}" y2="{y + 23}" stroke="#24292f" stroke-width="2"/>',
            f'<text x="{right + 20}" y="{y + 15}" fill="#24292f">{bar.value:.3f}, goal {bar.goal:g}</text>',
        ]
    return _svg(right + 150, height, _SANS, label, body, "#ffffff")
