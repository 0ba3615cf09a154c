from __future__ import annotations

from pathlib import Path

import pytest

from convsim.service.options import Options
from tests.plugin.conftest import Run

USING_IT = """
from openai import OpenAI
import httpx

def test_the_fixture(convsim, convsim_factory):
    assert repr(convsim) == "Emulator(seed=7, ids='live', conversations=0)"
    for base_url in "https://one.example/v1", "https://two.example/openai/v1":
        OpenAI(base_url=base_url, max_retries=0).conversations.create()
    assert len(convsim.state) == 2
    try:
        httpx.get("https://elsewhere.example/")
    except httpx.ConnectError:
        pass

def test_the_factory(convsim_factory):
    assert repr(convsim_factory()) == "Emulator(seed=7, ids='live', conversations=0)"
    with convsim_factory().patch() as sim:
        OpenAI(api_key="sk-any", base_url="https://one.example/v1").conversations.create()
    assert len(sim.state) == 1

def test_own_options_win(convsim_factory):
    assert repr(convsim_factory(seed=9, ids="sequential")) == "Emulator(seed=9, ids='sequential', conversations=0)"
"""

INI = """
[pytest]
convsim_seed = 7
convsim_base_urls =
    https://one.example/v1
    https://two.example/openai/v1
convsim_other_hosts = pass
convsim_guard = yes
"""
INI_OPTIONS = """
[tool.pytest.ini_options]
convsim_seed = "7"
convsim_base_urls = ["https://one.example/v1", "https://two.example/openai/v1"]
convsim_other_hosts = "pass"
convsim_guard = true
"""
NATIVE = """
[tool.pytest]
convsim_seed = 7
convsim_base_urls = ["https://one.example/v1", "https://two.example/openai/v1"]
convsim_other_hosts = "pass"
convsim_guard = true
"""
FORMS = [("pytest.ini", INI), ("pyproject.toml", INI_OPTIONS)]
if pytest.version_tuple >= (9,):
    FORMS.append(("pyproject.toml", NATIVE))


@pytest.mark.parametrize(("name", "text"), FORMS)
def test_each_option_in_each_form(
    pytester: pytest.Pytester, run: Run, reached: list[str], name: str, text: str
) -> None:
    Path(pytester.path, name).write_text(text)
    result = run(USING_IT)
    result.assert_outcomes(passed=3)
    assert "convsim: seed 7, other hosts pass, guard on" in result.stdout.lines
    assert reached == ["elsewhere.example"]


def test_a_marker_wins_over_the_ini(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.convsim(seed=3)
        def test_it(convsim):
            assert repr(convsim) == "Emulator(seed=3, ids='live', conversations=0)"
        """,
        ini="convsim_seed = 7",
    )
    result.assert_outcomes(passed=1)


def test_lines_with_a_project_are_a_mapping(run: Run) -> None:
    result = run(
        """
        from openai import OpenAI

        def test_it(convsim):
            OpenAI(base_url="https://one.example/v1").conversations.create()
            OpenAI(base_url="https://two.example/v1").conversations.create()
            assert (len(convsim.project("proj_1").state), len(convsim.project("proj_2").state)) == (1, 1)
            assert len(convsim.state) == 0
        """,
        ini="convsim_guard = yes\nconvsim_base_urls =\n    https://one.example/v1 = proj_1\n    https://two.example/v1=proj_2",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("guard", ["yes", "no"])
def test_a_line_without_a_project_beside_others_is_named(run: Run, guard: str) -> None:
    ini = (
        f"convsim_guard = {guard}\nconvsim_base_urls =\n    https://one.example/v1 = proj_1\n    https://two.example/v1"
    )
    result = run("def test_it(convsim): ...", ini=ini)
    said = "".join(result.stdout.lines + result.stderr.lines)
    assert "convsim_base_urls: 'https://two.example/v1' has no project; write `url = project` in each line" in said
    assert "INTERNALERROR" not in said


def test_the_header_without_options(run: Run) -> None:
    lines = run("def test_it(): ...").stdout.lines
    assert [line for line in lines if line.startswith("convsim")] == ["convsim: seed 0, other hosts refuse, guard off"]


def test_the_header_is_not_there_when_quiet(run: Run) -> None:
    run("def test_it(): ...", "-q").stdout.no_fnmatch_line("*convsim*")


def test_markers_are_listed(run: Run) -> None:
    result = run("", "--markers")
    options = ", ".join(f"{name}=" for name in Options.names())
    assert (
        f"@pytest.mark.convsim({options}): options of the test's emulator, as convsim.Emulator takes them; a nearer"
        " marker wins."
    ) in result.stdout.lines
    assert (
        "@pytest.mark.convsim_allow_hosts(hosts): hosts that convsim_guard lets through in this test, a list of names."
    ) in result.stdout.lines


def test_fixtures_are_listed_with_a_sentence_each(run: Run) -> None:
    result = run("", "--fixtures")
    result.stdout.fnmatch_lines(["*- fixtures defined from pytest_convsim -*"])
    for name, sentence in {
        "convsim": "A fresh emulator, patched in for the test: every client of httpx, httpx2 or the SDK reaches it.",
        "convsim_client": "The official SDK's client on the test's emulator, closed at its end.",
        "convsim_async_client": "The official SDK's asynchronous client on the test's emulator.",
        "convsim_factory [[]session scope[]]": (
            "A factory of emulators that are not patched in: ``convsim_factory(seed=2)``."
        ),
    }.items():
        result.stdout.fnmatch_lines([f"{name} -- *pytest_convsim/__init__.py:*", f"    {sentence}"], consecutive=True)


def test_ini_options_are_listed_in_the_help(run: Run) -> None:
    result = run("", "--help")
    kinds = {
        "seed": "int",
        "base_urls": "linelist",
        "other_hosts": "string",
        "guard": "bool",
        "allow_hosts": "linelist",
        "api_key": "string",
        "traces": "string",
    }
    for name, kind in kinds.items():
        result.stdout.fnmatch_lines([f"  convsim_{name} ({kind}):*"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("convsim_base_urls = gateway", "base_urls has 'gateway': write a whole URL such as *"),
        (
            "convsim_other_hosts = maybe",
            "Emulator(other_hosts='maybe'): write 'refuse', 'pass' or 'offline', or a mapping *",
        ),
    ],
    ids=["base_urls", "other_hosts"],
)
def test_a_wrong_value_is_named(run: Run, line: str, said: str) -> None:
    result = run("def test_it(convsim): ...", ini=line)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"test_it.py:1: the options of this test's emulator: {said}"])


@pytest.mark.parametrize(
    ("ini", "words"),
    [
        ("convsim_guard = true\nconvsim_base_urls = gateway", "base_urls has 'gateway': write a whole URL such as"),
        (
            "convsim_guard = true\nconvsim_allow_hosts = http://a.example",
            "has 'http://a.example': write a host without",
        ),
        ("convsim_seed = x", "convsim_seed: write an integer; "),
        ("convsim_traces = drop", "convsim_traces = drop: write answer or pass"),
    ],
    ids=["base_urls", "allow_hosts", "seed", "traces"],
)
def test_a_value_that_is_wrong_for_the_whole_run_is_an_error_of_usage(run: Run, ini: str, words: str) -> None:
    result = run("def test_it(): ...", ini=ini)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stdout.lines + result.stderr.lines
    assert any(words in line for line in said)
    assert not any("INTERNALERROR" in line for line in said)
