"""The documents are true: their Python runs, their links resolve, their tables are complete."""

from __future__ import annotations

import re
import sys
import tomllib
from contextlib import redirect_stdout
from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from io import StringIO
from operator import attrgetter
from pathlib import Path
from pkgutil import resolve_name

import pytest

import convsim
from convsim.cli.main import main
from convsim.contract.evidence import TAGS
from convsim.operations.routes import ROUTES
from convsim.server.control import ROUTES as CONTROL
from tests.bench import path
from tests.printing.plugin import Plugin
from tests.test_guide import PAGES as RUN
from tests.test_guide import unknown_words

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(#[\w-]+)?\)")


def test_the_forge_runs_all_steps_but_one() -> None:
    steps = re.search('by_name="(.*)"', (ROOT / ".ci/run").read_text(encoding="utf-8"))
    jobs = re.search(r"step: \[(.*)\]", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert steps
    assert jobs
    assert set(steps[1].split()) - set(jobs[1].split(", ")) == {"clients"}


def test_every_page_with_python_is_run() -> None:
    with_python = {page.name for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))}
    assert with_python - {Path(page).name for page in RUN} == set()


def test_the_figures_of_the_readme_are_those_of_the_pages() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    behaviours = re.search(r"(of \d+ behaviours, .*? are inferred)\.", readme)
    figures = re.search(
        r"takes ([\d.]+) times as long as with a constant answer, a scripted turn ([\d.]+) times, and the fixture costs"
        r" a test ([\d.]+ ms)",
        readme,
    )
    assert behaviours is not None
    assert figures is not None
    assert behaviours[1].capitalize() in (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    speed = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    assert f"| SDK `items.list(limit=20)` of 1,000 items / canned answer | {figures[1]} |" in speed
    assert f"| SDK `responses.create`, scripted, on a conversation / canned answer | {figures[2]} |" in speed
    assert f"| the `convsim` fixture beside an empty one, a test after the first | {figures[3]} |" in speed


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="comprehensions are functions for the page, which is of 3.11")
def test_the_page_of_speed_counts_the_functions_on_each_path() -> None:
    page = " ".join((ROOT / "docs" / "bench.md").read_text(encoding="utf-8").split())
    for words, called in (
        ("A create passes through {} functions in {} files", path.create()),
        ("a page of twenty items through {} in {}", path.page()),
        ("a Realtime event and its two acknowledgements through {} in {}", path.event()),
        ("It passes through {} functions in {} files", path.turn()),
    ):
        files = {function.partition(":")[0] for function in called}
        assert words.format(len(called), len(files)) in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        linked = page.parent / target if target else page
        assert linked.is_file(), f"{page.name} links {target}"
        if anchor and anchor[1:] in TAGS:
            assert f'<a id="{anchor[1:]}"></a>' in linked.read_text(encoding="utf-8")


def test_the_readme_has_the_two_commands() -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    assert 'python -m pip install ".[demo]" && convsim demo' in lines
    assert 'python -m pip install -e ".[test]" && python -m pytest' in lines


def test_the_architecture_page_has_a_row_for_every_module() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = Path(convsim.__file__).parent
    rooms = {path.stem for path in package.glob("[a-z]*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    assert [room for room in sorted(rooms) if f"`{room}`" not in page and f"`{room}/`" not in page] == []


def test_the_page_of_limits_names_the_items_that_are_not_emulated() -> None:
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    from convsim.items.catalogue import CATALOGUE

    assert [name for name, row in CATALOGUE.items() if (f"`{name}`" in page) == bool(row.models)] == []


def test_the_fidelity_page_covers_every_operation() -> None:
    from convsim.contract.scenario import Call
    from convsim.contract.scenarios import SCENARIOS

    called = {step.operation for one in SCENARIOS for step in one.steps if isinstance(step, Call)}
    assert called == {route.operation for route in ROUTES}


def test_the_guide_begins_with_a_list_of_its_sections() -> None:
    page = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", page, re.MULTILINE)
    listed = page.partition("Contents:")[2].partition("\n\n")[0]
    assert re.findall(r"\[([^]]+)\]\(#", listed) == sections


@pytest.mark.parametrize("command", ["", "demo", "routes", "render", "serve", "check", "verify", "import"])
def test_every_command_and_each_of_its_options_is_named(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    options -= {"--help", "--version", "--output"}  # the documents write -o
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"convsim {command}" in pages
    assert [name for name in sorted(options) if not re.search(rf"{name}(?![\w-])", pages)] == []


def test_the_server_page_has_a_row_for_every_option() -> None:
    page = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    rows = "\n".join(re.findall(r"^\| (`--.+?) \|", page, re.MULTILINE))
    assert set(re.findall(r"--[a-z-]+", rows)) == set(re.findall(r"--[a-z-]+", help_of("serve"))) - {"--help"}


def test_the_realtime_page_has_every_switch_of_realtime() -> None:
    page = (ROOT / "docs" / "realtime.md").read_text(encoding="utf-8")
    switches = {field.name for field in fields(convsim.Behavior) if field.name.startswith("realtime_")}
    assert switches == set(re.findall(r"^\| `(realtime_\w+)` \|", page, re.MULTILINE))


def unknown_attributes(text: str) -> list[str]:
    """The attributes of an emulator, or of the package, that a page names and that are not there."""
    sim = convsim.Emulator()
    found = dict.fromkeys(re.findall(r"`(?:sim|convsim)\.([a-z_]+(?:\.[a-z_]+)*)\b(?!/)", text))
    return [name for name in found if not (has(sim, name) or resolves(f"convsim.{name}"))]


def has(of: object, name: str) -> bool:
    try:
        attrgetter(name)(of)
    except AttributeError:
        return False
    return True


def resolves(name: str) -> bool:
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_attributes_that_a_page_names_exist(page: Path) -> None:
    assert unknown_attributes(page.read_text(encoding="utf-8")) == []


def test_an_attribute_that_does_not_exist_is_found() -> None:
    assert unknown_attributes("`sim.journal.review()`, `convsim.strategies`, `sim.journals`, `sim.a.b`") == [
        "journals",
        "a.b",
    ]


def test_every_route_of_the_control_plane_is_named() -> None:
    page = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z]+ /_convsim/[\w/{}]*)", page))
    assert named == {f"{route.method} /_convsim/{route.path.removeprefix('/')}" for route in CONTROL}


def test_every_command_line_option_and_marker_of_the_plugin_is_in_the_guide() -> None:
    page = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    plugin = Plugin()
    named = [option.partition(" ")[0] for option in plugin.options]
    named += [f"@pytest.mark.{marker.partition('(')[0]}(" for marker in plugin.markers]
    assert len(named) == 3
    assert [name for name in named if name not in page] == []


CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8") if (ROOT / ".ci" / "run").is_file() else None
"""The checks of the project, which a copy of the tests beside an installed wheel does not have."""


def mistakes_in_commands(text: str) -> list[str]:
    """The modules, steps, paths and extras that commands name and that are not there."""
    modules = re.findall(r"python -m (tests[\w.]*)", text)
    wrong = [name for name in modules if find_spec(f"{name}.__main__" if is_package(name) else name) is None]
    steps = " ".join(re.findall(r"\.ci/run((?: [a-z][a-z0-9]*)+)(?=`| *#| *$)", text, re.MULTILINE)).split()
    wrong += [step for step in steps if CI is not None and f"step_{step}()" not in CI and f"= {step} ]" not in CI]
    paths = " ".join(re.findall(r"python -m pytest((?: tests/[\w/.]+)+)", text)).split()
    wrong += [path for path in paths if not (ROOT / path).exists()]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = ",".join(re.findall(r"install [^`\n]*?[\"'](?:\.|convsim)\[([\w,]+)\]", text))
    wrong += [extra for extra in filter(None, named.split(",")) if extra not in extras]
    for command in re.findall(r"(?:^    |`)(convsim [a-z]+ --[^`#\n]+)", text, re.MULTILINE):
        words = command.split()
        wrong += unknown_words(words, help_of(words[1]))
    return wrong


def is_package(name: str) -> bool:
    found = find_spec(name)
    return found is not None and found.submodule_search_locations is not None


@cache
def help_of(command: str) -> str:
    with redirect_stdout(StringIO()) as screen, pytest.raises(SystemExit):
        main([command, "--help"])
    return screen.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_can_be_run(page: Path) -> None:
    assert mistakes_in_commands(page.read_text(encoding="utf-8")) == []


def test_a_command_that_cannot_be_run_is_found() -> None:
    wrong = (
        "`python -m tests.bend`, `python -m tests.printing`, `python -m pytest tests/stores`\n"
        "    bash .ci/run lint lents\n"
        '    python -m pip install ".[demos]" && convsim demo\n'
        "    convsim serve --ports 1 --seed 1\n"
    )
    assert mistakes_in_commands(wrong) == ["tests.bend", *(["lents"] if CI else []), "tests/stores", "demos", "--ports"]
