"""When faults happen: rules that count occurrences."""

from __future__ import annotations

from collections.abc import Iterable

from convsim.errors import UsageError
from convsim.faults import names
from convsim.faults.fault import Fault, Moment, require_count
from convsim.operations.routes import ROUTES_BY_NAME


class Rule:
    """A fault, and when it happens.

    ``on`` names the operations, or for faults that happen on them the events of Realtime (one, several, or None for the
    fault's usual ones); ``conversation`` limits them to one conversation, events to the session of that id. The first
    ``skip`` occurrences pass, then it happens ``times`` times (None for the fault's own usual number). ``after_commit``
    lets the operation or the client's event happen first: the client never hears of it.

    Raises :class:`~convsim.errors.UsageError` for what does not exist or does not go together.
    """

    def __init__(
        self,
        fault: Fault,
        *,
        on: str | Iterable[str] | None = None,
        conversation: str | None = None,
        skip: int = 0,
        times: int | None = None,
        after_commit: bool | None = None,
    ) -> None:
        if not isinstance(fault, Fault):
            raise UsageError(f"a rule needs a fault, and {fault!r} is none: write one of convsim.faults, RateLimited()")
        self.fault = fault
        self.operations = fault.usual_operations if on is None else names.checked(fault, names.given(on))
        self.about_events = names.are_events(self.operations)
        self.conversation = _conversation(conversation, self.operations)
        require_count(f"skip={skip!r}", skip, 0)
        self.skip = skip
        if times is not None:
            require_count(f"times={times!r}", times, 1)
        self.times = fault.usual_times if times is None else times
        self.moment = _moment(fault, after_commit, self.operations)
        self.seen = 0
        self.fired = 0

    def copy(self) -> Rule:
        """The same rule, before anything happened."""
        fresh = object.__new__(type(self))
        fresh.__dict__.update(self.__dict__, seen=0, fired=0)
        return fresh

    def matches(self, operation: str, conversation_id: str | None) -> bool:
        """Whether the operation is one of those that the rule is about.

        An event, too, with its session; a rule that is not :attr:`about_events` must not be asked about one.
        """
        return (self.operations is None or operation in self.operations) and (
            self.conversation is None or self.conversation == conversation_id
        )

    def due(self) -> Fault | None:
        """The fault, if it happens at this occurrence; counts the occurrence."""
        self.seen += 1
        return None if self.seen <= self.skip or self.exhausted else self.fault

    @property
    def exhausted(self) -> bool:
        """Whether it has happened as often as it may."""
        return self.times is not None and self.fired >= self.times

    @property
    def unused(self) -> bool:
        """Whether it has not happened as often as it was to."""
        return self.fired < (self.times or 1)

    def __str__(self) -> str:
        where = "every operation" if self.operations is None else ", ".join(self.operations)
        return f"{self.fault!r} on {where}"

    def __repr__(self) -> str:
        """As it may be written, without what is usual."""
        operations = self.operations if self.operations != self.fault.usual_operations else None
        on = operations[0] if operations is not None and len(operations) == 1 else operations
        given = {
            "on": on,
            "conversation": self.conversation,
            "skip": self.skip or None,
            "times": self.times if self.times != self.fault.usual_times else None,
            "after_commit": self.moment == "after" if self.moment != self.fault.moments[0] else None,
        }
        words = [repr(self.fault), *(f"{name}={value!r}" for name, value in given.items() if value is not None)]
        return f"Rule({', '.join(words)})"


def as_rule(rule: object) -> Rule:
    """A rule, or a fault as one."""
    if isinstance(rule, Rule):
        return rule
    if isinstance(rule, Fault):
        return Rule(rule)
    raise UsageError(f"faults=[{rule!r}]: write Rule(RateLimited(), on=..., times=...), of convsim.faults")


def _conversation(conversation: str | None, operations: tuple[str, ...] | None) -> str | None:
    if conversation is not None and not isinstance(conversation, str):
        what = "session" if names.are_events(operations) else "conversation"
        raise UsageError(f"conversation={conversation!r}: write the id of a {what}, or leave it out")
    if conversation is not None and operations is not None and len(operations) == 1:
        route = ROUTES_BY_NAME.get(operations[0])
        if route is not None and not route.about_one:
            raise UsageError(f"conversation={conversation!r}: {route.operation} is not about one; leave it out")
    return conversation


def _moment(fault: Fault, after_commit: object, operations: tuple[str, ...] | None) -> Moment:
    usual = fault.moments[0]
    if after_commit is None:
        return usual
    moment: Moment = "after" if after_commit else "before"
    if moment not in fault.moments:
        what = "the client's event is carried out" if names.are_events(operations) else "the operation"
        raise UsageError(f"{fault!r} happens {usual} {what}, always: leave after_commit out")
    if moment != usual and names.are_sent(operations):
        raise UsageError(
            f"{fault!r} comes instead of {' or '.join(operations or ())}, which the service sends, and only what a"
            " client sends has a commit: leave after_commit out"
        )
    return moment
