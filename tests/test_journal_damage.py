"""Files that hold no journal, or a damaged one: refused in words that name the file."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from convsim import Emulator, UsageError, journal_files
from convsim.faults import BodyReset
from convsim.render.mermaid import render_mermaid
from convsim.render.page import render_page
from convsim.render.timeline import render_timeline
from tests.asking import HELLO
from tests.render.scenes import asked, eventful


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        journal_files.read(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    return said.removeprefix(str(path))


def test_a_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.json").lower()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 5000,
        b"{}",
        b'{"convsim_journal": 2, "entries": []}',
        b'{"convsim_journal": "1", "entries": []}',
        b'{"convsim_journal": 1}',
        b'{"convsim": 1, "projects": {}}',
        b'{"convsim_journal": 1, "entries": [{"kind": "frame"}]}',
    ],
)
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.json"
    path.write_bytes(content)

    assert refused(path).startswith(" is no journal that sim.dump_journal() wrote: ")


def test_a_state_is_no_journal(tmp_path: Path) -> None:
    Emulator().dump(tmp_path / "state.json")

    assert "is no journal that sim.dump_journal() wrote" in refused(tmp_path / "state.json")


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    eventful().dump_journal(path)
    path.write_bytes(path.read_bytes()[:-100])

    assert "is no journal that sim.dump_journal() wrote" in refused(path)


def documents(folder: Path) -> list[dict[str, Any]]:
    """An exchange whose answer was lost, and a direct call."""
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO])
    asked(sim, "GET", "/conversations/conv_1/items", BodyReset(after_bytes=9))
    sim.dump_journal(folder / "journal.json")
    entries: list[dict[str, Any]] = json.loads((folder / "journal.json").read_bytes())["entries"]
    return entries


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in the document, whole headers and arguments as one."""
    found = [path] if path else []
    if isinstance(value, dict) and path not in (("arguments",), ("answer",)):
        for key, member in value.items():
            found += paths(member, (*path, key))
    elif isinstance(value, list) and value:
        found += paths(value[0], (*path, 0))
    return found


with TemporaryDirectory() as made:
    DIRECT, EXCHANGE = documents(Path(made))
PLACES = [
    pytest.param(document, path, id=f"{document['kind']}-{'.'.join(map(str, path))}")
    for document in (EXCHANGE, DIRECT)
    for path in paths(document)
]


def damaged(document: dict[str, Any], path: tuple[Any, ...], tmp_path: Path, *value: Any) -> Path:
    """A file with the entry, without what stands at the path or with another value."""
    whole = json.loads(json.dumps(document))
    inside = whole
    for step in path[:-1]:
        inside = inside[step]
    if value:
        inside[path[-1]] = value[0]
    else:
        del inside[path[-1]]
    file = tmp_path / "journal.json"
    file.write_text(json.dumps({"convsim_journal": 1, "entries": [whole]}), encoding="utf-8")
    return file


def reads_or_is_refused(file: Path) -> None:
    """What can be read can be shown; all else is refused in words that name the file."""
    try:
        entries = journal_files.read(file)
    except UsageError as refusal:
        said = str(refusal)
    else:
        said = ""
        render_page("t", (), entries)
        render_timeline(entries)
        render_mermaid(entries)
    assert said == "" or said.startswith(f"{file} is no journal that sim.dump_journal() wrote: ")


@pytest.mark.parametrize(("document", "path"), PLACES)
def test_a_wrong_value_anywhere_is_refused_or_shows(
    tmp_path: Path, document: dict[str, Any], path: tuple[Any, ...]
) -> None:
    values: list[Any] = [None, 5, "x", [], {}, [5], True]
    for value in values:
        reads_or_is_refused(damaged(document, path, tmp_path, value))


@pytest.mark.parametrize(("document", "path"), PLACES)
def test_a_missing_member_anywhere_is_refused_or_shows(
    tmp_path: Path, document: dict[str, Any], path: tuple[Any, ...]
) -> None:
    reads_or_is_refused(damaged(document, path, tmp_path))


@pytest.mark.parametrize("entries", [None, 5, {}, {"a": 1}, [None], ["x"], [[]]], ids=repr)
def test_entries_of_another_kind(tmp_path: Path, entries: Any) -> None:
    file = tmp_path / "journal.json"
    file.write_text(json.dumps({"convsim_journal": 1, "entries": entries}), encoding="utf-8")

    assert "is no journal that sim.dump_journal() wrote" in refused(file)
