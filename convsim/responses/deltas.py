"""The pieces of streamed texts: ``deltas=["Hel", "lo"]``, or a list of such lists for several texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.responses.events import Cut, Teller, words
from convsim.responses.output import Maker, Reply

Deltas = Sequence[str] | Sequence[Sequence[str] | None] | None


def cutter(deltas: Deltas) -> Cut:
    """Return a function that splits the texts of one turn in order: as the script says, then by words."""
    if deltas is None:
        return words
    waiting = [deltas] if _is_flat(deltas) else list(deltas)

    def cut(text: str) -> Sequence[str]:
        # An empty text has no deltas, and consumes none.
        given = waiting.pop(0) if text and waiting else None
        return words(text) if given is None else [piece for piece in given if isinstance(piece, str)]

    return cut


def require_deltas(owner: str, deltas: Deltas, replies: Sequence[Reply]) -> None:
    """Raise ``UsageError`` unless the pieces make up the texts that the replies stream."""
    if deltas is None:
        return
    if not isinstance(deltas, Sequence) or isinstance(deltas, str):
        raise UsageError(f"{owner}(deltas={shown(deltas)}): write a list of strings, deltas=['Hel', 'lo']")
    texts = streamed(replies)
    if _is_flat(deltas):
        if len(texts) != 1:
            raise UsageError(f"{owner}(deltas=...): the turn streams {len(texts)} texts; write a list for each of them")
        given: Sequence[Sequence[str] | None] = [deltas]
    else:
        given = [piece for piece in deltas if not isinstance(piece, str)]
        if len(given) != len(deltas) or len(given) > len(texts):
            raise UsageError(
                f"{owner}(deltas={shown(deltas)}): write a list of strings, or for each of the {len(texts)} texts that"
                " the turn streams such a list or None"
            )
    for pieces, text in zip(given, texts, strict=False):
        if pieces is None:
            continue
        if not isinstance(pieces, Sequence) or not _is_flat(pieces) or "".join(pieces) != text:
            raise UsageError(f"{owner}(deltas={shown(pieces)}): joined, they are not {shown(text)}")


def streamed(replies: Sequence[Reply]) -> list[str]:
    """Return the texts of these replies that a stream sends in deltas, in order."""
    texts: list[str] = []

    def note(text: str) -> Sequence[str]:
        texts.extend([text] if text else [])
        return ()

    teller = Teller("", note)
    maker = Maker(lambda prefix: f"{prefix}_0", lambda _: "", include=(), phases=False, show_phase=True)
    for said in maker.say(replies, cut_off=False):
        for _ in teller.item(said.document, 0):
            pass
    return texts


def _is_flat(deltas: Sequence[object]) -> TypeGuard[Sequence[str]]:
    return not isinstance(deltas, str) and all(isinstance(piece, str) for piece in deltas)
