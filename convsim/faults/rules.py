"""Rules: they count occurrences and say when faults happen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, Self

from convsim.core.results import id_of
from convsim.errors import UsageError
from convsim.errors.misuse import FLAG, Kind, count, optional, require, shown
from convsim.faults import names
from convsim.faults.fault import Fault, Moment
from convsim.operations.routes import ROUTES_BY_NAME

if TYPE_CHECKING:
    from convsim.store.store import Store

_SKIP = count(0)
_ONCE_OR_MORE = count(1)
_TIMES = Kind(
    lambda value: value is None or value == "always" or _ONCE_OR_MORE.fits(value), 'an integer, 1 or more, or "always"'
)
_AFTER_COMMIT = optional(FLAG)


class Rule:
    """A fault, with the calls or events to which it happens.

    ``on``
        The operations, or the events, to which it happens: one name or several; a ``*`` in a name stands for any
        characters, as in ``"response.*"``. None means the fault's default.
    ``conversation``
        Limits it to one conversation, or on events of Realtime to one session: an id, or an object with an ``id``.
    ``skip``
        The number of occurrences to let pass first.
    ``times``
        How often it happens; ``"always"`` for as long as it is armed. None means the fault's default, and in a ``with``
        until the block ends.
    ``after_commit``
        Whether the operation, or the client's event, is carried out first, so that only its answer is lost. None means
        the fault's default.

    An occurrence is a call or event that the rule is about. Faults of stored state (:class:`DeleteItem`,
    :class:`HideItem` and others) count only those on which they can change something.

    Raises :class:`~convsim.errors.UsageError` for unknown names, and for options that exclude each other.

    >>> sim = Emulator(faults=[Rule(RateLimited(), on="conversations.items.*", skip=1, times=2)])
    """

    def __init__(
        self,
        fault: Fault,
        *,
        on: str | Iterable[str] | None = None,
        conversation: object = None,
        skip: int = 0,
        times: int | Literal["always"] | None = None,
        after_commit: bool | None = None,
    ) -> None:
        if not isinstance(fault, Fault):
            if isinstance(fault, type) and issubclass(fault, Fault):
                raise UsageError(f"Rule({fault.__name__}): this is a class of faults; write {fault.__name__}(...)")
            raise UsageError(f"Rule({shown(fault)}): write a fault of convsim.faults, such as RateLimited()")
        self.fault = fault
        self._on = None if on is None else names.given(on)
        usual = fault.usual_operations
        self.operations: tuple[str, ...] | None = usual if self._on is None else names.checked(fault, self._on)
        self.about_events: bool = names.are_events(self.operations)
        self.conversation: str | None = _conversation(conversation, self.operations)
        require("skip", skip, _SKIP)
        self.skip = skip
        require("times", times, _TIMES)
        self.times = times
        self._most = times if isinstance(times, int) else fault.usual_times if times is None else None
        self.moment = _moment(fault, after_commit, self.operations)
        self._begin()

    def _begin(self) -> None:
        self.seen: int = 0
        self._fired = 0
        self.versions: dict[str, deque[Store]] = {}
        """Earlier versions of the store of each project, if the fault needs them; the oldest first."""

    def copy(self) -> Self:
        """Return the same rule in its initial state."""
        fresh = object.__new__(type(self))
        fresh.__dict__.update(self.__dict__)
        fresh._begin()
        return fresh

    def matches(self, operation: str, conversation_id: str | None) -> bool:
        """Return whether the rule applies to the operation, on that conversation.

        It may also be an event, with its session; a rule that is not :attr:`about_events` must not be asked about one.
        """
        return (self.operations is None or operation in self.operations) and (
            self.conversation is None or self.conversation == conversation_id
        )

    def drawn(self, operation: str) -> Rule | None:
        """Return the rule whose fault happens to this operation or event, if due; None if chance decides against it."""
        return self

    def due(self) -> bool:
        """Count the occurrence, and return whether the fault happens at it."""
        self.seen += 1
        return self.seen > self.skip and not self.exhausted

    def count(self) -> None:
        """Count that the fault has happened."""
        self._fired += 1

    def keep(self, project: str, earlier: Store) -> None:
        """Keep ``earlier``, the version of the project's store before a change."""
        if self.keeps:
            self.versions.setdefault(project, deque(maxlen=self.fault.keeps)).append(earlier)

    def last(self) -> None:
        """Keep happening until disarmed, unless ``times`` says how often."""
        if self.times is None:
            self._most = None

    @property
    def keeps(self) -> bool:
        """Whether the fault needs the present store once it changes."""
        return self.fault.keeps > 0 and not self.exhausted

    @property
    def fired(self) -> int:
        """How often the fault has happened."""
        return self._fired

    @property
    def exhausted(self) -> bool:
        """Whether it has happened as often as it may."""
        return self._most is not None and self.fired >= self._most

    @property
    def unused(self) -> bool:
        """Whether it has happened less often than ``times`` says, or never if that is not a number."""
        return self.fired < (self.times if isinstance(self.times, int) else 1)

    @property
    def told_unused(self) -> str:
        """The rule, how often it has happened, and how often it could have."""
        what = "event" if self.about_events else "call"
        happened = f"happened {self.fired} of {self.times} times" if isinstance(self.times, int) else "never happened"
        could = f"{self.seen or 'no'} {what}{'' if self.seen == 1 else 's'} could have hit it"
        passed = f", and skip={self.skip} lets the first of them pass" if self.skip and self.seen else ""
        return f"{self}: it {happened}; {could}{passed}."

    def __str__(self) -> str:
        named = self._on or self.operations
        return f"{self.fault!r} on {'every operation' if named is None else ', '.join(named)}"

    def __repr__(self) -> str:
        """Show the rule as a test may write it, without the defaults."""
        on = self._on if self.operations != self.fault.usual_operations else None
        given = {
            "on": on[0] if on is not None and len(on) == 1 else on,
            "conversation": self.conversation,
            "skip": self.skip or None,
            "times": self.times,
            "after_commit": self.moment == "after" if self.moment != self.fault.moments[0] else None,
        }
        words = [repr(self.fault), *(f"{name}={value!r}" for name, value in given.items() if value is not None)]
        return f"Rule({', '.join(words)})"


def as_rule(rule: object) -> Rule:
    """Return the rule itself, or a rule for the fault."""
    if isinstance(rule, Rule):
        return rule
    if isinstance(rule, Fault):
        return Rule(rule)
    raise UsageError(f"faults=[{shown(rule)}]: write Rule(RateLimited(), on=..., times=...), of convsim.faults")


def _conversation(given: object, operations: tuple[str, ...] | None) -> str | None:
    conversation: str | None = id_of(given)
    if conversation is not None and not isinstance(conversation, str):
        what = "session" if names.are_events(operations) else "conversation"
        raise UsageError(f"conversation={shown(conversation)}: write a {what} or its id, or leave it out")
    if conversation is not None and operations is not None and len(operations) == 1:
        route = ROUTES_BY_NAME.get(operations[0])
        if route is not None and not route.about_one:
            raise UsageError(
                f"conversation={conversation!r}: {route.operation} is not about one conversation; leave it out"
            )
    return conversation


def _moment(fault: Fault, after_commit: object, operations: tuple[str, ...] | None) -> Moment:
    usual = fault.moments[0]
    require("after_commit", after_commit, _AFTER_COMMIT)
    if after_commit is None:
        return usual
    moment: Moment = "after" if after_commit else "before"
    if moment not in fault.moments:
        what = "the client's event is carried out" if names.are_events(operations) else "the operation"
        raise UsageError(f"{fault!r} always happens {usual} {what}: leave after_commit out")
    if moment != usual and names.are_sent(operations):
        raise UsageError(
            f"{fault!r} replaces {' or '.join(operations or ())}, which the service sends, and only the client's events"
            " have a commit: leave after_commit out"
        )
    return moment
