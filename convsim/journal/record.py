"""The common members of all entries of the journal: a number, an instant, a project, and a line of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from convsim.core.text import visible, with_short_ids

if TYPE_CHECKING:
    from convsim.faults.fault import Fault
    from convsim.http.messages import Response


@dataclass(frozen=True, slots=True, repr=False)
class Record(ABC):
    """One entry of the journal."""

    number: int
    """Its place in the journal, from 1."""
    at: float
    """The emulator's clock, in seconds since the epoch."""
    project: str | None
    """The project of the client's key, or of the direct call; None if no key was accepted."""

    @property
    def faults(self) -> Sequence[Fault]:
        """The faults that happened to it."""
        return ()

    @property
    def attempt(self) -> int:
        """How many times the SDK had sent it before: 0 for the first attempt."""
        return 0

    @property
    def lost(self) -> Response | None:
        """The operation's own answer, if the client never saw it."""
        return None

    @property
    def query(self) -> str:
        """The query, as ``?limit=2``."""
        return ""

    @property
    @abstractmethod
    def title(self) -> str:
        """The operation or event, in a word."""

    @property
    @abstractmethod
    def result(self) -> str:
        """The outcome, in a line."""

    @property
    @abstractmethod
    def _where(self) -> tuple[str | None, ...]:
        """The names that follow the title in the line, if any."""

    @property
    def host(self) -> str:
        """The host of an exchange, with its port if the URL has one; empty for other entries."""
        return ""

    @property
    def line(self) -> str:
        """The whole entry in one line, ids at full length."""
        return self.told_in_a_line(with_host=False)

    def told_in_a_line(self, *, with_host: bool) -> str:
        """Return :attr:`line`, with the host after the title if ``with_host`` is true."""
        words = (self.title, self.host if with_host else None, *self._where, self.result)
        line = "  ".join([f"{self.number:>3}", *filter(None, words)])
        return visible("\\n".join(line.splitlines()))

    def __str__(self) -> str:
        return with_short_ids(self.line)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({' '.join(str(self).split())})"


def parsed(body: str | bytes) -> Any:
    """Return the JSON in the text, or None."""
    try:
        return from_json(body)
    except ValueError:
        return None


def indented(value: Any) -> str:
    """Return the JSON as indented text; "" for None."""
    return to_json(value, indent=2).decode() if value is not None else ""
