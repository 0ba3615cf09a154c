"""Functions that are called with each public name of ``convsim`` when it is loaded, and with its value.

See :mod:`convsim.strategies.registration`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

hooks: list[Callable[[str, Any], None]] = []
