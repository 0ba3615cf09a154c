"""What the control plane is told of scenarios, in the JSON that it reads."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from convsim.contract.control import Control, written
from convsim.contract.evidence import inferred
from convsim.contract.foundry import OPTIONS, SUPPORT
from convsim.contract.realtime import Act, Heard
from convsim.contract.scenario import Script, scenario
from convsim.contract.scenarios import FOUNDRY_SCENARIOS, REALTIME_SCENARIOS, SCENARIOS, SOCKET_SCENARIOS
from convsim.errors import ConvsimError
from convsim.faults import RateLimited, Rule
from convsim.realtime import Speech
from convsim.responses.vocabulary import Call, Text
from convsim.server.reading import read_options, read_rule, read_script, read_spoken


class Spy:
    """What was posted, by path; all of it is answered with ``status``."""

    def __init__(self, status: int = 200, service: str = "openai") -> None:
        self.posted: dict[str, Any] = {}
        self.headers: list[httpx2.Headers] = []
        self.status = status
        client = httpx2.Client(transport=httpx2.MockTransport(self.answer))
        self.control = Control(client, "http://127.0.0.1:1/base/v1", "token", "verify-1", service)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.posted[str(request.url)] = json.loads(request.content)
        self.headers.append(request.headers)
        return httpx2.Response(self.status, text="no\nwords")


ROOT = "http://127.0.0.1:1/_convsim"


def test_a_scenario_begins_with_its_options_and_the_defaults_of_the_rest() -> None:
    spy = Spy()
    spy.control.begin(
        scenario(
            "a", "A", inferred("x"), replies=("Hi.", [Text("a"), Call("b")]), behavior={"limit_zero": "empty_page"}
        )
    )
    options = spy.posted[f"{ROOT}/reset"]["options"]
    assert options["behavior"] == {"limit_zero": "empty_page"}
    assert [len(turn["replies"]) for turn in options["replies"]] == [1, 2]
    assert (options["unknown_ids"], options["api_keys"], options["faults"]) == ("refuse", None, [])
    assert (options["service"], options["agents"]) == ("openai", None)
    (headers,) = spy.headers
    assert (headers["authorization"], headers["x-convsim-session"]) == ("Bearer token", "verify-1")


def test_the_service_of_a_run_is_that_of_scenarios_that_name_none() -> None:
    spy = Spy(service="foundry")
    spy.control.begin(scenario("a", "A", inferred("x")))
    options = spy.posted[f"{ROOT}/reset"]["options"]
    assert (options["service"], options["agents"]) == ("foundry", None)


def test_agents_are_described_as_in_a_file_of_them() -> None:
    spy = Spy()
    spy.control.begin(scenario("a", "A", inferred("x"), **OPTIONS))
    options = spy.posted[f"{ROOT}/reset"]["options"]
    assert options["agents"]["support"]["instructions"] == "Be brief."
    assert read_options("x", {"agents": options["agents"]}) == {"agents": {"support": SUPPORT.named("support")}}


def test_steps_of_the_test_are_calls() -> None:
    spy = Spy()
    spy.control.script(Script(("Hi.",), {"hold": True}))
    spy.control.finish("resp_1")
    spy.control.act(Act("script", Heard(), (Speech(b"ab", "x"),), {"hold": True}))
    spy.control.act(Act("add", Heard(), (Text("a"),)))
    spy.control.act(Act("drop", Heard(), (1011, "Oh."), {"delay": 1}))
    spy.control.advance(3600)
    spy.control.end()
    assert spy.posted == {
        f"{ROOT}/replies": {"replies": ["Hi."], "hold": True},
        f"{ROOT}/responses/resp_1/finish": {},
        f"{ROOT}/realtime/script": {"replies": [{"Speech": {"audio": "YWI=", "transcript": "x"}}], "hold": True},
        f"{ROOT}/realtime/add": {"item": {"Text": {"text": "a", "phase": None, "annotations": [], "logprobs": []}}},
        f"{ROOT}/realtime/drop": {"code": 1011, "reason": "Oh.", "delay": 1},
        f"{ROOT}/clock": {"advance": 3600},
        f"{ROOT}/reset": {},
    }


def test_what_it_refuses_is_said_in_one_line() -> None:
    with pytest.raises(ConvsimError, match=f"POST {ROOT}/reset answers 404: no words"):
        Spy(404).control.end()


def test_that_it_does_not_answer_is_said() -> None:
    def down(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("")

    client = httpx2.Client(transport=httpx2.MockTransport(down))
    with pytest.raises(ConvsimError, match=f"POST {ROOT}/reset: ReadTimeout"):
        Control(client, "http://127.0.0.1:1", "token", "verify-1").end()


def test_what_is_written_is_read_as_the_same() -> None:
    said = Text("a", phase="commentary"), Call("b", {"c": 1}, call_id="call_1")
    assert read_script("x", {"replies": written(said)})["says"] == list(said)
    assert read_spoken("x", written((Speech(b"\xff", "y"),))) == [Speech(b"\xff", "y")]
    rule = Rule(RateLimited(retry_after=0.25), on="conversations.*")
    read = read_rule("x", written(rule))
    assert (read.fault, read.operations) == (rule.fault, rule.operations)


EVERYTHING: list[Any] = [*SCENARIOS, *SOCKET_SCENARIOS, *REALTIME_SCENARIOS, *FOUNDRY_SCENARIOS]


@pytest.mark.parametrize("one", [one for one in EVERYTHING if one.options], ids=lambda one: one.name)
def test_the_options_of_every_scenario_can_be_said(one: Any) -> None:
    spy = Spy()
    spy.control.begin(one)
    read = read_options("x", spy.posted[f"{ROOT}/reset"]["options"])
    for rule, told in zip(one.options.get("faults", ()), read["faults"], strict=True):
        # JSON says these of a rule and no more; a scenario with more of them would need them written.
        assert (rule.fault, rule.operations) == (told.fault, told.operations)
        assert (rule.skip, rule.times, rule.conversation) == (0, None, None)
