"""The environment variables in which clients look for a key, set for as long as an emulator answers them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

NAMES = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")

_lock = Lock()
_found: list[dict[str, str | None]] = []
"""For each key that is set, the innermost last: the values that it replaced."""


@contextmanager
def key_set(key: str) -> Iterator[None]:
    """Set the key, also over a real one, so that a request that escapes carries nothing; put the old values back.

    Keys may end in any order, as concurrent coroutines do: the next one then puts back what this one replaced.
    """
    with _lock:
        found = {name: os.environ.get(name) for name in NAMES}
        _found.append(found)
        os.environ.update(dict.fromkeys(NAMES, key))
        sdk = _typed_sdk(azure=not found["OPENAI_API_KEY"] and bool(found["AZURE_OPENAI_API_KEY"]))
    try:
        yield
    finally:
        with _lock:
            if sdk is not None:
                sdk.api_type = None
            # By identity: two keys may have replaced equal values.
            position = next(number for number, one in enumerate(_found) if one is found)
            del _found[position]
            if position < len(_found):
                _found[position].update(found)
            else:
                _put_back(found)


def _typed_sdk(*, azure: bool) -> Any:
    """Tell the SDK's module-level client which service it is for, since it refuses to choose where both keys are set.

    Gives the SDK, or None where it is not imported or has been told already.
    """
    sdk: Any = sys.modules.get("openai")
    if sdk is None or getattr(sdk, "api_type", "") is not None:
        return None
    sdk.api_type = "azure" if azure else "openai"
    return sdk


def _put_back(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
