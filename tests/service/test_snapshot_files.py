"""States as files: written whole or not at all, read back to the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convsim import Emulator, UsageError
from convsim.strategies import items
from tests.asking import CALL, HELLO, check, client, everything, what_follows
from tests.profiles import examples

KEYS = ("sk-a", "sk-b")
CHARACTERS = st.characters(exclude_categories=["Cs"])


def a_state(**options: Any) -> Emulator:
    sim = Emulator(api_keys=KEYS, **options)
    sim.seed("conv_z", items=[HELLO | {"id": "msg_a"}, CALL, HELLO | {"id": "msg_a"}], metadata={"b": "é", "a": "1"})
    sim.project("proj_2").conversations.create(items=[HELLO])
    for conversation_id in ("conv_y", "conv_x"):
        sim.seed(conversation_id)
        sim.conversations.delete(conversation_id)
    sim.clock.advance(0.5)
    return sim


WRITTEN = """{
  "convsim": 1,
  "seed": 3,
  "ids": "sequential",
  "clock": {
    "start": 1741900000,
    "advanced": 0
  },
  "requests": 0,
  "projects": {
    "proj_default": {
      "conversations": [
        {
          "id": "conv_123",
          "created_at": 1741900000,
          "metadata": {
            "topic": "café"
          },
          "items": [
            "msg_1"
          ]
        }
      ],
      "deleted": [
        "conv_1"
      ],
      "items": {
        "msg_1": {
          "id": "msg_1",
          "type": "message",
          "status": "completed",
          "content": [
            {
              "type": "input_text",
              "text": "hello"
            }
          ],
          "role": "user"
        }
      },
      "ids": {
        "msg": 1,
        "conv": 1
      },
      "responses": [],
      "prompts": []
    }
  }
}
"""


def test_a_file_reads_well(tmp_path: Path) -> None:
    sim = Emulator(ids="sequential", seed=3)
    sim.seed("conv_123", items=[HELLO], metadata={"topic": "café"})
    sim.conversations.delete(sim.conversations.create().id)
    sim.dump(tmp_path / "state.json")

    assert (tmp_path / "state.json").read_text(encoding="utf-8") == WRITTEN
    assert sim.snapshot().to_dict() == json.loads(WRITTEN)


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_one_state_has_one_file(ids: Any, tmp_path: Path) -> None:
    sim, again = a_state(ids=ids), a_state(ids=ids)
    sim.dump(tmp_path / "one")
    sim.dump(str(tmp_path / "two"))
    again.dump(tmp_path / "three")
    loaded = Emulator(state=tmp_path / "one", api_keys=KEYS)
    loaded.dump(tmp_path / "four")
    sim.copy().dump(tmp_path / "five")

    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_what_follows_a_load_is_what_follows_the_dump(ids: Any, tmp_path: Path) -> None:
    sim = a_state(ids=ids, seed=7)
    sim.dump(tmp_path / "state.json")
    loaded = Emulator(api_keys=KEYS)
    loaded.seed("conv_gone")
    loaded.load(str(tmp_path / "state.json"))

    check(loaded)
    assert (repr(loaded), loaded.snapshot()) == (repr(sim), sim.snapshot())
    assert everything(loaded, *KEYS) == everything(sim, *KEYS)
    assert what_follows(loaded, *KEYS) == what_follows(sim, *KEYS)


@settings(max_examples=examples(30))
@given(
    st.lists(st.lists(items(), max_size=4), max_size=3),
    st.sampled_from(["live", "sequential"]),
    st.dictionaries(st.text("aé\n", min_size=1, max_size=9), st.text(CHARACTERS, max_size=9), max_size=3),
    st.data(),
)
def test_any_state_comes_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory, batches: Any, ids: Any, metadata: dict[str, str], data: st.DataObject
) -> None:
    sim = Emulator(ids=ids)
    for batch in batches:
        made = sim.conversations.create(items=batch, metadata=metadata)
        for item in data.draw(st.lists(st.sampled_from(sim.state[made.id].items), max_size=2)) if batch else ():
            sim.conversations.create(items=[{"type": "item_reference", "id": item.id}])
        if data.draw(st.booleans()):
            sim.conversations.delete(made.id)
        sim.clock.advance(data.draw(st.floats(0, 2)))
    path = tmp_path_factory.getbasetemp() / "any.json"
    sim.dump(path, keep_secrets=True)
    loaded = Emulator(state=path)

    check(loaded)
    assert loaded.snapshot() == sim.snapshot()
    assert everything(loaded) == everything(sim)
    assert what_follows(loaded) == what_follows(sim)


def test_the_deepest_item_that_is_taken_comes_back_from_its_file(tmp_path: Path) -> None:
    """JSON is read to a certain depth; in a file an item stands deeper than in a request."""
    sim = Emulator()
    sim.seed("conv_a")
    schema: Any = {}
    for _ in range(194):
        schema = {"a": schema}
    tool = {"name": "t", "input_schema": schema}
    item = {"id": f"mcpl_{'0' * 48}", "type": "mcp_list_tools", "server_label": "x", "tools": [tool]}
    assert client(sim).post("/conversations/conv_a/items", json={"items": [item]}).status_code == 200
    sim.dump(tmp_path / "deep.json")

    assert Emulator(state=tmp_path / "deep.json").snapshot() == sim.snapshot()


# --- an emulator that begins with a file ---------------------------------------------------------------------------


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_reset_goes_back_to_the_file_that_it_began_with(ids: Any, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    a_state(ids=ids, seed=7).dump(path)
    sim = Emulator(state=str(path), api_keys=KEYS, seed=1, now=5)
    assert repr(sim) == f"Emulator(seed=7, ids={ids!r}, conversations=2)"
    first = what_follows(sim, *KEYS)
    path.unlink()
    sim.restore(Emulator().snapshot())
    sim.reset()

    assert sim.clock.now() == 1741900000.5
    assert len(sim.journal) == 0
    assert what_follows(sim, *KEYS) == first
    check(sim)


def test_a_file_that_is_no_state_makes_no_emulator(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.json: there is no such file"):
        Emulator(state=tmp_path / "missing.json")
