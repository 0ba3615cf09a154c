"""The queue of scripts, and the choice of the script for a turn.

A turn takes the first script that matches, oldest first; those with a condition come before those without.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from inspect import iscoroutine, iscoroutinefunction
from types import NoneType
from typing import Any, Literal

from convsim.core.results import id_of
from convsim.core.text import cut
from convsim.errors import UnscriptedTurnError, UsageError
from convsim.errors.misuse import FLAG, MAYBE_TEXT, SECONDS, Kind, choice, count, require, shown
from convsim.responses.deltas import Deltas, require_deltas
from convsim.responses.output import Reply, replies
from convsim.responses.response import require_members
from convsim.responses.turn import Turn
from convsim.responses.usage import require_usage
from convsim.responses.vocabulary import Failure, as_json

OWNER = "sim.responses.script"

_WIDTH = 80  # of a reply and of the user's words

_ONCE_OR_MORE = count(1)
_TIMES = Kind(lambda value: value == "always" or _ONCE_OR_MORE.fits(value), '1 or more, or "always"')
_STATUS = Kind(choice("completed", "incomplete").fits, '"completed" or "incomplete"; Failure(...) fails a turn')

_NO_ASYNC = "a turn does not wait for async functions; write def"

Answer = Callable[[Turn], object]


@dataclass(slots=True, eq=False, kw_only=True)
class Script:
    """The answer to one turn or several: ``says`` are its replies, or the function that returns them.

    ``times`` says how often it may answer, None for always, and ``left`` how often still; ``claimed`` counts how often
    it has. ``words`` are the test's own call. ``raised`` says whether a turn of it has failed.
    """

    says: tuple[Reply, ...] | Answer
    words: str
    when: Callable[[Turn], object] | None
    model: str | None
    conversation: str | None
    times: int | None
    hold: bool
    delay: float
    status: Literal["completed", "incomplete"]
    reason: str | None
    usage: Mapping[str, Any]
    response: Mapping[str, Any]
    deltas: Deltas
    left: int | None = field(init=False)
    claimed: int = field(default=0, init=False)
    raised: bool = field(default=False, init=False)
    number: int = field(default=0, init=False)
    queue: object = field(default=None, init=False)
    """The mark of the queue that it belongs to: a reset begins another one, and so does clearing it."""
    narrowed: bool = field(init=False)
    at_once: tuple[Reply, ...] = field(init=False)
    """Its replies, if its turn neither waits nor calls a function, and cannot be refused; otherwise empty."""

    def __post_init__(self) -> None:
        self.left = self.times
        self.narrowed = not (self.when is None and self.model is None and self.conversation is None)
        if self.hold or callable(self.says) or any(isinstance(reply, dict) for reply in self.says):
            self.at_once = ()
        else:
            self.at_once = self.says

    def mismatch(self, turn: Turn) -> str | None:
        """Return why it does not answer this turn, or None if it does; ``when`` is asked last."""
        if self.conversation is not None and self.conversation != turn.conversation:
            named = f"takes place in {turn.conversation}" if turn.conversation else "names no conversation"
            return f"the turn {named}"
        if self.model is not None and self.model != turn.model:
            return f"the turn asks {turn.model!r}"
        if self.when is not None and not self.when(turn):
            return "its when= said no"
        return None

    def answer(self, turn: Turn) -> Sequence[Reply]:
        """Return its replies; the result of its function is checked like queued replies."""
        if not callable(self.says):
            return self.says
        given = self.says(turn)
        if iscoroutine(given):
            given.close()
            raise UsageError(f"{OWNER}({self.words}): {_NO_ASYNC}")
        said = replies(OWNER, given)
        _require_told(said, self.status, self.deltas)
        return said


def script(
    *says: object,
    when: Callable[[Turn], object] | None = None,
    model: str | None = None,
    conversation: object = None,
    times: int | Literal["always"] = 1,
    hold: bool = False,
    delay: float = 0.0,
    status: Literal["completed", "incomplete"] = "completed",
    reason: str | None = None,
    usage: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    deltas: Deltas = None,
) -> Script:
    """Return a script of these replies, or of one function that returns them for a turn; raise ``UsageError``."""
    place = id_of(conversation)
    if not says:
        raise UsageError(f'{OWNER}(): give at least one reply: {OWNER}("Paris.")')
    function = says[0] if len(says) == 1 and callable(says[0]) and not isinstance(says[0], type) else None
    _require_functions(function, when)
    _require_matching(model, place, times)
    _require_course(hold, delay, status, reason)
    _require_members(usage, response)
    checked: tuple[Reply, ...] | Answer = function or replies(OWNER, says)
    if not callable(checked):
        _require_told(checked, status, deltas)
    narrowing = (("when", when and _name(when)), ("model", model), ("conversation", place))
    words = [_name(function)] if function else [cut(repr(one), _WIDTH) for one in says]
    words += [f"{name}={value}" for name, value in narrowing if value is not None]
    return Script(
        says=checked,
        words=", ".join(words),
        when=when,
        model=model,
        conversation=place,
        times=None if times == "always" else times,
        hold=hold,
        delay=float(delay),
        status=status,
        reason=reason,
        usage=dict(usage or {}),
        response=as_json(f"{OWNER}(response", dict(response or {})),
        deltas=deltas,
    )


def _require_told(said: Sequence[Reply], status: str, deltas: Deltas) -> None:
    """Raise ``UsageError`` unless the replies can be sent so."""
    require_deltas(OWNER, deltas, said)
    if status == "incomplete" and any(isinstance(reply, Failure) for reply in said):
        raise UsageError(f'{OWNER}(status="incomplete"): a turn that fails is not incomplete; leave one of them out')


def _require_functions(function: object, when: object) -> None:
    for name, called in (("", function), ("when=", when)):
        if iscoroutinefunction(called):
            raise UsageError(f"{OWNER}({name}{_name(called)}): {_NO_ASYNC}")
    if when is not None and not callable(when):
        raise UsageError(f"{OWNER}(when={shown(when)}): write a function that takes the turn and returns True or False")


def _require_matching(model: object, conversation: object, times: object) -> None:
    require(f"{OWNER}(model", model, MAYBE_TEXT)
    require(f"{OWNER}(conversation", conversation, MAYBE_TEXT)
    require(f"{OWNER}(times", times, _TIMES)


def _require_course(hold: object, delay: object, status: object, reason: object) -> None:
    require(f"{OWNER}(hold", hold, FLAG)
    require(f"{OWNER}(delay", delay, SECONDS)
    require(f"{OWNER}(status", status, _STATUS)
    require(f"{OWNER}(reason", reason, MAYBE_TEXT)
    if (status == "incomplete") != (reason is not None):
        raise UsageError(
            f"{OWNER}(status={status!r}, reason={shown(reason)}): the two go together; write"
            ' status="incomplete", reason="max_output_tokens"'
        )


def _require_members(usage: object, response: object) -> None:
    for name, members in (("usage", usage), ("response", response)):
        if not isinstance(members, (Mapping, NoneType)):
            raise UsageError(f"{OWNER}({name}={shown(members)}): write a mapping")
    require_usage(OWNER, usage if isinstance(usage, Mapping) else {})
    require_members(OWNER, response if isinstance(response, Mapping) else {})


def turns(given: Iterable[object]) -> list[Script]:
    """Return a script for each element of ``Emulator(replies=[...])``: a reply, or a list of those of one turn.

    The elements of a file of replies are scripts already.
    """
    return [_script_of(one) for one in given]


def _script_of(given: object) -> Script:
    if isinstance(given, Script):
        return given
    return script(*given) if isinstance(given, (list, tuple)) else script(given)


def _rank(one: Script) -> tuple[bool, int]:
    return not one.narrowed, one.number


class Scripts:
    """The queue of one emulator; callers hold its lock, except for :meth:`find`, which takes it when needed."""

    def __init__(self, given: Iterable[Script] = (), unscripted: Literal["refuse", "echo"] = "refuse") -> None:
        self._given = tuple(given)
        self._unscripted = unscripted
        self.reset()

    def reset(self) -> None:
        """Forget all scripts, and queue again those with which the emulator was made."""
        # In the order in which they are asked.
        self._queued: list[Script] = []
        self._used_up = 0
        self._numbered = 0
        self._mark = object()
        for one in self._given:
            self.add(replace(one))

    def clear(self) -> None:
        """Forget all queued scripts, including those with which the emulator was made."""
        self._queued.clear()
        self._mark = object()

    def add(self, one: Script) -> None:
        """Append a script."""
        one.number, one.queue = self._numbered, self._mark
        self._numbered += 1
        insort(self._queued, one, key=_rank)

    def candidates(self) -> list[Script]:
        """Return the scripts that may answer a turn, in the order in which they are asked."""
        return list(self._queued)

    def claim_at_once(self, model: str, conversation: str | None) -> Script | None:
        """Claim the script that answers the turn, if no function decides that and the turn can end at once."""
        for one in self._queued:
            if one.when is not None:
                return None
            if one.model in (None, model) and one.conversation in (None, conversation):
                return one if one.at_once and self.claim(one) else None
        return None

    def claim(self, one: Script) -> bool:
        """Claim the script for the turn that asks for it; return False if another turn was first."""
        if one.left == 0:
            return False
        one.claimed += 1
        if one.left is not None:
            one.left -= 1
            if one.left == 0:
                self._queued.remove(one)
                self._used_up += 1
        return True

    def release(self, one: Script) -> None:
        """Release the claim: the turn has failed, and the client's retry finds the script again."""
        one.claimed -= 1
        one.raised = True
        if one.left is not None:
            one.left += 1
            if one.left == 1 and one.queue is self._mark:
                self._used_up -= 1
                insort(self._queued, one, key=_rank)

    def unused(self) -> list[str]:
        """Return a line for each script that was used too seldom, except for those that raised."""
        lines = []
        for one in sorted(self._queued, key=lambda one: one.number):
            if one.raised:
                continue
            if one.left is not None:
                lines.append(f"{OWNER}({one.words}): it answered {one.claimed} of {one.times} turns")
            elif not one.claimed:
                lines.append(f"{OWNER}({one.words}): it answered no turn")
        return lines

    def find(self, turn: Turn, guard: AbstractContextManager[object]) -> Script:
        """Claim the script that answers the turn; ``when`` is called without the ``guard``.

        Raises :class:`~convsim.errors.UnscriptedTurnError` if no script matches.
        """
        with guard:
            asked = self.candidates()
        misses: list[tuple[Script, str]] = []
        for one in asked:
            miss = one.mismatch(turn)
            if miss is None:
                with guard:
                    # Another turn may have taken it meanwhile, or a test may have cleared the queue.
                    if one in self._queued and self.claim(one):
                        return one
                miss = "it is no longer queued"
            misses.append((one, miss))
        if self._unscripted == "echo":
            return replace(_ECHO)
        raise UnscriptedTurnError(_unscripted(turn, misses, self._used_up))


def _unscripted(turn: Turn, misses: list[tuple[Script, str]], done: int) -> str:
    place = f"in {turn.conversation}" if turn.conversation else "that names no conversation"
    lines = [f"No script answers this turn of {turn.model!r} {place}, whose user says {cut(repr(turn.text), _WIDTH)}."]
    if misses:
        lines.append("Queued, and why it does not match:")
        lines += [f"  {OWNER}({one.words}): {miss}" for one, miss in misses]
    else:
        lines.append(f"Nothing is queued; scripts that were used up: {done}.")
    lines.append(f'Write, before the turn: {OWNER}("...")')
    return "\n".join(lines)


def _name(function: object) -> str:
    return str(getattr(function, "__qualname__", None) or repr(function))


def silent() -> Script:
    """Return a script of a turn in which the model says nothing."""
    return script(lambda turn: [])


_ECHO = script(lambda turn: turn.text, times="always")
"""Answers with the user's words."""
