"""Items as they are sent and as they are read back, and the scenario of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convsim.contract.answers import Json, create_items, list_items, ok, page, start
from convsim.contract.evidence import Evidence
from convsim.contract.scenario import Call, Id, Scenario, scenario

NEED_IDS = (
    "file_search_call",
    "web_search_call",
    "computer_call",
    "code_interpreter_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_call",
    "program",
    "program_output",
)
"""Types whose items must bring an id; beside them only item_reference."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An item without its id: the prefix of the id, the item as read back, and as sent."""

    prefix: str
    stored: Json
    sent: Json

    @property
    def type(self) -> str:
        return str(self.stored["type"])

    def posted(self, item_id: str | None = None) -> Json:
        """Return the item as sent, under a made-up id if it needs one."""
        if item_id is None and self.type in NEED_IDS:
            item_id = f"{self.prefix}_1"
        return self.sent if item_id is None else {**self.sent, "id": item_id}

    def read(self, item_id: Id | str) -> Json:
        """Return the item as read back."""
        return {"id": item_id, **self.stored}


def sample(prefix: str, stored: Json, *unsent: str, **sent: object) -> Sample:
    """Return a sample; ``stored`` is in live key order, and is sent in reverse order without the ``unsent`` members."""
    given = {key: member for key, member in _backwards(stored).items() if key not in unsent}
    return Sample(prefix, stored, given | sent)


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _backwards(member) for key, member in reversed(value.items())}
    return [_backwards(element) for element in value] if isinstance(value, list) else value


def round_trip(name: str, title: str, evidence: Evidence, *samples: Sample) -> Scenario:
    """Create, list and retrieve the item."""
    ids = [f"item_{number}" for number in range(len(samples))]
    fresh = [one.read(Id(item, one.prefix)) for item, one in zip(ids, samples, strict=True)]
    again = [one.read(f"{{{item}}}") for item, one in zip(ids, samples, strict=True)]
    return scenario(
        name,
        title,
        evidence,
        *start(),
        create_items([one.posted() for one in samples], page(*fresh)),
        list_items(page(*again), order="asc"),
        Call("conversations.items.retrieve", {"conversation_id": "{conv}", "item_id": "{item_0}"}, ok(again[0])),
    )
