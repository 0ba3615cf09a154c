"""The place of the API in the path of a URL: the prefixes before it, and its first segments."""

from __future__ import annotations

import re

PREFIXES = (
    "/v1",
    "/openai",
    "/openai/v1",
    "/openai/deployments/*",
    "/api/projects/*/openai",
    "/api/projects/*/openai/v1",
    "/api/projects/*/agents/*/endpoint/protocols/openai",
    "/api/projects/*/applications/*/protocols/openai",
)
"""The prefixes that clients are known to send; ``*`` stands for one segment.

OpenAI's, then those of Azure OpenAI (``AzureOpenAI``, with and without a deployment) and of Azure AI Foundry: a
project, by its older and its newer URL, an agent of it, and a published application.
"""

EMULATED_SEGMENTS = ("conversations", "responses", "realtime")
"""The first segments of the paths that are emulated; a test holds them against the routes."""

LIVE_SEGMENTS = frozenset(
    (
        *("agents", "assistants", "audio", "batches", "chat", "chatkit", "completions", "containers"),
        *("content_provenance_checks", "decisions", "embeddings", "evals", "files", "fine_tuning", "images", "live"),
        *("models", "moderations", "organization", "projects", "realtime", "responses", "safety", "skills"),
        *("threads", "traces", "uploads", "vaults", "vector_stores", "videos", "webhook_endpoints"),
        "webhook_event_types",
    )
)
"""The first segments of the paths that the live API has besides ``conversations``: those of the SDK's resources.

A test compares the table with the installed SDK. ``traces`` is not a resource of the SDK: openai-agents posts there.
"""

# Without the segments that also occur inside prefixes.
_API_SEGMENTS = (*EMULATED_SEGMENTS, *sorted(LIVE_SEGMENTS.difference(EMULATED_SEGMENTS, ("agents", "projects"))))


def is_live(path: str) -> bool:
    """Return whether the live API has a path, as far as its first segment tells."""
    return path[1:].partition("/")[0] in _FIRST


_FIRST = LIVE_SEGMENTS.union(EMULATED_SEGMENTS)


def starred(path: str) -> str:
    """Return the regular expression of a path in which ``*`` stands for one whole segment."""
    return re.escape(path).replace(r"\*", "[^/]+")


def _one_of(paths: list[str]) -> str:
    """Return the regular expression of any of the paths; the longest one matches first."""
    return "|".join(starred(path) for path in sorted(paths, key=lambda path: (-path.count("/"), path)))


def below(base: str) -> re.Pattern[str] | None:
    """Return the pattern of the part before the API in a path, for a base URL's path; None if it is ``base`` alone.

    A base URL with which known prefixes begin (no path at all, ``/openai``, ``/api/projects/P``) serves all of them. If
    it is not a known prefix itself, it serves only paths of the API directly below it.
    """
    segments = base.split("/")
    further = [rest for prefix in PREFIXES if (rest := _rest(prefix.split("/"), segments))]
    if not further and "*" not in base:
        return None
    own = starred(base)
    if further and not any(_rest(prefix.split("/"), segments) == "" for prefix in PREFIXES):
        return re.compile(rf"{own}(?:(?:{_one_of(further)})(?=/)|(?=/(?:{'|'.join(_API_SEGMENTS)})(?:/|$)))")
    return re.compile(rf"{own}(?:{_one_of(further)})?(?=/)" if further else rf"{own}(?=/)")


def _rest(prefix: list[str], segments: list[str]) -> str | None:
    """Return the rest of the prefix after the segments; None if it does not begin with them."""
    begins = len(prefix) >= len(segments) and all(
        own in ("*", given) or (given == "*" and own != "") for own, given in zip(prefix, segments, strict=False)
    )
    return "".join(f"/{segment}" for segment in prefix[len(segments) :]) if begins else None


_KNOWN, _EMULATED, _LIVE = _one_of(list(PREFIXES)), "|".join(EMULATED_SEGMENTS), "|".join(_API_SEGMENTS)
_SPLITS = (
    re.compile(rf"({_KNOWN})(/(?:{_LIVE})(?:/.*)?)"),
    re.compile(rf"((?:/[^/]*)*?)(/(?:{_EMULATED})(?:/.*)?)"),
    re.compile(rf"({_KNOWN})(/.*)?"),
    re.compile(rf"((?:/[^/]*)*?)(/(?:{_LIVE})(?:/.*)?)"),
)


def split(path: str) -> tuple[str, str]:
    """Return the prefix of a path, known or not, and the API's path after it; both are empty if there is none."""
    found = next((found for pattern in _SPLITS if (found := pattern.fullmatch(path))), None)
    return (found[1], found[2] or "") if found is not None else ("", "")
