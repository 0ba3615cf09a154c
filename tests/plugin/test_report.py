"""``--convsim-report=DIR``: a page for each failing test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Run
from tests.report.pages import Tag, read_page


def pages(pytester: pytest.Pytester, folder: str = "report") -> dict[str, Tag]:
    """The pages by their titles."""
    found = [read_page(path.read_text(encoding="utf-8")) for path in Path(pytester.path, folder).glob("*")]
    titles = [page.one("h1").text for page in found]
    assert len(set(titles)) == len(titles)
    return dict(zip(titles, found, strict=True))


FAILING = """
import pytest
from openai import OpenAI

@pytest.mark.convsim(ids="sequential")
def test_it(convsim):
    made = OpenAI(api_key="sk-of-the-source").conversations.create(items=[{"role": "user", "content": "<b>Hi</b>"}])
    assert made.id == "conv_2"

def test_passing(convsim): convsim.seed("conv_1")

def test_without(): assert 0
"""


def test_a_failing_test_has_a_page_and_its_section_names_it(pytester: pytest.Pytester, run: Run) -> None:
    result = run(FAILING, "--convsim-report=report")
    result.assert_outcomes(passed=1, failed=2)
    (page,) = pages(pytester).values()

    assert page.one("h1").text == "test_it.py::test_it"
    assert "AssertionError: assert 'conv_1' == 'conv_2'" in page.one("section", "failure").text
    # docs/security.md: the failure shows the source, with a literal key in it; the rest of the page does not.
    assert 'OpenAI(api_key="sk-of-the-source")' in page.one("section", "failure").text
    assert page.text.count("sk-of-the-source") == 1
    assert page.one("div", "bubble").one("p").text == "<b>Hi</b>"
    assert [fold.one("code").text.split()[1] for fold in page.all("details")] == ["conversations.create"]
    assert "sim.seed(\n    'conv_1'," in page.one("section", "reproduce").text
    (said,) = [line for line in result.stdout.lines if line.startswith("page: ")]
    assert Path(pytester.path, said.removeprefix("page: ")).is_file()


def test_without_the_option_there_is_none(pytester: pytest.Pytester, run: Run) -> None:
    result = run(FAILING)
    assert "page: " not in str(result.stdout)
    assert not list(Path(pytester.path).glob("**/*.html"))


def test_where_all_pass_there_is_none(pytester: pytest.Pytester, run: Run) -> None:
    run("def test_it(convsim): ...", "--convsim-report=report").assert_outcomes(passed=1)
    assert pages(pytester) == {}


def test_the_folder_is_made_with_those_above_it(pytester: pytest.Pytester, run: Run) -> None:
    run("def test_it(convsim): assert 0", "--convsim-report", "a/b/c")
    assert list(pages(pytester, "a/b/c")) == ["test_it.py::test_it"]


def test_a_page_of_an_earlier_run_is_replaced_and_a_link_is_not_followed(pytester: pytest.Pytester, run: Run) -> None:
    elsewhere = Path(pytester.path, "elsewhere")
    for words in ("one", "another"):  # of two lengths: pytest 8 takes files of one size and one second for the same
        run(f"def test_it(convsim): raise ValueError({words!r})", "--convsim-report=report")
        (path,) = Path(pytester.path, "report").glob("*")
        if words == "one":
            path.rename(elsewhere)
            path.symlink_to(elsewhere)
    (page,) = pages(pytester).values()
    assert "ValueError: another" in page.one("section", "failure").text
    assert not path.is_symlink()
    assert "ValueError: one" in elsewhere.read_text(encoding="utf-8")


ODD = {
    "plain": ("a", "b"),
    "slash": ("a/b", "a:b"),
    "up": ("../../a", "..\\..\\a"),
    "accents": ("é", "ü"),
    "html": ("<script>", "&script&"),
    "long_front": ("a" + "x" * 300, "b" + "x" * 300),
    "long_end": ("x" * 300 + "a", "x" * 300 + "b"),
    "case": ("A", "a"),
}


def test_parametrised_cases_have_a_page_each(pytester: pytest.Pytester, run: Run) -> None:
    tests = (
        f"@pytest.mark.parametrize('value', [0, 1], ids={ids!r})\ndef test_{name}(convsim, value): assert 0\n"
        for name, ids in ODD.items()
    )
    run("import pytest\n" + "".join(tests), "--convsim-report=report").assert_outcomes(failed=2 * len(ODD))

    titles = [title.partition("::")[2].partition("[")[0] for title in pages(pytester)]
    assert sorted(titles) == sorted(f"test_{name}" for name in [*ODD, *ODD])
    files = list(Path(pytester.path, "report").iterdir())
    assert len({file.name.lower() for file in files}) == len(files) == len(titles)
    assert all(file.name.isascii() and file.suffix == ".html" and len(file.name) < 256 for file in files)


def test_under_xdist(pytester: pytest.Pytester, run: Run) -> None:
    source = "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_it(convsim, n): assert n % 2"
    result = run(source, "-n", "2", "--convsim-report=report", using=("xdist",))
    result.assert_outcomes(passed=3, failed=3)
    assert sorted(pages(pytester)) == [f"test_it.py::test_it[{n}]" for n in (0, 2, 4)]


@pytest.mark.parametrize("folder", ["report", "report/below"])
def test_a_folder_that_cannot_be_made_is_refused_before_any_test(
    pytester: pytest.Pytester, run: Run, folder: str
) -> None:
    file = Path(pytester.path, "report")
    file.write_text("a file")
    result = run("def test_it(convsim): print('it ran')", "-s", f"--convsim-report={folder}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --convsim-report {folder}: {file} is no folder to write to" in result.stderr.lines
    result.stdout.no_fnmatch_line("*it ran*")


def test_a_folder_that_cannot_be_made_any_more_is_told_and_stops_no_test(pytester: pytest.Pytester, run: Run) -> None:
    result = run(
        """
        from pathlib import Path

        def test_it(convsim):
            Path("report").write_text("a file")
            assert 0

        def test_passing(): ...
        """,
        "--convsim-report=report",
    )
    result.assert_outcomes(passed=1, failed=1)
    said = result.stdout.lines + result.stderr.lines
    assert not [line for line in said if "INTERNALERROR" in line]
    assert [line for line in said if "report" in line and ("exists" in line or "directory" in line or "folder" in line)]


def test_the_option_is_in_the_help(run: Run) -> None:
    run("", "--help").stdout.fnmatch_lines(["convsim:", "  --convsim-report*DIR*"])


FIXTURES = """
import pytest

@pytest.fixture
def before(convsim):
    convsim.seed("conv_1")
    raise ValueError("before")

@pytest.fixture
def after(convsim):
    yield
    raise ValueError("after")

def test_before(before): ...
def test_after(after): ...
def test_both(after): raise ValueError("the test")

def test_that_changes_the_folder(convsim, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    raise ValueError("elsewhere")

def test_words_that_are_no_unicode(convsim): raise ValueError("\\ud800")

class TestOfAClass:
    def test_both(self, convsim): raise ValueError("of a class")
"""


def test_a_failure_at_setup_or_teardown_has_a_page_and_a_test_that_failed_keeps_its_own(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(test_other="def test_both(convsim): raise ValueError('of another file')")
    result = run(FIXTURES, "--convsim-report=report")
    result.assert_outcomes(passed=1, failed=5, errors=3)
    assert not [line for line in result.stdout.lines + result.stderr.lines if "INTERNALERROR" in line]
    found = pages(pytester)

    failures = {name: page.one("section", "failure").text.split("ValueError: ")[-1] for name, page in found.items()}
    assert {name: words.split("\n")[0] for name, words in failures.items()} == {
        "test_it.py::test_before": "before",
        "test_it.py::test_after": "after",
        "test_it.py::test_both": "the test",
        "test_it.py::test_that_changes_the_folder": "elsewhere",
        "test_it.py::test_words_that_are_no_unicode": "\\ud800",
        "test_it.py::TestOfAClass::test_both": "of a class",
        "test_other.py::test_both": "of another file",
    }
    assert found["test_it.py::test_before"].one("dt").text == "conv_1"
    assert len([line for line in result.stdout.lines if line.startswith("page: ")]) == 7
