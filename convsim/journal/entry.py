"""What every entry of the journal tells, whatever it was that happened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic_core import from_json, to_json

from convsim.faults.fault import Fault
from convsim.http.messages import Response


class Entry(ABC):
    """One thing that happened.

    ``at`` is the emulator's clock in seconds, ``faults`` those that happened with it.
    """

    __slots__ = ("at", "faults", "number", "project")

    kind: ClassVar[Literal["http", "direct", "realtime"]]
    lost: Response | None = None
    """The operation's own answer, where the client never saw it."""
    attempt: int = 0
    """How often the SDK had sent it before: 0 for the first time."""

    def __init__(self, number: int, at: float, project: str | None, faults: Sequence[Fault]) -> None:
        self.number = number
        self.at = at
        self.project = project
        self.faults = faults

    @property
    @abstractmethod
    def operation(self) -> str | None:
        """Its name; None where it is not known."""

    @property
    @abstractmethod
    def status(self) -> int | None:
        """The status of the answer; None where there was none."""

    @property
    @abstractmethod
    def body(self) -> Any:
        """The JSON that was sent to the service, or None where there is none."""

    @property
    @abstractmethod
    def answer(self) -> Any:
        """The JSON that the service sent, or None where there is none."""

    @property
    @abstractmethod
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for what there is none of."""

    @property
    @abstractmethod
    def ids(self) -> Mapping[str, Any]:
        """The ids that it was asked for, as ``conversation_id`` and ``item_id``."""

    @property
    @abstractmethod
    def conversation(self) -> str | None:
        """The id of the conversation that it was about."""

    @property
    @abstractmethod
    def items(self) -> tuple[str, ...]:
        """The ids of the items that it was about."""

    @property
    @abstractmethod
    def error(self) -> dict[str, Any] | None:
        """The live ``error`` object of a refusal."""

    @property
    @abstractmethod
    def arrived(self) -> bool:
        """Whether the other side got the whole of it."""

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether it was carried out, whether or not the client saw it."""

    @property
    @abstractmethod
    def failed(self) -> bool:
        """Whether it ended badly: refused, or broken off."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What was done, in a word."""

    @property
    @abstractmethod
    def result(self) -> str:
        """What came of it, in a line."""

    @property
    def query(self) -> str:
        """What was asked for behind the path, as ``?limit=2``."""
        return ""

    @property
    def _where(self) -> tuple[object, ...]:
        """What its line names behind the title, where there is any."""
        return (self.conversation,)

    def __str__(self) -> str:
        words = self.title, *self._where, self.result
        line = "  ".join([f"{self.number:>3}", *(str(word) for word in words if word)])
        return "\\n".join(line.splitlines())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({' '.join(str(self).split())})"

    def __eq__(self, other: object) -> bool:
        """Entries are made when they are asked for: the same one twice is equal."""
        return isinstance(other, Entry) and type(self) is type(other) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash((type(self), self.number, self.at))

    def _told(self) -> list[object]:
        return [getattr(self, name) for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())]


def parsed(body: str | bytes) -> Any:
    """The JSON in it, or None."""
    try:
        return from_json(body)
    except ValueError:
        return None


def indented(value: Any) -> str:
    """The JSON as text for people; "" for None."""
    return to_json(value, indent=2).decode() if value is not None else ""
