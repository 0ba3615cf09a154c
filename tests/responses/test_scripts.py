"""The queue: what is taken where it is given, which turn finds which script, and what an unanswered one is told."""

from __future__ import annotations

from functools import partial
from gc import collect
from typing import Any
from weakref import ref

import pytest

from convsim.errors import UnscriptedTurnError, UsageError
from convsim.responses.scripts import OWNER, Scripts, script, turns
from convsim.responses.turn import Turn
from convsim.responses.vocabulary import Failure, Reasoning, Text
from tests.responses.home import answer, begun, conversation_in, home, sentence


def say(responses: Any, **options: Any) -> str:
    text: str = answer(responses, **options)["output"][0]["content"][0]["text"]
    return text


# --- matching ------------------------------------------------------------------------------------------------------


def test_scripts_answer_in_the_order_in_which_they_were_queued() -> None:
    responses = home(script("one"), script("two", times=2), script("three"))
    assert [say(responses) for _ in range(4)] == ["one", "two", "two", "three"]


def test_a_narrowed_script_comes_before_one_that_is_not() -> None:
    responses = home(script("any"), script("of its own", model="gpt-5"), script("for all", times="always"))
    assert say(responses, model="gpt-5") == "of its own"
    assert say(responses, model="gpt-5") == "any"
    assert [say(responses) for _ in range(3)] == ["for all"] * 3


def test_all_of_what_narrows_a_script_must_match() -> None:
    responses = home()
    conversation = conversation_in(responses)
    mine: Any = {"conversation": conversation.id, "model": "gpt-5", "when": lambda turn: turn.text == "Hi"}
    responses.scripts.add(script("mine", **mine))
    responses.scripts.add(script("other", times="always"))
    assert say(responses, model="gpt-5") == "other"
    assert say(responses, conversation=conversation) == "other"
    assert say(responses, text="No", conversation=conversation, model="gpt-5") == "other"
    assert say(responses, conversation=conversation, model="gpt-5") == "mine"


def test_when_is_asked_only_where_the_rest_matches() -> None:
    asked: list[Turn] = []

    def note(turn: Turn) -> bool:
        asked.append(turn)
        return True

    responses = home(script("x", when=note, model="gpt-5"), script("y"))
    assert say(responses) == "y"
    assert asked == []


def test_a_function_sees_the_turn() -> None:
    responses = home(script(lambda turn: f"You said {turn.text!r}; I know {len(turn.history)} items."))
    conversation = conversation_in(responses, "One.", "Two.")
    assert say(responses, conversation=conversation) == "You said 'Hi'; I know 3 items."


def test_a_function_may_give_several_replies() -> None:
    said = answer(home(script(lambda _: [Reasoning("Hm."), "Paris."])))["output"]
    assert [item["type"] for item in said] == ["reasoning", "message"]
    assert answer(home(script(lambda _: [])))["output"] == []


def test_what_a_function_raises_leaves_the_script_for_the_next_try() -> None:
    tries: list[int] = []

    def answers(_: Turn) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise KeyError("first")
        return "second"

    responses = home(script(answers), script("other"))
    conversation = conversation_in(responses)
    with pytest.raises(KeyError):
        answer(responses, conversation=conversation)
    assert conversation.locked_by is None
    assert say(responses, conversation=conversation) == "second"


@pytest.mark.parametrize(
    ("given", "deltas", "words"),
    [
        (None, None, "(None): write a string, Text(...), Refusal(...), Reasoning(...), Call(...), Failure(...), an"),
        ("Paris.", ["Lyon."], "(deltas=['Lyon.']): joined, they are not 'Paris.'"),
    ],
)
def test_a_function_that_gives_no_reply_is_told_what_to_give(given: object, deltas: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        begun(home(script(lambda _: given, deltas=deltas)), stream=True)
    assert str(caught.value).startswith(OWNER + words)


def test_a_function_that_gives_a_coroutine_is_told_what_to_write() -> None:
    responses = home(script(lambda turn: _later(turn) if turn else None))
    with pytest.raises(UsageError, match="a turn does not wait for async functions; write def"):
        answer(responses)


def test_a_claim_is_taken_back_to_its_place() -> None:
    scripts = Scripts([script("one"), script("two"), script("three", times=2)])
    one, two, three = scripts.candidates()
    assert scripts.claim(one)
    assert scripts.claim(two)
    assert scripts.claim(three)
    for claimed in (two, one, three):
        scripts.release(claimed)
    assert scripts.candidates() == [one, two, three]
    assert [each.claimed for each in (one, two, three)] == [0, 0, 0]
    assert three.left == 2


def test_a_claim_that_is_taken_back_uses_nothing_up() -> None:
    responses = home(script("one"), script("two"), script("three"), script("four"))
    one, two, three, _ = responses.scripts.candidates()
    for claimed in (one, two, three):
        responses.scripts.claim(claimed)
    responses.scripts.release(three)
    assert [say(responses), say(responses)] == ["three", "four"]
    assert "scripts that were used up: 4" in unscripted(responses)


def test_a_claim_of_an_earlier_queue_is_not_taken_back_to_the_new_one() -> None:
    scripts = Scripts([script("one")])
    [earlier] = scripts.candidates()
    scripts.claim(earlier)
    scripts.reset()
    scripts.release(earlier)
    assert len(scripts.candidates()) == 1


def test_a_claim_is_not_taken_back_to_a_queue_that_was_cleared_meanwhile() -> None:
    scripts = Scripts([script("one")])
    [earlier] = scripts.candidates()
    scripts.claim(earlier)
    scripts.clear()
    scripts.add(second := script("two"))
    scripts.claim(second)
    scripts.clear()
    scripts.add(later := script("three"))
    scripts.release(earlier)
    scripts.release(second)
    assert scripts.candidates() == [later]


def test_what_is_used_up_is_not_kept() -> None:
    def says(_: Turn) -> str:
        return "Paris."

    responses, held = home(), ref(says)
    responses.scripts.add(script(says))
    assert say(responses) == "Paris."
    del says
    collect()
    assert held() is None
    assert "scripts that were used up: 1" in unscripted(responses)


def test_two_turns_never_share_a_script() -> None:
    scripts = Scripts([script("one")])
    [one] = scripts.candidates()
    assert scripts.claim(one)
    assert not scripts.claim(one)


def test_a_script_that_another_turn_took_is_passed_over() -> None:
    responses = home()
    # While the first one is asked another turn comes in between, and takes it.
    taken = script("one", when=lambda _: responses.scripts.claim(taken))
    for one in (taken, script("two")):
        responses.scripts.add(one)
    assert say(responses) == "two"


def test_a_script_that_is_cleared_while_it_is_asked_answers_no_turn() -> None:
    responses = home()

    def clear(_: Turn) -> bool:
        responses.scripts.clear()
        return True

    responses.scripts.add(script("one", when=clear))
    assert unscripted(responses).splitlines()[2].endswith("clear): it is no longer queued")


def test_the_echo_repeats_the_user() -> None:
    responses = home()
    responses.scripts = Scripts(unscripted="echo")
    assert say(responses, text="Hello?") == "Hello?"
    responses.scripts.add(script("scripted"))
    assert say(responses) == "scripted"


# --- what is given again -------------------------------------------------------------------------------------------


def test_a_reset_queues_again_what_was_given_first() -> None:
    responses = home(script("one"), script("two", times=2))
    responses.scripts.add(script("three"))
    assert [say(responses) for _ in range(2)] == ["one", "two"]
    responses.scripts.reset()
    assert [say(responses) for _ in range(3)] == ["one", "two", "two"]
    assert responses.scripts.candidates() == []


def test_replies_are_one_turn_each() -> None:
    one, two, three = turns(["one", [Reasoning("Hm."), "two"], lambda _: "three"])
    assert one.says == (Text("one"),)
    assert two.says == (Reasoning("Hm."), Text("two"))
    assert callable(three.says)


# --- unused --------------------------------------------------------------------------------------------------------


def test_what_was_not_used_is_told() -> None:
    responses = home(script("one"), script("two", times=3), script("three", times="always"))
    for _ in range(3):
        answer(responses)
    assert responses.scripts.unused() == [
        f"{OWNER}('two'): it answered 2 of 3 turns",
        f"{OWNER}('three'): it answered no turn",
    ]
    for _ in range(2):
        answer(responses)
    assert responses.scripts.unused() == []


def test_what_was_tried_and_raised_is_not_told_as_unused() -> None:
    def broken(turn: Any) -> str:
        raise LookupError

    responses = home(script(broken), script("one"))
    with pytest.raises(LookupError):
        answer(responses)
    assert responses.scripts.unused() == [f"{OWNER}('one'): it answered 0 of 1 turns"]


# --- unscripted ----------------------------------------------------------------------------------------------------


def unscripted(responses: Any, **options: Any) -> str:
    with pytest.raises(UnscriptedTurnError) as caught:
        begun(responses, **options)
    return str(caught.value)


def test_a_turn_that_no_script_answers_names_the_line_to_write() -> None:
    assert unscripted(home()) == (
        "No script answers this turn of 'gpt-4.1' that names no conversation, whose user says 'Hi'.\n"
        "Nothing is queued; scripts that were used up: 0.\n"
        f'Write, before the turn: {OWNER}("...")'
    )


def test_what_is_queued_says_why_it_does_not_match() -> None:
    def never(_: Turn) -> bool:
        return False

    responses = home(
        script("a", model="gpt-5"), script("b", conversation="conv_9"), script(lambda _: "c", when=never), script("d")
    )
    conversation = conversation_in(responses)
    answer(responses)
    words = unscripted(responses, text="Hello " * 30, conversation=conversation).splitlines()
    assert words[0].startswith(f"No script answers this turn of 'gpt-4.1' in {conversation.id}, whose user says 'Hello")
    assert words[0].endswith("...")
    assert words[1] == "Queued, and why it does not match:"
    assert words[2] == f"  {OWNER}('a', model=gpt-5): the turn asks 'gpt-4.1'"
    assert words[3] == f"  {OWNER}('b', conversation=conv_9): the turn takes place in {conversation.id}"
    assert words[4].endswith("never): its when= said no")
    assert conversation.locked_by is None
    assert f"{OWNER}('b', conversation=conv_9): the turn names no conversation" in unscripted(responses)


@pytest.mark.parametrize(
    ("says", "when", "words"),
    [
        ("a", None, "'a'"),
        ("a" * 99, None, f"'{'a' * 76}..."),
        (str.title, None, "str.title"),
        (partial(str.title), None, repr(partial(str.title))),
        ("a", str.istitle, "'a', when=str.istitle"),
        ("a", partial(str.istitle), f"'a', when={partial(str.istitle)!r}"),
    ],
)
def test_a_script_is_told_by_its_own_words(says: Any, when: Any, words: str) -> None:
    assert script(says, when=when).words == words


def test_an_unscripted_turn_mints_no_id() -> None:
    responses = home()
    unscripted(responses)
    responses.scripts.add(script("x"))
    assert answer(responses)["id"] == "resp_1"


# --- what is refused where it is given -----------------------------------------------------------------------------


async def _later(_: Turn) -> str:
    return "x"


BOTH = 'the two go together; write status="incomplete", reason="max_output_tokens"'


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        ((), {}, '(): give at least one reply: sim.responses.script("Paris.")'),
        ((_later,), {}, "(_later): a turn does not wait for async functions; write def"),
        (("x",), {"when": _later}, "(when=_later): a turn does not wait for async functions; write def"),
        (("x",), {"when": 1}, "(when=1): write a function that takes the turn and returns True or False"),
        (("x",), {"model": 1}, "(model=1): write a string that UTF-8 can carry, or None"),
        (("x",), {"conversation": 1}, "(conversation=1): write a string that UTF-8 can carry, or None"),
        (("x",), {"times": 0}, '(times=0): write 1 or more, or "always"'),
        (("x",), {"times": True}, '(times=True): write 1 or more, or "always"'),
        (("x",), {"hold": 1}, "(hold=1): write True or False"),
        (("x",), {"delay": -1}, "(delay=-1): write seconds, 0 to 86400, which is a day"),
        (("x",), {"delay": True}, "(delay=True): write seconds, 0 to 86400, which is a day"),
        (("x",), {"delay": "1"}, "(delay='1'): write seconds, 0 to 86400, which is a day"),
        (
            ("x",),
            {"status": "failed"},
            '(status=\'failed\'): write "completed" or "incomplete"; Failure(...) fails a turn',
        ),
        (("x",), {"status": "incomplete"}, f"(status='incomplete', reason=None): {BOTH}"),
        (("x",), {"reason": "max_output_tokens"}, f"(status='completed', reason='max_output_tokens'): {BOTH}"),
        (("x",), {"reason": 1}, "(reason=1): write a string that UTF-8 can carry, or None"),
        (("x",), {"usage": 1}, "(usage=1): write a mapping"),
        (
            ("x",),
            {"usage": {"tokens": 1}},
            (
                "(usage={'tokens': ...}): the members are input_tokens, input_tokens_details, output_tokens,"
                " output_tokens_details, total_tokens"
            ),
        ),
        (("x",), {"usage": {"input_tokens": -1}}, "(usage={'input_tokens': -1}): write how many tokens, 0 or more"),
        (
            ("x",),
            {"usage": {"input_tokens": 1, "output_tokens": -1}},
            "(usage={'output_tokens': -1}): write how many tokens, 0 or more",
        ),
        (("x",), {"usage": {"output_tokens_details": 1}}, "(usage={'output_tokens_details': 1}): write a mapping"),
        (
            ("x",),
            {"usage": {"output_tokens_details": {"a": "b"}}},
            "(usage={'a': 'b'}): write how many tokens, 0 or more",
        ),
        (("x",), {"response": 1}, "(response=1): write a mapping"),
        (
            ("x",),
            {"response": {"id": "x"}},
            "(response={'id': ...}): a script does not set 'id', which convsim decides",
        ),
        (
            ("x",),
            {"response": {"usage": {}}},
            "(response={'usage': ...}): a script does not set 'usage'; write usage={...}",
        ),
        (("x",), {"response": {"user": object}}, "(response={'user': <class 'object'>}): JSON cannot carry it"),
        (
            (Failure("a", "b"),),
            {"status": "incomplete", "reason": "x"},
            '(status="incomplete"): a turn that fails is not incomplete; leave one of them out',
        ),
        (("a", "b"), {"deltas": ["a"]}, "(deltas=...): the turn streams 2 texts; write a list for each of them"),
    ],
)
def test_a_mistake_is_refused_where_it_is_given(given: Any, options: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        script(*given, **options)
    assert sentence(caught.value) == OWNER + words


@pytest.mark.parametrize("given", [1, {"type": []}, Text])
def test_a_value_that_is_no_reply_is_refused_where_it_is_given(given: object) -> None:
    with pytest.raises(UsageError) as caught:
        script(given)
    assert str(caught.value).startswith(f"{OWNER}({given!r}): ")


def test_a_failure_that_a_function_gives_cannot_be_incomplete_either() -> None:
    responses = home(script(lambda _: Failure("a", "b"), status="incomplete", reason="x"))
    with pytest.raises(UsageError, match="a turn that fails is not incomplete"):
        answer(responses)
