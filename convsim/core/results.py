"""The results of the Direct API: read-only views of the live API's own JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

from convsim.core.secrets import json_without_secrets
from convsim.core.text import visible
from convsim.errors import enumeration


class Resource:
    """A JSON object whose members are attributes: a snapshot, which later changes do not reach.

    >>> sim.conversations.retrieve("conv_1").to_dict()["object"]
    'conversation'
    """

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_data", data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy, pickle and the like ask before any data is set
            raise AttributeError(name)
        try:
            return _wrap(self._data[name])
        except KeyError:
            members = ", ".join(self._data)
            raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {members}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is read-only: change it through the API")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object, as a dict of its own in the live key order."""
        return deepcopy(dict(self._data))

    def model_dump(self) -> dict[str, Any]:
        """Return the same as :meth:`to_dict`, by the name that the SDK's models use."""
        return self.to_dict()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Resource):
            return bool(self._data == other._data)
        return NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # its document is a dict

    def __repr__(self) -> str:
        return f"{type(self).__name__}({json_without_secrets(self._data)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.to_dict(),)


def _wrap(value: Any) -> Any:
    if isinstance(value, dict):
        return Item(value)
    if isinstance(value, list):
        return tuple(_wrap(element) for element in value)
    return value


class Item(Resource):
    """An item of a conversation, or an object inside one; arrays are tuples.

    An editor completes the members that are declared here. Every other member of the JSON is an attribute, too; a name
    that the JSON lacks raises ``AttributeError``.

    >>> message = sim.state["conv_1"].items[0]
    >>> message.role, message.text, message.content[0].type
    ('user', 'Hi', 'input_text')
    """

    __slots__ = ()

    id: str
    type: str
    status: str
    role: str
    content: tuple[Item, ...]
    name: str
    call_id: str
    arguments: str
    input: str
    output: Any
    summary: tuple[Item, ...]

    @property
    def text(self) -> str:
        """The text of a part; for an item, the joined texts of its parts, its output or its summary."""
        said = self._data
        if isinstance(own := said.get("text"), str):
            return own
        held = next((said[name] for name in ("content", "output", "summary") if said.get(name)), ())
        if isinstance(held, str):
            return held
        return "".join(part["text"] for part in held if isinstance(part, dict) and isinstance(part.get("text"), str))


class Conversation(Resource):
    """A conversation; ``created_at`` is in seconds since the epoch.

    >>> sim.conversations.create(metadata={"topic": "demo"}).metadata
    {'topic': 'demo'}
    """

    __slots__ = ()

    id: str
    object: str
    created_at: int

    @property
    def metadata(self) -> dict[str, str]:
        """Up to 16 pairs of strings."""
        return dict(self._data["metadata"])


class ConversationDeleted(Resource):
    """The answer to a deletion.

    >>> sim.conversations.delete("conv_1").deleted
    True
    """

    __slots__ = ()

    id: str
    object: str
    deleted: bool


class ConversationState(Conversation):
    """A conversation with all its items in order, nothing hidden: read from the store, not an answer of the API.

    >>> [item.id for item in sim.state["conv_1"].items]
    ['msg_1']
    """

    __slots__ = ()

    items: tuple[Item, ...]


class ItemPage(Resource):
    """One page of items. Iterating continues through the pages that follow, as the official SDK's pages do.

    >>> page = sim.conversations.items.list("conv_1", order="asc")
    >>> [item.id for item in page], page.has_more
    (['msg_1'], False)
    """

    __slots__ = ("_following",)

    object: str
    data: tuple[Item, ...]
    first_id: str | None
    has_more: bool
    last_id: str | None

    def __init__(self, data: Mapping[str, Any], following: Callable[[str], ItemPage] | None = None) -> None:
        super().__init__(data)
        object.__setattr__(self, "_following", following)

    def has_next_page(self) -> bool:
        """Return whether :meth:`get_next_page` has a page to give."""
        return self._following is not None and self.has_more and self.last_id is not None

    def get_next_page(self) -> ItemPage:
        """Return the page after this one; raise ``RuntimeError`` when this is the last, as the SDK does."""
        if self._following is None or not self.has_next_page():
            raise RuntimeError("No next page expected; check has_next_page() before calling get_next_page().")
        page: ItemPage = self._following(str(self.last_id))
        return page

    def __iter__(self) -> Iterator[Item]:
        page = self
        while True:
            yield from page.data
            if not page.has_next_page():
                return
            page = page.get_next_page()


class Response(Resource):
    """A response; ``created_at`` is in seconds since the epoch.

    >>> sim.responses.script("Hello.")
    >>> response = sim.responses.create(model="gpt-5", input="Hi", conversation="conv_1")
    >>> response.status, response.output_text
    ('completed', 'Hello.')
    """

    __slots__ = ()

    id: str
    object: str
    created_at: int
    status: str
    model: str
    output: tuple[Item, ...]

    @property
    def output_text(self) -> str:
        """The texts of all messages in ``output``, joined; empty where there are none."""
        parts = [part for item in self.output if item.type == "message" for part in item.content]
        return "".join(part.text for part in parts if part.type == "output_text")


class ResponseEvent(Resource):
    """One event of a streamed response.

    >>> sim.responses.script("Hello.")
    >>> with sim.responses.create(model="gpt-5", input="Hi", stream=True) as stream:
    ...     [event.delta for event in stream if event.type == "response.output_text.delta"]
    ['Hello.']
    """

    __slots__ = ()

    type: str
    sequence_number: int


class State(Mapping[str, ConversationState]):
    """The conversations by id, oldest first, as of the moment this was made; each is read on access.

    A key is an id, or any object with an ``id`` that is a string.

    >>> len(sim.state), "conv_1" in sim.state
    (1, True)
    """

    __slots__ = ("_ids", "_read")

    def __init__(self, ids: Callable[[], tuple[str, ...]], read: Callable[[str], ConversationState | None]) -> None:
        self._ids = ids
        self._read = read

    def __getitem__(self, conversation: object) -> ConversationState:
        __tracebackhide__ = True
        found = self._read(id_of(conversation))
        if found is None:
            raise KeyError(f"no such conversation: {id_of(conversation)!r}; {there_are(self._ids())}")
        return found

    def __contains__(self, conversation: object) -> bool:
        return id_of(conversation) in self._ids()

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids())

    def __len__(self) -> int:
        return len(self._ids())

    def __repr__(self) -> str:
        ids = self._ids()
        return f"State({len(ids)} conversation{'s' if len(ids) != 1 else ''}: {_listed(ids)})" if ids else "State()"


_MOST_NAMED = 10


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return visible(f"{', '.join(map(repr, ids[:_MOST_NAMED]))} and {more} more" if more > 0 else enumeration(ids))


def there_are(ids: Sequence[str]) -> str:
    """Return the end of a sentence about an unknown id: the ids that exist."""
    return f"there are {_listed(ids)}" if ids else "there is none"


def id_of(thing: object) -> Any:
    """Return the id of an object that has one, as results of the SDK and the Direct API do, or the value itself."""
    identity = thing if isinstance(thing, str) else getattr(thing, "id", thing)
    return identity if isinstance(identity, str) else thing
