"""Files of replies, and what is wrong in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator, UsageError
from convsim.cli.main import main
from convsim.server.reading import AGENT_MEMBERS, OPTIONS, SCRIPT_MEMBERS, read_agents, read_replies
from convsim.service.options import Options

TURN: Any = {"model": "gpt-4.1", "input": "Where?"}


def test_each_option_is_one_of_a_session_or_of_the_server() -> None:
    of_the_server = {"now", "base_urls", "other_hosts", "auth", "virtual_time", "state"}
    assert sorted([*OPTIONS, *of_the_server]) == sorted(Options.names())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "replies.json"


def write(file: Path, *scripts: object, version: int = 1) -> None:
    file.write_text(json.dumps({"convsim_replies": version, "scripts": scripts}))


def test_a_file_of_replies_is_what_the_model_says_also_after_a_reset(file: Path) -> None:
    call = {"Call": {"name": "look", "arguments": {"into": "box"}}}
    item = {"type": "message", "content": [{"type": "output_text", "text": "A cat."}]}
    write(file, {"replies": ["Let me see.", call], "model": "gpt-4.1"}, {"replies": [item], "times": "always"})
    sim = Emulator(replies=read_replies(file))
    for _ in range(2):
        turns: list[Any] = [sim.responses.create(**TURN) for _ in range(3)]
        first, second, third = (turn.to_dict()["output"] for turn in turns)
        assert [one["type"] for one in first] == ["message", "function_call"]
        assert first[1]["arguments"] == '{"into":"box"}'
        assert second[0]["content"][0]["text"] == third[0]["content"][0]["text"] == "A cat."
        sim.reset()


def test_its_members_are_the_arguments_of_script_that_json_can_carry() -> None:
    assert (
        *("model", "conversation", "times", "hold", "delay", "status", "reason", "usage", "response", "deltas"),
    ) == SCRIPT_MEMBERS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not a file of replies: it is not JSON"),
        ("[]", "write an object; it has 'convsim_replies' and 'scripts'"),
        ('{"scripts": []}', "the member 'convsim_replies' is missing"),
        ('{"convsim_replies": 2, "scripts": []}', "has replies of version 2, and this convsim reads version 1"),
        ('{"convsim_replies": 1, "scripts": {}}', "write scripts as a list of objects"),
        ('{"convsim_replies": 1, "scripts": [{"replies": ["a"]}, {}]}', "scripts[1]: the member 'replies' is missing"),
        ('{"convsim_replies": 1, "scripts": [{"replies": ["a"], "file": "x"}]}', "there is no member 'file'"),
        (
            '{"convsim_replies": 1, "scripts": [{"replies": ["a"], "times": 0}]}',
            "replies.json: scripts[0]: sim.responses.script(times=0): write 1 or more",
        ),
        (
            '{"convsim_replies": 1, "scripts": [{"replies": ["a"]}, {"replies": [{"Text": {"text": 7}}]}]}',
            "replies.json: scripts[1]: Text(text=7): write a string",
        ),
        (
            '{"convsim_replies": 1, "scripts": [{"replies": [{"Call": {}}]}]}',
            "replies.json: scripts[0]: Call: the member 'name' is missing; it has 'name', 'arguments', and 'call_id'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    file: Path, content: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(content)
    with pytest.raises(UsageError) as error:
        read_replies(file)
    assert sentence in str(error.value)
    if "convsim_replies" in content:
        with pytest.raises(SystemExit, match="1"):
            main(["check", str(file)])
        assert sentence in capsys.readouterr().err


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        read_replies(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_replies(tmp_path)


def test_check_says_what_a_file_is(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    state, journal = str(tmp_path / "state.json"), str(tmp_path / "journal.json")
    sim.dump(state)
    sim.dump_journal(journal)
    write(file, {"replies": ["a"]})
    for name, what in (
        (state, "a state, 1 conversation in the default project"),
        (journal, "a journal, 1 entry"),
        (str(file), "replies, 1 script"),
    ):
        assert main(["check", name]) == 0
        assert capsys.readouterr().out == f"{name}: {what}; nothing is wrong with it\n"


def test_a_file_of_agents_declares_them(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    support = {"version": "3", "model": "gpt-4.1", "instructions": "Help.", "tools": [{"type": "web_search"}]}
    file.write_text(json.dumps({"convsim_agents": 1, "agents": {"support": support, "flow": {"kind": "workflow"}}}))
    sim = Emulator(service="foundry", agents=read_agents(file), replies=["Paris."])
    reference = {"type": "agent_reference", "name": "support"}
    answer = sim.openai().responses.create(input="Where?", extra_body={"agent_reference": reference}).to_dict()
    assert answer["agent_reference"] == reference | {"version": "3"}
    assert answer["instructions"] == "Help."
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: agents, 2 of them; nothing is wrong with it\n"


def test_the_members_of_an_agent_are_the_arguments_of_the_class() -> None:
    assert AGENT_MEMBERS == ("version", "model", "instructions", "tools", "settings", "structured_inputs", "kind")


@pytest.mark.parametrize(
    ("agents", "sentence"),
    [
        ([], 'write agents as an object, {"support": {"model": "gpt-5"}}'),
        ({"": {"model": "gpt-5"}}, "agents has an empty name; write the name that requests give"),
        ({"support": "gpt-5"}, "agents['support']: write an object; it has 'version', 'model'"),
        ({"support": {"nmae": "x"}}, "agents['support']: there is no member 'nmae'"),
        ({"support": {}}, "agents['support']: Agent(): a prompt agent has a model"),
        (
            {"a": {"model": "x", "tools": [{"type": "magic"}]}},
            "agents['a']: agents={'a': Agent(tools=[{'type': '",
        ),
    ],
)
def test_a_wrong_agent_is_named(file: Path, agents: object, sentence: str) -> None:
    file.write_text(json.dumps({"convsim_agents": 1, "agents": agents}))
    with pytest.raises(UsageError) as error:
        read_agents(file)
    assert str(error.value).startswith(f"{file}: {sentence}")


def test_check_says_what_is_wrong_in_a_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.json").write_text('{"convsim": 9}')
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(tmp_path / "state.json")])
    assert "is a state of version 9" in capsys.readouterr().err


def test_check_reads_a_file_by_its_members_in_any_order(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(json.dumps({"scripts": [{"replies": ["a" * 200]}], "convsim_replies": 1}))
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: replies, 1 script; nothing is wrong with it\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not a file of convsim: it is not JSON (Expecting value: line 1 column 1 (char 0))"),
        (
            "\udcff",
            "is not a file of convsim: it is not JSON ('utf-8' codec can't decode byte 0xff in position 0",
        ),
        ("[]", "is no file of convsim: it is not an object with the member 'convsim', 'convsim_journal', "),
        ('{"convsim_state": 1}', "is no file of convsim: it is not an object with the member 'convsim', "),
    ],
)
def test_check_says_of_a_file_of_no_kind_which_there_are(
    file: Path, content: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(file)])
    assert capsys.readouterr().err.startswith(f"convsim: {file} {sentence}")
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(file.with_name("none"))])
    assert capsys.readouterr().err == f"convsim: {file.with_name('none')}: there is no such file\n"


@pytest.mark.parametrize("content", ['{"convsim": 1}', '{"convsim": 9}'])
def test_check_says_of_a_state_what_an_emulator_would(
    file: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError) as error:
        Emulator(state=file)
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(file)])
    assert capsys.readouterr().err == f"convsim: {error.value}\n"
