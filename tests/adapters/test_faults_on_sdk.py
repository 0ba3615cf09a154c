"""Faults as the official SDK meets them: its exceptions, on every way to the emulator."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

import httpx2
import openai
import pytest

from convsim import Emulator
from convsim.faults import (
    BadGateway,
    BodyReset,
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    ConversationLocked,
    DeleteConversation,
    DNSFailure,
    EmptyBody,
    Fault,
    InsertItem,
    InvalidItem,
    Latency,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    ReadTimeout,
    ServerError,
    TruncatedJSON,
    Unauthorized,
    WrongContentType,
)

from .faulty_sdk import HI, ON_ALL, ON_BOTH, Talk, create

ERRORS: list[tuple[Fault, type[openai.APIStatusError], int, str | None]] = [
    (RateLimited(), openai.RateLimitError, 429, "rate_limit_exceeded"),
    (RateLimited(kind="tokens"), openai.RateLimitError, 429, "rate_limit_exceeded"),
    (QuotaExceeded(), openai.RateLimitError, 429, "insufficient_quota"),
    (ServerError(), openai.InternalServerError, 500, "server_error"),
    (Overloaded(), openai.InternalServerError, 503, "server_is_overloaded"),
    (Unauthorized(), openai.AuthenticationError, 401, "invalid_api_key"),
    (ConversationLocked(), openai.BadRequestError, 400, "conversation_locked"),
    (InvalidItem(), openai.BadRequestError, 400, "invalid_item"),
    (BadGateway(), openai.InternalServerError, 502, None),
]


@ON_ALL
@pytest.mark.parametrize(("fault", "error", "status", "code"), ERRORS, ids=[repr(row[0]) for row in ERRORS])
def test_an_error_is_the_sdks_own(talk: Talk, fault: Fault, error: type[Any], status: int, code: str | None) -> None:
    sim = Emulator(faults=[fault])
    with pytest.raises(error) as caught:
        talk(sim, create, max_retries=0)

    assert type(caught.value) is error
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert str(caught.value.request_id).startswith("req_")
    assert not sim.state


CONNECTIONS: list[tuple[Fault, type[openai.APIConnectionError], str]] = [
    (ConnectionRefused(), openai.APIConnectionError, "ConnectError"),
    (DNSFailure(), openai.APIConnectionError, "ConnectError"),
    (ConnectTimeout(), openai.APITimeoutError, "ConnectTimeout"),
    (ReadTimeout(), openai.APITimeoutError, "ReadTimeout"),
    (ConnectionReset(), openai.APIConnectionError, "ReadError"),
    (BodyReset(), openai.APIConnectionError, "ReadError"),
]


@ON_ALL
@pytest.mark.parametrize(("fault", "error", "cause"), CONNECTIONS, ids=[repr(row[0]) for row in CONNECTIONS])
def test_a_connection_that_fails_is_the_sdks_own_error(talk: Talk, fault: Fault, error: type[Any], cause: str) -> None:
    with pytest.raises(openai.APIConnectionError) as caught:
        talk(Emulator(faults=[fault]), create, max_retries=0)

    assert type(caught.value) is error
    assert type(caught.value.__cause__).__name__ == cause
    assert str(caught.value.request.url) == "https://api.openai.com/v1/conversations"


@ON_ALL
@pytest.mark.parametrize("fault", [TruncatedJSON(), EmptyBody()], ids=repr)
def test_a_spoilt_body_cannot_be_read_and_is_not_asked_for_again(talk: Talk, fault: Fault) -> None:
    sim = Emulator(faults=[fault])
    with pytest.raises(JSONDecodeError):
        talk(sim, create)

    assert (len(sim.journal), len(sim.state)) == (1, 1)


@ON_ALL
def test_a_body_is_read_whatever_it_is_called(talk: Talk) -> None:
    assert talk(Emulator(faults=[WrongContentType()]), create).object == "conversation"


@pytest.mark.parametrize("seconds", [60, 0.04])
@pytest.mark.parametrize("virtual_time", [False, True], ids=["real", "virtual"])
@ON_ALL
def test_what_is_too_late_is_the_sdks_timeout(talk: Talk, virtual_time: bool, seconds: float) -> None:
    sim = Emulator(virtual_time=virtual_time, faults=[Latency(seconds)])
    start = sim.clock.now()
    with pytest.raises(openai.APITimeoutError):
        talk(sim, create, max_retries=0, timeout=0.02)

    assert len(sim.state) == 1
    assert sim.clock.now() - start == pytest.approx(0.02 if virtual_time else 0, abs=1e-6)


@ON_ALL
def test_what_is_late_and_still_in_time_is_an_answer(talk: Talk) -> None:
    assert talk(Emulator(faults=[Latency(0.02)]), create, max_retries=0, timeout=5).object == "conversation"


# --- streams and pages ---------------------------------------------------------------------------------------------


def test_a_body_that_breaks_off_breaks_the_stream_that_reads_it() -> None:
    client = Emulator(faults=[BodyReset(5)]).openai(max_retries=0)
    with client, client.conversations.with_streaming_response.create() as response:
        assert response.status_code == 200
        with pytest.raises(httpx2.ReadError):
            response.read()


def seeded(fault: Fault) -> Emulator:
    sim = Emulator(ids="sequential")
    sim.seed("conv_a", items=[HI] * 4)
    sim.faults.add(fault, on="conversations.items.list", skip=1)
    return sim


async def walked_async(client: Any, met: list[str]) -> None:
    async for item in client.conversations.items.list("conv_a", order="asc", limit=2):
        met.append(item.id)  # noqa: PERF401 - what was met before an error counts


def walked(client: Any, met: list[str]) -> Any:
    if isinstance(client, openai.AsyncOpenAI):
        return walked_async(client, met)
    for item in client.conversations.items.list("conv_a", order="asc", limit=2):
        met.append(item.id)  # noqa: PERF401 - as above
    return None


@ON_BOTH
def test_an_item_that_comes_between_two_pages_is_met(talk: Talk) -> None:
    met: list[str] = []
    talk(seeded(InsertItem(HI)), lambda client: walked(client, met))

    assert met == ["msg_1", "msg_2", "msg_3", "msg_4", "msg_5"]


@ON_BOTH
def test_a_conversation_deleted_between_two_pages_ends_the_walk_with_an_error(talk: Talk) -> None:
    met: list[str] = []
    with pytest.raises(openai.NotFoundError, match="Conversation with id 'conv_a' not found"):
        talk(seeded(DeleteConversation()), lambda client: walked(client, met))

    assert met == ["msg_1", "msg_2"]
