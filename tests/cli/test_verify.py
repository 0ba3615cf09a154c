"""``convsim verify`` as a command: what it asks first, what it writes, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import Emulator
from convsim.cli import verify
from convsim.cli.main import main
from convsim.faults import ServerError
from convsim.journal.entries import Exchange
from tests.server.asking import Running, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture
def url(server: Running) -> Iterator[list[str]]:
    yield ["verify", "--base-url", f"{server.url}/v1/"]
    server.sim.reset()


SOME = ["--only", "create-bare", "retrieve", "--only", "time"]
NOWHERE = ["verify", "--base-url", "http://127.0.0.1:9/v1"]


def test_a_run_prints_the_table_and_writes_the_files(
    url: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--json", str(tmp_path / "it.json"), "--junit", str(tmp_path / "it.xml")]
    assert main([*url, "--yes", *SOME, *files]) == 0
    shown = capsys.readouterr()
    assert shown.out.endswith("same 2 of 2; not checked: 1 (1 is convsim's own)\n")
    assert shown.err == ""
    told = json.loads((tmp_path / "it.json").read_bytes())
    assert (told["same"], told["base_url"]) == (2, url[2].rstrip("/"))
    assert 'tests="3" failures="0" skipped="1"' in (tmp_path / "it.xml").read_text(encoding="utf-8")


def test_with_the_token_of_its_control_plane_nothing_is_left_out(
    url: list[str], server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text(f"{server.app.control_token}\n")
    control = ["--control-token-file", str(token)]
    assert main([*url, "--yes", *control, "--only", "time", "background", "turn-too-long"]) == 0
    assert capsys.readouterr().out.endswith("same 3 of 3\n")
    assert main([*url, "--yes", *control, "--realtime", "--only", "inferred"]) == 0
    assert "not checked" not in capsys.readouterr().out
    assert main([*url, "--yes", *control, "--only", "socket-turn", "socket-hour", "socket-lane"]) == 0
    assert capsys.readouterr().out.endswith("same 3 of 3\n")
    project = ["verify", "--service", "foundry", "--base-url", f"{server.url}/api/projects/demo"]
    assert main([*project, "--yes", *control, "--only", "foundry-turn-agent", "foundry-list"]) == 0
    assert capsys.readouterr().out.endswith("same 2 of 2\n")


@pytest.mark.parametrize(("key", "header"), [("own", "api-key"), ("eyJ0eXAi.x.y", "Authorization")])
def test_a_project_is_asked_below_its_endpoint_with_a_key_or_a_token_of_entra(
    key: str, header: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOME_KEY", key)
    project = Emulator(service="foundry", api_keys=[key])
    with running(project) as server:
        command = ["verify", "--base-url", f"{server.url}/api/projects/demo/", "--service", "foundry", "--yes"]
        with project.faults.add(ServerError(), on="conversations.retrieve"):
            assert main([*command, "--api-key-env", "SOME_KEY", "--only", "foundry-create"]) == 1
    shown = capsys.readouterr().out
    assert f"curl {server.url}/api/projects/demo/openai/v1/conversations/conv_" in shown
    assert f'-H "{header}: ' in shown
    assert key not in shown
    (made, *_) = project.journal
    assert isinstance(made, Exchange)
    assert (made.operation, made.status) == ("conversations.create", 200)


def test_a_difference_is_an_exit_status(
    url: list[str], server: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-own")
    with server.sim.faults.add(ServerError(), on="conversations.retrieve"):
        assert main([*url, "--yes", "--api-key-env", "SOME_KEY", *SOME]) == 1
    shown = capsys.readouterr().out
    assert '-H "Authorization: Bearer $SOME_KEY"' in shown
    assert "same 1 of 2" in shown


def test_where_nothing_is_checked_nothing_was_run(url: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*url, "--yes", "--only", "time"]) == 2
    assert capsys.readouterr().out.endswith("same 0 of 0; not checked: 1 (1 is convsim's own)\n")


def test_what_a_server_says_steers_no_terminal(
    url: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("convsim.contract.reports.render", lambda results: "\x1b[31mred")
    monkeypatch.setattr("convsim.contract.reports.render_plan", lambda chosen: "\x1b[31mplan")
    main([*url, "--yes", "--only", "time"])
    main([*url, "--dry-run"])
    assert capsys.readouterr().out == "\\x1b[31mred\n\\x1b[31mplan\n"


def test_what_is_left_behind_is_told(url: list[str], server: Running, capsys: pytest.CaptureFixture[str]) -> None:
    with server.sim.faults.add(ServerError(), on="conversations.delete"):
        assert main([*url, "--yes", *SOME]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"could not be deleted: /conversations/{name}" for name in server.sim.state
    ]


# --- before the first request --------------------------------------------------------------------------------------


def test_a_dry_run_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NOWHERE, "--dry-run"]) == 0
    assert "scenarios, at most 500 requests" in capsys.readouterr().out
    assert main([*NOWHERE, "--dry-run", "--max-requests", "9999"]) == 0
    assert "beyond --max" not in capsys.readouterr().out


def test_without_a_terminal_nothing_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NOWHERE, *SOME]) == 2
    assert capsys.readouterr().err.startswith(
        "convsim: no request was sent. This would be run: 2 scenarios, at most 7 requests, at most 2 conversations, at"
        ' http://127.0.0.1:9/v1; each conversation is tagged (metadata convsim_verify="'
    )


class Terminal:
    """One that a person sits at."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("Yes ", 0), ("", 2), ("no", 2), (None, 2)])
def test_at_a_terminal_a_person_is_asked(
    url: list[str], monkeypatch: pytest.MonkeyPatch, answer: str | None, status: int
) -> None:
    asked: list[str] = []

    def person(words: str) -> str:
        asked.append(words)
        if answer is None:
            raise EOFError
        return answer

    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    monkeypatch.setattr("builtins.input", person)
    assert main([*url, *SOME]) == status
    assert asked[0].startswith("2 scenarios, at most 7 requests, at most 2 conversations, at http://127.0.0.1:")
    assert asked[0].endswith("and deleted after its scenario.\nGo on? [y/N] ")


def test_a_terminal_shows_one_line_of_progress(url: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    terminal = Terminal()
    monkeypatch.setattr(terminal, "write", written.append, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main([*url, "--yes", *SOME]) == 0
    assert "".join(written) == "\r\x1b[K1/3  create-bare\r\x1b[K2/3  retrieve\r\x1b[K"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--base-url", "127.0.0.1/v1"], "--base-url 127.0.0.1/v1: write http or https"),
        (["--base-url", "http:///v1"], "--base-url http:///v1: write http or https"),
        (["--base-url", "http://h/v1?x=y"], "--base-url http://h/v1?x=y: write http or https"),
        (["--base-url", "http://h/v1#x"], "--base-url http://h/v1#x: write http or https"),
        (["--base-url", "http://[::1/v1"], "--base-url http://[::1/v1: write http or https"),
        (["--base-url", "http://h:x/v1"], "--base-url http://h:x/v1: write http or https"),
        (["--base-url", "http://h \u00e9/v1"], "--base-url http://h \u00e9/v1: write http or https"),
        (["--base-url", "http://h/v1\nx"], "--base-url http://h/v1\nx: write http or https"),
        (["--base-url", "http://me:secret@h/v1"], "--base-url: leave out the user and the password"),
        (["--only", "\x1b[31mred"], r"--only \x1b[31mred: no tag"),
        (["--realtime", "--service", "foundry"], "--realtime and --service foundry: a project has no Realtime;"),
        (["--only", "nothing"], "--only nothing: no tag, level, operation or scenario is called so"),
        (["--max-requests", "0"], "--max-requests 0: write 1 or more"),
        (["--stale", "3 months"], "--stale 3 months: write a number of days, as 90d"),
        (["--api-key-env", "CONVSIM_NO_KEY"], "--api-key-env CONVSIM_NO_KEY: the variable is not set"),
        (["--control-token-file", "/nowhere"], "--control-token-file /nowhere cannot be read: "),
        (["--yes"], "http://127.0.0.1:9/v1 does not answer: "),
    ],
)
def test_what_cannot_be_run_is_said(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NOWHERE, *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"convsim: {sentence}")
    assert shown.out == ""


@pytest.mark.parametrize(
    ("option", "name", "why"),
    [("--json", "none/it", "No such file or directory"), ("--junit", "", "Is a directory")],
)
def test_what_cannot_be_written_is_refused_before_the_first_request(
    url: list[str],
    server: Running,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    name: str,
    why: str,
) -> None:
    file = tmp_path / name
    assert main([*url, "--yes", *SOME, option, str(file)]) == 2
    assert capsys.readouterr().err == f"convsim: {option} {file} cannot be written: {why}\n"
    assert len(server.sim.journal) == 0
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_keeps_its_content_until_the_run_has_ended(url: list[str], tmp_path: Path) -> None:
    file = tmp_path / "it.json"
    file.write_text("old")
    assert main(["verify", "--base-url", "http://127.0.0.1:9/v1", "--yes", "--json", str(file)]) == 2
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
    assert main([*url, "--yes", *SOME, "--json", str(file), "--junit", "/dev/null"]) == 0
    assert json.loads(file.read_bytes())["same"] == 2


def test_what_is_stale_is_run_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NOWHERE, "--dry-run", "--stale", "0d", "--max-requests", "99999"]) == 0
    everything = capsys.readouterr().out
    assert main([*NOWHERE, "--dry-run", "--max-requests", "99999"]) == 0
    assert capsys.readouterr().out == everything
    assert main([*NOWHERE, "--dry-run", "--stale", "90d", "--max-requests", "99999"]) == 0
    assert capsys.readouterr().out != everything


@pytest.mark.parametrize("secret", ["sk-\n1", "sk-\u00e9", "sk-\x00"])
def test_a_key_or_token_that_no_header_can_carry_is_refused_without_showing_it(
    secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", {"SOME_KEY": secret})
    assert main([*NOWHERE, "--yes", "--api-key-env", "SOME_KEY"]) == 2
    (tmp_path / "token").write_text(secret, encoding="utf-8")
    assert main([*NOWHERE, "--yes", "--control-token-file", str(tmp_path / "token")]) == 2
    said = capsys.readouterr().err
    assert said.count(": its value has a line end, or another character that no header can carry\n") == 2
    assert "sk-" not in said


def test_realtime_without_the_library_is_refused_with_the_line_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "websockets.version", None)
    assert main([*NOWHERE, "--realtime", "--yes"]) == 2
    assert capsys.readouterr().err == ("convsim: websockets is not installed: python -m pip install 'websockets>=14'\n")
    assert main([*NOWHERE, "--dry-run", "--only", "socket-background"]) == 0
    assert capsys.readouterr().out.startswith(
        "not checked  socket-background: needs a WebSocket: websockets is not installed: python -m pip install"
    )


def test_an_interrupt_ends_it_and_what_was_made_is_deleted(
    url: list[str], monkeypatch: pytest.MonkeyPatch, server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    real = httpx2.Client.request

    def interrupted(self: httpx2.Client, method: str, *arguments: Any, **options: Any) -> httpx2.Response:
        if method == "GET":
            raise KeyboardInterrupt
        return real(self, method, *arguments, **options)

    monkeypatch.setattr(httpx2.Client, "request", interrupted)
    assert main([*url, "--yes", "--only", "retrieve"]) == 2
    assert capsys.readouterr().err.startswith("convsim: interrupted; ")
    assert not server.sim.state
    with server.sim.faults.add(ServerError(), on="conversations.delete"):
        assert main([*url, "--yes", "--only", "retrieve"]) == 2
    (left,) = server.sim.state
    assert capsys.readouterr().err.startswith(f"could not be deleted: /conversations/{left}\nconvsim: interrupted; ")


def test_it_runs_in_a_process_of_its_own_and_starts_without_the_sdk(server: Running, forked_python: str) -> None:
    code = "import sys; from convsim.cli.main import main; main(); print('openai' in sys.modules)"
    command = [forked_python, "-c", code, "verify", "--base-url", f"{server.url}/v1", "--yes", *SOME]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("same 2 of 2; not checked: 1 (1 is convsim's own)\nFalse\n")
    server.sim.reset()


def test_the_statuses_are_those_that_are_documented() -> None:
    assert (verify.SAME, verify.DIFFERS, verify.NOT_RUN) == (0, 1, 2)
