"""Files that hold no journal, or a damaged one: refused in words that name the file."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from convsim import Emulator, UsageError
from convsim.faults import BodyReset
from convsim.journal import file as journal_files
from convsim.report.mermaid import render_mermaid
from convsim.report.page import render_page
from convsim.report.timeline import render_timeline
from tests.asking import HELLO
from tests.report.scenes import asked, eventful


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

    assert refused(path).startswith(" is not a journal written by sim.dump_journal(): ")


@pytest.mark.parametrize("content", ["[]", "null"])
def test_what_is_no_object_is_refused_as_a_whole(tmp_path: Path, content: str) -> None:
    path = tmp_path / "journal.json"
    path.write_text(content)

    assert refused(path) == (
        " is not a journal written by sim.dump_journal(): the whole: Input should be a valid dictionary"
    )


def test_names_of_files_and_members_steer_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mjournal.json"
    path.write_text('{"convsim_journal": 1, "entries": [], "\\u001b[31mred": 1}')
    with pytest.raises(UsageError) as caught:
        journal_files.read(path)
    assert str(caught.value).startswith(f"{tmp_path}/\\x1b[31mjournal.json is not a journal")
    assert ": \\x1b[31mred: " in str(caught.value)
    with pytest.raises(UsageError, match=r"\\x1b\[31mnone: there is no such file"):
        journal_files.read(tmp_path / "\x1b[31mnone")


def test_a_state_is_no_journal(tmp_path: Path) -> None:
    Emulator().dump(tmp_path / "state.json")

    assert "is not a journal written by sim.dump_journal()" in refused(tmp_path / "state.json")


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    eventful().dump_journal(path)
    path.write_bytes(path.read_bytes()[:-100])

    assert "is not a journal written by sim.dump_journal()" in refused(path)


def documents(folder: Path) -> list[dict[str, Any]]:
    """An exchange whose answer was lost, a direct call, and frames: a text, bytes and a close."""
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO])
    asked(sim, "GET", "/conversations/conv_1/items", BodyReset(after_bytes=9))
    frames: list[str | bytes | tuple[int, str]] = ['{"type": "error", "error": {}}', b"x", (1001, "Over.")]
    for text in frames:
        sim.journal.frame(0, None, "sess_1", "server", text, [BodyReset()])
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
    DIRECT, EXCHANGE, TEXT, BYTES, CLOSE = documents(Path(made))
PLACES = [
    pytest.param(document, path, id=f"{document['kind']}-{document['number']}-{'.'.join(map(str, path))}")
    for document in (EXCHANGE, DIRECT, TEXT, BYTES, CLOSE)
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
    """Check that a file can be read and shown, or is refused by name."""
    try:
        entries = journal_files.read(file)
    except UsageError as refusal:
        said = str(refusal)
    else:
        said = ""
        assert render_page("t", (), entries).encode()
        journal_files.write(entries, file)
        render_timeline(entries)
        render_mermaid(entries)
    assert said == "" or said.startswith(f"{file} is not a journal written by sim.dump_journal(): ")


@pytest.mark.parametrize(("document", "path"), PLACES)
def test_a_wrong_value_anywhere_is_refused_or_shows(
    tmp_path: Path, document: dict[str, Any], path: tuple[Any, ...]
) -> None:
    values: list[Any] = [
        None,
        5,
        "x",
        [],
        {},
        [5],
        True,
        "",
        "€",
        "\ud800",
        ["\ud800"],
        [["€", "€"]],
        {"base64": "abc"},
    ]
    values += [-1, 1e300, float("nan"), float("inf"), 10**400, {"x": 10**400}, {"€": 1}, {"\ud800": 1}, {"x": [[5]]}]
    for value in values:
        reads_or_is_refused(damaged(document, path, tmp_path, value))


@pytest.mark.parametrize(("document", "path"), PLACES)
def test_a_missing_member_anywhere_is_refused_or_shows(
    tmp_path: Path, document: dict[str, Any], path: tuple[Any, ...]
) -> None:
    reads_or_is_refused(damaged(document, path, tmp_path))


@pytest.mark.parametrize("entries", [None, 5, {}, {"a": 1}, [None], ["x"], [[]], [{"kind": []}]], ids=repr)
def test_entries_of_another_kind(tmp_path: Path, entries: Any) -> None:
    file = tmp_path / "journal.json"
    file.write_text(json.dumps({"convsim_journal": 1, "entries": entries}), encoding="utf-8")

    said = refused(file)
    assert "is not a journal written by sim.dump_journal()" in said
    if entries and isinstance(entries, list):
        assert "entries.0: it should be an object of the kind 'http', 'direct', or 'realtime'" in said


DAMAGED: dict[str, tuple[dict[str, Any], tuple[Any, ...], Any, str]] = {
    "header": (
        EXCHANGE,
        ("request", "headers"),
        [["x-a", "€"]],
        "request.headers: a character of a header should be one byte",
    ),
    "header's name": (EXCHANGE, ("outcome", "partial", "headers"), [["€", "x"]], "should be one byte"),
    "no body": (EXCHANGE, ("request", "body"), 5, 'body: it should be a text, or bytes as {"base64": "..."}'),
    "base64": (EXCHANGE, ("request", "body"), {"base64": "abc"}, "it should be base64"),
    "base64 of other characters": (EXCHANGE, ("request", "body"), {"base64": "€==="}, "it should be base64"),
    "base64 with a mark": (EXCHANGE, ("request", "body"), {"base64": "Y!Q=="}, "it should be base64"),
    "method": (EXCHANGE, ("request", "method"), "\ud800", "a lone surrogate"),
    "body": (EXCHANGE, ("request", "body"), "\ud800", "a lone surrogate"),
    "argument": (DIRECT, ("arguments", "conversation_id"), "\ud800", "a lone surrogate"),
    "name of an argument": (DIRECT, ("arguments", "\ud800"), 5, "a lone surrogate"),
    "answer": (DIRECT, ("answer",), ["\udfff"], "a lone surrogate"),
    "sender": (TEXT, ("sender",), "proxy", "realtime.sender: Input should be 'client' or 'server'"),
    "text": (TEXT, ("text",), "\ud800", "a lone surrogate"),
    "number as text": (TEXT, ("text",), 5, "realtime.text"),
    "bytes": (BYTES, ("text", "base64"), "abc", "realtime.text: it should be base64"),
    "code": (CLOSE, ("text", 0), "1001", ".0: Input should be a valid integer"),
    "reason": (CLOSE, ("text", 1), None, ".1: Input should be a valid string"),
    "half a close": (CLOSE, ("text",), [1001], ".1: Field required"),
    "arrived": (TEXT, ("arrived",), 1, "realtime.arrived: Input should be a valid boolean"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_no_request_could_hold_is_refused(tmp_path: Path, damage: str) -> None:
    document, path, value, words = DAMAGED[damage]

    assert words in refused(damaged(document, path, tmp_path, value))


def test_a_lone_surrogate_is_refused_also_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    path.write_bytes(b'{"convsim_journal": 1, "entries": [], "x": "\xed\xa0\x80"}')

    assert "a lone surrogate" in refused(path)


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ({"object": "list"}, ()),
        ({"object": "list", "data": 5}, ()),
        ({"object": "list", "data": [5, {}, {"id": 5}, {"id": "msg_a"}]}, ("msg_a",)),
        ({"type": "message", "id": 5}, ()),
        ({"type": "message", "id": "msg_a"}, ("msg_a",)),
        ({"id": "msg_a"}, ()),
    ],
    ids=repr,
)
def test_an_answer_of_another_shape_shows_the_items_that_it_has(
    tmp_path: Path, answer: Any, items: tuple[str, ...]
) -> None:
    (entry,) = journal_files.read(damaged(DIRECT | {"touched": []}, ("answer",), tmp_path, answer))

    assert entry.items == items
