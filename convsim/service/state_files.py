"""A state as a file of JSON: written without secrets by default, and read with every rule of the API."""

from collections import Counter
from collections.abc import Mapping
from os import PathLike
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError, from_json, to_json

from convsim.core import files
from convsim.core.behavior import Behavior
from convsim.core.secrets import frame_without_secrets, json_without_secrets
from convsim.core.text import visible
from convsim.errors import UsageError
from convsim.errors.misuse import PATH, require
from convsim.errors.validation import translate
from convsim.items.catalogue import CATALOGUE, FOUNDRY, ItemType, read_item
from convsim.items.foundry import read_arranged
from convsim.items.id_rules import conversation_id, is_well_formed
from convsim.items.parameters import MAX_METADATA
from convsim.items.stored import StoredItem, stored
from convsim.responses.prompts import stored_prompt
from convsim.service.snapshots import VERSION, KeptProject, Snapshot
from convsim.store.store import KeptConversation

_LATEST = 2**32
_AS_STORED = Behavior(assistant_phase="keep")
_MOST_TICKS = 2**28  # seven hexadecimal digits of an id

# Far beyond any run, and still short enough for an id.
_MOST = 2**53

Count = Annotated[int, Field(ge=0, lt=_MOST)]
Seconds = Annotated[int | float, Field(ge=0, lt=_LATEST)]


def _conversation_id(value: str) -> str:
    try:
        return conversation_id(value)
    except PydanticCustomError:
        raise ValueError(f"{value!r} is no id of a conversation") from None


ConversationId = Annotated[str, AfterValidator(_conversation_id)]
Key = Annotated[str, StringConstraints(max_length=64)]
Value = Annotated[str, StringConstraints(max_length=512)]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid", defer_build=True)


class SavedConversation(_Part):
    """A conversation; ``items`` are the ids of its items in order."""

    id: ConversationId
    created_at: Annotated[int, Field(ge=0, lt=_LATEST)]
    metadata: Annotated[dict[Key, Value], Field(max_length=MAX_METADATA)]
    items: list[str]


class SavedPlace(_Part):
    """The position of the ids of one conversation."""

    name: str
    minted: Count
    now: Annotated[int | float, Field(ge=-1, lt=_LATEST)]
    second: Annotated[int, Field(ge=-1, lt=_LATEST)]
    tick: Annotated[int, Field(ge=-1, lt=_MOST_TICKS)]


class SavedIds(_Part):
    """The positions of live ids: in all conversations, and in the responses that began without one."""

    conversations: Count
    responses: Count = 0
    partitions: dict[str, SavedPlace]


def _kind_of_ids(ids: object) -> str:
    live = isinstance(ids, SavedIds) or (isinstance(ids, dict) and "partitions" in ids)
    return "live" if live else "sequential"


class SavedResponse(_Part):
    """An ended response; ``previous`` is the index of the response that it continues."""

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


class SavedPrompt(_Part):
    """A version of a stored prompt; those of one prompt stand in the order in which they were added."""

    id: str
    version: str
    settings: dict[str, Any]
    messages: list[dict[str, Any]]

    @model_validator(mode="after")
    def _could_be_added(self) -> Self:
        try:
            made = stored_prompt("prompt", self.id, self.version, self.messages, self.settings)
        except UsageError as error:
            raise ValueError(str(error)) from None
        if made.messages != self.messages:
            raise ValueError(f"{self.id!r}: its messages are not in the shape in which they would be kept")
        return self


class SavedProject(_Part):
    """The state of one project; its items are keyed by id, and include those that no conversation holds."""

    conversations: list[SavedConversation]
    deleted: list[ConversationId]
    items: dict[str, dict[str, Any]]
    ids: Annotated[
        Annotated[SavedIds, Tag("live")] | Annotated[dict[str, Count], Tag("sequential")],
        Discriminator(_kind_of_ids),
    ]
    responses: list[SavedResponse] = Field(default_factory=list)
    prompts: list[SavedPrompt] = Field(default_factory=list)

    @model_validator(mode="after")
    def _holds_together(self, info: ValidationInfo) -> Self:
        for item_id, item in self.items.items():
            _require_item(item_id, item, foundry=info.context == "foundry")
        for conversation in self.conversations:
            for item_id in conversation.items:
                if item_id not in self.items:
                    raise ValueError(f"{conversation.id!r} holds {item_id!r}, and there is no such item")
        _require_responses(self, foundry=info.context == "foundry")
        names = [conversation.id for conversation in self.conversations]
        _require_single("conversations have the id", names)
        _require_single("prompts have the id and the version", [f"{one.id} {one.version}" for one in self.prompts])
        for name in set(self.deleted).intersection(names):
            raise ValueError(f"{name!r} is a conversation, and was deleted")
        return self


def _require_responses(project: SavedProject, *, foundry: bool) -> None:
    for place, response in enumerate(project.responses):
        name = _require_document(response.document)
        for item_id in (*response.input, *response.output):
            if item_id not in project.items:
                raise ValueError(f"{name!r} has {item_id!r}, and there is no such item")
        if response.previous is not None and not 0 <= response.previous < place:
            raise ValueError(f"{name!r} continues response {response.previous}, which does not stand before it")
        if foundry:
            from convsim.service.foundry.turns import require_told

            require_told(response.document, response.events)
    known = [response.document["id"] for response in project.responses if not response.deleted]
    _require_single("responses have the id", known)


def _require_single(of: str, names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{count} {of} {name!r}")


def _require_document(document: dict[str, Any]) -> str:
    """Return the id of a response that can be answered and continued; its other members may be anything."""
    name = document.get("id")
    if not isinstance(name, str) or not is_well_formed(name):
        raise ValueError(f"{name!r} is no id of a response")
    if missing := [member for member in _ANSWERED if member not in document]:
        raise ValueError(f"{name!r} has no {missing[0]!r}")
    if document["status"] not in _ENDED:
        raise ValueError(f"{name!r} has the status {document['status']!r}; write {' or '.join(map(repr, _ENDED))}")
    try:
        to_json(document)
    except ValueError:
        raise ValueError(f"{name!r} is nested too deeply") from None
    return name


_ANSWERED = ("object", "created_at", "status", "background", "output", "user", "metadata")
_ENDED = ("completed", "incomplete", "failed", "cancelled")


def _require_item(item_id: str, item: dict[str, Any], *, foundry: bool) -> None:
    if item.get("id") != item_id:
        raise ValueError(f"the item under {item_id!r} has the id {item.get('id')!r}")
    kind = str(item.get("type"))
    row = CATALOGUE.get(kind) or (FOUNDRY.get(kind) if foundry else None)
    if row is None or not (row.prefix and row.stored):
        raise ValueError(f"{item_id!r} is of the type {item.get('type')!r}, which no conversation holds")
    if not is_well_formed(item_id):
        raise ValueError(f"{item_id!r} is no id of an item")
    try:
        # An item stored with nothing hidden could be sent, too. An empty message may have any id.
        read = _FOUNDRYS_ITEM if foundry else _ITEM
        made = read.validate_python(item | {"id": _any_id(kind, row, foundry=foundry)})
    except ValidationError as error:
        raise ValueError(f"{item_id!r}: {translate(error).message}") from None
    # Some items are stored in another shape than they were sent in, such as a text that became parts; from there on the
    # shape stays.
    kept = stored(made.document(item_id), ())
    if from_json(kept.wire) != item:
        raise ValueError(f"{item_id!r} is not in the shape in which it would be stored")


# As validators: only so are all their errors such as translate() can word.
_ITEM: TypeAdapter[Any] = TypeAdapter(Annotated[Any, PlainValidator(lambda value: read_item(value, _AS_STORED))])
_FOUNDRYS_ITEM: TypeAdapter[Any] = TypeAdapter(
    Annotated[Any, PlainValidator(lambda value: read_arranged(value, _AS_STORED))]
)


def _any_id(kind: str, row: ItemType, *, foundry: bool) -> str:
    return "fco_1" if foundry and kind == "function_call_output" else f"{row.prefix}_1"


class SavedClock(_Part):
    """The first instant of the clock, and by how much it was moved, in seconds."""

    start: Seconds
    advanced: Seconds

    @model_validator(mode="after")
    def _is_in_range(self) -> Self:
        if self.start + self.advanced >= _LATEST:
            raise ValueError("it stands where no id could carry the time")
        return self


class Document(_Part):
    """The whole file; ``secrets`` says that secrets were left out."""

    convsim: Literal[1]
    service: Literal["openai", "foundry"] = "openai"
    seed: int
    ids: Literal["live", "sequential"]
    clock: SavedClock
    requests: Count
    projects: dict[str, SavedProject]
    secrets: Literal["left out"] | None = None

    @model_validator(mode="after")
    def _ids_are_of_one_kind(self) -> Self:
        for name, project in self.projects.items():
            if isinstance(project.ids, SavedIds) != (self.ids == "live"):
                raise ValueError(f"the ids of {name!r} are not {self.ids}")
        return self


def write(snapshot: Snapshot, path: str | PathLike[str], *, keep_secrets: bool) -> None:
    """Write the file whole, or leave the existing one unchanged."""
    document = snapshot.to_dict()
    if not keep_secrets and _leave_out_secrets(document):
        document["secrets"] = "left out"
    files.write(path, to_json(document, indent=2) + b"\n")


def _leave_out_secrets(document: dict[str, Any]) -> bool:
    """Redact the secrets of items and metadata; return whether there were any."""
    found = False
    for project in document["projects"].values():
        places = [(project["items"], item_id) for item_id in project["items"]]
        places += [(conversation, "metadata") for conversation in project["conversations"]]
        places += [(prompt, "settings") for prompt in project["prompts"]]
        places += [(response, name) for response in project["responses"] for name in ("document", "events")]
        for holder, name in places:
            if name == "events":
                kept = [[event, frame_without_secrets(data)] for event, data in holder[name]]
            else:
                kept = json_without_secrets(holder[name])
            found = found or kept != holder[name]
            holder[name] = kept
    return found


def read(path: str | PathLike[str]) -> Snapshot:
    """Return the snapshot in a file; raise :class:`~convsim.errors.UsageError` for any other file."""
    require("path", path, PATH)
    shown = files.shown_path(path)
    cure = f"; write one with sim.dump({shown!r})"
    return parsed(files.read_document(path, "a state written by sim.dump()", cure=cure), shown)


def parsed(value: object, origin: str) -> Snapshot:
    """Return the snapshot in JSON from ``origin``; raise :class:`~convsim.errors.UsageError` for any other JSON."""
    _require_version(origin, value)
    try:
        service = value.get("service") if isinstance(value, dict) else None
        return _snapshot(Document.model_validate(value, context=service))
    except ValidationError as error:
        words = visible(_words(error)).removesuffix(".")  # the API's own end with a stop
        raise UsageError(f"{origin} is damaged: {words}. Nothing was changed") from None


def _snapshot(document: Document) -> Snapshot:
    projects = {name: _kept(project) for name, project in document.projects.items()}
    clock = document.clock.start, document.clock.advanced
    return Snapshot(document.seed, document.ids, clock, document.requests, projects, service=document.service)


def _conversation(saved: SavedConversation, items: Mapping[str, StoredItem]) -> KeptConversation:
    held = tuple(items[item_id] for item_id in saved.items)
    return KeptConversation(saved.id, saved.created_at, saved.metadata, held, sum(item.tokens for item in held))


def _kept(project: SavedProject) -> KeptProject:
    items = {item_id: stored(item, CATALOGUE[item["type"]].reveals) for item_id, item in project.items.items()}
    conversations = tuple(_conversation(one, items) for one in project.conversations)
    ids = project.ids.model_dump() if isinstance(project.ids, SavedIds) else project.ids
    responses = [one.model_dump() for one in project.responses]
    prompts = [one.model_dump() for one in project.prompts]
    return KeptProject(conversations, frozenset(project.deleted), items, ids, responses, prompts)


def _require_version(path: str, value: object) -> None:
    version = value.get("convsim") if isinstance(value, dict) else None
    if version is None:
        raise UsageError(f"{path} is not a state written by sim.dump(): it has no member 'convsim'")
    if version != VERSION:
        raise UsageError(f"{path} is a state of version {version!r}, and this convsim reads version {VERSION}")


def _words(error: ValidationError) -> str:
    """Return the first error, and its place."""
    found = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in found["loc"] if step not in ("live", "sequential"))
    words = "it should be an object" if found["type"] == "model_type" else found["msg"].removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
