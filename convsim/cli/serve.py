"""``convsim serve``: the emulator behind a port of this machine, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convsim.core import files
from convsim.core.text import visible
from convsim.errors import UsageError

if TYPE_CHECKING:
    from convsim.responses.agent import Agent
    from convsim.server.sessions import Served
    from convsim.server.webhooks import Poster

_PROJECT = "/api/projects/demo"
"""The path of the project that is printed; the port answers for any other name, too."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="the port to listen at (0: any free port)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of all ids (0)")
    parser.add_argument("--ids", choices=("live", "sequential"), default="live", help="the shape of ids (live)")
    parser.add_argument("--state", metavar="FILE", help="load this state first, and save it at the end")
    parser.add_argument(
        "--api-key", action="append", metavar="KEY=PROJECT", help="accept this key, and no keys but those given"
    )
    parser.add_argument("--lenient", action="store_true", help="for generated suites: see docs/server.md")
    parser.add_argument("--replies", metavar="FILE", help="a file of the model's replies, in order")
    parser.add_argument(
        "--service", choices=("openai", "foundry"), default="openai", help="foundry: a project of Azure AI Foundry"
    )
    parser.add_argument("--agents", metavar="FILE", help="a file of the project's agents; needs --service foundry")
    parser.add_argument("--base-path", default="/v1", metavar="PATH", help="the path of the API (/v1)")
    parser.add_argument("--webhook", metavar="URL", help="post the webhooks of background turns to this machine")
    parser.add_argument("--log", action="store_true", help="print a line for each request")
    parser.add_argument(
        "--control-token-file", metavar="FILE", help="write the token of the control plane to this file"
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="accept this name in Host, too"
    )
    parser.add_argument(
        "--allow-origin", action="append", default=[], metavar="ORIGIN", help="accept requests of its web pages"
    )
    parser.add_argument("--allow-remote", action="store_true", help="allow a --host that other machines can reach")


@contextmanager
def _quick_start() -> Iterator[None]:
    """Start without garbage collection, until :func:`_started`, and plugins of pydantic: a fifth of the start."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


def _started(lines: str) -> None:
    """Collect garbage from now on, but leave out the modules: the first collection would walk through all of them."""
    gc.freeze()
    gc.enable()
    _say(lines)


@_quick_start()
def serve(
    host: str,
    port: int,
    seed: int,
    ids: str,
    state: str | None,
    api_key: list[str] | None,
    replies: str | None,
    service: str,
    agents: str | None,
    base_path: str,
    webhook: str | None,
    control_token_file: str | None,
    allow_host: list[str],
    allow_origin: list[str],
    *,
    lenient: bool,
    log: bool,
    allow_remote: bool,
) -> int:
    """Run the server; return the exit status."""
    from convsim.emulator import Emulator
    from convsim.http.urls import is_loopback
    from convsim.operations.matching import match
    from convsim.server.admission import loopback_hosts
    from convsim.server.runner import Port

    match("/conversations")  # loads the modules that the first request needs

    if not is_loopback(host) or host == "0.0.0.0":
        _require_consent(host, control_token_file, allow_remote=allow_remote)
    is_foundry = service == "foundry"
    if agents is not None and not is_foundry:
        raise UsageError("--agents needs --service foundry: OpenAI has no agents")
    if lenient and is_foundry:
        raise UsageError("--lenient is for the generated suites of OpenAI's SDKs: leave out --service foundry")
    options: dict[str, Any] = {
        "seed": seed,
        "service": service,
        "agents": _agents(agents) if agents is not None else None,
        "ids": ids,
        "api_keys": _keys(api_key),
        "base_urls": [f"http://localhost{_checked_path(base_path)}"],
        "replies": _scripts(replies) if replies is not None else (),
        "unknown_ids": "create" if lenient else "refuse",
        "unscripted": "echo" if lenient else "refuse",
    }
    if state is not None:
        files.require_writable("--state", state)  # before a day of work that could not be saved
    sim = Emulator(**options, state=state if state is not None and Path(state).exists() else None)
    poster = _poster(webhook) if webhook is not None else None
    listening = Port(host, port)
    try:
        hosts = loopback_hosts(listening.number, allow_host)
        app = sim.asgi(allowed_hosts=hosts, allowed_origins=allow_origin, control=True)
        if state is not None:
            app.served.save = lambda: sim.dump(state)
        token_file = _write_token(app.control_token, control_token_file)
        if log:
            app.log = _say
        app.poster = poster
        base_url = f"{listening.url}{base_path.rstrip('/')}"
        signed = f"export OPENAI_WEBHOOK_SECRET={sim.webhooks.secret}\n"
        project = f"export AZURE_AI_PROJECT_ENDPOINT={listening.url}{_PROJECT}\n"
        lines = (
            f"convsim answers at {base_url}\n\n"
            f"export OPENAI_BASE_URL={base_url}\n"
            f"export OPENAI_API_KEY={sim.api_key}\n"
            f"{project if is_foundry else ''}"
            f"{'' if poster is None else signed}\n"
            f"control plane: {listening.url}/_convsim/\n"
            f"its token: {token_file}"
        )
        try:
            listening.serve(app, started=lambda: _started(lines), ended=lambda: _save(app.served))
        finally:
            if poster is not None:
                poster.close()
            if control_token_file is None:
                Path(token_file).unlink(missing_ok=True)
    finally:
        listening.close()
    _say("ended" if state is None else f"saved {state}")
    return 0


def _save(served: Served) -> None:
    if served.save is not None:
        served.save()


def _poster(url: str) -> Poster:
    from convsim.server.webhooks import Poster

    return Poster(url, _say)


def _scripts(path: str) -> list[Any]:
    from convsim.server.reading import read_replies

    return list(read_replies(path))


def _agents(path: str) -> dict[str, Agent]:
    from convsim.server.reading import read_agents

    return read_agents(path)


def _say(line: str) -> None:
    """Print a line. The server goes on without a reader: its output may be piped to a command that has ended."""
    try:
        print(visible(line), flush=True)
    except (OSError, ValueError):  # a pipe without a reader; a stream that was closed
        sys.stdout = None  # print() ignores it, and Python does not try again at its end


def _require_consent(host: str, token_file: str | None, *, allow_remote: bool) -> None:
    if not allow_remote:
        raise UsageError(f"other machines can reach --host {host}: add --allow-remote to allow that")
    if token_file is None:
        raise UsageError("--allow-remote needs --control-token-file FILE, so that you decide who can read the token")


def _checked_path(path: str) -> str:
    if not path.startswith("/") or not set(path).isdisjoint("?#*% "):
        raise UsageError(f"--base-path {path!r}: write a path, as /v1")
    return path.rstrip("/")


def _keys(given: list[str] | None) -> dict[str, str] | None:
    if given is None:
        return None
    keys = dict(pair.partition("=")[::2] for pair in given)
    if not all(keys) or not all(keys.values()):
        raise UsageError("--api-key: write KEY=PROJECT, as --api-key sk-one=proj_one")
    return keys


def _write_token(token: str, path: str | None) -> str:
    """Write the token to a file that only its user can read; return the path. An existing file is replaced."""
    content = f"{token}\n".encode()
    if path is None:
        file, path = tempfile.mkstemp(prefix="convsim-", suffix=".token")  # created with mode 0600
    else:
        try:
            Path(path).unlink(missing_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise UsageError(f"--control-token-file {path} cannot be written: {error.strerror}") from None
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
    return path
