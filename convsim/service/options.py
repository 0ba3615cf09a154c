"""The options of an emulator, declared once: constructor, ``copy()``, marker and decorator read them here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import update_wrapper
from inspect import Parameter, signature
from os import PathLike
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar, get_args, get_type_hints

from convsim.core.behavior import Behavior
from convsim.core.clock import DEFAULT_NOW, Clock
from convsim.core.options import reusable
from convsim.errors import UsageError
from convsim.errors.misuse import FLAG, INTEGER, PATH, Kind, choice, count, is_list, optional, require_fields, shown
from convsim.http.other_hosts import Policy

if TYPE_CHECKING:
    from convsim.faults.fault import Fault
    from convsim.faults.rules import Rule
    from convsim.responses.agent import Agent


@dataclass(frozen=True, kw_only=True, repr=False)
class Options:
    """The options of an emulator (:class:`~convsim.Emulator` explains each).

    ``repr`` shows no field: some hold API keys, or the password of a base URL.

    Raises :class:`~convsim.errors.UsageError` for an invalid value.
    """

    seed: int = 0
    now: float | Clock = DEFAULT_NOW
    ids: Literal["live", "sequential"] = "live"
    base_urls: Iterable[str] | Mapping[str, str] = ()
    other_hosts: Policy | Mapping[str, Policy] = "refuse"
    unknown_routes: Literal["refuse", "404"] = "refuse"
    api_keys: Mapping[str, str] | Iterable[str] | None = None
    auth: Literal["key", "any"] = "key"
    unknown_ids: Literal["refuse", "create"] = "refuse"
    behavior: Behavior = Behavior()
    faults: Iterable[Rule | Fault] = ()
    replies: Iterable[Any] = ()
    unscripted: Literal["refuse", "echo"] = "refuse"
    context_window: int | None = None
    virtual_time: bool = False
    state: str | PathLike[str] | None = None
    service: Literal["openai", "foundry"] = "openai"
    agents: Mapping[str, Agent] | None = None

    def __post_init__(self) -> None:
        require_fields(self, _KINDS, "Emulator")
        _require_agents(self.service, self.agents)
        for name in ("base_urls", "api_keys", "faults", "replies", "other_hosts", "agents"):
            object.__setattr__(self, name, reusable(getattr(self, name)))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all options."""
        return tuple(field.name for field in fields(cls))


def _require_agents(service: str, agents: object) -> None:
    if agents is None:
        return
    if not isinstance(agents, Mapping):
        raise UsageError(
            f"Emulator(agents={shown(agents)}): write a mapping, agents={{'support': Agent(model='gpt-5')}}"
        )
    from convsim.responses.agent import Agent

    for name, agent in agents.items():
        if not isinstance(name, str) or not name or not isinstance(agent, Agent):
            raise UsageError(f"Emulator(agents={shown({name: agent})}): write {{'support': Agent(model='gpt-5')}}")
    if service != "foundry":
        raise UsageError(
            f"Emulator(service={service!r}, agents=...): agents belong to a project; write service='foundry', too"
        )


_KINDS: Mapping[str, Kind] = {
    name: choice(*get_args(hint))
    for name, hint in get_type_hints(Options, localns={"Agent": object, "Fault": object, "Rule": object}).items()
    if all(isinstance(choice, str) for choice in get_args(hint)) and get_args(hint)
} | {
    "seed": INTEGER,
    "behavior": Kind(lambda value: isinstance(value, Behavior), "behavior=Behavior(...)"),
    # One string has a sentence of its own for both.
    "base_urls": Kind(lambda value: isinstance(value, Iterable), "a list of URLs, or a mapping from URL to project"),
    "api_keys": Kind(
        lambda value: value is None or isinstance(value, Iterable), "a list of keys, or a mapping from key to project"
    ),
    "faults": Kind(is_list, "a list, faults=[RateLimited()]"),
    "replies": Kind(is_list, 'a list, replies=["Paris.", ["one", "turn"]]'),
    "context_window": Kind(optional(count(1)).fits, "a number of tokens, 1 or more"),
    "virtual_time": FLAG,
    "state": Kind(optional(PATH).fits, "the path of a file that sim.dump() wrote"),
}
"""The kinds of the options; the others are checked where they are read."""

Given = ParamSpec("Given")
Made = TypeVar("Made")
Self = TypeVar("Self")


def takes_options(
    options: Callable[Given, Made],
) -> Callable[[Callable[[Self, Made], None]], Callable[Concatenate[Self, Given], None]]:
    """Decorate the constructor of an emulator, which takes ``options``, so that it takes each option as a keyword."""
    taken = signature(options)

    def decorate(init: Callable[[Self, Made], None]) -> Callable[Concatenate[Self, Given], None]:
        def with_options(self: Self, /, *args: Given.args, **kwargs: Given.kwargs) -> None:
            if args:
                raise TypeError("Emulator() takes keywords only, such as Emulator(seed=1)")
            for name in kwargs:
                if name not in taken.parameters:
                    raise UsageError(_unknown(name, list(taken.parameters)))
            init(self, options(*args, **kwargs))

        keywords: Any = update_wrapper(with_options, init)
        own = Parameter("self", Parameter.POSITIONAL_ONLY)
        keywords.__signature__ = taken.replace(parameters=[own, *taken.parameters.values()], return_annotation=None)
        return with_options

    return decorate


def _unknown(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, 1)
    hint = f" Did you mean {near[0]}=...?" if near else ""
    return f"Emulator({name}=...): there is no such option.{hint} There are {', '.join(names)}"
