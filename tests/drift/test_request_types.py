"""The official SDK's parameters of /v1/responses against the models, name by name and list by list.

A new release of the SDK shows up here as what to add. What is meant to differ stands in the tables below.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from openai.types.responses import (
    input_item_list_params,
    input_token_count_params,
    response_compact_params,
    response_create_params,
    response_retrieve_params,
    responses_client_event_param,
)
from openai.types.responses.response_includable import ResponseIncludable
from openai.types.responses.response_prompt_param import ResponsePromptParam
from openai.types.responses.response_text_config_param import ResponseTextConfigParam
from openai.types.shared_params.reasoning import Reasoning

from convsim.items.fields import Input, OneOf
from convsim.responses import request

ONLY_CONVSIM: dict[type[Input], set[str]] = {
    # Measured, and sent by Codex (docs/evidence.md).
    request.CreateResponseBody: {"client_metadata", "frequency_penalty", "presence_penalty"},
    request.RetrieveResponse: {"response_id"},
    request.ListInputItems: {"response_id"},
}
ONLY_SDK: dict[type[Input], set[str]] = {request.Reasoning: {"generate_summary"}}  # measured: unknown by now
OTHER_LISTS = {
    "ContextManagement.type": "the description names the one value",
    "CreateResponseBody.service_tier": "the measured sentence has neither scale nor ultrafast",
}

PAIRS: list[tuple[type[Input], Any]] = [
    (request.CreateResponseBody, response_create_params.ResponseCreateParamsStreaming),
    (request.CompactBody, response_compact_params.ResponseCompactParams),
    (request.CountTokensBody, input_token_count_params.InputTokenCountParams),
    (request.RetrieveResponse, response_retrieve_params.ResponseRetrieveParamsStreaming),
    (request.ListInputItems, input_item_list_params.InputItemListParams),
    (request.AccessPrograms, response_create_params.AccessPrograms),
    (request.BackgroundOptions, response_create_params.BackgroundOptions),
    (request.ContextManagement, response_create_params.ContextManagement),
    (request.ImageOptions, response_create_params.Image),
    (request.Moderation, response_create_params.Moderation),
    (request.ModerationPolicy, response_create_params.ModerationPolicy),
    (request.ModerationRule, response_create_params.ModerationPolicyInput),
    (request.ModerationRule, response_create_params.ModerationPolicyOutput),
    (request.Prompt, ResponsePromptParam),
    (request.PromptCacheOptions, response_create_params.PromptCacheOptions),
    (request.Reasoning, Reasoning),
    (request.StreamOptions, response_create_params.StreamOptions),
    (request.Text, ResponseTextConfigParam),
]
named = pytest.mark.parametrize(("model", "typed"), PAIRS, ids=[f"{m.__name__}-{t.__name__}" for m, t in PAIRS])


def literals(annotation: Any) -> set[str]:
    """The strings of the one closed list in an annotation; nothing where any string will do."""
    if get_origin(annotation) is Literal:
        return {value for value in get_args(annotation) if isinstance(value, str)}
    parts = get_args(annotation)
    return set() if str in parts else set().union(*(literals(part) for part in parts))


def closed(annotation: Any) -> set[str]:
    """The strings of the closed lists in an annotation of a model."""
    lists = [set(part.values) if isinstance(part, OneOf) else closed(part) for part in get_args(annotation)]
    return set().union(*lists)


@named
def test_the_members_are_those_of_the_sdk(model: type[Input], typed: Any) -> None:
    ours = {field.alias or name for name, field in model.__pydantic_fields__.items()}
    theirs = set(get_type_hints(typed))
    assert ours - theirs == ONLY_CONVSIM.get(model, set())
    assert theirs - ours == ONLY_SDK.get(model, set())


@named
def test_the_closed_lists_are_those_of_the_sdk(model: type[Input], typed: Any) -> None:
    theirs = get_type_hints(typed)
    for name, annotation in get_type_hints(model, include_extras=True).items():
        values = closed(annotation)
        if values and name in theirs and f"{model.__name__}.{name}" not in OTHER_LISTS:
            assert values == literals(theirs[name]), name


def test_the_members_of_a_turn_over_a_websocket_are_those_of_the_sdk() -> None:
    theirs = set(get_type_hints(responses_client_event_param.ResponseCreate))
    body = set(request.CreateResponseBody.__pydantic_fields__) - ONLY_CONVSIM[request.CreateResponseBody]
    assert theirs - body == {"type", "stream_id", "generate"}
    assert body - theirs == set()


def test_the_includes_are_those_of_the_sdk() -> None:
    assert get_args(ResponseIncludable) == request.INCLUDES
