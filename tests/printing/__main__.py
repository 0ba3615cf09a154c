"""``python -m tests.printing`` prints docs/fidelity.md; other words print other pages, see PAGES.

``python -m tests.printing pictures`` writes docs/pictures, and ``all`` writes those and every page.
"""

from __future__ import annotations

import sys

from tests.printing.pages import main

main(sys.argv[1:])
