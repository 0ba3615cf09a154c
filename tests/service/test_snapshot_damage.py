"""Files that are no states, or damaged ones: refused in words that name the place, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator, UsageError
from tests.asking import HELLO, check, client, heard

Damage = Callable[[Any], object]


def require_refused(path: Path, *words: str) -> None:
    """Loading the file is refused in these words, by an emulator that then goes on as if nothing had been."""
    sim, untouched = Emulator(seed=5), Emulator(seed=5)
    for each in (sim, untouched):
        each.seed("conv_kept", items=[HELLO])
        each.clock.advance(3)
    with pytest.raises(UsageError) as caught:
        sim.load(path)
    said = str(caught.value)

    assert said.startswith(str(path))
    assert said.count("is not a state") + said.count("is a state") <= 1
    assert [word for word in words if word not in said] == []
    assert "\n" not in said
    check(sim)
    assert (sim.snapshot(), len(sim.journal)) == (untouched.snapshot(), 1)
    assert heard(client(sim).post("/conversations")) == heard(client(untouched).post("/conversations"))
    with pytest.raises(UsageError):
        Emulator(state=path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    require_refused(path, f"there is no such file; write one with sim.dump({str(path)!r})")


def test_names_of_files_and_members_steer_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mstate.json"
    Emulator().dump(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "\x1b[31mred": 1}))
    with pytest.raises(UsageError) as caught:
        Emulator(state=path)
    assert str(caught.value).startswith(rf"{tmp_path}/\x1b[31mstate.json is damaged: ")
    assert r"\x1b[31mred" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_folder(tmp_path: Path) -> None:
    require_refused(tmp_path)


NO_STATES = [
    (b"", "it is not JSON"),
    (b"{", "it is not JSON"),
    (b"\xff\xfe", "it is not JSON"),
    (b"[]", "it has no member 'convsim'"),
    (b"5", "it has no member 'convsim'"),
    (b"null", "it has no member 'convsim'"),
    (b'{"name": "x"}', "it has no member 'convsim'"),
    (b'{"convsim": 2}', "is a state of version 2, and this convsim reads version 1"),
    (b'{"convsim": "1"}', "is a state of version '1', and this convsim reads version 1"),
    (b'{"convsim": 1}', "is damaged"),
]


@pytest.mark.parametrize(("content", "words"), NO_STATES, ids=lambda part: str(part)[:20])
def test_what_is_no_state(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_bytes(content)
    require_refused(tmp_path / "state.json", words)


def project(document: Any) -> Any:
    return document["projects"]["proj_default"]


def conversation(document: Any) -> Any:
    return project(document)["conversations"][0]


def item(document: Any) -> Any:
    return project(document)["items"]["msg_a"]


def document(ids: Any = "live") -> Any:
    sim = Emulator(ids=ids)
    sim.seed("conv_a", items=[HELLO | {"id": "msg_a"}, HELLO])
    sim.conversations.create()
    return sim.snapshot().to_dict()


ANSWER = [{"type": "output_text", "annotations": [], "logprobs": [], "text": "a"}]

DAMAGED: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "wrong seed": (lambda all_: all_.update(seed="7"), ("seed", "integer")),
    "no seed": (lambda all_: all_.pop("seed"), ("seed",)),
    "a number that is true": (lambda all_: all_.update(seed=True), ("seed", "integer")),
    "unknown member": (lambda all_: all_.update(extra=1), ("extra",)),
    "wrong kind of ids": (lambda all_: all_.update(ids="short"), ("ids", "'live' or 'sequential'")),
    "no clock": (lambda all_: all_.pop("clock"), ("clock",)),
    "clock in words": (lambda all_: all_["clock"].update(start="now"), ("clock.start",)),
    "clock before 1970": (lambda all_: all_["clock"].update(start=-1), ("clock",)),
    "clock after 2106": (lambda all_: all_["clock"].update(start=2**32), ("clock",)),
    "clock moved back": (lambda all_: all_["clock"].update(advanced=-1), ("clock",)),
    "clock moved too far": (lambda all_: all_["clock"].update(advanced=2**32), ("clock",)),
    "negative requests": (lambda all_: all_.update(requests=-1), ("requests",)),
    "projects as a list": (lambda all_: all_.update(projects=[]), ("projects",)),
    "project that is none": (lambda all_: all_["projects"].update(proj_b=5), ("projects.proj_b",)),
    "a role that no message has": (
        lambda all_: item(all_).update(role="robot"),
        (
            "projects.proj_default",
            "'msg_a': Invalid value: 'robot'. Supported values are: ",
            "'user'. Nothing was changed",
        ),
    ),
    "an item with a further member": (
        lambda all_: item(all_).update(extra=1),
        ("projects.proj_default", "'msg_a': Unknown parameter: 'extra'. Nothing was changed"),
    ),
    "no list of the deleted": (lambda all_: project(all_).pop("deleted"), ("projects.proj_default.deleted",)),
    "a conversation without id": (
        lambda all_: conversation(all_).pop("id"),
        ("projects.proj_default.conversations.0.id",),
    ),
    "metadata that are no words": (
        lambda all_: conversation(all_).update(metadata={"a": 1}),
        ("projects.proj_default.conversations.0.metadata.a", "string"),
    ),
    "created before all time": (
        lambda all_: conversation(all_).update(created_at=-1),
        ("projects.proj_default.conversations.0.created_at",),
    ),
    "created in a fraction": (
        lambda all_: conversation(all_).update(created_at=1.5),
        ("projects.proj_default.conversations.0.created_at",),
    ),
    "member of a conversation": (
        lambda all_: conversation(all_).update(title="x"),
        ("projects.proj_default.conversations.0.title",),
    ),
    "two conversations with one id": (
        lambda all_: project(all_)["conversations"].append(conversation(all_)),
        ("projects.proj_default", "conv_a"),
    ),
    "a missing item": (
        lambda all_: conversation(all_)["items"].append("msg_x"),
        ("projects.proj_default", "'conv_a' holds 'msg_x', and there is no such item"),
    ),
    "item under a wrong id": (
        lambda all_: item(all_).update(id="msg_b"),
        ("projects.proj_default", "the item under 'msg_a' has the id 'msg_b'"),
    ),
    "item without id": (lambda all_: item(all_).pop("id"), ("'msg_a' has the id None",)),
    "item that is none": (
        lambda all_: project(all_)["items"].update(msg_a=5),
        ("projects.proj_default.items.msg_a",),
    ),
    "item of an unknown type": (lambda all_: item(all_).update(type="letter"), ("'msg_a' is of the type 'letter'",)),
    "item of no type": (lambda all_: item(all_).pop("type"), ("'msg_a' is of the type None",)),
    "item whose type is a list": (lambda all_: item(all_).update(type=["message"]), ("'msg_a' is of the type",)),
    "a reference": (lambda all_: item(all_).update(type="item_reference"), ("'msg_a'", "item_reference")),
    "item without content": (lambda all_: item(all_).pop("content"), ("msg_a",)),
    "item with content that is none": (lambda all_: item(all_).update(content=5), ("msg_a",)),
    "item that cannot be hidden": (
        lambda all_: item(all_).update(content=5, other={"image_url": None}),
        ("msg_a",),
    ),
    "item with a text for its parts": (
        lambda all_: item(all_).update(content="hello"),
        ("'msg_a' is not in the shape in which it would be stored",),
    ),
    "item without status": (
        lambda all_: item(all_).pop("status"),
        ("'msg_a' is not in the shape in which it would be stored",),
    ),
    "item whose phase is none": (
        lambda all_: item(all_).update(role="assistant", phase="thinking", content=ANSWER),
        ("msg_a", "'commentary' and 'final_answer'"),
    ),
    "item with a member that is dropped": (
        lambda all_: item(all_).update(
            content=[{"type": "input_file", "file_data": "data:text/plain;base64,AA==", "filename": "x"}]
        ),
        ("'msg_a' is not in the shape in which it would be stored",),
    ),
    "item under no id": (
        lambda all_: project(all_)["items"].update({"msg a": item(all_) | {"id": "msg a"}}),
        ("'msg a' is no id of an item",),
    ),
    "a conversation that was deleted": (
        lambda all_: project(all_)["deleted"].append("conv_a"),
        ("projects.proj_default", "'conv_a' is a conversation, and was deleted"),
    ),
    "a conversation under no id": (
        lambda all_: conversation(all_).update(id="conv_a/../b"),
        ("projects.proj_default.conversations.0.id", "'conv_a/../b' is no id of a conversation"),
    ),
    "a conversation under a long id": (
        lambda all_: conversation(all_).update(id="conv_" + "a" * 60),
        ("projects.proj_default.conversations.0.id", "is no id of a conversation"),
    ),
    "a deleted conversation under no id": (
        lambda all_: project(all_)["deleted"].append("x\n"),
        ("projects.proj_default.deleted.0", "is no id of a conversation"),
    ),
    "too many keys": (
        lambda all_: conversation(all_).update(metadata={str(number): "x" for number in range(17)}),
        ("projects.proj_default.conversations.0.metadata", "16"),
    ),
    "a long key": (
        lambda all_: conversation(all_).update(metadata={"k" * 65: "x"}),
        ("projects.proj_default.conversations.0.metadata", "64"),
    ),
    "a long value": (
        lambda all_: conversation(all_).update(metadata={"k": "x" * 513}),
        ("projects.proj_default.conversations.0.metadata.k", "512"),
    ),
    "created after all time": (
        lambda all_: conversation(all_).update(created_at=2**32),
        ("projects.proj_default.conversations.0.created_at",),
    ),
    "ids of the other kind": (lambda all_: project(all_).update(ids={"msg": 1}), ("proj_default", "are not live")),
    "ids that are none": (lambda all_: project(all_).update(ids=5), ("projects.proj_default.ids",)),
    "a place without name": (
        lambda all_: project(all_)["ids"]["partitions"]["conv_a"].pop("name"),
        ("projects.proj_default.ids", "partitions.conv_a.name"),
    ),
    "a place with less than nothing": (
        lambda all_: project(all_)["ids"]["partitions"]["conv_a"].update(minted=-1),
        ("projects.proj_default.ids", "partitions.conv_a.minted"),
    ),
    "a place with more than any run": (
        lambda all_: project(all_)["ids"]["partitions"]["conv_a"].update(minted=2**53),
        ("projects.proj_default.ids", "partitions.conv_a.minted", "9007199254740992"),
    ),
    "a place whose tick no id holds": (
        lambda all_: project(all_)["ids"]["partitions"]["conv_a"].update(tick=2**28),
        ("projects.proj_default.ids", "partitions.conv_a.tick"),
    ),
    "more conversations than any run": (
        lambda all_: project(all_)["ids"].update(conversations=2**53),
        ("projects.proj_default.ids", "conversations"),
    ),
    "more requests than any run": (lambda all_: all_.update(requests=2**53), ("requests",)),
    "requests of thousands of digits": (lambda all_: all_.update(requests=10**4299), ("requests",)),
    "a place beyond all seconds": (
        lambda all_: project(all_)["ids"]["partitions"]["conv_a"].update(second=2**32),
        ("projects.proj_default.ids", "partitions.conv_a.second"),
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_state_is_refused_with_the_place(damage: str, tmp_path: Path) -> None:
    spoil, words = DAMAGED[damage]
    spoilt = document()
    spoil(spoilt)
    path = tmp_path / "state.json"
    path.write_text(json.dumps(spoilt))

    require_refused(path, "is damaged: ", "Nothing was changed", *words)


SEQUENTIAL: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "less than nothing": (lambda all_: project(all_)["ids"].update(msg=-1), ("projects.proj_default.ids",)),
    "live positions": (
        lambda all_: project(all_).update(ids={"conversations": 0, "partitions": {}}),
        ("proj_default", "are not sequential"),
    ),
}


@pytest.mark.parametrize("damage", SEQUENTIAL)
def test_damaged_sequential_ids_are_refused(damage: str, tmp_path: Path) -> None:
    spoil, words = SEQUENTIAL[damage]
    spoilt = document("sequential")
    spoil(spoilt)
    path = tmp_path / "state.json"
    path.write_text(json.dumps(spoilt))

    require_refused(path, "is damaged: ", "Nothing was changed", *words)


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_the_state_that_is_spoilt_here_was_whole(ids: Any, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps(document(ids)))
    sim = Emulator(state=tmp_path / "state.json")

    check(sim)
    assert sim.snapshot().to_dict() == document(ids)


def test_the_words_are_ours_and_not_the_validators(tmp_path: Path) -> None:
    spoiling: list[Damage] = [
        lambda all_: project(all_).update(ids=5),
        lambda all_: item(all_).update(id="msg_b"),
        lambda all_: all_.update(projects=[]),
    ]
    for spoil in spoiling:
        spoilt = document()
        spoil(spoilt)
        path = tmp_path / "state.json"
        path.write_text(json.dumps(spoilt))
        with pytest.raises(UsageError) as caught:
            Emulator().load(path)

        for foreign in ("Value error", "LivePosition", "instance of"):
            assert foreign not in str(caught.value)


def test_a_clock_that_would_stand_beyond_its_range_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    Emulator().dump(path)
    document = json.loads(path.read_text())
    document["clock"] = {"start": 2**31, "advanced": 2**31}
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="is damaged: clock: it stands where no id could carry the time"):
        Emulator(state=path)


HALVES: dict[str, Damage] = {
    "text": lambda all_: item(all_)["content"][0].update(text="\ud800"),
    "role": lambda all_: item(all_).update(role="\udfff"),
    "item": lambda all_: project(all_)["items"].update({"msg_\ud800": item(all_)}),
    "conversation": lambda all_: conversation(all_).update(id="conv_\ud800"),
    "deleted": lambda all_: project(all_)["deleted"].append("conv_\ud800"),
    "metadata": lambda all_: conversation(all_).update(metadata={"\ud800": ""}),
    "project": lambda all_: all_["projects"].update({"proj_\ud800": project(all_)}),
    "partition": lambda all_: project(all_)["ids"]["partitions"]["conv_a"].update(name="\ud800"),
    "kind": lambda all_: all_.update(ids="\ud800"),
}


@pytest.mark.parametrize("place", HALVES)
def test_half_a_character_is_refused_wherever_it_stands(place: str, tmp_path: Path) -> None:
    spoilt = document()
    HALVES[place](spoilt)
    path = tmp_path / "state.json"
    path.write_text(json.dumps(spoilt))

    require_refused(path, "it is not JSON (a string in it holds half a character, a lone surrogate)")


@pytest.mark.parametrize("depth", [190, 300, 900, 5_000, 200_000])
def test_an_item_too_deep_to_be_written_again_is_refused(depth: int, tmp_path: Path) -> None:
    spoilt = document()
    item(spoilt).update(type="mcp_list_tools", server_label="a", tools=["DEEP"])
    deep = "[" * depth + "]" * depth
    tool = f'{{"name": "a", "input_schema": {{"a": {deep}}}}}'
    path = tmp_path / "state.json"
    path.write_text(json.dumps(spoilt).replace('"DEEP"', tool))

    require_refused(path)


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_what_is_at_the_edge_is_no_damage(ids: Any, tmp_path: Path) -> None:
    sim = Emulator(ids=ids, now=2**32 - 1)
    metadata = {f"{number:064}": "é" * 512 for number in range(16)}
    sim.seed("conv_" + "a" * 59, items=[HELLO], metadata=metadata)
    sim.dump(tmp_path / "state.json")

    assert Emulator(state=tmp_path / "state.json").snapshot() == sim.snapshot()


def test_a_conversation_that_came_again_is_not_among_the_deleted(tmp_path: Path) -> None:
    sim = Emulator()
    for _ in range(2):
        sim.seed("conv_a")
        sim.conversations.delete("conv_a")
    sim.seed("conv_a")
    sim.dump(tmp_path / "state.json")

    check(sim)
    assert project(sim.snapshot().to_dict())["deleted"] == []
    assert Emulator(state=tmp_path / "state.json").snapshot() == sim.snapshot()


@pytest.mark.parametrize("item_id", ["fc_1", "x_1", "-", "rs_" + "a" * 61])
def test_an_empty_message_may_stand_under_any_id(item_id: str, tmp_path: Path) -> None:
    sim = Emulator(unknown_ids="create")
    client(sim).post("/conversations/conv_a/items", json={"items": [{"type": "item_reference", "id": item_id}]})
    sim.dump(tmp_path / "state.json")
    read = Emulator(state=tmp_path / "state.json")

    assert list(project(read.snapshot().to_dict())["items"]) == [item_id]
    assert read.snapshot() == sim.snapshot()


def test_a_count_of_sequential_ids_has_a_bound(tmp_path: Path) -> None:
    """One of 4300 digits loaded, and the next request raised a ValueError."""
    path = tmp_path / "state.json"
    sim = Emulator(ids="sequential")
    sim.seed("conv_a", items=[HELLO])
    state = sim.snapshot().to_dict()
    for count in (2**53, 10**4299):
        state["projects"]["proj_default"]["ids"]["conv"] = count
        path.write_text(json.dumps(state))
        require_refused(path, "projects.proj_default.ids.conv")


def test_a_seed_of_thousands_of_digits_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    sim = Emulator(seed=10**4299)
    sim.dump(path)
    assert Emulator(state=path).conversations.create().id == sim.conversations.create().id
