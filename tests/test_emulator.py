from __future__ import annotations

import re
from pathlib import Path
from threading import Lock
from typing import Any

import httpx2
import pytest

from convsim import Behavior, Clock, ConversationState, Emulator, NotFoundError, UsageError
from tests.asking import check, lock, service

HELLO = {"role": "user", "content": "hello"}


# --- options -------------------------------------------------------------------------------------------------------

REFUSED = [
    ({"ids": "short"}, "Emulator(ids='short'): write 'live' or 'sequential'"),
    ({"ids": None}, "Emulator(ids=None): write 'live' or 'sequential'"),
    ({"unknown_ids": "make"}, "Emulator(unknown_ids='make'): write 'refuse' or 'create'"),
    ({"api_keys": "sk-one"}, "api_keys is one string: write api_keys=[...] or api_keys={key: project}"),
    (
        {"base_urls": "https://example.org/v1"},
        "base_urls='https://example.org/v1' is one string: write base_urls=['https://example.org/v1']",
    ),
    (
        {"base_urls": ["example.org"]},
        "base_urls has 'example.org': write a whole URL such as 'https://api.openai.com/v1'",
    ),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=[str(options) for options, _ in REFUSED])
def test_a_wrong_option_is_refused_in_words(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Emulator(**options)
    assert str(caught.value) == message


@pytest.mark.parametrize("now", [-1, 2**32, float("nan")])
def test_an_instant_that_no_id_could_carry_is_refused(now: float) -> None:
    with pytest.raises(ValueError, match="write seconds since 1970"):
        Emulator(now=now)


def test_an_unknown_option_is_refused_by_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"^Emulator\(xyz=...\): there is no such option\. There are seed, now, ids, "):
        Emulator(xyz=1)  # type: ignore[call-arg]


def test_options_are_keywords_only() -> None:
    with pytest.raises(TypeError, match=r"^Emulator\(\) takes keywords only, such as Emulator\(seed=1\)"):
        Emulator(0)  # type: ignore[call-arg]


def test_the_clock_stands_at_the_given_instant_or_is_the_given_one() -> None:
    clock = Clock(1000)

    assert Emulator().conversations.create().created_at == 1741900000
    assert Emulator(now=5).conversations.create().created_at == 5
    sim = Emulator(now=clock)
    clock.advance(1)
    assert sim.clock is clock
    assert sim.conversations.create().created_at == 1001


def test_the_seed_decides_all_ids() -> None:
    def ids(seed: int) -> list[str]:
        sim = Emulator(seed=seed)
        made = sim.conversations.create(items=[HELLO])
        return [made.id, sim.state[made.id].items[0].id]

    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))
    assert all(re.fullmatch(r"(conv|msg)_[0-9a-f]{48}", made) for made in ids(1))


def test_sequential_ids_are_counted_per_emulator() -> None:
    sim = Emulator(ids="sequential")
    other = sim.project("proj_b")

    assert sim.conversations.create(items=[HELLO]).id == "conv_1"
    assert other.conversations.create(items=[HELLO]).id == "conv_2"
    assert [item.id for item in other.state["conv_2"].items] == ["msg_2"]
    assert Emulator(ids="sequential").conversations.create().id == "conv_1"


def test_the_behavior_is_the_given_one() -> None:
    sim = Emulator(behavior=Behavior(metadata_update="replace"))
    made = sim.conversations.create(metadata={"a": "1"})

    assert sim.conversations.update(made.id, metadata={"b": "2"}).metadata == {"b": "2"}


# --- projects and keys ---------------------------------------------------------------------------------------------


def seen(sim: Emulator, key: str) -> int:
    """The status of retrieving conv_x with that key."""
    with httpx2.Client(transport=sim.httpx2_transport(), base_url="https://api.openai.com/v1") as client:
        return client.get("/conversations/conv_x", headers={"Authorization": f"Bearer {key}"}).status_code


def test_any_key_sees_the_default_project_unless_keys_are_given() -> None:
    sim = Emulator()
    sim.seed("conv_x")

    assert [seen(sim, "sk-one"), seen(sim, "sk-two")] == [200, 200]


def test_several_keys_see_a_project_each() -> None:
    sim = Emulator(api_keys=["sk-one", "sk-two", "sk-three"])
    sim.seed("conv_x")
    assert [seen(sim, key) for key in ("sk-one", "sk-two", "sk-three", "sk-four")] == [200, 404, 404, 401]

    sim.project("proj_3").seed("conv_x")
    assert [seen(sim, key) for key in ("sk-one", "sk-two", "sk-three")] == [200, 404, 200]


def test_keys_mapped_to_one_project_share_it() -> None:
    sim = Emulator(api_keys={"sk-one": "proj_a", "sk-two": "proj_a", "sk-three": "proj_default"})
    sim.project("proj_a").seed("conv_x")

    assert [seen(sim, key) for key in ("sk-one", "sk-two", "sk-three")] == [200, 200, 404]
    assert "conv_x" not in sim.state
    assert sim.project("proj_default").state == sim.state


def test_conversations_of_one_project_do_not_shift_those_of_another() -> None:
    alone, busy = Emulator(), Emulator()
    busy.project("proj_a").conversations.create()

    assert busy.conversations.create().id == alone.conversations.create().id
    first, second = alone.project("a").conversations.create(), alone.project("b").conversations.create()
    assert first.id != second.id


# --- arranging and looking -----------------------------------------------------------------------------------------


def test_seed_takes_literal_ids() -> None:
    sim = Emulator()
    made = sim.seed("conv_123", items=[HELLO | {"id": "msg_abc"}, HELLO], metadata={"a": "1"})

    assert made.to_dict() == {
        "id": "conv_123",
        "object": "conversation",
        "created_at": 1741900000,
        "metadata": {"a": "1"},
    }
    assert sim.conversations.items.retrieve("msg_abc", conversation_id="conv_123").content[0].text == "hello"
    assert re.fullmatch(r"msg_[0-9a-f]{48}", sim.state["conv_123"].items[1].id)


def test_seed_of_an_existing_conversation_is_refused_and_changes_nothing() -> None:
    sim = Emulator()
    sim.seed("conv_123", items=[HELLO])
    before = sim.state
    with pytest.raises(UsageError) as caught:
        sim.seed("conv_123", items=[HELLO])

    assert str(caught.value) == (
        "seed('conv_123'): this conversation exists already; add to it with"
        " conversations.items.create('conv_123', items=[...])"
    )
    assert sim.state == before


def test_minted_ids_never_collide_with_seeded_ones() -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_1", items=[HELLO | {"id": f"msg_{number}"} for number in (1, 2, 4)])
    made = sim.conversations.create(items=[HELLO, HELLO])

    assert made.id == "conv_2"
    assert [item.id for item in sim.state["conv_2"].items] == ["msg_3", "msg_5"]


def test_live_ids_never_collide_with_seeded_ones() -> None:
    made = Emulator().conversations.create(items=[HELLO])
    sim = Emulator()
    sim.seed(made.id, items=[HELLO])

    assert sim.conversations.create(items=[HELLO]).id != made.id
    ids = [item.id for state in sim.state.values() for item in state.items]
    assert len(set(ids)) == 2


def test_state_shows_every_conversation_with_all_its_items_and_nothing_hidden() -> None:
    sim = Emulator(ids="sequential")
    image = {"type": "input_image", "image_url": "https://example.org/a.png"}
    sim.openai().conversations.create(metadata={"a": "1"})
    sim.seed("conv_a", items=[{"role": "user", "content": [image]}, HELLO])
    state = sim.state

    assert list(state) == ["conv_1", "conv_a"]
    assert isinstance(state["conv_a"], ConversationState)
    assert state["conv_a"].items[0].content[0].image_url == "https://example.org/a.png"
    assert (state["conv_1"].metadata, state["conv_1"].items) == ({"a": "1"}, ())
    assert [item.id for item in state["conv_a"].items] == ["msg_1", "msg_2"]


def test_state_is_a_read_only_snapshot() -> None:
    sim = Emulator(ids="sequential")
    before = sim.state
    sim.conversations.create()

    assert (list(before), list(sim.state)) == ([], ["conv_1"])
    with pytest.raises(TypeError):
        sim.state["conv_2"] = None  # type: ignore[index]


def test_a_transcript_is_text_of_one_conversation() -> None:
    sim = Emulator(ids="sequential")
    sim.conversations.create(items=[HELLO])

    assert sim.transcript("conv_1") == "conv_1  1 item\n  0  user  hello"


@pytest.mark.parametrize(
    ("there", "words"), [([], "there is none"), (["conv_a", "conv_b"], "there are 'conv_a' and 'conv_b'")]
)
def test_a_transcript_of_nothing_says_what_there_is(there: list[str], words: str) -> None:
    sim = Emulator()
    for conversation_id in there:
        sim.seed(conversation_id)
    with pytest.raises(UsageError) as caught:
        sim.transcript("conv_x")

    assert str(caught.value) == f"transcript('conv_x'): no such conversation; {words}"


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_reset_begins_again(ids: Any) -> None:
    sim = Emulator(ids=ids, now=Clock(1000))

    def calls() -> list[Any]:
        made = sim.conversations.create(items=[HELLO])
        sim.clock.advance(7)
        later = sim.project("proj_b").conversations.create()
        return [made.to_dict(), later.to_dict(), sim.state[made.id].to_dict(), seen(sim, "sk")]

    first = calls()
    sim.reset()
    assert dict(sim.state) == {}
    assert dict(sim.project("proj_b").state) == {}
    assert sim.clock.now() == 1000
    assert calls() == first


def test_a_repr_says_what_kind_of_emulator_it_is() -> None:
    sim = Emulator(seed=3, api_keys=["sk-secret"])
    sim.conversations.create()

    assert repr(sim) == "Emulator(seed=3, ids='live', conversations=1)"


# --- ids that exist on first use -----------------------------------------------------------------------------------


def test_literal_ids_exist_on_first_use() -> None:
    sim = Emulator(unknown_ids="create")
    conversations, items = sim.conversations, sim.conversations.items

    assert conversations.retrieve("conv_123").id == "conv_123"
    assert conversations.update("conv_2", metadata={"a": "1"}).metadata == {"a": "1"}
    assert conversations.delete("conv_3").deleted
    assert conversations.delete("conv_3").deleted
    assert items.list("conv_4").data == ()
    assert items.list("conv_5", after="msg_a", order="asc").data == ()
    assert items.create("conv_6", items=[HELLO]).data[0].content[0].text == "hello"
    assert items.retrieve("msg_abc", conversation_id="conv_7").role == "user"
    assert items.delete("msg_a", conversation_id="conv_8").id == "conv_8"
    assert items.delete("msg_a", conversation_id="conv_8").id == "conv_8"
    assert list(sim.state) == ["conv_123", *(f"conv_{number}" for number in (2, 4, 5, 6, 7, 8))]
    check(sim)


def test_ids_on_first_use_bring_the_behavior_that_generated_suites_need() -> None:
    sim = Emulator(unknown_ids="create")
    sim.conversations.items.create("conv_a", items=[HELLO | {"phase": "commentary"}])

    page = sim.conversations.items.list("conv_a", limit=0)
    assert (page.data, page.has_more) == ((), True)
    assert "phase" not in sim.state["conv_a"].items[0].to_dict()


def test_without_the_option_they_do_not() -> None:
    with pytest.raises(NotFoundError):
        Emulator().conversations.retrieve("conv_123")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": "x"}, r"^Emulator\(seed='x'\): write an integer"),
        ({"seed": True}, r"^Emulator\(seed=True\): write an integer"),
        ({"behavior": None}, r"^Emulator\(behavior=None\): write behavior=Behavior\(...\)"),
        ({"behavior": {}, "unknown_ids": "create"}, r"^Emulator\(behavior=\{\}\)"),
        ({"replies": "Paris."}, r"^Emulator\(replies='Paris\.'\): write a list"),
        ({"replies": 5}, r"^Emulator\(replies=5\): write a list"),
        ({"replies": [b"x"]}, r"^sim\.responses\.script"),
        ({"unscripted": "always"}, r"^Emulator\(unscripted='always'\): write 'refuse' or 'echo'"),
        ({"context_window": 0}, r"^Emulator\(context_window=0\): write a number of tokens, 1 or more"),
        ({"context_window": True}, r"^Emulator\(context_window=True\)"),
        ({"now": -1}, r"^Clock\(now=-1\)"),
        ({"api_keys": [1]}, "^api_keys: write keys and projects as strings"),
        ({"api_keys": {"sk-a": None}}, "^api_keys: write keys and projects as strings"),
        ({"base_urls": [5]}, "^base_urls has '5': write a whole URL"),
        ({"base_urls": {5: "proj_a"}}, "^base_urls has '5': write a whole URL"),
        ({"base_urls": {"https://x.test/v1": 5}}, "^base_urls: write URLs and projects as strings"),
        ({"base_urls": {"https://x.test/v1": "a\n"}}, r"^base_urls: 'a\\n' is not a project name"),
        ({"auth": "none"}, r"^Emulator\(auth='none'\): write 'key' or 'any'"),
        ({"base_urls": None}, r"^Emulator\(base_urls=None\): write a list of URLs, or a mapping from URL to project"),
        ({"api_keys": 5}, r"^Emulator\(api_keys=5\): write a list of keys, or a mapping from key to project"),
        ({"faults": None}, r"^Emulator\(faults=None\): write a list, faults=\[RateLimited\(\)\]"),
        ({"faults": {}}, r"^Emulator\(faults=\{\}\): write a list"),
        ({"virtual_time": "no"}, r"^Emulator\(virtual_time='no'\): write True or False"),
        ({"state": 5}, r"^Emulator\(state=5\): write the path of a file that sim\.dump\(\) wrote"),
        ({"now": True}, r"^Clock\(now=True\): write seconds since 1970"),
        ({"api_keys": [["sk-a"]]}, "^api_keys: write keys and projects as strings"),
    ],
)
def test_an_option_of_a_wrong_type_is_refused_at_once(options: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Emulator(**options)


def test_a_wrong_base_url_in_the_environment_hurts_only_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:8000")
    sim = Emulator()
    assert sim.conversations.create().id in sim.state
    with pytest.raises(UsageError, match=r"^OPENAI_BASE_URL has 'localhost:8000'"):
        sim.httpx2_transport()


def test_the_id_of_a_deleted_conversation_is_not_minted_again() -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_1")
    sim.conversations.delete("conv_1")
    assert sim.conversations.create().id == "conv_2"


@pytest.mark.parametrize("after", ["", "not an id", "msg_", "x" * 65])
def test_a_malformed_cursor_does_not_spring_into_being(after: str) -> None:
    sim = Emulator(unknown_ids="create")
    with pytest.raises(NotFoundError):
        sim.conversations.items.list("conv_1", after=after)
    assert dict(sim.state) == {}


def test_a_repr_needs_no_lock() -> None:
    """As a debugger shows it in the middle of an operation."""
    sim = Emulator()
    sim.conversations.create()
    with lock(sim):
        assert repr(sim) == "Emulator(seed=0, ids='live', conversations=1)"


def test_threads_that_open_the_first_connections_at_once_get_one_front(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = Emulator()
    others: list[object] = []

    def made(service: object) -> object:
        # As another thread would, meanwhile.
        monkeypatch.undo()
        others.append(sim.realtime)
        return object()

    monkeypatch.setattr("convsim.service.realtime.Realtime", made)
    assert sim.realtime is others[0]
    assert sim.realtime is others[0]


def test_no_other_thread_sees_a_reset_before_the_first_state_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Emulator()
    first.seed("conv_1")
    first.dump(tmp_path / "state.json")
    sim = Emulator(state=tmp_path / "state.json")
    seen: list[list[str]] = []

    class Watched:
        """A lock that lets another reader in whenever it is released."""

        def __init__(self) -> None:
            self._lock = Lock()

        def __enter__(self) -> None:
            self._lock.acquire()

        def __exit__(self, *error: object) -> None:
            self._lock.release()
            if readers:
                readers.pop()
                seen.append(list(sim.state))

    readers = [True]
    monkeypatch.setattr(service(sim), "lock", Watched())
    sim.reset()
    assert seen
    assert all(names == ["conv_1"] for names in seen)
