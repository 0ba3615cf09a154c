"""The choice of scenarios for a server, their order, and the reasons to leave others out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from convsim.contract.asking import request
from convsim.contract.evidence import TAGS, Level
from convsim.contract.realtime import Act, RealtimeScenario, Send
from convsim.contract.scenario import Call, Finish, Prompt, Raw, Scenario, Script, Told
from convsim.contract.tagging import CONVERSATIONS, RESPONSES, created_in, is_taggable, needed_behind
from convsim.contract.turn_sockets import SocketScenario
from convsim.errors import UsageError, enumeration
from convsim.operations.matching import match
from convsim.operations.routes import ROUTES_BY_NAME
from convsim.responses.agent import Agent

Sections = Mapping[str, tuple[Told, ...]]


@dataclass(frozen=True)
class Candidate:
    """A scenario that might be run; ``reason`` says why it is not, and is empty if it is."""

    section: str
    told: Told
    reason: str = ""

    @property
    def requests(self) -> int:
        """How many requests it needs at most, those that tag and delete among them.

        A session of Realtime counts as one. On a connection for turns each message does, as does deleting its response.
        """
        if isinstance(self.told, SocketScenario):
            return 2 * len(self.told.steps)
        asked = _asked(self.told)
        return sum(1 + needed_behind(*_line(step)) for step in asked) if isinstance(self.told, Scenario) else 1

    @property
    def conversations(self) -> int:
        """How many conversations it makes at most."""
        return sum(created_in(*_line(step)) == CONVERSATIONS for step in _asked(self.told))


def _asked(told: Told) -> list[Call | Raw]:
    steps = told.steps if isinstance(told, Scenario) else ()
    return [step for step in steps if isinstance(step, (Call, Raw))]


def _line(step: Call | Raw) -> tuple[str, str]:
    """Return method and path, without the body, which may be long."""
    if isinstance(step, Raw):
        return step.method, step.path
    route = ROUTES_BY_NAME[step.operation]
    return route.method, route.path


def operations_of(told: Told) -> list[str]:
    """Return the operations that a scenario calls, in order; those of a Realtime session are the client's events.

    A raw request is a call of the operation at its method and path, if there is one.
    """
    if isinstance(told, SocketScenario):
        return ["responses.create"]
    if isinstance(told, RealtimeScenario):
        sent = [step.message for step in told.steps if isinstance(step, Send)]
        return [str(message["type"]) for message in sent if isinstance(message, Mapping) and "type" in message]
    return [operation for step in _asked(told) if (operation := _operation(step)) is not None]


def _operation(step: Call | Raw) -> str | None:
    if isinstance(step, Call):
        return step.operation
    matched = match(step.path.partition("?")[0])
    route = matched[0].get(step.method) if matched is not None else None
    return route.operation if route is not None else None


def select(
    sections: Sections, *, only: Collection[str] = (), own: bool = False, no_sockets: str = ""
) -> list[Candidate]:
    """Return the scenarios that ``only`` names (all of them if it is empty), in their order.

    A word of ``only`` is a tag of the evidence, a level of it, an operation, or the name of a scenario. ``own`` says
    that the server is convsim's, with its control plane, and ``no_sockets`` why no WebSocket can be opened, if none
    can. Raises :class:`~convsim.errors.UsageError` for other words.
    """
    everything = [Candidate(section, told) for section, all_told in sections.items() for told in all_told]
    _require_words(only, everything)
    wanted = [one for one in everything if not only or not _words(one.told).isdisjoint(only)]
    if not wanted:
        raise UsageError(f"--only {' '.join(only)}: no scenario has evidence of this kind")
    return [replace(one, reason=_reason(one.told, own=own, no_sockets=no_sockets)) for one in wanted]


def _reason(told: Told, *, own: bool, no_sockets: str) -> str:
    if no_sockets and isinstance(told, SocketScenario):
        return f"needs a WebSocket: {no_sockets}"
    return "" if own else next(_objections(told), "")


def _words(told: Told) -> set[str]:
    return {told.name, told.evidence.level.value, *told.evidence.tags, *operations_of(told)}


def _require_words(only: Iterable[str], candidates: Iterable[Candidate]) -> None:
    """Raise for a word that is neither a tag, nor a level, nor an operation or the name of one of these scenarios."""
    known = {*TAGS, *(level.value for level in Level)}.union(*(_words(one.told) for one in candidates))
    for word in only:
        if word not in known:
            near = get_close_matches(word, known, 3)
            there = f"did you mean {enumeration(near, 'or')}?" if near else "see docs/evidence.md and docs/fidelity.md"
            raise UsageError(f"--only {word}: no tag, level, operation or scenario is called so; {there}")


def _objections(told: Told) -> Iterator[str]:
    """Yield the reasons why a server without convsim's control plane cannot run it, the most telling one first."""
    options = dict(getattr(told, "options", {}))
    behavior, agents = options.pop("behavior", {}), options.pop("agents", {})
    options.pop("service", None)
    if isinstance(told, Scenario) and told.ours:
        yield f"is convsim's own: {told.ours}"
    # A service that no longer speaks the beta refuses it, which another scenario tests.
    if isinstance(told, RealtimeScenario) and behavior == {"realtime_beta": "serve"}:
        yield "needs a service that still speaks the beta"
    if isinstance(told, SocketScenario) and told.hours:
        yield "needs a clock: its hours pass at once"
    if "replies" in options or any(isinstance(step, _BY_HAND) for step in getattr(told, "steps", ())):
        yield "needs a script"
    if "faults" in options:
        yield "needs a fault"
    switches = [f"Behavior({name}={value!r})" for name, value in behavior.items()]
    if switches or options:
        yield f"needs a switch: {', '.join([*switches, *options])}"
    yield from _objections_to_steps(_asked(told), agents)


_BY_HAND = (Script, Finish, Prompt, Act)
"""The steps that are no request of a client."""


def _objections_to_steps(asked: Sequence[Call | Raw], agents: Mapping[str, Agent]) -> Iterator[str]:
    if any(_lists_everything(step) for step in asked):
        yield "needs a project without other objects"
    if any(_names_one(agents, step) for step in asked):
        yield "needs an agent"
    made = [step for step in asked if needed_behind(*_line(step)) and 200 <= step.answer.status < 300]
    if not all(is_taggable(request(step)) for step in made):
        yield "its conversation has no room for the tag"


def _lists_everything(step: Call | Raw) -> bool:
    """Return whether a step reads a page of all conversations or responses of the project."""
    method, path = _line(step)
    return method == "GET" and path.partition("?")[0] in (CONVERSATIONS, RESPONSES) and step.answer.status == 200


def _names_one(agents: Mapping[str, Agent], step: Call | Raw) -> bool:
    """Return whether a step names one of these agents; a version that none has is no agent's."""
    given = step.arguments.get("extra_body", {}) if isinstance(step, Call) else {}
    named = given.get("agent_reference", {})
    agent = agents.get(named.get("name"))
    return agent is not None and named.get("version", agent.version) == agent.version


def stale_first(candidates: Iterable[Candidate], before: date) -> list[Candidate]:
    """Return the scenarios with those first whose evidence is older than that day."""
    return sorted(candidates, key=lambda one: (seen := one.told.evidence.seen) is not None and seen >= before)


def within(candidates: Iterable[Candidate], most: int) -> list[Candidate]:
    """Return the scenarios, except for those beyond that many requests in all."""
    chosen = []
    for one in candidates:
        if not one.reason:
            most -= one.requests
            if most < 0:
                most += one.requests
                one = replace(one, reason="beyond --max-requests")  # noqa: PLW2901 - the loop goes on with the same
        chosen.append(one)
    return chosen
