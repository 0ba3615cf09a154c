"""Keys: from the key in a request's headers to the project that it may use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from convsim import errors
from convsim.errors import UsageError
from convsim.http.messages import Request

DEFAULT_PROJECT = "proj_default"
MADE_UP = "sk-convsim-"
"""The prefix of keys that convsim makes up; the digits of the seed follow."""


_HEADER = re.compile("[!-~]([ -~]*[!-~])?")


class Keys:
    """The keys that the emulator accepts.

    ``api_keys`` is None (any key, one project), a mapping from key to project, or several keys: the first sees the
    default project, each further one a project of its own (``proj_2``, ``proj_3``, ...).
    """

    def __init__(self, api_keys: Mapping[str, str] | Iterable[str] | None = None, seed: int = 0) -> None:
        self._seed = seed
        self._projects: dict[str, str] | None
        if api_keys is None:
            self._projects = None
        elif isinstance(api_keys, str):
            raise UsageError("api_keys is one string: write api_keys=[...] or api_keys={key: project}")
        elif isinstance(api_keys, Mapping):
            self._projects = dict(api_keys)
        else:
            own = enumerate(dict.fromkeys(api_keys), 1)
            self._projects = {key: DEFAULT_PROJECT if number == 1 else f"proj_{number}" for number, key in own}

        if not all(isinstance(word, str) for pair in (self._projects or {}).items() for word in pair):
            raise UsageError("api_keys: write keys and projects as strings")
        for project in (self._projects or {}).values():
            # The name becomes a header of each answer, and must not split it.
            if not _HEADER.fullmatch(project):
                raise UsageError(f"api_keys: {project!r} is not a project name: write ASCII letters, digits and signs")

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
        if not key:
            raise errors.missing_key()
        if self._projects is None:
            return DEFAULT_PROJECT
        if key not in self._projects:
            raise errors.wrong_key(key)
        return self._projects[key]


def key_of(request: Request) -> str:
    """Return the key after ``Bearer`` (or ``Basic``), else the ``api-key`` of Azure's clients, else an empty string."""
    scheme, _, key = request.header(b"authorization").partition(b" ")
    if scheme.lower() in (b"bearer", b"basic") and (key := key.strip()):
        return key.decode("latin-1")
    return request.header(b"api-key").decode("latin-1").strip()
