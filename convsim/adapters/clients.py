"""The official SDK's clients over an explicit transport, for the HTTP library that the installed SDK uses."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx
import httpx2

from convsim.adapters.transports import Httpx2Transport, HttpxTransport
from convsim.errors import ConvsimError
from convsim.http.urls import DEFAULT_BASE_URL

if TYPE_CHECKING:
    import openai

_BASE_URL = {"base_url": DEFAULT_BASE_URL}


def openai_client(transports: tuple[Httpx2Transport, HttpxTransport], options: dict[str, Any]) -> openai.OpenAI:
    """Return ``openai.OpenAI(**options)`` with its requests answered by the transports.

    Its base URL is the default one, whatever the environment says, unless ``options`` have another.
    """
    sdk = _sdk()
    uses_httpx2 = issubclass(sdk.DefaultHttpxClient, httpx2.Client)
    client = httpx2.Client(transport=transports[0]) if uses_httpx2 else httpx.Client(transport=transports[1])
    built: openai.OpenAI = sdk.OpenAI(http_client=client, **_BASE_URL | options)
    return built


def async_openai_client(
    transports: tuple[Httpx2Transport, HttpxTransport], options: dict[str, Any]
) -> openai.AsyncOpenAI:
    """Return ``openai.AsyncOpenAI(**options)``, as :func:`openai_client` does."""
    sdk = _sdk()
    uses_httpx2 = issubclass(sdk.DefaultAsyncHttpxClient, httpx2.AsyncClient)
    client = httpx2.AsyncClient(transport=transports[0]) if uses_httpx2 else httpx.AsyncClient(transport=transports[1])
    built: openai.AsyncOpenAI = sdk.AsyncOpenAI(http_client=client, **_BASE_URL | options)
    return built


def api_status_error() -> type[openai.APIStatusError]:
    """Return the SDK's class of refusals."""
    error: type[openai.APIStatusError] = _sdk().APIStatusError
    return error


def _sdk() -> ModuleType:
    try:
        import openai
    except ImportError:
        raise ConvsimError(
            "the official SDK is not installed, and convsim does not bring it: python -m pip install openai"
        ) from None
    return openai
