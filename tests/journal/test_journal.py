"""The journal: numbered, bounded, forgotten when told to, and queryable."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import httpx2
import pytest

from convsim import Emulator, NotFoundError, UsageError
from convsim.faults import ConnectionReset, Fault, RateLimited, ServerError
from convsim.faults.answers import ErrorAnswer
from convsim.http.bodies import gathered
from convsim.http.messages import Account, Request, Response, TransportFault
from convsim.journal.entries import Entry, Exchange
from convsim.journal.frames import Frame
from convsim.journal.journal import Journal
from tests.asking import HELLO, client


def numbers(entries: Iterable[Entry]) -> list[int]:
    return [entry.number for entry in entries]


def note(journal: Journal, *sizes: int) -> None:
    """One exchange for each size, with as many bytes of bodies, and no others."""
    for size in sizes:
        request = Request("POST", "", "", "", [], b"x" * (size // 2))
        journal.exchange(0, None, None, request, Response(200, [], b"x" * (size - size // 2)), ())


# --- numbers -------------------------------------------------------------------------------------------------------


def test_nothing_happened_at_first() -> None:
    journal = Emulator().journal

    assert (len(journal), list(journal), journal.dropped, journal.calls(), journal.select()) == (0, [], 0, [], [])
    assert str(journal) == "nothing happened"
    assert repr(journal) == "Journal(0 entries, 0 dropped)"


def test_entries_are_numbered_across_both_fronts() -> None:
    sim = Emulator(ids="sequential")
    client(sim).post("/conversations")
    sim.conversations.retrieve("conv_1")
    client(sim).get("/conversations/conv_1")
    with pytest.raises(NotFoundError):
        sim.conversations.retrieve("conv_x")

    assert numbers(sim.journal) == [1, 2, 3, 4]
    assert (sim.journal[0].number, sim.journal[-1].number) == (1, 4)
    assert [entry.kind for entry in sim.journal] == ["http", "direct", "http", "direct"]
    assert str(sim.journal) == "\n".join(str(entry) for entry in sim.journal)
    assert repr(sim.journal) == "Journal(4 entries, 0 dropped)"


def test_the_newest_entries_are_a_slice() -> None:
    journal = Journal()
    note(journal, 1, 1, 1, 1)

    assert numbers(journal[-2:]) == [3, 4]  # type: ignore[arg-type, index, unused-ignore]


def test_what_happens_during_an_iteration_is_not_part_of_it() -> None:
    sim = Emulator()
    sim.conversations.create()
    seen = 0
    for _ in sim.journal:
        seen += 1
        sim.conversations.create()

    assert (seen, len(sim.journal)) == (1, 2)


def test_each_entry_has_the_time_of_the_emulators_clock() -> None:
    sim = Emulator(now=10)
    client(sim).post("/conversations")
    sim.clock.advance(1.5)
    sim.conversations.create()

    assert [entry.at for entry in sim.journal] == [10, 11.5]


def test_a_journal_of_several_hosts_names_them() -> None:
    journal = Journal()
    for host in (b"api.openai.com", b"eu.test", b"eu.test"):
        request = Request("GET", "/x", "/v1/x", "", [(b"host", host)], b"")
        journal.exchange(0, None, None, request, Response(404, [], b""), ())
    assert ["eu.test" in line for line in str(journal).splitlines()] == [False, True, True]


# --- bounds --------------------------------------------------------------------------------------------------------


def test_the_oldest_entries_make_room() -> None:
    journal = Journal(max_entries=3)
    note(journal, 1, 1, 1, 1, 1)

    assert (numbers(journal), journal.dropped, len(journal)) == ([3, 4, 5], 2, 3)
    assert repr(journal) == "Journal(3 entries, 2 dropped)"


def test_bytes_are_bounded_too() -> None:
    journal = Journal(max_bytes=100)
    note(journal, 40, 40, 20)
    assert numbers(journal) == [1, 2, 3]
    note(journal, 1)
    assert (numbers(journal), journal.dropped) == ([2, 3, 4], 1)


def test_headers_path_and_query_count() -> None:
    journal = Journal(max_bytes=100)
    for _ in range(2):
        request = Request("GET", "/conversations/conv_1/items", "/v1" + "x" * 18, "limit=2", [(b"a", b"x" * 30)], b"")
        journal.exchange(0, None, None, request, Response(200, [], b""), ())
    assert numbers(journal) == [2]


def test_an_answer_that_was_lost_counts_beside_the_request_and_the_one_that_came() -> None:
    journal = Journal(max_bytes=100)
    for _ in range(2):
        request = Request("POST", "", "", "", [], b"x" * 20)
        journal.exchange(0, None, None, request, Response(500, [], b"x" * 20), (), lost=Response(200, [], b"x" * 20))
    assert numbers(journal) == [2]


def test_the_beginning_of_an_answer_counts() -> None:
    journal = Journal(max_bytes=100)
    for _ in range(2):
        request = Request("GET", "", "", "", [], b"")
        outcome = TransportFault("reset_in_body", partial=Response(200, [], b"x" * 60))
        journal.exchange(0, None, None, request, outcome, ())
    assert numbers(journal) == [2]


def test_the_newest_entry_stays_whatever_its_size() -> None:
    journal = Journal(max_bytes=100)
    note(journal, 10, 1000)
    assert numbers(journal) == [2]
    note(journal, 100)
    assert numbers(journal) == [3]
    note(journal, 1)
    assert (numbers(journal), journal.dropped) == ([4], 3)


def test_bodies_of_every_kind_count() -> None:
    answer = Response(200, [], b"x" * 90)
    request = Request("GET", "/x", "/v1/x", "", [], b"")
    outcomes: list[tuple[Response | TransportFault, Response | None]] = [
        (answer, None),
        (TransportFault("reset"), answer),
        (TransportFault("reset_in_body", partial=answer), answer),
        (Response(200, [], b"y" * 90), answer),
    ]
    for outcome, lost in outcomes:
        journal = Journal(max_bytes=100)
        for _ in range(3):
            journal.exchange(0, None, None, request, outcome, (), (), lost)
        assert numbers(journal) == [3], outcome


def test_bodies_of_direct_calls_count() -> None:
    journal = Journal(max_bytes=1000)
    for _ in range(3):
        journal.direct(0, "p", "seed", (), {"body": {"items": ["x" * 900]}}, 200, b"{}")
    assert numbers(journal) == [3]

    journal.direct(0, "p", "conversations.items.list", (), {}, 200, b"x" * 900)
    assert numbers(journal) == [4]
    assert getattr(journal[0], "stream", None) == b""
    journal.direct(0, "p", "responses.create", (), {}, 200, b"{}", stream=b"x" * 900)
    assert numbers(journal) == [5]


def test_bounds_that_leave_no_room_leave_the_newest_or_nothing() -> None:
    none, one = Journal(max_entries=0), Journal(max_bytes=0)
    note(none, 1, 1)
    note(one, 1, 1)

    assert (numbers(none), none.dropped) == ([], 2)
    assert (numbers(one), one.dropped) == ([2], 1)


def test_clear_begins_again() -> None:
    journal = Journal(max_entries=2, max_bytes=10)
    note(journal, 9, 9, 9)
    journal.clear()
    assert (len(journal), journal.dropped, str(journal)) == (0, 0, "nothing happened")

    note(journal, 9)
    note(journal, 1)
    assert (numbers(journal), journal.dropped) == ([1, 2], 0)


def test_reset_clears_it_and_restore_does_not() -> None:
    sim = Emulator()
    sim.conversations.create()
    sim.restore(sim.snapshot())
    assert len(sim.journal) == 1
    sim.reset()
    assert len(sim.journal) == 0
    sim.conversations.create()
    assert numbers(sim.journal) == [1]


def test_entries_count_that_led_to_the_present_state() -> None:
    journal = Journal()

    def counted() -> list[int]:
        return [entry.number for entry in journal if journal.counts(entry)]

    note(journal, 1, 1)
    assert counted() == [1, 2]
    early = journal.mark()
    note(journal, 1)
    journal.go_back(early)
    note(journal, 1)
    assert counted() == [1, 2, 4]
    late = journal.mark()
    journal.go_back(None)
    note(journal, 1)
    assert counted() == [5]
    journal.go_back(late)
    assert counted() == [1, 2, 4]
    journal.clear()
    note(journal, 1)
    assert counted() == [1]
    journal.go_back(late)  # of numbers that mean other entries now
    assert counted() == []


def test_frames_count_with_what_they_hold() -> None:
    frames: list[str | bytes | tuple[int, str]] = ["x" * 60, "é" * 30, b"x" * 60, (1000, "x" * 60)]
    for text in frames:
        journal = Journal(max_bytes=100)
        for _ in range(3):
            journal.frame(0, None, "sess_1", "client", text)
        assert numbers(journal) == [3], text
        journal.clear()
        journal.frame(0, None, "sess_1", "client", text)
        note(journal, 40)
        assert numbers(journal) == [1, 2], text


def test_what_is_redacted_does_not_count() -> None:
    journal = Journal(max_bytes=100)
    for _ in range(2):
        journal.frame(0, None, "sess_1", "client", json.dumps({"authorization": "x" * 90}))

    assert numbers(journal) == [1, 2]


# --- frames --------------------------------------------------------------------------------------------------------


def test_a_frame_is_on_the_timeline_of_all_else() -> None:
    sim = Emulator(now=10)
    sim.conversations.create()
    sim.journal.frame(12.5, "proj_a", "sess_1", "server", '{"type": "error"}', (RateLimited(),), arrived=False)
    (_, frame) = sim.journal

    assert frame == Frame(2, 12.5, "proj_a", "sess_1", "server", '{"type": "error"}', (RateLimited(),), False)
    sim.conversations.create()
    assert [entry.kind for entry in sim.journal] == ["direct", "realtime", "direct"]


def test_half_a_character_is_no_part_of_a_frame() -> None:
    journal = Journal()
    journal.frame(0, None, "sess_1", "client", "\ud800a")

    assert journal[0].texts == ("?a", "")


def test_each_frame_is_a_call_of_its_own() -> None:
    journal = Journal()
    for _ in range(3):
        journal.frame(0, None, "sess_1", "client", '{"type": "response.create"}')

    assert journal.calls() == [(entry,) for entry in journal]


# --- select --------------------------------------------------------------------------------------------------------


def a_story() -> Journal:
    """1 create, 2 add (429), 3 add, 4 list (lost), 5 retrieve item, 6 retrieve conv_x (404), 7 seed, 8 unknown."""
    sim = Emulator(ids="sequential")
    http = client(sim)
    http.post("/conversations")
    sim.faults.add(RateLimited())
    for _ in range(2):
        http.post("/conversations/conv_1/items", json={"items": [HELLO]})
    sim.faults.add(ConnectionReset(), on="conversations.items.list", after_commit=True)
    with pytest.raises(httpx2.ReadError):
        http.get("/conversations/conv_1/items")
    sim.conversations.items.retrieve("msg_1", conversation_id="conv_1")
    http.get("/conversations/conv_x")
    sim.seed("conv_a")
    http.get("/nowhere")
    return sim.journal


def a_session() -> Journal:
    """1 create, 2 added and 3 done (lost) of one item in sess_1, 4 error and 5 close of sess_2, 6 a direct call."""
    sim = Emulator()
    item = {"item": {"id": "item_1"}}
    event = "conversation.item."
    for sender, text, lost in (
        ("client", {"type": f"{event}create", **item}, ()),
        ("server", {"type": f"{event}added", **item}, ()),
        ("server", {"type": f"{event}done", **item}, (ConnectionReset(),)),
    ):
        sim.journal.frame(0, "proj_a", "sess_1", sender, json.dumps(text), lost, arrived=not lost)  # type: ignore[arg-type]
    sim.journal.frame(0, "proj_b", "sess_2", "server", '{"type": "error", "error": {"code": "x"}}')
    sim.journal.frame(0, "proj_b", "sess_2", "server", (1001, ""))
    sim.seed("conv_a")
    return sim.journal


FRAMES: list[tuple[dict[str, Any], list[int]]] = [
    ({"kind": "realtime"}, [1, 2, 3, 4, 5]),
    ({"operation": "conversation.item.create"}, [1]),
    ({"operation": "conversation.item.retrieved"}, []),
    ({"operation": "conversation.created"}, []),
    ({"operation": "session.update"}, []),
    ({"operation": "input_audio_buffer.append"}, []),
    ({"operation": "response.output_text.delta"}, []),
    ({"operation": "error"}, [4]),
    ({"operation": "close"}, [5]),
    ({"conversation": "sess_1"}, [1, 2, 3]),
    ({"conversation": "sess_2", "operation": "close"}, [5]),
    ({"item": "item_1"}, [1, 2, 3]),
    ({"project": "proj_b"}, [4, 5]),
    ({"fault": ConnectionReset}, [3]),
    ({"status": 200}, [6]),
    ({"kind": "direct"}, [6]),
]


@pytest.mark.parametrize(("criteria", "expected"), FRAMES, ids=str)
def test_frames_are_selected_as_all_else(criteria: dict[str, Any], expected: list[int]) -> None:
    assert numbers(a_session().select(**criteria)) == expected


@pytest.mark.parametrize("operation", ["seed", "close", "error", "session.update", "conversations.list"])
def test_what_has_not_happened_may_be_asked_for(operation: str) -> None:
    assert Journal().select(operation=operation) == []


@pytest.mark.parametrize("operation", ["item.create", "errors", "session", "rate_limits.updated"])
def test_what_is_neither_an_operation_nor_an_event_is_refused(operation: str) -> None:
    with pytest.raises(UsageError, match=f"^there is no operation '{operation}'"):
        a_session().select(operation=operation)


def test_an_event_that_convsim_does_not_know_may_be_asked_for_when_it_came() -> None:
    sim = Emulator()
    connection = sim.realtime.connect()
    connection.send({"type": "session.close"})
    assert connection.events()
    assert [entry.number for entry in sim.journal.select(operation="session.close")] == [2]
    with pytest.raises(UsageError) as caught:
        sim.journal.select(operation="conversation.item.creat")
    assert str(caught.value).startswith(
        "there is no operation 'conversation.item.creat'. Did you mean 'conversation.item.create'? There are"
    )
    assert str(caught.value).endswith(", responses.list, and the events of Realtime sessions")


SELECTED: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ({"operation": "conversations.items.create"}, [2, 3]),
    ({"operation": "seed"}, [7]),
    ({"status": 200}, [1, 3, 5, 7]),
    ({"status": 404}, [6, 8]),
    ({"conversation": "conv_1"}, [1, 2, 3, 4, 5]),
    ({"conversation": "conv_none"}, []),
    ({"item": "msg_1"}, [3, 4, 5]),
    ({"fault": True}, [2, 4]),
    ({"fault": RateLimited}, [2]),
    ({"fault": ErrorAnswer}, [2]),
    ({"fault": Fault}, [2, 4]),
    ({"fault": ServerError}, []),
    ({"kind": "direct"}, [5, 7]),
    ({"kind": "http", "status": 200}, [1, 3]),
    ({"operation": "conversations.items.create", "status": 429, "fault": True}, [2]),
    ({"conversation": "conv_1", "item": "msg_1", "kind": "direct", "status": 200}, [5]),
    ({"operation": "conversations.items.create", "status": 404}, []),
]


@pytest.mark.parametrize(("criteria", "expected"), SELECTED, ids=str)
def test_entries_are_selected_by_all_criteria(criteria: dict[str, Any], expected: list[int]) -> None:
    assert numbers(a_story().select(**criteria)) == expected


def test_a_wrong_operation_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(UsageError) as caught:
        Emulator().journal.select(operation="conversation.items.create")

    said = str(caught.value)
    assert said.startswith(
        "there is no operation 'conversation.items.create'. Did you mean 'conversations.items.create'?"
        " There are conversations.create, conversations.retrieve, "
    )
    with pytest.raises(UsageError, match=r"^there is no operation 'xyz'\. There are conversations\.create, "):
        Emulator().journal.select(operation="xyz")


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ({"kind": "htp"}, "kind='htp': write 'http', 'direct' or 'realtime'"),
        ({"status": "404"}, "status='404': write a number, as 404"),
        ({"status": True}, "status=True: write a number, as 404"),
        ({"fault": "RateLimited"}, "fault='RateLimited': write a class of faults, as RateLimited, or True for any"),
        ({"fault": False}, "fault=False: write a class of faults, as RateLimited, or True for any"),
        ({"fault": int}, "fault=<class 'int'>: write a class of faults, as RateLimited, or True for any"),
    ],
)
def test_a_criterion_that_nothing_can_meet_is_refused(criterion: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Journal().select(**criterion)
    assert str(caught.value) == words


class Sending:
    """A body that is still being sent."""

    wake = staticmethod(lambda: None)

    def __init__(self) -> None:
        self.account = Account(self)

    def next(self, now: float) -> None:
        """Return None: the stream has ended."""

    due = gathered

    def close(self, code: int = 1006, reason: str = "") -> None:
        """Do nothing."""


def test_an_entry_stays_as_it_was_made() -> None:
    headers = [(b"a", b"b")]
    journal = Journal()
    journal.exchange(0, None, None, Request("GET", "", "", "", [], b""), Response(200, headers, b""), ())
    entry = journal[0]
    assert isinstance(entry, Exchange)
    headers.append((b"c", b"d"))

    assert entry.response is not None
    assert entry.response.headers == [(b"a", b"b")]


def test_a_body_that_breaks_off_while_it_is_sent_is_no_whole_answer() -> None:
    journal = Journal()
    outcome = TransportFault("reset_in_body", partial=Response(200, [], Sending()))
    journal.exchange(0, None, None, Request("POST", "", "", "", [], b""), outcome, ())

    entry = journal[0]
    assert isinstance(entry, Exchange)
    assert (entry.status, entry.arrived, type(entry.outcome)) == (200, False, TransportFault)


def test_events_of_any_shape_are_told() -> None:
    journal = Journal()
    body = b"event: a\ndata: {}\ndata: 5\n\nevent: b\ndata: 5\n\n"
    journal.exchange(0, None, None, Request("POST", "", "", "", [], b""), Response(200, [], body), ())

    entry = journal[0]
    assert isinstance(entry, Exchange)
    assert entry.events == (None, 5)
    assert "2 events, not all of them" in str(entry)


def test_an_answer_that_is_being_sent_is_told_as_far_as_it_is() -> None:
    journal, body = Journal(), Sending()
    request = Request("POST", "/responses", "/v1/responses", "", [], b"")
    journal.exchange(0, None, None, request, Response(200, [], body), ())
    body.account.note(b'{"begun', arrived=True)
    assert journal[0].answer is None
    body.account.note(b'": true}', arrived=True)

    assert journal[0].answer == {"begun": True}
    assert journal[0] is not journal[0]
    body.account.close()
    assert journal[0] is journal[0]


class Ending(Account):
    """The account of a body that another thread ends just after it was read, or after it was asked whether it is over.

    ``rest`` is what that thread sends last.
    """

    __slots__ = ("rest",)

    def __init__(self, body: Sending, rest: bytes = b"") -> None:
        super().__init__(body)
        self.rest = rest

    @property
    def sent(self) -> bytes:
        sent = super().sent
        self._end()
        return sent

    @property
    def over(self) -> bool:
        over = super().over
        if not self.rest:
            self._end()
        return over

    def _end(self) -> None:
        if self.is_open:
            self.note(self.rest, arrived=True)
            self.close()


def test_an_answer_that_ends_while_it_is_read_is_told_to_its_end() -> None:
    journal, body = Journal(), Sending()
    body.account = Ending(body, rest=b": 1}")
    journal.exchange(0, None, None, Request("POST", "", "", "", [], b""), Response(200, [], body), ())
    body.account.note(b'{"a"', arrived=True)
    assert journal[0].answer is None
    assert journal[0].answer == {"a": 1}


def test_a_stream_that_ends_while_another_answer_is_noted_is_counted() -> None:
    journal, body = Journal(max_bytes=100), Sending()
    body.account = Ending(body)
    journal.exchange(0, None, None, Request("POST", "", "", "", [], b""), Response(200, [], body), ())
    body.account.note(b"x" * 90, arrived=True)
    note(journal, 10)
    note(journal, 10)
    assert numbers(journal) == [2, 3]


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_stream_counts_as_what_became_of_it_once_it_is_over(forgotten: bool) -> None:
    journal = Journal(max_bytes=100)
    request = Request("POST", "", "", "", [], b"")
    body: Sending | None = Sending()
    assert body is not None
    journal.exchange(0, None, None, request, Response(200, [], body), ())
    body.account.note(b"x" * 50, arrived=True)
    body.account.note(b"x" * 40, arrived=False)
    note(journal, 50)
    assert numbers(journal) == [1, 2]
    if not forgotten:
        body.account.close()
    body = None
    note(journal, 10)
    assert numbers(journal) == [2, 3]


def test_a_stream_counts_with_its_request_and_not_by_how_often_it_was_looked_at() -> None:
    journal, body = Journal(max_bytes=100), Sending()
    journal.exchange(0, None, None, Request("POST", "", "", "", [], b"x" * 40), Response(200, [], body), ())
    note(journal, *[0] * 20, 40)
    body.account.note(b"x" * 20, arrived=True)
    body.account.close()
    note(journal, 0)
    assert numbers(journal) == [*range(1, 24)]
    note(journal, 60, 0)
    assert numbers(journal) == [*range(2, 26)]
    note(journal, 1)
    assert numbers(journal) == [*range(23, 27)]


def test_a_stream_that_was_dropped_while_it_was_sent_counts_no_more() -> None:
    journal, body = Journal(max_entries=2), Sending()
    request = Request("POST", "", "", "", [], b"")
    journal.exchange(0, None, None, request, Response(200, [], body), ())
    note(journal, 1, 1)
    body.account.note(b"x" * 20 * 2**20, arrived=True)
    body.account.close()
    note(journal, 1, 1)
    assert numbers(journal) == [4, 5]
    journal.exchange(0, None, None, request, Response(200, [], Sending()), ())
    assert numbers(journal) == [5, 6]
