"""A strategy for sequences of faults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from convsim.errors import UsageError
from convsim.errors.misuse import is_list, shown
from convsim.faults import (
    BadGateway,
    ConnectionReset,
    ConversationLocked,
    Fault,
    RateLimited,
    ReadTimeout,
    Rule,
    ServerError,
)
from convsim.faults.transport import ConnectionFault
from convsim.operations.routes import ROUTES, get_route
from convsim.strategies.schemas import are_in_order


def fault_plans(*faults: Fault, on: str | Iterable[str] | None = None, most: int = 3) -> SearchStrategy[list[Rule]]:
    """Generate up to ``most`` rules for ``Emulator(faults=...)``; they shrink to the fewest and earliest that matter.

    Each is one of ``faults``, or of :data:`USUAL`, on one of the operations ``on``, or on any. Raises
    :class:`~convsim.errors.UsageError` for unknown operations, and for faults that last or happen to events.

    ::

        @given(fault_plans(on="conversations.create"))
        def test_each_conversation_is_made_once(plan):
            client = Emulator(faults=plan).openai(max_retries=0)
            ...
    """
    given = [route.operation for route in ROUTES] if on is None else [on] if isinstance(on, str) else on
    operations = list(given) if is_list(given) else []
    if not operations or not all(isinstance(one, str) for one in operations) or not are_in_order(0, most):
        raise UsageError(f"fault_plans(on={shown(on)}, most={shown(most)}): write operations, and a number from 0")
    for operation in operations:
        get_route(operation)
    parts = st.tuples(st.sampled_from(moments(faults)), st.sampled_from(operations), st.integers(0, 3))
    return st.lists(parts.map(_rule), max_size=most)


def moments(faults: Sequence[Fault]) -> list[tuple[Fault, bool]]:
    """Return the realistic moments of each fault: after the commit only for faults that lose the answer."""
    for fault in faults:
        if not isinstance(fault, Fault) or fault.usual_times is None:
            raise UsageError(f"fault_plans({shown(fault)}): write faults that happen at once, such as RateLimited()")
        if "operation" not in fault.targets:
            raise UsageError(f"fault_plans({fault!r}): write faults that happen on operations, such as RateLimited()")
    return [
        (fault, moment == "after")
        for fault in faults or USUAL
        for moment in (fault.moments if isinstance(fault, _LOSING) else fault.moments[:1])
    ]


def _rule(parts: tuple[tuple[Fault, bool], str, int]) -> Rule:
    (fault, after_commit), operation, skip = parts
    return Rule(fault, on=operation, skip=skip, after_commit=after_commit)


_LOSING = (ConnectionFault, ServerError)

USUAL = (
    RateLimited(),
    ServerError(retry_after=0.01),
    ConversationLocked(),
    BadGateway(),
    ConnectionReset(),
    ReadTimeout(),
)
"""The faults from which :func:`fault_plans` chooses by default."""
