"""The survivors that docs/mutation.md explains: the tool reads them there, so that each reason is written once."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "mutation.md"


def shown(diff: str) -> str:
    """Return the mutated lines of a diff as the page shows them: in one, with the spaces of each folded."""
    lines = [line[1:] for line in diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return " ".join(" ".join(lines).split())


def explained(page: str) -> dict[tuple[str, str], str]:
    """Return the reasons of a page's table of survivors, by function and mutation."""
    rows = {}
    for line in page.splitlines():
        if line.startswith("| `convsim."):
            function, mutation, reason = (
                cell.strip().replace(r"\|", "|") for cell in line.replace(r"\|", "\0").strip("|").split(" | ")
            )
            rows[function.strip("`"), mutation.strip("`").replace("\0", "|")] = reason.replace("\0", "|")
    return rows


def row(function: str, mutation: str, reason: str) -> str:
    """Return a line of that table."""
    return "| `{}` | `{}` | {} |".format(*(cell.replace("|", r"\|") for cell in (function, mutation, reason)))
