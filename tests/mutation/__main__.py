"""Break the source in small ways and see that the tests notice: ``python -m tests.mutation --room store --sample 50``.

mutmut makes the mutants, in a copy of the project, and runs for each the tests of its room that call the mutated
function. The exit status is 1 when a mutant survives that docs/mutation.md does not explain. ``--keep`` names a folder
for the copy, where ``mutmut show`` and ``mutmut run`` work on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from tests.mutation.page import PAGE, explained, row, shown
from tests.mutation.rooms import ROOMS, Room

PROJECT = Path(__file__).parents[2]
COPIED = ("pyproject.toml", "README.md", "LICENSE", "convsim", "conftest_plugin", "docs", "tests")


def configuration(room: Room) -> str:
    """Return what the project file tells mutmut."""
    return f"""
[tool.mutmut]
source_paths = ["convsim/"]
only_mutate = {json.dumps(room.sources)}
pytest_add_cli_args_test_selection = {json.dumps(room.tests)}
pytest_add_cli_args = ["-p", "no:cacheprovider"]
also_copy = {json.dumps(COPIED[1:])}
use_git_change_detection = false
timeout_multiplier = 5
"""


def copy(room: Room, folder: Path) -> None:
    """Lay the project into ``folder``, with mutmut's configuration."""
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    with (folder / "pyproject.toml").open("a") as file:
        file.write(configuration(room))


def names(room: Room) -> list[str]:
    """Return the names of all mutants of a room; the project is the working directory."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    return [
        get_mutant_name(path, name)
        for pattern in room.sources
        for path in sorted(Path().glob(pattern))
        if path.suffix == ".py"
        for name in mutate_file_contents(str(path), path.read_text()).mutant_names
    ]


def results(chosen: set[str]) -> Iterator[tuple[str, Path, str]]:
    """Yield name, source file and status of each mutant that was run; the project is the working directory."""
    from mutmut.stats import status_by_exit_code

    for meta in sorted(Path("mutants/convsim").rglob("*.meta")):
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
            if not chosen or name in chosen:
                yield name, meta.relative_to("mutants").with_suffix(""), status_by_exit_code[code]


def noticed_anew(room: Room, name: str) -> bool:
    """Return whether the tests notice a mutant in a process of its own; the project is the working directory.

    mutmut forks from a process that has imported the source: it misses mutants that only an import would run. With an
    empty name, nothing is mutated.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *room.tests]
    environment = {**os.environ, "CI": "1", "MUTANT_UNDER_TEST": name, "PYTHONPATH": "."}
    return subprocess.run(command, check=False, cwd="mutants", env=environment, capture_output=True).returncode != 0


def run(
    room: Room, folder: Path, sample: int | None, seed: int, reasons: Mapping[tuple[str, str], str]
) -> list[tuple[str, str, str]]:
    """Return function, mutation and status of each mutant of a room that was tried, ``sample`` of them at most.

    Mutants that live without a reason are tried again, each in a process of its own.
    """
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    if not (folder / "pyproject.toml").exists():
        copy(room, folder)
    with contextlib.chdir(folder):
        chosen = names(room)
        if sample is not None and sample < len(chosen):
            chosen = sorted(Random(seed).sample(chosen, sample))
            some = chosen
        else:
            some = []
        # CI: Hypothesis draws the same examples in every run.
        with Path("mutmut.log").open("w") as log:
            subprocess.run(
                [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *some],
                env={**os.environ, "CI": "1"},
                stdout=log,
                stderr=log,
                check=True,
            )
        found = []
        for name, path, status in results(set(some)):
            function, owner = orig_function_and_class_names_from_key(name)
            module = name.rpartition(".")[0]
            diff = get_diff_for_mutant(name, path=path)
            mutant = ".".join(filter(None, (module, owner, function))), shown(diff)
            doubtful = status == "survived" and mutant not in reasons
            found.append((*mutant, "killed" if doubtful and noticed_anew(room, name) else status))
        assert not noticed_anew(room, ""), "the tests fail without a mutant"
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--room", choices=ROOMS, action="append", help="all rooms, when it is not given")
    parser.add_argument("--sample", type=int, help="so many mutants of each room, not all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="the folder of the copies, instead of a temporary one")
    given = parser.parse_args(arguments)
    reasons = explained(PAGE.read_text()) if PAGE.exists() else {}
    unexplained = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in given.room or ROOMS:
            folder = (given.keep or Path(temporary)).resolve() / name
            folder.mkdir(parents=True, exist_ok=True)
            found = run(ROOMS[name], folder, given.sample, given.seed, reasons)
            alive = [one for one in found if one[2] not in ("killed", "timeout")]
            print(f"{name}: {len(found)} mutants, {len(found) - len(alive)} killed, {len(alive)} survived", flush=True)
            for function, mutation, status in alive:
                if (function, mutation) not in reasons:
                    unexplained += 1
                    print(row(function, mutation, status))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
