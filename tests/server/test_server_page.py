"""docs/server.md: the requests and files of its indented blocks are right. tests/test_guide.py runs the others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from convsim.cli.main import main
from tests.server.asking import Control

PAGE = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
JAVASCRIPT = [
    (method, path, re.sub(r"(\w+): ", r'"\1": ', body))
    for method, path, body in re.findall(r'^ {4}await control\("(\w+)", "(\w+)", (.+)\);$', PAGE, re.MULTILINE)
]
FILES = re.findall(r"^    (\{\"convsim_\w+\": 1.*?^    ?\]?\}+)$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def control() -> Control:
    return Control()


def test_the_curl_commands_are_answered(control: Control) -> None:
    posts = re.findall(r"-d '(.+?)' \$ROOT/_convsim(/\w+)$", PAGE, re.MULTILINE)
    assert len(posts) == 2
    for body, path in posts:
        control.told("POST", path, json.loads(body))
    assert control.told("GET", "/journal?after=0")["entries"][0]["operation"] == "seed"
    assert control.sim.state["conv_123"].items[0].text == "Hello!"


def test_the_javascript_calls_are_answered(control: Control) -> None:
    known: dict[str, Any] = {"{ snapshot }": {"snapshot": control.told("POST", "/snapshots", {})["snapshot"]}}
    assert len(JAVASCRIPT) == 5
    for method, path, body in JAVASCRIPT:
        control.told(method, f"/{path}", known.get(body) or json.loads(body))


def test_the_files_are_files_of_convsim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(FILES) == 2
    for number, text in enumerate(FILES):
        file = tmp_path / f"{number}.json"
        file.write_text(text)
        assert main(["check", str(file)]) == 0
    assert capsys.readouterr().err == ""
