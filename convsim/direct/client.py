"""The Direct API: the official SDK's resources as plain calls into the operations, for the test itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import urlencode

from pydantic_core import from_json, to_json

from convsim.core.results import Conversation, ConversationDeleted, Item, ItemPage, ResponseEvent, id_of
from convsim.errors import APIStatusError, UsageError
from convsim.errors.misuse import shown
from convsim.faults.fault import Plan
from convsim.http import wire
from convsim.http.messages import Chunk, Stream
from convsim.operations import conversations, lists
from convsim.operations.project import Answer, Project
from convsim.operations.route import Route
from convsim.service.service import Service


class Omit:
    """The type of :data:`OMIT`, the default of arguments that were not given."""

    def __repr__(self) -> str:
        return "OMIT"


OMIT = Omit()


# A call without HTTP has no request id.
_NO_ID = f"req_{0:032x}"

_NOTHING: Mapping[str, object] = MappingProxyType({})


class DirectOrigin(NamedTuple):
    """The origin of calls by the test itself: they meet no faults, and their refusals are raised."""

    arguments: Mapping[str, Any]

    def plan(self, service: Service, operation: str, conversation_id: str | None, project: str) -> Plan | None:
        return None

    def conclude(
        self,
        service: Service,
        operation: str | None,
        conversation_id: str | None,
        project: str | None,
        result: Answer | APIStatusError,
        plan: Plan | None,
    ) -> Answer:
        note = partial(service.journal.direct, service.clock.now(), project, operation)
        if isinstance(result, APIStatusError):
            refusal = service.dialect.refusal(result, _NO_ID)
            note((), self.arguments, refusal.status_code, wire.error_body(refusal))
            raise refusal
        # A stream is noted when it has ended, with its outcome.
        if isinstance(result.body, bytes):
            note(result.touched, self.arguments, 200, result.body)
        return result


class Client:
    """Calls operations of one project as plain Python; :meth:`call` returns the parsed bytes that HTTP would send."""

    def __init__(self, service: Service, project: str) -> None:
        self.service = service
        self.name = project

    @property
    def project(self) -> Project:
        """The project in its present state; to be read under the service's lock."""
        return self.service.project(self.name)

    def call(
        self, route: Route[Any], *, query: Mapping[str, object] = _NOTHING, body: object = None, **ids: object
    ) -> Any:
        """Return the parsed JSON that HTTP would have sent for the same arguments; for a stream, its events."""
        service = self.service
        route = service.dialect.route(route)
        text = urlencode(list(_pairs(query)), errors="replace")
        values = {name: id_of(value) for name, value in ids.items()} | ({"body": body} if route.takes_body else {})
        texts = {key: _as_text(value) for key, value in values.items()}
        try:
            sent = {key: wire.parse_json(value) for key, value in texts.items()}
            given = route.read(service.behavior, dict(sent), text)
        except APIStatusError as error:
            told = {key: _told(value) for key, value in texts.items()}
            return service.refuse(error, route.operation, self.name, DirectOrigin(told))  # the refusal is raised there
        answer = service.call(route, given, self.name, DirectOrigin(sent))
        if isinstance(answer.body, bytes):
            return from_json(answer.body)
        note = partial(service.journal.direct, project=self.name, operation=route.operation, arguments=sent)
        return EventStream(service, answer.body, partial(note, touched=answer.touched, status=200))

    def pages(self, route: Route[Any], query: Mapping[str, object], **ids: object) -> ItemPage:
        """Return a page of a list, which reads the next one by the same query behind its own last id."""

        def page(after: object) -> ItemPage:
            return ItemPage(self.call(route, query={**query, "after": after}, **ids), page)

        return page(query["after"])


class EventStream:
    """The events of a response, one by one, as the official SDK's streams give them; delays move the clock.

    A context manager; leaving it early is leaving the stream early. Raises :class:`~convsim.errors.UsageError` if the
    turn is held: ``sim.responses.finish()`` continues it.

    >>> sim.responses.script("Hello.")
    >>> with sim.responses.create(model="gpt-5", input="Hi", stream=True) as stream:
    ...     next(stream).type
    'response.created'
    """

    def __init__(self, service: Service, stream: Stream[Chunk], note: Callable[..., None]) -> None:
        self._service = service
        self._stream = stream
        self._note: Callable[..., None] | None = note
        self._last: dict[str, Any] = {}
        self._taken = bytearray()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ResponseEvent:
        chunk = self._stream.next(0.0)
        while isinstance(chunk, (int, float)):
            if math.isinf(chunk):
                raise UsageError("the turn is held; sim.responses.finish() continues it")
            self._pass(chunk)
            chunk = self._stream.next(0.0)
        if chunk is None:
            self.close()
            raise StopIteration
        self._pass(chunk.delay)
        if chunk.event is not None:
            self._taken += chunk.data
        # The body of a held turn that is not streamed is one chunk.
        self._last = from_json(chunk.data.partition(b"data: ")[2] if chunk.event is not None else chunk.data)
        return ResponseEvent(self._last)

    def close(self) -> None:
        """Leave the stream; does nothing once it has ended."""
        self._stream.close()
        if self._note is not None:
            note, self._note = self._note, None
            with self._service.lock:
                note(
                    at=self._service.clock.now(),
                    data=to_json(self._last.get("response", self._last)),
                    stream=bytes(self._taken),
                )

    def _pass(self, seconds: float) -> None:
        if seconds:
            self._service.clock.pass_time(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Items:
    """``conversations.items`` of the official SDK.

    A refusal of the API is raised as :class:`~convsim.errors.BadRequestError` or
    :class:`~convsim.errors.NotFoundError`, and an argument that no client could send as
    :class:`~convsim.errors.UsageError`. ``include`` lists the members that are null without it
    (``"reasoning.encrypted_content"``).

    >>> added = sim.conversations.items.create("conv_1", items=[{"role": "user", "content": "Ho"}])
    >>> [item.text for item in sim.conversations.items.list("conv_1", order="asc")]
    ['Hi', 'Ho']
    """

    def __init__(self, client: Client) -> None:
        self._call = client.call
        self._pages = client.pages

    def create(
        self, conversation_id: str, *, items: Iterable[object], include: Sequence[str] | Omit = OMIT
    ) -> ItemPage:
        """Add 1 to 20 items, each a mapping or an object of the SDK; the page holds them in request order."""
        body, query = {"items": items}, {"include": include}
        return ItemPage(self._call(conversations.create_items, conversation_id=conversation_id, query=query, body=body))

    def retrieve(self, item_id: str, *, conversation_id: str, include: Sequence[str] | Omit = OMIT) -> Item:
        """Return one item of a conversation; raise ``NotFoundError`` if the conversation does not hold it."""
        query = {"include": include}
        return Item(
            self._call(conversations.retrieve_item, conversation_id=conversation_id, item_id=item_id, query=query)
        )

    def list(
        self,
        conversation_id: str,
        *,
        after: str | Omit = OMIT,
        include: Sequence[str] | Omit = OMIT,
        limit: int | Omit = OMIT,
        order: Literal["asc", "desc"] | Omit = OMIT,
        extra_query: Any | Omit = OMIT,
    ) -> ItemPage:
        """Return a page of 1 to 100 items: by default the 20 newest, newest first.

        ``after`` is the id of the item that the page follows, which it does not hold. ``extra_query`` are further
        parameters, as the SDK takes them (``item_type``).
        """
        query = {"after": after, "include": include, "limit": limit, "order": order}
        query |= extra("extra_query", extra_query)
        return self._pages(conversations.list_items, query, conversation_id=conversation_id)

    def delete(self, item_id: str, *, conversation_id: str) -> Conversation | ConversationDeleted:
        """Remove an item from a conversation; return the conversation (see ``Behavior.deleted_item_reply``).

        Raises :class:`~convsim.errors.NotFoundError` if the conversation does not hold it.
        """
        answer = self._call(conversations.delete_item, conversation_id=conversation_id, item_id=item_id)
        return ConversationDeleted(answer) if "deleted" in answer else Conversation(answer)


class Conversations:
    """``conversations`` of the official SDK.

    A refusal of the API is raised as :class:`~convsim.errors.BadRequestError` or
    :class:`~convsim.errors.NotFoundError`, and an argument that no client could send as
    :class:`~convsim.errors.UsageError`.

    >>> made = sim.conversations.create(metadata={"topic": "demo"})
    >>> sim.conversations.update(made.id, metadata={"day": "1"}).metadata
    {'topic': 'demo', 'day': '1'}
    """

    def __init__(self, client: Client) -> None:
        self._call = client.call
        self._pages = client.pages
        self.items: Items = Items(client)

    def create(
        self, *, items: Iterable[object] | Omit | None = OMIT, metadata: Mapping[str, str] | Omit | None = OMIT
    ) -> Conversation:
        """Create a conversation with up to 20 items; ``metadata`` are up to 16 pairs of strings.

        Keys have at most 64 characters, values at most 512.
        """
        return Conversation(self._call(conversations.create_conversation, body={"items": items, "metadata": metadata}))

    def retrieve(self, conversation_id: str) -> Conversation:
        """Return the conversation, without its items."""
        return Conversation(self._call(conversations.retrieve_conversation, conversation_id=conversation_id))

    def list(
        self,
        *,
        after: str | Omit = OMIT,
        agent_id: str | Omit = OMIT,
        agent_name: str | Omit = OMIT,
        before: str | Omit = OMIT,
        limit: int | Omit = OMIT,
        order: Literal["asc", "desc"] | Omit = OMIT,
    ) -> ItemPage:
        """Return a page of conversations, newest first; only Azure AI Foundry has it.

        Raises :class:`~convsim.errors.UsageError` on an emulator of OpenAI.
        """
        query = {
            "after": after,
            "agent_id": agent_id,
            "agent_name": agent_name,
            "before": before,
            "limit": limit,
            "order": order,
        }
        return self._pages(lists.list_conversations, query)

    def update(self, conversation_id: str, *, metadata: Mapping[str, str] | None) -> Conversation:
        """Change the metadata; keys left out stay (see ``Behavior.metadata_update``)."""
        body = {"metadata": metadata}
        return Conversation(self._call(conversations.update_conversation, conversation_id=conversation_id, body=body))

    def delete(self, conversation_id: str) -> ConversationDeleted:
        """Delete the conversation; its items stay known by id."""
        return ConversationDeleted(self._call(conversations.delete_conversation, conversation_id=conversation_id))


def _as_text(value: object) -> str:
    """Return the JSON in which a value reaches the service, without arguments that were not given."""
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if not is_omitted(member)}
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"this is not JSON, and no client could send it: {error}") from None


def _told(text: str) -> object:
    """Return the JSON of a refused call for the journal, or its text if the service could not read it."""
    try:
        return wire.parse_json(text)
    except APIStatusError:
        return text


def is_omitted(value: object) -> bool:
    """Return whether an argument was not given: it is our own default, or one of the SDK's."""
    kind = type(value)
    return value is OMIT or (kind.__module__.startswith("openai") and kind.__name__ in ("Omit", "NotGiven"))


def extra(name: str, given: object) -> Mapping[str, Any]:
    """Return further members, or parameters, of a request: a mapping; as the SDK's own, None adds none."""
    if given is None or is_omitted(given):
        return {}
    if not isinstance(given, Mapping):
        raise UsageError(f"{name}={shown(given)}: write a mapping, {name}={{'name': 'value'}}")
    return given


def _plain(value: object) -> object:
    """Convert values as the SDK does: its models and ours, mappings, iterables of items."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return list(value)
    raise TypeError(f"{shown(value)} is a {type(value).__name__}")


def _pairs(query: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the query as the SDK would send it: lists by element, booleans in lower case, and no nulls."""
    for name, value in query.items():
        if isinstance(value, (list, tuple)):
            yield from ((f"{name}[]", _word(name, element)) for element in value if element is not None)
        elif value is not None and not is_omitted(value):
            yield name, _word(name, value)


def _word(name: str, value: object) -> str:
    if isinstance(value, int) and abs(value) >= _TOO_LARGE:
        came = f"a number of more than {_MOST_DIGITS} digits"
    elif isinstance(value, (str, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    else:
        came = shown(value)
    raise UsageError(f"{name}={came}: write a string or a number, or a list of them")


_MOST_DIGITS = 1000  # far beyond any limit, but short enough for str()
_TOO_LARGE = 10**_MOST_DIGITS
