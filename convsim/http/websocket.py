"""WebSockets: the rules for frames and for the end (RFC 6455)."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

from convsim.errors import UsageError
from convsim.errors.misuse import is_text, shown

ABNORMAL_CLOSURE = 1006
"""The code of a broken connection; no close frame carries it."""

# Section 7.4, with the codes registered since; no frame carries 1004, 1005 and 1015.
_CARRIED = frozenset([*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)])

_LONGEST = 125
_LONGEST_REASON = _LONGEST - 2  # after the two bytes of the code


def check_close(call: str, code: object, reason: object) -> None:
    """Raise :class:`~convsim.errors.UsageError` unless a connection can end so; ``call`` is the user's call."""
    if type(code) is not int or not (code == ABNORMAL_CLOSURE or code in _CARRIED):
        raise UsageError(
            f"{call}(code={shown(code)}): write 1006, for a connection that is lost without a close frame, or a code"
            " of a close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999"
        )
    call = f"{call}({code}, reason={shown(reason)})"
    if not is_text(reason) or len(reason.encode()) > _LONGEST_REASON:
        raise UsageError(f"{call}: write a string of at most {_LONGEST_REASON} bytes of UTF-8, as in a close frame")
    if code == ABNORMAL_CLOSURE and reason:
        raise UsageError(f"{call}: a lost connection has no close frame; leave the reason out, or write another code")


def check_ping(call: str, data: object) -> None:
    """Raise :class:`~convsim.errors.UsageError` unless a ping can carry the data."""
    if not isinstance(data, bytes) or len(data) > _LONGEST:
        raise UsageError(f"{call}({shown(data)}): write at most {_LONGEST} bytes")


def event_data(event: Mapping[str, Any] | str | bytes) -> str | bytes:
    """Return the data of the frame in which a test sends an event: a mapping as JSON, other data unchanged.

    Raises :class:`~convsim.errors.UsageError` for a mapping that is not JSON, and for any other value.
    """
    if isinstance(event, str | bytes):
        return event
    if not isinstance(event, Mapping):
        raise UsageError(f"connection.send({shown(event)}): write an event as a mapping, or the text of a frame")
    try:
        return dumps(dict(event), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"connection.send({shown(event)}): {error}; write an event that JSON can hold") from None
