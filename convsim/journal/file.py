"""A journal as a file of JSON, to be kept with a failure and looked at later."""

from __future__ import annotations

from convsim.journal.reading import NotedFault, read
from convsim.journal.writing import VERSION, document, write

__all__ = ["VERSION", "NotedFault", "document", "read", "write"]
