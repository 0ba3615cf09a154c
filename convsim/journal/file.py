"""A journal as a file of JSON, to be kept with a failure and read later.

One description of the records serves both directions: reading and writing.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import core_schema, to_json

from convsim.core import files
from convsim.core.text import visible
from convsim.errors import UsageError, enumeration
from convsim.faults.fault import Fault
from convsim.http import messages
from convsim.journal.entries import Direct, Entry, Exchange
from convsim.journal.frames import Frame, Sender

VERSION = 1


@dataclass(frozen=True, repr=False)
class NotedFault(Fault):
    """A fault of a journal that was read back: only its text is left."""

    words: str

    def __repr__(self) -> str:
        return self.words


# --- members -------------------------------------------------------------------------------------------------------


def _read_body(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, dict) or value.keys() != {"base64"} or not isinstance(value["base64"], str):
        raise ValueError('it should be a text, or bytes as {"base64": "..."}')
    try:
        return b64decode(value["base64"], validate=True)
    except ValueError:
        raise ValueError("it should be base64") from None


def _write_body(body: bytes) -> object:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return _base64(body)


def _base64(data: bytes) -> dict[str, str]:
    return {"base64": b64encode(data).decode()}


def _read_headers(pairs: list[list[str]]) -> tuple[tuple[bytes, bytes], ...]:
    try:
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs)
    except UnicodeEncodeError:
        raise ValueError("a character of a header should be one byte") from None


def _write_headers(pairs: Sequence[tuple[bytes, bytes]]) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in pairs]


def _read_content(value: object) -> str | bytes | tuple[int, str]:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _CLOSE.validate_python(value)
    return _read_body(value)


_CLOSE = TypeAdapter(Annotated[tuple[Annotated[int, Field(strict=True)], str], Field(strict=False)])

Body = Annotated[Any, PlainValidator(_read_body), PlainSerializer(_write_body)]
# Bytes stay bytes, even if they are text.
Content = Annotated[
    Any, PlainValidator(_read_content), PlainSerializer(lambda told: _base64(told) if isinstance(told, bytes) else told)
]
Headers = Annotated[
    list[Annotated[list[str], Field(min_length=2, max_length=2)]],
    AfterValidator(_read_headers),
    PlainSerializer(_write_headers),
]
Faults = Annotated[
    list[str],
    AfterValidator(lambda words: tuple(map(NotedFault, words))),
    PlainSerializer(lambda faults: list(map(repr, faults))),
]
Timeout = Annotated[dict[str, float | None], PlainSerializer(dict)]
Ids = Annotated[list[str], AfterValidator(tuple), PlainSerializer(list)]
Data = Annotated[Any, AfterValidator(to_json)]


# --- records -------------------------------------------------------------------------------------------------------


class _Record:
    """Annotates a record that is written as an object; ``members`` are those of ``make``, in its order.

    With a ``tag``, the object names its kind.
    """

    def __init__(self, make: Callable[..., Any], tag: str | None = None, /, **members: Any) -> None:
        self._make = make
        self._tag = {"kind": Literal[tag]} if tag is not None else {}
        self._members = members

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        fields = {
            name: core_schema.typed_dict_field(handler.generate_schema(member))
            for name, member in (self._tag | self._members).items()
        }
        shape = core_schema.typed_dict_schema(
            fields, extra_behavior="forbid", config=core_schema.CoreConfig(strict=True)
        )
        written = core_schema.wrap_serializer_function_ser_schema(self._written)
        return core_schema.no_info_after_validator_function(self._read, shape, serialization=written)

    def _read(self, values: dict[str, Any]) -> Any:
        return self._make(*(values[name] for name in self._members))

    def _written(self, record: Any, write: core_schema.SerializerFunctionWrapHandler) -> Any:
        # A frame's content is its text, bytes or close; only the file calls each of them "text".
        names = {"text": "content"}
        return write({name: getattr(record, names.get(name, name)) for name in (*self._tag, *self._members)})


class _OneOf:
    """Annotates a value that is one of several records, distinguished by ``kind``."""

    def __init__(self, kind: Callable[[Any], str | None], **records: _Record) -> None:
        self._kind = kind
        self._records = records

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        choices = {kind: handler.generate_schema(Annotated[Any, record]) for kind, record in self._records.items()}
        return core_schema.tagged_union_schema(
            choices,
            discriminator=self._kind,
            custom_error_type="kind",
            custom_error_message=f"it should be an object of the kind {enumeration(list(choices), 'or')}",
        )


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


_REQUEST = _Record(
    messages.Request,
    method=str,
    path=str,
    full_path=str,
    query=str,
    headers=Headers,
    body=Body,
    timeout=Timeout | None,
)
_RESPONSE = _Record(messages.Response, status=int, headers=Headers, body=Body, delay=float)
Response = Annotated[Any, _RESPONSE]
_FAULT = _Record(
    messages.TransportFault, kind=messages.TransportErrorKind, delay=float, partial=Response | None, after_bytes=int
)
_COMMON = {"number": int, "at": int | float, "project": str | None}

_ENTRY = _OneOf(
    _kind,
    http=_Record(
        Exchange,
        "http",
        **_COMMON,
        operation=str | None,
        touched=Ids,
        faults=Faults,
        request=Annotated[Any, _REQUEST],
        outcome=Annotated[
            Any, _OneOf(lambda told: "answer" if _kind(told) is None else "fault", answer=_RESPONSE, fault=_FAULT)
        ],
        lost=Response | None,
        unsent=Body,
    ),
    direct=_Record(
        Direct,
        "direct",
        **_COMMON,
        operation=str,
        touched=Ids,
        arguments=dict[str, Any],
        status=int,
        answer=Data,
        stream=Body,
    ),
    realtime=_Record(
        Frame,
        "realtime",
        **_COMMON,
        session=str,
        sender=Sender,
        text=Content,
        faults=Faults,
        arrived=bool,
    ),
)


class _Document(NamedTuple):
    convsim_journal: int
    entries: list[Entry]


_DOCUMENT: TypeAdapter[Any] = TypeAdapter(
    Annotated[Any, _Record(_Document, convsim_journal=Literal[1], entries=list[Annotated[Any, _ENTRY]])]
)


# --- the file ------------------------------------------------------------------------------------------------------


def write(journal: Iterable[Entry], path: str | PathLike[str]) -> None:
    """Write the entries, oldest first; the file is whole or as it was before."""
    files.write(path, _DOCUMENT.dump_json(_Document(VERSION, list(journal)), indent=2) + b"\n")


def documents(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the entries as JSON, in the form of a file."""
    document: dict[str, list[dict[str, Any]]] = _DOCUMENT.dump_python(_Document(VERSION, list(entries)), mode="json")
    return document["entries"]


def read(path: str | PathLike[str]) -> list[Entry]:
    """Return the entries of a file; raise :class:`~convsim.errors.UsageError` for any other file."""
    shown = visible(str(path))
    value = files.read_document(path, "a journal written by sim.dump_journal()")
    try:
        document: _Document = _DOCUMENT.validate_python(value)
    except ValidationError as error:
        # The error that lies deepest belongs to the member of the union that was meant.
        found = max(error.errors(include_url=False), key=lambda details: len(details["loc"]))
        place = ".".join(map(str, found["loc"])) or "the whole"
        words = found["msg"].removeprefix("Value error, ")
        raise UsageError(visible(f"{shown} is not a journal written by sim.dump_journal(): {place}: {words}")) from None
    return document.entries
