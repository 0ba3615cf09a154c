"""The reproducible storm: a rule that draws, at each occurrence, whether a fault happens and which."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from convsim.core.ids import seed_key
from convsim.errors import UsageError
from convsim.faults import names
from convsim.faults.answers import ConversationLocked, Overloaded, RateLimited, ServerError
from convsim.faults.fault import Fault, require_number
from convsim.faults.rules import Rule, as_rule
from convsim.faults.state import ViewFault
from convsim.faults.transport import ConnectionReset, ReadTimeout


class Chaos(Rule):
    """A reproducible storm: at each occurrence one of ``faults`` happens with the probability ``rate``.

    Of a rule among them, only the fault and its moment count.
    """

    def __init__(
        self,
        *,
        seed: int,
        rate: float,
        faults: Sequence[Fault | Rule] | None = None,
        on: str | Iterable[str] | None = None,
    ) -> None:
        require_number(f"chaos(rate={rate!r})", rate, "a probability, 0 <= rate <= 1", below=math.nextafter(1, 2))
        self._key = seed_key(seed)
        self._rate = rate
        self._storm = tuple(as_rule(fault) for fault in faults) if faults is not None else _STORM
        if not self._storm:
            raise UsageError("chaos(faults=[]): write at least one fault")
        lasting = [rule.fault for rule in self._storm if isinstance(rule.fault, ViewFault)]
        if lasting:
            raise UsageError(f"chaos(faults=[{lasting[0]!r}]): it lasts, and a storm is of what happens at once")
        operations = None if on is None else names.given(on)
        if faults is None and names.are_events(operations):
            raise UsageError(f"chaos(on={on!r}): the usual storm is of operations; write faults=[DropEvent(), ...] too")
        for rule in self._storm:
            self._require(rule, operations)
        super().__init__(self._storm[0].fault, on=operations)
        self.operations = operations
        self.times = None

    def _require(self, rule: Rule, operations: tuple[str, ...] | None) -> None:
        if operations is not None:
            Rule(rule.fault, on=operations, after_commit=rule.moment == "after")
        elif "operation" not in rule.fault.places:
            raise UsageError(f"chaos(faults=[{rule.fault!r}]): it happens on events; name them, chaos(on=...)")

    def due(self) -> Fault | None:
        self.seen += 1
        draw = int.from_bytes(blake2b(b"%d" % self.seen, key=self._key, digest_size=8).digest(), "big")
        if draw >= self._rate * 2**64:
            return None
        chosen = self._storm[draw % len(self._storm)]
        self.fault, self.moment = chosen.fault, chosen.moment
        return self.fault

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
