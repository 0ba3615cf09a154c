"""A journal as a file of JSON, to be kept with a failure and looked at later."""

from __future__ import annotations

from convsim.journal.reading import NotedFault, read
from convsim.journal.writing import VERSION, write

__all__ = ["VERSION", "NotedFault", "read", "write"]
