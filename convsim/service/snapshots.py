"""A state as JSON: what projects hold, and how far ids and clock have come, so that what follows is the same again."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError, from_json, to_json

from convsim.core import files
from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.ids import RequestIds
from convsim.errors import UsageError
from convsim.errors.validation import translate
from convsim.items.catalogue import CATALOGUE, read_item
from convsim.items.id_rules import conversation_id, is_well_formed
from convsim.items.parameters import MAX_METADATA
from convsim.items.stored import store, stored
from convsim.operations.project import Project
from convsim.responses import saved
from convsim.store.store import Conversation, Store

VERSION = 1
_LATEST = 2**32
_MOST_TICKS = 2**28  # seven hexadecimal digits of an id
_FROM_FILE = object()
_AS_STORED = Behavior(assistant_phase="keep")

# Far beyond any run, and an id that carries it is still one.
_MOST = 2**53

Count = Annotated[int, Field(ge=0, lt=_MOST)]
Seconds = Annotated[int | float, Field(ge=0, lt=_LATEST, allow_inf_nan=False)]


def _conversation_id(value: str) -> str:
    try:
        return conversation_id(value)
    except PydanticCustomError:
        raise ValueError(f"{value!r} is no id of a conversation") from None


ConversationId = Annotated[str, AfterValidator(_conversation_id)]
Key = Annotated[str, StringConstraints(max_length=64)]
Value = Annotated[str, StringConstraints(max_length=512)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)


class SavedConversation(_Part):
    """A conversation; ``items`` are the ids of its items in order."""

    id: ConversationId
    created_at: Annotated[int, Field(ge=0, lt=_LATEST)]
    metadata: Annotated[dict[Key, Value], Field(max_length=MAX_METADATA)]
    items: list[str]


class SavedPlace(_Part):
    """How far the ids of one conversation have come."""

    name: str
    minted: Count
    now: Annotated[int | float, Field(ge=-1, lt=_LATEST, allow_inf_nan=False)]
    second: Annotated[int, Field(ge=-1, lt=_LATEST)]
    tick: Annotated[int, Field(ge=-1, lt=_MOST_TICKS)]


class SavedIds(_Part):
    """How far live ids have come: in all conversations, and in the responses that began without one."""

    conversations: Count
    responses: Count = 0
    partitions: dict[str, SavedPlace]


def _kind_of_ids(ids: object) -> str:
    live = isinstance(ids, SavedIds) or (isinstance(ids, dict) and "partitions" in ids)
    return "live" if live else "sequential"


class SavedResponse(_Part):
    """An ended response; ``previous`` is the place in the list of the one that it continues."""

    document: dict[str, Any]
    input: list[str]
    output: list[str]
    anchor: str
    tokens: Count
    previous: int | None
    conversation: str | None
    behind: str | None
    events: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    deleted: bool


class SavedProject(_Part):
    """All that one project knows: its items stand under their ids, also those that no conversation holds."""

    conversations: list[SavedConversation]
    deleted: list[ConversationId]
    items: dict[str, dict[str, Any]]
    ids: Annotated[
        Annotated[SavedIds, Tag("live")] | Annotated[dict[str, Count], Tag("sequential")],
        Discriminator(_kind_of_ids),
    ]
    responses: list[SavedResponse] = Field(default_factory=list)

    @model_validator(mode="after")
    def _holds_together(self, info: ValidationInfo[object]) -> Self:
        if info.context is _FROM_FILE:
            # What the store holds was read before.
            for item_id, item in self.items.items():
                _require_item(item_id, item)
        for conversation in self.conversations:
            for item_id in conversation.items:
                if item_id not in self.items:
                    raise ValueError(f"{conversation.id!r} holds {item_id!r}, and there is no such item")
        _require_responses(self)
        counted = Counter(conversation.id for conversation in self.conversations)
        for name, count in counted.items():
            if count > 1:
                raise ValueError(f"{count} conversations have the id {name!r}")
        for name in self.deleted:
            if name in counted:
                raise ValueError(f"{name!r} is a conversation, and was deleted")
        return self


def _require_responses(project: SavedProject) -> None:
    for place, response in enumerate(project.responses):
        name = str(response.document.get("id"))
        for item_id in (*response.input, *response.output):
            if item_id not in project.items:
                raise ValueError(f"{name!r} has {item_id!r}, and there is no such item")
        if response.previous is not None and not 0 <= response.previous < place:
            raise ValueError(f"{name!r} continues response {response.previous}, which does not stand before it")


def _require_item(item_id: str, item: dict[str, Any]) -> None:
    if item.get("id") != item_id:
        raise ValueError(f"the item under {item_id!r} has the id {item.get('id')!r}")
    row = CATALOGUE.get(str(item.get("type")))
    if row is None or not (row.prefix and row.stored):
        raise ValueError(f"{item_id!r} is of the type {item.get('type')!r}, which no conversation holds")
    if not is_well_formed(item_id):
        raise ValueError(f"{item_id!r} is no id of an item")
    try:
        # What is stored with nothing hidden could be sent, too. An empty message may stand under any id.
        made = read_item(item | {"id": f"{row.prefix}_1"}, _AS_STORED)
    except ValidationError as error:
        raise ValueError(f"{item_id!r}: {translate(error).message}") from None
    # Some of what could be sent is stored in another shape, as a text that becomes parts: from there it is the same.
    kept = store(made, item_id, ())
    if from_json(kept.wire) != item:
        raise ValueError(f"{item_id!r} is not in the shape in which it would be stored")


class SavedClock(_Part):
    """Where the clock stood first, and how far it was moved, in seconds."""

    start: Seconds
    advanced: Seconds

    @model_validator(mode="after")
    def _is_in_range(self) -> Self:
        if self.start + self.advanced >= _LATEST:
            raise ValueError("it stands where no id could carry the time")
        return self


class Document(_Part):
    """The whole of it."""

    convsim: Literal[1]
    seed: int
    ids: Literal["live", "sequential"]
    clock: SavedClock
    requests: Count
    projects: dict[str, SavedProject]

    @model_validator(mode="after")
    def _ids_are_of_one_kind(self) -> Self:
        for name, project in self.projects.items():
            if isinstance(project.ids, SavedIds) != (self.ids == "live"):
                raise ValueError(f"the ids of {name!r} are not {self.ids}")
        return self


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state at one moment; :meth:`to_dict` is what ``dump`` writes."""

    document: Document

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON, in a dict of its own."""
        return self.document.model_dump()

    def __repr__(self) -> str:
        held = sum(len(project.conversations) for project in self.document.projects.values())
        return f"Snapshot({held} conversations)"


def taken(
    *,
    seed: int,
    ids: Literal["live", "sequential"],
    clock: Clock,
    request_ids: RequestIds,
    projects: Mapping[str, Project],
) -> Snapshot:
    """The state of these parts."""
    start, advanced = clock.position()
    document = Document(
        convsim=1,
        seed=seed,
        ids=ids,
        clock=SavedClock(start=start, advanced=advanced),
        requests=request_ids.position(),
        projects={name: _project_state(project) for name, project in projects.items()},
    )
    return Snapshot(document)


def _project_state(project: Project) -> SavedProject:
    store = project.store
    conversations = [
        SavedConversation(
            id=conversation.id,
            created_at=conversation.created_at,
            metadata=dict(conversation.metadata),
            items=[item.id for item in conversation.items()],
        )
        for conversation in store.conversations.values()
    ]
    return SavedProject(
        conversations=conversations,
        deleted=sorted(store.deleted),
        items={item.id: from_json(item.full or item.wire) for item in store.items.values()},
        ids=project.ids.position(),
        responses=[SavedResponse(**one) for one in saved.saved(project.responses)],
    )


def restore(snapshot: Snapshot, project: Callable[[str], Project]) -> None:
    """Fill the projects of a snapshot; ``project`` makes an empty one of a name."""
    for name, state in snapshot.document.projects.items():
        made = project(name)
        made.ids.move_to(state.ids.model_dump() if isinstance(state.ids, SavedIds) else state.ids)
        for item_id, item in state.items.items():
            made.store.items[item_id] = stored(item, CATALOGUE[item["type"]].reveals)
        # Before the conversations are filled: it says which items are taken only together.
        saved.restore(made.responses, [one.model_dump() for one in state.responses])
        _fill(made.store, state)


def _fill(store: Store, state: SavedProject) -> None:
    for conversation in state.conversations:
        made = Conversation(conversation.id, conversation.created_at, dict(conversation.metadata))
        store.add_conversation(made)
        for item_id in conversation.items:
            store.add(made, store.items[item_id])
    store.deleted.update(state.deleted)


def write(snapshot: Snapshot, path: str | PathLike[str]) -> None:
    """Write the file, or leave the one that is there as it is."""
    files.write(path, to_json(snapshot.to_dict(), indent=2) + b"\n")


def read(path: str | PathLike[str]) -> Snapshot:
    """The snapshot in a file; raises :class:`~convsim.errors.UsageError` for what is none."""
    try:
        return parsed(files.read_json(path), path)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; write one with sim.dump({str(path)!r})") from None
    except UsageError:
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no state that sim.dump() wrote: it is not JSON ({error})") from None


def parsed(value: object, origin: str | PathLike[str]) -> Snapshot:
    """The snapshot in JSON that came from ``origin``; raises :class:`~convsim.errors.UsageError` for what is none."""
    _require_version(origin, value)
    try:
        return Snapshot(Document.model_validate(value, context=_FROM_FILE))
    except ValidationError as error:
        raise UsageError(f"{origin} is damaged: {_words(error)}. Nothing was changed") from None


def _require_version(path: str | PathLike[str], value: object) -> None:
    version = value.get("convsim") if isinstance(value, dict) else None
    if version is None:
        raise UsageError(f"{path} is no state that sim.dump() wrote: it has no member 'convsim'")
    if version != VERSION:
        raise UsageError(f"{path} is a state of version {version!r}, and this convsim reads version {VERSION}")


def _words(error: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    found = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in found["loc"] if step not in ("live", "sequential"))
    words = "it should be an object" if found["type"] == "model_type" else found["msg"].removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
