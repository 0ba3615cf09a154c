"""What the journal holds: exchanges over HTTP, direct calls and Realtime events, each told in one line."""

from __future__ import annotations

from convsim.journal.direct import Direct
from convsim.journal.entry import Entry
from convsim.journal.frame import Frame, Sender
from convsim.journal.http import Exchange
from convsim.journal.secrets import frame_without_secrets, query_without_secrets, without_secrets

__all__ = [
    "Direct",
    "Entry",
    "Exchange",
    "Frame",
    "Sender",
    "frame_without_secrets",
    "query_without_secrets",
    "without_secrets",
]
