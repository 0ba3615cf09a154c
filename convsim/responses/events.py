"""The events of a stream: a table from the type of an item to the events between its first and its last one.

Every event is ``type`` and then its other members by the alphabet; all are numbered from 0 (recorded, 2026). By default
a delta is a word with the blanks before it: the live service splits by tokens (inferred).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from pydantic_core import to_json

from convsim.core.ids import letters
from convsim.items.catalogue import CALLS_OF_FOUNDRY
from convsim.items.fields import OMITTED

Json = dict[str, Any]
Cut = Callable[[str], Sequence[str]]

_WORDS = re.compile(r"\s*\S+|\s+")

# A delta and its padding fill whole blocks of this many characters (recorded, 9,599 of 9,599).
_BLOCK = 16


class Event(NamedTuple):
    """One event: its type and its JSON."""

    name: str
    data: bytes

    def frame(self) -> bytes:
        """Return the event as it is sent."""
        return b"event: %b\ndata: %b\n\n" % (self.name.encode(), self.data)


def words(text: str) -> list[str]:
    return _WORDS.findall(text)


class Teller:
    """Numbers and writes the events of one response.

    ``obfuscated`` pads the deltas; the padding follows from ``response_id``. ``cut`` returns the deltas of a text.
    """

    def __init__(self, response_id: str, cut: Cut = words, *, obfuscated: bool = True) -> None:
        self._response_id = response_id
        self._obfuscated = obfuscated
        self._numbered = 0
        self.cut = cut

    def go_back(self, number: int) -> None:
        """Give the next event this number: the events from there on were never sent."""
        self._numbered = number

    def event(self, name: str, /, **members: Any) -> Event:
        """Return the next event of the stream."""
        members["sequence_number"] = self._numbered
        self._numbered += 1
        return Event(name, to_json({"type": name} | {key: members[key] for key in sorted(members)}))

    def about(self, name: str, response: bytes) -> Event:
        """Return the next event with the response itself, which is JSON already."""
        data = b'{"type":"%b","response":%b,"sequence_number":%d}' % (name.encode(), response, self._numbered)
        self._numbered += 1
        return Event(name, data)

    def deltas(self, name: str, /, pieces: Iterable[str], **members: Any) -> Iterator[Event]:
        """Yield the deltas of a text with their padding. ``members`` are the same in all: they are written once."""
        written = {key: to_json(value).replace(b"%", b"%%") for key, value in members.items()}
        written |= {"delta": b"%b", "sequence_number": b"%d", **({"obfuscation": b'"%b"'} if self._obfuscated else {})}
        rest = b",".join(b'"%b":%b' % (key.encode(), written[key]) for key in sorted(written))
        form = b'{"type":"%b",%b}' % (name.encode(), rest)
        for piece in pieces:
            number = self._numbered
            self._numbered += 1
            if self._obfuscated:
                padding = letters(f"{self._response_id} {number}", -len(piece) % _BLOCK).encode()
                yield Event(name, form % (to_json(piece), padding, number))
            else:
                yield Event(name, form % (to_json(piece), number))

    def item(self, item: Json, output_index: int) -> Iterator[Event]:
        """Yield all events of an item, from its beginning to its end."""
        row = TOLD.get(item["type"], _QUIET)
        yield self.event("response.output_item.added", item=_begun(item, row.begins), output_index=output_index)
        where = {"item_id": item["id"], "output_index": output_index}
        for step in row.steps:
            yield from step(self, item, where)
        yield self.event("response.output_item.done", item=item, output_index=output_index)


def _begun(item: Json, begins: Mapping[str, Any]) -> Json:
    """Return the item as it begins: with the values of its row, and in progress if it has a status."""
    begun = {}
    for name, value in item.items():
        first = begins.get(name, "in_progress" if name == "status" else value)
        first = first(item) if callable(first) else first
        if first is not OMITTED:
            begun[name] = first
    return begun


# --- steps ---------------------------------------------------------------------------------------------------------

Where = dict[str, Any]
Step = Callable[[Teller, Json, Where], Iterator[Event]]


def _mark(*names: str) -> Step:
    """Yield events that only report how far the item is."""

    def tell(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
        for name in names:
            yield teller.event(f"response.{item['type']}.{name}", **where)

    return tell


def _outcome(member: str) -> Step:
    """Return ``completed``, or ``failed`` if the member holds an error."""

    def tell(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
        outcome = "failed" if item.get(member) is not None else "completed"
        yield teller.event(f"response.{item['type']}.{outcome}", **where)

    return tell


def _string(name: str, member: str) -> Step:
    """Yield a string of the item in deltas, and then whole."""

    def tell(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
        text = item[member] or ""
        yield from teller.deltas(f"response.{name}.delta", teller.cut(text), **where)
        yield teller.event(f"response.{name}.done", **where, **{member: text})

    return tell


def _content(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
    """Yield the events of the parts of a message, one part after the other."""
    for index, part in enumerate(item["content"]):
        at = where | {"content_index": index}
        told = _refusal if part["type"] == "refusal" else _output_text
        yield from told(teller, part, at)


def _output_text(teller: Teller, part: Json, at: Where) -> Iterator[Event]:
    text, logprobs = part["text"], part["logprobs"]
    yield teller.event("response.content_part.added", part=part | {"annotations": [], "logprobs": [], "text": ""}, **at)
    name = "response.output_text.delta"
    pieces: Sequence[str] = [one["token"] for one in logprobs]
    if logprobs and "".join(pieces) == text:
        # A token is a delta, and carries its probability.
        deltas: Iterator[Event] = chain.from_iterable(
            teller.deltas(name, [one["token"]], logprobs=[one], **at) for one in logprobs
        )
    else:
        pieces = teller.cut(text)
        deltas = teller.deltas(name, pieces, logprobs=[], **at)
    waiting = list(enumerate(part["annotations"]))
    told = 0
    for piece in pieces:
        yield next(deltas)
        told += len(piece)
        # Sent as soon as the text that it is about has been sent (recorded).
        while waiting and _place(waiting[0][1]) <= told:
            yield _annotated(teller, waiting.pop(0), at)
    for rest in waiting:
        yield _annotated(teller, rest, at)
    yield teller.event("response.output_text.done", text=text, logprobs=logprobs, **at)
    yield teller.event("response.content_part.done", part=part, **at)


def _place(annotation: Json) -> int:
    """Return the position in the text after which an annotation is sent."""
    place: int = annotation["end_index"] if "end_index" in annotation else annotation["index"]
    return place


def _annotated(teller: Teller, numbered: tuple[int, Json], at: Where) -> Event:
    index, annotation = numbered
    return teller.event("response.output_text.annotation.added", annotation=annotation, annotation_index=index, **at)


def _refusal(teller: Teller, part: Json, at: Where) -> Iterator[Event]:
    """Yield a refusal; its deltas have neither padding nor probabilities (recorded)."""
    yield teller.event("response.content_part.added", part=part | {"refusal": ""}, **at)
    for piece in teller.cut(part["refusal"]):
        yield teller.event("response.refusal.delta", delta=piece, **at)
    yield teller.event("response.refusal.done", refusal=part["refusal"], **at)
    yield teller.event("response.content_part.done", part=part, **at)


def _thinking(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
    """Yield the parts of a reasoning's summary, after the raw reasoning of open models."""
    for index, part in enumerate(item.get("content") or ()):
        at = where | {"content_index": index}
        yield from teller.deltas("response.reasoning_text.delta", teller.cut(part["text"]), **at)
        yield teller.event("response.reasoning_text.done", text=part["text"], **at)
    for index, part in enumerate(item["summary"]):
        at = where | {"summary_index": index}
        yield teller.event("response.reasoning_summary_part.added", part=part | {"text": ""}, **at)
        yield from teller.deltas("response.reasoning_summary_text.delta", teller.cut(part["text"]), **at)
        yield teller.event("response.reasoning_summary_text.done", text=part["text"], **at)
        yield teller.event("response.reasoning_summary_part.done", part=part, **at)


def _commands(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
    """Yield the commands of a shell call; their events do not name the item (recorded)."""
    for index, command in enumerate(item["action"]["commands"]):
        at = {"output_index": where["output_index"], "command_index": index}
        yield teller.event("response.shell_call_command.added", command="", **at)
        yield from teller.deltas("response.shell_call_command.delta", teller.cut(command), **at)
        yield teller.event("response.shell_call_command.done", command=command, **at)


def _command_output(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
    """Yield the output of the commands, each in one piece (recorded)."""
    for index, output in enumerate(item["output"]):
        at = where | {"command_index": index}
        yield teller.event("response.shell_call_output_content.delta", delta={"stdout": output["stdout"]}, **at)
        yield teller.event("response.shell_call_output_content.done", output=[output], **at)


def _diff(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
    """Yield the diff of a patch; an operation without one has no events of its own (recorded)."""
    diff = item["operation"].get("diff")
    if diff is None:
        return
    yield from teller.deltas("response.apply_patch_call_operation_diff.delta", teller.cut(diff), **where)
    yield teller.event("response.apply_patch_call_operation_diff.done", diff=diff, **where)


def _image(teller: Teller, item: Json, where: Where) -> Iterator[Event]:
    """Yield the image as a first, partial one; nothing if it was not made."""
    if item["result"] is None:
        return
    shown = {name: item[name] for name in ("background", "output_format", "quality", "size") if name in item}
    yield teller.event(
        "response.image_generation_call.partial_image",
        partial_image_b64=item["result"],
        partial_image_index=0,
        **shown,
        **where,
    )


# --- the table -----------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """The events of a type: the members that ``begin`` with another value, and the steps to the end.

    The other value is one, or a function of the item; OMITTED leaves the member out. A status begins ``in_progress``.
    """

    begins: Mapping[str, Any]
    steps: tuple[Step, ...] = ()


def _other(member: str) -> Callable[[Json], str]:
    """Return another value: opaque members begin with one (recorded)."""
    return lambda item: letters(f"{item['id']} {member} at first", 64)


_QUIET = Told({})

TOLD: dict[str, Told] = {
    "apply_patch_call": Told(
        {
            "operation": lambda item: {
                name: "" if name == "diff" else value for name, value in item["operation"].items()
            }
        },
        (_diff,),
    ),
    # Recorded for bing_grounding; the other tools of Azure AI Foundry are treated alike.
    **{f"{tool}_call": Told({"arguments": ""}) for tool in CALLS_OF_FOUNDRY},
    **{f"{tool}_call_output": Told({"output": "[]"}) for tool in CALLS_OF_FOUNDRY},
    "code_interpreter_call": Told(
        {"code": "", "outputs": lambda item: None if item["outputs"] is None else []},
        (
            _mark("in_progress"),
            _string("code_interpreter_call_code", "code"),
            _mark("interpreting", "completed"),
        ),
    ),
    "compaction": Told({"encrypted_content": _other("encrypted_content")}),
    "custom_tool_call": Told({"input": ""}, (_string("custom_tool_call_input", "input"),)),
    "file_search_call": Told({"queries": (), "results": None}, (_mark("in_progress", "searching", "completed"),)),
    "function_call": Told({"arguments": ""}, (_string("function_call_arguments", "arguments"),)),
    "image_generation_call": Told(
        dict.fromkeys(
            ("action", "background", "output_format", "quality", "result", "revised_prompt", "size"), OMITTED
        ),
        (_mark("in_progress", "generating"), _image, _mark("completed")),
    ),
    "local_shell_call": Told({"action": lambda item: item["action"] | {"command": [], "env": {}}}),
    "mcp_call": Told(
        {"arguments": "", "error": None, "output": None},
        (_mark("in_progress"), _string("mcp_call_arguments", "arguments"), _outcome("error")),
    ),
    "mcp_list_tools": Told({"tools": (), "error": OMITTED}, (_mark("in_progress"), _outcome("error"))),
    "message": Told({"content": ()}, (_content,)),
    "program": Told({"code": "", "fingerprint": _other("fingerprint")}),
    "reasoning": Told(
        {"content": (), "encrypted_content": _other("encrypted_content"), "summary": ()},
        (_thinking,),
    ),
    "shell_call": Told(
        {"action": {"commands": [], "max_output_length": None, "timeout_ms": None}},
        (_commands,),
    ),
    "shell_call_output": Told({"status": "completed", "output": ()}, (_command_output,)),
    "tool_search_call": Told({"arguments": {}}),
    "web_search_call": Told(
        {"action": lambda item: {"type": item["action"]["type"]}},
        (_mark("in_progress", "searching", "completed"),),
    ),
}
"""A type without a row has a first event and a last one, and none between (recorded for most of them)."""

STREAM_EVENTS: tuple[str, ...] = (
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.in_progress",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_list_tools.in_progress",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.file_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.generating",
    "response.image_generation_call.partial_image",
    "response.image_generation_call.completed",
    "response.shell_call_command.added",
    "response.shell_call_command.delta",
    "response.shell_call_command.done",
    "response.shell_call_output_content.delta",
    "response.shell_call_output_content.done",
    "response.apply_patch_call_operation_diff.delta",
    "response.apply_patch_call_operation_diff.done",
    "error",
    "response.completed",
    "response.incomplete",
    "response.failed",
)
"""The events of a streamed response."""
