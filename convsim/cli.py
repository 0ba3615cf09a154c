"""The ``convsim`` command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from convsim import __version__
from convsim.errors import ConvsimError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="convsim", description="An offline OpenAI Conversations API for tests.")
    parser.add_argument("--version", action="version", version=f"convsim {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="the official SDK against an emulator in this process")
    demo.set_defaults(run=_demo)
    routes = commands.add_parser("routes", help="the operations that are emulated, and their paths")
    routes.set_defaults(run=_routes)
    try:
        print(parser.parse_args(arguments).run())
    except ConvsimError as error:
        parser.exit(1, f"convsim: {error}\n")
    return 0


def _demo() -> str:
    from convsim.demo import demo

    return demo()


def _routes() -> str:
    from convsim.routes import ROUTES

    width = max(len(route.path) for route in ROUTES)
    return "\n".join(f"{route.method:<6}  /v1{route.path:<{width}}  {route.operation}" for route in ROUTES)
