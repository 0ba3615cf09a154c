"""The environment variables with the keys of clients, set as long as an emulator answers them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from convsim.core.forks import ModuleLock

NAMES = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")

_lock = ModuleLock(Lock)
_found: list[dict[str, str | None]] = []
"""The values that each key replaced, the innermost key last."""


@contextmanager
def key_set(key: str) -> Iterator[None]:
    """Set the key, also over a real one, so that an escaping request carries no secret; restore the old values.

    Keys may end in any order, as concurrent coroutines do: the next one then restores the values that this one
    replaced.
    """
    with _lock:
        found = {name: os.environ.get(name) for name in NAMES}
        _found.append(found)
        for name in NAMES:
            os.environ[name] = key
        _choose_service(azure=not found["OPENAI_API_KEY"] and bool(found["AZURE_OPENAI_API_KEY"]))
    try:
        yield
    finally:
        with _lock:
            # Compare by identity: two keys may have replaced equal values.
            position = next(number for number, one in enumerate(_found) if one is found)
            del _found[position]
            if position < len(_found):
                _found[position].update(found)
            else:
                _put_back(found)
            if not _found and _typed:
                _typed.pop().api_type = None


_typed: list[Any] = []
"""The SDK, if :func:`_choose_service` has set its service, until no key is set any more."""


def _choose_service(*, azure: bool) -> None:
    """Set the service of the SDK's module-level client, which refuses to choose if both keys are set.

    Nothing is done if the SDK is not imported or has its service set already.
    """
    sdk: Any = sys.modules.get("openai")
    if sdk is not None and getattr(sdk, "api_type", "") is None:
        sdk.api_type = "azure" if azure else "openai"
        _typed.append(sdk)


def _put_back(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
