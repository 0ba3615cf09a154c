"""A client of one session that speaks in events: what it sends, and the parsed frames that come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.http.messages import Sent
from convsim.realtime import Close, Frame, Session

Json = dict[str, Any]
DIALECTS: tuple[Literal["ga"], Literal["beta"]] = ("ga", "beta")


def user(text: str = "hi", **members: Any) -> Json:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]} | members


def call(call_id: str = "call_1", **members: Any) -> Json:
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}"} | members


def output(call_id: str = "call_1", **members: Any) -> Json:
    return {"type": "function_call_output", "call_id": call_id, "output": "42"} | members


class Client:
    """Begins behind ``session.created``."""

    def __init__(
        self,
        dialect: Literal["ga", "beta"] = "ga",
        behavior: Behavior | None = None,
        clock: Clock | None = None,
        scope: str = "",
    ) -> None:
        self.session = Session(dialect=dialect, behavior=behavior, clock=clock, scope=scope)
        self.session.events_to_send()

    def send(self, kind: str, **members: Any) -> list[Json]:
        return self.send_raw(json.dumps({"type": kind, **members}))

    def send_raw(self, data: str | bytes) -> list[Json]:
        self.session.receive(data)
        return self.frames()

    def frames(self) -> list[Json]:
        return parsed(self.session.events_to_send())

    def create(self, item: Mapping[str, Any], **members: Any) -> list[Json]:
        return self.send("conversation.item.create", item=dict(item), **members)

    def retrieve(self, item_id: str) -> Json:
        (event,) = self.send("conversation.item.retrieve", item_id=item_id)
        retrieved: Json = event["item"]
        return retrieved

    def refused(self, kind: str, **members: Any) -> Json:
        """The inner error of the one ``error`` event that answers."""
        return only_error(self.send(kind, **members))

    def refused_item(self, item: Mapping[str, Any], **members: Any) -> Json:
        return only_error(self.create(item, **members))


def parsed(sent: list[Sent]) -> list[Json]:
    frames = [one for one in sent if not isinstance(one, Close)]
    assert all(isinstance(one, Frame) for one in frames)
    return [json.loads(one.text) for one in frames if isinstance(one, Frame)]


def only_error(events: list[Json]) -> Json:
    (event,) = events
    assert list(event) == ["type", "event_id", "error"]
    assert event["type"] == "error"
    error: Json = event["error"]
    assert list(error) == ["type", "code", "message", "param", "event_id"]
    of_convsim = error["code"] == "convsim_unscripted_turn"
    assert error["type"] == ("convsim_error" if of_convsim else "invalid_request_error")
    return error


def types(events: list[Json]) -> list[str]:
    return [event["type"] for event in events]


def schema_error(code: str, message: str, param: str | None, event_id: str | None = None) -> Json:
    return {
        "type": "invalid_request_error",
        "code": code,
        "message": message,
        "param": param,
        "event_id": event_id,
    }
