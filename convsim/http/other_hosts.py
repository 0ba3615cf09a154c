"""The option ``other_hosts``: how requests to hosts that no emulator answers are treated, for all or host by host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.http.urls import host_pattern

Policy = Literal["refuse", "pass", "offline"]
_POLICIES: tuple[Policy, ...] = ("refuse", "pass", "offline")


class OtherHosts:
    """The policy for each host: the most specific key wins, ``"*"`` is for every other host, the rest is refused.

    Raises :class:`~convsim.errors.UsageError` for an unknown policy, and for a key that is not a host.
    """

    def __init__(self, given: Policy | Mapping[str, Policy]) -> None:
        words = dict(given) if isinstance(given, Mapping) else {"*": given}
        for host, word in words.items():
            if word not in _POLICIES:
                came = shown(word if given is word else {host: word})
                raise UsageError(
                    f"Emulator(other_hosts={came}): write 'refuse', 'pass' or 'offline', or a mapping from hosts to"
                    " these words: {'example.com': 'pass', '**.example.com': 'offline'}"
                )
        self._default = words.pop("*", "refuse")
        policies = [(host, _pattern(host), word) for host, word in words.items()]
        # Hosts without stars first, then ``*`` before ``**``, and more letters before fewer.
        policies.sort(key=lambda one: ("*" in one[0], "**" in one[0], -len(one[0].replace("*", ""))))
        self._policies = [(pattern, word) for _, pattern, word in policies]

    def of(self, host: str) -> Policy:
        """Return the policy for this host."""
        name = host.removesuffix(".").lower()
        return next((word for pattern, word in self._policies if pattern.fullmatch(name)), self._default)


def _pattern(host: str) -> re.Pattern[str]:
    pattern = host_pattern(host.lower()) if isinstance(host, str) else None
    if pattern is None or re.search(r"[/:@\s]", host):
        raise UsageError(
            f"other_hosts has {shown(host)}: write a host without scheme, port and path, such as 'example.com',"
            " '*.example.com' for one label more, or '**.example.com' for any number"
        )
    return pattern
