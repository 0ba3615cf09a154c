"""Mutated input for every front: ``python -m tests.fuzz --minutes 1 --seed 0``; test_fuzz.py runs a second of each."""
