"""From replies to output items: checked by the catalogue when the test gives them, minted when their turn begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from convsim.core.behavior import Behavior
from convsim.core.ids import letters
from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.errors.validation import translate
from convsim.items.catalogue import CATALOGUE, FOUNDRY, REFERENCE, ItemInput, ItemType
from convsim.items.fields import Item
from convsim.items.foundry import read_item as read_foundry
from convsim.items.stored import StoredItem, in_page, stored, view
from convsim.responses.echo import by_alphabet
from convsim.responses.texts import ID, TEXT, Blank
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text, as_json

Json = dict[str, Any]

Spoken = Text | Refusal | Reasoning | Call | Json
Reply = Spoken | Failure
"""A stored reply: a string has become a text, an item a dict of its own."""

_ITEM: TypeAdapter[Item] = TypeAdapter(ItemInput)

# Output items read no Behavior field.
_NO_CHOICES = Behavior()

# Types of the catalogue that no model outputs.
_NEVER_SAID = (REFERENCE, "compaction_trigger", "configuration_update")

# Members that the catalogue changes in items of clients, but not in those of the model.
_KEPT = {"message": ("status", "phase"), "shell_call": ("environment",)}

# Sources of a search that models name and clients may not send.
_OTHER_SOURCES = ("api",)

_NO_ITEM = " A mapping is an output item with a type; write JSON as a string, or as a pydantic object."

# Types of text, as opposed to actions.
_SPOKEN = ("message", "reasoning")


def replies(owner: str, given: object) -> tuple[Reply, ...]:
    """Return the checked replies of a script; ``given`` is one reply or a sequence of them, ``owner`` names the script.

    Raises ``UsageError`` for a value that is no reply, for an item that the catalogue refuses, and for a failure that
    is not the last.
    """
    several = given if isinstance(given, (list, tuple)) else (given,)
    made = tuple(_reply(owner, one) for one in several)
    for reply in made[:-1]:
        if isinstance(reply, Failure):
            raise UsageError(f"{owner}: nothing follows Failure({reply.code!r}, ...): give it as the last reply")
    return made


def _reply(owner: str, given: object) -> Reply:
    if isinstance(given, str):
        return Text(given)
    if isinstance(given, (Text, Call)):
        # The catalogue's objection counts here, too.
        _item(owner, _unnamed(given))
        return given
    if isinstance(given, (Refusal, Reasoning, Failure)):
        return given
    if isinstance(given, BaseModel):
        return Text(given.model_dump_json())
    if isinstance(given, Mapping):
        return _item(owner, given)
    if isinstance(given, Speech):
        raise UsageError(f"{owner}({shown(given)}): Speech is for Realtime; write Text(...) here")
    if isinstance(given, (list, tuple)):
        raise UsageError(
            f"{owner}({shown(given)}): write each reply of a turn as an argument of its own, and {owner}(...) for each"
            " turn"
        )
    raise UsageError(
        f"{owner}({shown(given)}): write a string, Text(...), Refusal(...), Reasoning(...), Call(...), Failure(...),"
        " an output item as a mapping, or one function that takes the turn"
    )


def _item(owner: str, given: Mapping[str, Any]) -> Json:
    """Return an output item, with an empty id and call id if the test gave none."""
    item: Json = as_json(f"{owner}(item", dict(given))
    kind = item.setdefault("type", "message")
    if kind == "message":
        item.setdefault("role", "assistant")
    if kind in _NEVER_SAID or item.get("role", "assistant") != "assistant":
        raise UsageError(f"{owner}({shown(given)}): no model outputs this item")
    row = (CATALOGUE.get(kind) or FOUNDRY.get(kind)) if isinstance(kind, str) else None
    missing = {}
    if row is not None and row.prefix:
        missing = {"id": f"{row.prefix}_0"} | ({"call_id": "0"} if _calls(row) else {})
        missing = {name: value for name, value in missing.items() if name not in item}
    try:
        if isinstance(kind, str) and kind in FOUNDRY:
            read = read_foundry(item | missing, _NO_CHOICES)
        else:
            read = _ITEM.validate_python(_as_sent(item) | missing, context=_NO_CHOICES)
    except ValidationError as error:
        advice = "" if given.keys() & {"type", "content"} else _NO_ITEM
        raise UsageError(f"{owner}({shown(given)}): {translate(error).message}{advice}") from None
    document: Json = from_json(to_json(read.document(read.id)))
    document |= {name: item[name] for name in _KEPT.get(kind, ()) if name in item}
    document |= dict.fromkeys(missing, "")
    if kind == "web_search_call" and "sources" in document["action"]:
        document["action"]["sources"] = item["action"]["sources"]
    if kind == "message":
        return {name: document[name] for name in _MESSAGE if name in document}
    if kind == "reasoning":
        # A member of all of them since 2026-06 (recorded).
        return by_alphabet({"content": []} | document, first=("id", "type"))
    return document


def _as_sent(item: Json) -> Json:
    """Return the item without members that a client cannot send."""
    action = item.get("action")
    if item["type"] != "web_search_call" or not isinstance(action, dict) or not isinstance(action.get("sources"), list):
        return item
    sources = [one for one in action["sources"] if not (isinstance(one, dict) and one.get("type") in _OTHER_SOURCES)]
    return item | {"action": action | {"sources": sources}}


def _calls(row: ItemType) -> bool:
    """Return whether items of this type need a call id, which a test may omit."""
    field = row.models[0].model_fields.get("call_id")
    return field is not None and field.is_required() and not row.name.endswith("_output")


def require_known(given: Sequence[Reply]) -> None:
    """Raise ``UsageError`` for an item that no model of OpenAI outputs."""
    for reply in given:
        if isinstance(reply, dict) and reply["type"] in FOUNDRY:
            raise UsageError(
                f"sim.responses.script({shown(reply)}): only Azure AI Foundry has items of type {reply['type']!r};"
                " write Emulator(service='foundry')"
            )


_OPAQUE = 64
"""The length of the placeholder for content that only the service can read."""

_MESSAGE = ("id", "type", "status", "content", "phase", "role")


def _part(text: Text) -> Json:
    return {
        "type": "output_text",
        "annotations": list(text.annotations),
        "logprobs": list(text.logprobs),
        "text": text.text,
    }


def _call(call: Call, item_id: str, call_id: str) -> Json:
    return {
        "id": item_id,
        "type": "function_call",
        "status": "completed",
        "arguments": call.arguments,
        "call_id": call_id,
        "name": call.name,
    }


def _unnamed(reply: Text | Call) -> Json:
    """Return the item that it will be, under placeholder ids."""
    if isinstance(reply, Text):
        return {"content": [_part(reply)]}
    return _call(reply, "fc_0", reply.call_id if reply.call_id is not None else "0")


class Said:
    """An output item of one turn: the ``item`` that the conversation stores, and its JSON as a body shows it."""

    __slots__ = ("_document", "item", "shown")

    def __init__(self, item: StoredItem, shown: bytes, document: Json | None = None) -> None:
        self.item: StoredItem = item
        self.shown: bytes = shown
        self._document = document

    @property
    def document(self) -> Json:
        """The item as the response shows it."""
        if self._document is None:
            self._document = from_json(self.shown)
        return self._document

    def kept_as(self, item: StoredItem) -> Said:
        """Return the same item as shown, and another one to store."""
        return Said(item, self.shown, self._document)


def _message(part: Json, item_id: str, phase: str | None, status: str = "completed") -> Json:
    shown = {"phase": phase} if phase else {}
    return {"id": item_id, "type": "message", "status": status, "content": [part], **shown, "role": "assistant"}


@cache
def _blank(phase: str | None, status: str) -> Blank:
    """Return the message of a text without annotations and probabilities."""
    return Blank(_message(_part(Text(TEXT)), ID, phase, status))


class Maker:
    """Makes the output items of one turn.

    ``mint`` returns an id for a prefix, ``mint_call`` a call id for the id of a call; with ``phases`` messages have a
    phase, and ``show_phase`` says whether the conversation's items show it. ``include`` is that of the request.
    """

    def __init__(
        self,
        mint: Callable[[str], str],
        mint_call: Callable[[str], str],
        *,
        include: Collection[str],
        phases: bool,
        show_phase: bool,
    ) -> None:
        self._mint = mint
        self._mint_call = mint_call
        self._include = include
        self._phases = phases
        self._show_phase = show_phase

    def say(self, given: Sequence[Reply], *, cut_off: bool) -> list[Said]:
        """Return the items in order; with ``cut_off`` the last one is incomplete."""
        said: list[Said] = []
        for number, reply in enumerate(given, 1):
            if isinstance(reply, Failure):
                break  # nothing follows it
            status = "incomplete" if cut_off and number == len(given) else "completed"
            later = given[number:]
            if isinstance(reply, Text) and not reply.annotations and not reply.logprobs:
                item_id, phase = self._mint("msg"), reply.phase or self._phase(later)
                item = shown = _blank(phase, status).filled(item_id, reply.text)
                if phase is not None and not self._show_phase:
                    item = _blank(None, status).filled(item_id, reply.text)
                said.append(Said(item, shown.wire))
                continue
            document = self._document(reply, later)
            if "status" in document and status == "incomplete":
                document["status"] = status
            said.append(self._said(document))
        return said

    def compaction(self) -> Said:
        """Return the compaction that the service adds when a context has grown too long."""
        item_id = self._mint("cmp")
        encrypted = letters(f"{item_id} encrypted_content", _OPAQUE)
        return self._said({"id": item_id, "type": "compaction", "encrypted_content": encrypted})

    def _document(self, reply: Spoken, later: Sequence[Reply]) -> Json:
        match reply:
            case Text():
                return _message(_part(reply), self._mint("msg"), reply.phase or self._phase(later))
            case Refusal():
                part = {"type": "refusal", "refusal": reply.refusal}
                return _message(part, self._mint("msg"), self._phase(later))
            case Reasoning():
                return self._reasoning(reply)
            case Call():
                item_id = self._mint("fc")
                call_id = reply.call_id if reply.call_id is not None else self._mint_call(item_id)
                return _call(reply, item_id, call_id)
            case _:
                return self._given(reply)

    def _phase(self, later: Sequence[Reply]) -> str | None:
        """Return the phase: a message before a call is commentary (recorded for calls of functions)."""
        if not self._phases:
            return None
        for reply in later:
            if isinstance(reply, Call) or (isinstance(reply, dict) and reply["type"] not in _SPOKEN):
                return "commentary"
        return "final_answer"

    def _reasoning(self, reply: Reasoning) -> Json:
        item_id = self._mint("rs")
        encrypted = reply.encrypted_content
        if encrypted is None and "reasoning.encrypted_content" in self._include:
            encrypted = letters(f"{item_id} encrypted_content", _OPAQUE)
        return (
            {"id": item_id, "type": "reasoning", "content": []}
            | ({"encrypted_content": encrypted} if encrypted is not None else {})
            | {"summary": [{"type": "summary_text", "text": text} for text in reply.summary]}
        )

    def _given(self, item: Json) -> Json:
        """Return the item, with minted ids if the test gave none."""
        item = dict(item)
        item["id"] = item["id"] or self._mint(CATALOGUE[item["type"]].prefix)
        if item.get("call_id") == "":
            item["call_id"] = self._mint_call(item["id"])
        return item

    def _said(self, document: Json) -> Said:
        """Return both forms: with the members that the request includes, and with all of them for the conversation."""
        reveals = CATALOGUE[document["type"]].reveals
        phase = {name: document[name] for name in ("phase",) if name in document}
        hides = phase and not self._show_phase
        kept = {name: value for name, value in document.items() if name != "phase"} if hides else document
        item = stored(kept, reveals)
        if item.full is not None:
            visible = phase | from_json(view(item, self._include, reveals))
            document = {name: visible[name] for name in document if name in visible}
        elif kept is document:
            return Said(item, item.wire, document)
        return Said(item, in_page(document), document)
