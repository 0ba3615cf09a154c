"""The paths that the live API has, by their first segment below the base URL: those of the SDK's resources.

A test holds the table against the installed SDK. Without ``conversations``, all of whose paths are emulated.
"""

from __future__ import annotations

from convsim.operations.matching import RESOURCES, match

LIVE_SEGMENTS = frozenset(
    (
        *("agents", "assistants", "audio", "batches", "chat", "chatkit", "completions", "containers"),
        *("content_provenance_checks", "decisions", "embeddings", "evals", "files", "fine_tuning", "images", "live"),
        *("models", "moderations", "organization", "projects", "realtime", "responses", "safety", "skills"),
        *(
            "threads",
            "traces",
            "uploads",
            "vaults",
            "vector_stores",
            "videos",
            "webhook_endpoints",
            "webhook_event_types",
        ),
    )
)
"""``traces`` is no resource of the SDK: openai-agents posts there."""


def is_missing(path: str) -> bool:
    """Whether the live API has a path that is not emulated; as far as its first segment tells."""
    return path[1:].partition("/")[0] in LIVE_SEGMENTS and path not in _WEBSOCKETS and match(path) is None


_WEBSOCKETS = ("/realtime",)


def emulated() -> str:
    """The paths that are, as a sentence names them."""
    return f"{', '.join(f'/{name}' for name in RESOURCES)} over HTTP and {', '.join(_WEBSOCKETS)} as WebSockets"
