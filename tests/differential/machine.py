"""Random programs of all kinds of calls; after each of them the emulator holds what the naive model holds."""

from __future__ import annotations

import copy
from contextlib import ExitStack
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from convsim import Emulator, Snapshot
from convsim.faults import ConnectionReset, ServerError
from tests.asking import check
from tests.differential.fronts import FRONTS, Told
from tests.differential.model import Model, Pair
from tests.waiting import until

FAULTS = (ServerError(), ConnectionReset())
WRITE = "conversations.items.create"
POSITIONS = st.integers(0, 30)
ORDERS = st.sampled_from(["asc", "desc"])


class Differential(RuleBasedStateMachine):
    """Over one front; ``conversations`` has ids of conversations that are there, or were when they were drawn."""

    front_name: ClassVar[str]
    conversations = Bundle("conversations")
    snapshots = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.count = 0
        self.armed: bool | None = None
        self.left: list[tuple[Emulator, Model]] = []
        self.placed: list[str] = []
        self._closing = ExitStack()
        self._use(Emulator())

    def _use(self, sim: Emulator) -> None:
        self._closing.close()
        self.sim = sim
        self.front = self._closing.enter_context(FRONTS[self.front_name](sim))
        self.connection = sim.realtime.connect()
        self.connection.events()
        self.placed = []

    def teardown(self) -> None:
        for sim, model in self.left:
            assert self._state(sim) == model.conversations, "a copy and its original have met"
        self._closing.close()

    # --- what a step needs -------------------------------------------------------------------------------------------

    def _messages(self, count: int) -> list[Any]:
        self.count += count
        return [{"role": "user", "content": f"text {self.count - count + number}"} for number in range(count)]

    @staticmethod
    def _state(sim: Emulator) -> dict[str, list[Pair]]:
        return {name: [(item.id, item.text) for item in held.items] for name, held in sim.state.items()}

    def _at(self, conversation_id: str, position: int) -> str | None:
        """The id of an item of the conversation; None where it has none, or is not there."""
        pairs = self.model.conversations.get(conversation_id)
        return pairs[position % len(pairs)][0] if pairs else None

    def _is_there(self, conversation_id: str, told: Told) -> bool:
        """Whether the conversation is there; a call on one that is not must have been told so."""
        if conversation_id in self.model.conversations:
            return True
        assert told[0] == 404, told
        return False

    # --- conversations and items -------------------------------------------------------------------------------------

    @rule(target=conversations, count=st.integers(0, 3))
    def create(self, count: int) -> str:
        messages = self._messages(count)
        status, told = self.front.create(messages)
        assert status == 200, told
        pairs = self._state(self.sim)[told["id"]]
        assert [text for _, text in pairs] == [message["content"] for message in messages]
        self.model.conversations[told["id"]] = []
        self.model.add(told["id"], pairs)
        return str(told["id"])

    @rule(name=conversations, count=st.integers(1, 3))
    def append(self, name: str, count: int) -> None:
        messages = self._messages(count)
        texts = [message["content"] for message in messages]
        status, told = self.front.append(name, messages)
        if self.armed is None:
            if self._is_there(name, (status, told)):
                assert status == 200, told
                pairs = [(item["id"], item["content"][0]["text"]) for item in told["data"]]
                assert [text for _, text in pairs] == texts
                self.model.add(name, pairs)
            return
        was_carried_out, self.armed = self.armed, None
        self.sim.faults.clear()
        if name not in self.model.conversations:
            assert status in (404, 500, None), told
            return
        assert status in (500, None), told
        stored = self._state(self.sim)[name]
        new = stored[len(self.model.conversations[name]) :]
        assert [text for _, text in new] == (texts if was_carried_out else [])
        self.model.add(name, new)

    @rule(name=conversations, position=POSITIONS)
    def link(self, name: str, position: int) -> None:
        known = list(self.model.known)
        if not known or self.armed is not None:
            return
        item_id = known[position % len(known)]
        told = self.front.append(name, [{"type": "item_reference", "id": item_id}])
        if self._is_there(name, told):
            is_here = any(item_id == here for here, _ in self.model.conversations[name])
            assert told[0] == (400 if is_here else 200), told
            if not is_here:
                self.model.add(name, [(item_id, self.model.known[item_id])])

    @rule(name=conversations, position=POSITIONS)
    def delete_item(self, name: str, position: int) -> None:
        item_id = self._at(name, position)
        told = self.front.delete_item(name, item_id or "msg_" + "0" * 48)
        if self._is_there(name, told):
            assert told[0] == (200 if item_id else 404), told
            self.model.remove(name, item_id or "")

    @rule(name=consumes(conversations))
    def delete(self, name: str) -> None:
        told = self.front.delete(name)
        if self._is_there(name, told):
            assert told[0] == 200, told
            del self.model.conversations[name]

    @rule(
        name=conversations,
        position=st.none() | POSITIONS,
        limit=st.integers(1, 5),
        order=ORDERS,
    )
    def page(self, name: str, position: int | None, limit: int, order: str) -> None:
        after = None if position is None else self._at(name, position)
        status, told = self.front.page(name, after, limit, order)
        if self._is_there(name, (status, told)):
            assert status == 200, told
            pairs = [(item["id"], _text(item)) for item in told["data"]]
            assert (pairs, told["has_more"]) == self.model.page(name, after, limit, order)

    @rule(name=conversations, position=POSITIONS)
    def retrieve(self, name: str, position: int) -> None:
        if item_id := self._at(name, position):
            status, told = self.front.retrieve(name, item_id)
            assert (status, told["id"], _text(told)) == (200, item_id, self.model.known[item_id])

    # --- turns -------------------------------------------------------------------------------------------------------

    @rule(name=conversations, leave_after=st.sampled_from([-1, None, 1, 4, 9]))
    def turn(self, name: str, leave_after: int | None) -> None:
        asked, answer = (message["content"] for message in self._messages(2))
        self.sim.responses.script(answer)
        told = self.front.turn(name, asked, leave_after)
        # A server notices a little later that its client has left.
        until(lambda: not self.sim.responses.open)
        self.sim.clear_scripts()
        if not self._is_there(name, told):
            return
        assert told[0] == 200, told
        new = self._state(self.sim)[name][len(self.model.conversations[name]) :]
        whole = [asked, answer]
        assert [text for _, text in new] in ([whole] if leave_after in (-1, None) else [whole, []])
        self.model.add(name, new)

    # --- Realtime ----------------------------------------------------------------------------------------------------

    @rule(position=st.none() | POSITIONS)
    def insert_into_session(self, position: int | None) -> None:
        self.count += 1
        item_id = f"item_{self.count}"
        content = [{"type": "input_text", "text": item_id}]
        item = {"id": item_id, "type": "message", "role": "user", "content": content}
        event: dict[str, Any] = {"type": "conversation.item.create", "item": item}
        place = len(self.placed)
        if position is not None:
            place = position % (len(self.placed) + 1)
            event["previous_item_id"] = self.placed[place - 1] if place else "root"
        self.connection.send(event)
        kinds = [answer["type"] for answer in self.connection.events()]
        assert kinds == ["conversation.item.added", "conversation.item.done"]
        self.placed.insert(place, item_id)

    @rule(position=POSITIONS)
    def delete_from_session(self, position: int) -> None:
        if self.placed:
            item_id = self.placed.pop(position % len(self.placed))
            self.connection.send({"type": "conversation.item.delete", "item_id": item_id})
            assert [answer["type"] for answer in self.connection.events()] == ["conversation.item.deleted"]

    # --- faults, snapshots, copies -----------------------------------------------------------------------------------

    @rule(fault=st.sampled_from(FAULTS), after_commit=st.booleans())
    def arm(self, fault: Any, after_commit: bool) -> None:
        # Over a port, a connection that breaks is the server's, and its clients see another error.
        if self.front.meets_faults and self.armed is None and not (self.front_name == "port" and fault is FAULTS[1]):
            self.sim.faults.add(fault, on=WRITE, after_commit=after_commit)
            self.armed = after_commit

    @rule(target=snapshots)
    def take(self) -> tuple[Snapshot, Model]:
        return self.sim.snapshot(), copy.deepcopy(self.model)

    @rule(taken=snapshots)
    def restore(self, taken: tuple[Snapshot, Model]) -> None:
        snapshot, model = taken
        self.sim.restore(snapshot)
        self.model = copy.deepcopy(model)

    @rule()
    def go_on_with_a_copy(self) -> None:
        if self.front_name == "port" or self.armed is not None:
            return
        self.left.append((self.sim, copy.deepcopy(self.model)))
        self._use(self.sim.copy())

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def both_hold_the_same(self) -> None:
        assert self._state(self.sim) == self.model.conversations
        assert [item["id"] for item in self.connection.session.items] == self.placed
        check(self.sim)


def _text(item: Any) -> str:
    return "".join(part["text"] for part in item["content"])


MACHINES: dict[str, type[Differential]] = {
    name: type(f"Differential over {name}", (Differential,), {"front_name": name}) for name in FRONTS
}
