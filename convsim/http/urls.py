"""Base URLs: which URLs the emulator answers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.http import paths

DEFAULT_BASE_URL = "https://api.openai.com/v1"


class Defaults(NamedTuple):
    """The base URLs that a service answers without an option: its own, and those in variables of the environment."""

    urls: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


DEFAULTS: Mapping[str, Defaults] = {
    "openai": Defaults((DEFAULT_BASE_URL,), ("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT")),
    "foundry": Defaults((), ("AZURE_AI_PROJECT_ENDPOINT", "FOUNDRY_PROJECT_ENDPOINT", "AZURE_OPENAI_ENDPOINT")),
}
"""The defaults of each service, by its name in ``Emulator(service=...)``."""

own_ports: set[int] = set()
"""The ports of this machine on which a server of this process listens: no base URL claims them."""

_LOOPBACK = re.compile(r"localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|::1")
_DEFAULT_PORTS = (80, 443, None)
_MOST_REMEMBERED = 256
_MOST_DIGITS = 5  # of a port
_SCHEMES = {"https": "https", "http": "http", "wss": "https", "ws": "http"}
"""The schemes of base URLs, each with the one that messages show."""
_HOST = re.compile(r"(?:(?:\*|\*\*(?=\.)|[^.*]+)(?:\.|$))+")
_PATH = re.compile(r"(?:/(?:\*|[^/*]*))*")
_LABELS = r"(?:[\w-]+\.)+"


class _Base(NamedTuple):
    """The parts of a base URL: ``port`` is None for 80 and 443, ``path`` ends in a slash."""

    url: str
    host: re.Pattern[str]
    port: int | None
    path: str
    pattern: re.Pattern[str] | None
    """The pattern of the part before the API's paths, if it is not ``path`` alone."""
    is_own: bool = False
    """Whether it is the service's own, with all paths of the live service below it."""

    def relative(self, path: str) -> str | None:
        """Return the path relative to this base URL; None if it is not below it."""
        if self.pattern is None:
            return path[len(self.path) - 1 :] if path.startswith(self.path) else None
        found = self.pattern.match(path)
        return path[found.end() :] if found is not None else None


class BaseUrls:
    """The given base URLs, those of the service itself, and its variables if they are set when this is built.

    ``*`` stands for one whole label of the host or one segment of the path, ``**.`` for one or more labels of the host.
    The scheme, the difference between the default ports and a trailing dot of the host are ignored. A base URL without
    a path answers below every known prefix (:mod:`convsim.http.paths`). A mapping names the project of each base URL.
    """

    def __init__(
        self,
        base_urls: Iterable[str] | Mapping[str, str] = (),
        environment: Mapping[str, str] = os.environ,
        defaults: Defaults = DEFAULTS["openai"],
    ) -> None:
        if isinstance(base_urls, str):
            raise UsageError(f"base_urls={shown(base_urls)} is one string: write base_urls=[{shown(base_urls)}]")
        bases = [_base(url, "base_urls") for url in base_urls]
        bases += [_base(url, "")._replace(is_own=True) for url in defaults.urls]
        bases += [_base(url, name) for name in defaults.variables if (url := environment.get(name))]
        # The longest path first, so that a request below /openai/v1 does not match a base URL with a shorter path.
        self._bases = sorted(bases, key=lambda base: (-len(base.path), base.url))
        named = base_urls.items() if isinstance(base_urls, Mapping) else ()
        self._projects = {_base(url, "base_urls"): project for url, project in named}
        # The base URLs of the hosts and ports that were asked for: clients ask the same ones again and again.
        self._found: dict[tuple[str, int | None], list[_Base]] = {}

    def __str__(self) -> str:
        return ", ".join(sorted({base.url for base in self._bases})) or "no URL"

    @property
    def has_own(self) -> bool:
        """Whether the service has a base URL of its own; a project of Azure AI Foundry has none."""
        return any(base.is_own for base in self._bases)

    @property
    def pattern(self) -> str:
        """A regular expression that matches the beginning of whole URLs of these hosts."""
        hosts = "|".join(
            rf"{_bracketed(base.host.pattern)}\.?{f':{base.port}' if base.port else '(?::80|:443)?'}"
            for base in self._bases
        )
        return f"^https?://({hosts})(/|$)"

    def below(self, path: str) -> str:
        """Return the API's path after the first base URL that contains it, or after any other prefix.

        The host is ignored. Return an empty string if the path holds none of the API's.
        """
        found = next((found for base in self._bases if (found := base.relative(path)) is not None), "")
        return found if paths.is_live(found) else paths.split(path)[1] or found

    def claim(self, host: str, port: int | None, path: str) -> str | None:
        """Return the path relative to the base URL of this host and port that contains it; None if none does.

        The service's own host claims every path: return an empty string for one that the live service does not have.
        Elsewhere, a path of the API with a longer prefix than the base URL's is below another one, which is not given.
        No URL at :data:`own_ports` is claimed.
        """
        if port in own_ports and is_loopback(host):
            return None
        ours = self._of(host, port)
        for base in ours:
            found = base.relative(path)
            if found is not None and (base.is_own or paths.is_live(found) or not paths.is_live(paths.split(path)[1])):
                return found
        return "" if any(base.is_own for base in ours) else None

    def has_host(self, host: str, port: int | None) -> bool:
        """Return whether any URL of this host and port is claimed.

        A loopback host never counts: the test's own servers use that host, too.
        """
        return bool(self._of(host, port)) and not is_loopback(host)

    def project(self, authority: str, path: str) -> str | None:
        """Return the project of a URL; ``authority`` is its host and port, as in the header Host."""
        if not self._projects:
            return None
        host, _, port = authority.rpartition(":")
        if not port.isdecimal() or len(port) > _MOST_DIGITS:
            host, port = authority, ""
        ours = self._of(host.strip("[]"), int(port) if port else None)
        return next((self._projects.get(base) for base in ours if base.relative(path) is not None), None)

    def _of(self, host: str, port: int | None) -> list[_Base]:
        found = self._found.get((host, port))
        if found is None:
            number = None if port in _DEFAULT_PORTS else port
            name = host.removesuffix(".").lower()
            found = [base for base in self._bases if base.port == number and base.host.fullmatch(name)]
            if len(self._found) < _MOST_REMEMBERED:
                self._found[host, port] = found
        return found


def _bracketed(host: str) -> str:
    """Return an IPv6 address as URLs write it."""
    return rf"\[{host}\]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    return _LOOPBACK.fullmatch(host.removesuffix(".").lower()) is not None


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
        host, port = _in_ascii(parts.hostname or "").removesuffix("."), parts.port
    except (ValueError, AttributeError, TypeError):
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in _SCHEMES or not host or re.search(r"\s", host):
        raise UsageError(f"{origin} has {shown(_without_secrets(url))}: write a whole URL such as {DEFAULT_BASE_URL!r}")
    told, path = _shown(parts), f"{parts.path.rstrip('/')}/"
    pattern = host_pattern(host)
    if pattern is None or not _PATH.fullmatch(path):
        raise UsageError(
            f"{origin} has {told!r}: * stands for one whole label of the host or one whole segment of the path, and"
            " **. once for one or more labels; write 'https://*.example.com/v1' or 'https://**.example.com/v1'"
        )
    return _Base(told, pattern, None if port in _DEFAULT_PORTS else port, path, paths.below(path[:-1]))


_remembered = lru_cache(maxsize=256)(_parsed)


def _in_ascii(host: str) -> str:
    """Return the host as DNS knows it. The codec comes with tables of Unicode, which plain hosts do not need."""
    is_plain = host.isascii() and all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))
    return host if is_plain else host.encode("idna").decode("ascii")


_LONGEST_LABEL = 63


def _shown(parts: SplitResult) -> str:
    """Return the URL as messages show it: without user and query, which may be secret."""
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def _without_secrets(url: object) -> str:
    """Return the part of a malformed URL that messages may show: from the last ``@`` to the question mark."""
    text = re.split(r"[?#]", url if isinstance(url, str) else shown(url), maxsplit=1)[0]
    scheme = re.match(r"\w+:/+", text)
    return f"{scheme[0] if scheme else ''}{text.rpartition('@')[2]}" if "@" in text else text


def base_url_of(url: str) -> str:
    """Return the base URL of a request's URL, as an option ``base_urls`` would name it."""
    parts = urlsplit(url)
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc}{paths.split(parts.path)[0]}"
