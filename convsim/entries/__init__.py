"""What the journal holds: exchanges over HTTP and calls of the Direct API, each told in one line."""

from __future__ import annotations

from convsim.entries.direct import Direct
from convsim.entries.entry import Entry
from convsim.entries.http import Exchange
from convsim.entries.secrets import query_without_secrets, without_secrets

__all__ = ["Direct", "Entry", "Exchange", "query_without_secrets", "without_secrets"]
