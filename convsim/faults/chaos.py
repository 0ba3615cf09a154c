"""Storms: rules that draw, at each occurrence, whether a fault happens and which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Self

from convsim.core.ids import seed_key
from convsim.errors import UsageError
from convsim.errors.misuse import INTEGER, Kind, is_list, number, optional, require, shown
from convsim.faults import names
from convsim.faults.answers import ConversationLocked, Overloaded, RateLimited, ServerError
from convsim.faults.fault import Fault
from convsim.faults.rules import Rule, as_rule
from convsim.faults.transport import ConnectionReset, ReadTimeout

_PROBABILITY = number("a probability, 0 <= rate <= 1", most=1)
_FAULTS = optional(Kind(is_list, "a list, faults=[RateLimited()]"))


class Chaos(Rule):
    """A reproducible storm: at each call or event, one of ``faults`` happens with the probability ``rate``.

    Without ``faults``, the storm consists of refusals that can be retried and of lost connections, on every operation
    or on those named by ``on``. Of a rule among ``faults``, only the fault and its moment count. Equal seeds and calls
    give equal storms.

    Raises :class:`~convsim.errors.UsageError` for a ``rate`` outside 0 to 1, for no faults, and for those that last.

    >>> sim = Emulator(faults=[Chaos(seed=1, rate=0.1, on="conversations.items.create")])
    """

    def __init__(
        self,
        *,
        seed: int,
        rate: float,
        faults: Sequence[Fault | Rule] | None = None,
        on: str | Iterable[str] | None = None,
    ) -> None:
        require("chaos(seed", seed, INTEGER)
        require("chaos(rate", rate, _PROBABILITY)
        require("chaos(faults", faults, _FAULTS)
        self._key = seed_key(seed)
        self._rate = rate
        storm = _STORM if faults is None else [as_rule(fault) for fault in faults]
        if not storm:
            raise UsageError("chaos(faults=[]): write at least one fault")
        lasting = [rule.fault for rule in storm if rule.fault.usual_times is None]
        if lasting:
            raise UsageError(
                f"chaos(faults=[{lasting[0]!r}]): it lasts, and a storm takes only faults that happen at once"
            )
        given = None if on is None else names.given(on)
        if faults is None and names.are_events(given):
            raise UsageError(
                f"chaos(on={shown(on)}): the default faults happen to operations; write faults=[DropEvent(), ...], too"
            )
        self._storm = tuple(self._part(rule, given) for rule in storm)
        super().__init__(self._storm[0].fault, on=given, times="always")
        together = dict.fromkeys(name for part in self._storm for name in part.operations or ())
        self.operations: tuple[str, ...] | None = tuple(together) if given is not None else None

    def _part(self, rule: Rule, on: tuple[str, ...] | None) -> Rule:
        """Return the rule with its fault happening whenever it is drawn."""
        if on is None and "operation" not in rule.fault.targets:
            raise UsageError(f"chaos(faults=[{rule.fault!r}]): it happens to events; name them, chaos(on=...)")
        part = Rule(rule.fault, on=on, times="always", after_commit=rule.moment == "after")
        if on is None:
            part.operations = None
        return part

    def copy(self) -> Self:
        fresh = super().copy()
        fresh._storm = tuple(rule.copy() for rule in self._storm)
        return fresh

    def drawn(self, operation: str) -> Rule | None:
        self.seen: int = self.seen + 1
        draw = int.from_bytes(blake2b(b"%d" % self.seen, key=self._key, digest_size=8).digest(), "big")
        part = self._storm[draw % len(self._storm)]
        return part if draw < self._rate * 2**64 and part.matches(operation, None) else None

    @property
    def fired(self) -> int:
        return sum(rule.fired for rule in self._storm)

    @property
    def unused(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"chaos at the rate {self._rate}"

    __repr__ = __str__


_STORM = (
    Rule(RateLimited()),
    Rule(ServerError(retry_after=0.01)),
    Rule(Overloaded(retry_after=0.01)),
    Rule(ConversationLocked()),
    Rule(ConnectionReset()),
    Rule(ConnectionReset(), after_commit=True),
    Rule(ReadTimeout(), after_commit=True),
)
