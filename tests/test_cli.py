from __future__ import annotations

import subprocess
import sys

import pytest

from convsim import __version__
from convsim.cli import main


def run(*arguments: str, hash_seed: str = "0") -> str:
    command = [sys.executable, "-c", "import sys; from convsim.cli import main; sys.exit(main())", *arguments]
    done = subprocess.run(command, capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": hash_seed})
    return done.stdout


def test_routes_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes"]) == 0
    assert capsys.readouterr().out == (
        "POST    /v1/conversations                                    conversations.create\n"
        "GET     /v1/conversations/{conversation_id}                  conversations.retrieve\n"
        "POST    /v1/conversations/{conversation_id}                  conversations.update\n"
        "DELETE  /v1/conversations/{conversation_id}                  conversations.delete\n"
        "POST    /v1/conversations/{conversation_id}/items            conversations.items.create\n"
        "GET     /v1/conversations/{conversation_id}/items            conversations.items.list\n"
        "GET     /v1/conversations/{conversation_id}/items/{item_id}  conversations.items.retrieve\n"
        "DELETE  /v1/conversations/{conversation_id}/items/{item_id}  conversations.items.delete\n"
    )


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"convsim {__version__}\n"


def test_a_command_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "the following arguments are required: COMMAND" in capsys.readouterr().err


def test_the_demo_says_in_words_that_the_sdk_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(SystemExit, match="1"):
        main(["demo"])
    assert capsys.readouterr().err == (
        "convsim: the official SDK is not installed, and convsim does not bring it: python -m pip install openai\n"
    )


def test_the_demo_is_the_same_on_every_run() -> None:
    assert run("demo", hash_seed="1") == run("demo", hash_seed="2")


def test_the_demo_shows_calls_pages_a_refusal_and_the_transcript(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    conversation = "conv_67d348e000008193a04affe09113889504c84683b413470e"
    assert f"200  POST   /v1/conversations\n200  POST   /v1/conversations/{conversation}/items\n" in shown
    assert shown.count("?limit=3&order=asc") == 1
    assert shown.count("&limit=3&order=asc") == 1
    assert "has_more true" in shown
    assert "has_more false" in shown
    assert f"400  POST   /v1/conversations/{conversation}/items\n       {{\n" in shown
    assert "\"message\": \"Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.\"" in shown
    assert shown.endswith(
        f"{conversation}  5 items\n"
        "  0  developer             Answer in one sentence.\n"
        "  1  user                  What is in the box?\n"
        '  2  function_call         look({"into": "box"})\n'
        "  3  function_call_output  A cat.\n"
        "  4  assistant             There is a cat in the box.\n"
    )
