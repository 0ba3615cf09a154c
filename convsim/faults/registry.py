"""The registry of armed faults, which the service asks about each call and event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Any, Literal, Self
from warnings import warn

from convsim.errors import UnusedFaultWarning, UsageError
from convsim.faults.chaos import Chaos
from convsim.faults.fault import Fault, Plan, Target
from convsim.faults.rules import Rule, as_rule
from convsim.store.store import Store


class Faults:
    """The armed ``rules``, in the order in which they were added; the first that has an answer gives it.

    >>> armed = sim.faults.add(RateLimited(), on="conversations.delete")
    >>> sim.faults.unused
    (Rule(RateLimited(retry_after=0.01, kind='requests'), on='conversations.delete'),)
    """

    def __init__(self, rules: Iterable[Rule | Fault] = ()) -> None:
        self.given: list[Rule] = [as_rule(rule) for rule in rules]
        # The list is never changed, but exchanged for another one under the lock: readers need none.
        self.rules: list[Rule]
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Arm the rules with which the emulator was made, and no others."""
        with self._lock:
            self.rules = [rule.copy() for rule in self.given]

    def add(
        self,
        fault: Fault | Rule,
        *,
        on: str | Iterable[str] | None = None,
        conversation: object = None,
        skip: int = 0,
        times: int | Literal["always"] | None = None,
        after_commit: bool | None = None,
    ) -> Armed:
        """Arm a rule (see :class:`Rule`).

        In a ``with``, the fault happens until the block ends, unless ``times`` gives a number, and is disarmed then.

        >>> armed = sim.faults.add(RateLimited(), on="conversations.retrieve")
        >>> with sim.faults.add(ServerError(), on="conversations.create"):
        ...     sim.openai(max_retries=0).conversations.create()
        Traceback (most recent call last):
        openai.InternalServerError: ...
        """
        options: dict[str, Any] = {"on": on, "conversation": conversation, "times": times, "after_commit": after_commit}
        given = [name for name, value in (options | {"skip": skip or None}).items() if value is not None]
        if isinstance(fault, Rule) and given:
            raise UsageError(
                f"add({fault!r}, {given[0]}=...): the option belongs to the rule itself; write Rule({given[0]}=...)"
            )
        return self._arm(fault.copy() if isinstance(fault, Rule) else Rule(fault, skip=skip, **options))

    def chaos(
        self,
        *,
        seed: int,
        rate: float,
        faults: Sequence[Fault | Rule] | None = None,
        on: str | Iterable[str] | None = None,
    ) -> Armed:
        """Arm a storm: equal seeds and calls give equal storms.

        >>> with sim.faults.chaos(seed=1, rate=0.5):
        ...     pass  # half of the requests fail here
        """
        return self._arm(Chaos(seed=seed, rate=rate, faults=faults, on=on))

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self.rules = []

    @property
    def unused(self) -> tuple[Rule, ...]:
        """The armed rules whose faults have happened less often than ``times`` says, or never."""
        return tuple(rule for rule in self.rules if rule.unused)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(tuple(self.rules))

    def __len__(self) -> int:
        return len(self.rules)

    def plan(self, operation: str, conversation_id: str | None, project: str) -> Plan:
        """Count an occurrence and return the effects of the armed faults on this call. The caller holds the lock."""
        plan = Plan(project)
        for rule in self.rules:
            if rule.matches(operation, conversation_id) and (drawn := rule.drawn(operation)) is not None:
                drawn.fault.enter(plan, drawn)
        return plan

    def on_event(self, target: Target, event: str, subject: str | None) -> Plan:
        """Count an occurrence and return the effects of the armed faults on this event. The caller holds the lock.

        ``event`` is the type of a client event that is about to be carried out, or of another one that is about to be
        sent; ``subject`` is the id of its session, or of the conversation of its response. The moment of the plan is
        meaningless for an event that is sent.
        """
        plan = Plan()
        for rule in self.rules:
            if not (rule.about_events and rule.matches(event, subject)) or (drawn := rule.drawn(event)) is None:
                continue
            if target in drawn.fault.targets:
                drawn.fault.enter(plan, drawn)
        return plan

    def forget_versions(self) -> None:
        """Drop the kept versions: the stores have been replaced."""
        for rule in self.rules:
            rule.versions.clear()

    def keeps(self) -> bool:
        """Return whether an armed rule needs the present store once it changes."""
        return any(rule.keeps for rule in self.rules)

    def wrote(self, project: str, earlier: Store) -> None:
        """Keep ``earlier``, the version of a store before a change, for the rules that need it."""
        for rule in self.rules:
            rule.keep(project, earlier)

    def _arm(self, rule: Rule) -> Armed:
        with self._lock:
            self.rules = [*self.rules, rule]
        return Armed(self, rule)

    def _disarm(self, rule: Rule) -> None:
        with self._lock:
            self.rules = [armed for armed in self.rules if armed is not rule]


class Armed:
    """An armed rule: counts how often it has happened, and can be disarmed.

    >>> armed = sim.faults.add(RateLimited(retry_after=0.01), times=2)
    >>> made = client.conversations.create()
    >>> armed.fired
    2
    """

    def __init__(self, faults: Faults, rule: Rule) -> None:
        self._faults = faults
        self._rule = rule

    @property
    def fired(self) -> int:
        """How often it has happened."""
        return self._rule.fired

    @property
    def seen(self) -> int:
        """How many calls or events could have hit it."""
        return self._rule.seen

    def disarm(self) -> None:
        """Disarm the rule; does nothing if it has ended."""
        self._faults._disarm(self._rule)

    def __enter__(self) -> Self:
        self._rule.last()
        return self

    def __exit__(self, *error: object) -> None:
        self.disarm()
        if error[0] is None:
            warn_of_unused([self._rule])

    def __repr__(self) -> str:
        return f"<{self._rule!r}: happened {self.fired} times>"


def warn_of_unused(rules: Iterable[Rule], stacklevel: int = 3) -> None:
    """Warn of the rules that have happened too seldom, at the line ``stacklevel`` calls up.

    All rules go into one warning, a line each: if warnings are errors, only the first of several would be seen.
    """
    if sentences := told_unused(rules):
        warn(sentences, UnusedFaultWarning, stacklevel=stacklevel)


def told_unused(rules: Iterable[Rule]) -> str:
    """Describe these rules, a line each; return an empty string if there are none."""
    advice = "The test may not test what it says; disarm() or clear() the faults that are not meant to happen."
    return "\n".join(f"{rule.told_unused} {advice}" for rule in rules if rule.unused)
