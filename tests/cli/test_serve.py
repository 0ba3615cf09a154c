"""``convsim serve``, in a process of its own, which is forked unless a test says so, or in this one."""

from __future__ import annotations

import gc
import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from convsim import Emulator
from convsim.cli.main import main
from convsim.http import urls
from convsim.server import runner
from tests.profiles import first_unless_in_full
from tests.waiting import PATIENCE, until


@pytest.fixture(scope="module", autouse=True)
def frozen() -> Iterator[None]:
    """A server that ends in this process unfreezes what tests/conftest.py froze."""
    yield
    gc.freeze()


class Serving:
    """A running command: its base URL, and what it has said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.complaints = ""
        self.said = ""
        assert self.process.stdout is not None
        while "its token" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.base_url = self.value("OPENAI_BASE_URL")
        self.client = httpx2.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.value('OPENAI_API_KEY')}"},
            timeout=PATIENCE,
        )
        self.token_file = Path(self.said.rpartition("its token: ")[2].rstrip("\n"))

    def value(self, name: str) -> str:
        found = re.search(f"export {name}=(.*)", self.said)
        assert found is not None
        return found[1]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """Read to the end what it says, which a pipe does not hold without a limit; return its status."""
        self.client.close()
        said, self.complaints = self.process.communicate(timeout=PATIENCE)
        self.said += said
        assert self.process.returncode is not None
        return self.process.returncode


def next_port() -> Callable[[], int]:
    """Return what waits for the next server of this process, and gives its port."""
    before = urls.own_ports.copy()

    def found() -> int:
        until(lambda: urls.own_ports - before)
        (port,) = urls.own_ports - before
        return port

    return found


def until_answered(url: str) -> int:
    """The status of the first answer: by then, the server minds signals."""
    while True:
        with suppress(httpx2.TransportError):
            return httpx2.post(url, json={}, headers={"Authorization": "Bearer sk-any"}).status_code


def until_refused(url: str) -> None:
    """Wait until the server takes no connection any longer: by then, it has minded the first signal."""
    address = httpx2.URL(url)
    with suppress(ConnectionError):  # a reset, if it closes in the middle of a handshake
        while True:
            socket.create_connection((address.host, address.port)).close()


Start = Callable[..., AbstractContextManager[Serving]]


@pytest.fixture
def serving(forked_python: str) -> Start:
    """Start the command in a forked process."""
    return partial(serving_by_itself, python=forked_python)


@contextmanager
def serving_by_itself(*arguments: str, python: str = sys.executable, **settings: float) -> Iterator[Serving]:
    """Start the command in a process with a Python of its own; ``settings`` are values of modules, by dotted names."""
    sets = "".join(f"import {name.rpartition('.')[0]}; {name} = {value}; " for name, value in settings.items())
    code = f"import sys; from convsim.cli.main import main; {sets}sys.exit(main())"
    command = [python, "-c", code, "serve", *arguments]
    server = Serving(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()


def test_it_prints_what_to_export_answers_and_ends_cleanly(serving: Start) -> None:
    with serving("--seed", "3", "--log") as server:
        assert server.value("OPENAI_API_KEY") == "sk-convsim-3"
        assert server.client.post("/conversations", json={}).status_code == 200
        assert server.client.get("/conversations/conv_1?secret=1").status_code == 404
        assert stat.S_IMODE(server.token_file.stat().st_mode) == 0o600
        assert re.fullmatch(r"[0-9a-f]{32}\n", server.token_file.read_text())
        token_file = server.token_file
        assert server.end(signal.SIGINT) == 0
        assert not token_file.exists()
    assert server.said.endswith("POST /v1/conversations 200\nGET /v1/conversations/conv_1 404\nended\n")


def test_it_goes_on_when_its_output_has_no_reader(tmp_path: Path, serving: Start) -> None:
    replies = tmp_path / "replies.json"
    replies.write_text('{"convsim_replies": 1, "scripts": [{"replies": ["Paris."], "times": "always"}]}')
    with socket.create_server(("127.0.0.1", 0)) as application:
        webhook = f"http://127.0.0.1:{application.getsockname()[1]}/"
        with serving("--log", "--replies", str(replies), "--webhook", webhook) as server:
            assert server.process.stdout is not None
            server.process.stdout.close()
            server.process.stdout = None
            for _ in range(2):
                answer = server.client.post("/responses", json={"model": "gpt-4.1", "input": "?", "background": True})
                assert answer.status_code == 200
                application.settimeout(PATIENCE)
                posted, _ = application.accept()
                with posted:
                    assert posted.recv(65536).startswith(b"POST / ")
                    posted.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            server.client.close()
            server.process.send_signal(signal.SIGTERM)
            _, complaints = server.process.communicate(timeout=PATIENCE)
            assert (complaints, server.process.returncode) == ("", 0)


def test_an_output_that_is_closed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    output, port = io.StringIO(), next_port()
    output.close()
    monkeypatch.setattr(sys, "stdout", output)

    def end() -> None:
        until_answered(f"http://127.0.0.1:{port()}/")
        os.kill(os.getpid(), signal.SIGTERM)

    client = threading.Thread(target=end)
    client.start()
    assert main(["serve", "--port", "0"]) == 0
    client.join()
    assert sys.stdout is None


def test_the_state_is_loaded_first_and_saved_at_the_end(tmp_path: Path, serving: Start) -> None:
    kept = str(tmp_path / "state.json")
    with serving("--state", kept, "--ids", "sequential") as server:
        assert server.client.post("/conversations", json={}).json()["id"] == "conv_1"
        assert server.end() == 0
    assert server.said.endswith(f"saved {kept}\n")
    assert list(Emulator(state=kept).state) == ["conv_1"]
    with serving("--state", kept) as server:
        assert server.client.get("/conversations/conv_1").status_code == 200
        assert server.client.post("/conversations", json={}).json()["id"] == "conv_2"


def test_a_project_of_foundry_with_its_agents(tmp_path: Path, serving: Start) -> None:
    agents, replies = tmp_path / "agents.json", tmp_path / "replies.json"
    agents.write_text('{"convsim_agents": 1, "agents": {"support": {"version": "3", "model": "gpt-4.1"}}}')
    replies.write_text('{"convsim_replies": 1, "scripts": [{"replies": ["Paris."], "times": "always"}]}')
    with serving("--service", "foundry", "--agents", str(agents), "--replies", str(replies)) as server:
        endpoint = server.value("AZURE_AI_PROJECT_ENDPOINT")
        assert endpoint.endswith("/api/projects/demo")
        reference = {"type": "agent_reference", "name": "support"}
        conversation = server.client.post(f"{endpoint}/openai/v1/conversations", json={}).json()["id"]
        turn = {"input": "Where?", "conversation": conversation, "agent_reference": reference}
        answer = server.client.post(f"{endpoint}/openai/v1/responses", json=turn).json()
        assert answer["agent_reference"] == reference | {"version": "3"}
        assert server.client.get("/conversations").json()["data"][0]["id"] == conversation
        own = server.client.post("/responses", json=turn | {"conversation": None}, headers={"X-Convsim-Session": "own"})
        assert own.json()["agent_reference"] == answer["agent_reference"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--agents", "none.json"], "--agents needs --service foundry"),
        (["--service", "foundry", "--lenient"], "leave out --service foundry"),
        (["--service", "foundry", "--agents", "none.json"], "none.json: there is no such file"),
    ],
)
def test_options_of_foundry_that_do_not_fit(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        main(["serve", *arguments])
    assert sentence in capsys.readouterr().err


def test_the_state_is_saved_on_demand_and_replies_come_from_a_file(tmp_path: Path, serving: Start) -> None:
    kept, replies = tmp_path / "state.json", tmp_path / "replies.json"
    replies.write_text('{"convsim_replies": 1, "scripts": [{"replies": ["Paris."]}]}')
    with serving("--state", str(kept), "--replies", str(replies)) as server:
        turn = {"model": "gpt-4.1", "input": "Where?"}
        assert "Paris." in server.client.post("/responses", json=turn).text
        missed = server.client.post("/responses", json=turn)
        assert (missed.status_code, missed.headers["x-should-retry"]) == (501, "false")
        server.client.post("/conversations", json={})
        token = server.token_file.read_text().strip()
        saved = httpx2.post(
            f"{server.base_url.removesuffix('/v1')}/_convsim/state",
            headers={"Authorization": f"Bearer {token}"},
            json={},
        )
        assert saved.status_code == 200
        assert len(Emulator(state=kept).state) == 1


def test_webhooks_are_posted_to_this_machine(serving: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as application:
        application.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{application.getsockname()[1]}/hook"
        with serving("--webhook", url, "--lenient", "--ids", "sequential") as server:
            assert server.value("OPENAI_WEBHOOK_SECRET") == Emulator().webhooks.secret
            turn = {"model": "gpt-4.1", "input": "Where?", "background": True}
            assert server.client.post("/responses", json=turn).status_code == 200
            assert server.client.get("/responses/resp_1").json()["status"] == "completed"
            connection, _ = application.accept()
            with connection:
                assert connection.recv(65_536).startswith(b"POST /hook HTTP/1.1\r\n")
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert server.end() == 0
    assert "webhook wh_1: 204\n" in server.said


TURN = {"model": "gpt-4.1", "input": "Where?", "stream": True}
GRACE = "convsim.server.serving.GRACE"


@pytest.mark.parametrize("name", first_unless_in_full("SIGTERM", "SIGINT"))
def test_a_signal_lets_a_stream_end_and_the_second_waits_for_nothing(name: str, tmp_path: Path, serving: Start) -> None:
    how = signal.Signals[name]
    replies, kept = tmp_path / "replies.json", str(tmp_path / "state.json")
    # The first never ends by itself, the second does.
    scripts = [{"replies": ["Rome."], "hold": True}, {"replies": ["Paris."], "delay": 0.2}]
    replies.write_text(json.dumps({"convsim_replies": 1, "scripts": scripts}))
    with serving("--replies", str(replies), "--state", kept, **{GRACE: PATIENCE}) as server:
        late, stuck = (server.client.post("/conversations", json={}).json()["id"] for _ in range(2))
        address = httpx2.URL(server.base_url)
        url = f"ws://{address.host}:{address.port}/v1/realtime?model=gpt-realtime"
        key = {"Authorization": f"Bearer {server.value('OPENAI_API_KEY')}"}
        with (
            server.client.stream("POST", "/responses", json=TURN | {"conversation": stuck}) as second,
            connect(url, additional_headers=key) as socket,
        ):
            lines = second.iter_lines()
            assert next(lines) == "event: response.created"
            assert "session.created" in str(socket.recv())
            with server.client.stream("POST", "/responses", json=TURN | {"conversation": late}) as first:
                server.process.send_signal(how)
                assert "event: response.completed" in list(first.iter_lines())
            until_refused(server.base_url)
            server.process.send_signal(how)
            with pytest.raises(httpx2.TransportError):
                list(lines)
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=PATIENCE)
        assert server.ended() == 0
    state = Emulator(state=kept).state
    assert [len(state[name].items) for name in (late, stuck)] == [2, 0]  # a turn as a whole, or not at all
    assert server.said.endswith(f"saved {kept}\n")
    assert server.complaints == ""


def test_a_stream_that_does_not_end_in_its_seconds_is_cut_off(tmp_path: Path, serving: Start) -> None:
    assert resolve_name(GRACE) == 3
    replies = tmp_path / "replies.json"
    replies.write_text(json.dumps({"convsim_replies": 1, "scripts": [{"replies": ["Rome."], "hold": True}]}))
    with serving("--replies", str(replies), **{GRACE: 0.05}) as server:
        with server.client.stream("POST", "/responses", json=TURN) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: response.created"
            server.process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx2.TransportError):
                list(lines)
        assert server.ended() == 0
    assert server.complaints == ""


def test_a_signal_does_not_break_into_the_saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    def dump(sim: Emulator, path: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        sent.append(signal.SIGTERM)

    def end(port: Callable[[], int]) -> None:
        until_answered(f"http://127.0.0.1:{port()}/")
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Emulator, "dump", dump)
    client = threading.Thread(target=end, args=(next_port(),))
    client.start()
    assert main(["serve", "--port", "0", "--state", str(tmp_path / "state")]) == 0
    client.join()
    assert sent == [signal.SIGTERM]


def test_nothing_is_written_but_the_state_and_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serving: Start
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with serving("--state", "state.json") as server:
        headers = {"Authorization": f"Bearer {server.token_file.read_text().strip()}"}
        control = httpx2.Client(base_url=server.base_url.replace("/v1", "/_convsim"), headers=headers)
        for path, given in (("/state", {"file": "other.json"}), ("/restore", {"snapshot": "other.json"})):
            assert control.post(path, json=given).status_code == 400
        assert control.post("/state", json={}).status_code == 200
        assert {path.name for path in tmp_path.iterdir()} == {"state.json", server.token_file.name}
        control.close()
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_the_token_is_in_no_argument_and_no_line(tmp_path: Path) -> None:
    with serving_by_itself("--log", "--control-token-file", str(tmp_path / "token")) as server:
        token = (tmp_path / "token").read_text().strip()
        page = server.base_url.replace("/v1", "/_convsim/")
        httpx2.get(page, headers={"Authorization": f"Bearer {token}"})
        assert "Set-Cookie" not in httpx2.get(page).headers
        arguments = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(server.process.pid)], capture_output=True, text=True, check=True
        )
        assert "serve" in arguments.stdout
        assert token not in arguments.stdout
        assert server.end() == 0
    assert "/_convsim/ 200" in server.said
    assert token not in server.said


def test_its_options(tmp_path: Path, serving: Start) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    token.chmod(0o644)
    arguments = ["--api-key", "sk-one=proj_one", "--lenient", "--base-path", "/openai/v1/"]
    arguments += ["--control-token-file", str(token), "--allow-origin", "http://localhost:3000"]
    with serving(*arguments) as server:
        assert server.base_url.endswith("/openai/v1")
        assert server.value("OPENAI_API_KEY") == "sk-one"
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        assert len(token.read_text()) == 33
        assert server.client.get("/conversations/conv_any").status_code == 200
        assert "echoed" in server.client.post("/responses", json={"model": "gpt-4.1", "input": "echoed"}).text
        root = server.base_url.removesuffix("/openai/v1")
        answer = server.client.get(f"{root}/conversations/conv_any", headers={"Origin": "http://localhost:3000"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert httpx2.get(f"{root}/conversations/x", headers={"Authorization": "Bearer sk-two"}).status_code == 401


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "other machines can reach --host 0.0.0.0: add --allow-remote to allow that"),
        (["--host", "example.org"], "other machines can reach --host example.org: add --allow-remote"),
        (["--host", "0.0.0.0", "--allow-remote"], "--allow-remote needs --control-token-file FILE"),
        (["--api-key", "sk-one"], "--api-key: write KEY=PROJECT"),
        (["--base-path", "v1"], "--base-path 'v1': write a path, as /v1"),
        (["--allow-origin", "localhost"], "allowed_origins has 'localhost': write scheme and host"),
        (["--allow-host", "*"], "allowed_hosts has '*': write it as the Host header has it"),
        (["--host", "127.0.0.300"], "127.0.0.300:0 is not available"),
        (["--port", "99999"], "port 99999: write 0 to 65535, 0 for any free port"),
        (["--port", "-1"], "port -1: write 0 to 65535"),
        (["--control-token-file", "/nowhere/x"], "--control-token-file /nowhere/x cannot be written: No such file"),
        (
            ["--state", "/nowhere/state.json"],
            "--state /nowhere/state.json cannot be written: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_begins(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        main(["serve", *arguments, *([] if {"--host", "--port"} & set(arguments) else ["--port", "0"])])
    assert sentence in capsys.readouterr().err


def test_it_says_in_words_that_uvicorn_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(SystemExit, match="1"):
        main(["serve", "--control-token-file", str(tmp_path / "token")])
    assert "uvicorn is not installed: python -m pip install 'convsim[server]'" in capsys.readouterr().err


@pytest.mark.parametrize("kept", [True, False])
def test_in_this_process_until_a_signal(
    kept: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.unfreeze()  # as in a process of its own
    before = signal.getsignal(signal.SIGTERM)
    replies = tmp_path / "replies.json"
    replies.write_text('{"convsim_replies": 1, "scripts": []}')
    port = next_port()
    statuses: list[int] = []
    collecting: list[tuple[bool, bool]] = []

    def ask_and_end() -> None:
        statuses.append(until_answered(f"http://127.0.0.1:{port()}/v1/conversations"))
        collecting.append((gc.isenabled(), gc.get_freeze_count() > 0))
        os.kill(os.getpid(), signal.SIGTERM)

    client = threading.Thread(target=ask_and_end)
    client.start()
    arguments = ["--port", "0", "--replies", str(replies), "--log"]
    if kept:
        arguments += ["--webhook", "http://127.0.0.1:9/hook"]
        arguments += ["--host", "0.0.0.0", "--allow-remote", "--control-token-file", str(tmp_path / "token")]
        arguments += ["--state", str(tmp_path / "s")]
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        arguments += ["--api-key", "sk-any=proj_any"]
    assert main(["serve", *arguments]) == 0
    client.join()
    assert statuses == [200]
    assert [*collecting, (gc.isenabled(), gc.get_freeze_count() > 0)] == [(True, True), (True, False)]
    last = f"saved {tmp_path / 's'}" if kept else "ended"
    assert capsys.readouterr().out.endswith(f"POST /v1/conversations 200\n{last}\n")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_port_of_all_addresses_is_named_by_that_of_this_machine() -> None:
    port = runner.Port("0.0.0.0")
    assert port.url == f"http://127.0.0.1:{port.number}"
    port.close()
