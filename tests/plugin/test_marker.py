from __future__ import annotations

from pathlib import Path

import pytest

from convsim import Emulator
from convsim.service.options import Options
from tests.plugin.conftest import Run

KEYWORDS = ", ".join(Options.names())


PASSING = {
    "options_come_from_module_class_and_function_and_the_nearest_wins": """
import pytest

pytestmark = pytest.mark.convsim(seed=1, now=1000, ids="sequential")

def test_of_the_module(convsim):
    assert repr(convsim) == "Emulator(seed=1, ids='sequential', conversations=0)"
    assert convsim.clock.now() == 1000

@pytest.mark.convsim(seed=2)
class TestOfTheClass:
    def test_merged(self, convsim):
        assert repr(convsim) == "Emulator(seed=2, ids='sequential', conversations=0)"
        assert convsim.clock.now() == 1000

    @pytest.mark.convsim(seed=9, now=3000)
    @pytest.mark.convsim(seed=3, ids="live")
    def test_nearest(self, convsim):
        assert repr(convsim) == "Emulator(seed=3, ids='live', conversations=0)"
        assert convsim.clock.now() == 3000

@pytest.mark.parametrize("seed", [pytest.param(4, marks=pytest.mark.convsim(seed=4)), 1])
def test_of_a_parameter(convsim, seed):
    assert repr(convsim) == f"Emulator(seed={seed}, ids='sequential', conversations=0)"
""",
    "it_serves_the_clients_too": """
import asyncio, pytest

@pytest.mark.convsim(ids="sequential")
def test_it(convsim_client, convsim_async_client):
    assert convsim_client.conversations.create().id == "conv_1"
    assert asyncio.run(convsim_async_client.conversations.create()).id == "conv_2"
""",
    "a_class_may_have_it_although_some_of_its_tests_have_no_fixture": """
import httpx2, pytest
BEFORE = httpx2.HTTPTransport.handle_request
pytestmark = pytest.mark.convsim(seed=2)

@pytest.mark.convsim(seed=3)
class TestIt:
    def test_without(self):
        assert httpx2.HTTPTransport.handle_request is BEFORE

    def test_with(self, convsim):
        assert repr(convsim).startswith("Emulator(seed=3,")
""",
    "a_function_may_have_it_with_the_fixture_by_any_way": """
import pytest

@pytest.fixture
def own(convsim): return convsim

@pytest.fixture
def late(request): return request.getfixturevalue("convsim")

@pytest.mark.usefixtures("convsim")
@pytest.mark.convsim(seed=3)
def test_usefixtures(): ...

@pytest.mark.convsim(seed=3)
def test_another_fixture(own): assert "seed=3" in repr(own)

@pytest.mark.convsim(seed=3)
def test_when_that_runs(late): assert "seed=3" in repr(late)

@pytest.mark.convsim(seed=3)
def test_when_the_test_runs(request): assert "seed=3" in repr(request.getfixturevalue("convsim"))

@pytest.mark.convsim(seed=3)
def test_client(convsim_client): ...
""",
    "values_are_taken_once_and_serve_every_test": """
import pytest
from types import MappingProxyType
from convsim import Clock
from convsim.faults import RateLimited, Rule, ServerError

KEYS = {"sk-a": "proj_a"}
FAULTS = [Rule(RateLimited())]

@pytest.mark.convsim(
    faults=map(Rule, [RateLimited(), ServerError()]),
    base_urls=(url for url in ["https://a.example/v1"]),
    api_keys=MappingProxyType(KEYS),
    now=Clock(5),
)
@pytest.mark.parametrize("turn", [1, 2])
class TestIt:
    def test_each(self, convsim, turn):
        KEYS.clear()
        FAULTS.clear()
        assert (len(convsim.faults), convsim.api_key, convsim.clock.now()) == (2, "sk-a", 5)
        convsim.clock.advance(60)
        convsim.faults.clear()

@pytest.mark.convsim(faults=FAULTS, base_urls={"https://b.example/v1": 1}.keys())
def test_as_it_was_at_the_collection(convsim):
    assert len(convsim.faults) == 1
    convsim.faults.clear()

@pytest.fixture
def later(request):
    request.node.add_marker(pytest.mark.convsim(faults=map(Rule, [RateLimited()])))

def test_added_later(later, convsim):
    assert len(convsim.faults) == 1
    convsim.faults.clear()
""",
    "every_option_is_taken": """
import openai, pytest
from convsim import Behavior, Clock
from convsim.faults import Latency

@pytest.mark.convsim(
    seed=5,
    now=Clock(2000),
    ids="sequential",
    base_urls=["https://gateway.example/llm/v1"],
    other_hosts="refuse",
    unknown_routes="404",
    api_keys={"sk-a": "proj_a"},
    unknown_ids="create",
    behavior=Behavior(deleted_item_reply="item"),
    faults=[Latency(5)],
    virtual_time=True,
    state="state.json",
)
def test_it(convsim, monkeypatch):
    client = openai.OpenAI(api_key="sk-a", base_url="https://gateway.example/llm/v1", max_retries=0)
    assert client.conversations.retrieve("conv_of_nobody").created_at == 2000
    assert convsim.clock.now() == 2005
    assert list(convsim.project("proj_a").state) == ["conv_of_nobody"]
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(api_key="sk-b", max_retries=0).conversations.create()
""",
}
"""Modules whose tests pass, by what they show."""


def test_what_it_is_for(pytester: pytest.Pytester, run: Run) -> None:
    Emulator(seed=5, now=2000, ids="sequential").dump(Path(pytester.path, "state.json"))
    pytester.makepyfile(**{f"test_{name}": source for name, source in PASSING.items()})
    run("").assert_outcomes(passed=18)


IDLE = (
    "test_it.py:{line}: @pytest.mark.convsim({came}): it sets options of the fixture, which this test does not use. Add"
    ' `convsim` to the test\'s arguments, or @pytest.mark.usefixtures("convsim")'
)


def test_on_a_function_without_the_fixture_it_fails_the_test_at_the_users_line(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.convsim(seed=3, ids="sequential")
        def test_it(tmp_path): ...

        @pytest.mark.parametrize("number", [pytest.param(1, marks=pytest.mark.convsim(seed=4)), 2])
        def test_of_a_parameter(number): ...

        def test_without(): ...
        """
    )
    result.assert_outcomes(passed=2, errors=2)
    assert IDLE.format(line=3, came="seed=..., ids=...") in result.stdout.lines
    assert IDLE.format(line=6, came="seed=...") in result.stdout.lines


def test_what_a_wrong_setup_says_is_not_covered(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def wrong(): raise ValueError("its own")

        @pytest.mark.convsim(seed=3)
        def test_it(wrong): ...
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E * ValueError: its own"])


def test_values_that_cannot_be_taken_end_the_run_with_the_line(run: Run) -> None:
    result = run(
        """
        import pytest

        def wrong():
            raise ValueError("its own")
            yield

        @pytest.mark.convsim(faults=wrong())
        def test_it(convsim): ...
        """
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stdout.lines + result.stderr.lines
    sentence = "@pytest.mark.convsim(faults=...): its values cannot be copied: ValueError('its own')"
    assert any(line.endswith(f"test_it.py:7: {sentence}") for line in said)
    assert not any("INTERNALERROR" in line for line in said)


WRONG_POLICY = (
    "Emulator(other_hosts={'a.example': 'x'}): write 'refuse', 'pass' or 'offline', or a mapping from hosts to these"
    " words: {'example.com': 'pass', '**.example.com': 'offline'}"
)


def screen_of(result: pytest.RunResult) -> list[str]:
    """Return the lines below the heading of the errors, up to the summary."""
    lines = result.stdout.lines
    start = next(n for n, line in enumerate(lines) if line.strip("= ") == "ERRORS")
    end = next(n for n, line in enumerate(lines) if line.strip("= ") == "short test summary info")
    return lines[start + 1 : end]


def test_a_wrong_keyword_is_refused_at_collection_with_the_users_line(run: Run) -> None:
    result = run(
        """
        import pytest

        def test_before(convsim): ...

        @pytest.mark.convsim(sed=7, seed=1, latency=2)
        def test_it(convsim): ...
        """
    )
    result.assert_outcomes(errors=1)
    assert screen_of(result) == [
        "_________________________ ERROR collecting test_it.py __________________________",
        f"test_it.py:5: @pytest.mark.convsim(sed=, latency=): it takes the keywords {KEYWORDS}",
    ]


def test_also_one_on_a_module_whose_tests_do_not_use_the_fixture(run: Run) -> None:
    result = run("import pytest\npytestmark = pytest.mark.convsim(fault=[])\ndef test_it(): ...\ndef test_again(): ...")
    result.assert_outcomes(errors=1)
    assert screen_of(result) == [
        "_________________________ ERROR collecting test_it.py __________________________",
        f"test_it.py:3: @pytest.mark.convsim(fault=): it takes the keywords {KEYWORDS}",
    ]


def test_also_one_on_a_class_whose_tests_do_not_use_the_fixture(run: Run) -> None:
    result = run(
        """
        import pytest

        def test_before(): ...

        @pytest.mark.convsim("x", 7)
        @pytest.mark.convsim(sed=1)
        class TestIt:
            def test_it(self): ...
            def test_again(self): ...
        """
    )
    result.assert_outcomes(errors=1)
    assert screen_of(result)[1:] == [
        f"test_it.py:8: @pytest.mark.convsim(sed=): it takes the keywords {KEYWORDS}",
        f"test_it.py:8: @pytest.mark.convsim('x', 7): it takes the keywords {KEYWORDS}",
    ]


def test_one_that_a_fixture_adds_fails_the_test(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def late(request):
            request.node.add_marker(pytest.mark.convsim(sed=7))

        def test_it(late, convsim): ...
        """
    )
    result.assert_outcomes(errors=1)
    assert screen_of(result) == [
        "__________________________ ERROR at setup of test_it ___________________________",
        f"test_it.py:7: @pytest.mark.convsim(sed=): it takes the keywords {KEYWORDS}",
    ]


WRONG_VALUES = {
    "ids='x'": "Emulator(ids='x'): write 'live' or 'sequential'",
    "unknown_ids='x'": "Emulator(unknown_ids='x'): write 'refuse' or 'create'",
    "other_hosts={'a.example': 'x'}": WRONG_POLICY,
    "base_urls=['gateway']": "base_urls has 'gateway': write a whole URL such as 'https://api.openai.com/v1'",
    "base_urls='https://a.example/v1'": (
        "base_urls='https://a.example/v1' is one string: write base_urls=['https://a.example/v1']"
    ),
}


def test_a_wrong_value_is_refused_in_convsims_own_words(run: Run) -> None:
    tests = (f"@pytest.mark.convsim({option})\ndef test_{n}(convsim): ...\n" for n, option in enumerate(WRONG_VALUES))
    result = run("import pytest\n" + "".join(tests))
    result.assert_outcomes(errors=len(WRONG_VALUES))
    screen = screen_of(result)
    headings = [f"ERROR at setup of test_{n}" for n in range(len(WRONG_VALUES))]
    assert [line.strip("_ ") for line in screen[::2]] == headings
    assert screen[1::2] == [
        f"test_it.py:{2 * n}: the options of this test's emulator: {sentence}"
        for n, sentence in enumerate(WRONG_VALUES.values(), 1)
    ]


def test_a_wrong_behavior_is_refused_in_convsims_own_words(run: Run) -> None:
    result = run(
        """
        import pytest
        from convsim import Behavior

        @pytest.mark.convsim(behavior=Behavior(limit_zero="maybe"))
        def test_it(convsim): ...
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E * convsim.errors.UsageError: Behavior(limit_zero='maybe')*'reject'*'empty_page'*"])
