"""The libraries that a request came through, read from the call stack for the sentences of refusals."""

from __future__ import annotations

import sys
from collections.abc import Iterator

# The first packages of a client's own code; the frames above belong to its user.
_CLIENTS = ("httpx._client", "httpx2._client", "aiohttp.client")
# The packages that every request of such a client passes.
_ON_THE_WAY = {"aiohttp", "anyio", "convsim", "httpcore", "httpcore2", "httpx", "httpx2", "httpx_aiohttp", "openai"}
_OWN = {"convsim", "pytest_convsim"}
_RUNNERS = {"_pytest", "pluggy", "pytest", "pytest_asyncio", "xdist", "execnet"}
_STANDARD = sys.stdlib_module_names - {"unittest"}


def _modules() -> Iterator[tuple[str, str]]:
    """Yield the name and file of each module on the stack, the innermost first."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        yield frame.f_globals.get("__name__", ""), frame.f_code.co_filename


def passed_through() -> list[str]:
    """Return the packages between a client of httpx, httpx2 or aiohttp and this call, such as mocks and cassettes.

    Empty if no such client is on the stack.
    """
    found: dict[str, None] = {}
    for name, _ in _modules():
        if name.startswith(_CLIENTS):
            return [*reversed(found)]
        package = "unittest.mock" if name == "unittest.mock" else name.partition(".")[0]
        if package not in _ON_THE_WAY and package not in _STANDARD:
            found[package] = None
    return []


def caller() -> str:
    """Return the library that made this call, with those that it used: ``requests (through urllib3)``.

    A thread that resolves names for an event loop has no library on its stack.
    """
    installed: dict[str, None] = {}
    standard = ""
    for name, file in _modules():
        package = name.partition(".")[0]
        if package in _OWN:
            continue  # installed, or beside the user's code in a checkout
        if package in _STANDARD:
            standard = name if package in ("http", "urllib") else standard
        elif "site-packages" in file or "dist-packages" in file:
            if package in _RUNNERS:
                break
            installed[package] = None
        else:
            break
    names = [*reversed(installed)]
    if not names:
        return standard or "a library"
    return f"{names[0]} (through {', '.join(names[1:])})" if names[1:] else names[0]
