"""The contract of convsim, as data: every behaviour is a scenario with its evidence.

The tests run each scenario over every front; docs/fidelity.md is printed from them.
"""
