"""Writing a state: the file is whole, or what was there before, and nothing else is left behind."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator
from convsim.cli.main import main
from tests.asking import HELLO


def a_state() -> Emulator:
    sim = Emulator()
    sim.seed("conv_a", items=[HELLO, HELLO])
    return sim


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_failing_replace_leaves_what_was_there(old: bytes | None, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "state.json"
    if old is not None:
        path.write_bytes(old)
    before = files(tmp_path)

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        a_state().dump(path)

    assert files(tmp_path) == before


def test_a_failing_write_leaves_what_was_there(tmp_path: Path, monkeypatch: Any) -> None:
    """As on a disk that is full."""
    (tmp_path / "state.json").write_bytes(b"old")
    fsize, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = files(tmp_path)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            a_state().dump(tmp_path / "state.json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (fsize, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert files(tmp_path) == before


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "state.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        a_state().dump(tmp_path / "state.json")

    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_dump_into_no_folder_fails(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        a_state().dump(tmp_path / "nowhere" / "state.json")


def test_a_new_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    """A state is committed, cached and shared like any other file."""
    (tmp_path / "usual").write_text("")
    a_state().dump(tmp_path / "state.json")

    assert (tmp_path / "state.json").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_dump_replaces_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old" * 10_000)
    a_state().dump(path)

    assert Emulator(state=path).snapshot() == a_state().snapshot()


def dump_state(sim: Emulator, path: Path) -> None:
    sim.dump(path)


def dump_journal(sim: Emulator, path: Path) -> None:
    sim.dump_journal(path)


def render(sim: Emulator, path: Path) -> None:
    sim.dump(path.parent / "rendered.json")
    main(["render", str(path.parent / "rendered.json"), "-o", str(path)])


WRITERS = [dump_state, dump_journal, render]
Writer = Callable[[Emulator, Path], None]


@pytest.mark.parametrize("write", WRITERS[:2])
def test_several_threads_may_write_one_file(write: Writer, tmp_path: Path) -> None:
    sim, path = a_state(), tmp_path / "one.json"
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(write, sim, path) for _ in range(300)]:
            done.result()
    once = tmp_path / "once.json"
    write(sim, once)

    assert files(tmp_path) == {"one.json": once.read_bytes(), "once.json": once.read_bytes()}


@pytest.mark.parametrize("write", WRITERS)
def test_every_file_is_whole_or_what_was_there_before(write: Writer, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "written"
    path.write_bytes(b"old")
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target == path:
            raise PermissionError("no")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises((PermissionError, SystemExit)):
        write(a_state(), path)

    assert path.read_bytes() == b"old"
    assert set(files(tmp_path)) <= {"written", "rendered.json"}


def test_the_permissions_of_a_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"old")
    path.chmod(0o600)
    a_state().dump(path)

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_goes_on_leading_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("state.json")
    for _ in range(2):
        a_state().dump(tmp_path / "link.json")

    assert (tmp_path / "link.json").is_symlink()
    assert Emulator(state=tmp_path / "state.json").snapshot() == a_state().snapshot()


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    a_state().dump(os.devnull)

    assert not Path(os.devnull).is_file()


def test_a_file_name_that_is_no_unicode_becomes_a_page_all_the_same(tmp_path: Path) -> None:
    name = "state\udcff.json"
    try:
        a_state().dump(tmp_path / name)
    except OSError:  # pragma: no cover
        pytest.skip(f"{sys.platform} has no such file names")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("builtins.print", lambda *words: None)
        assert main(["render", str(tmp_path / name), "-o", str(tmp_path / "page.html")]) == 0

    assert r"<h1>state\udcff.json" in (tmp_path / "page.html").read_text(encoding="utf-8")
