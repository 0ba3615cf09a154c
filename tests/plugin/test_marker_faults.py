"""``@pytest.mark.convsim(faults=..., virtual_time=...)``: fresh for every test."""

from __future__ import annotations

from tests.plugin.conftest import Run


def test_faults_of_the_marker_happen(run: Run) -> None:
    result = run(
        """
        import openai, pytest
        from convsim.faults import RateLimited, Rule, ServerError

        @pytest.mark.convsim(faults=[Rule(RateLimited(), on="conversations.create", times=2)])
        def test_retried(convsim):
            assert openai.OpenAI().conversations.create().id
            convsim.assert_called("conversations.create", times=2, status=429)

        @pytest.mark.convsim(faults=[ServerError()])
        def test_a_fault_is_a_rule(convsim):
            with pytest.raises(openai.InternalServerError):
                openai.OpenAI(max_retries=0).conversations.create()
        """
    )
    result.assert_outcomes(passed=2)


def test_rules_are_fresh_for_every_test_and_every_case(run: Run) -> None:
    result = run(
        """
        import openai, pytest
        from convsim.faults import Chaos, RateLimited, Rule

        RULE = Rule(RateLimited(), on="conversations.create")
        pytestmark = pytest.mark.convsim(faults=[RULE])

        def once(convsim):
            (armed,) = convsim.faults
            assert armed is not RULE and (armed.seen, armed.fired) == (0, 0)
            with pytest.raises(openai.RateLimitError):
                openai.OpenAI(max_retries=0).conversations.create()
            openai.OpenAI(max_retries=0).conversations.create()
            assert (armed.seen, armed.fired) == (2, 1)
            assert (RULE.seen, RULE.fired) == (0, 0)

        def test_one(convsim): once(convsim)
        def test_two(convsim): once(convsim)

        @pytest.mark.parametrize("number", range(3))
        def test_cases(convsim, number): once(convsim)

        class TestClass:
            def test_it(self, convsim): once(convsim)

        STORMS = []

        @pytest.mark.convsim(faults=[Chaos(seed=7, rate=0.5)])
        @pytest.mark.parametrize("number", range(3))
        def test_storms(convsim, number):
            for _ in range(20):
                try:
                    openai.OpenAI(max_retries=0).conversations.create()
                except openai.OpenAIError:
                    pass
            STORMS.append(str(convsim.journal))
            assert STORMS == STORMS[:1] * len(STORMS)
        """
    )
    result.assert_outcomes(passed=9)


def test_a_reset_arms_them_again(run: Run) -> None:
    result = run(
        """
        import openai, pytest
        from convsim.faults import RateLimited

        @pytest.mark.convsim(faults=[RateLimited()])
        def test_it(convsim):
            for _ in range(2):
                with pytest.raises(openai.RateLimitError):
                    openai.OpenAI(max_retries=0).conversations.create()
                convsim.reset()
            convsim.faults.clear()
        """,
        *("-W", "error::convsim.UnusedFaultWarning"),
    )
    result.assert_outcomes(passed=1)


def test_a_nearer_marker_replaces_them(run: Run) -> None:
    result = run(
        """
        import pytest
        from convsim.faults import RateLimited

        pytestmark = pytest.mark.convsim(faults=[RateLimited()])

        @pytest.mark.convsim(faults=[])
        def test_it(convsim):
            assert len(convsim.faults) == 0
        """,
        *("-W", "error"),
    )
    result.assert_outcomes(passed=1)


def test_what_is_no_fault_is_refused_in_convsims_own_words(run: Run) -> None:
    wrong = ["'x'", "RateLimited", "None"]
    tests = (f"@pytest.mark.convsim(faults=[{one}])\ndef test_{n}(convsim): ...\n" for n, one in enumerate(wrong))
    result = run("import pytest\nfrom convsim.faults import RateLimited\n" + "".join(tests))
    result.assert_outcomes(errors=len(wrong))
    result.stdout.fnmatch_lines(
        [f"test_it.py:{2 * n + 3}: *faults=[[]*]: write Rule(RateLimited(), on=*" for n in range(len(wrong))]
    )


def test_virtual_time_waits_for_nothing(run: Run) -> None:
    result = run(
        """
        import openai, pytest
        from convsim.faults import Latency

        @pytest.mark.convsim(virtual_time=True, now=1000, faults=[Latency(3600)])
        def test_it(convsim):
            made = openai.OpenAI(timeout=None).conversations.create()
            assert convsim.clock.now() == 4600
            assert openai.OpenAI().conversations.create().created_at == 4600
        """
    )
    result.assert_outcomes(passed=1)
