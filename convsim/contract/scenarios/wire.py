"""Bytes, headers and the shape of ids."""

from __future__ import annotations

from convsim.contract.answers import conversation, create_items, ok, page, refused, stored_message, text
from convsim.contract.evidence import inferred, recorded
from convsim.contract.scenario import Answer, Call, Id, Raw, Seconds, scenario
from convsim.contract.turns import MODEL, answered, message, minted

_SECOND = stored_message("{item}", text("second item"))


def _exactly(answer: Answer, length: int) -> Answer:
    return Answer(answer.status, answer.body, length=length)


def _with_headers(answer: Answer, headers: dict[str, str | None]) -> Answer:
    return Answer(answer.status, answer.body, headers)


WIRE = (
    scenario(
        "bytes",
        "Bodies are JSON indented by two spaces without a newline at the end, of exactly the recorded lengths",
        recorded("dotnet"),
        Call("conversations.create", {}, _exactly(conversation(Id("conv", "conv")), 141)),
        create_items(
            [{"role": "user", "content": "second item"}],
            _exactly(page({**_SECOND, "id": Id("item", "msg")}), 466),
        ),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{item}"},
            _exactly(ok(_SECOND), 218),
        ),
        Call("conversations.items.list", {"conversation_id": "{conv}"}, _exactly(page(_SECOND), 466)),
        Call(
            "conversations.delete",
            {"conversation_id": "{conv}"},
            _exactly(ok({"id": "{conv}", "object": "conversation.deleted", "deleted": True}), 122),
        ),
    ),
    scenario(
        "headers",
        "The recorded headers are there, and none of rate limits; cookies are not set",
        recorded("dotnet", note="values that vary live are reproducible here; Set-Cookie is left out on purpose"),
        Call(
            "conversations.create",
            {},
            _with_headers(
                conversation(Id("conv", "conv")),
                {
                    "Content-Type": "application/json",
                    "Date": r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
                    "Connection": "keep-alive",
                    "Content-Length": "141",
                    "Server": "cloudflare",
                    "cf-cache-status": "DYNAMIC",
                    "CF-RAY": "[0-9a-f]{16}-[A-Z]{3}",
                    "Access-Control-Expose-Headers": "CF-Ray",
                    "Alt-Svc": 'h3=":443"',
                    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
                    "X-Content-Type-Options": "nosniff",
                    "X-Request-ID": "req_[0-9a-f]{32}",
                    "openai-version": "2020-10-01",
                    "openai-organization": ".+",
                    "openai-project": "proj_.+",
                    "openai-processing-ms": r"\d+",
                    "x-openai-proxy-wasm": "v0.1",
                    "x-ratelimit-limit-requests": None,
                    "Set-Cookie": None,
                },
            ),
        ),
    ),
    scenario(
        "headers-of-turns",
        "The headers of a turn report rate limits; those of reading its response do not",
        recorded(
            "dotnet-responses",
            "braintrust",
            note="the names of the headers, and which answers have them; the numbers are convsim's, and never change",
        ),
        Call(
            "responses.create",
            {"model": MODEL, "input": "Hi"},
            _with_headers(
                answered(output=[message(minted("msg", "msg"), "Paris.")]),
                {
                    "Content-Type": "application/json",
                    "Access-Control-Expose-Headers": "X-Request-ID, CF-Ray, CF-Ray",
                    "x-openai-proxy-wasm": None,
                    **{
                        f"x-ratelimit-{name}-{what}": r"[0-9]+(ms|s)?"
                        for name in ("limit", "remaining", "reset")
                        for what in ("requests", "tokens")
                    },
                },
            ),
        ),
        Call(
            "responses.retrieve",
            {"response_id": "{resp}"},
            _with_headers(
                answered("{resp}", output=[message("{msg}", "Paris.")]),
                {"x-openai-proxy-wasm": None, "x-ratelimit-limit-requests": None},
            ),
        ),
        replies=("Paris.",),
    ),
    scenario(
        "headers-of-401",
        "A 401 names the scheme and the version, and says nothing about an account",
        recorded(
            "ruby-openai",
            "dd-trace",
            note="the id of the request was a UUID there in 2025-08, and has this form on /v1/responses since 2025-12",
        ),
        Raw(
            "POST",
            "/conversations",
            _with_headers(
                refused("Missing bearer or basic authentication in header", status=401),
                {
                    "Content-Type": "application/json",
                    "Content-Length": "160",
                    "WWW-Authenticate": 'Bearer realm="OpenAI API"',
                    "X-Request-ID": "req_[0-9a-f]{32}",
                    "openai-version": "2020-10-01",
                    "openai-processing-ms": r"\d+",
                    "openai-organization": None,
                    "openai-project": None,
                    "x-openai-proxy-wasm": None,
                    "x-ratelimit-limit-requests": None,
                },
            ),
            headers={"Authorization": ""},
        ),
    ),
    scenario(
        "ids",
        "A conversation and its items share a partition, and their ids sort in the order of the items",
        recorded("idscan", "dotnet", "ms", "agentic"),
        Call("conversations.create", {}, conversation(Id("conv", "conv"))),
        create_items(
            [
                {"role": "user", "content": "a"},
                {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
            ],
            page(
                stored_message(Id("a", "msg", behind="conv"), text("a")),
                {
                    "id": Id("b", "fc", behind="a"),
                    "type": "function_call",
                    "status": "completed",
                    "arguments": "{}",
                    "call_id": "call_1",
                    "name": "look",
                },
            ),
        ),
        create_items([{"role": "user", "content": "c"}], page(stored_message(Id("c", "msg", behind="b"), text("c")))),
    ),
    scenario(
        "time",
        "created_at is the clock's second; convsim's clock stands at 1741900000 by default",
        inferred("the instant is convsim's choice; that ids carry the same second is recorded"),
        Call(
            "conversations.create",
            {},
            ok({"id": Id("conv", "conv"), "object": "conversation", "created_at": 1741900000, "metadata": {}}),
        ),
        Call(
            "conversations.retrieve",
            {"conversation_id": "{conv}"},
            ok({"id": "{conv}", "object": "conversation", "created_at": Seconds(), "metadata": {}}),
        ),
        ours="its clock stands still",
    ),
)
