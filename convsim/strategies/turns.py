"""Strategies for the replies of a model, and for the events of a Realtime client."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from convsim.errors import UsageError
from convsim.errors.misuse import FLAG, require, shown
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text
from convsim.strategies.schemas import CHARACTERS, Json, are_in_order

Reply = Text | Call | Reasoning | Refusal | Failure

_WORDS = st.text(CHARACTERS, max_size=30)
_ARGUMENTS = st.dictionaries(
    st.sampled_from(["city", "count", "exact"]), st.text(CHARACTERS, max_size=10) | st.integers(-9, 9) | st.booleans()
)
_CODES = ("server_error", "rate_limit_exceeded", "invalid_prompt")

REPLIES: dict[type, SearchStrategy[Any]] = {
    Text: st.builds(Text, _WORDS, phase=st.none() | st.sampled_from(["commentary", "final_answer"])),
    Call: st.builds(Call, st.sampled_from(["get_weather", "search"]), _ARGUMENTS),
    Reasoning: st.builds(Reasoning, st.lists(_WORDS, max_size=2)),
    Refusal: st.builds(Refusal, _WORDS),
    Failure: st.builds(Failure, st.sampled_from(_CODES), _WORDS),
    Speech: st.builds(Speech, st.binary(max_size=8).map(lambda sound: sound * 2), _WORDS),
}
"""The strategies of ``st.from_type`` for each type of reply; 16-bit audio has an even number of bytes."""


def replies(
    *,
    tools: Sequence[str] = ("get_weather",),
    min_size: int = 1,
    max_size: int = 3,
    failures: bool = False,
) -> SearchStrategy[list[Reply]]:
    """Generate the replies of one turn, for ``sim.responses.script(*replies)``: text, refusals, reasoning and calls.

    A call names one of ``tools`` and has arguments of up to three members; without tools, no call is made. With
    ``failures``, the last reply may be a :class:`~convsim.Failure`. A list has ``min_size`` to ``max_size`` replies.
    Reasoning is always followed by a reply of another kind, as from a model. Raises
    :class:`~convsim.errors.UsageError` for a ``min_size`` below 1 or above ``max_size``, and for tools that are no list
    of names.

    ::

        @given(replies(tools=["get_weather"]))
        def test_the_loop_ends(said):
            sim.responses.script(*said)
    """
    if not are_in_order(1, min_size, max_size):
        raise UsageError(
            f"replies(min_size={shown(min_size)}, max_size={shown(max_size)}): write 1 <= min_size <= max_size"
        )
    if not _are_texts(tools):
        raise UsageError(f"replies(tools={shown(tools)}): write a list of names, tools=['get_weather']")
    require("replies(failures", failures, FLAG)
    # A plain text first: the others shrink to it.
    spoken: list[SearchStrategy[Reply]] = [st.builds(Text, _WORDS), REPLIES[Refusal], REPLIES[Text]]
    if tools:
        spoken.append(st.builds(Call, st.sampled_from(list(tools)), _ARGUMENTS))
    ending = st.one_of(*spoken, REPLIES[Failure]) if failures else st.one_of(spoken)
    before = st.lists(st.one_of(*spoken, REPLIES[Reasoning]), min_size=min_size - 1, max_size=max_size - 1)
    return st.builds(lambda said, last: [*said, last], before, ending)


def realtime_events(*types: str, item_ids: Sequence[str] = ("item_1", "item_2", "item_3")) -> SearchStrategy[Json]:
    """Generate well-formed client events of the Realtime API, as dicts: of these ``types``, or of all known ones.

    Items are created, retrieved, truncated and deleted under ``item_ids``: few ids, so that events meet the items of
    earlier ones. A session answers each event, some with an ``error`` event about an item that is not there. Raises
    :class:`~convsim.errors.UsageError` for another type, and for ids that clients cannot give.

    ::

        @given(st.lists(realtime_events("conversation.item.create", "conversation.item.delete")))
        def test_the_mirror_shows_the_conversation(events):
            connection = Emulator().realtime.connect()
            for event in events:
                connection.send(event)
    """
    wrong = [name for name in types if name not in tuple(_EVENTS)]
    if wrong:
        raise UsageError(f"realtime_events({', '.join(map(shown, wrong))}): write one or more of {', '.join(_EVENTS)}")
    if not item_ids or not _are_texts(item_ids):
        raise UsageError(f"realtime_events(item_ids={shown(item_ids)}): write one or more ids, item_ids=['item_1']")
    ids = st.sampled_from(list(item_ids))
    return st.one_of([_event(name, ids) for name in types or _EVENTS])


def _are_texts(given: object) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(one, str) for one in given)


def _event(name: str, ids: SearchStrategy[str]) -> SearchStrategy[Json]:
    required, optional = _EVENTS[name](ids)
    optional["event_id"] = st.sampled_from(["event_1", "event_2"])
    return st.fixed_dictionaries({"type": st.just(name), **required}, optional=optional)


Members = dict[str, SearchStrategy[Any]]


def _item(ids: SearchStrategy[str]) -> SearchStrategy[Json]:
    def parts(kind: str) -> SearchStrategy[list[Json]]:
        part = st.fixed_dictionaries({"type": st.just(kind), "text": _WORDS})
        return st.lists(part, min_size=1, max_size=2)

    calls = st.sampled_from(["call_1", "call_2"])
    kinds: list[Members] = [
        {"type": st.just("message"), "role": st.just(role), "content": parts(kind)}
        for role, kind in (("user", "input_text"), ("system", "input_text"), ("assistant", "output_text"))
    ]
    kinds += [
        {"type": st.just("function_call"), "name": st.just("f"), "call_id": calls, "arguments": st.just("{}")},
        {"type": st.just("function_call_output"), "call_id": calls, "output": _WORDS},
    ]
    return st.one_of([st.fixed_dictionaries(members, optional={"id": ids}) for members in kinds])


def _change() -> SearchStrategy[Json]:
    return st.fixed_dictionaries({"type": st.just("realtime")}, optional={"instructions": _WORDS})


# The required and the optional members of each event, besides those that every event has.
_EVENTS: dict[str, Callable[[SearchStrategy[str]], tuple[Members, Members]]] = {
    "conversation.item.create": lambda ids: (
        {"item": _item(ids)},
        {"previous_item_id": st.none() | st.just("root") | ids},
    ),
    "conversation.item.retrieve": lambda ids: ({"item_id": ids}, {}),
    "conversation.item.truncate": lambda ids: (
        {"item_id": ids, "content_index": st.integers(0, 1), "audio_end_ms": st.integers(0, 1000)},
        {},
    ),
    "conversation.item.delete": lambda ids: ({"item_id": ids}, {}),
    "session.update": lambda ids: ({"session": _change()}, {}),
    "input_audio_buffer.append": lambda ids: (
        {"audio": st.binary(min_size=1, max_size=8).map(lambda sound: base64.b64encode(sound).decode())},
        {},
    ),
    "input_audio_buffer.commit": lambda ids: ({}, {}),
    "input_audio_buffer.clear": lambda ids: ({}, {}),
    "response.create": lambda ids: ({}, {"response": st.fixed_dictionaries({}, optional={"instructions": _WORDS})}),
    "response.cancel": lambda ids: ({}, {}),
}
