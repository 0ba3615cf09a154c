"""Items as the session keeps them: what acknowledgements show of one, what retrieve shows, and what truncate leaves."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from convsim.realtime import errors
from convsim.realtime.audio import Audio, Format, decoded
from convsim.realtime.content import InputAudio
from convsim.realtime.fields import Dialect
from convsim.realtime.items import ItemInput, start
from convsim.realtime.outbox import json_text

_SPOKEN = ("output_audio", "audio")


class SessionItem:
    """One item: its ``document`` as acknowledgements show it, and the ``audio`` of its parts by their index.

    What the model is still saying has its audio already, and no parts.
    """

    __slots__ = ("_truncated", "audio", "document", "id", "quoted")

    def __init__(self, document: dict[str, Any], audio: dict[int, Audio] | None = None) -> None:
        self.id: str = document["id"]
        self.quoted = json_text(self.id)
        self.document = document
        self.audio = audio or {}
        self._truncated = False

    def plain(self) -> dict[str, Any]:
        """The document as parsed JSON, of which the caller may do what it likes."""
        copied: dict[str, Any] = from_json(json_text(self.document))
        return copied

    def begun(self) -> dict[str, Any]:
        """The document as it began: what the model makes is empty and in progress, the rest as it is."""
        if self.document.get("role") == "assistant":
            return self.document | {"status": "in_progress", "content": []}
        if self.document["type"] == "function_call":
            return self.document | {"status": "in_progress", "arguments": ""}
        return self.document

    def retrieved(self) -> dict[str, Any]:
        """The item with ``object`` and its audio, which only retrieve shows.

        The assistant's audio has the beta's name in both dialects (documented, by what looks like a capture).
        """
        document = self.plain()
        spoken = ((index, audio) for index, audio in self.audio.items() if index < len(document["content"]))
        for index, audio in spoken:
            part = document["content"][index]
            document["content"][index] = {
                "type": "audio" if part["type"] in _SPOKEN else part["type"],
                "transcript": part["transcript"],
                "audio": audio.base64,
                "format": audio.format.name,
            }
        return {"id": self.id, "object": "realtime.item"} | document

    def truncate(self, index: int, milliseconds: int, dialect: Dialect) -> None:
        """Cut the assistant's audio, and drop its transcript (documented); raises the refusal.

        Another index than that of the audio counts as no audio (inferred).
        """
        spoken = self.document.get("role") == "assistant" and index in self.audio
        if not spoken or milliseconds == 0:
            raise errors.nothing_to_truncate("unsupported_content_type" if dialect == "ga" else None)
        audio = self.audio[index]
        if audio.milliseconds < milliseconds:
            raise errors.audio_is_shorter(audio.milliseconds, milliseconds)
        self.audio[index] = audio.until(milliseconds)
        self._truncated = True
        self.end(self.document)

    def end(self, document: dict[str, Any]) -> None:
        """Be this from now on; where it was truncated, without the transcript, also one that came later (inferred)."""
        if self._truncated:
            document = document | {"content": [part | {"transcript": None} for part in document["content"]]}
        self.document = document


def quoted(entry: SessionItem | None) -> str:
    """The id of an entry, or null, as JSON."""
    return entry.quoted if entry else "null"


def spoken_by_user(item_id: str, audio: Audio, dialect: Dialect) -> SessionItem:
    """The item that a commit of the input buffer makes (observed live)."""
    document = start(item_id, "message", "completed", dialect)
    document |= {"role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    return SessionItem(document, {0: audio})


def audio_sent(item: ItemInput, audio_format: Format) -> dict[int, Audio]:
    """The audio in an item of a ``conversation.item.create`` by its part; raises the refusal for what is none."""
    return {
        index: Audio(decoded(f"item.content[{index}].audio", part.audio), audio_format)
        for index, part in enumerate(getattr(item, "content", ()))
        if isinstance(part, InputAudio)
    }
