"""The guard: refuses the emulated hosts for the whole session, below every emulator that a test patches in."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack
from threading import Thread, local

import pytest

from convsim import RefusedError, UsageError
from convsim.adapters.active import Patch
from convsim.adapters.environment import key_set
from convsim.adapters.interception import patched_in
from convsim.http.keys import MADE_UP
from convsim.http.urls import BaseUrls
from pytest_convsim import _refusals, has_failed
from pytest_convsim._leftovers import TraceUrls, leftovers, threads_of_others
from pytest_convsim._options import allowed_hosts, always_allowed, base_urls


class GuardedUrls(BaseUrls):
    """The emulated hosts, except those that the ini file and the markers of the running test allow."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(base_urls(config))
        self._always_allowed = always_allowed(config)
        # The guard lets the URL of traces pass, to be answered above it or sent; the same thread then reaches the net
        # below.
        self._traces = TraceUrls(answer=True)
        self._posting = local()
        self.allow(())

    def allow(self, hosts: Iterable[str]) -> None:
        """Allow these hosts, besides those of the ini file, instead of the earlier ones."""
        self._allowed = self._always_allowed.union(hosts)

    def claim(self, host: str, port: int | None, path: str) -> str | None:
        self._posting.traces = self._traces.claim(host, port, path) is not None
        return None if self._posting.traces or self._lets_through(host) else super().claim(host, port, path)

    def has_host(self, host: str, port: int | None) -> bool:
        passes = getattr(self._posting, "traces", False) or self._lets_through(host)
        return not passes and super().has_host(host, port)

    def _lets_through(self, host: str) -> bool:
        return host.removesuffix(".").lower() in self._allowed


class Guard:
    """A plugin of its own, registered if ``convsim_guard`` is on."""

    def __init__(self, config: pytest.Config) -> None:
        try:
            self._urls = GuardedUrls(config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        self._key = f"{MADE_UP}{config.getini('convsim_seed')}"
        self._refused: list[RefusedError] = []
        self._caught = _refusals.Caught()
        self._exit = ExitStack()
        self._exit.enter_context(patched_in(Patch(self._urls, None, None, self._note)))
        self._leftovers = leftovers(config)
        self._others: set[Thread] = set()

    def pytest_sessionfinish(self) -> None:
        """Remove the guard."""
        self._exit.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Fail the collection of a module that contacted the emulated hosts and swallowed the refusal."""
        self._others = threads_of_others()
        report = yield
        lines = _refusals.told(self._taken(), _refusals.Caught())
        if lines and report.passed:
            report.outcome, report.longrepr, report.result = "failed", "\n".join(lines), []
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Watch a test from setup to teardown; a key is set, so that clients without the fixture reach the guard."""
        self._others = threads_of_others()
        with key_set(self._key), _refusals.noting_what_is_caught() as self._caught:
            answer = yield
        self._refused.clear()
        self._urls.allow(())
        self._others = threads_of_others(of_pools=True)
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail a test whose fixture contacted the emulated hosts without an emulator and swallowed the refusal."""
        self._urls.allow(allowed_hosts(item))
        yield
        self._check()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """Fail a test that swallowed a refusal."""
        yield
        self._check()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail a test whose fixture swallowed a refusal at its end."""
        yield
        if not item.stash.get(has_failed, False):
            self._check()

    def _note(self, error: RefusedError) -> None:
        if error.thread in self._others:
            self._leftovers.add([error])
        else:
            self._refused.append(error)

    def _check(self) -> None:
        """Fail for refusals since the last check that were swallowed."""
        _refusals.fail_for(_refusals.told(self._taken(), self._caught))

    def _taken(self) -> list[RefusedError]:
        """Return and forget the refusals since the last call."""
        refused = list(self._refused)
        self._refused.clear()
        return refused
