"""Items that only Azure AI Foundry takes."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from convsim.core.behavior import Behavior
from convsim.items.catalogue import CATALOGUE, FOUNDRY
from convsim.items.foundry import read_arranged, read_item

LOOSE = {"type": "openapi_call", "anything": [1, {"a": None}]}


@pytest.mark.parametrize("name", list(FOUNDRY))
def test_every_type_is_read_loosely(name: str) -> None:
    item = read_item({"type": name, "free": 1}, Behavior())

    assert item.document("x_1") == {"id": "x_1", "type": name, "free": 1}
    assert item.prefix == FOUNDRY[name].prefix != ""


def test_the_catalogue_finds_them_and_does_not_list_them() -> None:
    assert CATALOGUE["workflow_action"] is FOUNDRY["workflow_action"]
    assert not FOUNDRY.keys() & CATALOGUE.keys()
    assert CATALOGUE.get("workflow_action") is None
    with pytest.raises(KeyError):
        _ = CATALOGUE["nothing"]


def test_nothing_but_the_id_is_checked() -> None:
    assert read_item(LOOSE | {"id": "anything_1"}, Behavior()).document("x")["anything"] == [1, {"a": None}]
    with pytest.raises(ValidationError):
        read_item(LOOSE | {"id": "a b"}, Behavior())


def test_what_the_service_added_is_forgotten() -> None:
    added = {"created_by": {}, "partition_key": "0", "agent_reference": {}, "response_id": "resp_1"}

    assert read_item(LOOSE | added, Behavior()).document("x_1") == {"id": "x_1"} | LOOSE
    assert "partition_key" not in read_item({"role": "user", "content": "x"} | added, Behavior()).document("x")


def test_an_arranged_item_keeps_it() -> None:
    item = read_arranged({"role": "user", "content": "x", "partition_key": "0"}, Behavior())

    assert item.type == "message"
    assert item.document("msg_1")["partition_key"] == "0"
    assert "partition_key" not in read_arranged({"role": "user", "content": "x"}, Behavior()).document("msg_1")


@pytest.mark.parametrize("value", ["x", {"type": 7}, {"type": "nothing"}])
def test_what_neither_has_is_refused(value: object) -> None:
    with pytest.raises(Exception, match=r"^(?s:.*)(kind|unsupported_value|wrong_type)"):
        read_arranged(value, Behavior())
