"""What a file of a journal holds, and the entries that it tells."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from convsim.core import files
from convsim.errors import UsageError
from convsim.faults.fault import Fault
from convsim.http.messages import Kind, Outcome, Request, Response, TransportFault
from convsim.journal.entries import Direct, Entry, Exchange, Frame, Sender


@dataclass(frozen=True, repr=False)
class NotedFault(Fault):
    """A fault of a journal that was read back: its words are all that is left of it."""

    words: str

    def __repr__(self) -> str:
        return self.words


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)


def _base64(value: str) -> str:
    try:
        b64decode(value, validate=True)
    except ValueError:
        raise ValueError("it should be base64") from None
    return value


def _latin(value: str) -> str:
    if max(value, default="") > "\xff":
        raise ValueError("a character of a header should be one byte")
    return value


class SavedBytes(_Part):
    """Bytes that are no text."""

    base64: Annotated[str, AfterValidator(_base64)]


Body = str | SavedBytes
Latin = Annotated[str, AfterValidator(_latin)]
Close = Annotated[tuple[int, str], Field(strict=False)]
Headers = list[Annotated[tuple[Latin, Latin], Field(strict=False)]]


class SavedRequest(_Part):
    """As :class:`~convsim.http.messages.Request`."""

    method: str
    path: str
    full_path: str
    query: str
    headers: Headers
    body: Body
    timeout: dict[str, float | None] | None


class SavedResponse(_Part):
    """As :class:`~convsim.http.messages.Response`."""

    status: int
    headers: Headers
    body: Body
    delay: float


class SavedTransportFault(_Part):
    """As :class:`~convsim.http.messages.TransportFault`."""

    kind: Kind
    delay: float
    partial: SavedResponse | None
    after_bytes: int


class _SavedEntry(_Part):
    number: int
    at: int | float
    project: str | None


class _SavedCall(_SavedEntry):
    touched: list[str]


class SavedExchange(_SavedCall):
    """As :class:`~convsim.journal.entries.Exchange`."""

    kind: Literal["http"]
    operation: str | None
    faults: list[str]
    request: SavedRequest
    outcome: SavedResponse | SavedTransportFault
    lost: SavedResponse | None


class SavedDirect(_SavedCall):
    """As :class:`~convsim.journal.entries.Direct`."""

    kind: Literal["direct"]
    operation: str
    arguments: dict[str, Any]
    status: int
    answer: Any


class SavedFrame(_SavedEntry):
    """As :class:`~convsim.journal.entries.Frame`."""

    kind: Literal["realtime"]
    session: str
    sender: Sender
    text: Body | Close
    faults: list[str]
    arrived: bool


class Document(_Part):
    """The whole of it."""

    convsim_journal: Literal[1]
    entries: list[Annotated[SavedExchange | SavedDirect | SavedFrame, Field(discriminator="kind")]]


def read(path: str | PathLike[str]) -> list[Entry]:
    """The entries of a file; raises :class:`~convsim.errors.UsageError` for a file that holds none."""
    try:
        document = Document.model_validate(files.read_json(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        # Of a union's members, the one that was meant is understood furthest.
        found = max(error.errors(include_url=False), key=lambda details: len(details["loc"]))
        place = ".".join(map(str, found["loc"])) or "the whole"
        words = found["msg"].removeprefix("Value error, ")
        raise UsageError(f"{path} is no journal that sim.dump_journal() wrote: {place}: {words}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no journal that sim.dump_journal() wrote: it is not JSON ({error})") from None
    return [_entry(entry) for entry in document.entries]


def _entry(saved: SavedExchange | SavedDirect | SavedFrame) -> Entry:
    if isinstance(saved, SavedFrame):
        return _frame(saved)
    touched = tuple(saved.touched)
    if isinstance(saved, SavedDirect):
        answer = to_json(saved.answer)
        told = saved.number, saved.at, saved.project, saved.operation
        return Direct(*told, touched, saved.arguments, saved.status, answer)
    request = saved.request
    return Exchange(
        saved.number,
        saved.at,
        saved.project,
        saved.operation,
        touched,
        _faults(saved.faults),
        Request(
            request.method,
            request.path,
            request.full_path,
            request.query,
            _pairs(request.headers),
            _bytes(request.body),
            request.timeout,
        ),
        _outcome(saved.outcome),
        _response(saved.lost) if saved.lost is not None else None,
    )


def _frame(saved: SavedFrame) -> Frame:
    told = saved.number, saved.at, saved.project, saved.session, saved.sender
    text = _bytes(saved.text) if isinstance(saved.text, SavedBytes) else saved.text
    return Frame(*told, text, _faults(saved.faults), saved.arrived)


def _faults(words: Sequence[str]) -> tuple[Fault, ...]:
    return tuple(NotedFault(one) for one in words)


def _outcome(saved: SavedResponse | SavedTransportFault) -> Outcome:
    if isinstance(saved, SavedResponse):
        return _response(saved)
    partial = _response(saved.partial) if saved.partial is not None else None
    return TransportFault(saved.kind, saved.delay, partial, saved.after_bytes)


def _response(saved: SavedResponse) -> Response:
    return Response(saved.status, _pairs(saved.headers), _bytes(saved.body), saved.delay)


def _pairs(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers]


def _bytes(body: Body) -> bytes:
    return body.encode() if isinstance(body, str) else b64decode(body.base64)
