"""Base URLs: which URLs the emulator answers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from convsim.errors import UsageError

DEFAULT_BASE_URL = "https://api.openai.com/v1"

own_ports: set[int] = set()
"""The ports of this machine on which a server of this process listens: no base URL claims them."""

_LOOPBACK = re.compile(r"localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|::1")
_DEFAULT_PORTS = (80, 443, None)
_HOST = re.compile(r"(?:(?:\*|\*\*(?=\.)|[^.*]+)(?:\.|$))+")
_PATH = re.compile(r"(?:/(?:\*|[^/*]*))*")
_LABELS = r"(?:[\w-]+\.)+"


class _Base(NamedTuple):
    """The parts of a base URL: ``port`` is None for 80 and 443, ``path`` ends in a slash."""

    url: str
    host: re.Pattern[str]
    port: int | None
    path: str
    stars: re.Pattern[str] | None
    """The path as a pattern, where it has stars."""

    def relative(self, path: str) -> str | None:
        """Return the path relative to this base URL; None if it is not below it."""
        if self.stars is None:
            return path[len(self.path) - 1 :] if path.startswith(self.path) else None
        found = self.stars.match(path)
        return path[found.end() - 1 :] if found is not None else None


class BaseUrls:
    """The default base URL, the given ones, and ``OPENAI_BASE_URL`` if it is set when this is built.

    ``*`` stands for one whole label of the host or one segment of the path, ``**.`` for one or more labels of the host.
    The scheme, the difference between the default ports and a trailing dot of the host are ignored.
    """

    def __init__(self, base_urls: Iterable[str] = (), environment: Mapping[str, str] = os.environ) -> None:
        if isinstance(base_urls, str):
            raise UsageError(f"base_urls={base_urls!r} is one string: write base_urls=[{base_urls!r}]")
        bases = [*(_base(url, "base_urls") for url in base_urls), _DEFAULT]
        if url := environment.get("OPENAI_BASE_URL"):
            bases.append(_base(url, "OPENAI_BASE_URL"))
        # The longest path first, so that a request below /openai/v1 does not match a base URL with a shorter path.
        self._bases = sorted(bases, key=lambda base: (-len(base.path), base.url))

    def __str__(self) -> str:
        return ", ".join(sorted({base.url for base in self._bases}))

    @property
    def pattern(self) -> str:
        """A regular expression that matches the beginning of whole URLs of these hosts."""
        hosts = "|".join(
            rf"{_bracketed(base.host.pattern)}\.?{f':{base.port}' if base.port else '(?::80|:443)?'}"
            for base in self._bases
        )
        return f"^https?://({hosts})(/|$)"

    def below(self, path: str) -> str:
        """Return the path relative to the first base URL that contains it, or an empty string. The host is ignored."""
        return next((found for base in self._bases if (found := base.relative(path)) is not None), "")

    def claim(self, host: str, port: int | None, path: str) -> str | None:
        """Do as :meth:`below`, for the base URLs of this host and port; None when the host is not the emulator's.

        On a loopback host, only paths below a base URL are claimed: the test's own servers use that host. No URL at
        :data:`own_ports` is claimed.
        """
        if port in own_ports and is_loopback(host):
            return None
        ours = self._of(host, port)
        for base in ours:
            found = base.relative(path)
            if found is not None:
                return found
        return "" if ours and not is_loopback(host) else None

    def has_host(self, host: str, port: int | None) -> bool:
        """Return whether any URL of this host and port is claimed. A loopback host never counts; see :meth:`claim`."""
        return bool(self._of(host, port)) and not is_loopback(host)

    def _of(self, host: str, port: int | None) -> list[_Base]:
        if port in _DEFAULT_PORTS:
            port = None
        name = host.removesuffix(".").lower()
        return [base for base in self._bases if base.port == port and base.host.fullmatch(name)]


def _bracketed(host: str) -> str:
    """Return an IPv6 address as URLs write it."""
    return rf"\[{host}\]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def host_pattern(host: str) -> re.Pattern[str] | None:
    """Return the pattern of the hosts that a host with stars stands for, in lower case; None if it is not a host."""
    if host.count("**") > 1 or not _HOST.fullmatch(host):
        return None
    return re.compile(re.escape(host).replace(r"\*\*\.", _LABELS).replace(r"\*", r"[\w-]+"))


def _base(url: str, origin: str) -> _Base:
    # Each test with the fixture asks for the same hosts; a value that is not a string cannot be cached.
    return _remembered(url, origin) if isinstance(url, str) else _parsed(url, origin)


def _parsed(url: str, origin: str) -> _Base:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii").removesuffix("."), parts.port
    except (ValueError, AttributeError, TypeError):
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{origin} has {_without_secrets(url)!r}: write a whole URL such as {DEFAULT_BASE_URL!r}")
    shown, path = _shown(parts), f"{parts.path.rstrip('/')}/"
    pattern = host_pattern(host)
    if pattern is None or not _PATH.fullmatch(path):
        raise UsageError(
            f"{origin} has {shown!r}: * stands for one whole label of the host or one whole segment of the path, and"
            " **. once for one or more labels; write 'https://*.example.com/v1' or 'https://**.example.com/v1'"
        )
    stars = re.compile(re.escape(path).replace(r"\*", "[^/]+")) if "*" in path else None
    return _Base(shown, pattern, None if port in _DEFAULT_PORTS else port, path, stars)


_remembered = lru_cache(maxsize=256)(_parsed)


def _shown(parts: SplitResult) -> str:
    """Return the URL as messages show it: without user and query, which may be secret."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def _without_secrets(url: object) -> str:
    """Return the part of a malformed URL that messages may show: from the last ``@`` to the question mark."""
    text = re.split(r"[?#]", str(url), maxsplit=1)[0]
    scheme = re.match(r"\w+:/+", text)
    return f"{scheme[0] if scheme else ''}{text.rpartition('@')[2]}" if "@" in text else text


_DEFAULT = _base(DEFAULT_BASE_URL, "")
