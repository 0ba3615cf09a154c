"""State machines that try a client of yours against the emulator and against a model of their own.

Subclass one, override the methods that your client or wrapper has, and give its test case to pytest::

    class MyMachine(ConversationMachine):
        def connect(self):
            self.store = ChatStore(self.sim.openai(max_retries=0))

        def append(self, conversation_id, messages):
            self.store.append(conversation_id, messages)

    TestMyStore = MyMachine.TestCase
    TestMyStore.settings = settings(TestMyStore.settings, max_examples=50)  # if other ones are wanted

A failure is shrunk to the shortest program that shows it. The model is a list of texts for each conversation: it
shares nothing with the store of the emulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from json import loads
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from convsim.core.results import Item
from convsim.emulator import Emulator
from convsim.errors import UsageError
from convsim.faults import Fault, InsertItem, Rule
from convsim.responses.vocabulary import Call
from convsim.strategies.plans import USUAL, moments
from convsim.strategies.schemas import Json

T = TypeVar("T")

_COUNTS = st.integers(1, 3)


def _one_fault(machine: _Machine) -> st.SearchStrategy[Rule | None]:
    """Draw None, or one of the machine's faults on one of the next requests."""
    if not machine.faults:
        return st.none()
    parts = st.tuples(st.sampled_from(moments(machine.faults)), st.integers(0, 2))
    # Hypothesis prints a mapped value as the rule itself, and one of builds() as the call with all its parts.
    return st.none() | parts.map(_rule)


def _rule(parts: tuple[tuple[Fault, bool], int]) -> Rule:
    (fault, after_commit), skip = parts
    return Rule(fault, skip=skip, after_commit=after_commit)


_FAULTS = st.runner().flatmap(_one_fault)


class _Machine(RuleBasedStateMachine):
    """The emulator, the client, and the possible results of a failed call."""

    options: ClassVar[Mapping[str, Any]] = {}
    """Options of the :class:`~convsim.Emulator`, over ``virtual_time=True``: no retry waits."""

    faults: ClassVar[Sequence[Fault]] = USUAL
    """The faults that may happen to a call; empty to try a client without faults."""

    def __init__(self) -> None:
        super().__init__()
        self.sim: Emulator = Emulator(**{"virtual_time": True, **self.options})
        self._texts = 0
        with ExitStack() as opened:
            opened.enter_context(self.sim.patch())
            self.connect()
            # Hypothesis does not tear down a machine whose construction fails.
            self._opened = opened.pop_all()

    def connect(self) -> None:
        """Build the client; by default ``self.client``, the official SDK without retries.

        ``self.sim`` is patched in until the end of the run: a client may be built in any way that reaches it.
        """
        self.client: Any = self.sim.openai(max_retries=0)

    def disconnect(self) -> None:
        """Close the client."""
        self.client.close()

    def teardown(self) -> None:
        self.sim.faults.clear()
        self.sim.clear_scripts()
        with self._opened:
            self.disconnect()

    def _new_text(self) -> str:
        self._texts += 1
        return f"text {self._texts}"

    def _attempt(self, call: Callable[[], T], fault: Rule | None = None) -> tuple[T | None, bool]:
        """Return the result of the call, and whether it succeeded. It may fail only if a fault has happened to it."""
        before = self._faults_so_far()
        if fault is not None:
            self.sim.faults.add(fault)
        try:
            return call(), True
        except Exception as error:
            if self.sim.refused:
                raise self.sim.refused[0] from error
            if self._faults_so_far() == before:
                raise
            return None, False
        finally:
            self.sim.faults.clear()

    def _faults_so_far(self) -> int:
        return len(self.sim.journal.select(fault=True))

    def _stored(self, conversation_id: str) -> tuple[Item, ...]:
        return tuple(self.sim.state[conversation_id].items)


class ConversationMachine(_Machine):
    """Conversations that grow, shrink and are read, by your client and by another writer at once, under faults.

    Override :meth:`connect` and those of :meth:`create`, :meth:`append`, :meth:`read`, :meth:`delete_item` and
    :meth:`delete` that your client does in its own way; by default they are calls of the official SDK. It is checked
    that:

    - a read gives every message once, oldest first, whoever wrote it, also while another client adds more;
    - an append that succeeds has stored each message once, retries or not; one that fails has stored all or none;
    - nothing fails without a fault, so that the call after a fault succeeds again;
    - the emulator holds what the model holds, after every step.

    A subclass sets ``options`` and ``faults``. Raises ``AssertionError`` for a statement that does not hold.

    >>> class Mine(ConversationMachine):
    ...     def append(self, conversation_id, messages):
    ...         self.client.conversations.items.create(conversation_id, items=messages)
    >>> TestMine = Mine.TestCase
    """

    ids: Bundle[str] = Bundle("conversations")

    def __init__(self) -> None:
        self.model: dict[str, list[str]] = {}
        super().__init__()

    # --- what a subclass overrides -----------------------------------------------------------------------------------

    def create(self, messages: list[Json]) -> str:
        """Make a conversation with these messages, ``{"role": "user", "content": text}``, and return its id."""
        conversation: Any = self.client.conversations.create(items=messages)
        return str(conversation.id)

    def append(self, conversation_id: str, messages: list[Json]) -> None:
        """Append these messages."""
        self.client.conversations.items.create(conversation_id, items=messages)

    def read(self, conversation_id: str) -> list[str]:
        """Return the texts of all messages, oldest first."""
        items = self.client.conversations.items.list(conversation_id, order="asc", limit=2)
        return [item.content[0].text for item in items]

    def delete_item(self, conversation_id: str, item_id: str) -> None:
        """Delete the item."""
        self.client.conversations.items.delete(item_id, conversation_id=conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Delete the conversation."""
        self.client.conversations.delete(conversation_id)

    # --- the steps ---------------------------------------------------------------------------------------------------

    @rule(target=ids, count=st.integers(0, 3))
    def create_conversation(self, count: int) -> str:
        messages = self._messages(count)
        conversation_id = self.create(messages)
        assert conversation_id in self.sim.state, f"create() returned {conversation_id!r}, which does not exist"
        self.model[conversation_id] = _texts(messages)
        return conversation_id

    @rule(conversation_id=ids, count=_COUNTS, fault=_FAULTS)
    def append_messages(self, conversation_id: str, count: int, fault: Rule | None) -> None:
        messages, before = self._messages(count), self.model[conversation_id]
        _, succeeded = self._attempt(lambda: self.append(conversation_id, messages), fault)
        now = self._told(conversation_id)
        after = [*before, *_texts(messages)]
        if succeeded:
            assert now == after, f"append() succeeded; {now} are stored instead of {after}"
        else:
            assert now in (before, after), f"append() failed; {now} are stored instead of {before} or {after}"
        self.model[conversation_id] = now

    @rule(conversation_id=ids, count=_COUNTS)
    def append_by_another_writer(self, conversation_id: str, count: int) -> None:
        messages = self._messages(count)
        self.sim.conversations.items.create(conversation_id, items=messages)
        self.model[conversation_id] += _texts(messages)

    @rule(conversation_id=ids, fault=_FAULTS)
    def read_all(self, conversation_id: str, fault: Rule | None) -> None:
        texts, succeeded = self._attempt(lambda: self.read(conversation_id), fault)
        if succeeded:
            assert texts == self.model[conversation_id], f"read() gave {texts} of {self.model[conversation_id]}"

    @rule(conversation_id=ids, skip=st.integers(0, 2))
    def read_while_another_writes(self, conversation_id: str, skip: int) -> None:
        before, text = self.model[conversation_id], self._new_text()
        written = InsertItem({"role": "user", "content": text})
        self.sim.faults.add(written, conversation=conversation_id, skip=skip)
        texts, _ = self._attempt(lambda: self.read(conversation_id))
        after = self._told(conversation_id)
        # Another client may have appended after the last page: then the read ends at the earlier end.
        assert texts in (before, after), f"read() gave {texts} while {before} became {after}"
        self.model[conversation_id] = after

    @rule(conversation_id=ids, position=st.integers(0, 9), fault=_FAULTS)
    def delete_one_item(self, conversation_id: str, position: int, fault: Rule | None) -> None:
        if not (stored := self._stored(conversation_id)):
            return
        position %= len(stored)
        before = self.model[conversation_id]
        _, succeeded = self._attempt(lambda: self.delete_item(conversation_id, stored[position].id), fault)
        now, after = self._told(conversation_id), before[:position] + before[position + 1 :]
        assert now == after or (not succeeded and now == before), f"{now} are stored instead of {after}"
        self.model[conversation_id] = now

    @rule(conversation_id=consumes(ids), fault=_FAULTS)
    def delete_conversation(self, conversation_id: str, fault: Rule | None) -> None:
        _, succeeded = self._attempt(lambda: self.delete(conversation_id), fault)
        assert not (succeeded and conversation_id in self.sim.state), "delete() succeeded; the conversation is there"
        del self.model[conversation_id]
        if conversation_id in self.sim.state:
            self.sim.conversations.delete(conversation_id)

    @invariant()
    def the_emulator_holds_what_the_model_holds(self) -> None:
        stored = {conversation_id: self._told(conversation_id) for conversation_id in self.model}
        assert stored == self.model, f"{stored} are stored instead of {self.model}"

    def _messages(self, count: int) -> list[Json]:
        return [{"role": "user", "content": self._new_text()} for _ in range(count)]

    def _told(self, conversation_id: str) -> list[str]:
        return [item.text for item in self._stored(conversation_id)]


def _texts(messages: list[Json]) -> list[str]:
    return [message["content"] for message in messages]


class TurnMachine(_Machine):
    """Turns with calls of tools in conversations, through your loop, under faults.

    Override :meth:`ask`, and :meth:`connect` and :meth:`start` where they differ. Each turn is scripted: none to two
    rounds of calls of the tool ``work``, then a text. It is checked that:

    - :meth:`ask` returns the text;
    - each call runs the tool once, with its arguments, and no call twice over all turns;
    - the conversation holds, in order and once each, the user's text, the calls, their outputs and the text; of a turn
      that failed it holds the first requests whole;
    - nothing fails without a fault.

    A conversation whose turn has failed is not used again: it may hold calls without outputs. Raises
    ``AssertionError`` for a statement that does not hold.

    >>> class Mine(TurnMachine):
    ...     def ask(self, conversation_id, text):
    ...         ...  # your loop, with self.client and self.work
    >>> TestMine = Mine.TestCase
    """

    ids: Bundle[str] = Bundle("conversations")

    def __init__(self) -> None:
        self.model: dict[str, list[str]] = {}
        self.worked: list[int] = []
        super().__init__()

    # --- what a subclass overrides -----------------------------------------------------------------------------------

    def start(self) -> str:
        """Make an empty conversation, and return its id."""
        return str(self.client.conversations.create().id)

    def ask(self, conversation_id: str, text: str) -> str:
        """Send the user's text, run :meth:`work` for each call until there is none, and return the model's text."""
        given: Any = [{"role": "user", "content": text}]
        while True:
            response = self.client.responses.create(model="gpt-4.1", input=given, conversation=conversation_id)
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                return str(response.output_text)
            given = [
                {
                    "type": "function_call_output",
                    "call_id": call.call_id,
                    "output": self.work(**loads(call.arguments)),
                }
                for call in calls
            ]

    def work(self, number: int) -> str:
        """Run the tool: your loop calls it with the arguments of a call to ``work``, and sends back its result."""
        self.worked.append(number)
        assert self.worked.count(number) == 1, f"work(number={number}) has run already"
        return f"done {number}"

    # --- the steps ---------------------------------------------------------------------------------------------------

    @rule(target=ids)
    def start_conversation(self) -> str:
        conversation_id = self.start()
        assert conversation_id in self.sim.state, f"start() returned {conversation_id!r}, which does not exist"
        self.model[conversation_id] = []
        return conversation_id

    @rule(target=ids, conversation_id=consumes(ids), rounds=st.lists(st.integers(1, 2), max_size=2), fault=_FAULTS)
    def turn(self, conversation_id: str, rounds: list[int], fault: Rule | None) -> Any:
        before = self.model[conversation_id]
        text, answer = self._new_text(), self._new_text()
        numbers = iter(range(len(self.worked), len(self.worked) + sum(rounds)))
        steps = [[f"user: {text}"]]
        for count in rounds:
            several = [next(numbers) for _ in range(count)]
            self.sim.responses.script(*[Call("work", {"number": number}) for number in several])
            steps[-1] += [f"call {number}" for number in several]
            steps.append([f"output: done {number}" for number in several])
        self.sim.responses.script(answer)
        steps[-1].append(f"assistant: {answer}")
        done = list(self.worked)
        given, succeeded = self._attempt(lambda: self.ask(conversation_id, text), fault)
        self.sim.clear_scripts()
        now = [_line(item) for item in self._stored(conversation_id)]
        possible = list(accumulate(steps, initial=before))
        if not succeeded:
            # A turn that fails after a fault hides the error of work().
            assert len(set(self.worked)) == len(self.worked), f"the tool has run twice for a call: {self.worked}"
            assert now in possible, f"ask() failed; {now} are stored, which are no whole steps of {possible[-1]}"
            self.worked = list(range(len(done) + sum(rounds)))
            del self.model[conversation_id]
            return multiple()
        assert given == answer, f"ask() returned {given!r} instead of {answer!r}"
        assert sorted(self.worked) == list(range(len(done) + sum(rounds))), f"the tool has run for {self.worked}"
        assert now == possible[-1], f"{now} are stored instead of {possible[-1]}"
        self.model[conversation_id] = now
        return conversation_id


def _line(item: Item) -> str:
    match item.type:
        case "function_call":
            return f"call {loads(item.arguments)['number']}"
        case "function_call_output":
            return f"output: {item.output}"
        case "message":
            return f"{item.role}: {item.text}"
    raise UsageError(f"a turn has stored an item of the type {item.type!r}, which the machine did not script")
