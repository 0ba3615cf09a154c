"""The files that convsim writes and reads: written whole or not at all, and read as JSON that can be written again."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE
from typing import Any


def write(path: str | PathLike[str], content: bytes, *, through_links: bool = True) -> None:
    """Write the file, or leave the one that is there as it is; its permissions stay what they are.

    What a symbolic link leads to is written, unless ``through_links`` is False: then the file takes the link's place.
    """
    target = Path(path)
    if not through_links and target.is_symlink():
        _replace(target, content, None)
        return
    if target.exists() and not target.is_file():
        # A device or a pipe takes what is written, and must not be replaced; a folder refuses.
        target.write_bytes(content)
        return
    target = target.resolve()
    _replace(target, content, S_IMODE(target.stat().st_mode) if target.exists() else None)


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    # Threads and processes may write one file at once, each beside it under a name of its own.
    beside = target.with_name(f".convsim-{token_hex(8)}")
    try:
        with beside.open("xb") as file:
            if mode is not None:
                beside.chmod(mode)
            file.write(content)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def read_json(path: str | PathLike[str]) -> Any:
    """The JSON in a file; raises ``OSError``, and ``ValueError`` or ``RecursionError`` for what is none."""
    # Not pydantic's parser: in a file, an item stands deeper than in the request that brought it.
    value = json.loads(Path(path).read_bytes())
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Python's parser lets it in, but no text can be written with it.
        raise ValueError("a string in it holds half a character, a lone surrogate") from None
    return value
