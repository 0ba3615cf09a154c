"""The members of a request that its response repeats: tools, text format, reasoning, in the newest recorded form.

The rule of order is the same everywhere: ``type`` first, then the alphabet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from convsim.responses import schemas
from convsim.responses.families import Family

Json = dict[str, Any]


def by_alphabet(document: Mapping[str, Any], first: tuple[str, ...] = ("type",)) -> Json:
    """Return the same members in order: the ``first`` ones, then the others by name."""
    ahead = {key: document[key] for key in first if key in document}
    return ahead | {key: document[key] for key in sorted(document) if key not in ahead}


_PLAIN: Json = {"format": {"type": "text"}, "verbosity": "medium"}


def text(given: Json | None) -> Json:
    """Return ``text``, by default with a plain format and medium verbosity."""
    if not given:
        return _PLAIN
    form = given.get("format") or {"type": "text"}
    if form["type"] == "json_schema":
        schema, strict, _ = schemas.settled(form["schema"], strict=form.get("strict"))
        form = by_alphabet({"description": None} | form | {"schema": schema, "strict": strict})
    return {"format": form, "verbosity": given.get("verbosity") or "medium"}


def reasoning(given: Json | None, family: Family) -> Json:
    """Return ``reasoning``, with the family's defaults."""
    if not given:
        return _reasoning(family)
    asked = {key: value for key, value in given.items() if value is not None}
    return by_alphabet(_reasoning(family) | asked)


@cache
def _reasoning(family: Family) -> Json:
    mode = {"mode": family.mode} if family.mode is not None else {}
    return {"context": family.context, "effort": family.effort, **mode, "summary": None}


def tool_choice(given: str | Json | None) -> str | Json:
    return by_alphabet(given) if isinstance(given, dict) else given or "auto"


def tool(given: Json) -> Json:
    """Return one of ``tools``; a type without a row is repeated unchanged."""
    complete = _TOOLS.get(given["type"])
    return by_alphabet(given if complete is None else complete(given))


# --- tools ---------------------------------------------------------------------------------------------------------


def _function(given: Json) -> Json:
    """Return a function with its settled schema; an empty one becomes an object without properties (recorded)."""
    parameters, strict = given.get("parameters"), given.get("strict")
    if parameters is not None:
        parameters = parameters or {"type": "object", "properties": {}}
        parameters, strict, _ = schemas.settled(parameters, strict=strict)
    settled = {
        "description": given.get("description") or None,
        "parameters": parameters,
        "strict": True if strict is None else strict,
    }
    return {"output_schema": None} | given | settled


def _with(**defaults: Any) -> Callable[[Json], Json]:
    """Return the tool with defaults for members that are omitted or null."""
    return lambda given: defaults | {key: value for key, value in given.items() if value is not None}


def _nowhere() -> Json:
    return {"type": "approximate", "city": None, "country": "US", "region": None, "timezone": None}


def _search(**defaults: Any) -> Callable[[Json], Json]:
    def complete(given: Json) -> Json:
        place = given.get("user_location")
        where = _nowhere() if place is None else _nowhere() | {"country": None} | place
        return _with(**defaults)(given) | {"user_location": where}

    return complete


def _mcp(given: Json) -> Json:
    """Return the tool without headers and authorization (recorded for none; inferred for given ones)."""
    made = {"allowed_tools": None, "require_approval": "always", "server_description": None} | given
    made.pop("authorization", None)
    made["headers"] = None
    if isinstance(made["allowed_tools"], dict):
        made["allowed_tools"] = {"read_only": None, "tool_names": None} | made["allowed_tools"]
    approval = made["require_approval"]
    if isinstance(approval, dict):
        made["require_approval"] = {
            rule: {"read_only": None, "tool_names": None} | approval[rule] if approval.get(rule) else None
            for rule in ("always", "never")
        }
    return made


def _custom(given: Json) -> Json:
    form = given.get("format") or {"type": "text"}
    return {"description": None} | given | {"format": by_alphabet(form)}


_TOOLS: dict[str, Callable[[Json], Json]] = {
    "function": _function,
    "custom": _custom,
    "file_search": _with(filters=None, max_num_results=20, ranking_options={"ranker": "auto", "score_threshold": 0.0}),
    "image_generation": _with(
        background="auto",
        moderation="auto",
        n=1,
        output_compression=100,
        output_format="png",
        quality="auto",
        size="auto",
    ),
    "mcp": _mcp,
    "tool_search": _with(description=None, parameters=None),
    "web_search": _search(
        return_token_budget="default",
        search_content_types=["text"],
        search_context_size="medium",
    ),
    "web_search_preview": _search(search_context_size="medium"),
}
