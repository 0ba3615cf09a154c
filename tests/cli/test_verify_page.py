"""docs/verify.md: its commands run, its file is one, and its tables are complete."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from convsim.cli import verify
from convsim.cli.main import main
from convsim.contract import scenario_files
from convsim.contract.scenarios import FOUNDRY_SECTIONS, REALTIME_SECTIONS, SECTIONS, SOCKET_SECTIONS
from convsim.contract.selection import select, within
from convsim.server.runner import ServerThread
from tests.contract.wrong import Plant, WrongServer, member
from tests.server.asking import running

from .test_importing import RECORDED

PAGE = (Path(__file__).parents[2] / "docs" / "verify.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (convsim .+)$", PAGE, re.MULTILINE)
(SCENARIOS,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files are that the commands name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own")
    (tmp_path / "token").write_text("token")
    (tmp_path / "talk.yaml").write_text(RECORDED)
    return tmp_path


def test_the_commands_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) == 13
    serve, *others = sorted(COMMANDS, key=lambda command: (" serve " not in command, " import " not in command))
    assert serve == "convsim serve --port 8000 --control-token-file token"  # which would not end
    for command in others:
        words = shlex.split(command)[1:]
        assert main([*words, *(["--dry-run"] if words[0] == "verify" else [])]) == 0
        assert capsys.readouterr().err == ""


def test_every_option_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["verify", "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert options == set(re.findall(r"(?:^\| |, )`(--[a-z-]+)", PAGE, re.MULTILINE))


def test_the_number_of_requests_is_the_one_of_a_dry_run() -> None:
    most = sum(one.requests for one in select({**SECTIONS, **SOCKET_SECTIONS}, own=True))
    assert "need about 2,000;" in PAGE
    assert round(most, -3) == 2000


def test_every_reason_is_in_the_table() -> None:
    chosen = [
        *within(select(SECTIONS), 0),
        *select(SOCKET_SECTIONS),
        *select(SOCKET_SECTIONS, no_sockets="websockets is not installed"),
        *select(REALTIME_SECTIONS),
        *select(FOUNDRY_SECTIONS),
    ]
    left_out = {one.reason for one in chosen}
    for reason in left_out - {""}:
        assert f"| {reason.partition(':')[0]} |" in PAGE


def test_every_exit_status_is_in_the_table() -> None:
    statuses = [verify.SAME, verify.DIFFERS, verify.NOT_RUN]
    assert re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE) == [str(status) for status in statuses]


def test_the_sections_of_the_table_are_those_that_others_can_be_asked() -> None:
    asked = dict.fromkeys(one.section for one in select({**SECTIONS, **SOCKET_SECTIONS}) if not one.reason)
    rows = re.findall(r"^\| (.+?) \| \d+, \d+, \d+ of \d+ \|", PAGE, re.MULTILINE)
    assert rows == [*asked, "all"]


def test_the_file_of_scenarios_is_one_that_our_server_keeps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "it.json"
    file.write_text(SCENARIOS)
    (one,) = scenario_files.read(file)
    assert json.loads(scenario_files.written([one])) == json.loads(SCENARIOS)
    with running() as server:
        (folder / "token").write_text(server.app.control_token)
        command = ["verify", "--base-url", f"{server.url}/v1", "--control-token-file", "token", "--yes"]
        assert main([*command, "--scenarios", "it.json"]) == 0
    assert capsys.readouterr().out.endswith("same 1 of 1\n")


def test_the_shown_run_is_what_one_prints(capsys: pytest.CaptureFixture[str]) -> None:
    server = WrongServer()
    server.plant = Plant("retrieve", "GET", "/conversations/[^/]+", "", member("metadata", {}))
    with ServerThread(server.port, server):
        assert main(["verify", "--base-url", server.url, "--yes", "--only", "create-bare", "retrieve"]) == 1
    printed = capsys.readouterr().out.replace(server.url, "http://127.0.0.1:8000/v1")
    printed = re.sub("conv_[0-9a-f]+", "conv_1", printed)
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    number = re.compile(r"\.py:\d+")  # of a line, which any change may move
    assert number.sub("", printed) == number.sub("", shown)
