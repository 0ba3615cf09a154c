"""Actions of the service itself: searches, code, images and programs."""

from __future__ import annotations

from convsim.contract.evidence import documented, recorded
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import round_trip, sample

_IN_RESPONSES = "in responses; this API takes the same type"


def _searched(action: dict[str, object]) -> dict[str, object]:
    return {"type": "web_search_call", "status": "completed", "action": action}


HOSTED = (
    round_trip(
        "file-search-call",
        "A file search is read back as id, type, status, queries, results",
        recorded("dotnet", "vercel", note=_IN_RESPONSES),
        SAMPLES["file_search_call"],
    ),
    round_trip(
        "web-search-call",
        "A web search is read back as id, type, status, action; its action as type, queries, query",
        recorded("dotnet", "stdapi", note="in responses; that it survives this API is second-hand"),
        SAMPLES["web_search_call"],
    ),
    round_trip(
        "web-search-call-pages",
        "A web search that opened a page, or looked for a pattern in one, keeps that action",
        recorded("dotnet", note=f"{_IN_RESPONSES}; that a page may have no URL is documented"),
        sample("ws", _searched({"type": "open_page", "url": "https://example.com"})),
        sample("ws", _searched({"type": "find_in_page", "pattern": "cat", "url": "https://example.com"})),
        sample("ws", _searched({"type": "open_page"})),
    ),
    round_trip(
        "code-interpreter-call",
        "Code that was run is read back as id, type, status, code, container_id, outputs",
        recorded("dotnet", "vercel", note=_IN_RESPONSES),
        SAMPLES["code_interpreter_call"],
    ),
    round_trip(
        "image-generation-call",
        "A drawn image is read back with its result, the members after status in alphabetical order",
        recorded("dotnet", "vercel", note=f"{_IN_RESPONSES}; a client of July 2026 was told that action is unknown"),
        SAMPLES["image_generation_call"],
    ),
    round_trip(
        "image-generation-call-bare",
        "Of a drawn image only id, status and result are required; none is filled in",
        documented("spec", note="that absent members stay away is inferred"),
        sample("ig", {"type": "image_generation_call", "status": "generating", "result": None}),
    ),
    round_trip(
        "program",
        "A program is read back as id, type, call_id, code, fingerprint, without a status; its ids begin with cm",
        recorded("vercel", note=_IN_RESPONSES),
        SAMPLES["program"],
    ),
    round_trip(
        "program-output",
        "A program's output is read back as id, type, status, call_id, result; its ids begin with cmo",
        recorded("vercel", note=_IN_RESPONSES),
        SAMPLES["program_output"],
    ),
)
