"""Scenarios as a file: what is written is read as the same, and what is wrong is said with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convsim.cli.main import main
from convsim.contract.evidence import Evidence, Level
from convsim.contract.scenario import Answer, Anything, Count, Id, Raw, Scenario, Script, Seconds, Streamed
from convsim.contract.scenario_files import SHAPE, read, written
from convsim.core import files
from convsim.errors import UsageError

RESPONSE = Id("resp_1", "resp", shape=SHAPE)
ONE = Scenario(
    "one",
    "One",
    Evidence(Level.RECORDED, ()),
    (
        Raw("GET", "/conversations/x", Answer(404, {"error": None})),
        Script(("Hi.", {"Call": {"name": "look"}}), {"model": "gpt-4.1"}),
        Raw(
            "POST",
            "/responses",
            Answer(200, {"id": RESPONSE, "at": [Seconds(), Count()], "x": Anything(), "n": None}),
            '{"input": "ü"}',
        ),
        Raw("POST", "/responses", Answer(200, Streamed(RESPONSE)), '{"stream": true}'),
    ),
)


def test_what_is_written_is_read_as_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "it.json"
    file.write_text(written([ONE]), encoding="utf-8")
    assert read(file) == (ONE,)
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: scenarios, 1 of them; nothing is wrong with it\n"


def document(*steps: Any, **changes: Any) -> Any:
    one = {"name": "a", "title": "A", "steps": list(steps)} | changes
    return {"convsim_scenarios": 1, "scenarios": [one]}


def step(**changes: Any) -> Any:
    return {"method": "GET", "path": "/x", "answer": {"status": 200, "body": {}}} | changes


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"convsim_scenarios": 2, "scenarios": []}, " has scenarios of version 2, and this convsim reads version 1"),
        ({"convsim_scenarios": 1}, ": the member 'scenarios' is missing"),
        ({"convsim_scenarios": 1, "scenarios": {}}, ": scenarios: write a list of objects"),
        ({"convsim_scenarios": 1, "scenarios": [7]}, ": scenarios[0]: write an object"),
        (document(name=7), ": scenarios[0].name: write a string"),
        (document(steps={}), ": scenarios[0].steps: write a list of objects"),
        (document({}), ": scenarios[0].steps[0]: the member 'method' is missing"),
        (document(step(method=7)), ": scenarios[0].steps[0].method: write a string"),
        (document(step(method="G T")), ": scenarios[0].steps[0].method: write a method, as POST"),
        (document(step(path="/x\n")), ": scenarios[0].steps[0].path: write a path without line ends"),
        (document(step(path="x")), ": scenarios[0].steps[0].path: write the path relative to the base URL"),
        (document(step(file="x")), ": scenarios[0].steps[0]: there is no member 'file'"),
        (document(step(answer={"status": "200", "body": 1})), ": scenarios[0].steps[0].answer.status: write a number"),
        (
            document(step(answer={"status": 200, "body": {"convsim": "x"}})),
            ": scenarios[0].steps[0].answer: convsim: write",
        ),
        (
            document(step(answer={"status": 200, "body": [{"convsim": {"id": 7, "prefix": "x"}}]})),
            ": scenarios[0].steps[0]: write a string",
        ),
        (document({"says": []}), ": scenarios[0].steps[0]: write replies as a list"),
        (document({"says": ["a"], "when": 1}), ": scenarios[0].steps[0]: there is no member 'when'"),
        (
            {"convsim_scenarios": 1, "scenarios": document()["scenarios"] * 2},
            ": two scenarios have one name; give each its own",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, content: Any, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "it.json"
    file.write_text(json.dumps(content))
    with pytest.raises(UsageError) as error:
        read(file)
    assert str(error.value).startswith(f"{file}{sentence}")
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(file)])
    assert capsys.readouterr().err == f"convsim: {error.value}\n"


def test_a_name_of_a_file_steers_no_terminal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\\x1b\[31mnone: there is no such file"):
        read(tmp_path / "\x1b[31mnone")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json: there is no such file"):
        read(tmp_path / "none.json")
    (tmp_path / "it.json").write_text("{")
    with pytest.raises(UsageError, match=r"it\.json is not a file of scenarios: it is not JSON"):
        read(tmp_path / "it.json")


def test_an_answer_that_is_nested_too_deeply(monkeypatch: pytest.MonkeyPatch) -> None:
    body: Any = []
    for _ in range(2_000):
        body = [body]
    step = {"method": "GET", "path": "/", "answer": {"status": 200, "body": body}}
    document = {"convsim_scenarios": 1, "scenarios": [{"name": "a", "title": "b", "steps": [step]}]}
    # The parser of some versions of Python refuses it earlier.
    monkeypatch.setattr(files, "read_document", lambda *_: document)
    with pytest.raises(UsageError) as error:
        read("it.json")
    assert str(error.value) == "it.json: an answer is nested too deeply"
