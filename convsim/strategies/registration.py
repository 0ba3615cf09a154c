"""Registers the types of this package with Hypothesis: ``st.from_type(Text)`` makes texts that a script takes.

Hypothesis calls :func:`register` whenever it is imported and convsim is installed, even if a run uses neither. So this
module loads a type only after the test has loaded it.
"""

from __future__ import annotations

import sys
from typing import Any

from convsim.core import loading

_REPLIES = ("Call", "Failure", "Reasoning", "Refusal", "Speech", "Text")
_HOME = "convsim.responses.vocabulary"


def register() -> None:
    """Register the types of replies: at once if they are loaded, otherwise when the test loads them."""
    if loaded := sys.modules.get(_HOME):
        for name in _REPLIES:
            _register(name, getattr(loaded, name))
    elif _register not in loading.hooks:
        loading.hooks.append(_register)


def _register(name: str, value: Any) -> None:
    if name in _REPLIES:
        from hypothesis import strategies as st

        st.register_type_strategy(value, _strategy)


def _strategy(wanted: type) -> Any:
    from convsim.strategies.turns import REPLIES

    return REPLIES[wanted]
