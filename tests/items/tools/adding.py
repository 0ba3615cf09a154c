"""Adds one tool to a conversation as a client does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.items import sending

PATH = "items[0].tools[0]"
_BEFORE, _AFTER = '{"id":"x_1","type":"additional_tools","role":"developer","tools":[', "]}"


def _item(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "additional_tools", "role": "developer", "tools": [dict(tool)]}


def stored(tool: Mapping[str, Any]) -> str:
    whole = sending.stored(_item(tool))
    assert whole.startswith(_BEFORE)
    assert whole.endswith(_AFTER)
    return whole.removeprefix(_BEFORE).removesuffix(_AFTER)


def refused(tool: Mapping[str, Any]) -> dict[str, str | None]:
    return sending.refused(_item(tool))
