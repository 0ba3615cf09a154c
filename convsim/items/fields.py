"""The parts of item models: strict models, and annotations for their fields.

The annotations are those with a sentence of their own in the live API, and those of values of more than one shape,
which are chosen by their ``type`` or by their kind of JSON.
"""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
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
    TypeAdapter,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import (
    CoreSchema,
    definition_reference_schema,
    no_info_after_validator_function,
    no_info_before_validator_function,
    union_schema,
    with_info_plain_validator_function,
)

from convsim.core.behavior import Behavior
from convsim.core.forks import ModuleLock
from convsim.errors.validation import Location, fault, fault_at, not_listed, unsupported_value, wrong_type
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


_lock = ModuleLock(RLock)
_met: list[type[BaseModel]] = []


@contextmanager
def building() -> Iterator[None]:
    """Hold the lock under which models are built, and at the end build the models inside those that were built.

    A model is built when its first value is read, because building all of them takes longer than most tests. The models
    inside it are built with it, because each writes its own part of an item. One lock serves all, because models hold
    one another and pydantic before 2.13 has no lock of its own.
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

    built: ClassVar[bool] = False
    """Whether a value can be read: pydantic calls a model complete before those inside it are built."""

    _exclusive: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, exactly_one: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.built = False
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
        if not cls.built:
            with building():
                cls.model_rebuild()
            cls.built = True
        validated: Self = cls.__pydantic_validator__.validate_python(value, context=behavior)
        return validated


class Item(Input):
    """An item of a request; the class keyword ``prefix`` is the prefix of its ids.

    The id that a client sends is not the one under which the item is stored.
    """

    id: str
    type: str

    prefix: ClassVar[str] = ""
    _keys: ClassVar[Mapping[str, str]]
    _has_aliases: ClassVar[bool]

    def __init_subclass__(cls, prefix: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.prefix = prefix

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        cls._keys = {name: field.alias or name for name, field in cls.__pydantic_fields__.items()}
        cls._has_aliases = any(name != key for name, key in cls._keys.items())

    @field_validator("id")
    @classmethod
    def _check_id(cls, value: str) -> str:
        """Check for the prefix of the type; a type without a prefix is not stored and takes the id of any item."""
        return item_id(value, cls.prefix) if cls.prefix else any_id(value)

    def document(self, item_id: str) -> dict[str, Any]:
        """Return the item as it is stored, in live key order; its parts write themselves."""
        values = self.__dict__ | {"id": item_id}  # pydantic keeps the order of the fields
        if self._has_aliases or OMITTED in values.values():
            return {self._keys[name]: value for name, value in values.items() if value is not OMITTED}
        return values


# --- fields with a sentence of their own ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OneOf:
    """Annotates a string of a closed list, ``values``, with the live sentences for another type and another value."""

    values: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: object) -> object:
            if not isinstance(value, str) or value not in self.values:
                raise not_listed(self.values)
            return value

        return no_info_before_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"enum": list(self.values)}


def one_of(*values: str) -> OneOf:
    return OneOf(values)


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


# --- values of more than one shape ---------------------------------------------------------------------------------


Models = Mapping[str, type[Input]]
Choices = Mapping[str, "type[Input] | ByType"]


class ByType:
    """Annotates an object whose ``type``, or another ``key``, chooses its model, or a further choice.

    A type without a model is an error of the member, whose sentence lists the ``known`` types; if it is one of these,
    it is an error of the object itself, whose sentence lists the ``supported`` types. Both default to the names of the
    models. A function in place of the models is called when the first value is read.
    """

    def __init__(
        self,
        models: Choices | Callable[[], Choices],
        known: tuple[str, ...] = (),
        supported: tuple[str, ...] = (),
        key: str = "type",
    ) -> None:
        self.key = key
        self._given = models
        self._known = known
        self._supported = supported
        self._describing = False

    @cached_property
    def models(self) -> Choices:
        return self._given() if callable(self._given) else self._given

    @cached_property
    def supported(self) -> tuple[str, ...]:
        return self._supported or tuple(self.models)

    @cached_property
    def known(self) -> tuple[str, ...]:
        return self._known or self.supported

    def read(self, value: object, behavior: Behavior) -> Input:
        if not isinstance(value, dict):
            raise wrong_type("an object")
        if self.key not in value:
            raise fault_at((self.key,), "missing", value)
        kind = value[self.key]
        model = self.models.get(kind) if isinstance(kind, str) else None
        if model is not None:
            return model.read(value, behavior)
        if kind in self.known:
            raise unsupported_value(kind, self.supported)
        raise fault_at((self.key,), not_listed(self.known), kind)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_info_plain_validator_function(self._read)

    def _read(self, value: object, info: ValidationInfo[Behavior]) -> Input:
        return self.read(value, info.context)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        models = dict.fromkeys(model for model in self.models.values() if not isinstance(model, ByType))
        with building():
            for model in models:
                model.model_rebuild()
        described = [model.__pydantic_core_schema__ for model in models]
        if self._describing:  # filters nest
            return handler(union_schema([definition_reference_schema(part["ref"]) for part in described]))
        self._describing = True
        try:
            return handler(union_schema(list(described)))
        finally:
            self._describing = False


class Either:
    """Annotates a value whose JSON type chooses its model; ``expected`` names all these types.

    ``kinds`` maps Python's types of parsed JSON to annotations.
    """

    def __init__(self, expected: str, kinds: Mapping[type, Any]) -> None:
        self._expected = expected
        self._kinds = kinds

    @cached_property
    def _adapters(self) -> dict[type, TypeAdapter[Any]]:
        with building():
            adapters: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(given) for kind, given in self._kinds.items()}
            for adapter in adapters.values():
                adapter.rebuild()  # that of a model waits for its first value otherwise, which comes without the lock
            return adapters

    def read(self, value: object, info: ValidationInfo[Behavior]) -> Any:
        adapter = self._adapters.get(type(value))
        if adapter is None:
            raise wrong_type(self._expected)
        return adapter.validator.validate_python(value, context=info.context)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(union_schema([adapter.core_schema for adapter in self._adapters.values()]))


class TextOrParts(Either):
    """Annotates a string or a list of at least one ``part``.

    A string becomes one part, with the members ``stored_as`` and the text behind them; without ``stored_as`` it is
    stored as it is.
    """

    def __init__(self, expected: str, part: Any, stored_as: Mapping[str, Any] | None = None) -> None:
        parts = Annotated[list[part], Field(min_length=1)]
        super().__init__(expected, {str: Annotated[str, Field(max_length=MAX_TEXT)], list: parts})
        self._stored_as = stored_as

    def read(self, value: object, info: ValidationInfo[Behavior]) -> Any:
        # Most items are one short text: skip the validators for it.
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return value if self._stored_as is None else [{**self._stored_as, "text": value}]
        return super().read(value, info)
