"""Where hosted code runs: what comes back of an environment, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.items.environments import (
    ContainerReference,
    InterpreterContainer,
    LocalEnvironment,
    NetworkPolicy,
    ShellContainer,
    Skill,
)

SECRET = {"value": "v", "name": "n", "domain": "d"}
LOCAL_SKILL = {"path": "p", "name": "n", "description": "d"}
SOURCE = {"media_type": "application/zip", "data": "AA==", "type": "base64"}
INLINE = {"source": SOURCE, "name": "n", "description": "d", "type": "inline"}


def written(kind: Any, value: object) -> str:
    return to_json(TypeAdapter(kind).validate_python(value, context=Behavior())).decode()


def faults(kind: Any, value: object) -> list[tuple[str, tuple[int | str, ...]]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value, context=Behavior())
    return [(details["type"], details["loc"]) for details in caught.value.errors()]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (NetworkPolicy, {"type": "disabled"}, '{"type":"disabled"}'),
        (
            NetworkPolicy,
            {"allowed_domains": ["d"], "type": "allowlist"},
            '{"type":"allowlist","allowed_domains":["d"]}',
        ),
        (
            NetworkPolicy,
            {"domain_secrets": [SECRET], "allowed_domains": ["d"], "type": "allowlist"},
            ('{"type":"allowlist","allowed_domains":["d"],"domain_secrets":[{"domain":"d","name":"n","value":"v"}]}'),
        ),
        (
            Skill,
            {"skill_id": "skill_1", "type": "skill_reference"},
            '{"type":"skill_reference","skill_id":"skill_1"}',
        ),
        (
            Skill,
            {"version": "2", "skill_id": "skill_1", "type": "skill_reference"},
            '{"type":"skill_reference","skill_id":"skill_1","version":"2"}',
        ),
        (
            Skill,
            INLINE,
            (
                '{"type":"inline","description":"d","name":"n",'
                '"source":{"type":"base64","data":"AA==","media_type":"application/zip"}}'
            ),
        ),
        (LocalEnvironment, {"type": "local"}, '{"type":"local"}'),
        (
            LocalEnvironment,
            {"skills": [LOCAL_SKILL], "type": "local"},
            '{"type":"local","skills":[{"description":"d","name":"n","path":"p"}]}',
        ),
        (
            ContainerReference,
            {"container_id": "cntr_1", "type": "container_reference"},
            '{"type":"container_reference","container_id":"cntr_1"}',
        ),
        (InterpreterContainer, {"type": "auto"}, '{"type":"auto"}'),
        (
            InterpreterContainer,
            {"network_policy": {"type": "disabled"}, "memory_limit": None, "file_ids": ["file-1"], "type": "auto"},
            '{"type":"auto","file_ids":["file-1"],"memory_limit":null,"network_policy":{"type":"disabled"}}',
        ),
        (ShellContainer, {"type": "container_auto"}, '{"type":"container_auto"}'),
        (
            ShellContainer,
            {"skills": [], "network_policy": {"type": "disabled"}, "memory_limit": "64g", "file_ids": []}
            | {"type": "container_auto"},
            (
                '{"type":"container_auto","file_ids":[],"memory_limit":"64g","network_policy":{"type":"disabled"},'
                '"skills":[]}'
            ),
        ),
    ],
)
def test_it_comes_back_with_its_type_first(kind: Any, value: dict[str, Any], expected: str) -> None:
    assert written(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "fault", "location"),
    [
        (NetworkPolicy, {}, "missing", ("type",)),
        (NetworkPolicy, {"type": "open"}, "not_listed", ("type",)),
        (NetworkPolicy, {"type": "allowlist", "allowed_domains": []}, "too_short", ("allowed_domains",)),
        (
            NetworkPolicy,
            {"type": "allowlist", "allowed_domains": ["d"], "domain_secrets": []},
            "too_short",
            ("domain_secrets",),
        ),
        (
            NetworkPolicy,
            {"type": "allowlist", "allowed_domains": ["d"], "domain_secrets": [SECRET | {"value": ""}]},
            "string_too_short",
            ("domain_secrets", 0, "value"),
        ),
        (Skill, {}, "missing", ("type",)),
        (Skill, {"type": "local"}, "not_listed", ("type",)),
        (Skill, {"type": "skill_reference", "skill_id": "x" * 65}, "string_too_long", ("skill_id",)),
        (Skill, INLINE | {"source": {}}, "missing", ("source", "type")),
        (Skill, INLINE | {"source": SOURCE | {"type": "url"}}, "not_listed", ("source", "type")),
        (Skill, INLINE | {"source": SOURCE | {"media_type": "x"}}, "not_listed", ("source", "media_type")),
        (LocalEnvironment, {"type": "local", "skills": [LOCAL_SKILL] * 201}, "too_long", ("skills",)),
        (LocalEnvironment, {"type": "local", "skills": None}, "wrong_type", ("skills",)),
        (LocalEnvironment, {"type": "local", "skills": [INLINE]}, "missing", ("skills", 0, "path")),
        (ContainerReference, {"type": "container_reference"}, "missing", ("container_id",)),
        (InterpreterContainer, {"type": "auto", "file_ids": ["file-1"] * 51}, "too_long", ("file_ids",)),
        (InterpreterContainer, {"type": "auto", "memory_limit": "2g"}, "not_listed", ("memory_limit",)),
        (InterpreterContainer, {"type": "auto", "network_policy": None}, "wrong_type", ("network_policy",)),
        (InterpreterContainer, {"type": "auto", "skills": []}, "extra_forbidden", ("skills",)),
        (ShellContainer, {"type": "container_auto", "skills": [INLINE] * 201}, "too_long", ("skills",)),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(
    kind: Any, value: object, fault: str, location: tuple[int | str, ...]
) -> None:
    assert (fault, location) in faults(kind, value)
