"""Random programs against a naive model, over three fronts: ``python -m tests.differential --runs 2000 --steps 50``."""
