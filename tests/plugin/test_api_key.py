"""``convsim_api_key``: a key for the client that the code under test builds while it is imported."""

from __future__ import annotations

import os

import pytest

from tests.plugin.conftest import Run

HINT = (
    "A client that is built at import finds no key, because the fixture sets one for the length of a test only."
    " Write in the pytest configuration: convsim_api_key = sk-test"
)
APP = """
import os
from openai import AzureOpenAI, OpenAI

client = OpenAI()
azure = AzureOpenAI(base_url="https://x.openai.azure.com/openai/v1", api_version="preview")
"""
TEST = """
from app import azure, client

def test_it(convsim):
    assert client.conversations.create().id in convsim.state
    assert (client.api_key, azure.api_key) == ("sk-test", "sk-test")
"""


@pytest.fixture(autouse=True)
def app(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=APP)


def test_a_client_that_is_built_at_import_finds_it(run: Run) -> None:
    run(TEST, ini="convsim_api_key = sk-test").assert_outcomes(passed=1)
    assert "OPENAI_API_KEY" not in os.environ
    assert "AZURE_OPENAI_API_KEY" not in os.environ


def test_also_one_that_a_conftest_imports(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeconftest("import app")
    run(TEST, ini="convsim_api_key = sk-test").assert_outcomes(passed=1)


def test_the_key_of_the_environment_wins(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    result = run(TEST.replace('("sk-test", "sk-test")', '("sk-mine", "sk-test")'), ini="convsim_api_key = sk-test")
    result.assert_outcomes(passed=1)
    assert os.environ["OPENAI_API_KEY"] == "sk-mine"


def test_the_error_of_a_client_without_a_key_names_the_line_to_write(run: Run) -> None:
    result = run(TEST)
    result.assert_outcomes(errors=1)
    assert HINT in result.stdout.lines


def test_other_errors_of_a_collection_have_no_hint(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(test_words="raise ValueError('OPENAI_API_KEY')", test_import="import nothing_of_it")
    result = run("raise ValueError")
    result.assert_outcomes(errors=3)
    assert HINT not in result.stdout.lines
