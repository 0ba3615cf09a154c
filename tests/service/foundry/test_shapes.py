"""How the gateway writes what the model's side made."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Emulator
from convsim.service.foundry import shapes

from .asking import ask, foundry

Json = dict[str, Any]


def test_named_members_come_first_and_the_others_stay_in_their_order() -> None:
    assert list(shapes.ordered({"c": 1, "b": 2, "a": 3}, ("a", "x"))) == ["a", "c", "b"]
    assert list(shapes.only({"c": 1, "b": 2, "a": 3}, ("a", "x", "c"))) == ["a", "c"]


def test_an_item_of_an_unknown_type_keeps_its_order() -> None:
    item = {"id": "so_1", "type": "structured_outputs", "output": {"b": 1, "a": 2}}

    assert list(shapes.item(item)) == ["type", "id", "output"]
    assert list(shapes.item(item)["output"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            {"id": "rs_1", "type": "reasoning", "content": [], "summary": []},
            {"type": "reasoning", "id": "rs_1", "summary": []},
        ),
        (
            {"id": "rs_1", "type": "reasoning", "content": [{"type": "reasoning_text", "text": "x"}], "summary": []},
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": "x"}],
            },
        ),
        (
            {"id": "fs_1", "type": "file_search_call", "status": "completed", "queries": [], "results": None},
            {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": []},
        ),
        (
            {
                "id": "msg_1",
                "type": "message",
                "status": "completed",
                "content": [{"type": "refusal", "refusal": "No."}],
                "role": "assistant",
            },
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "content": [{"type": "refusal", "refusal": "No."}],
                "status": "completed",
            },
        ),
    ],
    ids=["reasoning", "thinking", "search", "refusal"],
)
def test_items_have_the_order_of_the_specification(item: Json, expected: Json) -> None:
    made = shapes.item(item)

    assert list(made.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("annotation", "names"),
    [
        (
            {"type": "url_citation", "end_index": 2, "start_index": 1, "title": "t", "url": "u"},
            ["type", "url", "start_index", "end_index", "title"],
        ),
        (
            {"type": "file_citation", "file_id": "f", "filename": "n", "index": 1},
            ["type", "file_id", "index", "filename"],
        ),
        ({"type": "file_path", "file_id": "f", "index": 1}, ["type", "file_id", "index"]),
    ],
)
def test_annotations_have_an_order_of_their_own(annotation: Json, names: list[str]) -> None:
    part = {"type": "output_text", "annotations": [annotation], "logprobs": [], "text": "x"}
    message = {"id": "msg_1", "type": "message", "content": [part], "role": "assistant", "response_id": "resp_1"}

    (made,) = shapes.item(message)["content"]

    assert list(made) == ["type", "text", "annotations", "logprobs"]
    assert list(made["annotations"][0]) == names


@pytest.mark.parametrize(
    ("given", "echoed"),
    [
        ({"type": "function", "name": "f"}, {"parameters": {"type": "object", "properties": {}}, "strict": True}),
        (
            {"type": "mcp", "server_label": "s", "authorization": "secret", "headers": {}},
            {"require_approval": "always"},
        ),
        ({"type": "code_interpreter", "container": "cntr_1"}, {"container": "cntr_1"}),
        (
            {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["a"]}},
            {"container": {"type": "auto", "file_ids": ["a"]}},
        ),
        ({"type": "web_search"}, {"search_context_size": "medium"}),
        ({"type": "openapi", "spec": 1}, {"spec": 1}),
    ],
    ids=lambda value: value.get("type", ""),
)
def test_tools_are_repeated(given: Json, echoed: Json) -> None:
    made = shapes.tool(given)

    assert {name: made[name] for name in echoed} == echoed
    assert "secret" not in str(made)


def test_a_text_is_plain_unless_it_says_otherwise() -> None:
    assert shapes.text(None) == {"format": {"type": "text"}, "verbosity": "medium"}
    assert shapes.text({"format": {"type": "json_schema", "name": "a", "schema": {}, "strict": False}})["format"] == {
        "type": "json_schema",
        "name": "a",
        "schema": {},
        "strict": False,
    }


def test_a_schema_is_strict_and_has_its_members_in_order() -> None:
    form = {"schema": {}, "description": "b", "name": "a", "type": "json_schema"}

    assert list(shapes.text({"format": form})["format"]) == ["type", "name", "description", "schema", "strict"]


def test_members_that_were_asked_for_stand_where_the_specification_has_them() -> None:
    sim = foundry(replies=["Hi."])
    asked: Json = {"max_output_tokens": 100, "user": "u", "metadata": {"a": "b"}, "temperature": 0.5}

    made = list(ask(sim, **asked).to_dict().items())

    assert [name for name, _ in made[:4]] == ["metadata", "top_logprobs", "temperature", "top_p"]
    assert dict(made)["temperature"] == 0.5
    assert [name for name, _ in made].index("max_output_tokens") == [name for name, _ in made].index("background") + 1


def test_effort_is_shown_where_the_model_has_one() -> None:
    sim = foundry(replies=["Hi."])

    answer: Any = sim.responses.create(model="gpt-5-mini", input="Hi")

    assert answer.to_dict()["reasoning"] == {"effort": "medium", "context": "current_turn"}


def test_what_a_script_says_of_the_response_is_told() -> None:
    sim = foundry()
    found = [{"blocked": True, "source_type": "prompt"}]
    given = {"content_filters": found, "temperature": 1, "reasoning": {"effort": "low", "summary": "auto"}}
    sim.responses.script("Hi.", response=given, times="always")

    made = ask(sim, prompt_cache_retention="24h").to_dict()
    events = [event.to_dict()["response"] for event in ask(sim, stream=True) if "response" in event.to_dict()]

    assert (made["content_filters"], made["prompt_cache_retention"]) == (found, "24h")
    assert made["reasoning"] == {"effort": "low", "summary": "auto", "context": None}
    assert [one["content_filters"] for one in events] == [None, None, found]
    assert type(events[0]["temperature"]) is float


@pytest.mark.parametrize(
    ("model", "in_body", "in_stream"),
    [
        ("gpt-4.1", ["jailbreak"], ["jailbreak"]),
        ("gpt-5-mini", ["jailbreak", "indirect_attack"], ["indirect_attack", "jailbreak"]),
        ("mine", ["jailbreak"], ["indirect_attack", "jailbreak"]),
    ],
)
def test_attacks_that_prompts_are_searched_for(model: str, in_body: list[str], in_stream: list[str]) -> None:
    sim = foundry(unscripted="echo")

    def searched(filters: Any) -> list[str]:
        return [name for name in filters[0]["content_filter_results"] if name.endswith(("break", "attack"))]

    made: Any = sim.responses.create(model=model, input="Hi")
    *_, last = sim.responses.create(model=model, input="Hi", stream=True)  # type: ignore[attr-defined]
    assert searched(made.to_dict()["content_filters"]) == in_body
    assert searched(last.to_dict()["response"]["content_filters"]) == in_stream


def test_a_workflow_is_read_later_without_the_time_of_its_end() -> None:
    sim = foundry(replies=["Hi."])
    made = ask(sim, agent="flow")

    later: Any = sim.responses.retrieve(made.id)

    assert set(made.to_dict()) - set(later.to_dict()) == {"completed_at"}


def test_a_hosted_answer_names_its_conversation() -> None:
    sim = foundry(replies=["Hi."])
    conversation = sim.conversations.create()

    assert ask(sim, agent="echo", conversation=conversation.id).to_dict()["conversation"] == {"id": conversation.id}


def test_a_workflow_in_the_background_has_no_usage_yet() -> None:
    sim = foundry()
    sim.responses.script("Hi.", hold=True)

    begun = ask(sim, agent="flow", background=True)

    assert (begun.status, "usage" in begun.to_dict()) == ("queued", False)
    assert sim.openai().responses.retrieve(begun.id).status == "in_progress"


def test_a_compaction_is_written_in_the_same_order() -> None:
    sim = foundry(replies=["Hi."])
    first = ask(sim)

    made = sim.responses.compact(model="gpt-4.1", previous_response_id=first.id).to_dict()

    assert list(made["output"][0])[:2] == ["type", "id"]
    assert made["usage"]["input_tokens_details"] == {"cached_tokens": 0}


def test_a_deleted_item_may_say_so() -> None:
    from convsim import Behavior

    sim = Emulator(service="foundry", behavior=Behavior(deleted_item_reply="item"))
    conversation = sim.conversations.create(items=[{"role": "user", "content": "Hi"}])
    (item,) = sim.conversations.items.list(conversation.id)

    gone = sim.conversations.items.delete(item.id, conversation_id=conversation.id)

    assert list(gone.to_dict()) == ["object", "deleted", "id"]
