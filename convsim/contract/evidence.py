"""The evidence for a behaviour: the levels and tags of docs/evidence.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Level(Enum):
    """The levels, in order of weight."""

    RECORDED = "recorded"
    SECOND_HAND = "second-hand"
    DOCUMENTED = "documented"
    SIBLING = "sibling"
    INFERRED = "inferred"


DATES = {
    "agentic": "2026-09-25",
    "agents-js": "2026-06",
    "agents-python": "2026-05",
    "aimock": "2026",
    "api-beta": "2024-11",
    "azure-98": "2024-12-06",
    "azure-assets": "2026-07-01",
    "azure-notes": "2026-09-24",
    "azure-spec": "2026-09",
    "bluebox": "2025-11-05",
    "braintrust": "2026-08",
    "capture-2024": "2024-12-22",
    "capture-2026": "2026-01-01",
    "careme": "2026-03-16",
    "chatlas": "2026-07",
    "cliproxy": "2026-09-21",
    "codex": "2026-07",
    "community": "2025-09",
    "dd-responses": "2026-07",
    "dd-trace": "2025-05-20",
    "dotnet": "2026-07-25",
    "dotnet-1254": "2026-07-23",
    "dotnet-responses": "2026-08",
    "edge": "2025-10-27",
    "ellmer": "2026-08",
    "foundry-portal": "2026-02-26",
    "frame-log": "2026-09-18",
    "guides": "2026-11",
    "home-assistant": "2025-04-03",
    "hub-gateway": "2026-06-09",
    "idscan": "2026-09",
    "inspect": "2026-07-29",
    "justspeaktoit": "2026-05-08",
    "laravel-ai": "2026-03-27",
    "litellm": "2026-06",
    "livekit": "2026",
    "llm-cli": "2026-05-06",
    "localai": "2025-10-13",
    "macpaw": "2026-06-20",
    "mirascope": "2026-02",
    "ms": "2025-10-24",
    "msaf": "2026-08-12",
    "new-api-4776": "2026",
    "ogx": "2026-05-07",
    "openai-python": "2026-03-24",
    "openapi-502": "2025-11-11",
    "openapi-518": "2026-09-18",
    "openapi-531": "2026-06-08",
    "openclaw": "2026-08-17",
    "opencode": "2026-04-23",
    "otel": "2026-04-18",
    "pairing": "2026-07",
    "php-715": "2025-11",
    "pipecat": "2026-08-21",
    "praxis": "2026-07-27",
    "prism": "2025-07-04",
    "promptfoo": "2026-04-28",
    "psopenai": "2025-06-20",
    "pydantic-ai": "2026-08",
    "pydantic-realtime": "2026-09",
    "rig-1429": "2026-02-24",
    "rig-cassettes": "2026",
    "role-probe": "2026-08-20",
    "rtclient": "2024-10",
    "ruby-llm": "2026-08",
    "ruby-openai": "2025-08-26",
    "sglang": "2025-10-09",
    "skills": "2026-09",
    "sokuji": "2025-06",
    "speaches": "2025-02-20",
    "spec": "2026-08-21",
    "stdapi": "2026-09",
    "strands": "2026",
    "table": "2026-08-30",
    "twilio": "2025-04-22",
    "ungate": "2026-08-16",
    "unpinned": "2026-10",
    "vercel": "2026-10",
}
"""The anchors of the sources in docs/evidence.md, each with the newest date of its observations."""

TAGS = tuple(DATES)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The weightiest level at which a behaviour was seen, the sources' tags, and the open questions."""

    level: Level
    tags: tuple[str, ...]
    note: str = ""

    def __post_init__(self) -> None:
        unknown = [tag for tag in self.tags if tag not in TAGS]
        if unknown:
            raise ValueError(f"no source is tagged {', '.join(unknown)}; the tags are {', '.join(TAGS)}")

    @property
    def seen(self) -> date | None:
        """The latest date at which it was seen; None if it never was. A month or year counts from its first day."""
        if not self.tags:
            return None
        return max(date.fromisoformat(f"{DATES[tag]}-01-01"[:10]) for tag in self.tags)


def recorded(*tags: str, note: str = "") -> Evidence:
    """Return evidence from bytes or values recorded from the live API."""
    return Evidence(Level.RECORDED, tags, note)


def second_hand(*tags: str, note: str = "") -> Evidence:
    """Return evidence from another project's code, tests or report that mirrors or quotes the live API."""
    return Evidence(Level.SECOND_HAND, tags, note)


def documented(*tags: str, note: str = "") -> Evidence:
    """Return evidence from the official description."""
    return Evidence(Level.DOCUMENTED, tags, note)


def sibling(*tags: str, note: str = "") -> Evidence:
    """Return evidence measured live on another endpoint with the same grammar."""
    return Evidence(Level.SIBLING, tags, note)


def inferred(note: str) -> Evidence:
    """Return the reason for a behaviour that no recording shows."""
    return Evidence(Level.INFERRED, (), note)
