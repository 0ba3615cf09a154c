"""``--lenient``: it rewrites requests of generated suites for ``/responses`` that the live API would refuse.

Such suites send every parameter at once, or none, with meaningless values of the right type. Requests are rewritten
before all other steps; types are still checked afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from convsim.http.messages import App, Opening, Outcome, Request

_MODEL = "gpt-4.1"
_LEAST: Mapping[str, int] = {"max_output_tokens": 16, "max_tool_calls": 1}
_NO_IDS = ("compact", "input_tokens")
_EMPTY_SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
_CURSOR_THAT_IS_NO_ID = re.compile(r"(^|&)after=[^_&]*(?=&|$)")


class LenientApp:
    """``app``, with requests for responses made acceptable."""

    def __init__(self, app: App) -> None:
        self._app = app

    def serves(self, method: str, path: str) -> bool:
        return self._app.serves(method, path)

    def pass_time(self, seconds: float) -> float:
        return self._app.pass_time(seconds)

    def connect(self, path: str) -> Opening | None:
        return self._app.connect(path)

    def handle(self, request: Request) -> Outcome:
        first, *ids = request.path[1:].split("/")
        if first == "responses":
            if ids and ids[0] not in _NO_IDS:
                ids[0] = with_prefix("resp", ids[0])
                query = _CURSOR_THAT_IS_NO_ID.sub("", request.query)
                request = request._replace(path="/".join(["", first, *ids]), query=query)
            elif request.method == "POST":
                request = request._replace(body=_changed(request.body, ids[0] if ids else ""))
        return self._app.handle(request)


def with_prefix(prefix: str, value: Any) -> Any:
    """Return the id with the prefix of its kind; a value that is no string is unchanged."""
    return value if not isinstance(value, str) or value.startswith(f"{prefix}_") else f"{prefix}_{value}"


def _changed(body: bytes, about: str) -> bytes:
    """Return the body as the API accepts it; anything but a JSON object is unchanged, and refused later.

    ``about`` is empty for a turn.
    """
    try:
        given = from_json(body or b"{}")
    except ValueError:
        return body
    if not isinstance(given, dict):
        return body
    for name, prefix in (("conversation", "conv"), ("previous_response_id", "resp")):
        if given.get(name) is not None:
            given[name] = with_prefix(prefix, given[name])
    if given.get("conversation") is not None:
        given.pop("previous_response_id", None)
    _drop_unknown(given)
    _complete_schemas(given)
    if about == "compact":
        given.pop("input", None)  # the SDK's strict types have no place for messages of the user in an answer
    if not about:
        _fill_in(given)
        _drop_unmet(given)
    return to_json(given)


def _fill_in(given: dict[str, Any]) -> None:
    for name, value in (("model", _MODEL), ("input", "Hello")):
        if given.get(name) is None:
            given[name] = value


def _drop_unmet(given: dict[str, Any]) -> None:
    for name, least in _LEAST.items():
        if type(given.get(name)) is int and given[name] < least:
            del given[name]


def _drop_unknown(given: dict[str, Any]) -> None:
    """Drop ``prompt``, since no prompt exists, and ``generate_summary``, which the live API no longer takes."""
    if isinstance(given.get("prompt"), dict):
        del given["prompt"]
    if isinstance(given.get("reasoning"), dict):
        given["reasoning"].pop("generate_summary", None)


def _complete_schemas(given: dict[str, Any]) -> None:
    tools = given.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and isinstance(tool.get("parameters"), dict) and "type" not in tool["parameters"]:
            tool["parameters"] = _EMPTY_SCHEMA
