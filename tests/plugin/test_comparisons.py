"""``assert`` on results of the API says which item and which field differ."""

from __future__ import annotations

import re

from tests.plugin.conftest import Run

HEAD = """
import pytest
from convsim import Emulator

@pytest.fixture
def sim():
    sim = Emulator(ids="sequential")
    sim.seed("conv_1", items=[{"role": "user", "content": "A cat."}, {"role": "user", "content": "Two."}])
    sim.seed("conv_2", items=[{"role": "user", "content": "A dog."}], metadata={"a": "1"})
    return sim

"""


def explanations(run: Run, assertions: list[str], *arguments: str) -> list[list[str]]:
    """What pytest says of each assertion, in a test of its own."""
    tests = (f"def test_{number}(sim):\n    {assertion}\n\n" for number, assertion in enumerate(assertions))
    result = run(HEAD + "".join(tests), *arguments)
    result.assert_outcomes(failed=len(assertions))
    assert not [line for line in result.stdout.lines if "INTERNALERROR" in line]
    said: list[list[str]] = []
    for line in result.stdout.lines:
        if line.startswith("___"):
            assert line.strip("_ ") == f"test_{len(said)}"
            said.append([])
        elif line.startswith("E  "):
            said[-1].append(line.removeprefix("E").strip())
    return said


def test_results(run: Run) -> None:
    list_ = "sim.conversations.items.list('conv_1', order={!r})"
    items, conversations, pages, tuples = explanations(
        run,
        [
            "assert sim.state['conv_1'].items[0] == sim.state['conv_2'].items[0]",
            "assert sim.conversations.retrieve('conv_1') == sim.conversations.retrieve('conv_2')",
            f"assert {list_.format('asc')} == {list_.format('desc')}",
            "assert sim.state['conv_1'].items == sim.state['conv_2'].items",
        ],
    )
    assert items == [
        "AssertionError: assert Item(msg_1) == Item(msg_3)",
        "id: 'msg_1' != 'msg_3'",
        "content[0].text: 'A cat.' != 'A dog.'",
    ]
    assert conversations == [
        "AssertionError: assert Conversation(conv_1) == Conversation(conv_2)",
        "id: 'conv_1' != 'conv_2'",
        "metadata.a: only the right has it: '1'",
    ]
    assert pages[:2] == ["AssertionError: assert ItemPage(msg_1) == ItemPage(msg_2)", "data[0].id: 'msg_1' != 'msg_2'"]
    assert pages[-2:] == ["first_id: 'msg_1' != 'msg_2'", "last_id: 'msg_2' != 'msg_1'"]
    assert tuples[1:3] == ["[0].id: 'msg_1' != 'msg_3'", "[0].content[0].text: 'A cat.' != 'A dog.'"]
    assert tuples[3].startswith("[1]: only the left has it: {'id': 'msg_2', ")


def test_one_side_is_enough(run: Run) -> None:
    assertions = [
        "assert {'id': 'x'} == sim.state['conv_1']",
        "assert sim.state['conv_1'] == {'id': 'x'}",
        "assert sim.state['conv_1'] == None",
        "assert sim.state['conv_1'].items == []",
        "assert [sim.state['conv_1']] == ['x']",
    ]
    for assertion, lines in zip(assertions, explanations(run, assertions), strict=True):
        assert "conv_1" in lines[0] or "Item(" in "".join(lines), assertion
        assert [line for line in lines if " != " in line or "only the" in line], assertion


OTHER_COMPARISONS = {
    "assert sim.state['conv_1'] != sim.state['conv_1']": "assert ConversationState({'id': 'conv_1', ",
    "assert sim.state['conv_1'] is sim.state['conv_1']": "assert ConversationState({'id': 'conv_1', ",
    "assert sim.state['conv_1'].items[0] in ()": "assert Item({'id': 'msg_1', ",
    "assert sim.state['conv_1'] == sim.state['conv_1'].to_dict()": "assert ConversationState({'id': ",
}


def test_other_comparisons_are_pytests_own(run: Run) -> None:
    said = explanations(run, list(OTHER_COMPARISONS))
    for lines, (assertion, first) in zip(said, OTHER_COMPARISONS.items(), strict=True):
        assert lines[0].startswith(f"AssertionError: {first}"), assertion


def test_other_values_are_pytests_own(run: Run) -> None:
    assertions = [
        "assert {'a': 1} == {'a': 2}",
        "assert [1, (2, [3])] == [1, (2, [4])]",
        "assert 'x' == 'y'",
        "assert 1 == 2",
    ]
    assert explanations(run, assertions) == explanations(run, assertions, "-p", "no:convsim")


def test_a_list_that_holds_itself_is_pytests_own(run: Run) -> None:
    assertion = "x = []; x.append(x); assert x == [1]"

    def told(*arguments: str) -> list[str]:
        # All of it names the list by its address, which differs between two runs.
        (lines,) = explanations(run, [assertion], "-vv", *arguments)
        return [re.sub(r"id=\d+", "id=...", line) for line in lines]

    with_convsim = told()
    assert "+     <Recursion on list with id=...>," in with_convsim
    assert with_convsim == told("-p", "no:convsim")
