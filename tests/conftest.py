from __future__ import annotations

pytest_plugins = ["pytest_convsim", "pytester"]
