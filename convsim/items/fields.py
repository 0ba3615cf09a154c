"""The parts of item models: strict models, and annotations for fields that have their own sentence in the live API."""

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import is_
from threading import RLock
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    StringConstraints,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import (
    CoreSchema,
    no_info_after_validator_function,
    no_info_before_validator_function,
)

from convsim.core.behavior import Behavior
from convsim.errors import enumeration
from convsim.errors.validation import Location, fault, fault_at, unsupported_value, wrong_type
from convsim.items.id_rules import any_id, item_id

MAX_TEXT = 10_485_760
"""The most characters of a text or a tool output (documented)."""

MAX_ARGUMENTS = 1_048_576
"""The most characters of a call's arguments (evidence: Errors, items)."""

_NAME = "^[a-zA-Z0-9_-]+$"

OMITTED: Any = object()
"""The value of an optional field that was not given, and of a field that is accepted but never stored."""

dropped: AfterValidator = AfterValidator(lambda _: OMITTED)
"""Annotates a field that is checked and then dropped."""

nulled: AfterValidator = AfterValidator(lambda _: None)
"""Annotates a field that is checked and then sent back as null, whatever its value."""


def omitted(alias: str | None = None) -> Any:
    """Return the default of an optional field that is omitted when not given (an explicit null is another type)."""
    return Field(default=OMITTED, alias=alias, exclude_if=partial(is_, OMITTED))


# --- models --------------------------------------------------------------------------------------------------------


_lock = RLock()
_met: list[type[BaseModel]] = []


@contextmanager
def building() -> Iterator[None]:
    """Hold the lock under which models are built, and build those that were met inside: they write themselves.

    A model is built when its first value is read, because building all of them takes longer than most tests. One lock
    serves all, because models hold one another and pydantic before 2.13 has no lock of its own.
    """
    with _lock:
        yield
        while _met:
            _met.pop().model_rebuild()


class Input(BaseModel):
    """An object of a request: no conversions, no unknown members.

    The order of the fields is the order in which the live API sends them back, with their defaults. The class keyword
    ``exactly_one`` names fields of which one must be given (null counts as not given).
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True, extra="forbid", validate_by_name=False, validate_by_alias=True, defer_build=True
    )

    _exclusive: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, exactly_one: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._exclusive = exactly_one

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if not cls.__pydantic_complete__:
            _met.append(cls)
        schema = handler(source)
        return no_info_after_validator_function(cls._only_one, schema) if cls._exclusive else schema

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler(schema)
        if cls._exclusive:
            handler.resolve_ref_schema(described)["oneOf"] = [{"required": [name]} for name in cls._exclusive]
        return described

    @classmethod
    def _only_one(cls, value: Self) -> Self:
        given = [name for name in cls._exclusive if getattr(value, name) not in (OMITTED, None)]
        if len(given) != 1:
            raise fault("mutually_exclusive" if given else "none_of_exclusive", names=cls._exclusive)
        return value

    @classmethod
    def read(cls, value: object, behavior: Behavior) -> Self:
        """Return the validated object; raise pydantic's errors, which :mod:`convsim.errors.validation` words."""
        if not cls.__pydantic_complete__:
            with building():
                cls.model_rebuild()
        validated: Self = cls.__pydantic_validator__.validate_python(value, context=behavior)
        return validated


class Item(Input):
    """An item of a request; the class keyword ``prefix`` is the prefix of its ids.

    The id that a client sends is not the one under which the item is stored.
    """

    id: str
    type: str

    prefix: ClassVar[str] = ""
    _stored: ClassVar[tuple[tuple[str, str], ...]]

    def __init_subclass__(cls, prefix: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.prefix = prefix

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        fields = cls.__pydantic_fields__.items()
        cls._stored = tuple((name, field.alias or name) for name, field in fields)

    @field_validator("id")
    @classmethod
    def _check_id(cls, value: str) -> str:
        """Check for the prefix of the type; a type without a prefix is not stored and takes the id of any item."""
        return item_id(value, cls.prefix) if cls.prefix else any_id(value)

    def document(self, item_id: str) -> dict[str, Any]:
        """Return the item as it is stored, in live key order; its parts write themselves."""
        values = self.__dict__ | {"id": item_id}
        document: dict[str, Any] = {}
        for name, key in self._stored:
            if (value := values[name]) is not OMITTED:
                document[key] = value
        return document


# --- fields with a sentence of their own ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OneOf:
    """Annotates a string of a closed list, ``values``, with the live sentences for another type and another value."""

    values: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        expected = one_of_words(self.values)

        def check(value: object) -> object:
            if not isinstance(value, str):
                raise wrong_type(expected)
            if value not in self.values:
                raise unsupported_value(value, self.values)
            return value

        return no_info_before_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"enum": list(self.values)}


def one_of(*values: str) -> OneOf:
    return OneOf(values)


def one_of_words(values: tuple[str, ...]) -> str:
    """Return the words for a closed list in the live sentence about a wrong type; long names are elided."""
    return f"one of {enumeration(values, 'or', short=True)}"


def worded(kind: type, expected: str) -> BeforeValidator:
    """Return an annotation for a JSON type that the live sentence about a wrong type calls by another name."""

    def check(value: object) -> object:
        if not isinstance(value, kind):
            raise wrong_type(expected)
        return value

    return BeforeValidator(check)


def _finite(value: object, location: Location = ()) -> object:
    """Refuse a number too large for JSON: 1e999 is valid to read, and nothing could write it again."""
    if isinstance(value, float) and not math.isfinite(value):
        raise fault_at(location, "finite_number", value)
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        _finite(member, (*location, key))
    return value


def _number(value: object) -> object:
    """Keep an integer as an integer: the live API sends it back as it came."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type("a decimal")
    if abs(value) > sys.float_info.max:
        raise fault_at((), "finite_number", value)
    return _finite(value)


def between(least: float, most: float) -> AfterValidator:
    """Return an annotation for a number with both bounds, which have their own sentences in the live API."""

    def check(value: Any) -> Any:
        if value < least:
            raise fault("decimal_too_small", bound=least)
        if value > most:
            raise fault("decimal_too_large", bound=most)
        return value

    return AfterValidator(check)


Element = TypeVar("Element")

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
"""Any string without a bound of its own."""
Filled = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Arguments = Annotated[str, StringConstraints(max_length=MAX_ARGUMENTS)]
ToolName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
FunctionName = Annotated[ToolName, StringConstraints(pattern=_NAME)]
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_NAME)]
"""The name of a namespace or of a schema."""

Strings = Annotated[list[Text], worded(list, "an array of strings")]
Objects = Annotated[list[Element], worded(list, "an array of objects")]
StringMap = Annotated[dict[str, Text], worded(dict, "an object with string keys and string values")]
# Not a float for pydantic, which would write integers as floats.
Number = Annotated[Any, PlainValidator(_number, json_schema_input_type=float)]
Json = Annotated[Any, AfterValidator(_finite)]
"""Any JSON value."""
JsonObject = Annotated[dict[str, Any], worded(dict, "an object"), AfterValidator(_finite)]
"""Any JSON object."""
