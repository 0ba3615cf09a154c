"""What convsim promises, as data: every behaviour a scenario with its evidence.

The tests run each scenario over every front, and ``convsim verify`` asks any server for them.
"""
