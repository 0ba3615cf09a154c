"""Keys: from the key in a request's headers to the project that it may use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from convsim import errors
from convsim.errors import UsageError
from convsim.http.messages import Request
from convsim.http.urls import BaseUrls, Defaults

DEFAULT_PROJECT = "proj_default"
MADE_UP = "sk-convsim-"
"""The prefix of keys that convsim makes up; the digits of the seed follow."""

_HEADER = re.compile("[!-~]([ -~]*[!-~])?")


class Keys:
    """The keys that the emulator accepts, and the project that a request sees.

    ``api_keys`` is None (any key, one project), a mapping from key to project, or several keys: the first sees the
    default project, each further one a project of its own (``proj_2``, ``proj_3``, ...). With ``auth="any"`` a request
    needs no key. Where ``base_urls`` is a mapping, the URL names the project of a request without a listed key.
    """

    def __init__(
        self,
        api_keys: Mapping[str, str] | Iterable[str] | None = None,
        seed: int = 0,
        *,
        auth: Literal["key", "any"] = "key",
        base_urls: Iterable[str] | Mapping[str, str] = (),
    ) -> None:
        self._seed = seed
        self._auth = auth
        of_urls = base_urls if isinstance(base_urls, Mapping) else {}
        self._urls = BaseUrls(of_urls, environment={}, defaults=Defaults()) if of_urls else None
        self._projects: dict[str, str] | None
        if api_keys is None:
            self._projects = None
        elif isinstance(api_keys, str):
            raise UsageError("api_keys is one string: write api_keys=[...] or api_keys={key: project}")
        elif isinstance(api_keys, Mapping):
            self._projects = dict(api_keys)
        else:
            keys = tuple(api_keys)
            _require_strings("api_keys", "keys", keys)
            own = enumerate(dict.fromkeys(keys), 1)
            self._projects = {key: DEFAULT_PROJECT if number == 1 else f"proj_{number}" for number, key in own}
        _check("api_keys", "keys", self._projects or {})
        _check("base_urls", "URLs", of_urls)

    @property
    def given(self) -> Mapping[str, str] | None:
        """The keys and their projects, in the form of the option ``api_keys``."""
        return self._projects

    @property
    def example(self) -> str:
        """The first key that was given, or else a made-up one (accepted if any key is)."""
        return next(iter(self._projects or ()), f"{MADE_UP}{self._seed}")

    def project(self, request: Request) -> str:
        """Return the project of the request's key; raise the live 401."""
        key = key_of(request)
        if not key and self._auth == "key":
            raise errors.missing_key()
        if key and self._projects is not None:
            if key not in self._projects:
                raise errors.wrong_key(key)
            return self._projects[key]
        if self._urls is None:
            return DEFAULT_PROJECT
        host = request.header(b"host").decode("latin-1")
        return self._urls.project(host, request.full_path) or DEFAULT_PROJECT


def _check(option: str, names: str, projects: Mapping[str, str]) -> None:
    """Raise :class:`~convsim.errors.UsageError` for a mapping that is not one to projects."""
    _require_strings(option, names, (word for pair in projects.items() for word in pair))
    for project in projects.values():
        # The name becomes a header of each answer, and must not split it.
        if not _HEADER.fullmatch(project):
            raise UsageError(f"{option}: {project!r} is not a project name: write ASCII letters, digits and signs")


def _require_strings(option: str, names: str, given: Iterable[object]) -> None:
    if not all(isinstance(word, str) for word in given):
        raise UsageError(f"{option}: write {names} and projects as strings")


def key_of(request: Request) -> str:
    """Return the key after ``Bearer`` (or ``Basic``), else the ``api-key`` of Azure's clients, else an empty string."""
    azures = b""
    for name, value in request.headers:
        if len(name) not in _LENGTHS:
            continue  # as nearly all
        lower = name.lower()
        if lower == b"authorization":
            scheme, _, key = value.partition(b" ")
            if scheme.lower() in (b"bearer", b"basic") and (key := key.strip()):
                return key.decode("latin-1")
        elif lower == b"api-key":
            azures = azures or value.strip()
    return azures.decode("latin-1")


_LENGTHS = (len("authorization"), len("api-key"))
