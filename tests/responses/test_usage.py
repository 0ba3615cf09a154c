"""Counting: the same on every machine, and what a script says of it."""

from __future__ import annotations

from convsim.responses.scripts import script
from convsim.responses.vocabulary import Reasoning
from tests.responses.home import answer, conversation_in, home, says


def test_the_numbers_add_up() -> None:
    usage = answer(says(Reasoning("Let me see."), "Paris."))["usage"]
    assert list(usage) == [
        "input_tokens",
        "input_tokens_details",
        "output_tokens",
        "output_tokens_details",
        "total_tokens",
    ]
    assert usage["input_tokens_details"] == {"cache_write_tokens": 0, "cached_tokens": 0}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert 0 < usage["output_tokens_details"]["reasoning_tokens"] < usage["output_tokens"]


def test_all_reasoning_counts_and_nothing_else_does() -> None:
    thought = Reasoning("Let me see.")
    none, one, two = (answer(says(*[thought] * count, "Paris."))["usage"] for count in range(3))
    reasoned = one["output_tokens"] - none["output_tokens"]
    assert [usage["output_tokens_details"]["reasoning_tokens"] for usage in (none, one, two)] == [
        0,
        reasoned,
        2 * reasoned,
    ]


def test_each_item_of_the_output_counts() -> None:
    one, two = (answer(says(*["Paris."] * count))["usage"]["output_tokens"] for count in (1, 2))
    assert two == 2 * one


def test_four_bytes_more_are_one_token_more() -> None:
    few, more = (answer(says("x"), "word" * count)["usage"]["input_tokens"] for count in (100, 125))
    assert more - few == 25


def test_instructions_and_tools_count() -> None:
    plain = answer(says("x"))["usage"]["input_tokens"]
    instructed = answer(says("x"), instructions="Be as kind as you can.")["usage"]["input_tokens"]
    equipped = answer(says("x"), tools=[{"type": "shell"}])["usage"]["input_tokens"]
    assert instructed > plain
    assert equipped > plain


def test_the_history_counts() -> None:
    responses = home(script("Paris.", times="always"))
    conversation = conversation_in(responses, "A long beginning, " * 20)
    alone = answer(responses)["usage"]["input_tokens"]
    first = answer(responses, conversation=conversation)["usage"]["input_tokens"]
    second = answer(responses, conversation=conversation)["usage"]["input_tokens"]
    assert alone < first < second


def test_a_chain_counts_as_a_conversation_does() -> None:
    responses = home(script("Paris.", times="always"))
    conversation = conversation_in(responses)
    answer(responses, conversation=conversation)
    inside = answer(responses, conversation=conversation)["usage"]["input_tokens"]
    first = answer(responses)
    chained = answer(responses, previous=responses.ended[first["id"]])["usage"]["input_tokens"]
    assert chained == inside


def test_a_chain_counts_on_from_a_turn_in_a_conversation() -> None:
    responses = says("Paris.")
    first = answer(responses, conversation=conversation_in(responses, "Where " * 20))
    then = answer(responses, previous=responses.ended[first["id"]])
    alone = answer(says("Paris."))["usage"]["input_tokens"]
    assert then["usage"]["input_tokens"] == first["usage"]["total_tokens"] + alone


def test_a_script_says_what_was_used_and_the_rest_follows() -> None:
    said = {"input_tokens": 9, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 2}}
    assert answer(says("x", usage=said))["usage"] == {
        "input_tokens": 9,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 13,
    }


def test_a_script_may_say_a_total_of_its_own() -> None:
    usage = answer(says("x", usage={"total_tokens": 0, "input_tokens_details": {"cached_tokens": 3}}))["usage"]
    assert usage["total_tokens"] == 0
    assert usage["input_tokens_details"] == {"cache_write_tokens": 0, "cached_tokens": 3}
