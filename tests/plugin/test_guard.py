"""``convsim_guard = true``: a test that forgot the fixture fails by name, and nothing reaches the network."""

from __future__ import annotations

import importlib

import httpx2
import pytest

from tests.plugin.conftest import Run, outcomes

GUARD = "convsim_guard = true"
SENTENCE = (
    "POST https://api.openai.com/v1/conversations was not sent: convsim_guard is on, and this test did not ask for an"
    " emulator. Add the fixture `convsim` to the test's arguments, or patch one in with `with Emulator().patch():`. To"
    ' let a host out, mark the test with @pytest.mark.convsim_allow_hosts(["..."]), or name it in the ini option'
    " convsim_allow_hosts."
)

APP = """
from openai import OpenAI

def start():
    return OpenAI(api_key="sk-any", max_retries=0).conversations.create().id

def swallow():
    try:
        return start()
    except Exception:
        return ""

def wrap():
    try:
        return start()
    except Exception as error:
        raise ConnectionError from error
"""


@pytest.fixture(autouse=True)
def app(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=APP)


def said(result: pytest.RunResult) -> list[str]:
    """The lines that pytest marks with an E."""
    return [line[1:].strip() for line in result.stdout.lines if line.startswith("E  ")]


GUARDED = """
import httpx, httpx2, pytest
import convsim as package
from app import start, swallow, wrap
from convsim import Emulator, RefusedHostError

def test_the_fixture(convsim):
    assert start() in convsim.state

def test_without_it_the_next_fails_by_name():
    start()

def test_swallowed():
    swallow()
    swallow()

@pytest.fixture
def data():
    return swallow()

def test_swallowed_in_a_fixture(data): ...

def test_that_asks_for_nothing(): ...

def test_the_client(convsim_client):
    convsim_client.conversations.create()

def test_patched_inside():
    with Emulator().patch() as sim:
        assert start() in sim.state

@package.patched()
def test_decorated(sim):
    assert start() in sim.state

def test_the_factory(convsim_factory):
    with convsim_factory().patch() as sim:
        assert start() in sim.state

def test_expected():
    pytest.raises(RefusedHostError, start)

def test_expected_in_what_wraps_it():
    pytest.raises(ConnectionError, wrap)

def test_expected_with_the_fixture(convsim):
    with pytest.raises(RefusedHostError):
        httpx2.get("https://example.org/")

def test_swallowed_with_the_fixture(convsim):
    try:
        httpx2.get("https://example.org/")
    except RefusedHostError:
        pass

def test_that_fails_by_itself():
    swallow()
    raise ValueError("its own")

@pytest.mark.parametrize("library", [httpx, httpx2])
def test_other_hosts_are_not_affected(library):
    with pytest.raises(library.ConnectError, match="there is no network"):
        library.get("https://other.example/")

def test_it_is_patched_in():
    assert httpx2.HTTPTransport.handle_request.__module__ == "convsim.adapters.interception"
"""
NOT_PASSED = {
    "test_without_it_the_next_fails_by_name": "failed",
    "test_swallowed": "failed",
    "test_swallowed_in_a_fixture": "error",
    "test_swallowed_with_the_fixture": "passed error",
    "test_that_fails_by_itself": "failed",
}


def below(result: pytest.RunResult, heading: str) -> list[str]:
    """Return the lines below the heading of a failure, up to the next heading."""
    lines = result.stdout.lines
    start = next(n for n, line in enumerate(lines) if line.strip("_ ") == heading)
    return lines[start + 1 : next(n for n in range(start + 1, len(lines)) if lines[n][:3] in ("___", "==="))]


def test_a_test_that_reaches_our_hosts_without_an_emulator_fails(run: Run, reached: list[str]) -> None:
    seams = httpx2.HTTPTransport.handle_request, pytest.RaisesExc.__exit__
    result = run(GUARDED, "-rA", "-p", "no:randomly", ini=GUARD)
    assert {name: outcome for name, outcome in outcomes(result).items() if outcome != "passed"} == NOT_PASSED
    assert len(outcomes(result)) == 17
    assert said(result).count(f"convsim.errors.RefusedHostError: {SENTENCE}") == 1
    assert f"E       convsim.errors.RefusedHostError: {SENTENCE}" in below(
        result, "test_without_it_the_next_fails_by_name"
    )
    assert below(result, "test_swallowed") == [SENTENCE]
    assert below(result, "ERROR at setup of test_swallowed_in_a_fixture") == [SENTENCE]
    assert below(result, "ERROR at teardown of test_swallowed_with_the_fixture")
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_that_fails_by_itself - ValueError: its own"])
    assert reached == ["other.example", "other.example"]
    assert (httpx2.HTTPTransport.handle_request, pytest.RaisesExc.__exit__) == seams


def test_without_the_guard_it_would_reach_out(run: Run, reached: list[str]) -> None:
    run("from app import swallow\ndef test_it(): swallow()").assert_outcomes(passed=1)
    assert reached == ["api.openai.com"]


def test_the_base_urls_of_the_ini_are_guarded_too(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import httpx

        def test_it():
            httpx.get("https://gateway.example/llm/v1/conversations/conv_1")
        """,
        ini=f"{GUARD}\nconvsim_base_urls = https://*.example/llm/v1",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E * convsim.errors.RefusedHostError: GET https://gateway.example/* was not sent: convsim_guard is on, *"]
    )
    assert reached == []


def test_the_base_url_of_the_environment_is_guarded_too(
    run: Run, reached: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
    result = run(
        """
        import httpx
        from app import start

        def test_it():
            start()

        def test_the_one_for_azure():
            httpx.get("https://mine.openai.azure.com/openai/v1/conversations/conv_1")
        """,
        ini=GUARD,
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E * POST https://gateway.example/v1/conversations was not sent: convsim_guard is on*",
            "E * GET https://mine.openai.azure.com/* was not sent: convsim_guard is on*",
        ]
    )
    assert reached == []


def test_a_module_that_reaches_out_while_it_is_imported_is_an_error(run: Run, reached: list[str]) -> None:
    result = run("from app import start\nstart()\ndef test_it(): ...", ini=GUARD)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E   convsim.errors.RefusedHostError: POST https://api.openai.com/* was not sent: *"])
    assert reached == []


SWALLOWING = "from app import swallow\nMADE = swallow()\ndef test_it(): ..."


def test_what_a_module_swallows_while_it_is_imported_is_an_error_of_its_collection(
    pytester: pytest.Pytester, run: Run, reached: list[str]
) -> None:
    pytester.makepyfile(test_another="def test_first(): ...")
    result = run(SWALLOWING, "--continue-on-collection-errors", "-p", "no:randomly", ini=GUARD)
    result.assert_outcomes(passed=1, errors=1)
    lines = result.stdout.lines
    at = next(number for number, line in enumerate(lines) if line.strip("_ ") == "ERROR collecting test_it.py")
    assert lines[at + 1] == SENTENCE
    assert reached == []


ALLOWED = """
import httpx2, pytest

def reach(host="api.openai.com"):
    with pytest.raises(httpx2.ConnectError, match="there is no network"):
        httpx2.get(f"https://{host}/v1/conversations/conv_1")

@pytest.mark.convsim_allow_hosts(["api.openai.com"])
def test_of_a_test():
    reach()

@pytest.mark.convsim_allow_hosts(("api.openai.com",))
class TestOfAClass:
    def test_it(self):
        reach()

    @pytest.mark.convsim_allow_hosts({"gateway.example"})
    def test_it_and_another(self):
        reach()
        reach("gateway.example")

def test_next():
    reach()
"""


def test_a_marker_lets_hosts_through(run: Run, reached: list[str]) -> None:
    result = run(ALLOWED, "-p", "no:randomly", ini=f"{GUARD}\nconvsim_base_urls = https://gateway.example/v1")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_next - *"])
    assert reached == ["api.openai.com"] * 3 + ["gateway.example"]


def test_the_ini_lets_hosts_through_everywhere(run: Run, reached: list[str]) -> None:
    result = run(ALLOWED, ini=f"{GUARD}\nconvsim_allow_hosts =\n    API.openai.com\n    gateway.example")
    result.assert_outcomes(passed=4)
    assert set(reached) == {"api.openai.com", "gateway.example"}


def test_without_the_guard_the_marker_does_nothing(run: Run) -> None:
    run(ALLOWED).assert_outcomes(passed=4)


@pytest.mark.parametrize("guard", ["true", "false"])
def test_in_a_test_with_the_fixture_the_marker_names_the_option(run: Run, guard: str) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.convsim_allow_hosts(["a.example", "b.example"])
        def test_it(convsim): ...
        """,
        ini=f"convsim_guard = {guard}",
    )
    result.assert_outcomes(errors=1)
    sentence = (
        "test_it.py:3: @pytest.mark.convsim_allow_hosts(['a.example', 'b.example']): it concerns the guard, and this"
        " test uses the fixture `convsim`. Write @pytest.mark.convsim(other_hosts={'a.example': 'pass', 'b.example':"
        " 'pass'})"
    )
    assert sentence in result.stdout.lines


@pytest.mark.parametrize("ini", ["", GUARD], ids=["off", "on"])
def test_a_wrong_marker_names_the_line_to_write(run: Run, ini: str) -> None:
    wrong = [
        "'api.openai.com'",
        "",
        "['a'], ['b']",
        "[1]",
        "['http://a']",
        "7",
        "hosts=['api.openai.com']",
        "['a'], allow=True",
    ]
    tests = (f"@pytest.mark.convsim_allow_hosts({given})\ndef test_{n}(): ...\n" for n, given in enumerate(wrong))
    result = run("import pytest\n" + "".join(tests), ini=ini)
    result.assert_outcomes(errors=len(wrong))
    said = [line for line in result.stdout.lines if line.startswith("test_it.py:")]
    assert said == [
        f"test_it.py:{2 * n}: @pytest.mark.convsim_allow_hosts({given}): write a list of hosts:"
        ' convsim_allow_hosts(["api.openai.com"])'
        for n, given in enumerate(wrong, 1)
    ]


MOCKED = """
import httpx, respx
from app import start
from convsim import Emulator
from openai import OpenAI

CREATED = {"id": "conv_mine", "object": "conversation", "created_at": 0, "metadata": {}}

def test_respx_s_default_router():
    with respx.mock() as router:
        router.post("https://api.openai.com/v1/conversations").respond(json=CREATED)
        assert OpenAI(api_key="k", http_client=httpx.Client()).conversations.create().id == "conv_mine"

def test_respx_for_httpx2():
    with respx.mock(using="httpcore2") as router:
        router.post("https://api.openai.com/v1/conversations").respond(json=CREATED)
        assert start() == "conv_mine"

def test_a_router_with_an_emulator():
    sim = Emulator()
    with respx.mock(using="httpcore2") as router:
        sim.add_routes(router)
        assert start() in sim.state

def test_httpx_mock(httpx_mock):
    httpx_mock.add_response(json=CREATED)
    assert OpenAI(api_key="k", http_client=httpx.Client()).conversations.create().id == "conv_mine"

def test_a_cassette(tmp_path):
    import vcr
    tape = tmp_path / "tape.yaml"
    tape.write_text(TAPE)
    with vcr.use_cassette(str(tape), record_mode="none"):
        assert start() == "conv_mine"

def test_beside_the_fixture(convsim):
    with respx.mock(using="httpcore2") as router:
        router.post("https://api.openai.com/v1/chat/completions").respond(json={"id": "chat_mine"})
        client = OpenAI()
        assert client.chat.completions.create(model="m", messages=[]).id == "chat_mine"
        assert start() in convsim.state

TAPE = '''version: 1
interactions:
- request: {body: "{}", headers: {}, method: POST, uri: "https://api.openai.com/v1/conversations"}
  response:
    body: {string: '{"id": "conv_mine", "object": "conversation", "created_at": 0, "metadata": {}}'}
    headers: {Content-Type: [application/json]}
    status: {code: 200, message: OK}
'''
"""


def test_what_a_mock_answers_is_none_of_the_guard_s_business(run: Run, reached: list[str]) -> None:
    importlib.import_module("pytest_httpx2")  # it brings respx's mocker for httpcore2
    result = run(MOCKED, using=("pytest_httpx",), ini=GUARD)
    result.assert_outcomes(passed=6)
    assert reached == []


def test_another_library_is_refused_by_the_guard_too(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import requests

        def test_it():
            requests.get("https://api.openai.com/v1/models", timeout=5)
        """,
        ini=GUARD,
    )
    result.assert_outcomes(failed=1)
    sentence = "requests (through urllib3) was kept from looking up api.openai.com: convsim_guard is on"
    assert said(result)[0].startswith(f"convsim.errors.RefusedHostError: {sentence}")
    assert reached == []
