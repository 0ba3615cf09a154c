"""How fast convsim is, as ratios within one run: ``python -m tests.bench``."""
