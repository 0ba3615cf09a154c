"""``convsim import`` as a command."""

from __future__ import annotations

import os
from pathlib import Path

import httpx2
import pytest

from convsim import Emulator
from convsim.cli.main import main
from tests.server.asking import running

CONVERSATION = "conv_" + "1" * 48
MADE = f'{{"id": "{CONVERSATION}", "object": "conversation", "created_at": 1700000000, "metadata": {{}}}}'
SAID = '{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Paris."}]}'
RECORDED = f"""\
interactions:
- request: {{method: POST, uri: 'https://api.openai.com/v1/conversations', body: '{{}}'}}
  response: {{status: {{code: 200}}, body: {{string: '{MADE}'}}}}
- request: {{method: POST, uri: 'https://api.openai.com/v1/responses', body: '{{"model": "gpt-4.1", "input": "x"}}'}}
  response:
    status: {{code: 200}}
    body: {{string: '{{"id": "resp_12345678", "status": "completed", "output": [{SAID}]}}'}}
- request: {{method: GET, uri: 'https://api.openai.com/v1/conversations/conv_other'}}
  response: {{status: {{code: 200}}, body: {{string: '{{}}'}}}}
"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "talk.yaml"
    file.write_text(RECORDED)
    return file


def test_three_files_are_written_checked_and_used(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(recording), "-o", str(tmp_path / "it.json")]) == 0
    state, replies, scenarios, left_out = capsys.readouterr().out.splitlines()
    assert state == f"{tmp_path}/it.state.json: 1 conversation, for Emulator(state=...) and convsim serve --state"
    assert replies == f"{tmp_path}/it.replies.json: 1 turn, for convsim serve --replies"
    assert scenarios == f"{tmp_path}/it.scenarios.json: 1 scenario, for convsim verify --scenarios"
    assert left_out == "left out: talk: its scenario ends before interactions[2]: the recording did not make conv_other"
    for kind in ("state", "replies", "scenarios"):
        assert main(["check", str(tmp_path / f"it.{kind}.json")]) == 0
    assert list(Emulator(state=tmp_path / "it.state.json").state) == [CONVERSATION]

    with running() as server:
        token = tmp_path / "token"
        token.write_text(server.app.control_token)
        verify = [
            "verify",
            "--base-url",
            f"{server.url}/v1",
            "--scenarios",
            str(tmp_path / "it.scenarios.json"),
            "--yes",
        ]
        capsys.readouterr()
        # The recording is made up, and no service answers a turn so briefly.
        assert main([*verify, "--control-token-file", str(token)]) == 1
        shown = capsys.readouterr().out
        assert "differs      talk" in shown
        assert "step 3" in shown
        assert "step 1" not in shown
        assert main(verify) == 2
        assert "not checked  talk: needs a script" in capsys.readouterr().out
        assert main([*verify, "--realtime"]) == 2
        assert "--scenarios and --realtime" in capsys.readouterr().err


def test_a_file_that_would_be_empty_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.har"
    file.write_text(
        '{"log": {"entries": [{"request": {"method": "GET", "url": "https://h/v1/conversations/x"},'
        ' "response": {"status": 404, "content": {"text": "{}"}}}]}}'
    )
    assert main(["import", str(file), "-o", str(tmp_path / "it")]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/it.scenarios.json: 1 scenario, for convsim verify --scenarios\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.har", "it.scenarios.json"]


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ("", "no request in the recordings has a path of /conversations or /responses\n"),
        (
            '{"request": {"method": "GET", "url": "https://h/v1/conversations/x"}, "response": {"status": 500}}',
            "a: its scenario ends before log.entries[0]: its status 500 is about the account or the service\n",
        ),
    ],
)
def test_a_recording_without_any_use_is_an_error(
    entries: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.har"
    file.write_text(f'{{"log": {{"entries": [{entries}]}}}}')
    with pytest.raises(SystemExit, match="1"):
        main(["import", str(file), "-o", str(tmp_path / "it")])
    assert capsys.readouterr().err.endswith(sentence)
    assert list(tmp_path.iterdir()) == [file]


def test_two_recordings_of_one_name_are_refused(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").mkdir()
    other = tmp_path / "a" / "talk.har"
    with pytest.raises(SystemExit, match="1"):
        main(["import", str(recording), str(other), str(tmp_path / "x.har"), "-o", str(tmp_path / "it")])
    assert capsys.readouterr().err == (
        f"convsim: {recording} and {other} have one name, and each scenario is called as its recording: rename one of"
        " them\n"
    )


def test_a_recording_whose_name_is_not_text_is_called_with_question_marks(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = recording.rename(tmp_path / os.fsdecode(b"t\xff.yaml"))
    assert main(["import", str(other), "-o", str(tmp_path / "it")]) == 0
    assert '"name": "t?"' in (tmp_path / "it.scenarios.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("output", ["", ".", "/"])
def test_an_output_without_a_name_is_refused(output: str, recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        main(["import", str(recording), "-o", output])
    assert capsys.readouterr().err == f"convsim: -o {output}: write the name of a file, as talk.json\n"


def test_nothing_is_written_if_one_of_the_files_cannot_be(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "it.scenarios.json").mkdir()
    with pytest.raises(SystemExit, match="1"):
        main(["import", str(recording), "-o", str(tmp_path / "it")])
    assert capsys.readouterr().err == f"convsim: -o {tmp_path}/it.scenarios.json cannot be written: Is a directory\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it.scenarios.json", "talk.yaml"]


def test_a_project_of_foundry_is_named_in_what_to_run_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sim = Emulator(service="foundry")
    url = "https://x.services.ai.azure.com/api/projects/p/openai/v1"
    with httpx2.Client(transport=sim.httpx2_transport(), base_url=url, headers={"api-key": "x"}) as client:
        client.post("/conversations", json={"items": [{"type": "message", "role": "user", "content": "Hi"}]})
    sim.dump_journal(tmp_path / "talk.json")
    assert main(["import", str(tmp_path / "talk.json"), "-o", str(tmp_path / "it")]) == 0
    state, scenarios = capsys.readouterr().out.splitlines()
    assert state.endswith("for Emulator(service='foundry', state=...) and convsim serve --service foundry --state")
    assert scenarios.endswith("for convsim verify --service foundry --scenarios")
    assert main(["check", str(tmp_path / "it.state.json")]) == 0
    assert main(["render", str(tmp_path / "it.state.json"), "-o", str(tmp_path / "it.html")]) == 0
    with running() as server:
        (tmp_path / "token").write_text(server.app.control_token)
        verify = ["verify", "--base-url", f"{server.url}/api/projects/p", "--service", "foundry", "--yes"]
        verify += ["--scenarios", str(tmp_path / "it.scenarios.json")]
        assert main([*verify, "--control-token-file", str(tmp_path / "token")]) == 0
    assert capsys.readouterr().out.endswith("same 1 of 1\n")
