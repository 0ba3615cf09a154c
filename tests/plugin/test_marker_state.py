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


def test_a_state_is_found_beside_the_file_of_the_test(pytester: pytest.Pytester, run: Run) -> None:
    folder = Path(pytester.path, "below")
    folder.mkdir()
    texts = [kept(folder / "state.json"), kept(folder / "data" / "state.json")]
    for number, state in enumerate(["'state.json'", "'data/state.json'", "pathlib.Path('data', '..', 'state.json')"]):
        code = "import pathlib\n" + STATE.format(state=state)
        (folder / f"test_below_{number}.py").write_text(code, encoding="utf-8")
    run("").assert_outcomes(passed=9)
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


def test_a_state_that_is_no_path_fails_the_test_at_the_users_line(run: Run) -> None:
    states = ["3", "b'state.json'", "['state.json']", "{}", "False"]
    tests = (f"@pytest.mark.convsim(state={state})\ndef test_{n}(convsim): ...\n" for n, state in enumerate(states))
    result = run("import pytest\n" + "".join(tests))
    result.assert_outcomes(errors=len(states))
    assert [line for line in result.stdout.lines if line.startswith("test_it.py:")] == [
        f"test_it.py:{2 * n}: @pytest.mark.convsim(state={state}): state is the path of a file that sim.dump() wrote"
        for n, state in enumerate(states, 1)
    ]
    assert not [line for line in result.stdout.lines if "TypeError" in line]


NO_STATES = {
    "missing.json": (None, ": there is no such file; write one with sim.dump('*missing.json')"),
    "words.json": ("{", " is not a state written by sim.dump(): it is not JSON *"),
    "damaged.json": ('{"convsim": 1}', " is damaged: *"),
}


def test_a_state_that_is_none_is_named(pytester: pytest.Pytester, run: Run) -> None:
    tests = "import pytest\n"
    for number, (name, (content, _)) in enumerate(NO_STATES.items()):
        if content is not None:
            Path(pytester.path, name).write_text(content)
        tests += f"@pytest.mark.convsim(state={name!r})\ndef test_{number}(convsim): ...\n"
    result = run(tests)
    result.assert_outcomes(errors=len(NO_STATES))
    for name, (_, said) in NO_STATES.items():
        result.stdout.fnmatch_lines([f"test_it.py:*: {Path(pytester.path, name)}{said}"])
