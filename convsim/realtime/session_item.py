"""Items as the session keeps them, and their forms in acknowledgements, after retrieve and after truncate."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from convsim.realtime import errors
from convsim.realtime.audio import Audio, decoded
from convsim.realtime.configuration import Configuration
from convsim.realtime.content import InputAudio
from convsim.realtime.fields import Dialect
from convsim.realtime.items import ItemInput, first_members
from convsim.realtime.outbox import json_text

_SPOKEN = ("output_audio", "audio")


class SessionItem:
    """One item: its ``json`` as acknowledgements show it, and the ``audio`` of its parts by their index.

    An item in progress has its audio already, but no parts. The conversation sets ``before`` and ``behind``, its
    neighbours, and ``twin``, the earlier item with the same id.
    """

    __slots__ = ("_truncated", "audio", "before", "behind", "call_id", "id", "json", "role", "twin")

    def __init__(self, document: dict[str, Any], audio: dict[int, Audio] | None = None) -> None:
        self.id: str = document["id"]
        self.json: str = json_text(document)
        self.role: str | None = document.get("role")
        self.call_id: str | None = document["call_id"] if document["type"] == "function_call" else None
        """The id of the call that it makes."""
        self.audio: dict[int, Audio] | None = audio
        self.before: SessionItem | None = None
        self.behind: SessionItem | None = None
        self.twin: SessionItem | None = None
        self._truncated = False

    @property
    def document(self) -> dict[str, Any]:
        """The item as parsed JSON, a copy that the caller may change."""
        document: dict[str, Any] = from_json(self.json)
        return document

    def begun(self) -> dict[str, Any]:
        """Return the document as it began: an item of the model is empty and in progress, any other unchanged."""
        if self.role == "assistant":
            return self.document | {"status": "in_progress", "content": []}
        if self.call_id is not None:
            return self.document | {"status": "in_progress", "arguments": ""}
        return self.document

    def retrieved(self) -> dict[str, Any]:
        """Return the item with ``object`` and its audio, which only retrieve shows.

        The assistant's audio has the beta's name in both dialects (documented, in an example that looks like a
        capture).
        """
        document = self.document
        for index, audio in (self.audio or {}).items():
            if index >= len(document["content"]):
                continue  # the part is still in progress
            part = document["content"][index]
            document["content"][index] = {
                "type": "audio" if part["type"] in _SPOKEN else part["type"],
                "transcript": part["transcript"],
                "audio": audio.base64,
                "format": audio.format.name,
            }
        return {"id": self.id, "object": "realtime.item"} | document

    def truncate(self, index: int, milliseconds: int, dialect: Dialect) -> None:
        """Cut the assistant's audio, and drop its transcript (documented); raise the refusal.

        An index without audio counts as no audio (inferred).
        """
        if self.audio is None or self.role != "assistant" or index not in self.audio or milliseconds == 0:
            raise errors.nothing_to_truncate("unsupported_content_type" if dialect == "ga" else None)
        audio = self.audio[index]
        if audio.milliseconds < milliseconds:
            raise errors.audio_is_shorter(audio.milliseconds, milliseconds)
        self.audio[index] = audio.until(milliseconds)
        self._truncated = True
        self.end(self.document)

    def end(self, document: dict[str, Any]) -> None:
        """Replace the document; a truncated item stays without a transcript, even a later one (inferred)."""
        if self._truncated:
            document = document | {"content": [part | {"transcript": None} for part in document["content"]]}
        self.json = json_text(document)


def quoted(entry: SessionItem | None) -> str:
    """Return the id of an item, or null, as JSON: no character of an id needs an escape."""
    return f'"{entry.id}"' if entry else "null"


def spoken_by_user(item_id: str, audio: Audio, dialect: Dialect) -> SessionItem:
    """Return the item that a commit of the input buffer makes (observed live)."""
    document = first_members(item_id, "message", "completed", dialect)
    document |= {"role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    return SessionItem(document, {0: audio})


def audio_sent(item: ItemInput, configuration: Configuration) -> dict[int, Audio] | None:
    """Return the audio of a ``conversation.item.create`` by content index; raise the error for invalid audio."""
    found: dict[int, Audio] = {}
    for index, part in enumerate(getattr(item, "content", ())):
        if isinstance(part, InputAudio):
            data = decoded(f"item.content[{index}].audio", part.audio)
            found[index] = Audio(data, configuration.audio_format("input"))
    return found or None
