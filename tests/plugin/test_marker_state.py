"""``@pytest.mark.convsim(state="file.json")``: a state to begin with, beside the file of the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from convsim import Emulator
from tests.plugin.conftest import Run

STATE = """
import pytest

@pytest.mark.convsim(state={state})
def test_it(convsim):
    assert list(convsim.state) == ["conv_kept"]
    convsim.seed("conv_more")

@pytest.mark.convsim(state={state})
@pytest.mark.parametrize("number", [1, 2])
def test_again(convsim, number):
    assert list(convsim.state) == ["conv_kept"]
    convsim.conversations.delete("conv_kept")
    convsim.reset()
    assert list(convsim.state) == ["conv_kept"]
"""


def kept(path: Path) -> str:
    sim = Emulator()
    sim.seed("conv_kept", items=[{"role": "user", "content": "Hi"}])
    path.parent.mkdir(parents=True, exist_ok=True)
    sim.dump(path)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("state", ["'state.json'", "'data/state.json'", "pathlib.Path('data', '..', 'state.json')"])
def test_a_state_is_found_beside_the_file_of_the_test(pytester: pytest.Pytester, run: Run, state: str) -> None:
    folder = Path(pytester.path, "below")
    folder.mkdir()
    texts = [kept(folder / "state.json"), kept(folder / "data" / "state.json")]
    (folder / "test_below.py").write_text("import pathlib\n" + STATE.format(state=state), encoding="utf-8")
    run("").assert_outcomes(passed=3)
    assert texts == [(folder / name).read_text(encoding="utf-8") for name in ("state.json", "data/state.json")]


def test_a_whole_path_is_taken_as_it_is(tmp_path: Path, run: Run) -> None:
    kept(tmp_path / "elsewhere" / "state.json")
    run(STATE.format(state=repr(str(tmp_path / "elsewhere" / "state.json")))).assert_outcomes(passed=3)


def test_a_nearer_marker_begins_with_nothing(pytester: pytest.Pytester, run: Run) -> None:
    kept(Path(pytester.path, "state.json"))
    result = run(
        """
        import pytest
        pytestmark = pytest.mark.convsim(state="state.json")

        def test_with(convsim): assert len(convsim.state) == 1

        @pytest.mark.convsim(state=None)
        def test_without(convsim): assert len(convsim.state) == 0
        """
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("state", ["3", "b'state.json'", "['state.json']", "{}", "False"])
def test_a_state_that_is_no_path_fails_the_test_at_the_users_line(run: Run, state: str) -> None:
    result = run(f"import pytest\n\n@pytest.mark.convsim(state={state})\ndef test_it(convsim): ...")
    result.assert_outcomes(errors=1)
    sentence = f"@pytest.mark.convsim(state={state}): state is the path of a file that sim.dump() wrote"
    assert f"test_it.py:3: {sentence}" in result.stdout.lines
    assert not [line for line in result.stdout.lines if "TypeError" in line]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, ": there is no such file; write one with sim.dump('*state.json')"),
        ("{", " is not a state written by sim.dump(): it is not JSON *"),
        ('{"convsim": 1}', " is damaged: *"),
    ],
    ids=["missing", "no JSON", "damaged"],
)
def test_a_state_that_is_none_is_named(pytester: pytest.Pytester, run: Run, content: str | None, said: str) -> None:
    path = Path(pytester.path, "state.json")
    if content is not None:
        path.write_text(content)
    result = run("import pytest\n@pytest.mark.convsim(state='state.json')\ndef test_it(convsim): ...")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"test_it.py:*: {path}{said}"])
