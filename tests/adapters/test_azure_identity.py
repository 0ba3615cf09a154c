"""Credentials of azure-identity, which is not installed here: a package of that name, with what it has.

`.ci/run clients` has the library itself.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from convsim import Emulator
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.http.urls import BaseUrls

FOUNDRY = "https://ai.azure.com/.default"
SYNC = """
class Mixin:
    def get_token(self, *scopes, claims=None, **options):
        raise RuntimeError(f"asked for {scopes} {claims}")
    def get_token_info(self, *scopes, options=None):
        raise RuntimeError(f"asked for {scopes} {options}")
class DefaultAzureCredential(Mixin): pass
class OldCredential:
    def get_token(self, *scopes, **options):
        raise RuntimeError(f"asked for {scopes}")
class KnownAuthorities: pass
def get_bearer_token_provider(credential, scope): pass
__all__ = ["DefaultAzureCredential", "KnownAuthorities", "OldCredential", "get_bearer_token_provider"]
"""


class Token(NamedTuple):
    token: str
    expires_on: int


class TokenInfo(NamedTuple):
    token: str
    expires_on: int


def module(name: str, source: str) -> Any:
    made = ModuleType(name)
    exec(source, vars(made))
    return made


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    core = module("azure.core.credentials", "")
    core.AccessToken, core.AccessTokenInfo = Token, TokenInfo
    sync = module("azure.identity", SYNC)
    aio = module("azure.identity.aio", SYNC.replace("    def ", "    async def "))
    for each in (core, sync, aio):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    yield sync
    assert "get_token" not in vars(sync.DefaultAzureCredential)  # nothing is left patched


def asked(method: str, *scopes: str, asynchronous: bool = False, **options: Any) -> Any:
    home: Any = sys.modules["azure.identity.aio" if asynchronous else "azure.identity"]
    found = getattr(home.DefaultAzureCredential(), method)(*scopes, **options)
    return asyncio.run(found) if asynchronous else found


ASYNCHRONOUS = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@ASYNCHRONOUS
@pytest.mark.parametrize("scope", [FOUNDRY, "https://cognitiveservices.azure.us/.default"])
def test_a_token_for_an_emulated_service_is_the_emulators_key(scope: str, asynchronous: bool) -> None:
    with Emulator(api_keys=["sk-a"]).patch():
        token = asked("get_token", scope, claims="c", asynchronous=asynchronous)
        info = asked("get_token_info", scope, options={}, asynchronous=asynchronous)
    assert (token, info) == (Token("sk-a", 4_102_444_800), TokenInfo("sk-a", 4_102_444_800))
    assert (type(token), type(info)) == (Token, TokenInfo)


@ASYNCHRONOUS
def test_any_other_token_is_the_librarys_business(asynchronous: bool) -> None:
    scope = "https://vault.azure.net/.default"
    with Emulator().patch():
        with pytest.raises(RuntimeError, match=f"asked for .*{scope}.* c"):
            asked("get_token", scope, claims="c", asynchronous=asynchronous)
        with pytest.raises(RuntimeError, match="asked for"):
            asked("get_token", asynchronous=asynchronous)
    with pytest.raises(RuntimeError, match=f"asked for .*{FOUNDRY}"):
        asked("get_token", FOUNDRY, asynchronous=asynchronous)


def test_the_innermost_emulator_gives_it_and_a_guard_does_not() -> None:
    with patched_in(Patch(BaseUrls(), None, None, lambda _: None)):
        with pytest.raises(RuntimeError):
            asked("get_token", FOUNDRY)
        with Emulator(api_keys=["sk-a"]).patch(), Emulator(api_keys=["sk-b"]).patch():
            assert asked("get_token", FOUNDRY).token == "sk-b"


def test_a_credential_without_the_newer_method_is_patched_where_it_has_one(library: Any) -> None:
    with Emulator().patch():
        assert library.OldCredential().get_token(FOUNDRY).token == "sk-convsim-0"
        assert not hasattr(library.OldCredential, "get_token_info")


def test_a_mock_of_the_tests_own_is_left_alone(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.OldCredential, "get_token", lambda *_: "mine")
    with Emulator().patch():
        assert library.OldCredential().get_token(FOUNDRY) == "mine"
    assert library.OldCredential().get_token(FOUNDRY) == "mine"
