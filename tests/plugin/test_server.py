"""``convsim_server`` and ``convsim_session_server``: an emulator behind a port, beside the fixture and the guard."""

from __future__ import annotations

import socket

import pytest
import pytest_convsim

from convsim import Emulator
from tests.plugin.conftest import Run

CHILD = """
import subprocess, sys

CODE = '''
import os
from urllib.request import Request, urlopen

key = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"}
print(urlopen(Request(os.environ["OPENAI_BASE_URL"] + "/conversations", b"{}", key)).read().decode())
'''

def run():
    return subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True).stdout
"""


_RESOLVE = socket.getaddrinfo


@pytest.fixture(autouse=True)
def child(pytester: pytest.Pytester, reached: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _RESOLVE)  # these tests reach this machine
    pytester.makepyfile(child=CHILD)


def test_a_child_process_reaches_the_tests_emulator(run: Run) -> None:
    result = run(
        """
        import child, os, pytest

        @pytest.mark.convsim(seed=7)
        def test_it(convsim_server):
            assert '"object": "conversation"' in child.run()
            assert len(convsim_server.sim.state) == 1
            assert convsim_server.base_url == os.environ["OPENAI_BASE_URL"]
            assert len(convsim_server.control_token) == 32
            assert "seed=7" in repr(convsim_server.sim)

        def test_another_one_is_fresh(convsim_server):
            assert not convsim_server.sim.state

        def test_without_it(convsim_factory):
            assert "OPENAI_BASE_URL" not in os.environ
        """
    )
    result.assert_outcomes(passed=3)


def test_its_own_port_is_neither_claimed_nor_guarded(run: Run) -> None:
    result = run(
        """
        import os
        import httpx2, requests
        from openai import OpenAI

        def test_it(convsim, convsim_server):
            assert convsim_server.sim is convsim
            key = {"Authorization": "Bearer sk-any"}
            for library in requests, httpx2:
                answer = library.get(convsim_server.base_url + "/conversations/conv_1", headers=key)
                assert answer.status_code == 404
            with OpenAI(base_url=convsim_server.base_url) as client:
                made = client.conversations.create()
            assert list(convsim.state) == [made.id]
            assert len(convsim.journal) == 3

        def test_without_the_fixture(convsim_server):
            with OpenAI() as client:
                assert client.conversations.create().id in convsim_server.sim.state
        """,
        ini="convsim_guard = true",
    )
    result.assert_outcomes(passed=2)


ASK = """
import os
import requests

def ask(base_url):
    key = {"Authorization": "Bearer sk-any"}
    return requests.get(base_url + "/models", headers=key, timeout=10)
"""


def test_a_miss_fails_the_test_at_its_end_by_its_sentence(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ask=ASK)
    result = run(
        """
        from ask import ask

        def test_it(convsim_server):
            answer = ask(convsim_server.base_url)
            assert answer.status_code == 501
            assert answer.json()["error"]["code"] == "convsim_unknown_route"

        def test_that_has_failed_says_nothing_of_it(convsim_server):
            assert ask(convsim_server.base_url).ok

        def test_beside_the_fixture(convsim, convsim_server):
            assert ask(convsim_server.base_url).status_code == 501
        """
    )
    result.assert_outcomes(passed=2, errors=2, failed=1)
    result.stdout.fnmatch_lines(["GET /v1/models was not answered: the live API has this path*"])
    result.stdout.no_fnmatch_line("*control_token*")


def test_faults_that_do_not_happen_are_told(run: Run) -> None:
    result = run(
        """
        import pytest
        from convsim.faults import RateLimited

        @pytest.mark.convsim(faults=[RateLimited()])
        def test_it(convsim_server):
            pass
        """,
        "-W",
        "default",
    )
    result.assert_outcomes(passed=1, warnings=1)


def test_one_server_for_the_session_is_named_to_those_who_use_it(run: Run) -> None:
    result = run(
        """
        import child, os

        def test_one(convsim_session_server):
            child.run()
            assert len(convsim_session_server.sim.state) == 1

        def test_in_between(convsim):
            assert "OPENAI_BASE_URL" not in os.environ

        def test_two(convsim_session_server):
            child.run()
            assert len(convsim_session_server.sim.state) == 2
            assert "/_session/" in os.environ["OPENAI_BASE_URL"]

        def test_three(convsim_session_server, convsim_server):
            assert os.environ["OPENAI_BASE_URL"] == convsim_server.base_url != convsim_session_server.base_url
        """
    )
    result.assert_outcomes(passed=4)


def test_a_miss_of_the_sessions_server_fails_its_test(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ask=ASK)
    result = run(
        """
        from ask import ask

        def test_one(convsim_session_server):
            ask(convsim_session_server.base_url)

        def test_two(convsim_session_server):
            pass

        def test_three(convsim_session_server):
            convsim_session_server.sim.reset()
            ask(convsim_session_server.base_url)

        def test_four(convsim_session_server):
            ask(convsim_session_server.base_url)
            assert False
        """
    )
    result.assert_outcomes(passed=3, failed=1, errors=2)


def test_what_a_script_s_function_raises_fails_the_test(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ask=ASK)
    result = run(
        """
        import requests

        def broken(turn):
            raise LookupError("no such city")

        def ask(server):
            server.sim.responses.script(broken)
            key = {"Authorization": "Bearer sk-any"}
            return requests.post(server.base_url + "/responses", headers=key, json={"model": "m", "input": "Hi"})

        def test_it(convsim_server):
            answer = ask(convsim_server)
            assert (answer.status_code, answer.json()["error"]["code"]) == (500, "convsim_raised")

        def test_of_the_session(convsim_session_server):
            assert ask(convsim_session_server).status_code == 500

        def test_after_it(convsim_session_server):
            pass

        def test_beside_the_fixture(convsim, convsim_server):
            assert ask(convsim_server).status_code == 500
        """
    )
    result.assert_outcomes(passed=4, errors=3)
    result.stdout.fnmatch_lines(["E * LookupError: no such city"])


def test_the_class_of_the_fixtures_can_be_named() -> None:
    assert pytest_convsim.Server("http://127.0.0.1:1/v1", Emulator(), "").base_url == "http://127.0.0.1:1/v1"
    with pytest.raises(AttributeError, match="has no attribute 'Sever'"):
        _ = pytest_convsim.Sever
