"""The common properties of all faults: they are data, and show what they are."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, cast

import pytest

from convsim import faults
from convsim.errors import UsageError
from convsim.faults import Fault, HideItem, InsertItem, Latency, StaleReads
from convsim.faults.answers import ErrorAnswer, SpoiltAnswer
from convsim.faults.events import EventFault
from convsim.faults.fault import ActFault, AnswerFault, FaultContext, Moment, ViewFault
from convsim.http.messages import Request
from convsim.operations.project import Project
from convsim.store.store import Store

from .asking import HI

SCENE = FaultContext(Request("GET", "", "", "", (), b""), 200, b"", "req_1", 0, None)

SORRY = "The server had an error while processing your request. Sorry about that!"

# Each fault: what makes it, what it is called, the moments at which it can happen, the usual one first.
BEFORE: tuple[Moment, ...] = ("before",)
AFTER: tuple[Moment, ...] = ("after",)
EITHER: tuple[Moment, ...] = ("before", "after")
FAULTS: list[tuple[Fault, str, tuple[Moment, ...]]] = [
    (faults.RateLimited(), "RateLimited(retry_after=0.01, kind='requests')", EITHER),
    (faults.RateLimited(2, "tokens"), "RateLimited(retry_after=2, kind='tokens')", EITHER),
    (faults.QuotaExceeded(), "QuotaExceeded()", EITHER),
    (faults.ServerError(), "ServerError()", EITHER),
    (faults.ServerError(retry_after=0), "ServerError(retry_after=0)", EITHER),
    (
        faults.ServerError(status=503, wording="sorry_help"),
        "ServerError(status=503, wording='sorry_help')",
        EITHER,
    ),
    (faults.Overloaded(), "Overloaded()", EITHER),
    (faults.Overloaded(retry_after=1.5), "Overloaded(retry_after=1.5)", EITHER),
    (faults.Unauthorized(), "Unauthorized()", EITHER),
    (faults.PermissionDenied(), "PermissionDenied()", EITHER),
    (faults.ConversationLocked(), "ConversationLocked()", EITHER),
    (faults.InvalidItem(), "InvalidItem()", EITHER),
    (faults.ContextLengthExceeded(), "ContextLengthExceeded()", EITHER),
    (faults.BadGateway(), "BadGateway()", EITHER),
    (faults.TruncatedJSON(), "TruncatedJSON(keep=0.5)", AFTER),
    (faults.EmptyBody(), "EmptyBody()", AFTER),
    (faults.WrongContentType(), "WrongContentType(content_type='text/plain; charset=utf-8')", AFTER),
    (faults.ConnectionRefused(), "ConnectionRefused()", BEFORE),
    (faults.DNSFailure(), "DNSFailure()", BEFORE),
    (faults.ConnectTimeout(), "ConnectTimeout()", BEFORE),
    (faults.ReadTimeout(), "ReadTimeout()", EITHER),
    (faults.ConnectionReset(), "ConnectionReset()", EITHER),
    (faults.BodyReset(), "BodyReset(after_bytes=10)", AFTER),
    (Latency(0.5), "Latency(seconds=0.5)", AFTER),
    (faults.DeleteItem("msg_1"), "DeleteItem(item_id='msg_1')", BEFORE),
    (InsertItem(HI), f"InsertItem(item={HI})", BEFORE),
    (faults.DeleteConversation(), "DeleteConversation()", BEFORE),
    (HideItem("msg_1"), "HideItem(item_id='msg_1')", BEFORE),
    (StaleReads(2), "StaleReads(writes=2)", BEFORE),
    (faults.RefuseEvent(), f"RefuseEvent(message={SORRY!r}, type='server_error')", BEFORE),
    (
        faults.RefuseEvent("a", "b", "c", "d", False),
        "RefuseEvent(code='a', message='b', param='c', type='d', echo=False)",
        BEFORE,
    ),
    (faults.DropEvent(), "DropEvent()", AFTER),
    (faults.GarbleEvent("x"), "GarbleEvent(text='x')", AFTER),
    (faults.StallStream(), "StallStream()", AFTER),
    (faults.FailResponse(), f"FailResponse(code='server_error', message={SORRY!r})", AFTER),
    (
        faults.FailResponse("a", "b", type="c", param="d"),
        "FailResponse(code='a', message='b', type='c', param='d')",
        AFTER,
    ),
    (faults.CloseConnection(), "CloseConnection(code=1006, reason='')", EITHER),
    (faults.CloseConnection(1001, "bye"), "CloseConnection(code=1001, reason='bye')", EITHER),
]
NAMES = [name for _, name, _ in FAULTS]


@pytest.mark.parametrize(("fault", "name", "moments"), FAULTS, ids=NAMES)
def test_a_fault_says_what_it_is_and_when_it_can_happen(fault: Fault, name: str, moments: tuple[Moment, ...]) -> None:
    assert (repr(fault), fault.moments) == (name, moments)


@pytest.mark.parametrize(("fault", "name", "moments"), FAULTS, ids=NAMES)
def test_what_it_says_makes_it_again(fault: Fault, name: str, moments: tuple[Moment, ...]) -> None:
    assert eval(name, vars(faults)) == fault


def test_a_value_that_is_none_is_told_where_none_is_not_the_default() -> None:
    assert eval(repr(faults.RateLimited(retry_after=None)), vars(faults)) == faults.RateLimited(retry_after=None)


def test_the_list_above_holds_every_fault() -> None:
    public = {value for value in vars(faults).values() if inspect.isclass(value) and issubclass(value, Fault)}

    others = {"Armed", "Chaos", "FaultContext", "Faults", "Rule"}
    assert public == {Fault, AnswerFault, *(type(fault) for fault, _, _ in FAULTS)}
    assert set(faults.__all__) == {kind.__name__ for kind in public} | others


@pytest.mark.parametrize(("fault", "name", "moments"), FAULTS, ids=NAMES)
def test_a_fault_cannot_be_changed(fault: Fault, name: str, moments: tuple[Moment, ...]) -> None:
    for field in dataclasses.fields(fault):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(fault, field.name, 1)


def test_faults_are_equal_when_all_that_they_say_is() -> None:
    assert faults.RateLimited() == faults.RateLimited(0.01)
    assert faults.RateLimited() != faults.RateLimited(0.02)
    assert faults.DNSFailure() == faults.DNSFailure()
    other: Fault = faults.ConnectTimeout()
    assert faults.DNSFailure() != other


def test_a_fault_happens_once_and_anywhere_unless_it_changes_what_is_seen() -> None:
    usual = {repr(fault): (fault.usual_times, fault.usual_operations) for fault, _, _ in FAULTS}
    reads = (
        "conversations.retrieve",
        "conversations.items.list",
        "conversations.items.retrieve",
        "responses.input_tokens.count",
    )

    assert usual.pop("HideItem(item_id='msg_1')") == (None, ("conversations.items.list",))
    assert usual.pop("StaleReads(writes=2)") == (None, reads)
    for acting in ("DeleteItem(item_id='msg_1')", f"InsertItem(item={HI})", "DeleteConversation()"):
        assert usual.pop(acting) == (1, ("conversations.items.list",))
    for words in [words for words in usual if words.startswith(("RefuseEvent", "CloseConnection"))]:
        assert usual.pop(words) == (1, ("conversation.item.create",))
    for words in [words for words in usual if words.startswith(("GarbleEvent", "StallStream", "FailResponse"))]:
        assert usual.pop(words) == (1, ("response.output_text.delta",))
    assert usual.pop("DropEvent()") == (1, ("conversation.item.added", "conversation.item.created"))
    assert set(usual.values()) == {(1, None)}


OF_ANOTHER_KIND: list[Any] = [
    lambda: faults.RateLimited(cast("float", "1")),
    lambda: faults.ServerError(cast("float", "1")),
    lambda: faults.TruncatedJSON(cast("float", "half")),
    lambda: faults.WrongContentType("text/\u2026"),
    lambda: faults.WrongContentType("text/plain\r\nx: y"),
    lambda: faults.BodyReset(cast("int", 1.5)),
    lambda: faults.BodyReset(cast("int", "1")),
    lambda: Latency(cast("float", "1")),
    lambda: StaleReads(cast("int", 1.5)),
    lambda: StaleReads(cast("int", "1")),
    lambda: HideItem(cast("str", 1)),
    lambda: HideItem("msg_\ud800"),
    lambda: faults.DeleteItem(cast("str", None)),
]


@pytest.mark.parametrize("make", OF_ANOTHER_KIND, ids=range(len(OF_ANOTHER_KIND)))
def test_a_value_that_would_fail_later_is_refused_when_the_fault_is_made(make: Any) -> None:
    with pytest.raises(UsageError, match="write "):
        make()


class Half:
    """Subclasses that say half of what they have to."""

    class Answer(AnswerFault):
        pass

    class Act(ActFault):
        pass

    class View(ViewFault):
        pass

    class Error(ErrorAnswer):
        pass

    class Spoilt(SpoiltAnswer):
        pass

    class Event(EventFault):
        pass


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda: Half.Answer().answer(SCENE), "Answer has no answer: use one of its subclasses"),
        (lambda: Half.Act().act(cast("Project", None), None), "Act does nothing: use one of its subclasses"),
        (lambda: Half.View().seen(Store(), ()), "View shows nothing: use one of its subclasses"),
        (lambda: Half.Error().answer(SCENE), "Error has no error: use one of its subclasses"),
        (lambda: Half.Spoilt().answer(SCENE), "Spoilt spoils nothing: use one of its subclasses"),
        (lambda: Half.Event().instead(), "Event sends nothing: use one of its subclasses"),
    ],
    ids=["answer", "act", "view", "error", "spoilt", "event"],
)
def test_a_root_of_faults_is_none_itself(use: Any, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        use()

    assert str(caught.value) == sentence
    assert Half.View().keeps == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: faults.Rule(faults.Overloaded(), after_commit=cast(Any, 5)),
            "after_commit=5: write True or False, or None",
        ),
        (lambda: faults.Chaos(seed=cast(Any, "x"), rate=1), "chaos(seed='x'): write an integer"),
        (
            lambda: faults.Chaos(seed=1, rate=1, faults=cast(Any, 5)),
            "chaos(faults=5): write a list, faults=[RateLimited()], or None",
        ),
        (lambda: faults.WrongContentType("a\nb"), r"WrongContentType('a\nb'): write a value that a header can hold"),
        (lambda: faults.DeleteItem(cast(Any, 5)), "DeleteItem(item_id=5): write the id of an item, as 'msg_1'"),
        (lambda: HideItem(cast(Any, 5)), "HideItem(item_id=5): write the id of an item, as 'msg_1'"),
        (
            lambda: InsertItem({"role": "user", "content": 5}),
            "InsertItem({'role': 'user', 'content': 5}): the API would refuse it. Invalid type for 'items[0].content':",
        ),
    ],
)
def test_a_wrong_argument_is_shown_with_what_to_write(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert str(caught.value).startswith(words)
