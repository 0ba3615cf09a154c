"""The words in which a failing step is told."""

from __future__ import annotations

import pytest

from convsim.contract.asking import Request
from convsim.contract.evidence import inferred
from convsim.contract.realtime import Act, Heard, Opening, Send
from convsim.contract.scenario import Told, scenario
from convsim.contract.scenarios import FOUNDRY_SCENARIOS, REALTIME_SCENARIOS, SCENARIOS, SOCKET_SCENARIOS
from convsim.contract.telling import ROOT, curl, frame, place


def test_a_request_is_a_command_in_which_the_shell_puts_the_key() -> None:
    asked = Request("POST", "/x", {"Authorization": "Bearer $KEY", "a": "it's"}, b'{"a": "$b"}')
    assert curl(asked, "http://h/v1") == (
        'curl -X POST http://h/v1/x -H "Authorization: Bearer $KEY" -H \'a: it\'"\'"\'s\' -d \'{"a": "$b"}\''
    )
    assert curl(Request("GET", "/x?a[]=b", {"api-key": "$KEY"}, b""), "http://h/v1") == (
        "curl 'http://h/v1/x?a[]=b' -H \"api-key: $KEY\""
    )


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Opening(Heard(), "beta", None, "sk-x"), "open a session: model None, key 'sk-x', beta"),
        (Send({"type": "x"}, Heard()), 'send {"type": "x"}'),
        (Send(b"\x00", Heard()), "send b'\\x00'"),
        (Act("finish", Heard()), "session.finish()"),
        (Act("drop", Heard(), (1011,), {"reason": "Oh."}), "session.drop(1011,) {'reason': 'Oh.'}"),
    ],
)
def test_a_realtime_step_is_told_in_words(step: Opening | Send | Act, words: str) -> None:
    assert frame(step) == words


EVERYTHING = {told.name: told for told in (*SCENARIOS, *SOCKET_SCENARIOS, *REALTIME_SCENARIOS, *FOUNDRY_SCENARIOS)}
FILES = "convsim/contract/scenarios"


@pytest.mark.parametrize(
    ("name", "file", "line"),
    [
        ("create-bare", "conversations", '"create-bare",'),
        ("socket-turn", "turn_sockets", '"turn",'),
        ("realtime-deleted", "realtime_edits", '"deleted",'),
        ("foundry-stream-agent", "foundry_streams", '"foundry-stream-agent",'),
        ("nested-shell-outcome", "nested", '"shell-outcome",'),
    ],
)
def test_a_scenario_is_found_in_its_file(name: str, file: str, line: str) -> None:
    path, _, number = place(EVERYTHING[name]).partition(":")
    assert path == f"{FILES}/{file}.py"
    assert line in (ROOT / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]


def test_every_scenario_is_found_and_those_in_no_table_too() -> None:
    places = [place(told) for told in EVERYTHING.values()]
    assert all(each.endswith(".py") or ".py:" in each for each in places)
    assert sum(":" in each for each in places) > 0.95 * len(places)
    lines = [each for each in places if ":" in each]
    assert len(set(lines)) == len(lines)
    assert place(scenario("never", "Never", inferred("x"))) == FILES
    assert place(Told("retrieve", "A user's", inferred("x"), source="talk.json: scenarios[0]")) == (
        "talk.json: scenarios[0]"
    )
