"""Which faults are armed: the registry that the router asks, and the plan that it gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from warnings import warn

from convsim.errors import UnusedFaultWarning, UsageError
from convsim.faults.chaos import Chaos
from convsim.faults.events import EventFault
from convsim.faults.fault import ActFault, AnswerFault, Fault, Moment
from convsim.faults.rules import Rule, as_rule
from convsim.faults.state import ViewFault
from convsim.faults.transport import Latency
from convsim.operations.project import Project
from convsim.store.store import Store


@dataclass(slots=True)
class Plan:
    """What happens at one occurrence of an operation; ``faults`` are those that have happened."""

    acts: list[tuple[Rule, ActFault]] = field(default_factory=list)
    views: list[tuple[Rule, ViewFault, Sequence[Store]]] = field(default_factory=list)
    answer: AnswerFault | None = None
    moment: Moment = "after"
    delay: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def act(self, project: Project, conversation_id: str | None) -> None:
        """Apply the faults that change the store before the operation."""
        for rule, fault in self.acts:
            if fault.act(project, conversation_id):
                self.happened(rule, fault)

    def view(self, project: Project) -> Project:
        """The project as the operation is shown it."""
        store = project.store
        for rule, fault, versions in self.views:
            shown = fault.seen(store, versions)
            if shown is not store:
                self.happened(rule, fault)
            store = shown
        return project if store is project.store else project.showing(store)

    def happened(self, rule: Rule, fault: Fault) -> None:
        """Count it."""
        rule.fired += 1
        self.faults.append(fault)


class Faults:
    """The armed rules, in the order in which they were added; the first that has an answer gives it."""

    def __init__(self, rules: Iterable[Rule | Fault] = ()) -> None:
        if isinstance(rules, (Fault, Rule)):
            raise UsageError(f"faults={rules!r}: write a list, faults=[...]")
        self.given = [as_rule(rule) for rule in rules]
        self._rules: list[Rule] = []
        self._versions: dict[tuple[Rule, str], deque[Store]] = {}
        self.reset()

    def reset(self) -> None:
        """Arm the rules that the emulator was made with, and no others."""
        self._rules = [rule.copy() for rule in self.given]
        self._versions.clear()

    def add(
        self,
        fault: Fault | Rule,
        *,
        on: str | Iterable[str] | None = None,
        conversation: str | None = None,
        skip: int = 0,
        times: int | None = None,
        after_commit: bool | None = None,
    ) -> Armed:
        """Arm a rule (see :class:`Rule`); as a context manager, it is disarmed at the end."""
        options: dict[str, Any] = {"on": on, "conversation": conversation, "times": times, "after_commit": after_commit}
        given = [name for name, value in (options | {"skip": skip or None}).items() if value is not None]
        if isinstance(fault, Rule) and given:
            raise UsageError(f"add({fault!r}, {given[0]}=...): the rule says that itself; write Rule({given[0]}=...)")
        return self._arm(fault.copy() if isinstance(fault, Rule) else Rule(fault, skip=skip, **options))

    def chaos(
        self,
        *,
        seed: int,
        rate: float,
        faults: Sequence[Fault | Rule] | None = None,
        on: str | Iterable[str] | None = None,
    ) -> Armed:
        """Arm a storm: equal seeds and calls give equal storms."""
        return self._arm(Chaos(seed=seed, rate=rate, faults=faults, on=on))

    def clear(self) -> None:
        """Disarm all."""
        self._rules = []
        self._versions.clear()

    @property
    def unused(self) -> tuple[Rule, ...]:
        """The armed rules whose faults have not happened as often as they were to."""
        return tuple(rule for rule in self._rules if rule.unused)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(tuple(self._rules))

    def __len__(self) -> int:
        return len(self._rules)

    def plan(self, operation: str, conversation_id: str | None, project: str) -> Plan:
        """What happens now; counts the occurrence. Called under the emulator's lock."""
        plan = Plan()
        for rule in self._rules:
            if not rule.matches(operation, conversation_id) or (fault := rule.due()) is None:
                continue
            if isinstance(fault, AnswerFault):
                if plan.answer is not None:
                    continue
                plan.answer, plan.moment = fault, rule.moment
            elif isinstance(fault, ActFault):
                plan.acts.append((rule, fault))
                continue
            elif isinstance(fault, ViewFault):
                # What reads from the past comes first, and the others change what it shows.
                view = rule, fault, self._versions.get((rule, project), ())
                plan.views.insert(0 if fault.keeps else len(plan.views), view)
                continue
            elif isinstance(fault, Latency):
                plan.delay += fault.seconds
            plan.happened(rule, fault)
        return plan

    def on_event(self, event: str, session: str | None) -> list[tuple[Fault, Moment]]:
        """The faults that happen now, in the order of their rules, each noted as happened; counts the occurrence.

        ``event`` is the type of a client event that is about to be carried out, or of a server event that is about to
        be sent; ``session`` is the id of its session. At most one is an :class:`EventFault`, the others are delays to
        add up. Of a server event the moment says nothing. Called under the emulator's lock.
        """
        happened: list[tuple[Fault, Moment]] = []
        for rule in self._rules:
            if not (rule.about_events and rule.matches(event, session)) or (fault := rule.due()) is None:
                continue
            if isinstance(fault, EventFault) and any(isinstance(other, EventFault) for other, _ in happened):
                continue
            rule.fired += 1
            happened.append((fault, rule.moment))
        return happened

    def forget_versions(self) -> None:
        """The stores are other ones now."""
        self._versions.clear()

    def keeps(self) -> bool:
        """Whether an armed rule will need the store as it is now, should it change."""
        return any(
            isinstance(rule.fault, ViewFault) and rule.fault.keeps and not rule.exhausted for rule in self._rules
        )

    def wrote(self, project: str, earlier: Store) -> None:
        """A store has changed; ``earlier`` is what it was."""
        for rule in self._rules:
            if isinstance(rule.fault, ViewFault) and rule.fault.keeps and not rule.exhausted:
                self._versions.setdefault((rule, project), deque(maxlen=rule.fault.keeps)).append(earlier)

    def _arm(self, rule: Rule) -> Armed:
        self._rules = [*self._rules, rule]
        return Armed(self, rule)

    def _disarm(self, rule: Rule) -> None:
        self._rules = [armed for armed in self._rules if armed is not rule]
        self._versions = {key: kept for key, kept in self._versions.items() if key[0] is not rule}


class Armed:
    """An armed rule: how often it has happened, and the end of it."""

    def __init__(self, faults: Faults, rule: Rule) -> None:
        self._faults = faults
        self._rule = rule

    @property
    def fired(self) -> int:
        """How often it has happened."""
        return self._rule.fired

    @property
    def seen(self) -> int:
        """How many occurrences it has seen."""
        return self._rule.seen

    def disarm(self) -> None:
        """End it; nothing happens when it has ended."""
        self._faults._disarm(self._rule)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.disarm()
        if error[0] is None:
            warn_of_unused([self._rule])

    def __repr__(self) -> str:
        return f"<{self._rule!r}: happened {self.fired} times>"


def warn_of_unused(rules: Iterable[Rule], stacklevel: int = 3) -> None:
    """Warn of the rules that have not happened as often as they were to, at the line that is so many calls up.

    It is one warning, a line a rule: where warnings are errors, the first of several would be the only one.
    """
    if sentences := told_unused(rules):
        warn(sentences, UnusedFaultWarning, stacklevel=stacklevel)


def told_unused(rules: Iterable[Rule]) -> str:
    """The same rules in words, a line each; nothing where there is none."""
    return "\n".join(
        f"{rule}: it happened {rule.fired} of {rule.times or 1} times, in {rule.seen} occurrences."
        " The test may not test what it says; disarm() or clear() what is not meant to happen."
        for rule in rules
        if rule.unused
    )
