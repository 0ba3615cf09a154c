"""Realtime sessions, sans-io: the conversation of the Realtime API, edited by events."""

from convsim.realtime.connections import Connection, Realtime
from convsim.realtime.outbox import Close, Frame, Ping, Sent
from convsim.realtime.replies import Call, Speech, Text
from convsim.realtime.session import Session

__all__ = ["Call", "Close", "Connection", "Frame", "Ping", "Realtime", "Sent", "Session", "Speech", "Text"]
