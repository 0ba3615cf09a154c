"""``sim.webhooks``: what is posted as turns in the background end."""

from __future__ import annotations

import json
import time
from typing import Any

import openai
import pytest
import time_machine

from convsim import Emulator, Failure, UsageError, Webhook
from convsim.faults import FailResponse
from convsim.responses.webhooks import Ended
from tests.asking import service

NOW = 1741900000


def emulator(**options: Any) -> Emulator:
    return Emulator(ids="sequential", **options)


def ask(sim: Emulator, *says: Any, **script: Any) -> Any:
    sim.responses.script(*says, **script)
    return sim.responses.create(model="gpt-4.1", input="Hi", background=True)


def taken(sim: Emulator) -> list[tuple[str, str, int]]:
    """All there are: type, response and time of each."""
    told = []
    while len(sim.webhooks):
        event = json.loads(sim.webhooks.take().body)
        told.append((event["type"], event["data"]["id"], event["created_at"]))
    return told


def test_each_end_of_a_turn_in_the_background_has_one_oldest_first() -> None:
    sim = emulator()
    ask(sim, "Hi.", hold=True)
    ask(sim, "Hi.", delay=30)
    ask(sim, Failure("server_error", "No."), delay=40)
    ask(sim, "Hi", status="incomplete", reason="max_output_tokens", delay=50)
    assert taken(sim) == []
    sim.responses.cancel("resp_1")
    sim.clock.advance(60)
    assert len(sim.webhooks) == 4
    assert taken(sim) == [
        ("response.cancelled", "resp_1", NOW),
        ("response.completed", "resp_2", NOW + 60),
        ("response.failed", "resp_3", NOW + 60),
        ("response.incomplete", "resp_4", NOW + 60),
    ]


def test_a_turn_that_was_told_at_once_or_deleted_has_none() -> None:
    sim = emulator(replies=["Hi."])
    sim.responses.create(model="gpt-4.1", input="Hi")
    ask(sim, "Hi.", hold=True)
    sim.responses.delete("resp_2")
    assert taken(sim) == []


def test_a_turn_of_any_project_has_one() -> None:
    sim = emulator(replies=["Hi."])
    sim.project("proj_a").responses.create(model="gpt-4.1", input="Hi", background=True)
    assert [event for event, *_ in taken(sim)] == ["response.completed"]


def test_a_stream_that_a_fault_fails_has_one() -> None:
    sim = emulator(replies=["Paris is nice."])
    sim.faults.add(FailResponse(), on="response.output_text.delta")
    with sim.openai() as client, pytest.raises(openai.APIError):
        list(client.responses.create(model="gpt-4.1", input="Hi", background=True, stream=True))
    assert taken(sim) == [("response.completed", "resp_1", NOW)]


def test_without_one_the_words_say_where_they_come_from() -> None:
    with pytest.raises(UsageError, match=r"^sim\.webhooks\.take\(\): there is no webhook; a turn with background=True"):
        emulator().webhooks.take()


@pytest.mark.parametrize("now", [True, "now", float("inf"), float("nan")])
def test_now_is_in_seconds(now: Any) -> None:
    sim = emulator()
    ask(sim, "Hi.")
    with pytest.raises(UsageError, match=r"^sim\.webhooks\.take\(now="):
        sim.webhooks.take(now=now)
    assert len(sim.webhooks) == 1


def test_the_sdk_unwraps_one_that_is_signed_at_its_time() -> None:
    sim = emulator()
    answer = ask(sim, "Hi.")
    client = sim.openai(webhook_secret=sim.webhooks.secret)
    signed = sim.webhooks.take(now=time.time())
    event = client.webhooks.unwrap(signed.body, signed.headers)
    assert event.type == "response.completed"
    assert event.data.id == answer.id
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(signed.body + b" ", signed.headers)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        sim.openai(webhook_secret=Emulator(seed=1).webhooks.secret).webhooks.unwrap(signed.body, signed.headers)


def test_the_sdk_unwraps_one_that_is_signed_at_the_emulators_time_where_the_machines_stands_there() -> None:
    sim = emulator()
    ask(sim, "Hi.")
    client, signed = sim.openai(webhook_secret=sim.webhooks.secret), sim.webhooks.take()
    assert isinstance(signed, Webhook)
    with pytest.raises(openai.InvalidWebhookSignatureError, match="too old"):
        client.webhooks.unwrap(signed.body, signed.headers)
    with time_machine.travel(sim.clock.now()):
        assert client.webhooks.unwrap(signed.body, signed.headers).type == "response.completed"


def test_reset_and_restore_forget_them() -> None:
    sim = emulator(replies=["Hi.", "Hi."])
    state = sim.snapshot()
    ask(sim, "Hi.")
    sim.reset()
    assert taken(sim) == []
    ask(sim, "Hi.")
    sim.restore(state)
    assert taken(sim) == []


def test_the_oldest_are_dropped_where_nobody_takes_them() -> None:
    sim = emulator()
    service(sim).webhooks.extend(Ended(f"resp_{number}", "completed", NOW) for number in range(10_002))
    assert len(sim.webhooks) == 10_000
    assert json.loads(sim.webhooks.take().body)["data"]["id"] == "resp_2"
