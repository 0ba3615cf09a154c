"""A journal in a file and back: the same lines, the same page; and files that hold none."""

from __future__ import annotations

import json
from pathlib import Path

from convsim import Emulator
from convsim.faults import BodyReset, RateLimited
from convsim.journal import file as journal_files
from convsim.journal.entries import Direct, Entry, Exchange
from convsim.journal.frames import Frame
from convsim.report.mermaid import render_mermaid
from convsim.report.page import render_page
from convsim.report.timeline import render_timeline
from tests.asking import ATTEMPT, client
from tests.report.scenes import asked, eventful


def reread(sim: Emulator, tmp_path: Path) -> list[Entry]:
    sim.dump_journal(tmp_path / "journal.json")
    return journal_files.read(tmp_path / "journal.json")


def test_every_kind_of_entry_tells_the_same_line(tmp_path: Path) -> None:
    sim = eventful()
    read = reread(sim, tmp_path)

    assert [str(entry) for entry in read] == [str(entry) for entry in sim.journal]
    assert render_timeline(read, 100) == render_timeline(tuple(sim.journal), 100)
    assert render_mermaid(read) == render_mermaid(sim.journal)


def test_every_kind_of_entry_makes_the_same_page(tmp_path: Path) -> None:
    sim = eventful()

    assert render_page("t", (), reread(sim, tmp_path)) == render_page("t", (), tuple(sim.journal))


MEMBERS = (
    *("kind", "number", "at", "project", "operation", "items", "attempt", "status", "body", "answer", "error"),
    *("conversation", "ids", "result", "title", "texts", "arrived", "done", "failed"),
)
OF_FRAMES = ("session", "sender", "text", "close")


def test_every_member_is_the_same(tmp_path: Path) -> None:
    sim = eventful()
    for there, read in zip(sim.journal, reread(sim, tmp_path), strict=True):
        assert type(read) is type(there)
        assert {name: getattr(read, name) for name in MEMBERS} == {name: getattr(there, name) for name in MEMBERS}
        assert [repr(fault) for fault in read.faults] == [repr(fault) for fault in there.faults]
        if isinstance(there, Frame):
            assert isinstance(read, Frame)
            assert all(getattr(read, name) == getattr(there, name) for name in OF_FRAMES)
        if isinstance(there, Exchange):
            assert isinstance(read, Exchange)
            assert read.request._replace(headers=()) == there.request._replace(headers=())
            assert list(map(tuple, read.request.headers)) == list(there.request.headers)
            assert (read.outcome, read.response, read.lost) == (there.outcome, there.response, there.lost)


def test_all_kinds_are_among_them() -> None:
    journal = eventful().journal
    assert {type(entry) for entry in journal} == {Direct, Exchange, Frame}
    texts = [type(entry.text) for entry in journal if isinstance(entry, Frame)]
    assert set(texts) == {str, bytes, type(None)}
    assert {entry.operation for entry in journal} > {None, "seed"}
    assert any(isinstance(entry, Exchange) and entry.lost is not None for entry in journal)
    assert any(isinstance(entry, Exchange) and entry.status is None for entry in journal)


def test_what_was_written_again_is_the_same_journal(tmp_path: Path) -> None:
    sim = eventful()
    read = reread(sim, tmp_path)
    journal_files.write(read, tmp_path / "again.json")

    one, other = (json.loads((tmp_path / name).read_bytes()) for name in ("journal.json", "again.json"))
    assert one == other


def test_retries_and_clients_that_wait_so_long(tmp_path: Path) -> None:
    sim = Emulator()
    with client(sim, **{ATTEMPT: "1"}) as http:
        http.post("/conversations", json={}, timeout=None)
        http.post("/conversations", json={}, timeout=2.5)
    one, other = reread(sim, tmp_path)

    assert one.attempt == other.attempt == 1
    assert isinstance(one, Exchange)
    assert isinstance(other, Exchange)
    first = sim.journal[0]
    assert isinstance(first, Exchange)
    assert one.request.timeout == first.request.timeout
    assert other.request.timeout is not None
    assert other.request.timeout["read"] == 2.5


def test_a_body_that_is_no_unicode_is_still_no_json(tmp_path: Path) -> None:
    sim = Emulator()
    with client(sim) as http:
        http.post("/conversations", content=b'{"metadata": "\xff"}', headers={"Content-Type": "application/json"})
    (read,) = reread(sim, tmp_path)

    assert read.body is sim.journal[0].body is None


def test_bytes_of_a_body_that_broke_off_in_a_sign(tmp_path: Path) -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[{"role": "user", "content": "🐈" * 20}])
    asked(sim, "GET", "/conversations/conv_1/items", BodyReset(after_bytes=9))

    assert str(reread(sim, tmp_path)[-1]) == str(sim.journal[-1])


def test_secrets_are_in_no_file(tmp_path: Path) -> None:
    sim = eventful()
    reread(sim, tmp_path)

    assert "sk-test" not in (tmp_path / "journal.json").read_text(encoding="utf-8")


def test_a_frame_is_written_as_it_went(tmp_path: Path) -> None:
    sim = Emulator(now=10)
    frames: list[str | bytes | tuple[int, str]] = ['{"type": "é"}', b"{}", (1001, "Over.")]
    for text in frames:
        sim.journal.frame(10, None, "sess_1", "server", text, [RateLimited(retry_after=1)], arrived=False)
    reread(sim, tmp_path)
    document = json.loads((tmp_path / "journal.json").read_bytes())

    told = {"kind": "realtime", "at": 10, "project": None, "session": "sess_1", "sender": "server"}
    lost = {"faults": ["RateLimited(retry_after=1, kind='requests')"], "arrived": False}
    texts = ['{"type": "é"}', {"base64": "e30="}, [1001, "Over."]]
    assert document["entries"] == [
        {**told, "number": place + 1, "text": text, **lost} for place, text in enumerate(texts)
    ]


def test_an_empty_journal(tmp_path: Path) -> None:
    assert reread(Emulator(), tmp_path) == []
    assert (tmp_path / "journal.json").read_text() == '{\n  "convsim_journal": 1,\n  "entries": []\n}\n'


def test_entries_are_json_as_a_file_has_them(tmp_path: Path) -> None:
    sim = eventful()
    sim.dump_journal(tmp_path / "journal.json")
    shown = journal_files.documents(sim.journal)
    assert shown == json.loads((tmp_path / "journal.json").read_bytes())["entries"]


def test_a_fault_of_a_file_is_its_words(tmp_path: Path) -> None:
    sim = Emulator()
    asked(sim, "GET", "/conversations/conv_1")
    sim.seed("conv_1")
    asked(sim, "GET", "/conversations/conv_1", RateLimited(retry_after=0.25))
    (fault,) = reread(sim, tmp_path)[-1].faults

    assert repr(fault) == "RateLimited(retry_after=0.25, kind='requests')"
