"""Break the source in small ways and see that the tests notice: ``python -m tests.mutation --room store --sample 120``.

mutmut makes the mutants, in a copy of the project, and tests.mutation.trial tries each with the tests of its room that
call the mutated function. The exit status is 1 when a mutant survives that docs/mutation.md does not explain.
``--keep`` names a folder for the copy: there, the next run goes on, and tries survivors again with the present tests.
``--short`` takes a minute: it tries some mutants of two rooms, which others follow as soon as the source changes.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path
from random import Random
from textwrap import dedent

from tests.forking import Forking
from tests.mutation.page import PAGE, explained, row, shown
from tests.mutation.rooms import ROOMS, Room

PROJECT = Path(__file__).parents[2]
COPIED = ("pyproject.toml", "README.md", "LICENSE", "convsim", "conftest_plugin", "docs", "tests")
SHORT = 2, 25
"""The rooms of a short run, and the mutants of each."""
LIBRARIES = """
import sys
import httpx2, openai.types.responses, pydantic, pytest

class Last:
    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self):
        for name in [*sys.modules]:
            if name.partition(".")[0] == "convsim":  # as Hypothesis has loaded the entry point
                del sys.modules[name]

def test_it(request):
    request.config.pluginmanager.register(Last())
"""
CONFIGURATION = """
[tool.mutmut]
source_paths = ["convsim"]
"""


def copy(folder: Path) -> None:
    """Lay the project into ``folder``, with mutmut's configuration."""
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    with (folder / "pyproject.toml").open("a") as file:
        file.write(CONFIGURATION)


def mutate(room: Room, folder: Path) -> dict[str, list[str]]:
    """Put every mutant of a room into the copy; return their names by source file."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    names = {}
    with contextlib.chdir(folder):
        for path in sorted(path for pattern in room.sources for path in Path().glob(pattern)):
            if path.suffix == ".py":
                mutated = mutate_file_contents(str(path), path.read_text())
                path.write_text(mutated.code)
                names[str(path)] = [get_mutant_name(path, name) for name in mutated.mutant_names]
    return names


def sampled(names: Iterable[Sequence[str]], sample: int, seed: int) -> list[str]:
    """Return so many mutants, evenly over the source files."""
    random = Random(seed)
    shuffled = [random.sample(group, len(group)) for group in names]
    in_turns = [name for turn in zip_longest(*shuffled) for name in turn if name is not None]
    return in_turns[:sample]


def short(source: Path) -> list[str]:
    """Return the arguments of a short run: rooms and mutants are drawn by the contents of the source files."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        digest.update(path.read_bytes())
    seed, (rooms, mutants) = int.from_bytes(digest.digest()[:4]), SHORT
    drawn = Random(seed).sample([*ROOMS], rooms)
    return [*(f"--room={name}" for name in drawn), f"--sample={mutants}", f"--seed={seed}"]


@contextlib.contextmanager
def warm() -> Iterator[str]:
    """A Python for the time of a ``with`` block that has imported the libraries already, but nothing of convsim."""
    with tempfile.TemporaryDirectory() as folder:
        forking = Forking(Path(folder) / "forking", LIBRARIES)
        try:
            subprocess.run([forking.python, "-c", "import sys; assert 'convsim' not in sys.modules"], check=True)
            yield forking.python
        finally:
            forking.stop()


def pytest(python: str, folder: Path, mutant: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the copy, with a mutant from the first import on."""
    # CI: Hypothesis draws the same examples in every run.
    environment = {
        **os.environ,
        "CI": "1",
        "MUTANT_UNDER_TEST": mutant,
        "MUTATION_TRIAL": "trial.json",
        "PYTHONPATH": ".",
    }
    # Many processes run in the copy, which its mutants make large: they compile it once for all.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)


def failing_besides(unchanged: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the options that leave out tests which fail without a mutant, as they count what a process imports."""
    failing = [line.partition(" - ")[0] for line in unchanged.stdout.splitlines() if line.startswith("FAILED ")]
    assert unchanged.returncode == (1 if failing else 0), unchanged.stdout + unchanged.stderr
    assert len(failing) < 9, failing
    return [f"--deselect={line.removeprefix('FAILED ')}" for line in failing]


@cache
def functions(path: Path) -> dict[str, str]:
    """Return the source of each function of a mutated file by its name: mutmut would parse the file for each diff."""
    text = path.read_text()
    lines = text.splitlines()
    return {
        node.name: dedent("\n".join(lines[node.lineno - 1 : node.end_lineno])) + "\n"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def run(
    room: Room, folder: Path, sample: int | None, seed: int, reasons: Mapping[tuple[str, str], str]
) -> list[tuple[str, str, str]]:
    """Return function, mutation and verdict of each mutant of a room that was tried, ``sample`` of them at most."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.format_utils import mangled_name_from_mutant_name, orig_function_and_class_names_from_key

    trial, verdicts = folder / "trial.json", folder / "verdicts.jsonl"
    if trial.exists():
        shutil.copytree(PROJECT / "tests", folder / "tests", dirs_exist_ok=True)
        killed = [line for line in verdicts.read_text().splitlines(keepends=True) if json.loads(line)[1] == "killed"]
        verdicts.write_text("".join(killed))
    else:
        copy(folder)
        names = mutate(room, folder)
        trial.write_text(json.dumps(sampled(names.values(), sample or sum(map(len, names.values())), seed)))
    finished = pytest(sys.executable, folder, "stats", "-p", "tests.mutation.trial", *room.tests)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    failing = [f"--deselect={test}" for test in json.loads((folder / "failing.json").read_text())]
    besides: dict[tuple[str, ...], list[str]] = {}
    found = []
    python = ""
    with contextlib.ExitStack() as stack, verdicts.open("r+") as file:
        for line in file.read().splitlines():
            name, verdict, again = json.loads(line)
            function, owner = orig_function_and_class_names_from_key(name)
            module = name.rpartition(".")[0]
            source = (folder / module.replace(".", "/")).with_suffix(".py")
            if not source.exists():
                source = folder / module.replace(".", "/") / "__init__.py"
            diff = ""
            if verdict != "killed":
                mangled = name.rpartition(".")[2]
                both = f"{mangled_name_from_mutant_name(mangled)}__mutmut_orig", mangled
                text = "".join(functions(source)[each] for each in both)
                diff = get_diff_for_mutant(name, source=text, path=source)
            mutant = ".".join(filter(None, (module, owner, function))), shown(diff)
            # Tests of a process that has imported the source miss mutants that only an import would run.
            if again and mutant not in reasons:
                python = python or stack.enter_context(warm())
                # Without the traceback, which is not read: pytest would parse the mutated files for it.
                tests = "--tb=line", *failing, *(again if all(again) else room.tests)
                if tests not in besides:
                    besides[tests] = failing_besides(pytest(python, folder, "no mutant", "--maxfail=9", "-rf", *tests))
                if pytest(python, folder, name, *besides[tests], *tests).returncode != 0:
                    verdict = "killed"
                    print(json.dumps([name, verdict, []]), file=file, flush=True)
            found.append((*mutant, verdict))
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--room", choices=ROOMS, action="append", help="all rooms, when it is not given")
    parser.add_argument("--sample", type=int, help="so many mutants of each room, evenly over its modules; else all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="the folder of the copies, instead of a temporary one")
    parser.add_argument("--short", action="store_true", help="a minute's sample, which the source draws; prints how")
    given = parser.parse_args(arguments)
    if given.short:
        drawn = short(PROJECT / "convsim")
        print("python -m tests.mutation", *drawn, flush=True)
        given = parser.parse_args([*arguments, *drawn])
    reasons = explained(PAGE.read_text()) if PAGE.exists() else {}
    unexplained = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in given.room or ROOMS:
            folder = (given.keep or Path(temporary)).resolve() / name
            folder.mkdir(parents=True, exist_ok=True)
            found = run(ROOMS[name], folder, given.sample, given.seed, reasons)
            alive = [one for one in found if one[2] not in ("killed", "timeout")]
            late = sum(one[2] == "timeout" for one in found)
            killed = f"{len(found) - len(alive)} killed" + (f" ({late} by the time they took)" if late else "")
            print(f"{name}: {len(found)} mutants, {killed}, {len(alive)} survived", flush=True)
            for function, mutation, status in alive:
                if (function, mutation) not in reasons:
                    unexplained += 1
                    print(row(function, mutation, status))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
