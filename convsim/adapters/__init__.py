"""From an HTTP library's objects to :mod:`convsim.http.messages` and back: translation, and nothing else."""
