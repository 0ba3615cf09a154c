"""From an HTTP library's objects to :mod:`convsim.exchange` and back: translation, and nothing else."""
