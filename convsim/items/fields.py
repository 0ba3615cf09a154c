"""What the fields of items are made of: strict models, closed lists, and the grammar of ids."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from operator import is_
from typing import Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from convsim.behavior import Behavior
from convsim.errors import enumeration
from convsim.grammar import fault, unsupported_value, wrong_type

MAX_TEXT = 10_485_760
"""Characters in a text or a tool output at most (documented)."""

_MAX_ID = 64
_ID = re.compile(r"[A-Za-z0-9_-]{0,63}[A-Za-z0-9-]")
_CONVERSATION_ID = re.compile(r"conv_[A-Za-z0-9_-]{0,58}[A-Za-z0-9-]")
_PREFIXED = re.compile(r"[A-Za-z0-9]+_.", re.DOTALL)


OMITTED: Any = object()
"""The value of an optional field that was not given, and of one that is accepted but never stored."""

dropped = AfterValidator(lambda _: OMITTED)
"""Annotates a field that is checked and then forgotten."""


def omitted(alias: str | None = None) -> Any:
    """The default of an optional field that stays away when it was not given (an explicit null is another type)."""
    return Field(default=OMITTED, alias=alias, exclude_if=partial(is_, OMITTED))


class Input(BaseModel):
    """An object of a request: no conversions, no unknown members.

    The order of the fields is the order in which the live API sends them back, with their defaults.
    """

    model_config = ConfigDict(strict=True, extra="forbid", validate_by_name=False, validate_by_alias=True)

    @classmethod
    def read(cls, value: object, behavior: Behavior) -> Self:
        """The validated object; raises pydantic's errors, which :mod:`convsim.grammar` words."""
        validated: Self = cls.__pydantic_validator__.validate_python(value, context=behavior)
        return validated


class Item(Input):
    """An item of a request. The id that a client sends is not the one that it is stored under."""

    id: str
    type: str

    _stored: ClassVar[tuple[tuple[str, str], ...]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        fields = cls.__pydantic_fields__.items()
        cls._stored = tuple((name, field.alias or name) for name, field in fields)

    def document(self, item_id: str) -> dict[str, Any]:
        """The item as it is stored, in live key order; its parts write themselves."""
        values = self.__dict__ | {"id": item_id}
        return {key: value for name, key in self._stored if (value := values[name]) is not OMITTED}


def one_of_words(values: tuple[str, ...]) -> str:
    """What the live sentence about a wrong type expects of a closed list; long names are elided in it."""
    return f"one of {enumeration(values, 'or', short=True)}"


def one_of(*values: str) -> BeforeValidator:
    """Annotates a string that is one of ``values``, with the live sentences for another type and another value."""
    expected = one_of_words(values)

    def check(value: object) -> object:
        if not isinstance(value, str):
            raise wrong_type(expected)
        if value not in values:
            raise unsupported_value(value, values)
        return value

    return BeforeValidator(check)


def item_id(prefix: str) -> Callable[[str], str]:
    """Checks an id that a client sends for an item of a type with this prefix (evidence: client-supplied ids)."""

    def check(value: str) -> str:
        any_item_id(value)
        if not value.startswith(f"{prefix}_"):
            raise fault("id_prefix", prefix=prefix)
        return value

    return check


def is_well_formed(value: str) -> bool:
    """Whether the grammar of ids allows it, whatever its prefix."""
    return _ID.fullmatch(value) is not None


def any_item_id(value: str) -> str:
    """Checks an id that may be of any item, as a reference's."""
    if is_well_formed(value):
        return value
    raise _malformed(value)


def conversation_id_in_path(value: str) -> str:
    """Checks ``conv_...`` in a URL, where the prefix counts first."""
    if _CONVERSATION_ID.fullmatch(value):
        return value
    if not value.startswith("conv_") or value == "conv_":
        raise fault("id_prefix", prefix="conv")
    raise _malformed(value)


def item_id_in_path(value: str) -> str:
    """Checks ``prefix_...`` in a URL; which prefix does not matter."""
    if not _PREFIXED.match(value):
        raise fault("id_prefix", prefix="msg")
    return any_item_id(value)


def _malformed(value: str) -> PydanticCustomError:
    return fault("id_too_long", bound=_MAX_ID) if len(value) > _MAX_ID else fault("id_characters")
