"""``python -m tests.printing`` prints docs/fidelity.md; other words print other pages, see PAGES."""

from __future__ import annotations

import sys

from convsim.contract.scenarios import FOUNDRY_SECTIONS, REALTIME_SECTIONS, SECTIONS, SOCKET_SECTIONS
from tests.printing.api import render_api
from tests.printing.faults import render_faults
from tests.printing.fidelity import render_fidelity, render_foundry
from tests.printing.items import render_catalogue
from tests.printing.llms import render_llms

PAGES = {
    "fidelity": lambda: render_fidelity({**SECTIONS, **SOCKET_SECTIONS}, REALTIME_SECTIONS),
    "foundry": lambda: render_foundry(FOUNDRY_SECTIONS),
    "items": render_catalogue,
    "faults": render_faults,
    "api": render_api,
    "llms": render_llms,
}


def main(names: list[str]) -> str:
    """Return the page, or exit with the names of those that there are."""
    if len(names) > 1 or not PAGES.keys() >= set(names):
        sys.exit(f"python -m tests.printing {' '.join(names)}: write {' or '.join(PAGES)}")
    return PAGES[names[0] if names else "fidelity"]()


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]))
