"""Reading and writing files: written whole or not at all, and read as JSON that can be written again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from errno import EISDIR
from os import PathLike, strerror
from pathlib import Path
from stat import S_IMODE
from typing import Any, BinaryIO

from convsim.core.text import cut
from convsim.errors import UsageError
from convsim.errors.misuse import PATH, require


def require_writable(option: str, path: str | PathLike[str]) -> None:
    """Raise ``UsageError`` in the name of an option if :func:`write` could not write its file now.

    For commands that write it only at their end. The file itself is not touched.
    """
    target = Path(path).resolve()
    try:
        if target.is_dir():
            raise IsADirectoryError(EISDIR, strerror(EISDIR))
        if target.is_file() or not target.exists():  # a pipe could only be tried by connecting to its reader
            beside = _beside(target)
            beside.open("xb").close()
            beside.unlink()
    except OSError as error:
        raise UsageError(f"{option} {path} cannot be written: {error.strerror}") from None


def write(path: str | PathLike[str], content: bytes, *, through_links: bool = True) -> None:
    """Write the file whole, or leave the existing one unchanged; its permissions are kept.

    A symbolic link is followed, unless ``through_links`` is False: then the file replaces the link.
    """
    require("path", path, PATH)
    target = Path(path)
    if not through_links and target.is_symlink():
        _replace(target, content, None)
        return
    if target.exists() and not target.is_file():
        # A device or a pipe is written to and must not be replaced; a folder refuses.
        target.write_bytes(content)
        return
    target = target.resolve()
    _replace(target, content, S_IMODE(target.stat().st_mode) if target.exists() else None)


def _beside(target: Path) -> Path:
    # Threads and processes may write one file at once, so each writes to a temporary name of its own.
    return target.with_name(f".convsim-{os.urandom(8).hex()}")


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    beside = _beside(target)
    try:
        with _opened(beside, target) as file:
            if mode is not None:
                beside.chmod(mode)
            file.write(content)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _opened(beside: Path, target: Path) -> BinaryIO:
    """Open the temporary file; an error names the file that the user knows."""
    try:
        return beside.open("xb")
    except OSError as error:
        error.filename = str(target)
        raise


def shown_path(path: str | PathLike[str]) -> str:
    """Return the path as messages show it: some tests give the content of a file in its place."""
    return cut(str(path), _LONGEST)


_LONGEST = 300


def read_document(path: str | PathLike[str], kind: str, *, cure: str = "") -> Any:
    """Return the JSON in a file; raise ``UsageError`` that names the file if it is not one of this ``kind``.

    ``cure`` says how a missing file is made.
    """
    try:
        return read_json(path)
    except FileNotFoundError:
        raise UsageError(f"{shown_path(path)}: there is no such file{cure}") from None
    except OSError as error:
        raise UsageError(f"{shown_path(path)} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{shown_path(path)} is not {kind}: it is not JSON ({error})") from None


_MOST_LEVELS = 300


def read_json(path: str | PathLike[str]) -> Any:
    """Return the JSON in a file; raise ``OSError``, and ``ValueError`` or ``RecursionError`` for anything but JSON.

    A number that JSON has not (``NaN``, ``Infinity``, ``1e999``) raises ``ValueError``, and so does JSON of more than
    300 levels: a request has at most 200, and recursive functions fail on deeper values.
    """
    # Not pydantic's parser: a file nests an item deeper than the request that brought it.
    value = json.loads(Path(path).read_bytes())
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        # Python's parser accepts a lone surrogate, but no text can be written with it.
        raise ValueError("a string in it holds half a character, a lone surrogate") from None
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [member for one in level if isinstance(one, (dict, list)) for member in _members(one)]
    if level:
        raise ValueError(f"it has more than {_MOST_LEVELS} levels")
    return value


def _members(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
