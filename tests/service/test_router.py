"""Requests in the order of their checks: what is read of them, and what is answered where no operation is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim import RefusedRouteError, UsageError
from convsim.emulator import Emulator
from convsim.faults import EmptyBody, Fault, Latency, Overloaded, Rule, TruncatedJSON, WrongContentType
from convsim.http.messages import Request, Response
from convsim.journal.entries import Exchange
from tests.asking import app, handle
from tests.service.asking import JSON, KEY, a_conversation, ask, parsed, sentence

# --- answers -------------------------------------------------------------------------------------------------------

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "status": "completed",
    "content": [{"type": "input_text", "text": "one"}],
    "role": "user",
}
CONVERSATION = {"id": "conv_1", "object": "conversation", "created_at": 1741900000, "metadata": {}}
ANSWERS = [
    ("POST", "/conversations", b"", CONVERSATION | {"id": "conv_2"}),
    ("GET", "/conversations/conv_1", b"", CONVERSATION),
    ("POST", "/conversations/conv_1", b'{"metadata": {"a": "1"}}', CONVERSATION | {"metadata": {"a": "1"}}),
    ("DELETE", "/conversations/conv_1", b"", {"id": "conv_1", "object": "conversation.deleted", "deleted": True}),
    (
        "POST",
        "/conversations/conv_1/items",
        b'{"items": [{"role": "user", "content": "two"}]}',
        {
            "object": "list",
            "data": [MESSAGE | {"id": "msg_2", "content": [{"type": "input_text", "text": "two"}]}],
            "first_id": "msg_2",
            "has_more": False,
            "last_id": "msg_2",
        },
    ),
    (
        "GET",
        "/conversations/conv_1/items",
        b"",
        {"object": "list", "data": [MESSAGE], "first_id": "msg_1", "has_more": False, "last_id": "msg_1"},
    ),
    ("GET", "/conversations/conv_1/items/msg_1", b"", MESSAGE),
    ("DELETE", "/conversations/conv_1/items/msg_1", b"", CONVERSATION),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"), ANSWERS, ids=[f"{method} {path}" for method, path, _, _ in ANSWERS]
)
def test_every_route_answers_exact_json(method: str, path: str, body: bytes, expected: dict[str, Any]) -> None:
    answer = ask(a_conversation(), method, path, body)

    assert answer.status == 200
    assert answer.body == json.dumps(expected, indent=2).encode()
    assert dict(answer.headers)[b"Content-Length"] == b"%d" % len(answer.body)


# --- the order of checks -------------------------------------------------------------------------------------------

NO_KEY = "Missing bearer or basic authentication in header"
NOT_JSON = "Invalid body: failed to parse JSON value."
WRONG_TYPE = "Unsupported content type: 'text/plain'."
TEXT = {b"content-type": b"text/plain"}
# Each request is wrong in its own way and in every way that is checked later.
ORDER = [
    pytest.param("POST", "/x/notaconv", "limit=x", {}, b"{", 404, "Invalid URL (POST /v1/x/notaconv)", id="route"),
    pytest.param(
        "PUT",
        "/conversations/notaconv/items",
        "include[]=x",
        {},
        b"{",
        405,
        "Not allowed to PUT on /v1/conversations/notaconv/items."
        " (HINT: Perhaps you meant to use a different HTTP method?)",
        id="method",
    ),
    pytest.param("POST", "/conversations/notaconv/items", "include[]=x", TEXT, b"{", 401, NO_KEY, id="key"),
    pytest.param(
        "POST", "/conversations/notaconv/items", "include[]=x", KEY | TEXT, b"{", 400, WRONG_TYPE, id="content type"
    ),
    pytest.param("POST", "/conversations/notaconv/items", "include[]=x", KEY | JSON, b"{", 400, NOT_JSON, id="JSON"),
    pytest.param(
        "POST",
        "/conversations/notaconv/items",
        "include[]=x",
        KEY | JSON,
        b"{}",
        400,
        "Invalid 'conversation_id': 'notaconv'. Expected an ID that begins with 'conv'.",
        id="id in the path",
    ),
    pytest.param(
        "POST", "/conversations/conv_x/items", "include[]=x", KEY | JSON, b"{}", 400, "Invalid value: 'x'.", id="query"
    ),
    pytest.param(
        "POST",
        "/conversations/conv_x/items",
        "",
        KEY | JSON,
        b"{}",
        400,
        "Missing required parameter: 'items'.",
        id="body",
    ),
    pytest.param(
        "POST",
        "/conversations/conv_x/items",
        "",
        KEY | JSON,
        b'{"items": [{"id": "msg_x"}]}',
        404,
        "Conversation with id 'conv_x' not found.",
        id="conversation",
    ),
    pytest.param(
        "POST",
        "/conversations/conv_1/items",
        "",
        KEY | JSON,
        b'{"items": [{"id": "msg_1"}, {"id": "msg_x"}]}',
        404,
        "Item with id 'msg_x' not found.",
        id="reference",
    ),
    pytest.param(
        "POST",
        "/conversations/conv_1/items",
        "",
        KEY | JSON,
        b'{"items": [{"id": "msg_1"}]}',
        400,
        "Item already in conversation",
        id="already there",
    ),
]


@pytest.mark.parametrize(("method", "path", "query", "headers", "body", "status", "begins"), ORDER)
def test_checks_are_made_in_the_order_of_the_live_api(
    method: str, path: str, query: str, headers: dict[bytes, bytes], body: bytes, status: int, begins: str
) -> None:
    sim = a_conversation()
    before = sim.state
    answer = ask(sim, method, path, body, query=query, headers=headers)

    assert answer.status == status
    assert parsed(answer)["error"]["message"].startswith(begins)
    assert sim.state == before


# --- what is read of a request -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/conversations/conv_1", "/conversations/conv_1/items"])
def test_a_body_of_a_route_that_takes_none_is_not_read(path: str) -> None:
    assert ask(a_conversation(), "GET", path, b"{", headers=KEY | TEXT).status == 200


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/conversations/conv_1", (400, "Missing required parameter: 'metadata'.")),
        ("/conversations/conv_1/items", (400, "Missing required parameter: 'items'.")),
    ],
)
@pytest.mark.parametrize("body", [b"", b"{}"], ids=["empty", "object"])
def test_an_empty_body_reads_as_an_empty_object(path: str, expected: tuple[int, str], body: bytes) -> None:
    assert sentence(ask(a_conversation(), "POST", path, body)) == expected


def test_create_takes_an_empty_body_without_a_content_type() -> None:
    assert parsed(ask(Emulator(ids="sequential"), "POST", "/conversations", headers=KEY)) == CONVERSATION


@pytest.mark.parametrize(
    ("headers", "named"),
    [({}, ""), (TEXT, "text/plain"), ({b"content-type": b"multipart/form-data; boundary=x"}, "multipart/form-data")],
    ids=["missing", "text", "form"],
)
def test_a_body_of_another_content_type_is_refused(headers: dict[bytes, bytes], named: str) -> None:
    answer = ask(Emulator(), "POST", "/conversations", b"{}", headers=KEY | headers)

    assert parsed(answer)["error"] == {
        "message": (
            f"Unsupported content type: '{named}'. This API method only accepts 'application/json' requests, but you"
            f" specified the header 'Content-Type: {named}'. Please try again with a supported content type."
        ),
        "type": "invalid_request_error",
        "param": None,
        "code": "unsupported_content_type",
    }


@pytest.mark.parametrize(
    ("body", "word"), [(b"[]", "an array"), (b"null", "null"), (b'"x"', "a string"), (b"1", "an integer")]
)
def test_a_body_that_is_no_object_is_refused(body: bytes, word: str) -> None:
    answer = ask(Emulator(), "POST", "/conversations", body)

    assert sentence(answer) == (400, f"Invalid type: expected an object, but got {word} instead.")
    assert parsed(answer)["error"]["param"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/conversations/conv%5F1", 200),
        ("/conversations/%63onv_1/items/%6dsg_1", 200),
        ("/conversations/conv_1%2F", 400),
        ("/conversations/conv_1%20", 400),
    ],
)
def test_ids_in_a_path_are_percent_decoded(path: str, status: int) -> None:
    assert ask(a_conversation(), "GET", path).status == status


def test_an_id_is_named_as_decoded_and_a_path_as_sent() -> None:
    sim = a_conversation()

    assert sentence(ask(sim, "GET", "/conversations/a%20b")) == (
        400,
        "Invalid 'conversation_id': 'a b'. Expected an ID that begins with 'conv'.",
    )
    assert sentence(ask(sim, "GET", "/a%20b")) == (404, "Invalid URL (GET /v1/a%20b)")


def test_the_query_is_read_as_the_sdk_sends_it() -> None:
    sim = a_conversation()
    sim.conversations.items.create("conv_1", items=[{"role": "user", "content": "two"}])
    query = "order=asc&limit=1&include[]=message.input_image.image_url&include%5B%5D=reasoning.encrypted_content&x=1"

    page = parsed(ask(sim, "GET", "/conversations/conv_1/items", query=query))
    assert (page["first_id"], page["last_id"], page["has_more"]) == ("msg_1", "msg_1", True)


# --- faults, and what the journal is told of them ------------------------------------------------------------------

ADD = ("POST", "/conversations/conv_1/items", b'{"items": [{"role": "user", "content": "two"}]}')


def noted(sim: Emulator) -> tuple[list[str], Response | None]:
    """The faults of the last exchange, and the answer that was lost."""
    entry = sim.journal[-1]
    assert isinstance(entry, Exchange)
    return [type(fault).__name__ for fault in entry.faults], entry.lost


@pytest.mark.parametrize(
    ("fault", "after_commit", "items"),
    [(Overloaded(), None, 1), (Overloaded(), True, 2), (EmptyBody(), None, 2), (TruncatedJSON(), None, 2)],
    ids=str,
)
def test_an_answer_that_the_client_never_saw_is_noted(fault: Fault, after_commit: bool | None, items: int) -> None:
    expected = ask(a_conversation(), *ADD)
    sim = a_conversation()
    sim.faults.add(fault, after_commit=after_commit)
    got = ask(sim, *ADD)

    assert got.body != expected.body
    assert noted(sim) == ([type(fault).__name__], expected if items == 2 else None)
    assert len(sim.state["conv_1"].items) == items
    assert dict(got.headers)[b"X-Request-ID"] == dict(expected.headers)[b"X-Request-ID"]


@pytest.mark.parametrize("fault", [Latency(0), WrongContentType()], ids=str)
def test_an_answer_that_came_after_all_is_not_lost(fault: Fault) -> None:
    sim = a_conversation(faults=[fault])
    ask(sim, *ADD)

    assert noted(sim) == ([type(fault).__name__], None)


def test_an_exchange_without_a_fault_says_so() -> None:
    sim = a_conversation(faults=[Rule(Overloaded(), skip=1)])
    ask(sim, *ADD)

    assert noted(sim) == ([], None)


def test_a_refusal_can_be_lost_too() -> None:
    sim = a_conversation(faults=[Rule(Overloaded(), after_commit=True)])
    assert ask(sim, "GET", "/conversations/conv_x").status == 503
    faults, lost = noted(sim)

    assert faults == ["Overloaded"]
    assert lost is not None
    assert sentence(lost) == (404, "Conversation with id 'conv_x' not found.")


def test_armed_rules_that_do_not_happen_change_no_byte() -> None:
    script: list[Any] = [("GET", "/conversations/conv_1"), ADD, ("GET", "/nowhere"), ("GET", "/conversations/conv_x")]
    plain, armed = a_conversation(), a_conversation(faults=[Rule(Overloaded(), conversation="conv_9")])

    assert [ask(armed, *request) for request in script] == [ask(plain, *request) for request in script]


# --- paths where no operation is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
@pytest.mark.parametrize("path", ["/chat/completions", "/models", "/live/sessions", "/realtime/calls", "/traces"])
def test_a_path_that_only_the_live_api_has_is_refused_and_counts_as_a_miss(method: str, path: str) -> None:
    sim = a_conversation()
    before = sim.snapshot()

    with pytest.raises(
        RefusedRouteError, match=rf"^{method} /v1{path} was not answered: the live API has this"
    ) as caught:
        ask(sim, method, path, b"{")

    assert sim.refused == (caught.value,)
    assert (sim.snapshot(), len(sim.journal)) == (before, 1)
    sim.reset()
    assert not sim.refused


def test_such_a_call_that_the_sdk_tries_again_is_one_miss() -> None:
    sim = a_conversation()
    for attempt in (b"0", b"1", b"2"):
        headers = ((b"Authorization", b"Bearer sk-any"), (b"x-stainless-retry-count", attempt))
        with pytest.raises(RefusedRouteError):
            handle(sim, Request("GET", "/models", "/v1/models", "", headers, b""))
    assert len(sim.refused) == 1


@pytest.mark.parametrize("path", ["/chat/completions", "/live/sessions"])
def test_such_a_path_is_the_live_404_on_demand(path: str) -> None:
    sim = Emulator(unknown_routes="404")
    assert sentence(ask(sim, "GET", path)) == (404, f"Invalid URL (GET /v1{path})")
    assert (app(sim).serves("GET", path), sim.refused) == (True, ())


@pytest.mark.parametrize("options", [{}, {"unknown_routes": "404"}, {"api_keys": ["sk-other"]}])
def test_traces_are_taken_and_leave_no_trace(options: dict[str, Any]) -> None:
    sim = Emulator(**options)
    before = sim.snapshot()
    answer = ask(sim, "POST", "/traces/ingest", b'{"data": []}')
    assert (answer.status, answer.body) == (204, b"")
    assert (list(sim.journal), sim.refused, sim.snapshot()) == ([], (), before)


@pytest.mark.parametrize("path", ["/live/sessions", "/realtime/translations", "/chat/completions"])
def test_a_websocket_to_such_a_path_is_refused_with_a_cure_that_works_for_one(path: str) -> None:
    sim = Emulator()
    with pytest.raises(RefusedRouteError) as caught:
        app(sim).connect(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"The WebSocket to /v1{path} was not opened: the live API has this path, and convsim")
    assert "It emulates the WebSockets /v1/realtime and /v1/responses of OpenAI." in sentence
    assert "respx" not in sentence
    assert sim.refused == (caught.value,)


def test_a_websocket_to_a_path_without_a_session_is_answered_over_http() -> None:
    sim = Emulator()
    assert app(sim).connect("/none") is None
    assert app(Emulator(unknown_routes="404")).connect("/live/sessions") is None
    assert app(Emulator(unknown_routes="404", service="foundry")).connect("/responses") is None
    assert sim.refused == ()


def test_turns_over_a_websocket_of_foundry_are_refused_by_name() -> None:
    sim = Emulator(service="foundry")
    with pytest.raises(RefusedRouteError, match="no source describes a WebSocket of Azure AI Foundry"):
        app(sim).connect("/responses")
    assert len(sim.refused) == 1


def test_an_option_that_does_not_exist_is_a_misuse() -> None:
    with pytest.raises(UsageError, match=r"^Emulator\(unknown_routes='pass'\): write 'refuse' or '404'$"):
        Emulator(unknown_routes="pass")  # type: ignore[arg-type]
