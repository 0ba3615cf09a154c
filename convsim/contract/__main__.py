"""``python -m convsim.contract`` prints docs/fidelity.md."""

from __future__ import annotations

import sys

from convsim.contract.fidelity import render_fidelity
from convsim.contract.scenarios import SECTIONS

sys.stdout.write(render_fidelity(SECTIONS))
