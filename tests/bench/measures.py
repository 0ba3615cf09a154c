"""The measures: each takes interleaved pairs of calls and gives the ratio of their medians."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx2
import openai

from convsim import Emulator
from convsim.faults import RateLimited
from convsim.journal.journal import Journal
from convsim.realtime import Frame, Session
from tests.asking import keep_journal_in, project_named
from tests.bench import served
from tests.bench.mixed import MIXED
from tests.bench.sockets import create_times

BASE = "https://api.openai.com/v1"
KEY = {"Authorization": "Bearer sk-bench"}
TWENTY = [{"type": "message", "role": "user", "content": f"message number {n}"} for n in range(20)]


@dataclass(frozen=True)
class Measure:
    title: str
    take: Callable[[], float]
    unit: str
    goal: str


def ratio(ours: Callable[[], object], other: Callable[[], object], calls: int) -> float:
    """The median time of one call over that of the other, both called in turn."""
    for call in (ours, other) * 20:
        call()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(calls):
        for times, call in zip(taken, (ours, other), strict=True):
            begin = perf_counter()
            call()
            times.append(perf_counter() - begin)
    return statistics.median(taken[0]) / statistics.median(taken[1])


def rounds(take: Callable[[], float]) -> Callable[[], float]:
    """The median over several rounds, each on objects of its own: where they lie in memory shifts a ratio."""
    return lambda: statistics.median(take() for _ in range(9))


def filled(items: int) -> tuple[Emulator, str]:
    """An emulator with one conversation of so many messages."""
    sim = Emulator()
    sim.seed("conv_bench", items=({"role": "user", "content": f"message number {n}"} for n in range(items)))
    return sim, "conv_bench"


def canned(answer: httpx2.Response) -> httpx2.Client:
    """A client that always gets this answer, body and headers."""
    headers, body = answer.headers.raw, answer.content
    return httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, content=body)))


def sdk(client: httpx2.Client) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-bench", base_url=BASE, http_client=client, max_retries=0)


def bare_list() -> float:
    sim, conversation = filled(1000)
    client, url = httpx2.Client(transport=sim.httpx2_transport()), f"{BASE}/conversations/{conversation}/items?limit=20"
    other = canned(client.get(url, headers=KEY))
    return ratio(lambda: client.get(url, headers=KEY), lambda: other.get(url, headers=KEY), 600)


def sdk_list() -> float:
    sim, conversation = filled(1000)
    client = httpx2.Client(transport=sim.httpx2_transport())
    other = sdk(canned(client.get(f"{BASE}/conversations/{conversation}/items?limit=20", headers=KEY)))
    ours = sdk(client)
    return ratio(
        lambda: ours.conversations.items.list(conversation, limit=20),
        lambda: other.conversations.items.list(conversation, limit=20),
        300,
    )


def sdk_list_patched() -> float:
    sim, conversation = filled(1000)
    client = httpx2.Client(transport=sim.httpx2_transport())
    other = sdk(canned(client.get(f"{BASE}/conversations/{conversation}/items?limit=20", headers=KEY)))
    ours = openai.OpenAI(api_key="sk-bench", base_url=BASE, max_retries=0)
    with sim.patch():
        return ratio(
            lambda: ours.conversations.items.list(conversation, limit=20),
            lambda: other.conversations.items.list(conversation, limit=20),
            300,
        )


def journal_and_faults() -> float:
    """With the journal, and a fault armed that does not happen; against neither."""
    (plain, conversation), (armed, _) = filled(1000), filled(1000)
    keep_journal_in(plain, _NoJournal())
    armed.faults.add(RateLimited(), on="conversations.items.list", skip=10**9)
    ours, other = (sdk(httpx2.Client(transport=sim.httpx2_transport())) for sim in (armed, plain))
    return ratio(
        lambda: ours.conversations.items.list(conversation, limit=20),
        lambda: other.conversations.items.list(conversation, limit=20),
        300,
    )


class _NoJournal(Journal):
    def exchange(self, *told: object) -> None:
        pass


def sdk_create(items: Any = TWENTY) -> float:
    """Twenty items into a conversation that grows to some 1,600."""
    sim, conversation = filled(0)
    client = httpx2.Client(transport=sim.httpx2_transport())
    url = f"{BASE}/conversations/{conversation}/items"
    other = sdk(canned(client.post(url, headers=KEY, json={"items": items})))
    ours = sdk(client)
    return ratio(
        lambda: ours.conversations.items.create(conversation, items=items),
        lambda: other.conversations.items.create(conversation, items=items),
        60,
    )


def asked(sim: Emulator, method: str, url: str, body: Any = None) -> Callable[[], object]:
    """A call of the transport alone, without a client's own time."""
    transport, request = sim.httpx2_transport(), httpx2.Request(method, url, headers=KEY, json=body)
    return lambda: transport.handle_request(request)


def middle_page() -> float:
    """A page from the middle of 1,000,000 items against one from the middle of 1,000."""
    (large, conversation), (small, _) = filled(1_000_000), filled(1_000)

    def page(sim: Emulator, position: int) -> Callable[[], object]:
        store = project_named(sim, "proj_default").store
        middle = store.conversations[conversation].items()[position].id
        return asked(sim, "GET", f"{BASE}/conversations/{conversation}/items?limit=20&order=asc&after={middle}")

    return ratio(page(large, 500_000), page(small, 500), 3000)


def append() -> float:
    """Adding a message to 1,000,000 items against adding one to 1,000."""
    (large, conversation), (small, _) = filled(1_000_000), filled(1_000)

    def add(sim: Emulator) -> Callable[[], object]:
        return asked(sim, "POST", f"{BASE}/conversations/{conversation}/items", {"items": TWENTY[:1]})

    return ratio(add(large), add(small), 3000)


def memory() -> float:
    """Bytes that a minimal message keeps, measured over 100,000 of them."""
    sim, conversation = filled(0)
    sim.conversations.items.create(conversation, items=TWENTY)
    client = httpx2.Client(transport=sim.httpx2_transport())
    url, body = f"{BASE}/conversations/{conversation}/items", {"items": [{"role": "user", "content": "hi"}] * 20}
    client.post(url, headers=KEY, json=body)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5000):
        client.post(url, headers=KEY, json=body)
    sim.journal.clear()
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return kept / 100_000


def import_time() -> float:
    """Milliseconds that ``import convsim`` adds to a bare interpreter."""

    def run(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    taken = {code: statistics.median(_timed(run(code)) for _ in range(15)) for code in ("import convsim", "pass")}
    return 1000 * (taken["import convsim"] - taken["pass"])


def copy_time() -> float:
    """Milliseconds of a copy of 20,000 messages in 1,000 conversations."""
    sim = many_conversations()
    return 1000 * statistics.median(_timed(sim.copy) for _ in range(9))


def one_state() -> float:
    """Looking at one conversation of twenty messages among 1,000 against looking at the only one."""
    many, one = many_conversations(), filled(20)[0]
    return ratio(lambda: many.state["conv_500"], lambda: one.state["conv_bench"], 600)


def many_conversations() -> Emulator:
    sim = Emulator()
    for number in range(1000):
        sim.seed(f"conv_{number}", TWENTY)
    return sim


_LIBRARIES = "import pydantic, httpx, httpx2\n"
_CLIENT = f"{_LIBRARIES}client = httpx2.Client().__enter__()\n"
_EMULATOR = "from convsim import Emulator\nsim = Emulator()\n"
_CREATE = f"""with sim.patch():
    body = {{"items": [{{"role": "user", "content": "Hi"}}]}}
    client.post("{BASE}/conversations", headers={KEY}, json=body).raise_for_status()
"""


def first_emulator() -> float:
    """A fresh process that makes an emulator, over one that imports the libraries that convsim needs."""
    return _first(_LIBRARIES + _EMULATOR, _LIBRARIES)


def first_create() -> float:
    """A fresh process that makes a conversation by a patched client, over one that makes such a client alone."""
    return _first(_CLIENT + _EMULATOR + _CREATE, _CLIENT)


def _first(ours: str, other: str) -> float:
    """The ratio of the seconds that two scripts take, once the byte code of all modules is cached."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache

        def taken(script: str) -> float:
            # The processor's own seconds: what else the machine does meanwhile is no part of them.
            code = f"from time import process_time\nbegin = process_time()\n{script}\nprint(process_time() - begin)"
            command = [sys.executable, "-c", code]
            return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)

        for script in (ours, other):
            taken(script)
        return statistics.median(taken(ours) / taken(other) for _ in range(15))


def plugin_import_time() -> float:
    """Milliseconds that the plugin's own module takes, by ``-X importtime``, once its byte code is cached."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-X", "importtime", "-c", "import pytest; import pytest_convsim"]

    def taken() -> float:
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        lines = done.stderr.splitlines()
        return next(int(line.split("|")[1]) / 1000 for line in lines if line.endswith(" pytest_convsim"))

    return statistics.median(taken() for _ in range(15))


def fixture_time() -> float:
    """Milliseconds that the fixture adds to a test after the first, beside an empty one, over 3,000 tests."""

    def after_first(fixture: str) -> float:
        return _suite(3001, fixture) - _suite(1, fixture)

    return statistics.median((after_first("convsim") - after_first("empty")) / 3000 * 1000 for _ in range(7))


def unused_plugin() -> float:
    """A run of 1,000 tests without the fixture, the plugin loaded, over the same run without the plugin."""
    for options in ((), ("-p", "no:convsim")):
        _suite(1000, "empty", *options)
    return statistics.median(_suite(1000, "empty") / _suite(1000, "empty", "-p", "no:convsim") for _ in range(9))


def _suite(tests: int, fixture: str, *options: str) -> float:
    """Seconds of the processor that a run of so many empty tests with the fixture takes, in a fresh process."""
    code = (
        "import pytest\n@pytest.fixture\ndef empty(): return None\n"
        f"@pytest.mark.parametrize('n', range({tests}))\ndef test_n(n, {fixture}): pass\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "test_n.py")
        path.write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "--rootdir", folder]
        before = _of_children()
        subprocess.run([*command, str(path)], check=True, capture_output=True)
        return _of_children() - before


def _of_children() -> float:
    """Seconds of the processor that all child processes have taken."""
    times = os.times()
    return times.children_user + times.children_system


def realtime_create() -> float:
    """A create with its two acknowledgements / reading the one and writing the others with the standard library."""
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello, how are you?"}]}
    text = json.dumps({"type": "conversation.item.create", "item": item})

    def acknowledged(session: Session) -> list[str]:
        session.receive(text)
        return [sent.text for sent in session.events_to_send() if isinstance(sent, Frame)]

    session = Session()
    session.events_to_send()
    events = [json.loads(frame) for frame in acknowledged(session)]
    return ratio(
        lambda: acknowledged(session), lambda: (json.loads(text), [json.dumps(event) for event in events]), 2000
    )


def sdk_realtime() -> float:
    """The same through the SDK's asynchronous client / a canned server on a socket pair."""
    ours, canned = create_times(1000)
    return statistics.median(ours) / statistics.median(canned)


def sdk_turn() -> float:
    """Turns on a conversation that grows to some 600 items."""
    sim, conversation = filled(0)
    sim.responses.script("It is sunny in Paris, and it is warm.", times="always")
    client = httpx2.Client(transport=sim.httpx2_transport())
    body: Any = {"model": "gpt-5.5", "input": "How is the weather?", "conversation": conversation}
    other = sdk(canned(client.post(f"{BASE}/responses", headers=KEY, json=body)))
    ours = sdk(client)
    return ratio(lambda: ours.responses.create(**body), lambda: other.responses.create(**body), 300)


def sdk_stream() -> float:
    """A turn of 100 deltas against the same events from a canned stream, each in a chunk of its own."""
    sim, conversation = filled(0)
    sim.responses.script(" ".join(f"word{n}" for n in range(100)), times="always")
    client = httpx2.Client(transport=sim.httpx2_transport())
    body: Any = {"model": "gpt-5.5", "input": "Count.", "conversation": conversation, "stream": True}
    answer = client.post(f"{BASE}/responses", headers=KEY, json=body)
    chunks = [frame + b"\n\n" for frame in answer.content.split(b"\n\n") if frame]

    def again(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=answer.headers.raw, content=iter(chunks))

    ours, other = sdk(client), sdk(httpx2.Client(transport=httpx2.MockTransport(again)))
    return ratio(lambda: list(ours.responses.create(**body)), lambda: list(other.responses.create(**body)), 60)


def long_conversation() -> float:
    """A turn on a conversation of 10,000 items against one of 100: the transport alone."""

    def asks(items: int) -> Callable[[], object]:
        sim, conversation = filled(items)
        sim.responses.script("It is sunny.", times="always")
        body = {"model": "gpt-5.5", "input": "How is the weather?", "conversation": conversation}
        return asked(sim, "POST", f"{BASE}/responses", body)

    return ratio(asks(10_000), asks(100), 500)


def _timed(call: Callable[[], object]) -> float:
    begin = perf_counter()
    call()
    return perf_counter() - begin


_LIST = ("GET", "/conversations/{}/items?limit=20")
_ADD = ("POST", "/conversations/{}/items", {"items": [served.ITEM]})
_STREAM = ("POST", "/responses", served.TURN)

MEASURES = (
    Measure("SDK `items.list(limit=20)` of 1,000 items / canned answer", rounds(sdk_list), "", "1.03"),
    Measure("the same, patched in / canned answer", rounds(sdk_list_patched), "", "1.035"),
    Measure("journal and an armed fault on that list / neither", rounds(journal_and_faults), "", "1.03"),
    Measure("bare httpx2 GET of the same page / canned answer", rounds(bare_list), "", "1.2"),
    Measure("SDK `items.create` of 20 messages / canned answer", rounds(sdk_create), "", "1.035"),
    Measure("SDK `items.create` of 20 mixed items / canned answer", rounds(lambda: sdk_create(MIXED)), "", "1.15"),
    Measure("page from the middle of 1,000,000 items / of 1,000", middle_page, "", "1.5"),
    Measure("adding a message to 1,000,000 items / to 1,000", append, "", "2"),
    Measure("SDK `responses.create`, scripted, on a conversation / canned answer", rounds(sdk_turn), "", "1.15"),
    Measure("SDK stream of a turn of 100 deltas / canned stream", rounds(sdk_stream), "", "1.3"),
    Measure("turn on a conversation of 10,000 items / of 100", rounds(long_conversation), "", "1.5"),
    Measure("Realtime create and its two events / their JSON alone", rounds(realtime_create), "", "1.5"),
    Measure("SDK Realtime create and its two events / canned server", rounds(sdk_realtime), "", "1.1"),
    Measure("served: `list(20)` / canned application", lambda: served.throughput(*_LIST), "%", "at least 85"),
    Measure("served: create of one item / canned application", lambda: served.throughput(*_ADD), "%", "at least 85"),
    Measure("served: a streamed turn / canned application", lambda: served.throughput(*_STREAM), "%", "at least 85"),
    Measure("served: first answer of `convsim serve` / canned application", served.first_answer, "", "1.5"),
    Measure("memory of a minimal stored message", memory, "bytes", "600"),
    Measure("`copy()` of 20,000 messages in 1,000 conversations", copy_time, "ms", "58"),
    Measure("`sim.state[id]` among 1,000 conversations / the only one", one_state, "", "1.2"),
    Measure("first `Emulator()` / importing pydantic, httpx and httpx2", first_emulator, "", "1.35"),
    Measure("first patch and create / the same client alone", first_create, "", "1.6"),
    Measure("`import convsim`", import_time, "ms", "200"),
    Measure("the plugin's own import", plugin_import_time, "ms", "2"),
    Measure("a run that does not use the plugin / without the plugin", unused_plugin, "", "1.02"),
    Measure("the `convsim` fixture beside an empty one, a test after the first", fixture_time, "ms", "0.205"),
)
