"""The entries of a journal as JSON in a file."""

from __future__ import annotations

from base64 import b64encode
from os import PathLike
from typing import Any

from pydantic_core import to_json

from convsim.core import files
from convsim.http.messages import Outcome, Request, Response, TransportFault
from convsim.journal.entries import Entry, Exchange, Frame
from convsim.journal.journal import Journal

VERSION = 1


def write(journal: Journal, path: str | PathLike[str]) -> None:
    """Write the entries, oldest first; the file is whole or as it was before."""
    content = {"convsim_journal": VERSION, "entries": [document(entry) for entry in journal]}
    files.write(path, to_json(content, indent=2) + b"\n")


def document(entry: Entry) -> dict[str, Any]:
    """The entry as JSON."""
    saved: dict[str, Any] = {
        "kind": entry.kind,
        "number": entry.number,
        "at": entry.at,
        "project": entry.project,
    }
    if isinstance(entry, Frame):
        return saved | {
            "session": entry.session,
            "sender": entry.sender,
            "text": _text(entry),
            "faults": [repr(fault) for fault in entry.faults],
            "arrived": entry.arrived,
        }
    saved |= {"operation": entry.operation, "touched": list(entry.items)}
    if isinstance(entry, Exchange):
        return saved | {
            "faults": [repr(fault) for fault in entry.faults],
            "request": _plain(entry.request),
            "outcome": _plain(entry.outcome),
            "lost": _plain(entry.lost),
        }
    arguments = dict(entry.ids) | ({"body": entry.body} if entry.body is not None else {})
    return saved | {"arguments": arguments, "status": entry.status, "answer": entry.answer}


def _text(frame: Frame) -> str | tuple[int, str] | dict[str, Any]:
    if frame.close is not None:
        return frame.close
    # Bytes stay bytes, also where they are a text.
    return frame.text if isinstance(frame.text, str) else _base64(frame.text or b"")


def _base64(data: bytes) -> dict[str, Any]:
    return {"base64": b64encode(data).decode()}


def _plain(told: Request | Outcome | None) -> dict[str, Any] | None:
    if told is None:
        return None
    plain = told._asdict()
    if isinstance(told, TransportFault):
        return plain | {"partial": _plain(told.partial)}
    headers = [[key.decode("latin-1"), value.decode("latin-1")] for key, value in told.headers]
    content = told.content if isinstance(told, Response) else told.body
    try:
        body: Any = content.decode()
    except UnicodeDecodeError:
        body = _base64(content)
    timeout = {"timeout": dict(told.timeout) if told.timeout is not None else None} if isinstance(told, Request) else {}
    return plain | {"headers": headers, "body": body} | timeout
