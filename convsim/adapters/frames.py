"""The libraries that a request came through, as the call stack tells: for the sentences of refusals."""

from __future__ import annotations

import sys
from collections.abc import Iterator

# Where a client's own code begins: what stands above is its user's.
_CLIENTS = ("httpx._client", "httpx2._client", "aiohttp.client")
# The packages that every request of such a client passes.
_ON_THE_WAY = {"aiohttp", "anyio", "convsim", "httpcore", "httpcore2", "httpx", "httpx2", "httpx_aiohttp", "openai"}
_OWN = {"convsim", "pytest_convsim"}
_RUNNERS = {"_pytest", "pluggy", "pytest", "pytest_asyncio", "xdist", "execnet"}
_STANDARD = sys.stdlib_module_names - {"unittest"}


def _modules() -> Iterator[tuple[str, str]]:
    """The name and file of each module on the stack, the innermost first."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        yield frame.f_globals.get("__name__", ""), frame.f_code.co_filename


def passed_through() -> list[str]:
    """The packages between a client of httpx, httpx2 or aiohttp and this call: mocks, cassettes, instrumentation.

    Empty when no such client is on the stack.
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
    """The library that made this call, and those that it used for it: ``requests (through urllib3)``.

    In a thread that resolves names for an event loop, no library is on the stack.
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
