"""The Direct API: the official SDK's resources as plain calls into the operations, for the test's own hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic_core import from_json

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.results import Conversation, ConversationDeleted, Item, ItemPage
from convsim.errors import APIStatusError, UsageError
from convsim.http import wire
from convsim.items.fields import Input
from convsim.journal.journal import Journal
from convsim.operations import inputs
from convsim.operations.routes import BY_OPERATION
from convsim.operations.verbs import Answer, Project


class Omit:
    """The type of :data:`OMIT`, which stands for an argument that was not given."""

    def __repr__(self) -> str:
        return "OMIT"


OMIT = Omit()


_NOTHING: Mapping[str, object] = MappingProxyType({})


class Caller:
    """Runs operations for one project, under the emulator's lock, and notes them in its journal."""

    def __init__(
        self,
        name: str,
        *,
        projects: Callable[[str], Project],
        behavior: Behavior,
        journal: Journal,
        clock: Clock,
        lock: AbstractContextManager[object],
    ) -> None:
        self.journal = journal
        self.lock = lock
        self.name = name
        self._projects = projects
        self._behavior = behavior
        self._clock = clock

    @property
    def project(self) -> Project:
        """The project, as it is now."""
        return self._projects(self.name)

    def call(
        self, operation: str, *, query: Mapping[str, object] = _NOTHING, body: object = None, **ids: object
    ) -> Any:
        """The answer's JSON, parsed: what HTTP would have sent for the same arguments."""
        route = BY_OPERATION[operation]
        return self.run(operation, route.input, route.run, ids | {"body": body} if route.takes_body else ids, query)

    def run(
        self,
        operation: str,
        model: type[Input],
        verb: Callable[[Project, Any], Answer],
        values: Mapping[str, object],
        query: Mapping[str, object] = _NOTHING,
    ) -> Any:
        """As :meth:`call`, for a verb that has no route. ``values`` are the ids and, for some, the body."""
        text = urlencode(list(_pairs(query)), errors="replace")
        sent = {key: _as_sent(value) for key, value in values.items()}
        try:
            given = inputs.read(model, self._behavior, dict(sent), text)
        except APIStatusError as error:
            with self.lock:
                self._note(operation, (), sent, error.status_code, wire.error_body(error))
            raise
        # The journal's order is that of the commits: nobody comes between an operation and its entry.
        with self.lock:
            try:
                answer = verb(self.project, given)
            except APIStatusError as error:
                self._note(operation, (), sent, error.status_code, wire.error_body(error))
                raise
            self._note(operation, answer.touched, sent, 200, answer.body)
        return from_json(answer.body)

    def _note(
        self, operation: str, touched: tuple[str, ...], sent: Mapping[str, Any], status: int, data: bytes
    ) -> None:
        self.journal.direct(self._clock.now(), self.name, operation, touched, sent, status, data)


class Items:
    """``conversations.items`` of the official SDK."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    def create(
        self, conversation_id: str, *, items: Iterable[object], include: Sequence[str] | Omit = OMIT
    ) -> ItemPage:
        """Add up to 20 items; the page holds them in request order."""
        body, query = {"items": items}, {"include": include}
        operation = "conversations.items.create"
        return ItemPage(self._call(operation, conversation_id=conversation_id, query=query, body=body))

    def retrieve(self, item_id: str, *, conversation_id: str, include: Sequence[str] | Omit = OMIT) -> Item:
        """One item of a conversation."""
        operation, query = "conversations.items.retrieve", {"include": include}
        return Item(self._call(operation, conversation_id=conversation_id, item_id=item_id, query=query))

    def list(
        self,
        conversation_id: str,
        *,
        after: str | Omit = OMIT,
        include: Sequence[str] | Omit = OMIT,
        limit: int | Omit = OMIT,
        order: Literal["asc", "desc"] | Omit = OMIT,
    ) -> ItemPage:
        """A page of items: newest first and 20 of them unless told otherwise, ``after`` exclusive."""

        def page(after: str | Omit) -> ItemPage:
            query = {"after": after, "include": include, "limit": limit, "order": order}
            answer = self._call("conversations.items.list", conversation_id=conversation_id, query=query)
            return ItemPage(answer, page)

        return page(after)

    def delete(self, item_id: str, *, conversation_id: str) -> Conversation | ConversationDeleted:
        """Take an item out of a conversation; answers the conversation (see ``Behavior.deleted_item_reply``)."""
        answer = self._call("conversations.items.delete", conversation_id=conversation_id, item_id=item_id)
        return ConversationDeleted(answer) if "deleted" in answer else Conversation(answer)


class Conversations:
    """``conversations`` of the official SDK."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call
        self.items = Items(caller)

    def create(
        self, *, items: Iterable[object] | Omit | None = OMIT, metadata: Mapping[str, str] | Omit | None = OMIT
    ) -> Conversation:
        """A new conversation with up to 20 items."""
        return Conversation(self._call("conversations.create", body={"items": items, "metadata": metadata}))

    def retrieve(self, conversation_id: str) -> Conversation:
        """The conversation, without its items."""
        return Conversation(self._call("conversations.retrieve", conversation_id=conversation_id))

    def update(self, conversation_id: str, *, metadata: Mapping[str, str] | None) -> Conversation:
        """Change the metadata; keys left out stay (see ``Behavior.metadata_update``)."""
        body = {"metadata": metadata}
        return Conversation(self._call("conversations.update", conversation_id=conversation_id, body=body))

    def delete(self, conversation_id: str) -> ConversationDeleted:
        """Delete the conversation; its items stay known by id."""
        return ConversationDeleted(self._call("conversations.delete", conversation_id=conversation_id))


def _as_sent(value: object) -> object:
    """A value as it arrives at the service: through JSON, without the arguments that were not given."""
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if not _is_omitted(member)}
    try:
        return wire.parse_json(json.dumps(value, default=_plain, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"this is not JSON, and no client could send it: {error}") from None


def _is_omitted(value: object) -> bool:
    """Whether an argument was not given: our own mark, or one of the SDK's."""
    kind = type(value)
    return value is OMIT or (kind.__module__.startswith("openai") and kind.__name__ in ("Omit", "NotGiven"))


def _plain(value: object) -> object:
    """What the SDK makes of values that are not JSON yet: its models and ours, mappings, iterables of items."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return list(value)
    raise TypeError(f"{value!r} is a {type(value).__name__}")


def _pairs(query: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The query as the SDK would send it: lists by their elements, booleans in lower case, and no nulls."""
    for name, value in query.items():
        if isinstance(value, (list, tuple)):
            yield from ((f"{name}[]", _word(name, element)) for element in value if element is not None)
        elif value is not None and not _is_omitted(value):
            yield name, _word(name, value)


def _word(name: str, value: object) -> str:
    if isinstance(value, int) and abs(value) >= _TOO_LARGE:
        shown = f"a number of more than {_MOST_DIGITS} digits"
    elif isinstance(value, (str, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    else:
        shown = repr(value)
    raise UsageError(f"{name}={shown}: write a string or a number, or a list of them")


_MOST_DIGITS = 1000  # far beyond any limit, and short of what str() refuses to write
_TOO_LARGE = 10**_MOST_DIGITS
