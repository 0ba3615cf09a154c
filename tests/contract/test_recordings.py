"""Recordings of several tools are read as the same exchanges, without their secrets."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import Emulator
from convsim.contract.recordings import Exchange, read
from convsim.errors import ConvsimError, UsageError
from convsim.faults import ConnectTimeout

URL = "https://api.openai.com/v1"
ASKED = {"metadata": {"a": "1"}}
MADE = {"id": "conv_1", "object": "conversation", "created_at": 1, "metadata": {"a": "1"}}
EVENTS = [{"type": "response.created"}, {"type": "response.completed"}]
STREAM = (
    "".join(f"event: {event['type']}\r\ndata: {json.dumps(event)}\r\n\r\n" for event in EVENTS) + "data: [DONE]\n\n"
)
EXPECTED = [
    Exchange("POST", "/conversations", ASKED, 200, MADE),
    Exchange("GET", "/conversations/conv_1/items?limit=2", None, 200, {"data": []}),
    Exchange("POST", "/responses", {"stream": True}, 200, EVENTS),
    Exchange("DELETE", "/conversations/conv_1", None, 200, None),
]


def har() -> str:
    def entry(method: str, path: str, sent: Any, content: Any) -> Any:
        asked = {"method": method, "url": path, "headers": [{"name": "Authorization", "value": "Bearer sk-secret1"}]}
        return {
            "request": asked | ({"postData": {"text": json.dumps(sent)}} if sent is not None else {}),
            "response": {"status": 200} | ({"content": content} if content is not None else {}),
        }

    encoded = {"text": b64encode(json.dumps(MADE).encode()).decode(), "encoding": "base64"}
    entries = [
        entry("POST", f"{URL}/conversations", ASKED, encoded),
        entry("GET", "https://example.org/other", None, {"text": "{}"}),
        entry("GET", f"{URL}/conversations/conv_1/items?limit=2", None, {"text": '{"data": []}'}),
        entry("POST", "https://proxy.test/openai/v1/responses", {"stream": True}, {"text": STREAM}),
        entry("DELETE", f"{URL}/conversations/conv_1", None, None),
    ]
    return "\ufeff" + json.dumps({"log": {"entries": entries}})


PYTHON_CASSETTE = f"""\
version: 1
interactions:
- request:
    method: post
    uri: {URL}/conversations
    body: '{json.dumps(ASKED)}'
    headers: {{authorization: [Bearer sk-secret1]}}
  response:
    status: {{code: 200, message: OK}}
    headers: {{content-encoding: [gzip]}}
    body:
      string: !!binary {b64encode(gzip.compress(json.dumps(MADE).encode())).decode()}
- request: {{method: GET, uri: '{URL}/conversations/conv_1/items?limit=2', body: null}}
  response: {{status: {{code: 200}}, parsed_body: {{data: []}}}}
- request: {{method: POST, uri: '{URL}/responses', parsed_body: {{stream: true}}}}
  response: {{status: {{code: 200}}, body: {{string: {json.dumps(STREAM)}}}}}
- request: {{method: GET, uri: 'https://example.org/'}}
  response: {{status: {{code: 200}}, body: {{string: hello}}}}
- request: {{method: DELETE, uri: '{URL}/conversations/conv_1', body: ''}}
  response: {{status: {{code: 200}}, body: {{string: ''}}}}
"""


def ruby_cassette() -> str:
    def one(method: str, path: str, sent: str, answer: Any) -> Any:
        return {
            "request": {"method": method, "uri": URL + path, "body": {"encoding": "UTF-8", "string": sent}},
            "response": {"status": 200, "body": answer},
        }

    return json.dumps(
        {
            "http_interactions": [
                one(
                    "post",
                    "/conversations",
                    json.dumps(ASKED),
                    {"base64_string": b64encode(json.dumps(MADE).encode()).decode()},
                ),
                one("get", "/conversations/conv_1/items?limit=2", "", {"string": '{"data": []}'}),
                one("post", "/responses", '{"stream": true}', {"string": STREAM}),
                one("delete", "/conversations/conv_1", "", {"string": ""}),
            ]
        }
    )


def unplaced(file: Path) -> list[Exchange]:
    return [exchange._replace(place="exchange") for exchange in read(file)]


@pytest.mark.parametrize("content", [har(), PYTHON_CASSETTE, ruby_cassette()], ids=["har", "python", "ruby"])
def test_every_recorder_gives_the_same_exchanges(tmp_path: Path, content: str) -> None:
    file = tmp_path / "recording"
    file.write_text(content, encoding="utf-8")
    assert unplaced(file) == EXPECTED
    assert "secret" not in str(read(file))
    assert read(file)[0].place in ("log.entries[0]", "interactions[0]", "http_interactions[0]")
    assert read(file)[-1].place[-2] == str(content.count("method") - 1)


def test_a_journal_of_convsim(tmp_path: Path) -> None:
    sim = Emulator(replies=["Paris."], unknown_routes="404")
    headers = {"Authorization": "Bearer sk-secret1"}
    with httpx2.Client(transport=sim.httpx2_transport(), base_url=URL, headers=headers) as client:
        made = client.post("/conversations", json=ASKED).json()
        client.get(f"/conversations/{made['id']}/items?limit=2&x=y")
        client.post("/responses", json={"model": "gpt-4.1", "input": "Where?", "stream": True})
        client.get("/models")
        with sim.faults.add(ConnectTimeout()), pytest.raises(httpx2.ConnectTimeout):
            client.get("/conversations/conv_1")
    sim.seed("conv_1")
    sim.dump_journal(tmp_path / "journal.json")
    assert [exchange.place for exchange in read(tmp_path / "journal.json")] == ["entry 1", "entry 2", "entry 3"]
    created, listed, turn = unplaced(tmp_path / "journal.json")
    assert created == Exchange("POST", "/conversations", ASKED, 200, made)
    assert listed[:4] == ("GET", f"/conversations/{made['id']}/items?limit=2&x=y", None, 200)
    assert turn.answer[0]["type"] == "response.created"
    assert turn.answer[-1]["response"]["output"][0]["content"][0]["text"] == "Paris."


KEYS = [
    *("sk-proj-abcdefgh1234", "rk-abcdefgh1234", "sess-abcdefgh1234", "ghp_" + "a" * 36, "github_pat_" + "a" * 30),
    *("AIza" + "b" * 35, "AKIA" + "C" * 16, "xoxb-123456789012-abc", "Bearer abcdefgh.12345678=="),
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:6])
def test_what_looks_like_a_key_is_left_out_wherever_it_stands(tmp_path: Path, key: str) -> None:
    sent = {"input": [f"my key is {key}, keep it", {"headers": {"x": key}, key: 1}]}
    entry = {
        "request": {
            "method": "POST",
            "url": f"{URL}/responses?api_key={key}&a={key}",
            "postData": {"text": json.dumps(sent)},
        },
        "response": {"status": 400, "content": {"text": json.dumps({"error": {"message": f"wrong: {key}"}})}},
    }
    file = tmp_path / "it.har"
    file.write_text(json.dumps({"log": {"entries": [entry]}}))
    (exchange,) = read(file)
    assert key.removeprefix("Bearer ") not in str(exchange)
    assert exchange.body["input"][0].endswith("[redacted], keep it")
    assert exchange.answer == {"error": {"message": f"wrong: {'Bearer ' * key.startswith('Bearer')}[redacted]"}}


def test_half_a_character_becomes_a_question_mark(tmp_path: Path) -> None:
    file = tmp_path / "it.har"
    asked = {"method": "POST", "url": f"{URL}/responses", "postData": {"text": '{"a\\ud800": "b\\ud800"}'}}
    file.write_text(json.dumps({"log": {"entries": [{"request": asked, "response": {"status": 200}}]}}))
    assert read(file)[0].body == {"a?": "b?"}
    asked |= {"url": f"{URL}/conversations/\ud800"}
    file.write_text(json.dumps({"log": {"entries": [{"request": asked, "response": {"status": 200}}]}}))
    assert read(file)[0][:2] == ("POST", "/conversations/?")


def test_words_that_only_resemble_one_stay(tmp_path: Path) -> None:
    sent = {"input": "a task-oriented desk-top, risk-averse; sk-1; the Bearer of news"}
    asked = {"method": "POST", "url": f"{URL}/responses", "postData": {"text": json.dumps(sent)}}
    entry = {"request": asked, "response": {"status": 200}}
    file = tmp_path / "it.har"
    file.write_text(json.dumps({"log": {"entries": [entry]}}))
    assert read(file)[0].body == sent


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{}", "is not a recording: write a VCR cassette, a HAR file or a journal of convsim"),
        (b"[]", "is not a recording: "),
        (b"hello", "is not a recording: "),
        (b"a: 1\nsecret: [sk-1", "is neither JSON nor YAML: see line 2, column 14"),
        (b"a: !!python/object:sk-1 {}", "is neither JSON nor YAML: see line 1, column 4"),
        (b"sk-1: 2026-99-99", "is neither JSON nor YAML"),
        (b"\xff\xfe\x00", "is neither JSON nor YAML"),
        (b'{"log": {"entries": ["sk-1', "is no JSON: Unterminated string starting at at line 1, column 22; was it"),
        (
            b'\xef\xbb\xbf\n {"log"',
            "is no JSON: Expecting ':' delimiter at line 2, column 8; was it written to its end?",
        ),
        (b'{"log": {}}', ": log: the member 'entries' is missing; write a list of objects"),
        (b'{"log": 7}', ": log: write an object with the member 'entries'"),
        (b'{"interactions": {}}', ": interactions: write a list of objects"),
        (b'{"interactions": [{}]}', ": interactions[0]: the member 'request' is missing; write an object"),
        (b'{"http_interactions": [7]}', ": http_interactions[0]: write an object with the member 'request'"),
        (b'{"convsim_journal": 1}', "is not a journal written by sim.dump_journal()"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(UsageError) as error:
        read(file)
    assert str(error.value).startswith(f"{file}{sentence if sentence.startswith(':') else ' ' + sentence}")
    assert "sk-1" not in str(error.value)


def test_names_and_contents_of_files_steer_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "\x1b[31mfile"
    file.write_text("a: [\u202e")
    with pytest.raises(UsageError, match=r"\\x1b\[31mfile is neither JSON nor YAML: see line 1, column \d+$"):
        read(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none cannot be read: No such file or directory"):
        read(tmp_path / "none")


def test_without_pyyaml_the_line_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "it.yaml"
    file.write_text(PYTHON_CASSETTE)
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConvsimError, match=r"PyYAML is not installed: python -m pip install 'convsim\[import\]'"):
        read(file)


def test_a_recording_of_nothing_has_no_exchanges(tmp_path: Path) -> None:
    file = tmp_path / "recording"
    file.write_text(json.dumps({"version": 1, "interactions": []}), encoding="utf-8")
    assert read(file) == []


def test_a_parsed_body_is_what_json_can_say(tmp_path: Path) -> None:
    file = tmp_path / "recording.yaml"
    file.write_text(
        "interactions:\n"
        "- request: {method: POST, uri: 'https://api.openai.com/v1/conversations', parsed_body: {1: 2026-11-27}}\n"
        "  response: {status: {code: 200}, parsed_body: !!set {a}}\n"
    )
    assert unplaced(file) == [Exchange("POST", "/conversations", {"1": "2026-11-27"}, 200, ["a"])]


def one_har(request: Any = None, response: Any = None) -> Any:
    asked = {"method": "GET", "url": f"{URL}/conversations/conv_1"} | (request or {})
    return {"log": {"entries": [{"request": asked, "response": {"status": 200} | (response or {})}]}}


def one_cassette(request: Any = None, response: Any = None) -> Any:
    asked = {"method": "GET", "uri": f"{URL}/conversations/conv_1"} | (request or {})
    return {"interactions": [{"request": asked, "response": {"status": {"code": 200}} | (response or {})}]}


def packed(content: bytes) -> Any:
    return {"content": {"encoding": "base64", "text": b64encode(content).decode()}}


@pytest.mark.parametrize(
    ("document", "place", "sentence"),
    [
        (one_har({"url": 7}), "request.url", "write a URL, as https://api.openai.com/v1/conversations"),
        (one_har({"url": "https://[sk-1/conversations"}), "request.url", "write a URL, as https://api.openai.com"),
        (one_har({"method": 7}), "request.method", "write a method, as POST"),
        (one_har({"method": "G\ud800"}), "request.method", "write a method, as POST"),
        (one_cassette({"method": ""}), "request.method", "write a method, as POST"),
        (one_har({"postData": "sk-1"}), "request.postData", "write an object with the member 'text'"),
        (one_har(None, {"status": "sk-1"}), "response.status", "write a number, as 200"),
        (one_har(None, {"status": True}), "response.status", "write a number, as 200"),
        (one_har(None, {"content": {"encoding": "base64", "text": "sk-1!"}}), "response", "its body is not base64"),
        (one_har(None, {"content": {"encoding": "base64", "text": 7}}), "response", "its body is not base64"),
        (one_har(None, packed(gzip.compress(b"{}")[:12])), "response", "its compressed body is damaged"),
        (one_har(None, packed(gzip.compress(b"{}") + b"x")), "response", "its compressed body is damaged"),
        (one_har(None, packed(zlib.compress(b"{}")[:5])), "response", "its compressed body is damaged"),
        (
            one_har(None, packed(b"\xff\x00")),
            "response",
            "its body is neither text nor gzip nor deflate: record with decode_compressed_response=True",
        ),
        (one_cassette(None, {"status": None}), "response.status.code", "write a number, as 200"),
        (one_cassette({"uri": None}), "request.uri", "write a URL, as https://api.openai.com/v1/conversations"),
        (one_cassette({"body": {"base64_string": "sk-1!"}}), "request", "its body is not base64"),
    ],
)
def test_a_wrong_member_is_named_with_its_place_and_what_to_write(
    tmp_path: Path, document: Any, place: str, sentence: str
) -> None:
    file = tmp_path / "it"
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError) as error:
        read(file)
    entry = "log.entries[0]" if "log" in document else "interactions[0]"
    assert str(error.value).startswith(f"{file}: {entry}.{place}: {sentence}")
    assert "sk-1" not in str(error.value)


def test_a_body_that_refers_to_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "it.yaml"
    file.write_text(
        f"interactions: [{{request: {{method: GET, uri: '{URL}/conversations/x'}},"
        " response: {status: 200, parsed_body: &a [*a]}}]"
    )
    with pytest.raises(UsageError, match=r": interactions\[0\]\.response: its body is one that JSON cannot hold"):
        read(file)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ({"encoding": "base64", "text": b64encode(gzip.compress(b'{"a": 1}')).decode()}, {"a": 1}),
        ({"encoding": "base64", "text": b64encode(zlib.compress(b'{"a": 1}')).decode()}, {"a": 1}),
        ({"text": ': ping\r\rdata: {"type":\rdata: "x"}\r\rdata: [DONE]\r\r'}, [{"type": "x"}]),
        ({"text": 'data: {"type": "x"}\n'}, [{"type": "x"}]),
        ({"text": "data: cut {"}, None),
        ({"text": "<html>"}, None),
        ({"text": '{"a": NaN}'}, None),
        ({"text": '{"a": 1e999}'}, None),
        ({"size": 100}, None),
    ],
)
def test_bodies_are_read_however_they_were_sent(tmp_path: Path, content: Any, answer: Any) -> None:
    file = tmp_path / "it.har"
    file.write_text(json.dumps(one_har(None, {"content": content})))
    assert read(file)[0].answer == answer


def test_what_a_browser_adds_is_skipped_and_other_hosts_may_be_damaged(tmp_path: Path) -> None:
    entries = [
        one_har({"method": "OPTIONS"}),
        one_har(None, {"status": 0}),
        one_har({"url": "wss://api.openai.com/v1/responses"}, {"status": 101}),
        one_har({"url": "https://example.org/x"}, packed(b"\xff")),
        one_har({"method": "delete"}, {"status": 204}),
    ]
    file = tmp_path / "it.har"
    file.write_text(json.dumps({"log": {"entries": [one["log"]["entries"][0] for one in entries]}}))
    assert read(file) == [Exchange("DELETE", "/conversations/conv_1", None, 204, None, "log.entries[4]")]


@pytest.mark.parametrize(
    ("url", "path", "service"),
    [
        ("https://x.openai.azure.com/openai/v1/responses?api-version=preview&a=b", "/responses?a=b", "openai"),
        ("https://x.services.ai.azure.com/api/projects/p/openai/v1/conversations", "/conversations", "foundry"),
        (
            "https://x.services.ai.azure.com/api/projects/p/openai/conversations/c?api-version=2025-11-15-preview",
            "/conversations/c",
            "foundry",
        ),
    ],
)
def test_urls_of_azure_lose_their_version_and_those_of_projects_name_foundry(
    tmp_path: Path, url: str, path: str, service: str
) -> None:
    file = tmp_path / "it.har"
    file.write_text(json.dumps(one_har({"url": url})))
    (exchange,) = read(file)
    assert (exchange.path, exchange.service) == (path, service)
