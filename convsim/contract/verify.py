"""Running scenarios against a server, one after the other, and comparing its answers with theirs.

All objects that a scenario makes are deleted afterwards, even if the run is interrupted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic_core import from_json

from convsim.contract import asking, sockets
from convsim.contract.asking import Reply, Request
from convsim.contract.matching import BASE, ORDER, Memory
from convsim.contract.realtime import RealtimeScenario
from convsim.contract.scenario import Call, Finish, Id, Prompt, Raw, Scenario, Script, Streamed, Told
from convsim.contract.scenarios.wire import WIRE
from convsim.contract.tagging import CONVERSATIONS, RESPONSES, created_in, created_path, tagged, tagging, untagged
from convsim.contract.telling import Failure, curl
from convsim.contract.turn_sockets import SocketScenario
from convsim.errors import ConvsimError

if TYPE_CHECKING:
    import httpx2

    from convsim.contract.control import Control
    from convsim.contract.selection import Candidate

Outcome = Literal["same", "differs", "not checked"]

# Every answer of a server with compact JSON, or with UUIDs as ids, would differ.
EXACT = frozenset(one.name for one in WIRE)
"""The scenarios that compare bytes and the shapes of ids, for every server."""

_MOST_SILENT = 3
# The beginning of a key that it shares with all others, as sk-proj-, is no secret.
_SHORTEST = 7


class NotRunError(ConvsimError):
    """The server cannot be verified at all."""


class _LimitedError(Exception):
    """A 429 of the server, which is no result of the scenario."""


@dataclass(frozen=True)
class Result:
    """The result of one scenario; ``reason`` says why it was not checked."""

    section: str
    told: Told
    failures: tuple[Failure, ...] = ()
    reason: str = ""

    @property
    def outcome(self) -> Outcome:
        """The outcome, in one or two words."""
        if self.reason:
            return "not checked"
        return "differs" if self.failures else "same"

    @property
    def differs_in_order_only(self) -> bool:
        """Whether only the order of keys differs."""
        lines = [line for failure in self.failures for line in failure.lines]
        return bool(lines) and all(ORDER in line for line in lines)


@dataclass
class Asked:
    """The server: its base URL without a trailing slash, and the key for it, which ``key_header`` holds.

    ``key_variable`` replaces the key in reports. With ``control`` the server is convsim's.
    """

    client: httpx2.Client
    base_url: str
    run: str
    key: str = asking.KEY
    key_variable: str = ""
    control: Control | None = None
    key_header: str = asking.BEARER

    @property
    def shown_key(self) -> str:
        """The replacement of the key in a command that can be repeated."""
        return f"${self.key_variable}" if self.key_variable else self.key


class Verification:
    """One run; ``requests`` counts the sent requests, ``left_behind`` has the paths that could not be deleted."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.requests: int = 0
        self.left_behind: list[str] = []
        self._made: list[str] = []
        self._accepted = False
        self._answered = False
        self._silent = 0

    def run(self, candidates: Iterable[Candidate], progress: Callable[[Result], None] | None = None) -> list[Result]:
        """Run the scenarios, and call ``progress`` with each result.

        Raises :class:`NotRunError` if the server does not answer, or refuses the key.
        """
        results = []
        try:
            for one in candidates:
                result = Result(one.section, one.told, reason=one.reason)
                if not one.reason:
                    result = self._result(result)
                results.append(result)
                if progress is not None:
                    progress(result)
        finally:
            if self._asked.control is not None:
                self._asked.control.end()
        return results

    def _result(self, result: Result) -> Result:
        if self._silent >= _MOST_SILENT:
            return replace(result, reason="the server has stopped answering")
        try:
            failures = self._perform(result.told)
        except _LimitedError:
            return replace(result, reason="the server limits the rate of requests (429)")
        finally:
            self._clean_up()
        hidden = (one._replace(lines=tuple(map(self._without_key, one.lines))) for one in failures)
        return replace(result, failures=tuple(hidden))

    def _perform(self, told: Told) -> list[Failure]:
        asked = self._asked
        assert isinstance(told, (Scenario, RealtimeScenario, SocketScenario))
        if asked.control is not None:
            asked.control.begin(told)
        if isinstance(told, Scenario):
            return list(self._steps(told))
        self.requests += 1 if isinstance(told, RealtimeScenario) else len(told.steps)
        try:
            failures = sockets.perform(told, asked.base_url, asked.key, asked.control, partial(self._hear, told))
        except PermissionError as error:
            self._judge_key(refused=True)
            return [Failure(0, "open a connection", (f"no connection: {error}",))]
        except OSError as error:
            return [Failure(0, "open a connection", (f"no answer: {self._unanswered(error)}",))]
        self._silent, self._answered = 0, True
        return failures

    def _hear(self, told: RealtimeScenario | SocketScenario, message: str) -> None:
        """Read a message over a WebSocket: whether it refuses the key, and of which response it tells."""
        try:
            event = from_json(message)
        except ValueError:
            return
        if isinstance(told, SocketScenario):
            paths = [created_path(RESPONSES, name) for name in _created([event])]
            self._made += [path for path in paths if path not in self._made]
        elif told.opening.key == asking.KEY:
            error = event.get("error") if isinstance(event, dict) else None
            self._judge_key(refused=isinstance(error, dict) and error.get("code") == "invalid_api_key")

    def _judge_key(self, *, refused: bool) -> None:
        """Raise :class:`NotRunError` for a key that is refused and was never accepted."""
        if refused and not self._accepted:
            raise NotRunError(f"{self._asked.base_url} refuses the key: name its variable by --api-key-env")
        self._accepted = True

    def _unanswered(self, error: Exception) -> str:
        """Return the error in words; raise :class:`NotRunError` if the server has never answered."""
        if not self._answered:
            raise NotRunError(f"{self._asked.base_url} does not answer: {str(error) or type(error).__name__}") from None
        self._silent += 1
        return f"{type(error).__name__}: {error}"

    def _steps(self, scenario: Scenario) -> Iterable[Failure]:
        memory: Memory = {BASE: urlsplit(self._asked.base_url).path}
        bound = _bound([step.answer.body for step in scenario.steps if isinstance(step, (Call, Raw))])
        exactly = self._asked.control is not None or scenario.name in EXACT
        open_turns: list[str] = []
        for number, told in enumerate(scenario.steps, 1):
            if isinstance(told, Finish) and not open_turns:
                yield Failure(number, "finish the oldest open turn", ("not done: no turn is open",))
                return
            if isinstance(told, (Script, Finish, Prompt)):
                self._arrange(told, open_turns)
                continue
            step = asking.recalled(told, memory)
            asked = self._asked
            request = asking.request(step, asked.key, asked.key_header)
            shown = curl(asking.request(step, asked.shown_key, asked.key_header), asked.base_url)
            if unknown := sorted(bound & set(_NAMES.findall(_words(step)))):
                yield Failure(number, shown, (f"not asked: no id is known for {', '.join(unknown)}",))
                return
            try:
                reply = self._ask(request, step)
            except OSError as error:
                yield Failure(number, shown, (f"no answer: {error}",))
                return
            open_turns += _open_turn(reply)
            lines = asking.compared(step.answer, reply, memory, exactly=exactly)
            if lines:
                yield Failure(number, shown, tuple(lines))

    def _arrange(self, step: Script | Finish | Prompt, open_turns: list[str]) -> None:
        control = self._asked.control
        assert control is not None  # other servers are not asked
        if isinstance(step, Script):
            control.script(step)
        elif isinstance(step, Prompt):
            control.prompt(step)
        else:
            control.finish(open_turns.pop(0))

    # --- requests ----------------------------------------------------------------------------------------------------

    def _ask(self, request: Request, step: Call | Raw) -> Reply:
        sent = request if self._asked.control is not None else tagged(request, self._asked.run)
        reply = untagged(self._send(sent))
        collection = created_in(request.method, request.path)
        if collection and 200 <= reply.status < 300:
            for name in _created(reply.body):
                path = created_path(request.path, name)
                self._made.append(path)
                if collection == CONVERSATIONS and sent is request and self._asked.control is None:
                    self._send(tagging(path, self._asked.run, self._key()))
        expected = step.answer.status
        if reply.status < 400 or reply.status == 401 != expected:
            self._judge_key(refused=reply.status == 401)
        if reply.status == 429 != expected:
            raise _LimitedError
        return reply

    def _send(self, request: Request) -> Reply:
        import httpx2

        asked = self._asked
        # HTTP strips the spaces around a value, and the library refuses to send them.
        headers = {name: value.strip() for name, value in request.headers.items()}
        headers |= asked.control.headers if asked.control is not None else {}
        self.requests += 1
        try:
            answer = asked.client.request(
                request.method, asked.base_url + request.path, headers=headers, content=request.body
            )
        except httpx2.HTTPError as error:
            raise OSError(self._unanswered(error)) from None
        except httpx2.InvalidURL as error:  # by an id of the server, or by a path in a user's file
            raise OSError(f"no request has this URL: {error}") from None
        self._silent, self._answered = 0, True
        return asking.reply(answer.status_code, answer.headers, answer.content)

    def _clean_up(self) -> None:
        """Delete the objects that the scenario has made, the newest first."""
        made, self._made = self._made, []
        if self._asked.control is not None:
            return  # the whole session is forgotten
        # An interrupt leaves the rest of them behind.
        self.left_behind += reversed(made)
        for path in reversed(made):
            try:
                status = self._send(Request("DELETE", path, self._key(), b"")).status
            except OSError:
                status = 0
            if 200 <= status < 300 or status == 404:
                self.left_behind.remove(path)

    def _key(self) -> dict[str, str]:
        return asking.with_key(self._asked.key, self._asked.key_header)

    def _without_key(self, line: str) -> str:
        if not self._asked.key_variable:
            return line
        key, shown = self._asked.key, self._asked.shown_key
        line = line.replace(key, shown)
        # A long value may have been cut inside the key.
        for end in range(len(key) - 1, _SHORTEST, -1):
            line = line.replace(f"{key[:end]}...", f"{shown}...")
        return line


_NAMES = re.compile(r"\{(\w+)\}")


def _words(step: Call | Raw) -> str:
    return str(step.arguments) if isinstance(step, Call) else step.path + step.body


def _bound(expected: Any) -> set[str]:
    """Return the names under which ids of these answers are remembered."""
    if isinstance(expected, Id):
        return {expected.name}
    if isinstance(expected, Streamed):
        return {expected.response.name}
    inside = expected.values() if isinstance(expected, dict) else expected if isinstance(expected, list) else ()
    return {name for member in inside for name in _bound(member)}


def _created(body: Any) -> list[str]:
    """Return the id of the object that an answer reports as made: a conversation, a response, or that of a stream."""
    if isinstance(body, list):
        body = next((event["response"] for event in body if isinstance(event, dict) and "response" in event), None)
    name = body.get("id") if isinstance(body, dict) else None
    # Neither "" nor dots are a path of their own.
    return [name] if isinstance(name, str) and name.strip(".") else []


def _open_turn(reply: Reply) -> list[str]:
    """Return the id of a response that has begun and not ended."""
    is_open = isinstance(reply.body, dict) and reply.body.get("status") in ("queued", "in_progress")
    return _created(reply.body) if is_open else []
