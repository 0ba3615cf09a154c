"""Files: written whole or not at all, through links or in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from convsim.core import files
from convsim.errors import UsageError


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "target").chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to("target")
    return link


def test_what_a_link_leads_to_is_written(linked: Path) -> None:
    files.write(linked, b"new")

    assert linked.is_symlink()
    assert linked.with_name("target").read_bytes() == b"new"
    assert linked.with_name("target").stat().st_mode & 0o777 == 0o600


def test_a_page_takes_the_place_of_a_link(linked: Path) -> None:
    files.write(linked, b"new", through_links=False)

    assert not linked.is_symlink()
    assert (linked.read_bytes(), linked.with_name("target").read_bytes()) == (b"new", b"old")
    assert sorted(path.name for path in linked.parent.iterdir()) == ["link", "target"]


def test_a_file_that_is_no_link_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    files.write(path, b"new", through_links=False)

    assert path.read_bytes() == b"new"


def test_whether_a_file_can_be_written_is_found_without_touching_it(linked: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for path in (linked, tmp_path / "new", "/dev/null"):
        files.require_writable("--json", path)
    with pytest.raises(UsageError, match=r"^--json .*/none/file cannot be written: No such file or directory$"):
        files.require_writable("--json", tmp_path / "none" / "file")
    with pytest.raises(UsageError, match=r"^--json .* cannot be written: Is a directory$"):
        files.require_writable("--json", tmp_path)
    assert sorted(tmp_path.iterdir()) == before
    assert linked.read_bytes() == b"old"


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_number_that_json_has_not_is_refused(number: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(f'{{"a": [{number}]}}')
    with pytest.raises(UsageError, match=r"state\.json is not a state: it is not JSON \(Out of range float"):
        files.read_document(path, "a state")


def test_json_of_more_levels_than_a_request_can_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 300 + "]" * 300)
    assert len(files.read_json(path)) == 1
    for levels in (301, 5_000):
        path.write_text('{"a":' * (levels - 1) + "[]" + "}" * (levels - 1))
        with pytest.raises((ValueError, RecursionError)):
            files.read_json(path)
