"""An outcome in each library's terms, and a library's request in ours."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import httpx2
import pytest

from convsim.adapters.httpx_family import LIBRARIES, to_request
from convsim.http.messages import Outcome, Request, Response, TransportErrorKind, TransportFault

MODULES: list[Any] = [httpx, httpx2]
URL = "https://api.openai.com/v1/conversations"
ANSWER = Response(418, [(b"Content-Length", b"6"), (b"X-Request-ID", b"req_1")], b"abcdef")


def given(module: Any, outcome: Outcome, *, asynchronous: bool) -> Any:
    """Return the result of a transport of the library, its body not read yet."""
    library, request = LIBRARIES[module.__name__], module.Request("GET", URL)
    return asyncio.run(library.respond_async(outcome, request)) if asynchronous else library.respond(outcome, request)


def read(response: Any, into: list[bytes], *, asynchronous: bool) -> None:
    """The body, as it comes."""

    async def read_async() -> None:
        async for part in response.stream:
            into.append(part)  # noqa: PERF401 - what came before a break counts

    if asynchronous:
        asyncio.run(read_async())
    else:
        into.extend(response.stream)


WAYS = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
BOTH = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)


@BOTH
@WAYS
def test_a_response_is_the_librarys_with_its_body_still_to_be_read(module: Any, asynchronous: bool) -> None:
    response = given(module, ANSWER, asynchronous=asynchronous)

    assert type(response) is module.Response
    assert (response.status_code, response.headers.raw) == (418, ANSWER.headers)
    assert not response.is_closed
    parts: list[bytes] = []
    read(response, parts, asynchronous=asynchronous)
    assert parts == [b"abcdef"]


RAISED: list[tuple[TransportErrorKind, str, str]] = [
    ("refused", "ConnectError", "[Errno 111] Connection refused"),
    ("dns", "ConnectError", "[Errno -2] Name or service not known"),
    ("connect_timeout", "ConnectTimeout", "timed out"),
    ("read_timeout", "ReadTimeout", "The read operation timed out"),
    ("reset", "ReadError", "[Errno 104] Connection reset by peer"),
]


@BOTH
@WAYS
@pytest.mark.parametrize(("kind", "name", "words"), RAISED, ids=[kind for kind, _, _ in RAISED])
def test_a_fault_is_the_librarys_exception_with_its_request(
    module: Any, asynchronous: bool, kind: TransportErrorKind, name: str, words: str
) -> None:
    with pytest.raises(getattr(module, name)) as caught:
        given(module, TransportFault(kind), asynchronous=asynchronous)

    assert type(caught.value) is getattr(module, name)
    assert str(caught.value) == words
    assert (type(caught.value.request), str(caught.value.request.url)) == (module.Request, URL)


@BOTH
@WAYS
@pytest.mark.parametrize(("count", "begun"), [(0, b""), (4, b"abcd"), (6, b"abcdef"), (99, b"abcdef")])
def test_a_body_breaks_where_it_is_told_to(module: Any, asynchronous: bool, count: int, begun: bytes) -> None:
    fault = TransportFault("reset_in_body", partial=ANSWER, after_bytes=count)
    response = given(module, fault, asynchronous=asynchronous)
    assert (response.status_code, response.headers.raw) == (418, ANSWER.headers)

    parts: list[bytes] = []
    with pytest.raises(module.ReadError, match="Connection reset by peer") as caught:
        read(response, parts, asynchronous=asynchronous)
    assert b"".join(parts) == begun
    assert str(caught.value.request.url) == URL


# --- delays --------------------------------------------------------------------------------------------------------


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Record the waits, without waiting."""
    waited: list[tuple[str, float]] = []

    async def sleep(seconds: float) -> None:
        waited.append(("async", seconds))

    monkeypatch.setattr("time.sleep", lambda seconds: waited.append(("sync", seconds)))
    monkeypatch.setattr("anyio.sleep", sleep)
    return waited


@BOTH
@WAYS
def test_what_is_late_is_waited_for_once(module: Any, asynchronous: bool, slept: list[tuple[str, float]]) -> None:
    given(module, ANSWER._replace(delay=3), asynchronous=asynchronous)
    with pytest.raises(module.ReadTimeout):
        given(module, TransportFault("read_timeout", delay=2), asynchronous=asynchronous)

    way = "async" if asynchronous else "sync"
    assert slept == [(way, 3), (way, 2)]


@BOTH
@WAYS
def test_what_is_on_time_is_not_waited_for(module: Any, asynchronous: bool, slept: list[tuple[str, float]]) -> None:
    given(module, ANSWER, asynchronous=asynchronous)

    assert slept == []


# --- requests ------------------------------------------------------------------------------------------------------


@BOTH
def test_a_request_is_taken_as_it_was_sent(module: Any) -> None:
    client = module.Client(headers={"X-Mine": "1"}, timeout=module.Timeout(7, connect=2, read=None))
    request = client.build_request("POST", "https://a.test/openai/v1/x%20y?b=1&a=%C3%A9", content=b"body")
    taken = to_request(request, b"read before", "/x%20y")

    assert taken == Request(
        "POST",
        "/x%20y",
        "/openai/v1/x%20y",
        "b=1&a=%C3%A9",
        request.headers.raw,
        b"read before",
        {"connect": 2, "read": None, "write": 7, "pool": 7},
    )


@BOTH
def test_a_request_may_tell_no_timeout(module: Any) -> None:
    assert to_request(module.Request("GET", URL), b"", "/").timeout is None
