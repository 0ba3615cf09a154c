"""Azure AI Foundry: turns, with and without an agent, and their tools."""

from __future__ import annotations

from convsim.contract.answers import Json, ok
from convsim.contract.evidence import inferred, recorded, second_hand
from convsim.contract.foundry import (
    CALLED,
    OPTIONS,
    REFERENCE,
    UNATTACHED,
    answered,
    body,
    by,
    list_items,
    listed,
    lookup_call,
    message,
    minted,
    naming,
    own,
    refused,
    said,
    serving,
    start,
    turn,
)
from convsim.contract.scenario import Answer, Call, Id, PartitionOf, Script, scenario
from convsim.responses.agent import Agent
from convsim.responses.vocabulary import Call as FunctionCall
from convsim.responses.vocabulary import Reasoning

_PARIS = said("Paris.")
_NO_AGENT: Json = {}
_HI: Json = {"type": "message", "role": "user", "content": "Hi"}
_LOOKUP: Json = {"type": "function", "name": "lookup", "parameters": {}, "strict": False}
_LOOKUP_ECHOED = _LOOKUP | {"parameters": {"type": "object", "properties": {}}}


def _input(item_id: Id, words: str) -> Json:
    return message(item_id, words, partition_key=PartitionOf("conv"))


_TOOLS = (
    {"type": "code_interpreter", "container": {"file_ids": [], "type": "auto"}},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "function", "name": "lookup", "description": "Looks it up.", "parameters": {}, "strict": False},
    {"type": "mcp", "server_label": "specs", "server_url": "https://example.org", "require_approval": "always"},
    {"type": "memory_search_preview", "memory_store_name": "store", "scope": "user_1", "update_delay": 1},
    {"type": "web_search_preview", "user_location": {"type": "approximate", "city": "Seattle", "country": "US"}},
    {"type": "bing_grounding", "bing_grounding": {"search_configurations": []}},
)
_TOOLS_ECHOED = [
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {
        "type": "file_search",
        "vector_store_ids": ["vs_1"],
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0},
    },
    {
        "type": "function",
        "name": "lookup",
        "description": "Looks it up.",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    },
    {"type": "mcp", "server_label": "specs", "server_url": "https://example.org", "require_approval": "always"},
    {"type": "memory_search", "memory_store_name": "store", "scope": "user_1"},
    {
        "type": "web_search_preview",
        "user_location": {"type": "approximate", "country": "US", "city": "Seattle"},
        "search_context_size": "medium",
    },
    {"type": "bing_grounding", "bing_grounding": {"search_configurations": []}},
]


def _begun(name: str, prefix: str, kind: str) -> Json:
    return {"type": kind, "id": minted(name, prefix, "resp"), "agent_reference": REFERENCE, "response_id": "{resp}"}


_MADE: tuple[Json, ...] = (
    {
        "type": "code_interpreter_call",
        "container_id": "cntr_1",
        "code": "1 + 1",
        "outputs": None,
        "status": "completed",
    },
    {"type": "file_search_call", "queries": ["a"], "status": "completed"},
    {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "a", "queries": ["a"]}},
    {
        "type": "mcp_list_tools",
        "server_label": "specs",
        "tools": [{"name": "fetch", "description": "Fetches.", "input_schema": {"type": "object"}}],
    },
    {"type": "mcp_approval_request", "server_label": "specs", "name": "fetch", "arguments": "{}"},
)
_SHOWN: tuple[Json, ...] = (
    _begun("ci", "ci", "code_interpreter_call")
    | {"status": "completed", "container_id": "cntr_1", "code": "1 + 1", "outputs": None},
    _begun("fs", "fs", "file_search_call") | {"status": "completed", "queries": ["a"]},
    _begun("ws", "ws", "web_search_call")
    | {"status": "completed", "action": {"type": "search", "queries": ["a"], "query": "a"}},
    _begun("list", "mcpl", "mcp_list_tools")
    | {
        "server_label": "specs",
        "tools": [{"name": "fetch", "description": "Fetches.", "input_schema": {"type": "object"}, "annotations": {}}],
    },
    _begun("ask", "mcpr", "mcp_approval_request") | {"server_label": "specs", "name": "fetch", "arguments": "{}"},
)

FOUNDRY_TURNS = (
    scenario(
        "foundry-turn-agent",
        "An agent answers a conversation without a model and without input; its version is filled in",
        recorded("azure-assets"),
        start(items=[_HI]),
        turn(answered(_PARIS), conversation="{conv}"),
        list_items(
            listed(message("{said}", "Paris.", "assistant", **by()), message(own("hi", "msg", "conv"), "Hi")),
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-headers",
        "Answers of the model's side have its headers, and a UUID as request id",
        recorded("azure-assets"),
        start(),
        turn(
            Answer(
                200,
                body(_PARIS),
                {
                    "content-type": "application/json",
                    "x-request-id": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                    "openai-version": "2020-10-01",
                    "openai-organization": None,
                    "skip-error-remapping": "true",
                    "azureai-fe-is-streaming": "False",
                    "x-ms-served-model": "gpt-4.1-2025-04-14",
                    "x-ms-aoai-configured-data-retention-days": "30",
                    "x-ratelimit-limit-requests": "[0-9]+",
                    "x-ratelimit-remaining-tokens": "[0-9]+",
                    "access-control-expose-headers": None,
                },
            ),
            conversation="{conv}",
            input="Hi",
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-headers-without-agent",
        "Answers without an agent expose headers; prompts to gpt-5 are searched for indirect attacks",
        recorded("azure-assets", note="headers and filters of one session of June 2026; the filters also in streams"),
        turn(
            Answer(
                200,
                body(
                    said("Paris.", None, beside="resp"),
                    model="gpt-5.2",
                    top_p=0.98,
                    reasoning={"effort": "none", "context": None},
                    **UNATTACHED,
                ),
                {
                    "access-control-expose-headers": "Operation-Location,.*",
                    "azureai-fe-is-streaming": None,
                    "x-ms-served-model": "gpt-5.2-2025-12-11",
                },
            ),
            _NO_AGENT,
            model="gpt-5.2",
            input="Hi",
        ),
        Call(
            "responses.retrieve",
            {"response_id": "{resp}"},
            Answer(
                200,
                body(
                    message("{said}", "Paris.", "assistant", response_id="{resp}"),
                    model="gpt-5.2",
                    top_p=0.98,
                    reasoning={"effort": "none", "context": None},
                    **UNATTACHED,
                )
                | {"id": "{resp}"},
                {"access-control-expose-headers": "Operation-Location,.*", "x-ms-served-model": None},
            ),
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-reasoning",
        "A model that reasons says so",
        inferred("recorded are a null context without reasoning, and `current_turn` without the request"),
        turn(
            answered(
                said("Paris.", None, beside="resp"),
                model="gpt-5-mini",
                reasoning={"effort": "medium", "context": "current_turn"},
                **UNATTACHED,
            ),
            _NO_AGENT,
            model="gpt-5-mini",
            input="Hi",
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-agent-version",
        "A conversation may be an object, an agent may name its version, and its further members are ignored",
        recorded("azure-assets"),
        start(),
        turn(
            answered(_PARIS),
            naming({"name": "support", "version": "3", "id": "support:3"}),
            conversation={"id": "{conv}"},
            input="Hi",
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-empty",
        "An empty model and an empty input are as good as none",
        second_hand("hub-gateway", note="for the input; for the model read in a client's code"),
        start(items=[_HI]),
        turn(answered(_PARIS), {**CALLED, "model": ""}, conversation="{conv}", input=""),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-without-agent",
        "Without an agent a turn names its model; agent_reference is null, and without a conversation there is none",
        recorded("azure-assets"),
        turn(
            answered(said("Paris.", None, beside="resp"), **UNATTACHED),
            _NO_AGENT,
            model="gpt-4.1",
            input="Hi",
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-tool-loop",
        "A call and its output: an item of the response names its creator, an item of the client its partition",
        recorded("azure-assets"),
        start(),
        turn(
            answered(
                {"type": "reasoning", "id": minted("rs", "rs"), "response_id": "{resp}", "summary": []},
                lookup_call(minted("fc", "fc"), response_id="{resp}"),
                agent=None,
                tools=[_LOOKUP_ECHOED],
            ),
            _NO_AGENT,
            model="gpt-4.1",
            conversation="{conv}",
            input="What color?",
            tools=[_LOOKUP],
        ),
        Call(
            "responses.create",
            {
                "model": "gpt-4.1",
                "conversation": "{conv}",
                "input": [{"type": "function_call_output", "call_id": "call_1", "output": "blue"}],
            },
            ok(
                body(message(minted("said", "msg"), "Blue.", "assistant", response_id="{other}"), agent=None)
                | {"id": minted("other", "resp")}
            ),
        ),
        list_items(
            listed(
                message("{said}", "Blue.", "assistant", **by("{other}", None)),
                {
                    "type": "function_call_output",
                    "id": minted("output", "fco"),
                    "partition_key": PartitionOf("conv"),
                    "call_id": "call_1",
                    "output": "blue",
                    "status": "completed",
                },
                lookup_call("{fc}", **by("{resp}", None)),
                {"type": "reasoning", "id": "{rs}", **by("{resp}", None), "summary": []},
                _input(minted("asked", "msg"), "What color?"),
            )
        ),
        replies=([Reasoning(), FunctionCall("lookup", "{}", call_id="call_1")], "Blue."),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-hosted-items",
        "Items of hosted tools have their members in the order of the specification",
        recorded("azure-assets"),
        Script(_MADE),
        turn(answered(*_SHOWN, conversation=None), input="Hi"),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-bing",
        "Items of types that only this service has are given out, too",
        recorded(
            "azure-assets", note="bing_grounding_call and its output; the others are documented, and go the same way"
        ),
        Script(
            (
                {"type": "bing_grounding_call", "call_id": "call_1", "arguments": "{}", "status": "completed"},
                {"type": "bing_grounding_call_output", "call_id": "call_1", "output": "", "status": "completed"},
                {"type": "memory_search_call", "memories": [], "status": "in_progress", "error": None},
                {"type": "openapi_call", "name": "f", "status": "completed"},
            )
        ),
        turn(
            answered(
                _begun("bg", "fc", "bing_grounding_call")
                | {"call_id": "call_1", "arguments": "{}", "status": "completed"},
                _begun("bgo", "fco", "bing_grounding_call_output")
                | {"call_id": "call_1", "output": "", "status": "completed"},
                _begun("mem", "memupdateo", "memory_search_call")
                | {"error": None, "memories": [], "status": "in_progress"},
                _begun("oa", "fc", "openapi_call") | {"name": "f", "status": "completed"},
                conversation=None,
            ),
            input="Hi",
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-tools",
        "The tools of an agent are repeated with what the service fills in",
        recorded("azure-assets"),
        turn(
            answered(said("Hello.", beside="resp"), conversation=None, tools=_TOOLS_ECHOED, tool_choice="required"),
            input="Hi",
            tool_choice="required",
        ),
        replies=("Hello.",),
        **serving(support=Agent(version="3", model="gpt-4.1", instructions="Be brief.", tools=_TOOLS)),
    ),
    scenario(
        "foundry-turn-settings",
        "So is the format of its text, which is strict",
        recorded("azure-assets"),
        turn(
            answered(
                said("{}", beside="resp"),
                conversation=None,
                top_p=0.98,
                text={
                    "format": {"type": "json_schema", "name": "Event", "schema": {"type": "object"}, "strict": True},
                    "verbosity": "medium",
                },
            ),
            input="Hi",
        ),
        replies=("{}",),
        **serving(
            support=Agent(
                version="3",
                model="gpt-4.1",
                instructions="Be brief.",
                settings={
                    "top_p": 0.98,
                    "text": {"format": {"type": "json_schema", "name": "Event", "schema": {"type": "object"}}},
                },
            )
        ),
    ),
    scenario(
        "foundry-turn-structured-inputs",
        "structured_inputs fill the instructions and the tools of an agent, and are not repeated",
        recorded("azure-assets"),
        turn(
            answered(
                said("Hello.", beside="resp"),
                conversation=None,
                instructions="Read data.csv in Paris.",
                tools=[{"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["assistant-1"]}}],
            ),
            {**CALLED, "structured_inputs": {"file": "data.csv", "id": "assistant-1"}},
            input="Hi",
        ),
        replies=("Hello.",),
        **serving(
            support=Agent(
                version="3",
                model="gpt-4.1",
                instructions="Read {{file}} in {{city}}.",
                tools=[{"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["{{id}}"]}}],
                structured_inputs={"file": {"required": True}, "city": {"default_value": "Paris"}},
            )
        ),
    ),
    scenario(
        "foundry-turn-structured-inputs-missing",
        "One that is required and not given is missing",
        inferred("the description of an agent says which are required"),
        turn(
            refused(
                "Missing required parameter: 'structured_inputs.file'.",
                code="missing_required_parameter",
                param="structured_inputs.file",
            ),
            input="Hi",
        ),
        **serving(
            support=Agent(
                model="gpt-4.1", instructions="Read {{file}}.", structured_inputs={"file": {"required": True}}
            )
        ),
    ),
)
