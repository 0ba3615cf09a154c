"""Claims: who answers for which URLs while emulators are patched in, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Literal, NamedTuple

from convsim.adapters.seams import Exchange
from convsim.errors import RefusedHostError
from convsim.http.messages import Handler, Opener
from convsim.http.urls import BaseUrls, is_loopback


class Answers(NamedTuple):
    """What answers: ``handler`` any request, ``opener`` clients that connect to Realtime."""

    handler: Handler
    opener: Opener


@dataclass(frozen=True, eq=False)
class Claim:
    """What answers for ``urls`` (a guard has nothing that does, and refuses them), and what becomes of other hosts.

    ``refused`` is told of every request that was kept back.
    """

    urls: BaseUrls
    answers: Answers | None
    other_hosts: Literal["refuse", "pass"]
    refused: Callable[[RefusedHostError], None]


class Target(NamedTuple):
    """What a client reaches for, as a refusal names it: nothing that may be secret, neither user nor query."""

    method: str
    url: str
    host: str


Claimed = tuple[Claim, Answers, str]
"""A claim, what answers for it, and what of a path stands below its base URL."""

lock = RLock()
active: list[Claim] = []
"""The claims that stand, the innermost last."""


def claimed(exchange: Exchange, host: str, port: int | None, path: str, target: Callable[[], Target]) -> Claimed | None:
    """Whose claim answers; None where the client may go on.

    ``port`` is None for the usual one. Raises :class:`~convsim.errors.RefusedHostError` for what is kept back.
    """
    if not active:
        with lock:
            exchange.take_back()  # it stayed below another tool's patch, which has ended since
        return None
    for claim in reversed(active):
        below = claim.urls.claim(host, port, path)
        if below is not None:
            if claim.answers is None:
                raise _refused(claim, target(), _GUARDED)
            return claim, claim.answers, below
    refusing = next((claim for claim in reversed(active) if claim.answers is not None), None)
    if refusing is None or refusing.other_hosts == "pass" or is_loopback(host) or exchange.is_mocked_below():
        return None
    raise _refused(refusing, target(), _FOREIGN)


def _refused(claim: Claim, target: Target, why: str) -> RefusedHostError:
    words = why.format(host=target.host, urls=claim.urls)
    error = RefusedHostError(f"{target.method} {target.url} was not sent: {words}")
    claim.refused(error)
    return error


_FOREIGN = (
    "the emulator is patched in, and {host} is not one of its hosts. It answers for {urls}. To make it answer here too,"
    " add to base_urls=[...]; to let other hosts through, write other_hosts='pass' (both are options of Emulator(...)"
    " and of @pytest.mark.convsim(...))."
)
_GUARDED = (
    "convsim_guard is on, and this test did not ask for an emulator. Add the fixture `convsim` to the test's arguments,"
    " or patch one in with `with Emulator().patch():`."
)
