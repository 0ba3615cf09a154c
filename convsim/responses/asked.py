"""The request of a turn, read: the checks of its settings are remembered, because the turns of a test repeat them."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import ValidationError
from pydantic_core import PydanticCustomError, to_json

from convsim.core.behavior import Behavior
from convsim.items.catalogue import read_item
from convsim.items.fields import MAX_TEXT, Item
from convsim.items.id_rules import id_pattern
from convsim.responses.record import Record
from convsim.responses.request import CreateResponse, depends_on_input_alone, input_items
from convsim.responses.settings import Settings
from convsim.responses.texts import UserText

Json = dict[str, Any]

# Longer settings, in bytes of their JSON, are not remembered; more of them take the place of all others.
_LONGEST = 2**16
_MOST = 64

_CONVERSATION = re.compile(id_pattern("conv")["pattern"])
_RESPONSE = re.compile(id_pattern("resp")["pattern"])


class _Known(NamedTuple):
    """Settings that were valid under a behavior."""

    behavior: Behavior
    settings: Settings


class TurnRequest:
    """A valid request: its ``sent`` body, and the ``items`` of its input.

    ``checked`` is the validated request; None if its ``settings`` are known, and nothing is left to check in them.
    ``settings`` are None as long as a prompt, or an agent, has to complete them. ``recent`` are the responses that a
    WebSocket remembers: the turn can continue them, and adds its own; None over HTTP.
    """

    __slots__ = ("checked", "conversation_id", "items", "previous_response_id", "recent", "sent", "settings")

    model: ClassVar[type[CreateResponse]] = CreateResponse

    def __init__(
        self,
        sent: Json,
        items: Sequence[Item | UserText],
        conversation_id: str | None,
        previous_response_id: str | None,
        *,
        settings: Settings | None = None,
        checked: CreateResponse | None = None,
        recent: MutableMapping[str, Record] | None = None,
    ) -> None:
        self.sent: Json = sent
        self.items: Sequence[Item | UserText] = items
        self.conversation_id: str | None = conversation_id
        self.previous_response_id: str | None = previous_response_id
        self.settings: Settings | None = settings
        self.checked: CreateResponse | None = checked
        self.recent: MutableMapping[str, Record] | None = recent

    @classmethod
    def of(cls, checked: CreateResponse, behavior: Behavior, recent: MutableMapping[str, Record] | None = None) -> Self:
        """Return the request that a model has validated."""
        body, items = checked.body, input_items(checked.body.input, behavior)
        previous, place = body.previous_response_id, checked.conversation_id
        return cls(checked.sent, items, place, previous, checked=checked, recent=recent)

    @classmethod
    def read(cls, value: Any, behavior: Behavior) -> Self:
        """Return the validated request; raise pydantic's errors, which :mod:`convsim.errors.validation` words."""
        sent = value["body"]
        if not isinstance(sent, dict):
            return cls.of(cls.model.read(value, behavior), behavior)
        rest = sent.copy()
        given, place, previous = rest.pop("input", None), rest.pop("conversation", None), rest.pop(_PREVIOUS, None)
        key = to_json(rest)
        known = _known.get(key)
        if (
            known is not None
            and known.behavior is behavior
            and (place is None or (isinstance(place, str) and _CONVERSATION.fullmatch(place)))
            and (previous is None or (isinstance(previous, str) and not place and _RESPONSE.fullmatch(previous)))
        ):
            items: Sequence[Item | UserText] = ()
            if isinstance(given, str) and 0 < len(given) <= MAX_TEXT:
                items = (UserText(given, behavior),)
            elif isinstance(given, list):
                items = _read(given, behavior)
            if items:
                return cls(sent, items, place, previous, settings=known.settings)
        checked = cls.model.read(value, behavior)
        made = cls.of(checked, behavior)
        if len(key) <= _LONGEST and depends_on_input_alone(checked.body):
            made.settings = Settings(rest)
            if len(_known) >= _MOST:
                _known.clear()
            _known[key] = _Known(behavior, made.settings)
        return made


_PREVIOUS = "previous_response_id"

_known: dict[bytes, _Known] = {}
"""By the JSON of all members but those that vary."""


def _read(given: list[Any], behavior: Behavior) -> Sequence[Item]:
    """Return the items of an input; none if the catalogue refuses one, which the model then words."""
    try:
        return [read_item(one, behavior) for one in given]
    except (ValidationError, PydanticCustomError):
        return ()
