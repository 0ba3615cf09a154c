"""azure-identity: while an emulator is patched in, its credentials give a made-up token for Azure's AI services.

A program with ``DefaultAzureCredential()`` would otherwise ask its environment, command-line tools and the network for
a token, before its first request to an emulated host. The library itself gets all other tokens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

from convsim.adapters import active
from convsim.adapters.patching import MethodPatch, PatchPoint

_SCOPES = ("https://ai.azure.", "https://cognitiveservices.azure.")
"""The first characters of the scopes of Azure AI Foundry and of Azure OpenAI, in each cloud."""

_NEVER = 4_102_444_800
"""The expiry of a made-up token, in seconds since the epoch: in the year 2100."""

_ANSWERS = {"get_token": "AccessToken", "get_token_info": "AccessTokenInfo"}
"""The methods of a credential, each with the class of its answer."""


def _wrap(answer: str) -> Callable[[MethodPatch], Callable[..., Any]]:
    def wrap(point: MethodPatch) -> Callable[..., Any]:
        original = point.original
        if not original.__module__.startswith("azure."):
            return original  # a mock of the test's own

        def get_token(credential: Any, *scopes: str, **options: Any) -> Any:
            made_up = _made_up(answer, scopes)
            return original(credential, *scopes, **options) if made_up is None else made_up

        async def get_token_async(credential: Any, *scopes: str, **options: Any) -> Any:
            made_up = _made_up(answer, scopes)
            return await original(credential, *scopes, **options) if made_up is None else made_up

        return get_token_async if iscoroutinefunction(original) else get_token

    return wrap


def _made_up(answer: str, scopes: tuple[str, ...]) -> Any:
    """Return the key of the innermost emulator as a token; None without an emulator, or for other services."""
    key = next((patch.key for patch in reversed(active.stack) if patch.key), None)
    if key is None or not any(scope.startswith(_SCOPES) for scope in scopes):
        return None
    return getattr(sys.modules["azure.core.credentials"], answer)(key, _NEVER)


def _points(module: ModuleType) -> list[PatchPoint]:
    """Patch every credential that the module exports."""
    exported = [getattr(module, name) for name in module.__all__]
    return [
        PatchPoint("azure-identity", owner, method, _wrap(answer), inherited=True)
        for owner in exported
        if isinstance(owner, type)
        for method, answer in _ANSWERS.items()
        if hasattr(owner, method)
    ]


POINTS = {"azure.identity": _points, "azure.identity.aio": _points}
