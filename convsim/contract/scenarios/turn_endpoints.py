"""Operations on existing responses, turns in the background, and locks."""

from __future__ import annotations

from convsim.contract.answers import Json, create_items, list_items, ok, page, refused, start, stored_message, text
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.scenario import Answer, Call, Count, Finish, Id, Like, Seconds, scenario
from convsim.contract.turns import MODEL, answered, call, message, minted, response, script, turn, user
from convsim.responses.vocabulary import Call as FunctionCall

_HERE: Json = {"conversation": {"id": "{conv}"}}
_PARIS = [message(minted("msg", "msg"), "Paris.")]
_SAME = [message("{msg}", "Paris.")]
_LOCKED = refused(
    "Another process is currently operating on this conversation. Please retry in a few seconds.",
    param="conversation",
    code="conversation_locked",
)


def _missing(response_id: str = "{resp}") -> Answer:
    return refused(f"Response with id '{response_id}' not found.", status=404)


def _of(operation: str, answer: Answer, **arguments: object) -> Call:
    return Call(f"responses.{operation}", {"response_id": "{resp}", **arguments}, answer)


TURN_ENDPOINTS = (
    scenario(
        "response-retrieve",
        "A response is retrieved as it was answered",
        recorded("dotnet-responses"),
        turn(answered(output=_PARIS)),
        _of("retrieve", answered("{resp}", output=_SAME)),
        replies=("Paris.",),
    ),
    scenario(
        "response-unknown",
        "An unknown response is a 404, for every operation",
        recorded("dotnet-responses", note="for retrieve; for the others inferred"),
        *(
            Call(f"responses.{name}", {"response_id": "resp_x"}, _missing("resp_x"))
            for name in ("retrieve", "delete", "cancel", "input_items.list")
        ),
    ),
    scenario(
        "response-delete",
        "A deleted response is not found, and leaves its conversation as it is",
        recorded("dotnet-responses", note="that the conversation stays is inferred"),
        *start(),
        turn(answered(output=_PARIS, **_HERE), conversation="{conv}"),
        _of("delete", ok({"id": "{resp}", "object": "response.deleted", "deleted": True})),
        _of("retrieve", _missing()),
        list_items(page(user(minted("in", "msg"), "Hi"), *_SAME), order="asc"),
        replies=("Paris.",),
    ),
    scenario(
        "response-input-items",
        "The input items of a response are a page, newest first",
        recorded("dotnet-responses"),
        turn(answered(output=_PARIS), [{"role": "user", "content": words} for words in ("one", "two")]),
        _of("input_items.list", page(user(minted("two", "msg"), "two"), user(minted("one", "msg"), "one"))),
        _of("input_items.list", page(user("{one}", "one"), has_more=True), order="asc", limit=1),
        _of("input_items.list", page(user("{two}", "two")), order="asc", after="{one}"),
        replies=("Paris.",),
    ),
    scenario(
        "response-input-items-chain",
        "Those of a response that continues another are the whole context: earlier inputs and outputs too",
        recorded("dotnet-responses"),
        turn(answered(output=[call(minted("fc", "fc"), "look", "{}", "call_1")])),
        turn(
            answered(minted("again", "resp"), output=_PARIS, previous_response_id="{resp}"),
            [{"type": "function_call_output", "call_id": "call_1", "output": "x"}],
            previous_response_id="{resp}",
        ),
        Call(
            "responses.input_items.list",
            {"response_id": "{again}"},
            page(
                {
                    "id": minted("out", "fc"),
                    "type": "function_call_output",
                    "status": "completed",
                    "call_id": "call_1",
                    "output": "x",
                },
                call("{fc}", "look", "{}", "call_1"),
                user(minted("in", "msg"), "Hi"),
            ),
        ),
        replies=(FunctionCall("look", call_id="call_1"), "Paris."),
    ),
    scenario(
        "response-input-tokens",
        "Counting gives one number",
        recorded("dotnet-responses", "ellmer", note="the number is convsim's own"),
        Call(
            "responses.input_tokens.count",
            {"model": MODEL, "input": "Hi"},
            ok({"object": "response.input_tokens", "input_tokens": Count()}),
        ),
    ),
    scenario(
        "response-compact",
        "Compacting gives the user's messages again, and an item that stands for the rest; nothing is stored",
        recorded("dotnet-responses", "braintrust", "pydantic-ai"),
        Call(
            "responses.compact",
            {
                "model": MODEL,
                "input": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}],
            },
            ok(
                {
                    "id": minted("resp", "resp"),
                    "object": "response.compaction",
                    "created_at": Seconds(),
                    "output": [
                        user(minted("in", "msg"), "Hi"),
                        {"id": minted("cmp", "cmp"), "type": "compaction", "encrypted_content": Like(".{20,}")},
                    ],
                    "usage": {
                        "input_tokens": Count(),
                        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
                        "output_tokens": Count(),
                        "output_tokens_details": {"reasoning_tokens": 0},
                        "total_tokens": Count(),
                    },
                }
            ),
        ),
        _of("retrieve", _missing()),
    ),
    scenario(
        "background",
        "A turn in the background is queued, and polled until it is completed",
        recorded("dotnet-responses", "pydantic-ai", note="live it is in_progress between; convsim goes on when told"),
        script("Paris.", hold=True),
        turn(answered(status="queued", background=True), background=True),
        _of("retrieve", ok(response(status="queued", background=True))),
        Finish(),
        _of("retrieve", answered("{resp}", output=_PARIS, background=True)),
    ),
    scenario(
        "background-cancel",
        "Cancelled, it has no output and no usage, and leaves its conversation as it is; it stays cancelled",
        recorded("dotnet-responses", note="that nothing is stored, and the second cancel, are inferred"),
        *start(),
        script("Paris.", hold=True),
        turn(answered(status="queued", background=True, **_HERE), background=True, conversation="{conv}"),
        _of("cancel", ok(response(status="cancelled", background=True, **_HERE))),
        _of("cancel", ok(response(status="cancelled", background=True, **_HERE))),
        list_items(page()),
    ),
    scenario(
        "cancel-synchronous",
        "A response that is not in the background cannot be cancelled",
        second_hand("unpinned"),
        turn(answered(output=_PARIS)),
        _of("cancel", refused("Cannot cancel a synchronous response.", param="response_id")),
        replies=("Paris.",),
    ),
    scenario(
        "cancel-completed",
        "A response that has ended cannot be cancelled",
        second_hand("unpinned"),
        script("Paris.", hold=True),
        turn(answered(status="queued", background=True), background=True),
        Finish(),
        _of("cancel", refused("Cannot cancel a completed response.", param="response_id")),
    ),
    scenario(
        "stream-again-synchronous",
        "A response that is not in the background is not streamed again",
        second_hand("unpinned", note="that a negative number is refused is inferred"),
        turn(answered(output=_PARIS)),
        _of(
            "retrieve",
            refused(
                "Invalid 'starting_after': integer below minimum value. Expected a value >= 0, but got -1 instead.",
                param="starting_after",
                code="integer_below_min_value",
            ),
            stream=True,
            starting_after=-1,
        ),
        _of(
            "retrieve",
            refused(
                "This response cannot be streamed because it was not created with background=true.", param="stream"
            ),
            stream=True,
        ),
        replies=("Paris.",),
    ),
    scenario(
        "lock-second-turn",
        "A second turn on a conversation is refused while one is open",
        second_hand("careme"),
        *start(),
        script("Paris.", hold=True),
        turn(answered(status="queued", background=True, **_HERE), background=True, conversation="{conv}"),
        turn(_LOCKED, conversation="{conv}"),
        Finish(),
        script("Rome."),
        turn(
            answered(minted("again", "resp"), output=[message(minted("msg_2", "msg"), "Rome.")], **_HERE),
            conversation="{conv}",
        ),
    ),
    scenario(
        "lock-write",
        "So is a write of items; reading is not",
        inferred('Behavior(write_while_locked="allow") is the alternative'),
        *start("Before."),
        script("Paris.", hold=True),
        turn(answered(status="queued", background=True, **_HERE), background=True, conversation="{conv}"),
        create_items([{"role": "user", "content": "x"}], _LOCKED),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{conv_0}"}, _LOCKED),
        list_items(page(user("{conv_0}", "Before."))),
        Finish(),
        create_items([{"role": "user", "content": "x"}], page(stored_message(Id("late", "msg"), text("x")))),
    ),
    scenario(
        "lock-other",
        "Turns of other conversations, and those without one, go on",
        documented("spec", note="the lock is a conversation's"),
        *start(),
        *start(name="other"),
        script("Paris.", hold=True),
        turn(answered(status="queued", background=True, **_HERE), background=True, conversation="{conv}"),
        script("Rome.", times=2),
        turn(
            answered(
                minted("again", "resp"),
                output=[message(minted("msg_2", "msg"), "Rome.")],
                conversation={"id": "{other}"},
            ),
            conversation="{other}",
        ),
        turn(answered(minted("third", "resp"), output=[message(minted("msg_3", "msg"), "Rome.")])),
    ),
)
