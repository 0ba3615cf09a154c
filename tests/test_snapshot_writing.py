"""Writing a state: the file is whole, or what was there before, and nothing else is left behind."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator
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
