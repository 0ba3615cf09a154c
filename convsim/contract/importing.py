"""The import of recordings: conversations become a state, turns become replies, and recordings become scenarios."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from convsim.contract.evidence import Evidence, Level
from convsim.contract.recordings import Exchange, Service
from convsim.contract.scenario import Answer, Anything, Count, Id, Raw, Scenario, Script, Seconds, Step, Streamed
from convsim.contract.scenario_files import SHAPE
from convsim.core.clock import DEFAULT_NOW
from convsim.core.secrets import REDACTED
from convsim.emulator import Emulator
from convsim.errors import APIStatusError, UsageError
from convsim.items.foundry import ADDED
from convsim.journal.entries import LAST_EVENTS
from convsim.server.reading import read_script

Json = dict[str, Any]

_ID = re.compile(r"[a-z]{1,12}_[0-9A-Za-z_-]{8,}")
_CONVERSATION = re.compile(r"/conversations/([^/?]+)")
_ITEMS = re.compile(r"/conversations/([^/?]+)/items(?:\?(.*))?")
_ITEM = re.compile(r"/conversations/([^/?]+)/items/([^/?]+)(?:\?.*)?")
_TIMES = ("created_at", "completed_at", "expires_at")
# The errors that answers of another shape than the live API's cause.
_MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)
_NO_CONTENT = 204
_OPAQUE = ("encrypted_content", "obfuscation")


@dataclass
class Imported:
    """The result of an import; ``notes`` name the parts that were left out, with the reasons."""

    sim: Emulator
    service: Service = "openai"
    replies: list[Json] = field(default_factory=list)
    scenarios: list[Scenario] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def imported(recordings: Iterable[tuple[str, Sequence[Exchange]]]) -> Imported:
    """Import recordings, each with the name of its scenario; raise ``UsageError`` for those of two services."""
    conversations: dict[str, _Conversation] = {}
    made = Imported(Emulator())
    services: dict[Service, str] = {}
    for name, exchanges in recordings:
        for exchange in exchanges:
            services.setdefault(exchange.service, f"{name}, {exchange.place}")
            if _is_done(exchange):
                _add(f"{name}, {exchange.place}", exchange, conversations, made)
        steps = _Steps(f"{name}: ", made.notes).of(exchanges)
        if steps:
            title = f"What {name} recorded"
            made.scenarios.append(Scenario(name, title, Evidence(Level.RECORDED, ()), tuple(steps)))
    if len(services) > 1:
        both = " and ".join(f"of {service} ({place})" for service, place in services.items())
        raise UsageError(f"the recordings are {both}, and a state has one service: import the files of each by itself")
    made.service = next(iter(services), made.service)
    made.sim = _emulator(conversations, made.service, made.notes)
    return made


def _is_done(exchange: Exchange) -> bool:
    return 200 <= exchange.status < 300


def _add(place: str, exchange: Exchange, conversations: dict[str, _Conversation], made: Imported) -> None:
    try:
        _note(exchange, conversations)
    except _MISSHAPEN as error:
        made.notes.append(f"{place}: it is left out of the state: {_misshapen(error)}")
    if (turn := _turn(exchange)) is not None:
        _add_turn(place, exchange, turn, made)
    elif _begins_turn(exchange):
        made.notes.append(f"{place}: its turn is left out: the end of its answer was not recorded")


def _misshapen(error: Exception) -> str:
    """Say how an answer differs from that of the live API, without its values."""
    if isinstance(error, KeyError):
        return f"a member {error} is missing"
    return "a member is of another type than the live API's"


# --- the state -----------------------------------------------------------------------------------------------------


@dataclass
class _Conversation:
    """A conversation with its last known metadata, and its items in order."""

    created_at: int = int(DEFAULT_NOW)
    metadata: dict[str, str] = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)


def _note(exchange: Exchange, seen: dict[str, _Conversation]) -> None:
    """Update ``seen`` from one exchange. Deletions of conversations are ignored: most recordings end with them."""
    answer = exchange.answer
    if (turn := _turn(exchange)) is not None:
        if isinstance(turn.get("conversation"), dict) and turn.get("status") == "completed":
            output = {item["id"]: item for item in turn["output"]}
            seen.setdefault(turn["conversation"]["id"], _Conversation()).items.update(output)
        return
    found = _ITEM.fullmatch(exchange.path)
    if found and exchange.method == "DELETE":
        # Some servers answer with no body.
        seen.setdefault(found[1], _Conversation()).items.pop(found[2], None)
        return
    if not isinstance(answer, dict):
        return
    if answer.get("object") == "conversation" and exchange.method != "DELETE":
        created_at, metadata = int(answer["created_at"]), dict(answer.get("metadata") or {})
        one = seen.setdefault(answer["id"], _Conversation())
        one.created_at, one.metadata = created_at, metadata
    elif found:
        seen.setdefault(found[1], _Conversation()).items[found[2]] = answer
    elif listed := _ITEMS.fullmatch(exchange.path):
        page = {item["id"]: item for item in answer["data"]}
        held = seen.setdefault(listed[1], _Conversation()).items
        if exchange.method == "GET":
            query = parse_qs(listed[2] or "")
            _merge(held, page, ascending=query.get("order") == ["asc"], behind=query.get("after", [""])[0])
        else:
            held.update(page)


def _merge(held: dict[str, Json], page: dict[str, Json], *, ascending: bool, behind: str) -> None:
    """Insert the items of a page next to those that are known, or next to the page's cursor."""
    order = list(held)
    names = list(page) if ascending else list(page)[::-1]
    cursor = order.index(behind) if behind in order else -1
    at = (cursor + 1 if ascending else max(cursor, 0)) if behind else (0 if ascending else len(order))
    known = [order.index(name) for name in names if name in order]
    at = min(known) if known else at
    for name in names:
        if name in order:
            at = order.index(name) + 1
        else:
            order.insert(at, name)
            at += 1
    both = held | page
    held.clear()
    held.update({name: both[name] for name in order})


def _emulator(conversations: dict[str, _Conversation], service: Service, notes: list[str]) -> Emulator:
    """Return an emulator with these conversations, without the items that the rules of the API refuse."""
    seen = sorted(conversations.items(), key=lambda pair: pair[1].created_at)
    sim = Emulator(now=seen[0][1].created_at if seen else DEFAULT_NOW, service=service)
    for name, one in seen:
        sim.clock.advance(max(0, one.created_at - sim.clock.now()))
        items = []
        for item_id, item in one.items.items():
            try:
                Emulator(service=service).seed("conv_probe", items=[item])
            except (APIStatusError, UsageError) as error:
                notes.append(f"{name}: the item {item_id} is left out of the state: {error}")
            else:
                items.append(item)
        try:
            sim.seed(name, items=items, metadata=one.metadata)
        except (APIStatusError, UsageError) as error:
            notes.append(f"{name} is left out of the state: {error}")
    return sim


# --- the replies ---------------------------------------------------------------------------------------------------


def _begins_turn(exchange: Exchange) -> bool:
    return (exchange.method, exchange.path.partition("?")[0]) == ("POST", "/responses") and _is_done(exchange)


def _turn(exchange: Exchange) -> Json | None:
    """Return the response of a turn, streamed or not; None for other exchanges."""
    if not _begins_turn(exchange):
        return None
    answer = exchange.answer
    if isinstance(answer, list):
        ends = [event for event in answer if isinstance(event, dict) and event.get("type") in LAST_EVENTS]
        answer = ends[-1].get("response") if ends else None
    return answer if isinstance(answer, dict) and isinstance(answer.get("output"), list) else None


def _add_turn(place: str, exchange: Exchange, turn: Json, made: Imported) -> None:
    try:
        made.replies.append(_script(exchange, turn))
    except UsageError as error:
        made.notes.append(f"{place}: its turn is left out of the replies: {error}")
    except _MISSHAPEN as error:
        made.notes.append(f"{place}: its turn is left out of the replies: {_misshapen(error)}")


def _script(exchange: Exchange, turn: Json) -> Json:
    """Return the model's output as a script in JSON; raise ``UsageError`` if no script can express it."""
    given: Json = {"replies": [_reply(item) for item in turn["output"]]}
    # A turn of an agent names no model.
    if exchange.service == "openai" or exchange.body.get("model"):
        given["model"] = exchange.body["model"]
    if "model" in given and turn.get("model", given["model"]) != given["model"]:
        given["response"] = {"model": turn["model"]}  # that of a certain day, which answers for the one asked
    status = turn.get("status")
    if status == "failed":
        error = turn.get("error") or {}
        failure = {"code": error.get("code") or "server_error", "message": error.get("message") or ""}
        given["replies"].append({"Failure": failure})
    elif status == "incomplete":
        given |= {"status": "incomplete", "reason": (turn.get("incomplete_details") or {}).get("reason")}
    elif status != "completed":
        raise UsageError("it went on in the background")
    read_script("a turn", given)
    return given


def _reply(item: Json) -> Any:
    """Return the reply for this item: by its class if it has one, else as the item without its id."""
    content = item.get("content") or []
    match item.get("type"):
        case "message" if len(content) == 1 and content[0].get("type") == "output_text":
            part = content[0]
            more = {name: part[name] for name in ("annotations", "logprobs") if part.get(name)}
            more |= {"phase": item["phase"]} if item.get("phase") else {}
            return {"Text": {"text": part["text"], **more}} if more else part["text"]
        case "message" if len(content) == 1 and content[0].get("type") == "refusal":
            return {"Refusal": {"refusal": content[0]["refusal"]}}
        case "function_call":
            return {"Call": {name: item[name] for name in ("name", "arguments", "call_id")}}
        case "reasoning":
            return {"Reasoning": {"summary": [part["text"] for part in item.get("summary") or []]}}
    return {name: value for name, value in item.items() if name not in ("id", *ADDED)}


# --- the scenarios -------------------------------------------------------------------------------------------------


class _Steps:
    """Makes the steps of one recording; ids become names, times and counts become patterns."""

    def __init__(self, place: str, notes: list[str]) -> None:
        self._place = place
        self._notes = notes
        self._names: dict[str, str] = {}

    def of(self, exchanges: Sequence[Exchange]) -> list[Step]:
        """Return the steps up to the first exchange that no scenario can repeat."""
        words = json.dumps([(exchange.body, exchange.answer) for exchange in exchanges], ensure_ascii=False)
        steps: list[Step] = []
        for exchange in exchanges:
            if (why := self._objection(exchange)) is not None:
                self._notes.append(f"{self._place}its scenario ends before {exchange.place}: {why}")
                break
            if (turn := _turn(exchange)) is not None:
                try:
                    script = _script(exchange, turn)
                except (UsageError, *_MISSHAPEN):  # noted with the replies
                    self._notes.append(f"{self._place}its scenario ends before {exchange.place}: no script says it")
                    break
                steps.append(Script(tuple(script.pop("replies")), script))
            body = self._named(exchange.body)
            path = self._named_in(exchange.path)
            answer = Answer(exchange.status, self._expected(exchange.answer, words))
            text = json.dumps(body, ensure_ascii=False) if body is not None else ""
            steps.append(Raw(exchange.method, path, answer, text))
        return steps

    def _objection(self, exchange: Exchange) -> str | None:
        if exchange.status in (401, 429) or exchange.status >= 500:
            return f"its status {exchange.status} is about the account or the service"
        asked = json.dumps(exchange.body) + exchange.path
        for why, is_so in (
            ("it held a secret", REDACTED in asked),
            ("the end of its answer was not recorded", _begins_turn(exchange) and _turn(exchange) is None),
            (
                "the body of its answer was not recorded, or is no JSON",
                exchange.answer is None and exchange.status != _NO_CONTENT,
            ),
            ("a file of scenarios declares no agents", '"agent_reference"' in asked),
        ):
            if is_so:
                return why
        if exchange.status >= 400:
            return None  # a refusal needs no id that exists
        unknown = [name for name in _CONVERSATION.findall(exchange.path) if name not in self._names]
        body = exchange.body if isinstance(exchange.body, dict) else {}
        held = body.get("conversation")
        named = [held.get("id") if isinstance(held, dict) else held, body.get("previous_response_id")]
        named += re.findall(r"/responses/(resp_[^/?]+)", exchange.path)
        unknown += [str(name) for name in named if name is not None and name not in self._names]
        return f"the recording did not make {unknown[0]}" if unknown else None

    def _expected(self, value: Any, words: str, name: str = "") -> Any:
        """Return the expected answer: an id where it occurs first, its name afterwards."""
        if isinstance(value, dict):
            return {key: self._expected(member, words, key) for key, member in value.items()}
        if isinstance(value, list):
            stream = name == "" and value and all(isinstance(event, dict) and "type" in event for event in value)
            return self._stream(value, words) if stream else [self._expected(element, words, "-") for element in value]
        unknown = self._unknown(name, value, words)
        return self._named(value) if unknown is None else unknown

    def _unknown(self, name: str, value: Any, words: str) -> object | None:
        """Return the pattern for a value that changes with each run; None for other values."""
        if type(value) is int:
            return Seconds() if name in _TIMES else Count() if name.endswith("_tokens") else None
        if name in _OPAQUE or (isinstance(value, str) and REDACTED in value):
            return Anything()
        is_new = name == "id" and isinstance(value, str) and _ID.fullmatch(value) and value not in self._names
        return self._fresh(value, words) if is_new else None

    def _stream(self, events: list[Json], words: str) -> object:
        """Name the response of a stream. The events are not compared, because the model's deltas vary."""
        response = events[0].get("response")
        name = response.get("id") if isinstance(response, dict) else None
        return Streamed(self._fresh(name, words)) if isinstance(name, str) else Anything()

    def _fresh(self, value: str, words: str) -> Id:
        prefix = value.partition("_")[0]
        number = 1 + sum(name.startswith(f"{prefix}_") for name in self._names.values())
        # A text of the recording may already contain the name in braces.
        while f"{{{prefix}_{number}}}" in words:
            number += 1000
        self._names[value] = f"{prefix}_{number}"
        return Id(self._names[value], prefix, shape=SHAPE)

    def _named(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._named_in(value)
        if isinstance(value, dict):
            return {key: self._named(member) for key, member in value.items()}
        return [self._named(element) for element in value] if isinstance(value, list) else value

    def _named_in(self, text: str) -> str:
        """Replace each known id in the text by ``{name}``."""
        return _ID.sub(lambda found: f"{{{self._names[found[0]]}}}" if found[0] in self._names else found[0], text)
