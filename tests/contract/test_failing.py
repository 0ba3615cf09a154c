"""The report of a scenario that the emulator fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from convsim import Emulator
from convsim.contract.asking import Reply
from convsim.contract.events import event
from convsim.contract.realtime import Heard, RealtimeScenario, Send
from convsim.contract.scenario import Answer, Call, Raw, Scenario
from convsim.contract.scenarios import REALTIME_SCENARIOS, SCENARIOS
from convsim.contract.telling import place

from . import realtime_fronts, test_realtime_scenarios, test_scenarios
from .fronts import HTTP_FRONTS, Front, direct, httpx2_sync, sdk_sync


def broken(*steps: Call | Raw) -> Scenario:
    """The scenario "create-bare", going on with steps of which the last has a wrong answer."""
    scenario = next(each for each in SCENARIOS if each.name == "create-bare")
    return replace(scenario, steps=(*scenario.steps, *steps))


def said(test: Callable[..., None], scenario: Any, *fronts: Any) -> list[str]:
    with pytest.raises(pytest.fail.Exception) as caught:
        test(scenario, fronts)
    assert not caught.value.pytrace
    return str(caught.value).splitlines()


NO = {"message": "No.", "type": "invalid_request_error", "param": None, "code": "none"}
NOT_THERE = Call("conversations.delete", {"conversation_id": "conv_x"}, Answer(200, {"error": NO}))


def test_the_step_can_be_done_again_and_each_difference_is_one_line() -> None:
    assert said(test_scenarios.test_scenario, broken(NOT_THERE), direct) == [
        f"create-bare over direct, step 2 ({place(broken())})",
        "curl -X DELETE https://api.openai.com/v1/conversations/conv_x -H 'Authorization: Bearer sk-test'",
        "status: expected 200, got 404",
        "body.error.message: expected 'No.', got \"Conversation with id 'conv_x' not found.\"",
        "body.error.code: expected 'none', got None",
    ]


def test_the_options_that_the_step_needs_are_told_too() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "update-replaces")
    _, options, step, *_ = said(test_scenarios.test_scenario, replace(scenario, steps=(NOT_THERE,)), direct)
    assert options == "Emulator(behavior={'metadata_update': 'replace'})"
    assert step.startswith("curl -X DELETE ")


def test_other_fronts_point_to_the_simplest() -> None:
    first, *_, second, third = said(test_scenarios.test_scenario, broken(NOT_THERE), direct, httpx2_sync, sdk_sync)
    assert first.startswith("create-bare over direct, step 2 (")
    assert second == "create-bare over httpx2_sync, step 2: as over direct"
    assert third == "create-bare over sdk_sync, step 2: as over direct"


def test_a_front_that_fails_by_itself_is_told_whole() -> None:
    @contextmanager
    def wrong(sim: Emulator) -> Iterator[Front]:
        yield Front(lambda step: Reply(500, {}))

    first, _, status, *_ = said(test_scenarios.test_scenario, broken(), direct, wrong, sdk_sync)
    assert first == f"create-bare over wrong, step 1 ({place(broken())})"
    assert status == "status: expected 200, got 500"


def test_an_exception_is_told_with_its_front_and_the_failures_before_it() -> None:
    @contextmanager
    def broken_front(sim: Emulator) -> Iterator[Front]:
        raise OSError("the front is broken")
        yield

    with pytest.raises(OSError, match="the front is broken") as caught:
        test_scenarios.test_scenario(broken(NOT_THERE), (direct, broken_front))
    first, *_, last = caught.value.__notes__[0].splitlines()
    assert first.startswith("create-bare over direct, step 2 (")
    assert last == f"create-bare over broken_front ({place(broken())})"


def test_raw_requests_are_first_made_over_httpx2() -> None:
    answer = Answer(404, {}, headers={"x-none": ".+"}, length=1)
    scenario = broken(Raw("POST", "/none?a=b", answer, body='{"it": "is"}', headers={"Authorization": ""}))
    _, step, *lines, last = said(test_scenarios.test_scenario, scenario, *HTTP_FRONTS[:2])

    url = "https://api.openai.com/v1/none?a=b"
    assert step == f"curl -X POST '{url}' -H 'Content-Type: application/json' -d '{{\"it\": \"is\"}}'"
    assert [line.partition(":")[0] for line in lines] == ["body", "header x-none", "length"]
    assert last == "create-bare over httpx2_async, step 2: as over httpx2_sync"


def spoilt(*steps: Send) -> RealtimeScenario:
    scenario = next(each for each in REALTIME_SCENARIOS if each.name == "realtime-deleted")
    return replace(scenario, steps=steps, order=())


CLEAR = {"type": "input_audio_buffer.clear"}


@pytest.mark.parametrize(
    ("heard", "line"),
    [
        (Heard(), 'not expected, and it came: {"type":"input_audio_buffer.cleared","event_id":"event_'),
        (Heard((event("input_audio_buffer.cleared"),) * 2), "expected input_audio_buffer.cleared, and it did not come"),
        (Heard((event("x"),)), "event 1: .type: expected 'x', got 'input_audio_buffer.cleared'"),
    ],
    ids=["more", "less", "other"],
)
def test_an_event_that_is_not_heard_as_expected(heard: Heard, line: str) -> None:
    scenario = spoilt(Send(CLEAR, heard))
    two = (realtime_fronts.direct, realtime_fronts.sans_io)
    where, step, difference, other = said(test_realtime_scenarios.test_scenario, scenario, *two)

    assert where == f"realtime-deleted over direct, step 1 ({place(scenario)})"
    assert step == 'send {"type": "input_audio_buffer.clear"}'
    assert difference.startswith(line)
    assert other == "realtime-deleted over sans_io, step 1: as over direct"


def test_another_order_is_told_behind_the_last_step() -> None:
    scenario = replace(spoilt(), order=("item_1",))

    assert said(test_realtime_scenarios.test_scenario, scenario, realtime_fronts.direct)[1:] == [
        "after the last step",
        "order: expected ('item_1',), got ()",
    ]
