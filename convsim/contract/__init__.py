"""The contract of convsim, as data: every behaviour is a scenario with its evidence.

The tests run each scenario over every front, and ``convsim verify`` asks any server for them.
"""
