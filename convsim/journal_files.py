"""A journal as a file of JSON, to be kept with a failure and looked at later."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from convsim import files
from convsim.entries import Direct, Entry, Exchange
from convsim.errors import UsageError
from convsim.exchange import Kind, Outcome, Request, Response, TransportFault
from convsim.faults.fault import Fault
from convsim.journal import Journal

VERSION = 1


@dataclass(frozen=True, repr=False)
class NotedFault(Fault):
    """A fault of a journal that was read back: its words are all that is left of it."""

    words: str

    def __repr__(self) -> str:
        return self.words


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


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
Headers = list[Annotated[tuple[Latin, Latin], Field(strict=False)]]


class SavedRequest(_Part):
    """As :class:`~convsim.exchange.Request`."""

    method: str
    path: str
    full_path: str
    query: str
    headers: Headers
    body: Body
    timeout: dict[str, float | None] | None


class SavedResponse(_Part):
    """As :class:`~convsim.exchange.Response`."""

    status: int
    headers: Headers
    body: Body
    delay: float


class SavedTransportFault(_Part):
    """As :class:`~convsim.exchange.TransportFault`."""

    kind: Kind
    delay: float
    partial: SavedResponse | None
    after_bytes: int


class _SavedEntry(_Part):
    number: int
    at: int | float
    project: str | None
    touched: list[str]


class SavedExchange(_SavedEntry):
    """As :class:`~convsim.entries.Exchange`."""

    kind: Literal["http"]
    operation: str | None
    faults: list[str]
    request: SavedRequest
    outcome: SavedResponse | SavedTransportFault
    lost: SavedResponse | None


class SavedDirect(_SavedEntry):
    """As :class:`~convsim.entries.Direct`."""

    kind: Literal["direct"]
    operation: str
    arguments: dict[str, Any]
    status: int
    answer: Any


class Document(_Part):
    """The whole of it."""

    convsim_journal: Literal[1]
    entries: list[Annotated[SavedExchange | SavedDirect, Field(discriminator="kind")]]


def write(journal: Journal, path: str | PathLike[str]) -> None:
    """Write the entries, oldest first; the file is whole or as it was before."""
    document = {"convsim_journal": VERSION, "entries": [_saved(entry) for entry in journal]}
    files.write(path, to_json(document, indent=2) + b"\n")


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


def _saved(entry: Entry) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "kind": entry.kind,
        "number": entry.number,
        "at": entry.at,
        "project": entry.project,
        "operation": entry.operation,
        "touched": list(entry.items),
    }
    if isinstance(entry, Exchange):
        return saved | {
            "faults": [repr(fault) for fault in entry.faults],
            "request": _plain(entry.request),
            "outcome": _plain(entry.outcome),
            "lost": _plain(entry.lost),
        }
    arguments = dict(entry.ids) | ({"body": entry.body} if entry.body is not None else {})
    return saved | {"arguments": arguments, "status": entry.status, "answer": entry.answer}


def _plain(told: Request | Outcome | None) -> dict[str, Any] | None:
    if told is None:
        return None
    plain = told._asdict()
    if isinstance(told, TransportFault):
        return plain | {"partial": _plain(told.partial)}
    headers = [[key.decode("latin-1"), value.decode("latin-1")] for key, value in told.headers]
    try:
        body: Any = told.body.decode()
    except UnicodeDecodeError:
        body = {"base64": b64encode(told.body).decode()}
    timeout = {"timeout": dict(told.timeout) if told.timeout is not None else None} if isinstance(told, Request) else {}
    return plain | {"headers": headers, "body": body} | timeout


def _entry(saved: SavedExchange | SavedDirect) -> Entry:
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
        [NotedFault(words) for words in saved.faults],
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
