"""Sends one item as a client does: what would be stored of it, and what would be answered to a bad one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError
from convsim.items.catalogue import read_item
from tests.inputs import CreateItems, read

INFINITE = float("inf")  # what 1e999 is once it is parsed


def stored(item: Mapping[str, Any]) -> str:
    return to_json(read_item(dict(item), Behavior()).document("x_1")).decode()


def refused(item: Mapping[str, Any]) -> dict[str, str | None]:
    with pytest.raises(BadRequestError) as caught:
        read(CreateItems, Behavior(), {"conversation_id": "conv_1", "body": {"items": [dict(item)]}})
    return caught.value.body


def without(item: Mapping[str, Any], *members: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in members}
