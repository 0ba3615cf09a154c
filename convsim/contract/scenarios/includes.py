"""Members that ``include`` reveals, value by value; those of messages are with the messages."""

from __future__ import annotations

from convsim.contract.answers import Json, create_items, list_items, ok, page, start
from convsim.contract.evidence import Evidence, inferred, recorded
from convsim.contract.scenario import Call, Id, Scenario, scenario
from convsim.contract.scenarios.every_type import SAMPLES, SCREEN
from convsim.contract.scenarios.samples import sample
from convsim.items.stored import INCLUDES

_RESULT: Json = {"attributes": {"n": 1.5}, "file_id": "file-1", "filename": "a.txt", "score": 0.5, "text": "A cat."}
_SEARCH: Json = {"type": "search", "queries": ["cats"], "query": "cats"}
_SOURCES: Json = {"sources": [{"type": "url", "url": "https://example.com"}]}


def _revealed(include: str, title: str, evidence: Evidence, kind: str, shown: Json) -> Scenario:
    """Reveal members: ``shown`` is the sent item with those that ``include`` reveals, in live key order."""
    prefix, hidden = SAMPLES[kind].prefix, SAMPLES[kind].stored
    sent = sample(prefix, {"type": kind, **shown}).posted()
    full: Json = {"type": kind, **shown}
    others = [value for value in INCLUDES if value != include]
    item = {"conversation_id": "{conv}", "item_id": "{a}"}
    return scenario(
        f"include-{include.replace('.', '-').replace('_', '-')}",
        title,
        evidence,
        *start(),
        create_items([sent], page({"id": Id("a", prefix), **hidden})),
        create_items([sent], page({"id": Id("b", prefix), **full}), include=[include]),
        list_items(page({"id": "{b}", **hidden}, {"id": "{a}", **hidden})),
        list_items(page({"id": "{b}", **full}, {"id": "{a}", **full}), include=[include]),
        list_items(page({"id": "{b}", **hidden}, {"id": "{a}", **hidden}), include=others),
        Call("conversations.items.retrieve", item, ok({"id": "{a}", **hidden})),
        Call("conversations.items.retrieve", {**item, "include": [include]}, ok({"id": "{a}", **full})),
        Call("conversations.items.retrieve", {**item, "include": list(INCLUDES)}, ok({"id": "{a}", **full})),
    )


INCLUDED = (
    _revealed(
        "file_search_call.results",
        "The results of a file search are null until include names them",
        recorded("dotnet", "stdapi", note="null in responses; on this API second-hand; the list is recorded by vercel"),
        "file_search_call",
        {"status": "completed", "queries": ["cats"], "results": [_RESULT]},
    ),
    _revealed(
        "code_interpreter_call.outputs",
        "The outputs of code are null until include names them",
        recorded("dotnet", "stdapi", note="null in responses; on this API second-hand; logs are recorded by vercel"),
        "code_interpreter_call",
        {
            "status": "completed",
            "code": "print(1)",
            "container_id": "cntr_1",
            "outputs": [{"type": "logs", "logs": "1"}, {"type": "image", "url": "https://example.com/1.png"}],
        },
    ),
    _revealed(
        "computer_call_output.output.image_url",
        "The URL of a screen is null until include names it",
        inferred("the include is documented; hidden as the URL of an image in a message is"),
        "computer_call_output",
        {
            "status": "completed",
            "call_id": "call_1",
            "output": {"type": "computer_screenshot", "file_id": None, "image_url": SCREEN},
        },
    ),
    _revealed(
        "web_search_call.action.sources",
        "The sources of a web search stay away until include names them",
        recorded("dotnet", "vercel", note="absent in responses that did not ask for them"),
        "web_search_call",
        {"status": "completed", "action": _SEARCH | _SOURCES},
    ),
    _revealed(
        "reasoning.encrypted_content",
        "The encrypted content of reasoning stays away until include names it",
        recorded("dotnet", "vercel", note="in responses until 2026-03; those of 2026-07 show it unasked"),
        "reasoning",
        {"encrypted_content": "gAAAAA==", "summary": [{"type": "summary_text", "text": "Cats."}]},
    ),
)
