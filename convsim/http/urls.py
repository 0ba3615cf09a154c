"""Which URLs are the emulator's: the base URLs that it answers for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from convsim.errors import UsageError

DEFAULT_BASE_URL = "https://api.openai.com/v1"

own_ports: set[int] = set()
"""The ports of this machine on which a server of this process listens: no base URL claims them."""

_LOOPBACK = re.compile(r"localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|::1")


class _Base(NamedTuple):
    """A base URL taken apart: its host may hold ``*``, its path ends in a slash."""

    url: str
    host: re.Pattern[str]
    port: int | None
    path: str


class BaseUrls:
    """The default base URL, the given ones, and ``OPENAI_BASE_URL`` where it is set when this is built.

    ``*`` in a host stands for any characters. The scheme does not matter.
    """

    def __init__(self, base_urls: Iterable[str] = (), environment: Mapping[str, str] = os.environ) -> None:
        if isinstance(base_urls, str):
            raise UsageError(f"base_urls={base_urls!r} is one string: write base_urls=[{base_urls!r}]")
        bases = [_base(url, "base_urls") for url in (*base_urls, DEFAULT_BASE_URL)]
        if url := environment.get("OPENAI_BASE_URL"):
            bases.append(_base(url, "OPENAI_BASE_URL"))
        # The longest path first, so that /openai/v1 is not taken for another base that it begins with.
        self._bases = sorted(bases, key=lambda base: (-len(base.path), base.url))

    def __str__(self) -> str:
        return ", ".join(sorted({base.url for base in self._bases}))

    @property
    def pattern(self) -> str:
        """A regular expression that whole URLs of these hosts match from their beginning."""
        hosts = "|".join(
            f"{_bracketed(base.host.pattern)}{f':{base.port}' if base.port else ''}" for base in self._bases
        )
        return f"^https?://({hosts})(/|$)"

    def below(self, path: str) -> str:
        """What of a URL's path stands below a base URL's, whatever the host; nothing when it is below none of them."""
        for base in self._bases:
            if path.startswith(base.path):
                return path[len(base.path) - 1 :]
        return ""

    def claim(self, host: str, port: int | None, path: str) -> str | None:
        """As :meth:`below`, for the bases of this host and port; None when the host is not the emulator's.

        On a loopback host other paths are not: there the test's own servers live, and :data:`own_ports` never are.
        """
        if port in own_ports and is_loopback(host):
            return None
        ours = [base for base in self._bases if base.port == port and base.host.fullmatch(host)]
        for base in ours:
            if path.startswith(base.path):
                return path[len(base.path) - 1 :]
        return "" if ours and not is_loopback(host) else None


def _bracketed(host: str) -> str:
    """An IPv6 address as URLs write it."""
    return rf"\[{host}\]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def _base(url: str, origin: str) -> _Base:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except (ValueError, AttributeError, TypeError):
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{origin} has {_without_password(url)!r}: write a whole URL such as {DEFAULT_BASE_URL!r}")
    if port == {"http": 80, "https": 443}[parts.scheme]:
        port = None
    pattern = r"[\w.-]*".join(re.escape(piece) for piece in host.split("*"))
    return _Base(_without_password(url).rstrip("/"), re.compile(pattern), port, f"{parts.path.rstrip('/')}/")


def _without_password(url: str) -> str:
    """What of a URL may stand in a message."""
    return re.sub(r"//[^/?#]*@", "//", str(url))
