"""``convsim serve`` against a canned application with the same bodies: each in a process of its own, asked in turn.

Run as ``python -m tests.bench.served FILE``, it is the canned application: one answer, from a pickle, in its chunks.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

ITEM = {"type": "message", "role": "user", "content": "How is the weather?"}
TURN = {"model": "gpt-5.5", "input": "How is the weather?", "stream": True}
SAYS = "It is sunny in Paris, and it will be warm until the evening, they say."

_CONNECTIONS = 8
_ROUNDS = 250
_WARM = 20
_TIMES = 5
COMMAND = [sys.executable, "-c", "import sys; from convsim.cli.main import main; sys.exit(main())", "serve"]


class Answer(NamedTuple):
    """A recorded answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]


# --- the canned application ----------------------------------------------------------------------------------------

Message = MutableMapping[str, Any]


def canned(
    answer: Answer,
) -> Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]:
    """An application that reads the request, and always says the same."""
    *first, last = answer.chunks

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        for chunk in first:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": last})

    return app


def serve_canned(path: str) -> None:
    """Serve it with the settings of ``convsim serve`` that uvicorn has, until a signal."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}/v1", flush=True)

    with Path(path).open("rb") as opened:
        answer = pickle.load(opened)
    given: dict[str, Any] = {"server_header": False, "date_header": False, "access_log": False, "port": 0}
    given |= {"timeout_keep_alive": 65, "proxy_headers": False, "log_config": None}
    config = uvicorn.Config(canned(answer), http="h11", loop="asyncio", lifespan="off", log_level="critical", **given)
    Server(config).run()


# --- asking ----------------------------------------------------------------------------------------------------------


class Started(NamedTuple):
    """A server in a process of its own."""

    port: int
    process: int

    def seconds(self) -> float:
        """How long it has had a processor; on Linux alone."""
        spent = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def started(command: list[str], cache: str | None = None) -> Iterator[Started]:
    """Start a server, and end it. ``cache`` is a folder for the byte code of what it imports."""
    environment = dict(os.environ)
    if cache is not None:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = cache
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            found = re.search(r":(\d+)/v1$", process.stdout.readline().strip())
            assert found is not None
            yield Started(int(found[1]), process.pid)
        finally:
            process.terminate()
            process.communicate()


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self, method: str, path: str, given: object = None) -> bytes:
        """The bytes of a request."""
        body = b"" if given is None else json.dumps(given).encode()
        lines = [f"{method} /v1{path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", "Authorization: Bearer sk-bench"]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """The head and the body of the answer, as they came."""
        self.send(request)
        return self.read()

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def read(self) -> tuple[bytes, bytes]:
        """The next answer, as :meth:`ask` gives it."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += self._more()
        head, _, body = heard.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while len(body) < int(length[1]) if length else not body.endswith(b"0\r\n\r\n"):
            body += self._more()
        return head, body

    def _more(self) -> bytes:
        data = self._socket.recv(262_144)
        assert data, "the server closed"
        return data

    def close(self) -> None:
        self._socket.close()

    def recorded(self, request: bytes) -> Answer:
        """The answer as a canned application gives it."""
        head, body = self.ask(request)
        line, *pairs = head.split(b"\r\n")
        headers = [(name.lower(), value) for name, _, value in (pair.partition(b": ") for pair in pairs)]
        status = int(line.split(b" ")[1])
        assert status == 200, body
        if any(name == b"content-length" for name, _ in headers):
            return Answer(status, headers, [body])
        headers.remove((b"transfer-encoding", b"chunked"))
        events = [event + b"\n\n" for event in _dechunked(body).split(b"\n\n") if event]
        return Answer(status, headers, [*events, b""])


def _dechunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return whole


def answered(server: Started, clients: list[Client], requests: list[bytes]) -> float:
    """Answers for each second that the server has of a processor: what else the machine does is no part of it."""
    for turn in range(_WARM + _ROUNDS):
        if turn == _WARM:
            begin = server.seconds()
        for client, request in zip(clients, requests, strict=True):
            client.send(request)
        for client in clients:
            client.read()
    return _ROUNDS * len(clients) / (server.seconds() - begin)


def throughput(method: str, path: str, given: object = None) -> float:
    """Answers a second of ``convsim serve`` over those of the canned application, in percent."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        replies, recorded = Path(folder, "replies.json"), Path(folder, "answer")
        scripts = [{"replies": [SAYS], "times": "always"}]
        replies.write_text(json.dumps({"convsim_replies": 1, "scripts": scripts}), encoding="utf-8")
        server = stack.enter_context(started([*COMMAND, "--replies", str(replies)]))
        clients = [Client(server.port) for _ in range(_CONNECTIONS)]
        requests = [_prepared(client, method, path, given) for client in clients]
        recorded.write_bytes(pickle.dumps(clients[0].recorded(requests[0])))
        other = stack.enter_context(started([sys.executable, "-m", "tests.bench.served", str(recorded)]))
        others = [Client(other.port) for _ in range(_CONNECTIONS)]
        ratios = [answered(server, clients, requests) / answered(other, others, requests) for _ in range(_TIMES)]
        for client in (*clients, *others):
            client.close()
    return 100 * statistics.median(ratios)


def _prepared(client: Client, method: str, path: str, given: object) -> bytes:
    """The request of one client, on a conversation of twenty items of its own."""
    _, made = client.ask(client.request("POST", "/conversations", {"items": [ITEM] * 20}))
    return client.request(method, path.format(json.loads(made)["id"]), given)


def first_answer() -> float:
    """From the start of the process to the first answer, over the same of the canned application."""
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder, "answer")
        with started(COMMAND) as server:
            client = Client(server.port)
            recorded.write_bytes(pickle.dumps(client.recorded(client.request("POST", "/conversations", {}))))
            client.close()

        def start(command: list[str]) -> float:
            begin = perf_counter()
            with started(command, cache=folder) as server:
                client = Client(server.port)
                client.ask(client.request("POST", "/conversations", {}))
                seconds = perf_counter() - begin
                client.close()
            return seconds

        other = [sys.executable, "-m", "tests.bench.served", str(recorded)]
        for command in (COMMAND, other):
            start(command)
        return statistics.median(start(COMMAND) / start(other) for _ in range(15))


if __name__ == "__main__":
    serve_canned(sys.argv[1])
