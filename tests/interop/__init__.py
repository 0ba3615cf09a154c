"""Clients of other languages and libraries against the server: a command (``bash .ci/run interop``), and no test."""
