"""The prepared JSON of a response object: the same bytes as if it were written whole."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import to_json

from convsim.responses.form import Form

MEMBERS: dict[str, Any] = {
    "id": None,
    "object": "response",
    "created_at": None,
    "status": None,
    "completed_at": None,
    "conversation": None,
    "error": None,
    "incomplete_details": None,
    "instructions": "100%, %b and %%",
    "output": None,
    "previous_response_id": None,
    "service_tier": None,
    "text": {"format": {"type": "text"}, "empty": [], "\u00e9": {}},
    "usage": None,
    "metadata": {"a": '"b"\n'},
}


@pytest.mark.parametrize("indented", [False, True])
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"completed_at": 2, "conversation": "conv_1", "previous_response_id": "resp_0"},
        {"error": {"code": "a", "message": "b"}, "incomplete_details": {"reason": "c"}, "usage": {"d": {"e": 1}}},
    ],
)
def test_it_is_the_object_as_a_whole(state: dict[str, Any], indented: bool) -> None:
    state = (
        dict.fromkeys(MEMBERS) | {"id": "resp_1", "created_at": 1, "status": "completed", "service_tier": "a"} | state
    )
    whole = {name: state[name] if value is None else value for name, value in MEMBERS.items()} | {"output": []}
    if state["conversation"] is None:
        del whole["conversation"]
    else:
        whole["conversation"] = {"id": state["conversation"]}
    assert Form(MEMBERS, indented=indented).filled(state, b"[]") == to_json(whole, indent=2 if indented else None)
