"""Every Python block of the README and the pages does what its page says.

A block with tests is a file that pytest runs under the plugin as it is installed; it passes, unless its first line is
``# fails: <text>``: then the run fails and the text stands on the screen. A block without tests is executed. A text
block that follows either is what it prints. A toml or ini block is the configuration of the block that follows it, one
that begins with ``# conftest.py`` serves all that follow it on its page. Of commands, each option exists.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import inspect
import io
import os
import re
import socket
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from convsim import Emulator, RefusedError, strategies
from convsim.cli.main import main
from tests.inner_runs import UNUSED
from tests.printing.pictures import COLUMNS, FOLDER, PYTEST, failing_test, render_failure
from tests.printing.plugin import Plugin

DOCS = Path(__file__).parents[1] / "docs"
PAGES = (
    "../README.md",
    "index.md",
    "why.md",
    "agents.md",
    "migration.md",
    "guide.md",
    "cookbook.md",
    "cookbook-realtime.md",
    "faults.md",
    "network.md",
    "realtime.md",
    "responses.md",
    "foundry.md",
    "server.md",
    "journal.md",
    "clients.md",
)
ELSEWHERE = re.compile(r"^from azure\.", re.MULTILINE)
"""Blocks with what is not installed here: tests/clients/azure_projects/test_page.py runs them."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
A_TEST = re.compile(r"^ *(async )?def test_", re.MULTILINE)
CONFIGURATION = {"toml": "pyproject.toml", "ini": "pytest.ini"}
COMMANDS = ("console", "sh")
PICTURES = ("mermaid",)
OF_NODE = ("js",)
"""Tests for Node, which `.ci/run interop` runs."""
EARLY = (
    "agents.realtime",
    "aiohttp",
    "convsim.adapters.interception",
    "convsim.direct.client",
    "httpcore2",
    "hypothesis.internal.conjecture.engine",
    "openai._vendor.httpx_aiohttp",
    "openai.resources.realtime",
    "trio",
    "vcr.patch",
    "websockets.asyncio.client",
    "websockets.sync.client",
    "yaml",
)
CONFTEST = "# conftest.py\n"
SDK_CONNECTS = "ignore:connect() must be used as a context manager:DeprecationWarning"
USING = {
    "anyio": re.compile(r"mark\.anyio"),
    "hypothesispytest": re.compile(r"^from hypothesis", re.MULTILINE),
    "respx": re.compile(r"\brespx_mock\b"),
    "socket": re.compile(r"--disable-socket"),
    "xdist": re.compile(r"-n \d"),
}
"""The plugins that a block asks for, by what it or its configuration says. Blocks that only pass run beside all."""
OPTIONS = (
    "--tb=short",
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    # With websockets 17.1 and newer, the SDK's own modules: docs/realtime.md says it. An option names each in full.
    *("-W", f"{SDK_CONNECTS}:openai._websocket_connection", "-W", f"{SDK_CONNECTS}:openai.lib._websocket"),
    "-rP",  # what passing tests print
)
LOOP_SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")  # for pytest-asyncio, which asks for it
ALL_PLUGINS = (*LOOP_SCOPE, "-p", "no:socket")  # all but one: it takes our own refusal back
LESS = tuple(word for name in UNUSED for word in ("-p", f"no:{name}"))


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    configuration: Block | None = None
    conftest: str | None = None
    screen: str | None = None

    @property
    def has_tests(self) -> bool:
        return self.language == "python" and A_TEST.search(self.text) is not None

    @property
    def fails_with(self) -> str | None:
        marked = re.match(r"# fails: (.+)\n", self.text)
        return marked[1] if marked else None

    @property
    def plugins(self) -> list[str]:
        said = self.text + (self.configuration.text if self.configuration else "")
        return [name for name, used in USING.items() if used.search(said)]

    @property
    def only_passes(self) -> bool:
        """Whether its tests pass under pytest's defaults, and say nothing that the page shows."""
        return self.has_tests and not (self.fails_with or self.configuration or self.screen)


def blocks_of(page: str) -> list[Block]:
    """The page's fenced blocks; a configuration belongs to the block behind it, a screen to the one before it."""
    found: list[Block] = []
    conftest: str | None = None
    for language, text in FENCE.findall(page):
        if language == "text":
            found[-1] = replace(found[-1], screen=text)
            continue
        before = found[-1] if found and found[-1].language in CONFIGURATION else None
        found.append(Block(language, text, before, conftest))
        conftest = text if text.startswith(CONFTEST) else conftest
    return found


def blocks(kind: str) -> dict[str, Block]:
    """Those of all pages, by page and number."""
    found: dict[str, Block] = {}
    for page in PAGES:
        for number, block in enumerate(blocks_of((DOCS / page).read_text(encoding="utf-8"))):
            is_of = "test" if block.has_tests else "command" if block.language in COMMANDS else block.language
            if is_of == kind and not ELSEWHERE.search(block.text):
                found[f"{page}-{number}"] = block
    return found


def shown(kind: str) -> list[object]:
    return [pytest.param(block, id=name) for name, block in blocks(kind).items() if not block.only_passes]


def shown_together() -> list[object]:
    """The blocks of a page that only pass, those behind a conftest apart."""
    found: dict[str, list[Block]] = {}
    for name, block in blocks("test").items():
        if block.only_passes:
            page = name.rpartition("-")[0]
            found.setdefault(f"{page} under its conftest" if block.conftest else page, []).append(block)
    return [pytest.param(several, id=name) for name, several in found.items()]


@pytest.fixture(scope="module", autouse=True)
def imported_for_good() -> None:
    """pytester takes the modules back that a run imports, and not all of them can be imported twice."""
    for module in EARLY:
        importlib.import_module(module)
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()
    client = Emulator(unknown_ids="create").openai()
    client.conversations.items.create("conv_1", items=[{"type": "message", "role": "user", "content": "Hi"}])
    with pytest.raises(RefusedError):
        client.responses.create(model="any", input="Hi")
    gc.freeze()  # or each collection of garbage would look at all of it


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(host: str, *args: object, **options: object) -> None:
        raise OSError(f"there is no network: {host}")

    for name in ("getaddrinfo", "gethostbyname"):  # what pytest-socket replaces, and cannot take back from a patch
        monkeypatch.setattr(socket, name, refuse)
    # With it, a run that ends would answer traces until the interpreter ends.
    monkeypatch.delitem(sys.modules, "agents.tracing", raising=False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


def run_with(pytester: pytest.Pytester, *plugins: str) -> pytest.RunResult:
    """Run what was made with our plugin and those named: to load all that are installed takes most of a run's time."""
    words = [word for name in ("convsim", *plugins) for word in ("-p", name)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return pytester.runpytest_inprocess(*OPTIONS, *LESS, *words)


def check(pytester: pytest.Pytester, block: Block) -> None:
    """Run the block's tests, and compare with what the block says of itself."""
    configuration = block.configuration
    if configuration is not None:
        (pytester.path / CONFIGURATION[configuration.language]).write_text(configuration.text, encoding="utf-8")
    if block.conftest is not None:
        pytester.makeconftest(block.conftest)
    pytester.makepyfile(test_block=block.text)
    result = run_with(pytester, *block.plugins)
    outcomes, screen = result.parseoutcomes(), result.stdout.str()
    if block.fails_with is None:
        assert result.ret == pytest.ExitCode.OK
        assert set(outcomes) == {"passed"}, outcomes
    else:
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert block.fails_with in screen
    assert block.screen is None or block.screen in screen


def check_together(pytester: pytest.Pytester, several: list[Block]) -> None:
    """Run blocks that only pass in one run, because a run costs more than they do: a file each, no skip, no warning."""
    if several[0].conftest is not None:
        pytester.makeconftest(several[0].conftest)
    files = {f"test_block_{number}.py": block.text for number, block in enumerate(several)}
    for name, text in files.items():
        (pytester.path / name).write_text(text, encoding="utf-8")
    run = pytester.inline_run(*OPTIONS, *LESS, *ALL_PLUGINS)
    passed, skipped, failed = run.listoutcomes()
    wrong = {str(report.nodeid): str(report.longrepr) for report in (*skipped, *failed)}
    wrong |= {str(call.nodeid): str(call.warning_message) for call in run.getcalls("pytest_warning_recorded")}
    assert {name: files[name.partition("::")[0]] + said for name, said in wrong.items()} == {}
    assert {report.nodeid.partition("::")[0] for report in passed} == set(files)
    assert run.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("several", shown_together())
def test_blocks_of_tests_pass(pytester: pytest.Pytester, several: list[Block]) -> None:
    check_together(pytester, several)


@pytest.mark.parametrize("block", shown("test"))
def test_a_block_of_tests_does_what_it_says(
    request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, block: Block
) -> None:
    if "xdist" in block.plugins:
        monkeypatch.setattr(sys, "executable", request.getfixturevalue("python"))
    check(pytester, block)


@pytest.mark.parametrize("block", shown("python"))
def test_a_block_without_tests_runs(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block.text, "block", "exec"), {})
    assert block.screen is None or block.screen == capsys.readouterr().out


@pytest.mark.parametrize("block", shown("command"))
def test_a_command_has_options_that_exist(described: str, capsys: pytest.CaptureFixture[str], block: Block) -> None:
    for line in block.text.splitlines():
        words = line.split()
        if words[0] == "convsim":
            with pytest.raises(SystemExit, match="0"):
                main([words[1], "--help"])
            assert unknown_words(words, capsys.readouterr().out) == []
            continue
        assert words[:3] in (["python", "-m", "pytest"], ["python", "-m", "pip"]), line
        if words[2] == "pytest":
            assert unknown_options(described, words[3:]) == []


def test_the_picture_of_a_failure_is_of_the_readmes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", COLUMNS)
    pytester.makepyfile(test_agent=failing_test())
    screen = pytester.runpytest_inprocess(*PYTEST, *ALL_PLUGINS).stdout.str()
    assert render_failure(screen) == (FOLDER / "failure.svg").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def described() -> str:
    """pytest's help, with all plugins."""
    with redirect_stdout(io.StringIO()) as said:
        assert pytest.main(["-c", os.devnull, *LOOP_SCOPE, "--help"]) == pytest.ExitCode.OK
    return said.getvalue()


def unknown_options(described: str, words: list[str]) -> list[str]:
    """Of a command's words, the options that pytest's help does not have, and the plugins that are not there."""
    plugins = {plugin.name for plugin in importlib.metadata.entry_points(group="pytest11")}
    unknown = unknown_words(words, described)
    named = [word for option, word in pairwise(words) if option == "-p"]
    return unknown + [word for word in named if word.removeprefix("no:") not in plugins]


def unknown_words(words: list[str], described: str) -> list[str]:
    known = set(re.findall(r"(?<![\w-])--?\w[\w-]*", described))
    return [word for word in words if word.startswith("-") and word not in known]


@pytest.mark.parametrize("page", PAGES)
def test_a_configuration_belongs_to_tests(page: str) -> None:
    blocks = blocks_of((DOCS / page).read_text(encoding="utf-8"))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        assert block.language in {"python", *CONFIGURATION, *COMMANDS, *PICTURES, *OF_NODE}
        assert block.screen is None or block.language == "python"
        if block.language in CONFIGURATION:
            assert following is not None
            assert following.has_tests


@pytest.mark.parametrize("page", PAGES)
def test_a_link_to_a_heading_finds_it(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([\w.]*)#([\w-]+)\)", text):
        linked = (DOCS / (target or page)).read_text(encoding="utf-8")
        slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in HEADING.findall(linked)}
        assert anchor in slugs


def test_the_guide_has_every_option_with_its_default() -> None:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `(.+?)` \|", text, re.MULTILINE))
    for name, parameter in inspect.signature(Emulator).parameters.items():
        assert rows[name] == repr(parameter.default).replace("'", '"')


def test_the_guide_has_every_setting(described: str) -> None:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    settings = set(re.findall(r"^  (convsim_\w+)", described, re.MULTILINE))
    assert settings == set(re.findall(r"^\| `(convsim_\w+)` \|", text, re.MULTILINE))


def test_the_guide_has_every_fixture() -> None:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    fixtures = set(Plugin().fixtures)
    assert {name for name in fixtures if f"`{name}`" not in text} == set()
    words = {3: "three", 4: "four", 5: "five", 6: "six"}
    assert f"There are {words[len(fixtures) - 1]} more fixtures." in text


def test_the_guide_has_every_strategy_with_its_arguments() -> None:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \| .+ \|$", text, re.MULTILINE))
    made = {name: value for name in strategies.__all__ if inspect.isfunction(value := getattr(strategies, name))}
    assert rows.keys() >= made.keys()
    for name, function in made.items():
        for argument in inspect.signature(function).parameters.values():
            star = "*" if argument.kind is argument.VAR_POSITIONAL else ""
            shown = re.search(rf"(?<![\w*]){re.escape(star)}{argument.name}(=[^,)]+)?", rows[name])
            assert shown is not None, (name, argument.name)
            if shown[1] is not None and shown[1] != "=...":
                assert shown[1] == f"={argument.default}"
    assert [name for name in ("ConversationMachine", "TurnMachine") if f"`{name}`" not in text] == []


def test_the_speed_that_the_guide_speaks_of(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_what_was_imported():
            assert not {"convsim", "httpx", "httpx2", "openai", "pydantic"} & set(sys.modules)
        """
    )
    runs = ["-p", "convsim"], ["-p", "convsim", "-p", "respx"]  # respx imports httpx
    code = f"import pytest; print([int(pytest.main(words)) for words in {runs}])"
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert pytester.run(sys.executable, "-c", code).outlines[-1] == "[0, 1]"


# --- the checks above can fail -------------------------------------------------------------------------------------


LIES = {
    "it fails": "def test_it(convsim):\n    assert len(convsim.state) == 1\n",
    "it is no module": "import nothing_of_this_name\n\ndef test_it():\n    pass\n",
    "it is skipped": "import pytest\n\ndef test_it():\n    pytest.skip('why')\n",
}


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(text, id=name) for name, text in LIES.items()),
        pytest.param("# fails: assert\ndef test_it(convsim):\n    pass\n", id="it passes and should fail"),
        pytest.param("# fails: no such text\ndef test_it():\n    assert not 1\n", id="it fails with other words"),
        pytest.param("# fails: nothing_of\nimport nothing_of_this_name\ndef test_it():\n    pass\n", id="no test ran"),
    ],
)
def test_a_block_that_lies_is_found(pytester: pytest.Pytester, text: str) -> None:
    with pytest.raises(AssertionError):
        check(pytester, Block("python", text))


@pytest.mark.parametrize(
    "text",
    [
        *LIES.values(),
        "import warnings\n\ndef test_it():\n    warnings.warn('why')\n",
        "if False:\n    def test_it(): ...\n",
    ],
    ids=[*LIES, "it warns", "it has no test"],
)
def test_a_block_that_lies_among_others_is_found(pytester: pytest.Pytester, text: str) -> None:
    right = "def test_it():\n    pass\n"
    with pytest.raises(AssertionError):
        check_together(pytester, [Block("python", right), Block("python", text)])


def test_a_configuration_is_applied(pytester: pytest.Pytester) -> None:
    text = "def test_it(convsim):\n    assert repr(convsim) == \"Emulator(seed=9, ids='live', conversations=0)\"\n"
    page = f"```ini\n[pytest]\nconvsim_seed = 9\n```\n\nSo:\n\n```python\n{text}```\n"
    check(pytester, blocks_of(page)[1])
    with pytest.raises(AssertionError):
        check(pytester, Block("python", text.replace("9", "8"), blocks_of(page)[0]))


def test_a_screen_that_nobody_sees_is_found(pytester: pytest.Pytester) -> None:
    text = "def test_it():\n    print('what it says')\n"
    page = f"```python\n{text}```\n\n```text\nwhat it says\n```\n"
    check(pytester, blocks_of(page)[0])
    with pytest.raises(AssertionError):
        check(pytester, blocks_of(page.replace("text\nwhat", "text\nall that"))[0])


def test_a_conftest_serves_what_follows_it(pytester: pytest.Pytester) -> None:
    conftest = "# conftest.py\nimport pytest\n\n@pytest.fixture\ndef seven():\n    return 7\n"
    test = "def test_it(seven):\n    assert seven == 7\n"
    page = f"```python\n{conftest}```\n\n```python\n{test}```\n"
    check(pytester, blocks_of(page)[1])
    assert blocks_of(f"```python\n{test}```\n\n{page}")[0].conftest is None


def test_an_option_that_does_not_exist_is_found(described: str) -> None:
    words = ["-n", "4", "--disable-sockets", "-p", "no:respects", "-p", "no:respx"]
    assert unknown_options(described, words) == ["--disable-sockets", "no:respects"]
