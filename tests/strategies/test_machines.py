"""The state machines: a right client passes, and each planted bug is found and told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from convsim.errors import UnscriptedTurnError, UsageError
from convsim.faults import ConnectionReset, ConversationLocked
from convsim.strategies import ConversationMachine, TurnMachine
from convsim.strategies.schemas import Json
from tests.profiles import examples

QUIETLY = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None, stateful_step_count=12)


def run(machine: type[ConversationMachine | TurnMachine], number: int = 40) -> None:
    run_state_machine_as_test(machine, settings=settings(QUIETLY, max_examples=examples(number)))


def failure_of(machine: type[ConversationMachine | TurnMachine], steps: int = 8) -> Exception:
    """The failure that is found; it is not made smaller, which takes most of the time."""
    as_found = settings(QUIETLY, max_examples=1000, phases=[Phase.generate], derandomize=True)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the machine raises
        run_state_machine_as_test(machine, settings=settings(as_found, stateful_step_count=steps))
    return caught.value


# --- conversations -------------------------------------------------------------------------------------------------


def test_the_sdk_without_retries_passes() -> None:
    run(ConversationMachine)


def test_a_client_passes_that_is_built_as_an_application_builds_it() -> None:
    class Own(ConversationMachine):
        faults = ()

        def connect(self) -> None:
            self.client = openai.OpenAI(api_key="sk-any")

    run(Own, 10)


class BlindRetries(ConversationMachine):
    """The SDK's own retries: it sends again what may have been stored."""

    def connect(self) -> None:
        self.client = self.sim.openai(max_retries=2)


class OnePage(ConversationMachine):
    faults = ()

    def read(self, conversation_id: str) -> list[str]:
        page = self.client.conversations.items.list(conversation_id, order="asc", limit=3)
        return [item.content[0].text for item in page.data]


class NewestFirst(ConversationMachine):
    def read(self, conversation_id: str) -> list[str]:
        return [item.content[0].text for item in self.client.conversations.items.list(conversation_id)]


class NoNews(ConversationMachine):
    """It reads once, and believes that it alone writes."""

    def connect(self) -> None:
        super().connect()
        self.known: dict[str, list[str]] = {}

    def read(self, conversation_id: str) -> list[str]:
        return self.known.setdefault(conversation_id, super().read(conversation_id))


class Pages(ConversationMachine):
    """It puts each page before the earlier ones."""

    def read(self, conversation_id: str) -> list[str]:
        texts: list[str] = []
        while True:
            page = self.client.conversations.items.list(conversation_id, order="asc", limit=100).data[len(texts) :][:2]
            if not page:
                return texts
            texts = [item.content[0].text for item in page] + texts


class Shifted(ConversationMachine):
    """It asks for pages by their number, newest first: what is written between two of them moves the rest."""

    def read(self, conversation_id: str) -> list[str]:
        texts: list[str] = []
        while True:
            page = self.client.conversations.items.list(conversation_id, limit=100).data[len(texts) :][:2]
            if not page:
                return texts[::-1]
            texts += [item.content[0].text for item in page]


class LastItem(ConversationMachine):
    def delete_item(self, conversation_id: str, item_id: str) -> None:
        newest = self.client.conversations.items.list(conversation_id, limit=1).data[0]
        super().delete_item(conversation_id, newest.id)


class OneByOne(ConversationMachine):
    """A request for each message: a fault between them leaves a part."""

    def append(self, conversation_id: str, messages: list[Json]) -> None:
        for message in messages:
            super().append(conversation_id, [message])


class Deaf(ConversationMachine):
    """It takes a lost answer for a success."""

    faults = (ConversationLocked(),)

    def append(self, conversation_id: str, messages: list[Json]) -> None:
        with suppress(openai.APIError):
            super().append(conversation_id, messages)


class NeverDeletes(ConversationMachine):
    def delete(self, conversation_id: str) -> None:
        pass


class Invents(ConversationMachine):
    def create(self, messages: list[Json]) -> str:
        return "conv_of_my_own"


class Forgetful(ConversationMachine):
    """One bad answer, and it is done for."""

    faults = (ConnectionReset(),)

    def connect(self) -> None:
        super().connect()
        self.broken = False

    def append(self, conversation_id: str, messages: list[Json]) -> None:
        if self.broken:
            raise RuntimeError("the session is closed")
        self.broken = True
        super().append(conversation_id, messages)
        self.broken = False


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (BlindRetries, "append() succeeded; "),
        (OnePage, "read() gave "),
        (NewestFirst, "read() gave "),
        (NoNews, "read() gave "),
        (Pages, "read() gave "),
        (Shifted, " while "),
        (LastItem, "are stored instead of "),
        (OneByOne, "append() failed; "),
        (Deaf, "append() succeeded; "),
        (NeverDeletes, "delete() succeeded; the conversation is there"),
        (Invents, "create() returned 'conv_of_my_own', which does not exist"),
        (Forgetful, "the session is closed"),
    ],
)
def test_a_planted_bug_is_found(machine: type[ConversationMachine], words: str) -> None:
    assert words in str(failure_of(machine, steps=30))  # most need several calls on one conversation


# --- turns ---------------------------------------------------------------------------------------------------------


def test_a_plain_loop_passes() -> None:
    run(TurnMachine)


class AsksAgain(TurnMachine):
    """It repeats the whole turn when an answer is lost."""

    def ask(self, conversation_id: str, text: str) -> str:
        try:
            return super().ask(conversation_id, text)
        except openai.APIError:
            return super().ask(conversation_id, text)


class WorksTwice(TurnMachine):
    def ask(self, conversation_id: str, text: str) -> str:
        answer = super().ask(conversation_id, text)
        for number in self.worked[-1:]:
            self.work(number)
        return answer


class WorksAgainAfterAFault(TurnMachine):
    """It runs the tool once more if the request with the output has failed."""

    faults = (ConnectionReset(),)

    def ask(self, conversation_id: str, text: str) -> str:
        try:
            return super().ask(conversation_id, text)
        except openai.APIError:
            for number in self.worked[-1:]:
                self.work(number)
            raise


class SkipsTools(TurnMachine):
    """It sends an output without running the tool."""

    def work(self, number: int) -> str:
        return f"done {number}"


class OtherWords(TurnMachine):
    def ask(self, conversation_id: str, text: str) -> str:
        return super().ask(conversation_id, text).upper()


class OutsideTheConversation(TurnMachine):
    def ask(self, conversation_id: str, text: str) -> str:
        response = self.client.responses.create(model="gpt-4.1", input=text)
        return str(response.output_text)


class OneTooMany(TurnMachine):
    def ask(self, conversation_id: str, text: str) -> str:
        answer = super().ask(conversation_id, text)
        super().ask(conversation_id, "Are you sure?")
        return answer


class AddsItems(TurnMachine):
    def ask(self, conversation_id: str, text: str) -> str:
        answer = super().ask(conversation_id, text)
        reasoning: Any = {"type": "compaction", "encrypted_content": "x"}
        self.sim.conversations.items.create(conversation_id, items=[reasoning])
        return answer


class StartsNothing(TurnMachine):
    def start(self) -> str:
        return "conv_of_my_own"


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        # Versions of Hypothesis find different programs for one bug.
        (AsksAgain, "No script answers this turn"),
        (WorksTwice, "has run already"),
        (WorksAgainAfterAFault, "the tool has run twice for a call: ["),
        (SkipsTools, "the tool has run for ["),
        (OtherWords, "ask() returned 'TEXT "),
        (OutsideTheConversation, " instead of "),
        (StartsNothing, "start() returned 'conv_of_my_own', which does not exist"),
    ],
)
def test_a_planted_bug_in_a_loop_is_found(machine: type[TurnMachine], words: str) -> None:
    assert words in str(failure_of(machine))


def test_a_turn_that_nobody_scripted_is_told_as_such() -> None:
    assert isinstance(failure_of(OneTooMany), UnscriptedTurnError)


def test_an_item_of_another_type_is_told_by_its_type() -> None:
    error = failure_of(AddsItems)
    assert isinstance(error, UsageError)
    assert "an item of the type 'compaction'" in str(error)


# --- both ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", [ConversationMachine, TurnMachine])
def test_nothing_stays_patched_in(machine: Callable[[], ConversationMachine | TurnMachine]) -> None:
    before = vars(openai._base_client.SyncAPIClient)["_sleep_for_retry"]
    made = machine()
    assert vars(openai._base_client.SyncAPIClient)["_sleep_for_retry"] is not before
    made.teardown()
    assert vars(openai._base_client.SyncAPIClient)["_sleep_for_retry"] is before


@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_nor_after_a_client_that_cannot_be_built_or_closed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: ConversationMachine) -> None:
        raise RuntimeError(name)

    before = vars(openai._base_client.SyncAPIClient)["_sleep_for_retry"]
    monkeypatch.setattr(ConversationMachine, name, broken)
    with pytest.raises(RuntimeError, match=name):
        ConversationMachine().teardown()
    assert vars(openai._base_client.SyncAPIClient)["_sleep_for_retry"] is before
