"""Realtime sessions, sans-io: the conversation of the Realtime API, edited by events."""

from convsim.http.messages import Close, Frame, Ping, Sent
from convsim.realtime.replies import Call, Speech, Text
from convsim.realtime.session import Session

__all__ = ["Call", "Close", "Frame", "Ping", "Sent", "Session", "Speech", "Text"]
