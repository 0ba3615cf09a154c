"""logfire: one span for each call and for each request, and its own host is never asked."""

from __future__ import annotations

from tests.neighbours.conftest import Run


def test_logfire(run: Run) -> None:
    run(
        """
        import asyncio
        import logfire, pytest
        from openai import AsyncOpenAI, OpenAI

        @pytest.fixture
        def spans(capfire):
            return lambda: [span["attributes"] for span in capfire.exporter.exported_spans_as_dict()]

        def test_the_sdk(convsim, spans):
            client = OpenAI()
            with logfire.instrument_openai(client):
                convsim.responses.script("Hello.")
                made = client.conversations.create()
                answer = client.responses.create(model="gpt-5.5", input="Hi", conversation=made.id)
            convsim.assert_items(made.id, [("user", "Hi"), ("assistant", "Hello.")])
            assert [one["gen_ai.response.id"] for one in spans()] == [made.id, answer.id]

        def test_requests(convsim, spans):
            logfire.instrument_httpx()
            OpenAI().conversations.create()
            asyncio.run(AsyncOpenAI().conversations.create())
            assert len(convsim.state) == 2
            assert [one["logfire.msg"] for one in spans()] == 2 * ["POST api.openai.com/v1/conversations"]
        """,
        using=("logfire",),
        passed=2,
    )
