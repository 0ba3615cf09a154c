"""Which URLs are the emulator's: the base URLs it answers for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from convsim.errors import UsageError

DEFAULT_BASE_URL = "https://api.openai.com/v1"


class BaseUrls:
    """The default base URL, the given ones, and ``OPENAI_BASE_URL`` where it is set when this is built."""

    def __init__(self, base_urls: Iterable[str] = ()) -> None:
        if isinstance(base_urls, str):
            raise UsageError(f"base_urls={base_urls!r} is one string: write base_urls=[{base_urls!r}]")
        paths = [_path(url, "base_urls") for url in (*base_urls, DEFAULT_BASE_URL)]
        if environment := os.environ.get("OPENAI_BASE_URL"):
            paths.append(_path(environment, "OPENAI_BASE_URL"))
        # The longest first, so that /openai/v1 is not taken for another base that it begins with.
        self._paths = sorted({f"{path}/" for path in paths}, key=lambda path: (-len(path), path))

    def below(self, path: str) -> str:
        """What of a URL's path stands below a base URL's; nothing when it is below none of them."""
        for base in self._paths:
            if path.startswith(base):
                return path[len(base) - 1 :]
        return ""


def _path(url: str, origin: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"{origin} has {url!r}: write a whole URL such as {DEFAULT_BASE_URL!r}")
    return parts.path.rstrip("/")
