from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from convsim import Emulator, __version__
from convsim.cli.main import main
from convsim.report.page import render_page
from tests.profiles import IN_FULL
from tests.report.pages import read_page
from tests.report.scenes import eventful


def run(*arguments: str, python: str = sys.executable, hash_seed: str = "0") -> str:
    command = [python, "-m", "convsim", *arguments]
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
        "POST    /v1/responses                                        responses.create\n"
        "GET     /v1/responses/{response_id}                          responses.retrieve\n"
        "DELETE  /v1/responses/{response_id}                          responses.delete\n"
        "POST    /v1/responses/{response_id}/cancel                   responses.cancel\n"
        "GET     /v1/responses/{response_id}/input_items              responses.input_items.list\n"
        "POST    /v1/responses/compact                                responses.compact\n"
        "POST    /v1/responses/input_tokens                           responses.input_tokens.count\n"
    )


def test_routes_prints_the_same_operations_as_openapi(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "--openapi"]) == 0
    paths = json.loads(capsys.readouterr().out)["paths"]
    assert [operation["operationId"] for path in paths.values() for operation in path.values()] == [
        *("conversations.create", "conversations.retrieve", "conversations.update", "conversations.delete"),
        *(f"conversations.items.{name}" for name in ("create", "list", "retrieve", "delete")),
        *("responses.create", "responses.retrieve", "responses.delete", "responses.cancel"),
        *("responses.input_items.list", "responses.compact", "responses.input_tokens.count"),
    ]


def test_the_two_kinds_of_routes_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["routes", "--openapi", "--control"])
    assert "not allowed with" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"convsim {__version__}\n"


def test_the_package_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["convsim", "--version"])
    monkeypatch.delitem(sys.modules, "convsim.__main__", raising=False)
    with pytest.raises(SystemExit, match="0"):
        importlib.import_module("convsim.__main__")
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


def test_the_demo_shows_calls_pages_a_refusal_and_the_transcript(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    if IN_FULL:  # in a process of its own, and with other hashes than this one's, it is the same
        assert run("demo", hash_seed="2" if os.environ.get("PYTHONHASHSEED") == "1" else "1") == shown
    conversation = "conv_67d348e000008193a04affe09113889504c84683b413470e"
    assert f"200  POST   /v1/conversations\n200  POST   /v1/conversations/{conversation}/items\n" in shown
    assert shown.count("?limit=3&order=asc") == 1
    assert shown.count("&limit=3&order=asc") == 1
    assert "has_more true" in shown
    assert "has_more false" in shown
    assert f"400  POST   /v1/conversations/{conversation}/items\n       {{\n" in shown
    assert "\"message\": \"Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.\"" in shown
    assert 'response.function_call_arguments.delta  \'{"into":"bag"}\'\n' in shown
    assert "response.output_text.delta  'There' ' is' ' a' ' dog' ' in' ' the' ' bag.'\n" in shown
    assert shown.count("response.completed\n") == 2
    assert shown.endswith(
        "conv_67d348...470e  9 items\n"
        "  0  developer             Answer in one sentence.\n"
        "  1  user                  What is in the box?\n"
        '  2  function_call         look({"into": "box"})\n'
        "  3  function_call_output  A cat.\n"
        "  4  assistant             There is a cat in the box.\n"
        "  5  user                  And in the bag?\n"
        '  6  function_call         look({"into":"bag"})\n'
        "  7  function_call_output  A dog.\n"
        "  8  assistant             There is a dog in the bag.\n"
    )


def test_a_state_becomes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sim = eventful()
    sim.dump(tmp_path / "state.json")
    page = tmp_path / "page.html"

    assert main(["render", str(tmp_path / "state.json"), "-o", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    shown = read_page(page.read_text(encoding="utf-8"))
    assert shown.one("h1").text == "state.json"
    assert [article.one("dt").text for article in shown.all("article")] == list(sim.state)
    assert shown.one("section", "wire").text == "RequestsNothing was asked."
    assert shown.one("section", "reproduce").one("pre").text == sim.reproduce()


def test_a_state_of_several_projects_becomes_a_page(tmp_path: Path) -> None:
    sim = Emulator(api_keys={"sk-a": "one", "sk-b": "two"}, ids="sequential", seed=5)
    sim.project("one").seed("conv_1")
    sim.project("two").seed("conv_2")
    sim.dump(tmp_path / "state.json")

    assert main(["render", str(tmp_path / "state.json"), "-o", str(tmp_path / "page.html")]) == 0
    shown = read_page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [article.one("dt").text for article in shown.all("article")] == ["conv_1", "conv_2"]


def test_a_journal_becomes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sim = eventful()
    sim.dump_journal(tmp_path / "journal.json")
    page = tmp_path / "page.html"

    assert main(["render", str(tmp_path / "journal.json"), "--output", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert page.read_bytes().decode() == render_page("journal.json", (), tuple(sim.journal))


def test_a_page_is_written_over_an_older_one(tmp_path: Path) -> None:
    Emulator().dump(tmp_path / "state.json")
    page = tmp_path / "page.html"
    page.write_text("x" * 100_000)
    main(["render", str(tmp_path / "state.json"), "-o", str(page)])

    assert read_page(page.read_text(encoding="utf-8"))


def test_a_page_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    Emulator().dump(tmp_path / "state.json")
    (tmp_path / "target").write_text("as it was")
    page = tmp_path / "page.html"
    page.symlink_to("target")
    main(["render", str(tmp_path / "state.json"), "-o", str(page)])

    assert not page.is_symlink()
    assert (tmp_path / "target").read_text() == "as it was"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        (b"", "is not a state written by sim.dump()"),
        (b"\xff\xfe\x00", "is not a state written by sim.dump()"),
        (b"{}", "is not a state written by sim.dump()"),
        (b'{"convsim": 1}', "is damaged"),
        (b'{"convsim": 9}', "is a state of version 9"),
        (b'{"convsim_journal": 1}', "is not a journal written by sim.dump_journal()"),
        (b'{"convsim_journal": 1, "entries": [{"kind": "http"}]}', "is not a journal written by sim.dump_journal()"),
        (b'{"convsim_journal": 7, "entries": []}', "is not a journal written by sim.dump_journal()"),
        (b'{"convsim_journal": 1, "entr', "is not a journal written by sim.dump_journal()"),
    ],
)
def test_a_file_that_is_neither_is_one_line_and_leaves_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    file, page = tmp_path / "some.json", tmp_path / "page.html"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit, match="1"):
        main(["render", str(file), "-o", str(page)])
    shown = capsys.readouterr()

    assert shown.out == ""
    assert shown.err.startswith("convsim: ")
    assert shown.err.count("\n") == 1
    assert str(file) in shown.err
    assert said in shown.err
    assert not page.exists()


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        main(["render", str(tmp_path), "-o", str(tmp_path / "page.html")])
    assert capsys.readouterr().err == f"convsim: {tmp_path} cannot be read: Is a directory\n"


def test_where_the_page_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Emulator().dump(tmp_path / "state.json")
    with pytest.raises(SystemExit, match="1"):
        main(["render", str(tmp_path / "state.json"), "-o", str(tmp_path / "none" / "page.html")])
    said = f"convsim: [Errno 2] No such file or directory: {str(tmp_path / 'none' / 'page.html')!r}\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("arguments", [[], ["state.json"], ["-o", "page.html"]])
def test_file_and_page_are_both_required(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["render", *arguments])
    assert "the following arguments are required" in capsys.readouterr().err


def test_the_command_line_renders_in_a_process_of_its_own(tmp_path: Path, forked_python: str) -> None:
    eventful().dump(tmp_path / "state.json")
    page = tmp_path / "page.html"

    assert run("render", str(tmp_path / "state.json"), "-o", str(page), python=forked_python) == f"{page}\n"
    assert read_page(page.read_text(encoding="utf-8")).one("h1").text == "state.json"


def test_names_of_files_steer_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    eventful().dump(tmp_path / "state.json")
    page = tmp_path / "\x1b[31mpage.html"
    assert main(["render", str(tmp_path / "state.json"), "-o", str(page)]) == 0
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(tmp_path / "\x1b[31mnone.json")])
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "\\x1b[31mpage" in told.out
    assert "\\x1b[31mnone" in told.err


def test_the_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {name}" in shown or f"\n    {name}" in shown for name in ("demo", "routes", "render"))
