"""What the journal holds: exchanges over HTTP, direct calls and Realtime events, each told in one line."""

from __future__ import annotations

from convsim.entries.direct import Direct
from convsim.entries.entry import Entry
from convsim.entries.frame import Frame, Sender
from convsim.entries.http import Exchange
from convsim.entries.secrets import frame_without_secrets, query_without_secrets, without_secrets

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
