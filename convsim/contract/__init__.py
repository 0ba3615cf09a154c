"""What convsim promises, as data: every behaviour a scenario with its evidence.

The tests run each scenario over every front; docs/fidelity.md is printed from them.
"""
