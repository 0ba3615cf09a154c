"""The guard: refuses the emulated hosts for the whole session, below every emulator that a test patches in."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from convsim import RefusedError, UsageError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.http.urls import BaseUrls
from pytest_convsim import _refusals, has_failed
from pytest_convsim._fixtures import key_set


class Guard:
    """A plugin of its own, registered where ``convsim_guard`` is on."""

    def __init__(self, config: pytest.Config) -> None:
        try:
            urls = BaseUrls(config.getini("convsim_base_urls"))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        self._refused: list[RefusedError] = []
        self._caught: set[str] = set()
        self._exit = ExitStack()
        self._exit.enter_context(patched_in(Patch(urls, None, "pass", self._refused.append)))

    def pytest_sessionfinish(self) -> None:
        """Take the guard down."""
        self._exit.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Watch a test from setup to teardown. It has a key, so that a client without the fixture gets this far."""
        with key_set("sk-convsim"), _refusals.noting_what_is_caught() as self._caught:
            answer = yield
        self._refused.clear()
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        """Fail where a fixture reached for the emulated hosts without an emulator and swallowed the refusal."""
        yield
        self._check()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """Fail a test that did."""
        yield
        self._check()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail where the end of a fixture did."""
        yield
        if not item.stash.get(has_failed, False):
            self._check()

    def _check(self) -> None:
        """Fail for what was refused and swallowed since the last check."""
        refused = list(self._refused)
        self._refused.clear()
        _refusals.fail_for(refused, self._caught)
