"""``convsim verify``: the scenarios of the contract against any server."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from convsim.core import files
from convsim.core.text import cut, visible
from convsim.errors import ConvsimError, UsageError

if TYPE_CHECKING:
    from convsim.contract.selection import Candidate, Sections
    from convsim.contract.verify import Result

SAME, DIFFERS, NOT_RUN = range(3)
"""The exit statuses."""

_MOST = 500
_PATIENCE = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--base-url", required=True, metavar="URL", help="the server, as http://127.0.0.1:8000/v1")
    parser.add_argument("--api-key-env", metavar="NAME", help="the variable that holds the key (none: send sk-test)")
    parser.add_argument(
        "--service", choices=("openai", "foundry"), default="openai", help="foundry: a project of Azure AI Foundry"
    )
    parser.add_argument("--realtime", action="store_true", help="run the Realtime scenarios, over WebSockets")
    parser.add_argument(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="TAG",
        help="a tag or level of evidence, an operation, or a name",
    )
    parser.add_argument("--scenarios", metavar="FILE", help="run the scenarios of this file of convsim import")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit's XML")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON")
    parser.add_argument("--yes", action="store_true", help="do not ask before the first request")
    parser.add_argument("--dry-run", action="store_true", help="list the scenarios, and send nothing")
    parser.add_argument("--max-requests", type=int, metavar="N", help=f"send at most this many requests ({_MOST})")
    parser.add_argument("--stale", metavar="DAYS", help="run scenarios with older evidence first, as 90d")
    parser.add_argument("--control-token-file", metavar="FILE", help="the token file of convsim serve: check all")


def verify(
    base_url: str,
    api_key_env: str | None,
    service: str,
    only: Sequence[str],
    scenarios: str | None,
    junit: str | None,
    json: str | None,
    max_requests: int | None,
    stale: str | None,
    control_token_file: str | None,
    *,
    realtime: bool,
    yes: bool,
    dry_run: bool,
) -> int:
    """Run the command, and return the exit status."""
    from convsim.contract import reports

    now = datetime.now(UTC)
    run = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    try:
        base_url = _checked_url(base_url, service)
        token = _token(control_token_file) if control_token_file is not None else None
        sections = _sections(scenarios, service, realtime=realtime)
        chosen = _chosen(sections, only, stale, now, max_requests, token)
        if dry_run:
            print(visible(reports.render_plan(chosen)))
            return SAME
        key = _key(api_key_env)
        for option, file in (("--junit", junit), ("--json", json)):
            if file is not None:
                files.require_writable(option, file)
        if not yes:
            _ask(f"{reports.totals(chosen)}, at {base_url}", run)
        results = _run(chosen, base_url, key, api_key_env, service, token, run)
        print(visible(reports.render(results)))
        for file, render in ((junit, reports.to_junit(results)), (json, reports.to_json(results, base_url, run))):
            if file is not None:
                files.write(file, render.encode("utf-8", "replace"))
    except KeyboardInterrupt:
        print(
            "convsim: interrupted; its objects are deleted, except for one whose answer was still under way",
            file=sys.stderr,
        )
        return NOT_RUN
    except (ConvsimError, OSError) as error:
        print(f"convsim: {visible(str(error))}", file=sys.stderr)
        return NOT_RUN
    number = reports.counted(results)
    return DIFFERS if number["differs"] else SAME if number["same"] else NOT_RUN


# --- the choice and the consent --------------------------------------------------------------------------------------


def _checked_url(base_url: str, service: str) -> str:
    """Return the URL without a slash at its end; the endpoint of a project is completed by the path of its API."""
    try:
        parts = urlsplit(base_url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # of the port, or of an address in brackets
        right = False
    if not right or parts.query or parts.fragment or not _is_url(base_url):
        raise UsageError(f"--base-url {base_url}: write http or https, the host and where the API begins, as /v1")
    if parts.username is not None:
        raise UsageError("--base-url: leave out the user and the password, which reports would show; see --api-key-env")
    base_url = base_url.rstrip("/")
    return f"{base_url}/openai/v1" if service == "foundry" and _PROJECT.search(base_url) else base_url


def _is_url(base_url: str) -> bool:
    import httpx2

    try:
        httpx2.URL(base_url)
    except httpx2.InvalidURL:
        return False
    return True


_PROJECT = re.compile("/api/projects/[^/]+$")


def _token(path: str) -> str:
    try:
        token = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"--control-token-file {path} cannot be read: {error}") from None
    return _sendable("--control-token-file", path, token)


def _sendable(option: str, name: str, secret: str) -> str:
    """Return the secret; raise ``UsageError``, without it, if no header can carry it."""
    if not secret.isascii() or not secret.isprintable():
        raise UsageError(f"{option} {name}: its value has a line end, or another character that no header can carry")
    return secret


def _key(variable: str | None) -> str:
    from convsim.contract.asking import KEY

    if variable is None:
        return KEY
    key = os.environ.get(variable, "")
    if not key:
        raise UsageError(f"--api-key-env {variable}: the variable is not set")
    return _sendable("--api-key-env", variable, key)


def _sections(scenarios: str | None, service: str, *, realtime: bool) -> Sections:
    from convsim.contract import scenario_files
    from convsim.contract.scenarios import FOUNDRY_SECTIONS, REALTIME_SECTIONS, SECTIONS, SOCKET_SECTIONS
    from convsim.contract.sockets import require_library

    if realtime and service == "foundry":
        raise UsageError("--realtime and --service foundry: a project has no Realtime; leave one of them out")
    if scenarios is not None:
        if realtime:
            raise UsageError("--scenarios and --realtime: a file has none of Realtime; leave one of them out")
        return {f"From {Path(scenarios).name}": scenario_files.read(scenarios)}
    if realtime:
        require_library()
        return REALTIME_SECTIONS
    return FOUNDRY_SECTIONS if service == "foundry" else {**SECTIONS, **SOCKET_SECTIONS}


def _chosen(
    sections: Sections,
    only: Sequence[str],
    stale: str | None,
    now: datetime,
    max_requests: int | None,
    token: str | None,
) -> list[Candidate]:
    from convsim.contract.selection import select, stale_first, within
    from convsim.contract.sockets import missing_library

    if max_requests is not None and max_requests < 1:
        raise UsageError(f"--max-requests {max_requests}: write 1 or more")
    chosen = select(sections, only=only, own=token is not None, no_sockets=missing_library())
    if stale is not None:
        if not re.fullmatch(r"\d{1,5}d", stale, re.ASCII):
            raise UsageError(f"--stale {stale}: write a number of days, as 90d")
        chosen = stale_first(chosen, now.date() - timedelta(int(stale[:-1])))
    if max_requests is not None or token is None:
        chosen = within(chosen, _MOST if max_requests is None else max_requests)
    return chosen


def _ask(what: str, run: str) -> None:
    """Ask a person to agree to the run; raise :class:`~convsim.errors.UsageError` without a yes."""
    from convsim.contract.tagging import TAG

    words = f'{what}; each conversation is tagged (metadata {TAG}="{run}") and deleted after its scenario'
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"no request was sent. This would be run: {words}. To agree without a terminal, add --yes")
    try:
        said = input(f"{words}.\nGo on? [y/N] ")
    except EOFError:
        said = ""
    if said.strip().lower() not in ("y", "yes"):
        raise UsageError("no request was sent")


# --- the run -------------------------------------------------------------------------------------------------------


def _run(
    chosen: Sequence[Candidate],
    base_url: str,
    key: str,
    variable: str | None,
    service: str,
    token: str | None,
    run: str,
) -> list[Result]:
    """Return the results, and report the objects that were left behind, even of an interrupted run."""
    import httpx2

    from convsim.contract.asking import API_KEY, BEARER
    from convsim.contract.control import Control
    from convsim.contract.verify import Asked, Verification

    # A project of Azure takes its key in a header of its own, and a token of Entra (a JSON Web Token) as OpenAI's.
    key_header = API_KEY if service == "foundry" and not key.startswith("eyJ") else BEARER
    with httpx2.Client(timeout=_PATIENCE) as client:
        control = Control(client, base_url, token, f"verify-{os.getpid()}", service) if token is not None else None
        verification = Verification(Asked(client, base_url, run, key, variable or "", control, key_header))
        try:
            return verification.run(chosen, _progress(len(chosen)) if sys.stderr.isatty() else None)
        finally:
            for path in verification.left_behind:
                print(visible(f"could not be deleted: {path}"), file=sys.stderr)


def _progress(total: int) -> Callable[[Result], None]:
    """Return a function that shows the progress in one line, and clears the line at the end."""
    done = 0

    def show(result: Result) -> None:
        nonlocal done
        done += 1
        line = cut(f"{done}/{total}  {result.told.name}", _LINE) if done < total else ""
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    return show


_LINE = 78
