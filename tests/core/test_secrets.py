"""Secrets that no part of a journal may contain: keys and cookies."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convsim import Emulator
from convsim.core.secrets import (
    body_without_secrets,
    frame_without_secrets,
    json_without_secrets,
    query_without_secrets,
    text_without_secrets,
    without_secrets,
)
from convsim.faults import BodyReset, ConnectionReset, RateLimited, TruncatedJSON, Unauthorized
from convsim.http.messages import Request, Response
from convsim.journal.entries import Entry, Exchange
from tests.asking import ATTEMPT, HELLO, client

SECRET = "sk-proj-4c1dQmVyeXNlY3JldA"
LONG = SECRET.ljust(164, "x")  # as keys of projects are


def everything_in(thing: object, seen: set[int] | None = None) -> list[object]:
    """The thing and all that can be reached from it: members, slots, keys, values and elements."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type) or callable(thing):
        return []
    seen.add(id(thing))
    inside: list[object] = []
    if isinstance(thing, dict):
        inside += [*thing.keys(), *thing.values()]
    elif not isinstance(thing, (str, bytes)) and hasattr(thing, "__iter__"):
        inside += list(thing)
    inside += vars(thing).values() if hasattr(thing, "__dict__") else ()
    slots = [name for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ())]
    inside += [getattr(thing, name) for name in slots if hasattr(thing, name)]
    return [thing, *(found for member in inside for found in everything_in(member, seen))]


def require_none_of(secret: str, sim: Emulator) -> None:
    """The secret is nowhere in the journal: not in an entry, its text, its parts, nor its pickled bytes."""
    assert len(sim.journal) > 0
    reached = everything_in(sim.journal)
    assert any(isinstance(thing, Entry) for thing in reached)
    texts = [thing if isinstance(thing, str) else repr(thing) for thing in reached]
    assert not [text for text in texts if secret in text]
    assert secret not in str(sim.journal) + repr(sim.journal)
    assert secret.encode() not in pickle.dumps([list(sim.journal), sim.journal.calls(), sim.journal.select()])


HEADERS = [
    {"Authorization": f"Bearer {SECRET}"},
    {"authorization": f"Basic {SECRET}"},
    {"AUTHORIZATION": SECRET},
    {"api-key": SECRET},
    {"Api-Key": SECRET},
    {"Cookie": f"session={SECRET}"},
    {"Proxy-Authorization": f"Basic {SECRET}"},
    {"Ocp-Apim-Subscription-Key": SECRET},
    {"X-Auth": SECRET},
    {"X-Amz-Security-Token": SECRET},
    {"CF-Access-Client-Secret": SECRET},
    {"X-Session-Cookie": SECRET},
    {"x_apikey": SECRET},
]


@pytest.mark.parametrize("headers", HEADERS, ids=" ".join)
@pytest.mark.parametrize("keys", [None, ["sk-other-and-long"]], ids=["accepted", "refused"])
def test_a_secret_is_not_kept(headers: dict[str, str], keys: Any) -> None:
    sim = Emulator(api_keys=keys)
    with httpx2.Client(transport=sim.httpx2_transport(), base_url="https://api.openai.com/v1") as http:
        http.post("/conversations", json={"items": [HELLO]}, headers=headers)
        http.get("/nowhere", headers=headers)
        http.put("/conversations/conv_a", headers=headers)

    require_none_of(SECRET, sim)
    kept = [entry.request.headers for entry in sim.journal if isinstance(entry, Exchange)]
    (name,) = headers
    assert all((name.encode(), b"[redacted]") in pairs for pairs in kept)
    assert all(b"[redacted]" not in value for pairs in kept for key, value in pairs if key != name.encode())


@pytest.mark.parametrize(("key", "told"), [("sk-12-signs!", "sk-12-signs!"), ("sk-13-signs!!", "sk-13-si*ns!!")])
def test_a_refused_key_is_kept_as_the_live_sentence_spells_it(key: str, told: str) -> None:
    sim = Emulator(api_keys=["sk-other"])
    client(sim, key).post("/conversations")

    (entry,) = sim.journal
    assert entry.error is not None
    assert entry.error["message"].startswith(f"Incorrect API key provided: {told}. ")


def test_a_key_that_is_offered_as_a_subprotocol_is_not_kept() -> None:
    offered = b"realtime, openai-insecure-api-key.sk-secret, openai-beta.realtime-v1"
    for name in (b"Sec-WebSocket-Protocol", b"sec-websocket-protocol"):
        for _ in range(2):
            assert without_secrets([(name, offered)]) == [
                (name, b"realtime, openai-insecure-api-key.[redacted], openai-beta.realtime-v1")
            ]


def test_what_clients_put_into_bodies_is_kept_as_it_came(tmp_path: Path) -> None:
    body = b'{"items": [{"role":"user", "content": "my key is sk-mine"}], "metadata": {"author": "keyword"}}'
    sim = Emulator()
    with client(sim, SECRET, **{"Content-Type": "application/json"}) as http:
        assert http.post("/conversations", content=body).status_code == 200

    (entry,) = sim.journal
    assert isinstance(entry, Exchange)
    assert entry.request.body == body
    sim.dump_journal(tmp_path / "journal.json")
    for shown in (sim.page(), (tmp_path / "journal.json").read_text(encoding="utf-8")):
        assert "my key is sk-mine" in shown


OF_BODIES = ["authorization", "api_key", "secret", "headers", "passw", "access_token", "refresh_token", "id_token"]
OF_BODIES += ["auth_token", "bearer", "assertion", "credential", "signature"]


@pytest.mark.parametrize("spell", [str, str.upper, "my_{}_1".format], ids=["as it is", "upper", "inside"])
@pytest.mark.parametrize("name", OF_BODIES)
def test_a_member_of_a_body_that_is_named_as_a_secret_leaves_memory_nowhere(
    name: str, spell: Any, tmp_path: Path
) -> None:
    """The names that docs/security.md lists."""
    sim = Emulator()
    with client(sim) as http:
        assert http.post("/conversations", json={"metadata": {spell(name): SECRET, "a": "kept"}}).status_code == 200
        assert http.post("/conversations", json={spell(name): {"deep": [SECRET]}}).status_code == 400

    require_none_of(SECRET, sim)
    sim.dump(tmp_path / "state.json")
    sim.dump_journal(tmp_path / "journal.json")
    shown = [sim.story(), sim.page(), *(file.read_text(encoding="utf-8") for file in tmp_path.iterdir())]
    assert len(shown) == 4
    for text in shown:
        assert SECRET not in text
    sim.dump(tmp_path / "state.json", keep_secrets=True)
    assert SECRET in (tmp_path / "state.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["passw", "pwd", "credential", "signature", "assertion", "jwt", "key", "token", "auth", "secret", "cookie"]
)
def test_headers_and_parameters_of_these_names_are_redacted(name: str) -> None:
    """The names that docs/security.md lists."""
    sim = Emulator()
    with client(sim, **{f"X-{name.title()}-1": SECRET}) as http:
        http.get("/conversations/conv_x", params={f"my{name.upper()}": SECRET})

    require_none_of(SECRET, sim)


def test_a_header_that_comes_twice_is_redacted_twice() -> None:
    sim = Emulator()
    headers = [("Authorization", f"Bearer {SECRET}"), ("Authorization", f"Bearer {SECRET}2"), ("X-Mine", "kept")]
    with httpx.Client(transport=sim.httpx_transport(), base_url="https://api.openai.com/v1") as http:
        http.get("/conversations/conv_a", headers=headers)

    require_none_of(SECRET, sim)
    entry = sim.journal[0]
    assert isinstance(entry, Exchange)
    assert (entry.request.header(b"authorization"), entry.request.header(b"x-mine")) == (b"[redacted]", b"kept")


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        (Unauthorized(), False),
        (Unauthorized(), True),
        (RateLimited(), False),
        (ConnectionReset(), True),
        (BodyReset(), None),
        (TruncatedJSON(), None),
    ],
    ids=str,
)
def test_a_fault_keeps_no_secret_either(fault: Any, after: bool | None) -> None:
    sim = Emulator()
    sim.faults.add(fault, after_commit=after)
    try:
        client(sim, SECRET).post("/conversations", json={"items": [HELLO]})
    except httpx2.ReadError:
        assert isinstance(fault, (ConnectionReset, BodyReset))

    require_none_of(SECRET, sim)


def test_the_sdks_key_is_not_kept() -> None:
    sim = Emulator(api_keys=[SECRET])
    made = sim.openai().conversations.create()
    sim.openai().conversations.items.list(made.id)

    require_none_of(SECRET, sim)


def test_the_handed_request_stays_as_it_was() -> None:
    sim = Emulator(api_keys=[SECRET])
    answers = [client(sim, SECRET).post("/conversations").status_code for _ in range(2)]

    assert answers == [200, 200]


def test_each_request_is_looked_at_whatever_names_another_one_had() -> None:
    sim = Emulator()
    for more in ({}, {"Cookie": SECRET}, {"cookie": SECRET}, {"X-Secret": SECRET, "Cookie": SECRET}, {}):
        client(sim, SECRET, **{"X-One": "1", **more, "X-Two": "2"}).get("/conversations/conv_a")

    require_none_of(SECRET, sim)
    for entry in sim.journal:
        assert isinstance(entry, Exchange)
        assert [entry.request.header(name) for name in (b"x-one", b"x-two")] == [b"1", b"2"]


QUERIES = [
    (f"api-key={SECRET}", "api-key=[redacted]"),
    (f"API_KEY={SECRET}&limit=2", "API_KEY=[redacted]&limit=2"),
    (f"limit=2&access_token={SECRET}", "limit=2&access_token=[redacted]"),
    (f"api%2Dk%65y={SECRET}", "api%2Dk%65y=[redacted]"),
    (f"sig+secret={SECRET}={SECRET}", "sig+secret=[redacted]"),
    (f"key={SECRET}&key={SECRET}2", "key=[redacted]&key=[redacted]"),
]


@pytest.mark.parametrize(("query", "kept"), QUERIES)
def test_a_secret_in_the_query_is_not_kept(query: str, kept: str, tmp_path: Path) -> None:
    sim = Emulator()
    sim.seed("conv_a")
    for path in ("/conversations/conv_a/items", "/conversations/conv_b", "/nowhere"):
        client(sim).get(f"{path}?{query}")
    sim.dump_journal(tmp_path / "journal.json")

    require_none_of(SECRET, sim)
    assert [entry.query for entry in sim.journal if isinstance(entry, Exchange)] == [f"?{kept}"] * 3
    for shown in (sim.story(), sim.page(), sim.diagram(), (tmp_path / "journal.json").read_text()):
        assert SECRET not in shown


@pytest.mark.parametrize(
    "query", ["limit=2&order=asc", "include[]=reasoning.encrypted_content", "key", "token=", "&&=&"]
)
def test_a_query_without_secrets_is_kept_as_it_was_sent(query: str) -> None:
    assert query_without_secrets(query) == query


def test_headers_without_secrets_are_kept() -> None:
    sim = Emulator()
    sent = {"Idempotency-Key": "stainless-1", "X-Stainless-Retry-Count": "0", "OpenAI-Organization": "org-1"}
    client(sim, **sent).post("/conversations")
    (entry,) = sim.journal

    assert isinstance(entry, Exchange)
    assert [entry.request.header(name.lower().encode()).decode() for name in sent] == list(sent.values())


def test_requests_that_differ_in_nothing_but_their_key_are_retries_all_the_same() -> None:
    sim = Emulator(faults=[RateLimited()])
    for attempt in range(2):
        client(sim).get(f"/conversations/conv_1?api-key={attempt}", headers={ATTEMPT: str(attempt)})

    assert [len(call) for call in sim.journal.calls()] == [2]


# --- events --------------------------------------------------------------------------------------------------------

MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp"}


def update(**tool: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", "tools": [MCP | tool], "instructions": "Hi é"}}


NAMES = [
    *("authorization", "Authorization", "AUTHORIZATION", "proxy-authorization", "api_key", "api-key", "apiKey"),
    *("x-api-key", "OPENAI_API_KEY", "client_secret", "clientSecret", "headers", "Headers"),
]
VALUES: list[Any] = [SECRET, {"X-Mine": SECRET}, [SECRET], {"value": {"deep": [SECRET]}}]


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_a_member_that_holds_a_secret_is_redacted_and_all_else_stays(name: str, value: Any) -> None:
    kept = frame_without_secrets(json.dumps(update(**{name: value})))

    assert json.loads(kept) == update(**{name: "[redacted]"})


@pytest.mark.parametrize("name", ["jwt", "sig", "pwd", "PWD"])
def test_a_member_of_a_short_name_is_redacted_where_it_is_the_whole_name(name: str) -> None:
    text = json.dumps({name: SECRET, f"{name}s": "kept", f"my_{name}": "kept"}, separators=(",", ":"))

    assert frame_without_secrets(text) == text.replace(SECRET, "[redacted]")


@pytest.mark.parametrize("sender", ["client", "server"])
def test_the_secrets_of_an_event_are_nowhere_in_the_journal(sender: Any, tmp_path: Path) -> None:
    sim = Emulator()
    told = json.dumps(update(authorization=SECRET, headers={"X-Mine": SECRET}))
    for text in (told, told[:-1], told.encode(), told.replace("auth", "\\u0061uth")):
        sim.journal.frame(0, "proj_default", "sess_1", sender, text)

    require_none_of(SECRET, sim)
    for shown in (sim.story(), *(text for entry in sim.journal for text in entry.texts)):
        assert SECRET not in shown


@pytest.mark.parametrize(
    "text",
    [
        f'{{"authorization": "{SECRET}", "authorization": null}}',
        f'{{"a": {{"authorization": "{SECRET}"}}, "a": 5}}',
        f'{{"\\u0061uthorization": "{SECRET}"}}',
        f'{{"\\u0041UTHORIZATIO\\u004E": "{SECRET}"}}',
        f'{{"api\\u005fkey": "{SECRET}"}}',
        f'[[{{"header\\u0073": {{"a": "{SECRET}"}}}}]]',
        f'{{"authorization": "\\ud800{SECRET}"}}',
    ],
)
def test_a_secret_that_is_spelt_oddly_is_not_kept(text: str) -> None:
    kept = frame_without_secrets(text)

    assert isinstance(json.loads(text), dict | list)
    assert isinstance(json.loads(kept), dict | list)
    assert SECRET not in kept


BROKEN = [
    (f'{{"type": "session.update", "authorization": "{SECRET}', '{"type": "session.update", "authorization [redacted]'),
    (f"{{'type': 'x', 'headers': {{'a': '{SECRET}'}}}}", "{'type': 'x', 'headers [redacted]"),
    (f'{{"\\u0061pi_key": "{SECRET}",}}', '{"api_key [redacted]'),
    (f"Client-Secret={SECRET}", "Client-Secret [redacted]"),
    (f"'api_key': '{LONG}', 'input': '{'x' * 200}'", "'api_key [redacted]"),
    ('{"a":' * 100_000 + f'{{"authorization": "{SECRET}"', '{"a":' * 100_000 + '{"authorization [redacted]'),
]


@pytest.mark.parametrize(("text", "kept"), BROKEN, ids=["cut off", "python", "comma", "no JSON", "long", "deep"])
def test_of_what_is_no_json_nothing_is_kept_behind_such_a_name(text: str, kept: str) -> None:
    assert frame_without_secrets(text) == kept
    assert frame_without_secrets(text.encode()) == kept.encode()


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    assert frame_without_secrets(b"\xff authorization \xfe") == b"\xff authorization [redacted]"
    assert frame_without_secrets(bytes(range(256))) == bytes(range(256))


@pytest.mark.parametrize(
    "text",
    [
        '{ "type": "conversation.item.create",  "item": {"id": "item_1"} }',
        '{"instructions": "The key is a secret, as the authorization in the headers is."}',
        '{"tokens": 5, "keyboard": "caf\\u00e9", "author": "\\u0061"}',
        '{"arguments": "{\\"api_key\\": 5}"}',
        "the key, as \\u0061 text",
        "",
    ],
)
def test_a_frame_without_such_members_is_kept_to_the_letter(text: str) -> None:
    assert frame_without_secrets(text) == text


def spelt(name: str, escaped: set[int]) -> str:
    return "".join(f"\\u{ord(sign):04x}" if place in escaped else sign for place, sign in enumerate(name))


@given(
    st.sampled_from(NAMES),
    st.sets(st.integers(0, 12)),
    st.recursive(st.just("%s"), lambda inner: st.builds('{{"a": [5, {}], "b": "é"}}'.format, inner)),
    st.integers(0, 3),
    st.booleans(),
)
def test_however_it_is_spelt_and_wherever_it_stands_and_breaks_off(
    name: str, escaped: set[int], around: str, missing: int, binary: bool
) -> None:
    text = around % f'{{"{spelt(name, escaped)}": "{SECRET}"}}'
    text = text[: len(text) - missing]
    kept = frame_without_secrets(text.encode() if binary else text)

    assert SECRET not in (kept if isinstance(kept, str) else kept.decode())


# --- URLs ----------------------------------------------------------------------------------------------------------

URLS = [
    ("https://user:pass@host/path", "https://[redacted]@host/path"),
    ("see https://token@host, and x", "see https://[redacted]@host, and x"),
    ("wss://host/?access_token=abc&limit=2", "wss://host/?access_token=[redacted]&limit=2"),
    ("https://host/a.png?sv=1&sig=abc%3D", "https://host/a.png?sv=1&sig=[redacted]"),
    ("https://host/?X-Amz-Signature=abc&X-Amz-Date=1", "https://host/?X-Amz-Signature=[redacted]&X-Amz-Date=1"),
    ("https://host/?apiKey=abc#access_token=def", "https://host/?apiKey=[redacted]#access_token=[redacted]"),
    ("https://host/?client_assertion=eyJh.eyJi.c", "https://host/?client_assertion=[redacted]"),
    ("https:\\/\\/user:pass@host", "https:\\/\\/[redacted]@host"),
    ("https://host/?AWSAccessKeyId=abc", "https://host/?AWSAccessKeyId=[redacted]"),
]


@pytest.mark.parametrize(("text", "kept"), URLS)
def test_a_secret_in_a_url_is_redacted(text: str, kept: str) -> None:
    assert text_without_secrets(text) == kept


WORDS = ["key", "token", "auth", "authorization", "secret", "cookie", "password", "passwd", "pwd", "sig", "signature"]
WORDS += ["credential", "credentials", "assertion", "jwt", "apikey", "accesskey", "accesstoken", "sastoken"]


@pytest.mark.parametrize("word", WORDS)
def test_parameters_of_these_words_are_redacted_in_urls(word: str) -> None:
    """The names of docs/security.md, as words of a parameter."""
    kept = f"https://host/?{word}=[redacted]&my-{word.upper()}=[redacted]&x{word}x=kept"
    assert text_without_secrets(kept.replace("[redacted]", SECRET)) == kept


LONG_ONES: list[tuple[Any, Any]] = [
    (text_without_secrets, f"https://host/?sig={LONG}&a=b"),
    (text_without_secrets, f"https://{LONG}@host"),
    (query_without_secrets, f"a=b&key={LONG}"),
    (without_secrets, [(b"api-key", LONG.encode())]),
    (without_secrets, [(b"sec-websocket-protocol", f"openai-insecure-api-key.{LONG}".encode())]),
    (frame_without_secrets, f'{{"authorization": "{LONG}"}}'),
    (json_without_secrets, {"authorization": LONG}),
]


@pytest.mark.parametrize(("redact", "value"), LONG_ONES)
def test_of_a_long_secret_no_end_is_kept(redact: Any, value: Any) -> None:
    kept = str(redact(value))

    assert "[redacted]" in kept
    assert "xxx" not in kept


def test_a_long_parameter_is_found_by_its_last_word() -> None:
    name = f"{'a' * 200}-token"
    assert text_without_secrets(f"https://host/?{name}={SECRET}") == f"https://host/?{name}=[redacted]"


@pytest.mark.parametrize(
    "text",
    [
        "https://host/@user/story?keyword=cat&author=me&q=a@b",
        "mail me@example.org: token=abc",
        "key: value",
        "data:image/png;base64,AAAA",
        "https://host/?token=",
    ],
)
def test_a_text_without_secrets_stays(text: str) -> None:
    assert text_without_secrets(text) == text


# --- parsed JSON ---------------------------------------------------------------------------------------------------


def test_json_keeps_its_shape() -> None:
    tool = {
        "authorization": SECRET,
        "headers": {"X-Mine": SECRET, "n": 5, "deep": [SECRET, None]},
        "server_url": f"https://a:{SECRET}@b/c",
    }
    given = {"tools": (MCP | tool,), "password": "", "secret": None, "jwt": "[redacted]", "pwd": 5}

    assert json_without_secrets(given) == {
        "tools": [
            MCP
            | {
                "authorization": "[redacted]",
                "headers": {"X-Mine": "[redacted]", "n": 5, "deep": ["[redacted]", None]},
                "server_url": "https://[redacted]@b/c",
            }
        ],
        "password": "",
        "secret": None,
        "jwt": "[redacted]",
        "pwd": 5,
    }


def test_what_is_given_stays_as_it_was() -> None:
    given = {"authorization": SECRET, "a": [{"headers": {"b": SECRET}}]}
    json_without_secrets(given)

    assert given == {"authorization": SECRET, "a": [{"headers": {"b": SECRET}}]}


def test_names_of_a_schema_are_no_secrets() -> None:
    schema = {"type": "object", "properties": {"password": {"type": "string"}, "headers": {"type": "object"}}}

    assert json_without_secrets({"parameters": schema}) == {"parameters": schema}
    assert json_without_secrets({"properties": {"password": SECRET}}) == {"properties": {"password": "[redacted]"}}
    assert json.loads(str(frame_without_secrets(json.dumps({"parameters": schema})))) == {"parameters": schema}


def test_tokens_of_a_model_are_no_secrets() -> None:
    logprobs = {"logprobs": [{"token": "Hi", "logprob": 0.0}], "max_output_tokens": 5}

    assert json_without_secrets(logprobs) == logprobs


BODIES = [
    (b'{"authorization":"x"}', b'{"authorization":"[redacted]"}'),
    (b"client_assertion=eyJ&a=b", b"client_assertion [redacted]"),
    (b'\xff {"password": "x"}', b'\xff {"passw [redacted]'),
    (b"\xff nothing", b"\xff nothing"),
    ('{"a": "é"}'.encode(), '{"a": "é"}'.encode()),
    (b"", b""),
    (b'{"url":"https://u:p@h"}', b'{"url":"https://[redacted]@h"}'),
]


@pytest.mark.parametrize(("body", "kept"), BODIES)
def test_bodies_over_http_are_redacted(body: bytes, kept: bytes) -> None:
    assert body_without_secrets(body) == kept


def test_bodies_are_redacted_in_the_journal_and_all_that_is_made_of_it(tmp_path: Path) -> None:
    sim = Emulator()
    tool = MCP | {
        "authorization": SECRET,
        "headers": {"X-Mine": SECRET},
        "server_url": f"https://u:{SECRET}@h/?token={SECRET}",
    }
    items = [{"type": "additional_tools", "role": "developer", "tools": [tool]}]
    with client(sim) as http:
        made = http.post("/conversations", json={"items": items}).json()
        http.get(f"/conversations/{made['id']}/items")
    sim.faults.add(ConnectionReset(), after_commit=True)
    with client(sim) as http, pytest.raises(httpx2.ReadError):
        http.post("/conversations", json={"items": items})
    sim.faults.add(BodyReset())
    with client(sim) as http, pytest.raises(httpx2.ReadError):
        http.get(f"/conversations/{made['id']}/items")
    sim.seed(items=items)
    sim.dump_journal(tmp_path / "journal.json")
    sim.dump(tmp_path / "state.json")
    texts = [
        *(text for entry in sim.journal for text in (*entry.texts, repr(entry.body), repr(entry.answer), str(entry))),
        *(path.read_text() for path in tmp_path.iterdir()),
        *(sim.story(), sim.page(), sim.reproduce(), sim.transcript(made["id"]), sim.diagram()),
        *(repr(sim.state[made["id"]]), repr(sim.conversations.items.list(made["id"]))),
    ]

    assert [text for text in texts if SECRET in text] == []
    assert sim.state[made["id"]].items[0].tools[0].authorization == SECRET


def test_direct_calls_and_streams_keep_no_secret() -> None:
    url = f"https://me:{SECRET}@host"
    sim = Emulator(replies=[url, url, url])
    tool = MCP | {"authorization": SECRET, "server_url": url}
    made = sim.conversations.create(items=[{"type": "additional_tools", "role": "developer", "tools": [tool]}])
    sim.conversations.items.list(made.id)
    turn: dict[str, Any] = {"model": "gpt-4.1", "input": url}
    sim.responses.create(**turn)
    assert list(sim.responses.create(**turn, stream=True))
    with client(sim) as http, http.stream("POST", "/responses", json={**turn, "stream": True}) as left:
        assert left.status_code == 200

    assert [bool(getattr(entry, "unsent", b"")) for entry in sim.journal] == [False, False, False, False, True]
    # The journal's own notes hold what is still being sent, and stay in memory: what shows them are the entries.
    assert not [thing for thing in everything_in(list(sim.journal)) if SECRET in repr(thing)]


def test_a_request_shows_no_secret() -> None:
    headers, body = [(b"Authorization", SECRET.encode())], f'{{"password":"{SECRET}"}}'.encode()
    request = Request("GET", "/a", "/v1/a", f"key={SECRET}", headers, body)
    answer = Response(200, [(b"a", b"b")], f'{{"authorization":"{SECRET}"}}'.encode())

    assert repr(request) == (
        "Request(method='GET', path='/a', full_path='/v1/a', query='key=[redacted]',"
        " headers=[(b'Authorization', b'[redacted]')], body=b'{\"password\":\"[redacted]\"}', timeout=None)"
    )
    assert repr(answer) == (
        "Response(status=200, headers=[(b'a', b'b')], body=b'{\"authorization\":\"[redacted]\"}', delay=0.0)"
    )
