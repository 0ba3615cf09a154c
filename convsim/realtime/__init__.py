"""Realtime sessions, sans-io: the conversation of the Realtime API, edited by events."""

from convsim.http.messages import Close, Frame, Ping, Sent
from convsim.realtime.session import Session
from convsim.responses.vocabulary import Call, Speech, Text

__all__ = ["Call", "Close", "Frame", "Ping", "Sent", "Session", "Speech", "Text"]
