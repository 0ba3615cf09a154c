"""logfire: one span for each call and for each request, and its own host is never asked."""

from __future__ import annotations

from tests.neighbours.conftest import Run


def test_logfire(run: Run) -> None:
    run(
        """
        import asyncio
        import logfire, pytest
        from openai import AsyncOpenAI, OpenAI

        def names(capfire):
            return [span["name"] for span in capfire.exporter.exported_spans_as_dict()]

        def test_the_sdk(convsim, capfire):
            client = OpenAI()
            with logfire.instrument_openai(client):
                convsim.responses.script("Hello.")
                made = client.conversations.create()
                answer = client.responses.create(model="gpt-5.5", input="Hi", conversation=made.id)
            assert answer.output_text == "Hello."
            convsim.assert_items(made.id, [("user", "Hi"), ("assistant", "Hello.")])
            assert len(names(capfire)) >= 1

        def test_requests(convsim, capfire):
            logfire.instrument_httpx()
            OpenAI().conversations.create()
            asyncio.run(AsyncOpenAI().conversations.create())
            print(names(capfire))
            assert len(convsim.state) == 2
            assert len(names(capfire)) == 2
        """,
        using=("logfire",),
        passed=2,
    )
