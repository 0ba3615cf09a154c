"""Turns of ``/v1/responses``: the response, and the items stored in the conversation."""

from __future__ import annotations

from convsim.contract.answers import Json, list_items, nothing_stored, ok, page, refused, start
from convsim.contract.evidence import inferred, recorded, second_hand
from convsim.contract.scenario import Call, Like, scenario
from convsim.contract.turns import MODEL, answered, call, message, minted, script, turn, user
from convsim.responses.vocabulary import Call as FunctionCall
from convsim.responses.vocabulary import Failure, Reasoning, Refusal, Text

_TOOL: Json = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
_ECHOED: Json = {
    "type": "function",
    "description": None,
    "name": "get_weather",
    "output_schema": None,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "additionalProperties": False,
        "required": ["city"],
    },
    "strict": True,
}
_HERE: Json = {"conversation": {"id": "{conv}"}}
_ASKED: Json = {"type": "function_call_output", "call_id": "call_1", "output": "25 C"}
_GPT_5_5: Json = {
    "model": "gpt-5.5",
    "prompt_cache_retention": "24h",
    "reasoning": {"context": "current_turn", "effort": "medium", "mode": "standard", "summary": None},
    "top_p": 0.98,
}

_SAID_LAST: Json = {"phase": "final_answer"}
_FAMILIES: tuple[tuple[str, str, str, str, float, Json], ...] = (
    ("gpt-5.6", "medium", "all_turns", "24h", 0.98, _SAID_LAST),
    ("gpt-5.5", "medium", "current_turn", "24h", 0.98, _SAID_LAST),
    ("gpt-5.4", "none", "current_turn", "24h", 0.98, {}),
    ("gpt-5.2", "none", "current_turn", "24h", 0.98, {}),
    ("gpt-5.1", "none", "current_turn", "in_memory", 1.0, {}),
    ("gpt-5-nano", "medium", "current_turn", "in_memory", 1.0, {}),
)

TURNS = (
    scenario(
        "turn-object",
        "The response has its members in the live order, with the defaults of a request that says nothing",
        recorded("dotnet-responses", "ruby-llm"),
        turn(answered(output=[message(minted("msg", "msg"), "Paris.")])),
        replies=("Paris.",),
    ),
    scenario(
        "turn-reasoning-model",
        "A model that reasons has defaults of its own, and its messages a phase",
        recorded("dotnet-responses", "llm-cli", "ruby-llm"),
        turn(
            answered(
                output=[
                    {
                        "id": minted("rs", "rs"),
                        "type": "reasoning",
                        "content": [],
                        "summary": [{"type": "summary_text", "text": "Hm."}],
                    },
                    message(minted("msg", "msg"), "Paris.", phase="final_answer"),
                ],
                **_GPT_5_5,
            ),
            model="gpt-5.5",
        ),
        replies=([Reasoning("Hm."), Text("Paris.", phase="final_answer")],),
    ),
    scenario(
        "turn-echoes",
        "The response repeats members of the request: instructions, metadata, numbers, tools in their strict form",
        recorded("dotnet-responses", "ms", "dd-responses", "llm-cli"),
        turn(
            answered(
                output=[message(minted("msg", "msg"), "Paris.")],
                instructions="Be brief.",
                max_output_tokens=64,
                metadata={"a": "1"},
                temperature=0.5,
                tool_choice="required",
                tools=[_ECHOED],
                truncation="auto",
            ),
            instructions="Be brief.",
            max_output_tokens=64,
            metadata={"a": "1"},
            temperature=0.5,
            tool_choice="required",
            tools=[_TOOL],
            truncation="auto",
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-in-conversation",
        "A conversation, by its id or as an object, comes back as an object; input and output are appended together",
        recorded("dotnet-responses", "ms", "pydantic-ai"),
        *start("Before."),
        turn(answered(output=[message(minted("msg", "msg"), "Paris.")], **_HERE), conversation="{conv}"),
        turn(
            answered(minted("again", "resp"), output=[message(minted("msg_2", "msg"), "Rome.")], **_HERE),
            "And then?",
            conversation={"id": "{conv}"},
        ),
        list_items(
            page(
                user("{conv_0}", "Before."),
                user(minted("in_1", "msg"), "Hi"),
                message("{msg}", "Paris."),
                user(minted("in_2", "msg"), "And then?"),
                message("{msg_2}", "Rome."),
            ),
            order="asc",
        ),
        replies=("Paris.", "Rome."),
    ),
    scenario(
        "turn-tool-loop",
        "A tool loop is two turns: the second sends the output alone, and its call is found in the conversation",
        recorded("pydantic-ai", "agents-python"),
        *start(),
        turn(
            answered(output=[call(minted("fc", "fc"), "get_weather", '{"city":"Paris"}', "call_1")], **_HERE),
            conversation="{conv}",
        ),
        turn(
            answered(minted("again", "resp"), output=[message(minted("msg", "msg"), "25 C.")], **_HERE),
            [_ASKED],
            conversation="{conv}",
        ),
        list_items(
            page(
                user(minted("in_1", "msg"), "Hi"),
                call("{fc}", "get_weather", '{"city":"Paris"}', "call_1"),
                {
                    "id": minted("out", "fc"),
                    "type": "function_call_output",
                    "status": "completed",
                    "call_id": "call_1",
                    "output": "25 C",
                },
                message("{msg}", "25 C."),
            ),
            order="asc",
        ),
        replies=(FunctionCall("get_weather", {"city": "Paris"}, call_id="call_1"), "25 C."),
    ),
    scenario(
        "turn-instructions",
        "Instructions are not stored",
        recorded("dotnet-responses"),
        *start(),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")], instructions="Be brief.", **_HERE),
            conversation="{conv}",
            instructions="Be brief.",
        ),
        list_items(page(user(minted("in", "msg"), "Hi"), message("{msg}", "Paris.")), order="asc"),
        replies=("Paris.",),
    ),
    scenario(
        "turn-chain",
        "A response that continues another adds nothing to the conversation of that one",
        recorded("agentic"),
        *start(),
        turn(answered(output=[message(minted("msg", "msg"), "Paris.")], **_HERE), conversation="{conv}"),
        turn(
            answered(
                minted("again", "resp"),
                output=[message(minted("msg_2", "msg"), "Rome.")],
                previous_response_id="{resp}",
            ),
            previous_response_id="{resp}",
        ),
        list_items(page(user(minted("in", "msg"), "Hi"), message("{msg}", "Paris.")), order="asc"),
        replies=("Paris.", "Rome."),
    ),
    scenario(
        "turn-not-stored",
        "A response that is not to be stored is not found afterwards",
        recorded("dotnet-responses"),
        turn(answered(output=[message(minted("msg", "msg"), "Paris.")], store=False), store=False),
        Call(
            "responses.retrieve",
            {"response_id": "{resp}"},
            refused("Response with id '{resp}' not found.", status=404),
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-not-stored-in-conversation",
        "A turn that is not to be stored leaves its conversation as it is",
        inferred('one SDK sends both, and nobody read the items; Behavior(store_false_items="append") appends'),
        *start(),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")], store=False, **_HERE),
            conversation="{conv}",
            store=False,
        ),
        nothing_stored(),
        replies=("Paris.",),
    ),
    scenario(
        "turn-incomplete",
        "A turn that is cut off says why, its message is incomplete, and completed_at is null",
        recorded("mirascope", "rig-cassettes", "dotnet-responses"),
        script("Mango sun", status="incomplete", reason="max_output_tokens"),
        turn(
            answered(
                status="incomplete",
                incomplete_details={"reason": "max_output_tokens"},
                output=[message(minted("msg", "msg"), "Mango sun", status="incomplete")],
            )
        ),
    ),
    scenario(
        "turn-incomplete-in-conversation",
        "Output that was cut off is stored as incomplete",
        inferred("the response has it so"),
        *start(),
        script("Mango sun", status="incomplete", reason="max_output_tokens"),
        turn(
            answered(
                status="incomplete",
                incomplete_details={"reason": "max_output_tokens"},
                output=[message(minted("msg", "msg"), "Mango sun", status="incomplete")],
                **_HERE,
            ),
            conversation="{conv}",
        ),
        list_items(
            page(user(minted("in", "msg"), "Hi"), message("{msg}", "Mango sun", status="incomplete")), order="asc"
        ),
    ),
    scenario(
        "turn-failed",
        "A turn that fails is answered with 200 and its error, and leaves the conversation as it is",
        recorded("vercel", "prism", note="in streams; that nothing is stored is inferred"),
        *start(),
        script("Well", Failure("server_error", "Out of order.")),
        turn(
            answered(
                status="failed",
                error={"code": "server_error", "message": "Out of order."},
                output=[message(minted("msg", "msg"), "Well")],
                **_HERE,
            ),
            conversation="{conv}",
        ),
        nothing_stored(),
    ),
    scenario(
        "turn-refusal",
        "A refusal of the model is a part of its message",
        recorded("mirascope"),
        turn(
            answered(
                output=[message(minted("msg", "msg"), "", content=[{"type": "refusal", "refusal": "I cannot."}])],
            )
        ),
        replies=(Refusal("I cannot."),),
    ),
    scenario(
        "turn-structured",
        "A format of text comes back with its description, and strict",
        recorded("dotnet-responses"),
        turn(
            answered(
                output=[message(minted("msg", "msg"), "{}")],
                text={
                    "format": {
                        "type": "json_schema",
                        "description": None,
                        "name": "place",
                        "schema": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
                        "strict": True,
                    },
                    "verbosity": "medium",
                },
            ),
            text={
                "format": {
                    "type": "json_schema",
                    "name": "place",
                    "schema": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
                    "strict": True,
                }
            },
        ),
        replies=("{}",),
    ),
    scenario(
        "turn-encrypted-reasoning",
        "The encrypted content of reasoning shows where the request includes it",
        recorded("dotnet-responses", "ellmer", "llm-cli"),
        turn(
            answered(
                output=[
                    {
                        "id": minted("rs", "rs"),
                        "type": "reasoning",
                        "content": [],
                        "encrypted_content": Like(".{20,}"),
                        "summary": [],
                    },
                    message(minted("msg", "msg"), "Paris."),
                ],
            ),
            include=["reasoning.encrypted_content"],
        ),
        replies=([Reasoning(), "Paris."],),
    ),
    scenario(
        "turn-encrypted-reasoning-always",
        "With gpt-5.6 it shows without being included",
        recorded("dotnet-responses", note="once, 2026-08-12; models before it show it where it is included alone"),
        turn(
            answered(
                model="gpt-5.6",
                prompt_cache_retention="24h",
                reasoning={"context": "all_turns", "effort": "medium", "mode": "standard", "summary": None},
                top_p=0.98,
                output=[
                    {
                        "id": minted("rs", "rs"),
                        "type": "reasoning",
                        "content": [],
                        "encrypted_content": Like(".{20,}"),
                        "summary": [],
                    },
                    message(minted("msg", "msg"), "Paris.", phase="final_answer"),
                ],
            ),
            model="gpt-5.6",
        ),
        replies=([Reasoning(), "Paris."],),
    ),
    scenario(
        "turn-deleted-conversation-items",
        "The items of a turn can be deleted and read like all others",
        inferred("they are items of the conversation"),
        *start(),
        turn(answered(output=[message(minted("msg", "msg"), "Paris.")], **_HERE), conversation="{conv}"),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{msg}"},
            ok(message("{msg}", "Paris.")),
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-unknown-model",
        "Every name of a model but an empty one is taken, and comes back as it was sent",
        second_hand("unpinned", note="the live API answers the dated name; a script may say so"),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")], model=f"{MODEL}-mine"),
            model=f"{MODEL}-mine",
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-response-members",
        "The tier and the name of the model that a script says stand in the response",
        recorded("dotnet-responses", note="dated names and tiers of the service"),
        script("Paris.", response={"model": "gpt-4.1-2025-04-14", "service_tier": "flex"}),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")], model="gpt-4.1-2025-04-14", service_tier="flex"),
        ),
    ),
    scenario(
        "turn-tools",
        "Hosted tools come back with their defaults",
        recorded("chatlas", "dotnet-responses", "dd-responses", "vercel"),
        turn(
            answered(
                output=[message(minted("msg", "msg"), "Paris.")],
                tools=[
                    {
                        "type": "web_search",
                        "return_token_budget": "default",
                        "search_content_types": ["text"],
                        "search_context_size": "medium",
                        "user_location": {
                            "type": "approximate",
                            "city": None,
                            "country": "US",
                            "region": None,
                            "timezone": None,
                        },
                    },
                    {
                        "type": "file_search",
                        "filters": None,
                        "max_num_results": 20,
                        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
                        "vector_store_ids": ["vs_1"],
                    },
                    {
                        "type": "custom",
                        "description": None,
                        "format": {"type": "grammar", "definition": "start: INT", "syntax": "lark"},
                        "name": "math",
                    },
                ],
            ),
            tools=[
                {"type": "web_search"},
                {"type": "file_search", "vector_store_ids": ["vs_1"]},
                {
                    "type": "custom",
                    "name": "math",
                    "format": {"type": "grammar", "syntax": "lark", "definition": "start: INT"},
                },
            ],
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-nulls",
        "Nulls and empty values that frameworks send count as left out",
        recorded("pydantic-ai", note="which members frameworks send so was seen on a server of our own"),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")]),
            [{"role": "user", "content": "Hi"}],
            include=[],
            metadata={},
            previous_response_id=None,
            stream=False,
            text={},
            tools=None,
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-phase-sent-back",
        "A message of the model may be sent back with its phase and without its id",
        second_hand("stdapi", "pydantic-ai"),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")]),
            [
                {"role": "assistant", "content": "Wait.", "phase": "commentary"},
                {"role": "user", "content": "Well?"},
            ],
        ),
        replies=("Paris.",),
    ),
    scenario(
        "turn-moderation",
        "What a moderation found stands in the response, null where nothing was asked",
        recorded("pydantic-ai"),
        script("Paris.", response={"moderation": {"input": {"flagged": False}}}),
        turn(
            answered(output=[message(minted("msg", "msg"), "Paris.")], moderation={"input": {"flagged": False}}),
            moderation={"model": "omni-moderation-latest"},
        ),
    ),
    scenario(
        "turn-families",
        "What a request leaves open depends on the model",
        recorded("dotnet-responses", "ruby-llm", "pydantic-ai", note="the newest values of each family"),
        *(
            turn(
                answered(
                    minted(f"resp_{index}", "resp"),
                    output=[message(minted(f"msg_{index}", "msg"), "Paris.", **phase)],
                    model=model,
                    prompt_cache_retention=retention,
                    reasoning={"context": context, "effort": effort, "mode": "standard", "summary": None},
                    top_p=top_p,
                ),
                model=model,
            )
            for index, (model, effort, context, retention, top_p, phase) in enumerate(_FAMILIES)
        ),
        replies=("Paris.",) * len(_FAMILIES),
    ),
)
