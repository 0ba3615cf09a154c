"""The grammar of ids that clients send: ids of items, references, paths, and ids that items refer to."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from convsim.errors.validation import fault

_MAX_ID = 64
_GRAMMAR = "[A-Za-z0-9_-]{0,63}[A-Za-z0-9-]"
_ID = re.compile(_GRAMMAR)
_PREFIXED = re.compile(r"[A-Za-z0-9]+_.", re.DOTALL)

# The last prefix is that of files on Azure, where the live sentence asks for it.
_FILE_PREFIXES = ("file-", "file_", "assistant-")


def item_id(value: str, prefix: str) -> str:
    """Check an id that a client sends for an item of a type with this prefix (evidence: client-supplied ids)."""
    any_id(value)
    if not value.startswith(f"{prefix}_"):
        raise fault("id_prefix", prefix=prefix)
    return value


def is_well_formed(value: str) -> bool:
    """Return whether the grammar of ids allows it, regardless of its prefix."""
    return _ID.fullmatch(value) is not None


def any_id(value: str) -> str:
    """Check an id with any prefix, such as the one of a reference."""
    if is_well_formed(value):
        return value
    raise _malformed(value)


def file_id(value: str) -> str:
    """Check the id of a file that a model is to read."""
    any_id(value)
    if not value.startswith(_FILE_PREFIXES):
        raise fault("id_prefix", prefix="file")
    return value


def conversation_id(value: str) -> str:
    """Check ``conv_...`` in a URL or a body; the prefix is checked first."""
    return _of_prefix(value, "conv")


def response_id(value: str) -> str:
    """Check ``resp_...`` by the rules for the id of a conversation."""
    return _of_prefix(value, "resp")


def _of_prefix(value: str, prefix: str) -> str:
    if not value.startswith(f"{prefix}_") or value == f"{prefix}_":
        raise fault("id_prefix", prefix=prefix)
    return any_id(value)


def item_id_in_path(value: str) -> str:
    """Check ``prefix_...`` in a URL; any prefix will do."""
    if not _PREFIXED.match(value):
        raise fault("id_prefix", prefix="msg")
    return any_id(value)


def _malformed(value: str) -> PydanticCustomError:
    return fault("id_too_long", bound=_MAX_ID) if len(value) > _MAX_ID else fault("id_characters")


ANY_PREFIX = "[A-Za-z0-9]+"


def id_pattern(prefix: str) -> dict[str, Any]:
    """Return the JSON Schema of the ids of a prefix."""
    return {"pattern": f"^{prefix}_[A-Za-z0-9_-]{{0,58}}[A-Za-z0-9-]$", "maxLength": _MAX_ID}


def id_schema(prefix: str) -> Any:
    """Return an annotation with the JSON Schema of the ids of a prefix; a validator checks them."""
    return Field(json_schema_extra=id_pattern(prefix))


CallId = Annotated[str, StringConstraints(min_length=1, max_length=_MAX_ID)]
"""Any characters, as probes of the live API found."""
AnyId = Annotated[
    str, AfterValidator(any_id), Field(json_schema_extra={"pattern": f"^{_GRAMMAR}$", "maxLength": _MAX_ID})
]
FileId = Annotated[
    str,
    AfterValidator(file_id),
    Field(json_schema_extra={"pattern": "^file-[A-Za-z0-9_-]{0,58}[A-Za-z0-9-]$", "maxLength": _MAX_ID}),
]
ContainerId = Annotated[str, AfterValidator(lambda value: item_id(value, "cntr")), id_schema("cntr")]
