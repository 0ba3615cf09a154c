"""The documents are true: their Python runs, their links resolve, their tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convsim
from convsim.cli.main import main
from convsim.contract.evidence import TAGS
from convsim.operations.routes import ROUTES
from convsim.server.control import ROUTES as CONTROL
from tests.test_guide import PAGES as RUN

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


def test_every_route_of_the_control_plane_is_named() -> None:
    page = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    last = {route.path.rstrip("/").rpartition("/")[2] for route in CONTROL}
    assert [name for name in sorted(last) if f"/{name}" not in page] == []
