"""The words in which a failing step is told."""

from __future__ import annotations

import pytest

from convsim.contract.asking import Request
from convsim.contract.realtime import Act, Heard, Opening, Send
from convsim.contract.scenarios import REALTIME_SCENARIOS, SCENARIOS
from convsim.contract.telling import curl, frame, place


def test_a_request_is_a_command_in_which_the_shell_puts_the_key() -> None:
    asked = Request("POST", "/x", {"Authorization": "Bearer $KEY", "a": "it's"}, b'{"a": "$b"}')
    assert curl(asked, "http://h/v1") == (
        'curl -X POST http://h/v1/x -H "Authorization: Bearer $KEY" -H \'a: it\'"\'"\'s\' -d \'{"a": "$b"}\''
    )
    assert curl(Request("GET", "/x?a[]=b", {}, b""), "http://h/v1") == "curl 'http://h/v1/x?a[]=b'"


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


def test_every_scenario_that_is_written_out_is_found() -> None:
    assert place("create-bare").startswith("convsim/contract/scenarios/conversations.py:")
    assert place("realtime-deleted").startswith("convsim/contract/scenarios/realtime_edits.py:")
    assert place("never") == "convsim/contract/scenarios"
    places = [place(each.name) for each in (*SCENARIOS, *REALTIME_SCENARIOS)]
    assert sum(":" in each for each in places) > 0.7 * len(places)
