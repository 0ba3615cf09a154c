"""Verify two other servers: ``python -m tests.interop.servers``.

The command installs each into an environment of its own in a temporary folder, starts it in front of an upstream that
always gives the same answer, and prints the table of docs/verify.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import httpx2

from convsim.contract.reports import parity
from convsim.contract.scenarios import SECTIONS, SOCKET_SECTIONS
from convsim.contract.selection import select
from convsim.contract.verify import Asked, NotRunError, Result, Verification

RUN = "tests.interop.servers"
MODEL = "gpt-4.1"
_START = 120


class Server(NamedTuple):
    """``package`` is the requirement for pip; ``command`` starts the server on a port, in front of an upstream."""

    name: str
    package: str
    python: tuple[int, int]
    command: Callable[[Path, Path, int, str], Sequence[str]]


def agentic(binaries: Path, folder: Path, port: int, upstream: str) -> Sequence[str]:
    """Return the command of the gateway, with a database of its own."""
    options = {
        "--llm-api-base": upstream,
        "--gateway-host": "127.0.0.1",
        "--gateway-port": str(port),
        "--db-url": f"sqlite://{folder}/agentic.db?mode=rwc",
    }
    words = [word for pair in options.items() for word in pair]
    return [str(binaries / "agentic-server"), "--skip-llm-ready-check", *words]


def ogx(binaries: Path, folder: Path, port: int, upstream: str) -> Sequence[str]:
    """Return the command of the server with the APIs for conversations and inference, which it requires."""
    sql = {"backend": "sql"}
    config = {
        "version": 2,
        "distro_name": "interop",
        "apis": ["inference", "conversations"],
        "providers": {
            "inference": [
                {
                    "provider_id": "upstream",
                    "provider_type": "remote::openai",
                    "config": {"base_url": f"{upstream}/v1", "api_key": "none"},
                }
            ]
        },
        "storage": {
            "backends": {
                "kv": {"type": "kv_sqlite", "db_path": f"{folder}/kv.db"},
                "sql": {"type": "sql_sqlite", "db_path": f"{folder}/sql.db"},
            },
            "stores": {
                "metadata": {"namespace": "registry", "backend": "kv"},
                "inference": sql | {"table_name": "inference"},
                "conversations": sql | {"table_name": "conversations"},
                "prompts": sql | {"table_name": "prompts"},
                "connectors": sql | {"table_name": "connectors"},
            },
        },
        "registered_resources": {"models": []},
        "server": {"host": "127.0.0.1", "port": port},
    }
    file = folder / "ogx.yaml"
    file.write_text(json.dumps(config))  # which is YAML, too
    return [str(binaries / "ogx"), "run", "--insecure", str(file)]


SERVERS = (
    Server("agentic-api", "agentic-api==0.9.0", (3, 11), agentic),
    Server("OGX", "ogx==1.5.0", (3, 12), ogx),
)


class Upstream(BaseHTTPRequestHandler):
    """A model that always answers Paris."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "x"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        said = {"role": "assistant", "content": "Paris."}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        choice = {"index": 0, "message": said, "finish_reason": "stop"}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL}
        self._answer({**head, "choices": [choice], "usage": usage})

    def _answer(self, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Log nothing."""


@contextmanager
def upstream() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def interpreter(version: tuple[int, int]) -> str | None:
    """Return the path of a Python of that version or a newer one; None if there is none."""
    if sys.version_info[:2] >= version:
        return sys.executable
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for minor in range(version[1], version[1] + 4):
        name = f"{version[0]}.{minor}"
        for candidate in [f"python{name}", *map(str, versions.glob(f"{name}.*/bin/python"))]:
            if shutil.which(candidate) is None:
                continue
            if subprocess.run([candidate, "-c", ""], check=False, capture_output=True).returncode == 0:
                return candidate
    return None


@contextmanager
def running(server: Server, folder: Path, upstream_url: str) -> Iterator[str]:
    """Install and start a server, and give its base URL; raise ``NotRunError`` if that fails."""
    python = interpreter(server.python)
    if python is None:
        raise NotRunError(f"there is no Python {server.python[0]}.{server.python[1]} or newer on this machine")
    subprocess.run([python, "-m", "venv", str(folder / "venv")], check=True)
    binaries = folder / "venv" / "bin"
    install = [str(binaries / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", server.package]
    if subprocess.run(install, check=False).returncode:
        raise NotRunError(f"pip cannot install {server.package}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "HOME": str(folder), "OPENAI_API_KEY": "none"}
    with (folder / "log").open("wb") as log:
        command = server.command(binaries, folder, port, upstream_url)
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            wait_for(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server listens at the port."""
    for _ in range(_START):
        if process.poll() is not None:
            raise NotRunError(f"it ended with {process.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(1)
        else:
            return
    raise NotRunError(f"it does not listen after {_START} seconds")


def verified(base_url: str) -> list[Result]:
    """Run all scenarios that need no control plane."""
    with httpx2.Client(timeout=30) as client:
        return Verification(Asked(client, base_url, RUN)).run(select({**SECTIONS, **SOCKET_SECTIONS}))


def table(found: dict[str, list[Result]]) -> str:
    """Return a table with a row for each section and a column for each server."""
    lines = [f"| Section | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for section in (*SECTIONS, *SOCKET_SECTIONS):
        cells = [cell([result for result in results if result.section == section]) for results in found.values()]
        if any(cells):
            lines.append(f"| {section} | {' | '.join(cells)} |")
    lines.append(f"| all | {' | '.join(cell(results) for results in found.values())} |")
    return "\n".join(lines)


def cell(results: list[Result]) -> str:
    """Count the scenarios that are the same, the same but for order, of the same statuses, and all."""
    checked = [result for result in results if result.outcome != "not checked"]
    same = sum(result.outcome == "same" for result in checked)
    in_order = same + sum(result.differs_in_order_only for result in checked)
    in_status = sum(not any(_SERIOUS.match(line) for line in lines_of(result)) for result in checked)
    return f"{same}, {in_order}, {in_status} of {len(checked)}" if checked else ""


_SERIOUS = re.compile(
    r"status: |no answer: |not asked: |no connection: |expected \w+, got |event 1: \.(?:status|type): "
)


def lines_of(result: Result) -> list[str]:
    return [line for failure in result.failures for line in failure.lines]


def main() -> int:
    """Verify both and print the table; return 1 if one of them was not run."""
    found: dict[str, list[Result]] = {}
    for server in SERVERS:
        with tempfile.TemporaryDirectory() as folder, upstream() as url:
            try:
                with running(server, Path(folder), url) as base_url:
                    found[server.package.replace("==", " ")] = verified(base_url)
            except NotRunError as error:
                print(f"{server.name} was not run: {error}", file=sys.stderr)
    print(table(found))
    for name, results in found.items():
        print(f"\n{name}: {parity(results)}")
    return int(len(found) < len(SERVERS))


if __name__ == "__main__":
    sys.exit(main())
