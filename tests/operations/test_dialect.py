"""OpenAI's own dialect, and that nothing else knows more of another service than its name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from convsim import Emulator, UsageError
from convsim.core.ids import LiveIds
from convsim.errors import BadRequestError
from convsim.http.messages import Request
from convsim.operations.dialect import OPENAI
from convsim.operations.routes import ROUTES


def test_openais_words_stay_as_they_are() -> None:
    error = BadRequestError("No.")

    assert OPENAI.refusal(error, "req_1") is error
    headers = [(b"content-type", b"application/json")]
    assert OPENAI.read_body(Request("POST", "/responses", "/v1/responses", "", headers, b'{"a": 1}')) == {"a": 1}
    assert all(OPENAI.route(route) is route for route in ROUTES)
    assert OPENAI.ids(3, "proj_a").conversation(0) == LiveIds(3, "proj_a").conversation(0)
    assert OPENAI.ids(3, "proj_a").conversation(0) != OPENAI.ids(3, "proj_b").conversation(0)


@pytest.mark.parametrize("resource", ["conversations", "responses"])
def test_openai_lists_neither_conversations_nor_responses(resource: str) -> None:
    with pytest.raises(
        UsageError, match=rf"sim\.{resource}\.list\(\): OpenAI has no such operation; write service='foun"
    ):
        getattr(Emulator(), resource).list()


def test_an_emulator_of_openai_never_imports_the_other_service() -> None:
    code = """
import sys
from convsim import Emulator
sim = Emulator(replies=["Hi."])
sim.conversations.create()
sim.responses.create(model="gpt-4.1", input="Hi")
print(*(name for name in sys.modules if name.startswith("convsim.service.foundry")))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.split() == []
