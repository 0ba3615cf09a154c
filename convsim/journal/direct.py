"""The journal's entries of direct calls."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from convsim.journal.call import Call
from convsim.journal.entry import parsed


class Direct(Call):
    """One call of the Direct API, the test's own hand, with the JSON that it would have got over HTTP."""

    __slots__ = ("_arguments", "_data", "_status")

    kind = "direct"

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        operation: str,
        touched: tuple[str, ...],
        arguments: Mapping[str, Any],
        status: int,
        data: bytes,
    ) -> None:
        super().__init__(number, at, project, operation, touched, ())
        self._arguments = arguments
        self._status = status
        self._data = data

    @property
    def status(self) -> int | None:
        return self._status

    @property
    def body(self) -> Any:
        return deepcopy(self._arguments.get("body"))

    @property
    def answer(self) -> Any:
        return parsed(self._data)

    @property
    def ids(self) -> Mapping[str, Any]:
        return {name: value for name, value in self._arguments.items() if name != "body"}

    @property
    def title(self) -> str:
        return f"{self.operation} (direct)"
