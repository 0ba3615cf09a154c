"""The grammar of ids that clients send: in items, in references and in paths."""

from __future__ import annotations

import re

from pydantic_core import PydanticCustomError

from convsim.errors.validation import fault

_MAX_ID = 64
_ID = re.compile(r"[A-Za-z0-9_-]{0,63}[A-Za-z0-9-]")
_PREFIXED = re.compile(r"[A-Za-z0-9]+_.", re.DOTALL)


def item_id(value: str, prefix: str) -> str:
    """Checks an id that a client sends for an item of a type with this prefix (evidence: client-supplied ids)."""
    any_item_id(value)
    if not value.startswith(f"{prefix}_"):
        raise fault("id_prefix", prefix=prefix)
    return value


def is_well_formed(value: str) -> bool:
    """Whether the grammar of ids allows it, whatever its prefix."""
    return _ID.fullmatch(value) is not None


def any_item_id(value: str) -> str:
    """Checks an id that may be of any item, as a reference's."""
    if is_well_formed(value):
        return value
    raise _malformed(value)


def conversation_id(value: str) -> str:
    """Checks ``conv_...`` in a URL or a body, where the prefix counts first."""
    return _of_prefix(value, "conv")


def response_id(value: str) -> str:
    """Checks ``resp_...``, as the id of a conversation is checked."""
    return _of_prefix(value, "resp")


def _of_prefix(value: str, prefix: str) -> str:
    if not value.startswith(f"{prefix}_") or value == f"{prefix}_":
        raise fault("id_prefix", prefix=prefix)
    return any_item_id(value)


def item_id_in_path(value: str) -> str:
    """Checks ``prefix_...`` in a URL; which prefix does not matter."""
    if not _PREFIXED.match(value):
        raise fault("id_prefix", prefix="msg")
    return any_item_id(value)


def _malformed(value: str) -> PydanticCustomError:
    return fault("id_too_long", bound=_MAX_ID) if len(value) > _MAX_ID else fault("id_characters")
