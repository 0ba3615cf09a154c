"""Each printed page is what its command prints now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.printing.llms import DOCS
from tests.printing.pages import PAGES, main


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_command_prints(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([name])
    assert (DOCS / PAGES[name][0]).read_text(encoding="utf-8") == capsys.readouterr().out


def test_without_a_word_the_page_on_fidelity_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert capsys.readouterr().out.startswith("# Fidelity\n")


@pytest.mark.parametrize("words", [["bogus"], ["items", "fidelity"]])
def test_another_page_is_refused_by_those_that_there_are(words: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == (
        f"python -m tests.printing {' '.join(words)}: write fidelity or foundry or items or faults or api or llms"
        " or pictures or all"
    )


def test_all_pages_and_pictures_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr("tests.printing.pages.DOCS", tmp_path)
    monkeypatch.setattr("tests.printing.pages.write_pictures", lambda: written.append("pictures"))
    monkeypatch.setattr("tests.printing.pages.PAGES", {"one": ("one.md", lambda: "# One\n")})
    main(["all"])
    main(["pictures"])
    assert written == ["pictures", "pictures"]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["# One\n"]
