"""Every printed page: its file, and the function that renders it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from convsim.contract.scenarios import FOUNDRY_SECTIONS, REALTIME_SECTIONS, SECTIONS, SOCKET_SECTIONS
from tests.printing.api import render_api
from tests.printing.faults import render_faults
from tests.printing.fidelity import render_fidelity, render_foundry
from tests.printing.items import render_catalogue
from tests.printing.llms import DOCS, render_llms
from tests.printing.pictures import write_pictures

PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "fidelity": ("fidelity.md", lambda: render_fidelity({**SECTIONS, **SOCKET_SECTIONS}, REALTIME_SECTIONS)),
    "foundry": ("fidelity-foundry.md", lambda: render_foundry(FOUNDRY_SECTIONS)),
    "items": ("items.md", render_catalogue),
    "faults": ("faults.md", render_faults),
    "api": ("api.md", render_api),
    "llms": ("llms.txt", render_llms),
}


def main(words: list[str]) -> None:
    """Print a page, or write the pictures or everything."""
    match words or ["fidelity"]:
        case ["pictures"]:
            write_pictures()
        case ["all"]:
            for file, render in PAGES.values():
                (DOCS / file).write_text(render(), encoding="utf-8")
            write_pictures()
        case [name] if name in PAGES:
            sys.stdout.write(PAGES[name][1]())
        case _:
            sys.exit(f"python -m tests.printing {' '.join(words)}: write {' or '.join(PAGES)} or pictures or all")
