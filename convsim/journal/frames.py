"""Entries of Realtime events, and of the ends of their connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from convsim.core.text import cut
from convsim.journal.record import Record, indented, parsed

if TYPE_CHECKING:
    from convsim.faults.fault import Fault

Sender = Literal["client", "server"]

_ARROWS: Mapping[Sender, str] = {"client": ">", "server": "<"}
_LOST: Mapping[Sender, str] = {"client": "not received", "server": "not sent"}
_NORMAL = 1000
# The members of an event that its line shows, if present, by their path.
_SHOWN = (("response", "status"), ("delta",), ("transcript",), ("text",), ("arguments",), ("audio",))
_WIDTH = 60


@dataclass(frozen=True, slots=True, repr=False)
class Frame(Record):
    """One Realtime event as it went over a connection, or the connection's end; credentials in it are redacted.

    ``session`` is the id of the session. ``content`` is what the client or the server sent: text, the bytes of a binary
    frame, or code and reason of a close. ``arrived`` is False if a fault, or the end of the connection, kept it from
    the other side.

    >>> connection = sim.realtime.connect()
    >>> connection.recv()["type"]
    'session.created'
    >>> [(entry.sender, entry.operation) for entry in sim.journal]
    [('server', 'session.created')]
    """

    session: str
    sender: Sender
    content: str | bytes | tuple[int, str]
    _faults: Sequence[Fault] = field(hash=False)
    arrived: bool

    kind: ClassVar[Literal["realtime"]] = "realtime"
    status: ClassVar[None] = None

    @property
    def faults(self) -> Sequence[Fault]:
        return copy(self._faults)

    @property
    def text(self) -> str | bytes | None:
        """The text that was sent, bytes for a binary frame; None for a close."""
        return None if isinstance(self.content, tuple) else self.content

    @property
    def close(self) -> tuple[int, str] | None:
        """Code and reason of a close."""
        return self.content if isinstance(self.content, tuple) else None

    @property
    def operation(self) -> str | None:
        """The event's type, "close" for a close; None for a frame that is no event."""
        kind = "close" if self.close is not None else self._event.get("type")
        return kind if kind and isinstance(kind, str) else None

    @property
    def body(self) -> Any:
        """The client's event as JSON; None for the server's, and for a text that is not JSON."""
        return self._json if self.sender == "client" else None

    @property
    def answer(self) -> Any:
        """The server's event as JSON; None for the client's."""
        return self._json if self.sender == "server" else None

    @property
    def ids(self) -> Mapping[str, Any]:
        """Empty: an event has no path."""
        return {}

    @property
    def told(self) -> str:
        """The event as indented JSON; the text if it is not JSON, the number of bytes, or code and reason."""
        if isinstance(self.content, tuple):
            return " ".join(map(str, self.content)).rstrip()
        return indented(self._json) or self._raw

    @property
    def texts(self) -> tuple[str, str]:
        """:attr:`told` for a client's event and for a server's; "" for the other one."""
        return (self.told, "") if self.sender == "client" else ("", self.told)

    @property
    def conversation(self) -> str:
        """The id of the session, which has one conversation."""
        return self.session

    @property
    def items(self) -> tuple[str, ...]:
        """The id of the item that it carries or names."""
        item_id = _inside(self._event, ("item", "id")) or self._event.get("item_id")
        return (item_id,) if isinstance(item_id, str) else ()

    @property
    def error(self) -> dict[str, Any] | None:
        """The inner object of the server's ``error`` event, or None."""
        error = self._event.get("error") if (self.sender, self.operation) == ("server", "error") else None
        return error if isinstance(error, dict) else None

    @property
    def done(self) -> bool:
        """Whether it arrived."""
        return self.arrived

    @property
    def failed(self) -> bool:
        """Whether it is an error, or a close other than the normal one."""
        return self.error is not None or (self.close is not None and self.close[0] != _NORMAL)

    @property
    def name(self) -> str:
        """The event's type, or the kind of any other frame."""
        if self.close is not None:
            return f"close {self.close[0]}"
        return self.operation or ("text frame" if isinstance(self.content, str) else "binary frame")

    @property
    def title(self) -> str:
        """The name after an arrow: ``>`` for the client's events, ``<`` for the server's."""
        return f"{_ARROWS[self.sender]} {self.name}"

    @property
    def result(self) -> str:
        """The item and its place, the code, the beginning of a text, and faults."""
        notes = [*self._said(), *map(repr, self.faults)]
        return "  ".join(notes if self.arrived else [*notes, _LOST[self.sender]])

    @property
    def _where(self) -> tuple[str | None, ...]:
        return (self.session,)

    def _said(self) -> list[str]:
        error = self.error or {}
        if self.close is not None:
            words: list[Any] = [self.close[1]]
        elif self.operation is None:
            words = [self._raw]
        else:
            words = [error.get("code") or error.get("type"), *(_inside(self._event, path) for path in _SHOWN)]
        return [word for word in (self._place(), *(cut(str(word), _WIDTH) for word in words if word)) if word]

    def _place(self) -> str:
        """Return the item, and the place that the event gives it."""
        behind = self._event.get("previous_item_id", "")
        # Null from a server means the start; null from a client means the end, as if it were left out.
        first = ["first"] if behind is None and self.sender == "server" else []
        after = [f"after {cut(str(behind), _WIDTH)}"] if behind else []
        return " ".join([*(cut(item_id, _WIDTH) for item_id in self.items), *first, *after])

    @property
    def _json(self) -> Any:
        return parsed(self.content) if isinstance(self.content, str) else None

    @property
    def _event(self) -> dict[str, Any]:
        value = self._json
        return value if isinstance(value, dict) else {}

    @property
    def _raw(self) -> str:
        return self.content if isinstance(self.content, str) else f"{len(self.content)} bytes"


def _inside(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
