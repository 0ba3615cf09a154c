"""The ``convsim`` command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convsim import __version__
from convsim.cli import importing, serve, verify
from convsim.core.text import number_of, visible
from convsim.errors import ConvsimError, UsageError, enumeration

if TYPE_CHECKING:
    from convsim.emulator import Emulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="convsim", description="An offline OpenAI Conversations API for tests.")
    parser.add_argument("--version", action="version", version=f"convsim {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="run the official SDK against an emulator in this process")
    demo.set_defaults(run=_demo)
    routes = commands.add_parser("routes", help="print the emulated operations and their paths")
    others = routes.add_mutually_exclusive_group()
    others.add_argument("--control", action="store_true", help="print the routes of the control plane of convsim serve")
    others.add_argument("--openapi", action="store_true", help="print the operations as a document of OpenAPI 3.1")
    routes.set_defaults(run=_routes)
    render = commands.add_parser("render", help="write a page of HTML from a state or a journal")
    render.add_argument("file", help="a file of sim.dump() or sim.dump_journal()")
    render.add_argument("-o", "--output", required=True, metavar="PAGE", help="the file to write")
    render.set_defaults(run=_render)
    server = commands.add_parser("serve", help="run the emulator behind a port of this machine")
    serve.add_arguments(server)
    server.set_defaults(run=serve.serve)
    check = commands.add_parser("check", help="report errors in a state, a journal, replies, agents or scenarios")
    check.add_argument(
        "file", help="a file of sim.dump(), sim.dump_journal() or convsim import, or one of replies or agents"
    )
    check.set_defaults(run=_check)
    verification = commands.add_parser("verify", help="run the scenarios of the contract against a server")
    verify.add_arguments(verification)
    verification.set_defaults(run=verify.verify)
    recordings = commands.add_parser("import", help="make a state, replies and scenarios from recordings")
    importing.add_arguments(recordings)
    recordings.set_defaults(run=importing.import_recordings)
    try:
        given = vars(parser.parse_args(arguments))
        run = given.pop("run")
        told = run(**given)
        if isinstance(told, int):
            return told
        print(visible(told))
    except (ConvsimError, OSError) as error:
        parser.exit(1, f"convsim: {visible(str(error))}\n")
    return 0


def _demo() -> str:
    from convsim.cli.demo import demo

    return demo()


def _routes(*, control: bool, openapi: bool) -> str:
    if openapi:
        import json

        from convsim.operations.openapi import describe
        from convsim.operations.routes import ROUTES

        return json.dumps(describe(ROUTES, __version__), indent=2)
    if control:
        from convsim.server.control import ROUTES as CONTROL

        widest = max(len(route.path) for route in CONTROL)
        return "\n".join(
            f"{route.method:<6}  /_convsim{route.path:<{widest}}  {route.about}"
            + (f": {', '.join(route.takes.split())}" if route.takes else "")
            for route in CONTROL
        )
    from convsim.operations.routes import ROUTES

    width = max(len(route.path) for route in ROUTES)
    return "\n".join(f"{route.method:<6}  /v1{route.path:<{width}}  {route.operation}" for route in ROUTES)


def _check(file: str) -> str:
    from convsim.contract import scenario_files
    from convsim.core import files
    from convsim.journal import file as journal_files
    from convsim.server.reading import read_agents, read_replies

    document = files.read_document(file, "a file of convsim")
    kinds = set(document).intersection(_KINDS) if isinstance(document, dict) else set()
    if not kinds:
        raise UsageError(
            f"{file} is no file of convsim: it is not an object with the member {enumeration(_KINDS, 'or')}"
        )
    if "convsim_replies" in kinds:
        told = f"replies, {number_of(len(read_replies(file)), 'script')}"
    elif "convsim_agents" in kinds:
        told = f"agents, {len(read_agents(file))} of them"
    elif "convsim_scenarios" in kinds:
        told = f"scenarios, {len(scenario_files.read(file))} of them"
    elif "convsim_journal" in kinds:
        told = f"a journal, {number_of(len(journal_files.read(file)), 'entry', 'entries')}"
    else:
        told = f"a state, {number_of(len(_emulator(file).state), 'conversation')} in the default project"
    return f"{file}: {told}; nothing is wrong with it"


_KINDS = ("convsim", "convsim_journal", "convsim_replies", "convsim_agents", "convsim_scenarios")
"""The members that name the kind of a file: a state has the plain one."""


def _emulator(file: str) -> Emulator:
    """Return an emulator of the service that a state is of."""
    from convsim.emulator import Emulator
    from convsim.service import state_files

    snapshot = state_files.read(file)
    sim = Emulator(service="foundry" if snapshot.service == "foundry" else "openai")
    sim.restore(snapshot)
    return sim


def _render(file: str, output: str) -> str:
    from pathlib import Path

    from convsim.core import files
    from convsim.journal import file as journal_files
    from convsim.report.page import render_page

    title = Path(file).name
    try:
        head = Path(file).read_bytes()[:_HEAD]
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    if b'"convsim_journal"' in head:
        page = render_page(title, (), journal_files.read(file))
    else:
        page = _emulator(file).page(title)
    # An argument that is not UTF-8 arrives with surrogates, and so may the title.
    files.write(output, page.encode("utf-8", "replace"), through_links=False)
    return output


_HEAD = 100
