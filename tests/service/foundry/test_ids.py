"""Ids of the gateway: their partition comes first, and whose they are shows in how they end."""

from __future__ import annotations

import re

import pytest

from convsim import Emulator
from convsim.core.ids import SequentialIds
from convsim.service.foundry.ids import FoundryIds, GatewayIds, is_malformed, partition_key

from .asking import ask, foundry

NOW = 1741900000
GATEWAYS = r"[a-z]+_[0-9a-f]{16}00[0-9A-Za-z]{32}"
MODELS = r"[a-z]+_[0-9a-f]{16}00[0-9a-f]{32}"
SEEDED = "conv_0123456789abcdef00ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def test_the_ids_of_a_conversation_share_their_first_18_characters() -> None:
    ids = FoundryIds(0)
    conversation = ids.conversation(NOW)
    item, response = ids.item(conversation, "msg", NOW), ids.response(conversation, NOW, stored=True)
    output = ids.output(conversation, "msg", NOW, stored=True)

    assert re.fullmatch(GATEWAYS, conversation)
    assert re.fullmatch(GATEWAYS, item)
    assert re.fullmatch(MODELS, response)
    assert re.fullmatch(MODELS, output)
    assert len({one.partition("_")[2][:18] for one in (conversation, item, response, output)}) == 1
    assert len({conversation, item, response, output}) == 4


def test_equal_seeds_give_equal_ids() -> None:
    def minted(seed: int) -> list[str]:
        ids = FoundryIds(seed)
        first = ids.conversation(NOW)
        return [first, ids.item(first, "msg", NOW), ids.conversation(NOW)]

    assert minted(3) == minted(3)
    assert not set(minted(3)) & set(minted(4))


def test_a_seeded_conversation_gives_its_own_partition_on() -> None:
    ids = FoundryIds(0)

    assert ids.item(SEEDED, "msg", NOW).startswith("msg_0123456789abcdef00")
    assert not ids.item("conv_1", "msg", NOW).startswith("msg_0123456789abcdef00")


def test_ids_go_on_from_a_position() -> None:
    ids, later = FoundryIds(0), FoundryIds(0)
    anchors = [ids.conversation(NOW), SEEDED]
    for anchor in anchors:
        ids.item(anchor, "msg", NOW)
    later.move_to(ids.position())

    assert [later.item(anchor, "msg", NOW) for anchor in anchors] == [
        ids.item(anchor, "msg", NOW) for anchor in anchors
    ]
    assert later.conversation(NOW) == ids.conversation(NOW)


def test_a_turn_without_a_models_side_has_letters_in_its_ids() -> None:
    ids = GatewayIds(FoundryIds(0), "wfresp")
    response = ids.response(None, NOW, stored=True)
    item = ids.output(response, "wfa", NOW, stored=True)

    assert re.fullmatch(GATEWAYS, response)
    assert response.startswith("wfresp_")
    assert item.partition("_")[2][:18] == response.partition("_")[2][:18]


def test_short_ids_stay_short() -> None:
    ids = GatewayIds(SequentialIds(), "wfresp")

    assert (ids.response(None, NOW, stored=True), ids.output("wfresp_1", "wfa", NOW, stored=True)) == (
        "wfresp_1",
        "wfa_1",
    )
    assert Emulator(service="foundry", ids="sequential").conversations.create().id == "conv_1"


@pytest.mark.parametrize(
    ("any_id", "malformed"),
    [
        (SEEDED, False),
        (SEEDED.replace("00A", "01A"), False),
        ("conv_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123450123456789abcdef", False),
        ("conv_c8e602556f95489dJutf5cqOk1Uqu", True),
        ("conv_1", True),
    ],
)
def test_an_id_of_another_shape_is_malformed(any_id: str, malformed: bool) -> None:
    assert is_malformed(any_id) is malformed


def test_a_partition_is_what_ids_begin_with() -> None:
    assert partition_key(SEEDED) == "0123456789abcdef00"
    assert partition_key("conv_1") == "1"


def test_a_chain_of_hosted_turns_keeps_its_partition() -> None:
    sim = foundry(replies=["One.", "Two."])
    first = ask(sim, agent="echo")
    second = ask(sim, agent="echo", previous_response_id=first.id)

    assert first.id.partition("_")[2][:18] == second.id.partition("_")[2][:18]
    assert first.id != second.id
