"""The section of a failing test: its conversations, and its requests."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.plugin.conftest import Run

FAILING = """
import pytest
from openai import NotFoundError, OpenAI

@pytest.mark.convsim(ids="sequential")
def test_it(convsim):
    client = OpenAI()
    made = client.conversations.create(items=[{"role": "user", "content": "Hi"}, {"role": "user", "content": "Ho"}])
    client.conversations.items.delete("msg_1", conversation_id=made.id)
    client.conversations.retrieve("conv_9")
"""

STORY = [
    "conv_1  1 item",
    "  x  user  Hi  (deleted by request 2)",
    "  0  user  Ho",
    "",
    "     1  conversations.create  conv_1  200  2 items",
    "     2  conversations.items.delete  conv_1  msg_1  200  1 item",
    "->   3  conversations.retrieve  conv_9  404 invalid_request_error",
    "       Conversation with id 'conv_9' not found.",
]


def sections(result: pytest.RunResult) -> list[list[str]]:
    """The lines of each section, up to the next heading."""
    lines = [line.rstrip() for line in result.stdout.lines]
    starts = [n for n, line in enumerate(lines) if line.strip("-") == " convsim " and line.startswith("---")]
    ends = [n for n, line in enumerate(lines) if line.startswith(("===", "___", "---"))]
    return [lines[start + 1 : min(end for end in ends if end > start)] for start in starts]


def test_a_failing_test_shows_its_story(run: Run) -> None:
    result = run(FAILING)
    result.assert_outcomes(failed=1)
    assert sections(result) == [STORY]


def test_a_refused_request_is_in_the_section_of_the_test_that_it_fails(run: Run) -> None:
    result = run(
        """
        import openai

        def test_it(convsim):
            openai.OpenAI(max_retries=0).chat.completions.create(model="gpt-5.5", messages=[])
        """
    )
    result.assert_outcomes(failed=1)
    assert sections(result) == [["  refused  POST /v1/chat/completions was not answered"]]


def test_under_xdist(run: Run) -> None:
    result = run(
        FAILING + "\n\ndef test_passing(convsim): convsim.seed('conv_1')\n\ndef test_empty(convsim): assert 0",
        *("-n", "1"),
        using=("xdist",),
    )
    result.assert_outcomes(passed=1, failed=2)
    assert sorted(sections(result)) == [STORY, ["nothing happened"]]


EACH = """
import unittest
import pytest
from openai import OpenAI

@pytest.mark.parametrize("name", ["conv_a", "conv_b"])
def test_each(convsim, name):
    convsim.seed(name)
    assert 0

def test_without_the_fixture(convsim_factory):
    convsim_factory().seed("conv_1")
    assert 0

def test_a_client(convsim_client): assert 0
def test_an_async_client(convsim_async_client): assert 0

@pytest.fixture
def started(convsim):
    return convsim.seed("conv_own").id

def test_a_fixture_of_ones_own_over_it(started): assert started == "conv_2"

def test_asked_for_inside(request):
    request.getfixturevalue("convsim").seed("conv_inside")
    assert 0

@pytest.mark.usefixtures("convsim")
@pytest.mark.convsim(ids="sequential")
class Test(unittest.TestCase):
    def test_it(self):
        self.assertEqual(OpenAI().conversations.create().id, "conv_2")
"""
BEGINS = {
    "test_each[conv_a]": "conv_a  0 items",
    "test_each[conv_b]": "conv_b  0 items",
    "test_without_the_fixture": None,
    "test_a_client": "nothing happened",
    "test_an_async_client": "nothing happened",
    "test_a_fixture_of_ones_own_over_it": "conv_own  0 items",
    "test_asked_for_inside": "conv_inside  0 items",
    "Test.test_it": "conv_1  0 items",
}
"""How the section of each begins, of those that have one."""


def test_each_failing_test_has_its_own_by_whatever_way_it_has_an_emulator(run: Run) -> None:
    result = run(EACH)
    result.assert_outcomes(failed=len(BEGINS))
    begins: dict[str, str | None] = {}
    lines = result.stdout.lines
    for line, following in pairwise(lines):
        if line.startswith("___"):
            begins[line.strip("_ ")] = None
        elif line.startswith("---") and line.strip("-") == " convsim ":
            assert begins[list(begins)[-1]] is None, "a test has two sections"
            begins[list(begins)[-1]] = following
    assert begins == BEGINS


NOT_FAILED = """
import pytest

def test_passing(convsim):
    convsim.seed("conv_1")

def test_skipping(convsim):
    convsim.seed("conv_1")
    pytest.skip("later")

@pytest.mark.skip
def test_skipped(convsim): ...

@pytest.mark.xfail
def test_expected(convsim):
    convsim.seed("conv_1")
    assert 0

def test_expecting(convsim):
    convsim.seed("conv_1")
    pytest.xfail("not yet")

@pytest.mark.xfail
def test_better_than_expected(convsim):
    convsim.seed("conv_1")
"""


def test_only_failing_tests_do(run: Run) -> None:
    result = run(NOT_FAILED, "-rA")
    result.assert_outcomes(passed=1, skipped=2, xfailed=2, xpassed=1)
    assert sections(result) == []


def test_a_fixture_that_fails_breaks_nothing(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def before(): raise ValueError("before")

        @pytest.fixture
        def after(convsim):
            convsim.seed("conv_1")
            raise ValueError("after")

        @pytest.fixture
        def ending(convsim):
            yield
            raise ValueError("ending")

        def test_before(before, convsim): ...
        def test_after(convsim, after): ...
        def test_ending(convsim, ending): ...

        @pytest.mark.convsim(ids="wrong")
        def test_wrong(convsim): ...
        """
    )
    result.assert_outcomes(passed=1, errors=4)
    assert [lines[0] for lines in sections(result)] == ["conv_1  0 items", "nothing happened"]
    assert not [line for line in result.stdout.lines + result.stderr.lines if "INTERNALERROR" in line]


def test_a_story_that_cannot_be_told_breaks_nothing(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        test_a_fixture_of_that_name=(
            "import pytest\n@pytest.fixture\ndef convsim(): return 'mine'\ndef test_it(convsim): assert 0"
        ),
        test_a_parameter_of_that_name=(
            "import pytest\n@pytest.mark.parametrize('convsim', ['mine'])\ndef test_it(convsim): assert 0"
        ),
        test_an_id_that_is_a_list="def test_it(convsim): convsim.conversations.retrieve(['conv_1'])",
        test_a_number="def test_it(convsim): convsim.conversations.retrieve(5)",
    )
    result = run("def test_broken(convsim): convsim.journal = None; assert 0")
    assert not [line for line in result.stdout.lines + result.stderr.lines if "INTERNALERROR" in line]
    result.assert_outcomes(failed=5)


def test_a_failure_at_the_end_adds_no_second_section(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def ending(convsim):
            yield
            raise ValueError("ending")

        def test_it(convsim, ending): assert 0
        """
    )
    result.assert_outcomes(failed=1, errors=1)
    assert len(sections(result)) == 1


AT_THE_ENDS = """
import pytest
from openai import OpenAI

pytestmark = pytest.mark.convsim(ids="sequential")

@pytest.fixture
def loaded(convsim):
    return OpenAI().conversations.retrieve("conv_setup")

@pytest.fixture
def saved(convsim):
    yield
    OpenAI().conversations.retrieve("conv_teardown")

def test_setup(loaded): ...
def test_teardown(saved): ...

def test_skipping(saved):
    pytest.skip("later")

@pytest.mark.xfail
def test_expected(loaded): ...
"""


def test_a_request_that_fails_a_fixture_is_shown_at_setup_and_at_teardown(run: Run) -> None:
    result = run(AT_THE_ENDS)
    result.assert_outcomes(passed=1, skipped=1, xfailed=1, errors=3)
    assert sections(result) == [
        [
            f"->   1  conversations.retrieve  {conversation}  404 invalid_request_error",
            f"       Conversation with id '{conversation}' not found.",
        ]
        for conversation in ("conv_setup", "conv_teardown", "conv_teardown")
    ]


def test_what_the_end_of_the_fixture_itself_complains_of_has_its_story(run: Run, app: None) -> None:
    result = run("import app\ndef test_it(convsim): convsim.seed('conv_1'); app.swallow()")
    result.assert_outcomes(passed=1, errors=1)
    assert [lines[0] for lines in sections(result)] == ["conv_1  0 items"]


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="subtests came with pytest 9")
def test_each_subtest_that_fails_has_its_own(run: Run) -> None:
    result = run(
        """
        def test_it(convsim, subtests):
            for name in "conv_a", "conv_b":
                with subtests.test(name):
                    convsim.seed(name)
                    assert 0
        """
    )
    assert [lines[0] for lines in sections(result)][:2] == ["conv_a  0 items", "conv_a  0 items"]
    assert "conv_b  0 items" in sections(result)[1]
