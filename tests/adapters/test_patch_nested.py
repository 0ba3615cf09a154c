"""Several patches at once, ours and other tools': who answers, and what is left when they end in any order."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Barrier
from typing import Any
from unittest.mock import MagicMock
from weakref import ref

import httpx
import httpx2
import openai
import pytest

from convsim import Emulator, RefusedHostError

from .conftest import PATCHED, NetworkReachedError, patched_methods

OURS = "https://api.openai.com/v1/conversations/conv_1"
OTHER = "https://other.test/v1"


def status(url: str, library: Any = httpx2) -> int:
    return int(library.get(url, headers={"Authorization": "Bearer sk-x"}).status_code)


def seeded(conversation_id: str = "conv_1", **options: Any) -> Emulator:
    sim = Emulator(**options)
    sim.seed(conversation_id)
    return sim


def test_the_innermost_that_claims_the_url_answers() -> None:
    outer, inner = Emulator(base_urls=["https://outer.test/v1"]), Emulator(base_urls=["https://inner.test/v1"])
    outer.seed("conv_outer"), inner.seed("conv_inner")
    with outer.patch():
        assert status("https://api.openai.com/v1/conversations/conv_outer") == 200
        with inner.patch():
            assert status("https://api.openai.com/v1/conversations/conv_inner") == 200
            assert status("https://api.openai.com/v1/conversations/conv_outer") == 404
            assert status("https://inner.test/v1/conversations/conv_inner") == 200
            assert status("https://outer.test/v1/conversations/conv_outer") == 200
            with pytest.raises(RefusedHostError):
                status("https://other.test/v1")
        assert status("https://api.openai.com/v1/conversations/conv_outer") == 200
        with pytest.raises(RefusedHostError):
            status("https://inner.test/v1/conversations/conv_inner")
    assert (len(outer.refused), len(inner.refused)) == (1, 1)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_patches_end_in_any_order(order: tuple[int, ...]) -> None:
    before = patched_methods()
    sims = [Emulator(base_urls=[f"https://host{number}.test/v1"]) for number in range(3)]
    stacks = [ExitStack() for _ in sims]
    for sim, stack in zip(sims, stacks, strict=True):
        sim.seed("conv_1")
        stack.enter_context(sim.patch())
    active = set(range(3))
    for ending in order:
        for number in range(3):
            url = f"https://host{number}.test/v1/conversations/conv_1"
            if number in active:
                assert status(url) == 200
            else:
                with pytest.raises(RefusedHostError):
                    status(url)
        stacks[ending].close()
        active.remove(ending)
    assert patched_methods() == before


def test_an_emulator_is_freed_when_its_patch_has_ended_without_the_garbage_collector() -> None:
    sim = seeded()
    with sim.patch():
        assert status(OURS) == 200
    kept = ref(sim), ref(sim.journal)
    gc.disable()
    try:
        del sim
        assert [one() for one in kept] == [None, None]
    finally:
        gc.enable()


def test_one_emulator_may_be_patched_in_twice() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    with sim.patch():
        with sim.patch():
            pass
        assert status("https://api.openai.com/v1/conversations/conv_1") == 200


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, openai.OpenAIError])
def test_nothing_is_patched_after_an_exception(error: type[BaseException]) -> None:
    before = patched_methods()

    def fail() -> None:
        assert not set(patched_methods()[: len(PATCHED)]) & set(before)
        raise error

    with pytest.raises(error), Emulator().patch():
        fail()
    assert patched_methods() == before
    with pytest.raises(NetworkReachedError):
        status("https://api.openai.com/v1/conversations")


# --- threads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_four_threads_have_an_emulator_each_through_explicit_transports(library: Any) -> None:
    start = Barrier(4)

    def talk(number: int) -> list[str]:
        sim = Emulator(ids="sequential")
        transport = sim.httpx_transport() if library is httpx else sim.httpx2_transport()
        with openai.OpenAI(api_key="sk-x", max_retries=0, http_client=library.Client(transport=transport)) as client:
            start.wait()
            for _ in range(10):
                client.conversations.create(metadata={"thread": str(number)})
        assert {conversation.metadata["thread"] for conversation in sim.state.values()} == {str(number)}
        return list(sim.state)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(talk, range(4))) == [[f"conv_{number + 1}" for number in range(10)]] * 4


def test_a_patch_is_the_whole_process_s() -> None:
    """The documented limit: a thread is answered by the emulator that another one patched in."""
    with seeded().patch(), ThreadPoolExecutor(1) as threads:
        assert threads.submit(status, OURS).result() == 200


def test_patches_of_many_threads_leave_nothing_behind() -> None:
    start = Barrier(4)

    def talk(number: int) -> None:
        base = f"https://host{number}.test/v1"
        start.wait()
        for _ in range(10):
            with seeded(base_urls=[base]).patch():
                assert status(f"{base}/conversations/conv_1") == 200

    before = patched_methods()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(talk, range(4)))
    assert patched_methods() == before


# --- another tool's patch of the same method -----------------------------------------------------------------------


@contextmanager
def another_tool(answers: str | None = None, library: Any = httpx2) -> Iterator[list[str]]:
    """Notes every request, answers those to the host ``answers`` with 418 and hands on the others."""
    seen: list[str] = []
    original = library.HTTPTransport.handle_request

    def noting(transport: Any, request: Any) -> Any:
        seen.append(request.url.host)
        return library.Response(418) if request.url.host == answers else original(transport, request)

    noting.__module__ = "pytest_httpx"  # a mock is known by its home
    library.HTTPTransport.handle_request = noting
    try:
        yield seen
    finally:
        library.HTTPTransport.handle_request = original


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_another_tool_s_patch_below_ours_gets_the_other_hosts(library: Any) -> None:
    with another_tool("other.test", library) as seen, seeded().patch() as sim:
        assert (status(OURS, library), status(OTHER, library)) == (200, 418)
    assert (seen, sim.refused) == (["other.test"], ())


def test_a_wrapper_below_ours_is_no_mock() -> None:
    """As tracing, which every request passes on its way out."""
    original = httpx2.HTTPTransport.handle_request

    def traced(transport: Any, request: Any) -> Any:
        return original(transport, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx2.HTTPTransport, "handle_request", traced)
        with seeded().patch():
            assert status(OURS) == 200
            with pytest.raises(RefusedHostError):
                status(OTHER)


def test_a_mock_object_below_ours_gets_the_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    mock = MagicMock(return_value=httpx2.Response(418))
    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", mock)
    with seeded().patch():
        assert (status(OURS), status(OTHER), mock.call_count) == (200, 418, 1)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_another_tool_s_patch_above_ours_comes_first(library: Any) -> None:
    with seeded().patch(), another_tool("other.test", library) as seen:
        assert (status(OURS, library), status(OTHER, library)) == (200, 418)
        with pytest.raises(RefusedHostError):
            status("https://third.test", library)
    assert seen == ["api.openai.com", "other.test", "third.test"]


def test_ours_ends_below_another_tool_s_patch_and_takes_itself_away() -> None:
    before = patched_methods()
    ours, theirs = ExitStack(), ExitStack()
    ours.enter_context(seeded().patch())
    seen = theirs.enter_context(another_tool())
    ours.close()
    with pytest.raises(NetworkReachedError):  # through theirs, and through ours to the library's own
        status(OURS)
    assert seen == ["api.openai.com"]
    theirs.close()
    assert patched_methods() != before  # they have put back what they had found
    with pytest.raises(NetworkReachedError):
        status(OURS)
    assert patched_methods() == before


def test_another_tool_stays_while_patches_come_and_go() -> None:
    """As instrumentation that starts while the first test's emulator is patched in, and stays."""
    before = patched_methods()
    with ExitStack() as theirs:
        with seeded().patch():
            theirs.enter_context(another_tool("other.test"))
        for _ in range(2):
            with seeded().patch():
                assert (status(OURS), status(OTHER)) == (200, 418)
                with pytest.raises((RefusedHostError, NetworkReachedError)):
                    status("https://third.test")
            with pytest.raises(NetworkReachedError):
                status(OURS)
    with pytest.raises(NetworkReachedError):
        status(OURS)
    assert patched_methods() == before


def test_an_inner_patch_answers_also_above_another_tool_s() -> None:
    """As pytest-httpx between the guard of a session and the emulator of a test."""
    with seeded("conv_outer").patch(), another_tool("api.openai.com"):
        assert status(OURS) == 418
        with seeded().patch():
            assert status(OURS) == 200
        assert status(OURS) == 418
