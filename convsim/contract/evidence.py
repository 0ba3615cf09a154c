"""How sure a behaviour is, and who saw it: the levels and tags of docs/evidence.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """In order of weight."""

    RECORDED = "recorded"
    SECOND_HAND = "second-hand"
    DOCUMENTED = "documented"
    SIBLING = "sibling"
    INFERRED = "inferred"


TAGS = (
    "agentic",
    "agents-js",
    "agents-python",
    "aimock",
    "api-beta",
    "azure-98",
    "azure-notes",
    "bluebox",
    "braintrust",
    "capture-2024",
    "capture-2026",
    "careme",
    "chatlas",
    "codex",
    "community",
    "dd-responses",
    "dd-trace",
    "dotnet",
    "dotnet-1254",
    "dotnet-responses",
    "edge",
    "ellmer",
    "frame-log",
    "guides",
    "home-assistant",
    "idscan",
    "inspect",
    "justspeaktoit",
    "laravel-ai",
    "litellm",
    "livekit",
    "llm-cli",
    "localai",
    "mirascope",
    "ms",
    "new-api-4776",
    "ogx",
    "openai-python",
    "openapi-502",
    "openapi-518",
    "openapi-531",
    "openclaw",
    "opencode",
    "otel",
    "pairing",
    "php-715",
    "pipecat",
    "praxis",
    "prism",
    "psopenai",
    "pydantic-ai",
    "pydantic-realtime",
    "rig-1429",
    "rig-cassettes",
    "role-probe",
    "rtclient",
    "ruby-llm",
    "ruby-openai",
    "sglang",
    "skills",
    "sokuji",
    "speaches",
    "spec",
    "stdapi",
    "strands",
    "table",
    "twilio",
    "ungate",
    "unpinned",
    "vercel",
)
"""The anchors of the sources in docs/evidence.md."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The weightiest level at which a behaviour was seen, the sources' tags, and what they leave open."""

    level: Level
    tags: tuple[str, ...]
    note: str = ""

    def __post_init__(self) -> None:
        unknown = [tag for tag in self.tags if tag not in TAGS]
        if unknown:
            raise ValueError(f"no source is tagged {', '.join(unknown)}; the tags are {', '.join(TAGS)}")


def recorded(*tags: str, note: str = "") -> Evidence:
    """Bytes or values recorded from the live API."""
    return Evidence(Level.RECORDED, tags, note)


def second_hand(*tags: str, note: str = "") -> Evidence:
    """Another project's code, tests or report that mirrors or quotes the live API."""
    return Evidence(Level.SECOND_HAND, tags, note)


def documented(*tags: str, note: str = "") -> Evidence:
    """The official description."""
    return Evidence(Level.DOCUMENTED, tags, note)


def sibling(*tags: str, note: str = "") -> Evidence:
    """Measured live on another endpoint with the same grammar."""
    return Evidence(Level.SIBLING, tags, note)


def inferred(note: str) -> Evidence:
    """Nobody recorded it: what convsim does, and why."""
    return Evidence(Level.INFERRED, (), note)
