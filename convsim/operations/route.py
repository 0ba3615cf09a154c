"""How an operation is declared: its method, path and name over its verb, with the input model that the verb takes.

A module of this package has the operations of one resource. Each stands there once::

    class RetrieveItem(Input):
        conversation_id: ConversationId
        item_id: ItemId
        include: Include = Field(default_factory=list)

    @operation(
        "GET",
        "/conversations/{conversation_id}/items/{item_id}",
        "conversations.items.retrieve",
        answer="Item",
        reads=True,
    )
    def retrieve_item(project: Project, given: RetrieveItem) -> Answer: ...

The fields of the model are the ids of the path, the names of the query, and, where a body is read, ``body``. Their
order is the order in which faults are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, Protocol, Self, TypeVar, get_origin
from urllib.parse import unquote_plus

from pydantic import ValidationError

from convsim.core.behavior import Behavior
from convsim.errors.validation import DUPLICATE, translate
from convsim.items.fields import Input
from convsim.operations.project import Answer, Project, Run


class Argument(Protocol):
    """The argument of a verb: an input model, or a class with the ``model`` that describes and checks it."""

    @classmethod
    def read(cls, value: Any, behavior: Behavior) -> Self:
        """Return the validated input; raise pydantic's errors."""


Given = TypeVar("Given", bound=Argument)

# Far beyond any limit, but short enough for int().
_MOST_DIGITS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Route(Generic[Given]):
    """One operation: its method and path below the base URL, its name in the SDK, its verb and the verb's argument.

    ``answer`` names the schema of its answer in :mod:`~convsim.operations.openapi`. ``reads`` says that it only shows
    stored data, ``deletes`` that it deletes the object of its path. ``takes_body`` says whether a request body is read
    at all.
    """

    method: str
    path: str
    operation: str
    given: type[Given]
    verb: Callable[[Project, Given], Answer | Run]
    answer: str = ""
    reads: bool = False
    deletes: bool = False
    only: str | None = None
    """The only service that has the operation; None for all."""

    input: type[Input] = field(init=False)
    """The model of its input."""
    takes_body: bool = field(init=False)
    about_one: bool = field(init=False)
    """Whether the operation is about one conversation, which its path or its body names."""
    query: Mapping[str, Callable[[str], Any] | None] = field(init=False)
    """The names that the query string may have, each with the function that reads its text (None for text as is)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "input", getattr(self.given, "model", self.given))
        fields = self.input.model_fields
        ids = re.findall(r"\{(\w+)\}", self.path)
        if unknown := [name for name in ids if name not in fields]:
            raise TypeError(
                f"{self.operation}: {self.path} has {unknown[0]}, and {self.input.__name__} has no such field"
            )
        object.__setattr__(self, "takes_body", "body" in fields)
        named = "conversation_id" in fields or hasattr(self.given, "conversation_id")
        object.__setattr__(self, "about_one", named)
        query = {name: _reader(found.annotation) for name, found in fields.items() if name not in (*ids, "body")}
        object.__setattr__(self, "query", query)

    def read(self, behavior: Behavior, values: dict[str, Any], query: str = "") -> Given:
        """Return the validated input.

        ``values`` holds the ids of the path by name and, if the operation takes one, the parsed JSON as ``body``;
        ``query`` is the query string. Raises the one :class:`~convsim.errors.APIStatusError` that the live API would
        answer.
        """
        if query:
            _read_query(query, self.query, values)
            if behavior.include_commas == "split" and isinstance(values.get("include"), str):
                values["include"] = [word for word in values["include"].split(",") if word]
        try:
            return self.given.read(values, behavior)
        except ValidationError as error:
            raise translate(error, _not_taken(self.input, values.get("body"))) from None


def operation(
    method: str,
    path: str,
    name: str,
    *,
    answer: str = "",
    reads: bool = False,
    deletes: bool = False,
    only: str | None = None,
) -> Callable[[Callable[[Project, Given], Answer | Run]], Route[Given]]:
    """Declare the decorated verb as an operation; its second parameter is annotated with its class."""

    def declare(verb: Callable[[Project, Given], Answer | Run]) -> Route[Given]:
        given = verb.__annotations__["given"]
        return Route(method, path, name, given, verb, answer=answer, reads=reads, deletes=deletes, only=only)

    return declare


def _not_taken(model: type[Input], body: object) -> list[str]:
    """Return the names that the body could have held in addition to its own."""
    if not isinstance(body, dict):
        return []
    declared: Any = model.__pydantic_fields__["body"].annotation
    return [name for name in declared.__pydantic_fields__ if name not in body]


# --- the query -----------------------------------------------------------------------------------------------------


def _read_query(query: str, known: Mapping[str, Callable[[str], Any] | None], values: dict[str, Any]) -> None:
    """Put the known keys of a query string into ``values``, and ignore the others.

    The spelling decides the kind of value: ``name=x`` is one value, ``name[]=x`` or ``name[0]=x`` an element of an
    array, ``name[key]=x`` a member of an object. A key that is given twice, other than as an array, is marked.
    """
    arrays: dict[str, list[tuple[int, str]]] = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            key, value = unquote_plus(key), unquote_plus(value)
        name, bracket, index = key.partition("[")
        if name not in known:
            continue
        position = _POSITION.fullmatch(index) if bracket else None
        if position and name not in values:
            arrays.setdefault(name, []).append((int(position[1] or _LAST), value))
        elif name in values or name in arrays:
            values[name] = DUPLICATE
        elif bracket:
            values[name] = {index: value}  # refused for its type
        else:
            reader = known[name]
            values[name] = value if reader is None else reader(value)
    for name, array in arrays.items():
        values.setdefault(name, [value for _, value in sorted(array, key=itemgetter(0))])


# The bracket holds a position, or nothing, which sorts after all others.
_POSITION = re.compile(r"([0-9]{0,4})\]")
_LAST = 10_000


def _number(text: str) -> int | str:
    """Return an integer in plain decimal digits as a number; anything else stays text."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < _MOST_DIGITS else text


def _truth(text: str) -> bool | str:
    """Return ``true`` or ``false`` as a boolean; anything else stays text."""
    return {"true": True, "false": False}.get(text, text)


def _reader(annotation: Any) -> Callable[[str], Any] | None:
    """Return the function that reads the text of a query parameter of that type."""
    kinds = set(getattr(annotation, "__args__", ())) | {annotation} if get_origin(annotation) is not list else set()
    return _truth if bool in kinds else _number if int in kinds else None
