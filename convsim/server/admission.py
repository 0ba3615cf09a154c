"""Admission to an open port: the rules about ``Host``, ``Origin``, framing and sizes, in the order of their checks.

Every web page that the user opens can send requests to a server on localhost. A page cannot choose its ``Host``, its
``Origin`` and its ``Sec-Fetch-Site``, so these are checked first, on every route and upgrade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from convsim.adapters.asgi import Scope, envelope
from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.http.messages import Response

MAX_URL = 8 * 1024
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 100
_PREFLIGHT_SECONDS = b"600"
_EXPOSED = b"x-request-id, openai-processing-ms, retry-after, retry-after-ms, x-should-retry"


class Admission(NamedTuple):
    """The names and the web pages that are admitted. ``hosts`` is None without an open port: then all are."""

    hosts: frozenset[str] | None
    origins: frozenset[str]

    def refusal(self, scope: Scope, headers: Headers, *, control: bool) -> Response | None:
        """Return why the request is refused, or None. Under ``control`` only the server's own pages are admitted."""
        if self.hosts is None:
            return None
        return (
            _refused_host(headers, self.hosts)
            or _refused_size(scope, headers.size)
            or _refused_framing(headers)
            or self._refused_page(headers, control=control)
        )

    def _refused_page(self, headers: Headers, *, control: bool) -> Response | None:
        origin = headers.one(b"origin")
        if origin is not None and not (self._is_own(origin) or (origin in self.origins and not control)):
            how = (
                "pages of other origins never reach /_convsim/" if control else f"start it with --allow-origin {origin}"
            )
            sentence = f"The page of {origin!r} may not ask this server: {how}."
            return envelope(403, sentence, "convsim_foreign_origin", close=True)
        site = headers.one(b"sec-fetch-site")
        if origin is None and site not in (None, "same-origin", "none"):
            sentence = f"A web page of another origin asks (Sec-Fetch-Site: {site}): only its own pages may."
            return envelope(403, sentence, "convsim_foreign_origin", close=True)
        return None

    def _is_own(self, origin: str) -> bool:
        scheme, _, host = origin.partition("://")
        return scheme == "http" and host.lower() in (self.hosts or ())

    def cross_origin_headers(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """Return the headers that let a page of a listed origin read the answer; none for other origins."""
        origin = headers.one(b"origin")
        if origin is None or origin not in self.origins:
            return []
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, method: str, headers: Headers) -> Response | None:
        """Return the answer to a preflight request of a listed origin, sent with :meth:`cross_origin_headers`.

        Returns None for any other request.
        """
        asks = method == "OPTIONS" and headers.one(b"access-control-request-method") is not None
        if not asks or headers.one(b"origin") not in self.origins:
            return None
        asked = headers.one(b"access-control-request-headers") or ""
        more = [
            (b"access-control-allow-methods", b"GET, POST, DELETE, HEAD"),
            (b"access-control-allow-headers", asked.encode("latin-1")),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ]
        if headers.one(b"access-control-request-private-network") == "true":
            more.append((b"access-control-allow-private-network", b"true"))
        return Response(204, more, b"")


class Headers:
    """The headers of one request, by their lower-case names; ``size`` counts the bytes of all names and values."""

    def __init__(self, scope: Scope) -> None:
        self._found: dict[bytes, bytes] = {}
        self.size: int = 0
        for written, value in scope["headers"]:
            self.size += len(written) + len(value)
            name = written.lower()
            self._found[name] = self._found[name] + b", " + value if name in self._found else value

    def __contains__(self, name: bytes) -> bool:
        return name in self._found

    def one(self, name: bytes) -> str | None:
        """Return the value; repeated values are joined by commas, and so equal no listed value."""
        value = self._found.get(name)
        return None if value is None else value.decode("latin-1")


def _refused_host(headers: Headers, hosts: frozenset[str]) -> Response | None:
    host = headers.one(b"host")
    if host is not None and host.lower() in hosts:
        return None
    sentence = f"This server is not {host!r}; it is {', '.join(sorted(hosts))}. More names: --allow-host NAME."
    return envelope(421, sentence, "convsim_wrong_host", close=True)


def _refused_size(scope: Scope, header_bytes: int) -> Response | None:
    url = len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))
    if url > MAX_URL:
        return envelope(414, f"The URL is longer than {MAX_URL} bytes.", "convsim_url_too_long", close=True)
    if len(scope["headers"]) > MAX_HEADERS or header_bytes > MAX_HEADER_BYTES:
        sentence = f"There are more than {MAX_HEADERS} headers, or more than {MAX_HEADER_BYTES} bytes of them."
        return envelope(431, sentence, "convsim_headers_too_large", close=True)
    return None


def _refused_framing(headers: Headers) -> Response | None:
    if b"transfer-encoding" in headers and b"content-length" in headers:
        sentence = "Transfer-Encoding stands beside Content-Length: the end of the body is ambiguous."
        return envelope(400, sentence, "convsim_ambiguous_body", close=True)
    return None


def checked_origins(origins: Iterable[str]) -> frozenset[str]:
    """Return the origins as browsers send them; raise :class:`~convsim.errors.UsageError` for any other value."""
    _require_list("allowed_origins", origins)
    for origin in (origins := tuple(origins)):
        scheme, _, host = origin.partition("://") if isinstance(origin, str) else ("", "", "")
        if scheme not in ("http", "https") or not host or not host.isascii() or set("/*?#@ ,") & set(host):
            raise UsageError(f"allowed_origins has {shown(origin)}: write scheme and host, 'http://localhost:3000'")
    return frozenset(origins)


def checked_hosts(hosts: Iterable[str] | None) -> frozenset[str] | None:
    """Return the names as in ``Host``, in lower case; raise :class:`~convsim.errors.UsageError` for other values."""
    if hosts is None:
        return None
    _require_list("allowed_hosts", hosts)
    for host in (hosts := tuple(hosts)):
        if not isinstance(host, str) or not host.isascii() or not host or set("/*?#@ ,") & set(host):
            raise UsageError(f"allowed_hosts has {shown(host)}: write it as the Host header has it, 'localhost:8000'")
    return frozenset(host.lower() for host in hosts)


def _require_list(name: str, given: object) -> None:
    if isinstance(given, str):
        raise UsageError(f"{name}={shown(given)} is one string: write {name}=[{shown(given)}]")
    if not isinstance(given, Iterable):
        raise UsageError(f"{name}={shown(given)}: write a list of strings")


def loopback_hosts(port: int, more: Iterable[str] = ()) -> list[str]:
    """Return the values of ``Host`` for a port of this machine; ``more`` are further names, with or without a port."""
    names = ("localhost", "127.0.0.1", "[::1]")
    return [*(f"{name}:{port}" for name in names), *more, *(f"{name}:{port}" for name in more)]


_SECURITY: Mapping[bytes, bytes] = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"cache-control": b"no-store",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


def guarded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer of the control plane: a browser may only show it."""
    given = dict(headers)
    return [*given.items(), *((name, value) for name, value in _SECURITY.items() if name not in given)]
