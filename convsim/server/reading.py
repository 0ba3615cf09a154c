"""From the JSON of the control plane, and of files of replies and of agents, to the objects that it describes.

A reply or a fault with members is an object with one member, its class: ``{"Call": {"name": "look"}}``. Functions,
paths and other values that JSON does not have cannot be given this way.
"""

from __future__ import annotations

import inspect
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from os import PathLike
from typing import Any

from convsim import faults
from convsim.core import files
from convsim.core.behavior import Behavior
from convsim.errors import UsageError, enumeration
from convsim.errors.misuse import shown
from convsim.faults import AnswerFault, Fault, Rule
from convsim.responses.agent import Agent
from convsim.responses.prompts import SETTINGS
from convsim.responses.scripts import Script, script
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text
from convsim.service.foundry.agents import declared

VERSION = 1
SCRIPT_MEMBERS = tuple(name for name in inspect.signature(script).parameters if name not in ("says", "when"))
PROMPT_MEMBERS = ("version", "instructions", *SETTINGS)
AGENT_MEMBERS = tuple(inspect.signature(Agent).parameters)
RULE_MEMBERS = ("on", "conversation", "skip", "times", "after_commit")
_REPLIES: Mapping[str, Callable[..., object]] = {one.__name__: one for one in (Text, Refusal, Reasoning, Call, Failure)}
BASES = (Fault, AnswerFault)
"""The base classes of a test's own faults; JSON cannot name them."""
_FAULTS: Mapping[str, Callable[..., Any]] = {
    name: _kind
    for name in faults.__all__
    if isinstance(_kind := getattr(faults, name), type) and issubclass(_kind, Fault) and _kind not in BASES
}


def members(owner: str, value: object, needed: Collection[str] = (), allowed: Collection[str] = ()) -> dict[str, Any]:
    """Return the object, if all members are known; raise :class:`~convsim.errors.UsageError` for any other value."""
    there = f"it has {enumeration([*needed, *allowed])}" if needed or allowed else "it has no members"
    if not isinstance(value, dict):
        raise UsageError(f"{owner}: write an object; {there}")
    for name in value:
        if name not in needed and name not in allowed:
            raise UsageError(f"{owner}: there is no member {name!r}; {there}")
    for name in needed:
        if name not in value:
            raise UsageError(f"{owner}: the member {name!r} is missing; {there}")
    return value


def read_script(owner: str, value: object) -> dict[str, Any]:
    """Read ``{"replies": [...], "model": ...}`` as arguments of ``sim.responses.script``, the replies under "says"."""
    given = members(owner, value, ("replies",), SCRIPT_MEMBERS)
    says = given["replies"]
    if not isinstance(says, list) or not says:
        raise UsageError(f'{owner}: write replies as a list, ["Paris."]')
    arguments = {name: given[name] for name in given if name != "replies"}
    arguments["says"] = [_made(owner, one, _REPLIES) for one in says]
    try:
        checked(arguments)
    except UsageError as error:
        raise UsageError(f"{owner}: {error}") from None
    return arguments


def read_spoken(owner: str, value: object) -> list[Any]:
    """Return the replies of a Realtime response, possibly none; the audio of a ``Speech`` is base64."""
    if not isinstance(value, list):
        raise UsageError(f'{owner}: write replies as a list, ["Paris."]')
    return [_made(owner, one, _SPOKEN) for one in value]


def _speech(audio: str, transcript: str = "") -> Speech:
    try:
        return Speech(b64decode(audio, validate=True), transcript)
    except (TypeError, ValueError):
        raise UsageError(f"Speech(audio={audio!r}): write base64") from None


_SPOKEN: Mapping[str, Callable[..., object]] = {"Text": Text, "Speech": _speech, "Call": Call}


def checked(arguments: Mapping[str, Any]) -> Script:
    """Return the script of these arguments; raise :class:`~convsim.errors.UsageError` if they make none."""
    return script(*arguments["says"], **{name: value for name, value in arguments.items() if name != "says"})


def read_rule(owner: str, value: object) -> Rule:
    """Read ``{"fault": {"RateLimited": {...}}, "on": ..., "times": ...}`` as a rule of faults."""
    given = members(owner, value, ("fault",), RULE_MEMBERS)
    named = given["fault"]
    fault = _made(owner, {named: {}} if isinstance(named, str) else named, _FAULTS)
    if not isinstance(fault, Fault):
        raise UsageError(f"{owner}: {shown(named)} is not a fault; there are {enumeration(list(_FAULTS))}")
    return Rule(fault, **{name: given[name] for name in given if name != "fault"})


OPTIONS = (
    *("seed", "ids", "unknown_routes", "api_keys", "unknown_ids", "behavior", "faults", "replies", "unscripted"),
    *("context_window", "service", "agents"),
)
"""The options of an emulator that a session may give; the others belong to the server."""


def read_options(owner: str, value: object) -> dict[str, Any]:
    """Read ``{"behavior": {...}, "replies": [...], ...}`` as options of an emulator."""
    given = dict(members(owner, value, (), OPTIONS))
    if "behavior" in given:
        names = tuple(inspect.signature(Behavior).parameters)
        given["behavior"] = Behavior(**members(f"{owner}: behavior", given["behavior"], (), names))
    for name, read in (("faults", read_rule), ("replies", lambda at, one: checked(read_script(at, one)))):
        if name in given:
            if not isinstance(given[name], list):
                raise UsageError(f"{owner}: write {name} as a list of objects")
            given[name] = [read(f"{owner}: {name}[{number}]", one) for number, one in enumerate(given[name])]
    if given.get("agents") is not None:
        given["agents"] = _agents(owner, given["agents"])
    return given


def _made(owner: str, value: object, kinds: Mapping[str, Callable[..., object]]) -> object:
    """Return an object of one of ``kinds``; any other value is unchanged."""
    if not isinstance(value, dict) or len(value) != 1 or not (name := next(iter(value)))[:1].isupper():
        return value
    kind = kinds.get(name)
    if kind is None:
        raise UsageError(f"{owner}: there is no {name!r}; there are {enumeration(list(kinds))}")
    parameters = inspect.signature(kind).parameters.values()
    needed = [one.name for one in parameters if one.default is one.empty]
    given = members(f"{owner}: {name}", value[name], needed, [one.name for one in parameters if one.name not in needed])
    try:
        return kind(**given)
    except (TypeError, UsageError) as error:
        raise UsageError(f"{owner}: {error}") from None


def read_replies(path: str | PathLike[str]) -> list[Script]:
    """Return the scripts of a file, in order; raise :class:`~convsim.errors.UsageError` that names a wrong one."""
    scripts = _read_file(path, "replies", "scripts")
    if not isinstance(scripts, list):
        raise UsageError(f"{path}: write scripts as a list of objects")
    read = (read_script(f"{path}: scripts[{number}]", one) for number, one in enumerate(scripts))
    return [checked(arguments) for arguments in read]


def read_agents(path: str | PathLike[str]) -> dict[str, Agent]:
    """Return the agents of a file by name; raise :class:`~convsim.errors.UsageError` that names a wrong one."""
    return _agents(str(path), _read_file(path, "agents", "agents"))


def _agents(owner: str, value: object) -> dict[str, Agent]:
    if not isinstance(value, dict):
        raise UsageError(f'{owner}: write agents as an object, {{"support": {{"model": "gpt-5"}}}}')
    agents: dict[str, Agent] = {}
    for name, one in value.items():
        if not name:
            raise UsageError(f"{owner}: agents has an empty name; write the name that requests give")
        described = members(f"{owner}: agents[{name!r}]", one, (), AGENT_MEMBERS)
        try:
            agents |= declared({name: Agent(**described)})
        except UsageError as error:
            raise UsageError(f"{owner}: agents[{name!r}]: {error}") from None
    return agents


def _read_file(path: str | PathLike[str], kind: str, member: str) -> Any:
    """Return the member of a file of this kind that is not its version."""
    value = files.read_document(path, f"a file of {kind}")
    versioned = f"convsim_{kind}"
    given = members(str(path), value, (versioned, member))
    if given[versioned] != VERSION:
        raise UsageError(f"{path} has {kind} of version {given[versioned]!r}, and this convsim reads version {VERSION}")
    return given[member]
