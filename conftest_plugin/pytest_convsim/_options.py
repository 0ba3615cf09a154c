"""The options of a test's emulator and of the guard: from the ini file and from the markers."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest

from convsim.core.options import reusable
from convsim.errors import UsageError
from convsim.service.options import Options

if TYPE_CHECKING:
    from convsim import Emulator

ALLOW_HOSTS = "convsim_allow_hosts"


def from_ini(config: pytest.Config) -> dict[str, Any]:
    """Return the options for the whole run."""
    return {
        "seed": config.getini("convsim_seed"),
        "base_urls": base_urls(config),
        "other_hosts": _other_hosts(config.getini("convsim_other_hosts")),
    }


def _of_run(config: pytest.Config) -> Options:
    """Return the options of tests without a marker, which are checked once."""
    if _OF_RUN not in config.stash:
        config.stash[_OF_RUN] = Options(**from_ini(config))
    return config.stash[_OF_RUN]


_OF_RUN: pytest.StashKey[Options] = pytest.StashKey()


def base_urls(config: pytest.Config) -> list[str] | dict[str, str]:
    """Return the base URLs of the ini file, or a mapping from base URL to project; a base URL has no ``=``."""
    lines: list[str] = config.getini("convsim_base_urls")
    if not any("=" in line for line in lines):
        return lines
    named = {url.strip(): project.strip() for url, _, project in (line.partition("=") for line in lines)}
    if without := [url for url, project in named.items() if not project]:
        raise UsageError(f"convsim_base_urls: {without[0]!r} has no project; write `url = project` in each line")
    return named


def _other_hosts(written: str) -> Any:
    """Return one word, or a mapping from host to word; the emulator refuses anything else."""
    lines = [line.strip() for line in written.split("\n") if line.strip()]
    if not all("=" in line for line in lines):
        return written.strip()
    return {host.strip(): word.strip() for host, _, word in (line.partition("=") for line in lines)}


def settle(item: pytest.Item, marker: pytest.Mark) -> None:
    """Make each value of the marker reusable by many tests; this changes the mark, which they share."""
    values = cast("dict[str, Any]", marker.kwargs)
    for name, value in values.items():
        if name == "state":
            continue  # a path; errors show it as it was written
        try:
            values[name] = reusable(value)
        except Exception as error:
            raise pytest.UsageError(
                f"{_place(item)}: @pytest.mark.convsim({name}=...): its values cannot be copied: {error!r}"
            ) from error


def emulator_for(item: pytest.Item) -> Emulator:
    """Return a fresh emulator with the options of ini file and markers; fail at the user's line for a wrong value."""
    from convsim.decorator import fresh
    from convsim.emulator import with_options

    try:
        if of_markers := from_markers(item):
            return fresh({**from_ini(item.config), **of_markers})
        return with_options(_of_run(item.config))
    except UsageError as error:
        sentence = f"{_place(item)}: the options of this test's emulator: {error}"
    pytest.fail(sentence, pytrace=False)


def from_markers(item: pytest.Item) -> dict[str, Any]:
    """Return the options of the markers, the nearest last; fail the test at the user's line for a wrong one."""
    markers = list(item.iter_markers("convsim"))
    if markers and (wrong := wrong_keywords([item])):
        pytest.fail("\n".join(wrong), pytrace=False)
    options: dict[str, Any] = {}
    for marker in reversed(markers):
        settle(item, marker)  # it may have been added since the collection
        options.update(marker.kwargs)
    state = options.get("state")
    if state is not None:
        if not isinstance(state, (str, os.PathLike)):
            _refuse(item, f"convsim(state={state!r})", "state is the path of a file that sim.dump() wrote")
        options["state"] = item.path.parent / state
    return options


def wrong_keywords(items: Iterable[pytest.Item]) -> list[str]:
    """Return a sentence for each marker with an argument that is no option, at the first test that it marks."""
    sentences: dict[str, str] = {}
    for item in items:
        for marker in item.iter_markers("convsim"):
            wrong = [f"{name}=" for name in marker.kwargs if name not in Options.names()]
            if marker.args or wrong:
                came = ", ".join(map(repr, marker.args) if marker.args else wrong)
                sentence = _sentence(item, f"convsim({came})", f"it takes the keywords {', '.join(Options.names())}")
                sentences.setdefault(came, sentence)
    return list(sentences.values())


def refuse_idle_marker(item: pytest.Item) -> None:
    """Fail a test function with a marker of its own and without the fixture; a class's marker serves its other tests.

    A test that takes ``request`` may still request the fixture when it runs.
    """
    function: Any = getattr(item, "function", None)
    own = [*getattr(function, "pytestmark", ()), *getattr(getattr(item, "callspec", None), "marks", ())]
    marked = [mark for mark in own if mark.name == "convsim"]
    if marked and "request" not in inspect.signature(function).parameters:
        came = ", ".join(f"{name}=..." for name in marked[0].kwargs)
        _refuse(
            item,
            f"convsim({came})",
            "it sets options of the fixture, which this test does not use. Add `convsim` to the test's arguments, or"
            ' @pytest.mark.usefixtures("convsim")',
        )


def allowed_hosts(item: pytest.Item) -> list[str]:
    """Return the hosts that the markers allow; wrong markers allow none."""
    return [host.lower() for marker in item.iter_markers(ALLOW_HOSTS) for host in _hosts(marker) or ()]


def always_allowed(config: pytest.Config) -> frozenset[str]:
    """Return the hosts that the ini file allows in every test."""
    hosts: list[str] = config.getini(ALLOW_HOSTS)
    if wrong := [host for host in hosts if not _is_host(host)]:
        raise UsageError(
            f"{ALLOW_HOSTS} has {wrong[0]!r}: write a host without scheme, port and path, as api.openai.com"
        )
    return frozenset(host.lower() for host in hosts)


def _is_host(given: object) -> bool:
    return isinstance(given, str) and re.fullmatch(r"[^\s/:@*]+|[0-9a-fA-F:]+:[0-9a-fA-F:.]*", given) is not None


def check_allow_hosts(item: pytest.Item, *, has_fixture: bool) -> None:
    """Fail at the user's line for a wrong marker, and for one in a test with the fixture: it concerns the guard."""
    for marker in item.iter_markers(ALLOW_HOSTS):
        hosts = _hosts(marker)
        came = ", ".join([*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())])
        if hosts is None:
            _refuse(item, f"{ALLOW_HOSTS}({came})", 'write a list of hosts: convsim_allow_hosts(["api.openai.com"])')
        if has_fixture:
            _refuse(
                item,
                f"{ALLOW_HOSTS}({came})",
                "it concerns the guard, and this test uses the fixture `convsim`. Write"
                f" @pytest.mark.convsim(other_hosts={dict.fromkeys(hosts, 'pass')!r})",
            )


def _hosts(marker: pytest.Mark) -> list[str] | None:
    given = marker.args[0] if len(marker.args) == 1 and not marker.kwargs else None
    if not isinstance(given, Iterable) or isinstance(given, str):
        return None
    hosts = list(given)
    return hosts if all(map(_is_host, hosts)) else None


def _refuse(item: pytest.Item, marker: str, sentence: str) -> NoReturn:
    pytest.fail(_sentence(item, marker, sentence), pytrace=False)


def _sentence(item: pytest.Item, marker: str, sentence: str) -> str:
    return f"{_place(item)}: @pytest.mark.{marker}: {sentence}"


def _place(item: pytest.Item) -> str:
    path, line, _ = item.location
    return f"{path}:{(line or 0) + 1}"
