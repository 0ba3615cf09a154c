"""The control plane below ``/_convsim/``: the methods of ``sim``, for clients in any language.

Each route is a row of :data:`ROUTES`. All except the empty page need the token; writes need ``application/json``, reads
change no state. No call can name a file, a function or another host.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from anyio import to_thread
from pydantic_core import to_json

from convsim.adapters.asgi import Receive, Scope, Send, envelope, read_body, send_whole
from convsim.errors import APIStatusError, ConvsimError, UsageError
from convsim.http import wire
from convsim.http.messages import Response
from convsim.journal.file import documents
from convsim.report.replay import render_replay
from convsim.server import page, reading
from convsim.server.admission import Headers, guarded
from convsim.server.sessions import Served
from convsim.service import state_files

_JSON = b"application/json"
_MOST_ENTRIES = 500


@dataclass
class Call:
    """One call: ``served`` is the session's emulator, ``given`` the JSON of the body, ``query`` that of the URL.

    The verb of a route gets an object with the members of the route.
    """

    served: Served
    path_id: str
    query: dict[str, list[str]]
    given: Any

    @property
    def sim(self) -> Any:
        return self.served.sim


class Document(NamedTuple):
    """An answer that is not JSON."""

    media_type: bytes
    content: str


_SHELL = Document(b"text/html; charset=utf-8", page.SHELL)


class ControlRoute(NamedTuple):
    """One row: ``takes`` names the members of the body, with a star after required ones."""

    method: str
    path: str
    takes: str
    about: str
    verb: Callable[[Call], object]

    def check(self, given: object) -> None:
        """Raise :class:`~convsim.errors.UsageError` for a body with unknown members, or without required ones."""
        names = self.takes.split()
        needed = [name.rstrip("*") for name in names if name.endswith("*")]
        reading.members(f"{self.method} {self.path}", given, needed, [name for name in names if not name.endswith("*")])


# --- what the routes do --------------------------------------------------------------------------------------------


def _reset(call: Call) -> object:
    if "options" not in call.given:
        call.sim.reset()
        return {}
    if call.served.remade is None:
        raise UsageError("this emulator keeps its options; name a session of your own in the header X-Convsim-Session")
    other = call.served.remade(reading.read_options("POST /reset: options", call.given["options"]))
    call.sim.reset()  # ends the connections of clients
    call.served.sim, call.served.api, call.served.size = other.sim, other.api, other.size
    return {}


def _seed(call: Call) -> object:
    given = call.given
    return call.sim.seed(given["id"], items=given.get("items", ()), metadata=given.get("metadata")).to_dict()


def _state(call: Call) -> object:
    states = call.sim.state
    if not call.path_id:
        return {"conversations": [state.to_dict() | {"items": len(state.items)} for state in states.values()]}
    if call.path_id not in states:
        raise UsageError(f"there is no conversation {call.path_id!r}")
    return states[call.path_id].to_dict()


def _save(call: Call) -> object:
    if call.served.save is None:
        raise UsageError("there is no state file: start with convsim serve --state FILE; sessions have none")
    call.served.save()
    return {}


def _snapshot(call: Call) -> object:
    return {"snapshot": call.sim.snapshot().to_dict()}


def _restore(call: Call) -> object:
    call.sim.restore(state_files.parsed(call.given["snapshot"], "snapshot"))
    return {}


def _faults(call: Call) -> object:
    return {
        "faults": [
            {"rule": repr(rule), "happened": rule.fired, "times": rule.times, "seen": rule.seen}
            for rule in call.sim.faults
        ]
    }


def _arm(call: Call) -> object:
    call.sim.faults.add(reading.read_rule("POST /faults", call.given))
    return _faults(call)


def _disarm(call: Call) -> object:
    call.sim.faults.clear()
    return _faults(call)


def _script(call: Call) -> object:
    arguments = reading.read_script("POST /replies", call.given)
    call.sim.responses.script(*arguments.pop("says"), **arguments)
    return {}


def _prompt(call: Call) -> object:
    given = dict(call.given)
    call.sim.prompts.add(given.pop("id"), **given)
    return {}


def _finish(call: Call) -> object:
    call.sim.responses.finish(call.path_id)
    return {}


def _realtime_script(call: Call) -> object:
    given = dict(call.given)
    spoken = reading.read_spoken("POST /realtime/script", given.pop("replies"))
    call.sim.realtime.script(*spoken, **given)
    return {}


def _realtime_add(call: Call) -> object:
    given = dict(call.given)
    (item,) = reading.read_spoken("POST /realtime/add", [given.pop("item")])
    return {"id": _session(call).add(item, **given)}


def _realtime(verb: str) -> Callable[[Call], object]:
    def act(call: Call) -> object:
        getattr(_session(call), verb)(**call.given)
        return {}

    return act


def _session(call: Call) -> Any:
    """Return the session that a client opened last."""
    connections = call.sim.realtime.connections
    if not connections:
        raise UsageError("no client has opened a Realtime session")
    return connections[-1].session


def _clock(call: Call) -> object:
    return {"now": call.sim.clock.now()}


def _advance(call: Call) -> object:
    call.sim.clock.advance(call.given["advance"])
    return _clock(call)


def _journal(call: Call) -> object:
    after = _number(call, "after", 0)
    entries = [entry for entry in call.sim.journal if entry.number > after]
    shown = documents(entries[:_MOST_ENTRIES])
    return {"entries": shown, "more": len(entries) - len(shown), "missed": [str(miss) for miss in call.sim.refused]}


def _diagram(call: Call) -> object:
    return {"diagram": call.sim.diagram()}


def _replay(call: Call) -> object:
    first, last = _number(call, "first", 1), _number(call, "last", 2**53)
    return {"test": render_replay([entry for entry in call.sim.journal if first <= entry.number <= last])}


def _page(call: Call) -> object:
    return {"page": page.body_of(call.sim)}


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, [str(default)])[-1]
    if not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        raise UsageError(f"?{name}={text!r}: write the number of an entry")
    return int(text)


ROUTES: Sequence[ControlRoute] = (
    ControlRoute("POST", "/reset", "options", "forget everything, and begin again", _reset),
    ControlRoute("POST", "/conversations", "id* items metadata", "a conversation under a literal id", _seed),
    ControlRoute("GET", "/state", "", "all conversations, and how many items each has", _state),
    ControlRoute("GET", "/state/{id}", "", "one conversation with all its items", _state),
    ControlRoute("POST", "/state", "", "save to the file of --state", _save),
    ControlRoute("POST", "/snapshots", "", "the whole state as JSON", _snapshot),
    ControlRoute("POST", "/restore", "snapshot*", "go back to a snapshot", _restore),
    ControlRoute("GET", "/faults", "", "the armed faults", _faults),
    ControlRoute("POST", "/faults", "fault* " + " ".join(reading.RULE_MEMBERS), "arm a fault", _arm),
    ControlRoute("DELETE", "/faults", "", "disarm all faults", _disarm),
    ControlRoute("POST", "/replies", "replies* " + " ".join(reading.SCRIPT_MEMBERS), "queue a turn's replies", _script),
    ControlRoute("POST", "/prompts", "id* " + " ".join(reading.PROMPT_MEMBERS), "store a version of a prompt", _prompt),
    ControlRoute("POST", "/responses/{id}/finish", "", "let a held turn go on", _finish),
    ControlRoute("POST", "/realtime/script", "replies* hold delay", "what a Realtime response says", _realtime_script),
    ControlRoute("POST", "/realtime/add", "item* delay", "an item of the newest session's service", _realtime_add),
    ControlRoute("POST", "/realtime/finish", "", "end the response that is held open", _realtime("finish")),
    ControlRoute("POST", "/realtime/drop", "code reason delay", "close the newest session", _realtime("drop")),
    ControlRoute("POST", "/realtime/expire", "delay", "let the newest session's time be over", _realtime("expire")),
    ControlRoute("GET", "/clock", "", "the emulator's time", _clock),
    ControlRoute("POST", "/clock", "advance*", "move the clock forward, in seconds", _advance),
    ControlRoute("GET", "/journal", "", f"what happened after entry ?after=, at most {_MOST_ENTRIES}", _journal),
    ControlRoute("GET", "/diagram", "", "the journal as a Mermaid sequence diagram", _diagram),
    ControlRoute("GET", "/replay", "", "the entries from ?first= to ?last= as a test", _replay),
    ControlRoute("GET", "/page", "", "what the page shows", _page),
    ControlRoute("GET", "/", "", "the page of what happened, for a browser", lambda call: _SHELL),
)
_PATTERNS = [(re.compile(route.path.replace("{id}", "(?P<id>[^/]{1,128})")), route) for route in ROUTES]


# --- the way to them -----------------------------------------------------------------------------------------------


class Control:
    """The control plane; ``token`` is the token that its callers must send."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def answer(self, served: Served, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; ``path`` is relative to ``/_convsim``."""
        body = await read_body(scope, receive, send)
        if body is not None:
            answer = partial(self._answer, served, path or "/", scope, body)
            # Writing a file would keep the event loop from answering other clients.
            saves = (scope["method"], path) == ("POST", "/state")
            response = await to_thread.run_sync(answer) if saves else answer()
            await send_whole(send, response._replace(headers=guarded(response.headers)))

    def _answer(self, served: Served, path: str, scope: Scope, body: bytes) -> Response:
        headers = Headers(scope)
        found = [(match, route) for pattern, route in _PATTERNS if (match := pattern.fullmatch(path)) is not None]
        chosen = next(((match, route) for match, route in found if route.method == scope["method"]), None)
        if (chosen is None or chosen[1].path != "/") and not self._knows(headers.one(b"authorization") or ""):
            sentence = "The control plane wants its token: Authorization: Bearer TOKEN."
            return envelope(401, sentence, "convsim_token", more=[(b"www-authenticate", b"Bearer")])
        if chosen is None:
            status, code = (405, "convsim_method") if found else (404, "convsim_control_route")
            sentence = f"There is no {scope['method']} /_convsim{path}: see convsim routes --control."
            return envelope(status, sentence, code)
        match, route = chosen
        media_type = (headers.one(b"content-type") or "").partition(";")[0].strip().lower()
        if route.method != "GET" and media_type != "application/json":
            return envelope(415, "Send Content-Type: application/json.", "convsim_content_type")
        try:
            query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            given = wire.parse_json(body) if body and route.method != "GET" else {}
            call = Call(served, match.groupdict().get("id", ""), query, given)
            route.check(given)
            return _told(route.verb(call))
        except APIStatusError as error:
            return Response(error.status_code, [(b"content-type", _JSON)], wire.error_body(error))
        except ConvsimError as error:
            return envelope(400, str(error), "convsim_usage")

    def _knows(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.encode("utf-8", "replace"), self._token)


def _told(answer: object) -> Response:
    media_type, content = _JSON, b""
    headers = []
    if isinstance(answer, Document):
        media_type, content = answer.media_type, answer.content.encode()
        headers.append((b"content-security-policy", page.POLICY))
    else:
        content = to_json(answer)
    headers += [(b"content-type", media_type), (b"content-length", b"%d" % len(content))]
    return Response(200, headers, content)
