"""What is run against a server, in which order, and what is left out for which reason."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from convsim.contract.answers import ok
from convsim.contract.evidence import Level, recorded
from convsim.contract.realtime import Act, Heard, Send, realtime
from convsim.contract.scenario import Call, Raw, scenario
from convsim.contract.scenarios import FOUNDRY_SECTIONS, REALTIME_SECTIONS, SECTIONS, SOCKET_SECTIONS
from convsim.contract.selection import Candidate, Sections, operations_of, select, stale_first, within
from convsim.contract.sessions import GA
from convsim.errors import UsageError


def reasons(candidates: list[Candidate]) -> dict[str, str]:
    return {one.told.name: one.reason for one in candidates if one.reason}


def test_against_our_own_server_nothing_is_left_out() -> None:
    everything: list[Sections] = [SECTIONS, SOCKET_SECTIONS, REALTIME_SECTIONS, FOUNDRY_SECTIONS]
    for sections in everything:
        chosen = select(sections, own=True)
        assert [one.told for one in chosen] == [told for section in sections.values() for told in section]
        assert reasons(chosen) == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("time", "is convsim's own: its clock stands still"),
        ("turn-object", "needs a script"),
        ("background", "needs a script"),
        ("metadata-at-its-limits", "its conversation has no room for the tag"),
        ("fault-overloaded", "needs a fault"),
        ("update-replaces", "needs a switch: Behavior(metadata_update='replace')"),
        ("projects", "needs a switch: api_keys"),
        ("turn-too-long", "needs a switch: context_window"),
    ],
)
def test_a_scenario_that_another_server_cannot_be_asked_says_why(name: str, reason: str) -> None:
    assert reasons(select(SECTIONS, only=[name])) == {name: reason}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("foundry-turn-agent", "needs a script"),
        ("foundry-turn-tools-with-agent", "needs an agent"),
        ("foundry-list", "needs a project without other objects"),
    ],
)
def test_so_does_one_of_a_project(name: str, reason: str) -> None:
    assert reasons(select(FOUNDRY_SECTIONS, only=[name])) == {name: reason}


def test_a_project_is_asked_about_its_conversations_and_about_agents_that_it_does_not_have() -> None:
    asked = [one.told.name for one in select(FOUNDRY_SECTIONS) if not one.reason]
    assert {"foundry-create", "foundry-items", "foundry-envelope", "foundry-turn-unknown-agent"} <= set(asked)


def test_so_does_one_over_a_websocket() -> None:
    found = reasons(select(SOCKET_SECTIONS))
    assert found["socket-turn"] == "needs a script"
    assert found["socket-hour"] == "needs a clock: its hours pass at once"
    assert not {"socket-lane-name", "socket-background", "socket-no-event"} & found.keys()
    without = select({**SECTIONS, **SOCKET_SECTIONS}, own=True, no_sockets="it is not installed")
    assert set(reasons(without).values()) == {"needs a WebSocket: it is not installed"}


def test_so_does_one_of_realtime() -> None:
    found = Counter(reasons(select(REALTIME_SECTIONS)).values())
    assert found["needs a service that still speaks the beta"] > 20
    assert found["needs a script"] > 20
    assert found["needs a fault"] == 2
    assert found["needs a switch: api_keys"] == 1
    assert found["needs a switch: Behavior(realtime_duplicate_ids='append')"] == 1
    assert not any("beta" in name for name, reason in reasons(select(REALTIME_SECTIONS)).items() if not reason)


def test_words_name_tags_levels_and_scenarios() -> None:
    assert [one.told.name for one in select(SECTIONS, only=["retrieve", "create-bare"])] == ["create-bare", "retrieve"]
    assert all("ms" in one.told.evidence.tags for one in select(SECTIONS, only=["ms"]))
    assert {one.told.evidence.level for one in select(SECTIONS, only=["inferred"])} == {Level.INFERRED}


def test_a_word_names_an_operation_of_any_front() -> None:
    deleting = [one.told.name for one in select(SECTIONS, only=["conversations.delete"])]
    assert {"delete", "deleted-is-gone"} <= set(deleting)
    assert "create-bare" not in deleting
    assert select(SOCKET_SECTIONS, only=["responses.create"]) == select(SOCKET_SECTIONS)
    cut = select(REALTIME_SECTIONS, only=["conversation.item.truncate"])
    assert 0 < len(cut) < len(select(REALTIME_SECTIONS))


def test_the_operations_of_a_scenario_are_those_of_its_requests_in_order() -> None:
    raw = (
        Raw("GET", "/conversations/conv_1/items?limit=1", ok({})),
        Raw("PUT", "/conversations", ok({})),
        Raw("GET", "/no", ok({})),
    )
    call = Call("conversations.create", {}, ok({}))
    assert operations_of(scenario("a", "Bare", recorded("ms"), call, *raw)) == [
        "conversations.create",
        "conversations.items.list",
    ]
    sent = Send({"type": "response.create"}, Heard()), Send({}, Heard()), Send("{", Heard()), Act("expire", Heard())
    assert operations_of(realtime("b", "Bare", recorded("ms"), GA, *sent)) == ["response.create"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("dotnett", "--only dotnett: no tag, level, operation or scenario is called so; did you mean 'dotnet'"),
        ("???", "--only ???: no tag, level, operation or scenario is called so; see docs/evidence.md"),
        ("frame-log", "--only frame-log: no scenario has evidence of this kind"),
    ],
)
def test_a_word_that_chooses_nothing_is_refused(word: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        select(SECTIONS, only=[word])
    assert str(error.value).startswith(sentence)


def test_what_nobody_has_seen_since_a_day_comes_first() -> None:
    chosen = select(SECTIONS)
    sorted_out = stale_first(chosen, date(2026, 1, 1))
    stale = [one.told.evidence.seen is None or one.told.evidence.seen < date(2026, 1, 1) for one in sorted_out]
    assert stale == sorted(stale, reverse=True)
    assert 0 < sum(stale) < len(chosen)
    assert stale_first(chosen, date(2000, 1, 1))[-1] == [one for one in chosen if one.told.evidence.seen][-1]


def test_what_would_need_too_many_requests_is_left_out_and_smaller_ones_still_run() -> None:
    names = ["create-bare", "deleted-is-gone", "unknown-conversation"]
    chosen = select(SECTIONS, only=names)
    assert [(one.requests, one.conversations) for one in chosen] == [(3, 1), (12, 1), (2, 0)]
    assert reasons(within(chosen, 17)) == {}
    assert reasons(within(chosen, 16)) == {"unknown-conversation": "beyond --max-requests"}
    assert reasons(within(chosen, 10)) == {"deleted-is-gone": "beyond --max-requests"}
    assert reasons(within(select(SECTIONS, only=["time"]), 0)) == {"time": "is convsim's own: its clock stands still"}
    (turns,) = select(SOCKET_SECTIONS, only=["socket-background"])
    assert (turns.requests, turns.conversations) == (4, 0)
    (session, *_) = select(REALTIME_SECTIONS)
    assert (session.requests, session.conversations) == (1, 0)
