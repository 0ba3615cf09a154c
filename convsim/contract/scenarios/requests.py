"""Requests as a whole: routes, keys, bodies, and the order in which they are checked."""

from __future__ import annotations

from convsim.contract.answers import (
    conversation,
    create_items,
    list_items,
    missing,
    no_conversation,
    nothing_stored,
    page,
    refused,
    start,
    stored_message,
    text,
    unknown,
    unsupported,
    wrong_type,
)
from convsim.contract.evidence import inferred, recorded, second_hand, sibling
from convsim.contract.scenario import Answer, Call, Id, Raw, scenario

_INVALID_JSON = refused(
    "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors"
    " include trailing commas, missing closing brackets, missing quotation marks, etc.)",
    code="invalid_json",
)
_TOO_MANY = refused(
    "Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length 21"
    " instead.",
    param="items",
    code="array_above_max_length",
)
_NO_KEY = refused("Missing bearer or basic authentication in header", status=401)
_HELLO = {"role": "user", "content": "Hello!"}
_ROLES = "'assistant', 'system', 'developer', and 'user'"


def _content_type(name: str) -> Answer:
    return refused(
        f"Unsupported content type: '{name}'. This API method only accepts 'application/json' requests, but you"
        f" specified the header 'Content-Type: {name}'. Please try again with a supported content type.",
        code="unsupported_content_type",
    )


def _not_allowed(method: str, path: str) -> Answer:
    return refused(
        f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)", status=405
    )


def _wrong_key(shown: str) -> Answer:
    return refused(
        f"Incorrect API key provided: {shown}. You can find your API key at"
        " https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
        status=401,
    )


REQUESTS = (
    scenario(
        "body-not-json",
        "A body that is not JSON is refused",
        recorded("ms"),
        Raw("POST", "/conversations", _INVALID_JSON, body='{"metadata": {},}'),
        Raw("POST", "/conversations", _INVALID_JSON, body='{"metadata": {"k": NaN}}'),
    ),
    scenario(
        "body-lone-surrogate",
        "A lone surrogate is no JSON",
        inferred("it cannot be stored as UTF-8"),
        *start(),
        Raw(
            "POST",
            "/conversations/{conv}/items",
            _INVALID_JSON,
            body=r'{"items": [{"role": "user", "content": "\ud800"}]}',
        ),
        nothing_stored(),
    ),
    scenario(
        "body-not-an-object",
        "A body that is not an object is refused",
        sibling("skills", note="quoted for a string; that an array and null are refused too is inferred"),
        Raw(
            "POST",
            "/conversations",
            refused("Invalid type: expected an object, but got a string instead.", code="invalid_type"),
            body='"x"',
        ),
        Raw(
            "POST",
            "/conversations",
            refused("Invalid type: expected an object, but got an array instead.", code="invalid_type"),
            body="[]",
        ),
        Raw(
            "POST",
            "/conversations",
            refused("Invalid type: expected an object, but got null instead.", code="invalid_type"),
            body="null",
        ),
    ),
    scenario(
        "body-empty",
        "An empty body creates a conversation, and has no items to add to one",
        recorded("praxis", note="recorded for creation; for items inferred"),
        Raw("POST", "/conversations", conversation(Id("conv", "conv"))),
        Raw("POST", "/conversations/{conv}/items", missing("items")),
    ),
    scenario(
        "content-type",
        "Any content type but JSON is refused; parameters of the header do not matter",
        sibling("openapi-502"),
        *(
            Raw("POST", "/conversations", _content_type(name), body="{}", headers={"Content-Type": name})
            for name in ("multipart/form-data", "application/x-www-form-urlencoded", "text/plain")
        ),
        Raw(
            "POST",
            "/conversations",
            conversation(Id("conv", "conv")),
            body="{}",
            headers={"Content-Type": "Application/JSON; charset=utf-8"},
        ),
    ),
    scenario(
        "content-type-missing",
        "A body without a content type is refused",
        inferred("the sentence is the one for a wrong type, with an empty name"),
        Raw("POST", "/conversations", _content_type(""), body="{}", headers={"Content-Type": ""}),
    ),
    scenario(
        "body-unknown-key",
        "An unknown key is refused; a near miss of a key that could still be given is hinted at",
        sibling("table"),
        Raw("POST", "/conversations", unknown("zzz"), body='{"zzz": 1}'),
        Raw(
            "POST",
            "/conversations",
            refused("Unknown parameter: 'item'. Did you mean 'items'?", param="item", code="unknown_parameter"),
            body='{"item": []}',
        ),
        Raw("POST", "/conversations", unknown("item"), body='{"item": [], "items": []}'),
        *start(),
        Raw("POST", "/conversations/{conv}", unknown("metdata"), body='{"metadata": {}, "metdata": {}}'),
    ),
    scenario(
        "body-order-of-faults",
        "A missing member is reported before an unknown one, and that before a fault inside a member",
        sibling("table"),
        *start(),
        Raw("POST", "/conversations/{conv}/items", missing("items"), body='{"zzz": 1}'),
        Raw("POST", "/conversations/{conv}/items", unknown("zzz"), body='{"items": [{}], "zzz": 1}'),
        Call(
            "conversations.create",
            {"metadata": 7, "items": [{}]},
            wrong_type("metadata", "a metadata object", "an integer"),
        ),
    ),
    scenario(
        "items-missing",
        "Adding items needs items: not left out, null or empty",
        second_hand("stdapi", note="the sentences are the grammar's"),
        *start(),
        Raw("POST", "/conversations/{conv}/items", missing("items"), body="{}"),
        create_items(None, wrong_type("items", "an array", "null")),
        create_items({}, wrong_type("items", "an array", "an object")),
        create_items(
            [],
            refused(
                "Invalid 'items': empty array. Expected an array with minimum length 1, but got an empty array"
                " instead.",
                param="items",
                code="empty_array",
            ),
        ),
    ),
    scenario(
        "items-too-many",
        "20 items at a time, for a new conversation too",
        second_hand("agents-js", "spec", note="the head of the sentence is quoted, the rest is the grammar's"),
        *start(),
        create_items([_HELLO] * 21, _TOO_MANY),
        Call("conversations.create", {"items": [_HELLO] * 21}, _TOO_MANY),
        nothing_stored(),
    ),
    scenario(
        "batch-is-atomic",
        "A batch is validated whole before anything of it is stored",
        recorded("agentic"),
        *start("first"),
        create_items([_HELLO, _HELLO, {}], unsupported("items[2]", "", _ROLES)),
        list_items(page(stored_message("{conv_0}", text("first")))),
    ),
    scenario(
        "route-unknown",
        "An unknown path answers 404",
        recorded("edge"),
        *start(),
        Raw(
            "POST",
            "/conversations/{conv}/messages",
            refused("Invalid URL (POST {base_path}/conversations/{conv}/messages)", status=404),
            body="{}",
        ),
        Raw("GET", "/conversations/", refused("Invalid URL (GET {base_path}/conversations/)", status=404)),
    ),
    scenario(
        "method-unknown",
        "A method that a path does not have answers 405",
        inferred("the sentence of older endpoints, seen in public logs; conversations cannot be listed"),
        *start(),
        Raw("GET", "/conversations", _not_allowed("GET", "{base_path}/conversations")),
        Raw("PATCH", "/conversations/{conv}", _not_allowed("PATCH", "{base_path}/conversations/{conv}"), body="{}"),
        Raw("DELETE", "/conversations/{conv}/items", _not_allowed("DELETE", "{base_path}/conversations/{conv}/items")),
    ),
    scenario(
        "key-missing",
        "A request without a key answers 401",
        sibling("dd-trace", note="recorded on /v1/responses"),
        *(
            Raw("POST", "/conversations", _NO_KEY, body="{}", headers={"Authorization": value})
            for value in ("", "Bearer ", "sk-test")
        ),
    ),
    scenario(
        "key-any",
        "Any key is accepted, also in the header that Azure's clients send",
        inferred("a test has no real key"),
        Raw("POST", "/conversations", conversation(Id("a", "conv")), headers={"Authorization": "Bearer x"}),
        Raw("POST", "/conversations", conversation(Id("b", "conv")), headers={"Authorization": "", "api-key": "x"}),
        ours="it accepts any key",
    ),
    scenario(
        "key-wrong",
        "With api_keys, any other key answers 401; the sentence masks its middle",
        recorded("ruby-openai", "dotnet", note="the mask on chat completions; a key of twelve and less is shown whole"),
        Raw("POST", "/conversations", conversation(Id("conv", "conv")), headers={"Authorization": "Bearer sk-good"}),
        Raw(
            "POST",
            "/conversations",
            _wrong_key("not-a-re************ized"),
            headers={"Authorization": "Bearer not-a-real-key-sanitized"},
        ),
        Raw("POST", "/conversations", _wrong_key("sk-bad"), headers={"Authorization": "Bearer sk-bad"}),
        api_keys=["sk-good"],
    ),
    scenario(
        "projects",
        "Each key sees its own project",
        inferred("scoping errors were never recorded; what is elsewhere is not found"),
        Raw("POST", "/conversations", conversation(Id("conv", "conv")), headers={"Authorization": "Bearer sk-a"}),
        Raw("GET", "/conversations/{conv}", conversation(), headers={"Authorization": "Bearer sk-a"}),
        Raw("GET", "/conversations/{conv}", no_conversation("{conv}"), headers={"Authorization": "Bearer sk-b"}),
        api_keys={"sk-a": "proj_a", "sk-b": "proj_b"},
    ),
    scenario(
        "order-of-checks",
        "Route, key, content type, JSON, ids, query, body, and only then whether the conversation exists",
        sibling("table", "stdapi", note="body before existence is measured; the rest is inferred"),
        Raw(
            "GET",
            "/nothing",
            refused("Invalid URL (GET {base_path}/nothing)", status=404),
            headers={"Authorization": ""},
        ),
        Raw("GET", "/conversations", _not_allowed("GET", "{base_path}/conversations"), headers={"Authorization": ""}),
        Raw(
            "POST",
            "/conversations",
            _NO_KEY,
            body="{",
            headers={"Authorization": "", "Content-Type": "text/plain"},
        ),
        Raw("POST", "/conversations", _content_type("text/plain"), body="{", headers={"Content-Type": "text/plain"}),
        Raw("POST", "/conversations/bad/items?include[]=bogus", _INVALID_JSON, body="{"),
        Raw(
            "POST",
            "/conversations/bad/items?include[]=bogus",
            refused(
                "Invalid 'conversation_id': 'bad'. Expected an ID that begins with 'conv'.",
                param="conversation_id",
                code="invalid_value",
            ),
            body="{}",
        ),
        Raw(
            "GET",
            "/conversations/bad/items?limit=1&limit=2",
            refused(
                "Invalid 'conversation_id': 'bad'. Expected an ID that begins with 'conv'.",
                param="conversation_id",
                code="invalid_value",
            ),
        ),
        create_items([{}], unsupported("items[0]", "", _ROLES), to="conv_nonexistent123"),
        create_items([_HELLO], no_conversation("conv_nonexistent123"), to="conv_nonexistent123"),
    ),
)
