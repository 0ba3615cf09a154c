"""Text for people: nothing in it steers a terminal, and long ids are short where that is enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convsim.core.text import cut, number_of, short_ids, shortened, split_at_ids, visible, with_short_ids

CONVERSATION = f"conv_67d348{'a' * 38}470e"
OTHER = f"conv_67d348{'b' * 38}470e"
NEARLY = f"conv_67d348{'c' * 34}aaaa470e"
MESSAGE = f"msg_{'0' * 46}1f2e"


STEERING = "\x00\x07\x1b\x7f\x85\u061c\u200e\u200f\u202e\u2028\u2069\ud800\udfff"


@pytest.mark.parametrize("sign", STEERING, ids=ascii)
def test_what_steers_is_spelt_out(sign: str) -> None:
    assert visible(f"a{sign}b") == f"a{sign.encode('unicode_escape').decode()}b"


def test_lines_tabs_and_joined_signs_stay() -> None:
    assert visible("a\n\tb 👩\u200d💻 é") == "a\n\tb 👩\u200d💻 é"


@pytest.mark.parametrize(("count", "told"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_one_has_no_plural(count: int, told: str) -> None:
    assert number_of(count, "entry", "entries") == told
    assert number_of(count, "item") == told.replace("entry", "item").replace("entries", "items")


def test_a_line_is_cut_to_its_width() -> None:
    assert (cut("x" * 10, 10), cut("x" * 11, 10), cut("x" * 10**7, 10)) == ("x" * 10, "xxxxxxx...", "xxxxxxx...")
    assert cut("a  b", 10) == "a  b"
    assert shortened("a \n b") == "a b"
    assert (cut("\x1b[31mred", 20), shortened("\u202ered")) == (r"\x1b[31mred", r"\u202ered")


def test_an_id_is_shortened_to_its_beginning_and_end() -> None:
    assert with_short_ids(f"{CONVERSATION} and {MESSAGE}.") == "conv_67d348...470e and msg_000000...1f2e."
    assert with_short_ids("conv_1 and sess_abc") == "conv_1 and sess_abc"


@pytest.mark.parametrize("kind", ["00", "01"])
def test_an_id_of_a_foundry_project_is_shortened_too(kind: str) -> None:
    item = f"msg_04c84683b413470e{kind}39vecNXFdO5uKWLvX8sqG1wWbkwVFeYd"
    assert with_short_ids(f"see {item}!") == "see msg_04c846...FeYd!"
    assert split_at_ids(f"see {item}!") == ["see ", item, "!"]


def test_ids_that_would_look_alike_show_more() -> None:
    assert with_short_ids(f"{CONVERSATION} {OTHER}") == "conv_67d348...aaaa470e conv_67d348...bbbb470e"
    short = short_ids(CONVERSATION, OTHER, NEARLY)
    assert len({*short.values()}) == 3
    assert short[OTHER] == "conv_67d348...bbbb470e"


def test_ids_that_differ_in_their_middle_stay_whole() -> None:
    one, other = (f"conv_67d348{middle}{'0' * 36}" for middle in "ab")

    assert with_short_ids(f"{one} {other}") == f"{one} {other}"


UNLIKE = [
    f"conv_04c84683b413470e02{'a' * 31}Z",
    f"conv_04c84683b413470e00{'a' * 30}Z",
    "sk_live_" + "A" * 40,
    "a" * 50,
    f"conv_{'0' * 39}",
    f"conv_{'0' * 65}",
    f"Conv_{'0' * 48}",
]


@pytest.mark.parametrize("word", UNLIKE)
def test_what_is_no_id_of_the_live_shape_stays(word: str) -> None:
    assert with_short_ids(word) == word


def test_a_text_is_split_at_its_ids() -> None:
    assert split_at_ids(f"a {CONVERSATION}{'.'}{MESSAGE}") == ["a ", CONVERSATION, ".", MESSAGE, ""]
    assert split_at_ids("none") == ["none"]


@given(st.lists(st.sampled_from([CONVERSATION, OTHER, NEARLY, MESSAGE, " ", "x", "conv_1"])).map(" ".join))
def test_pieces_make_the_text_again(text: str) -> None:
    assert "".join(split_at_ids(text)) == text
