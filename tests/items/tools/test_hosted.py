"""Tools that run elsewhere: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import without
from tests.items.tools.adding import PATH, refused, stored

MCP: dict[str, Any] = {"type": "mcp", "server_label": "s", "server_url": "u"}
INTERPRETER: dict[str, Any] = {"type": "code_interpreter", "container": "cntr_1"}
IMAGES: dict[str, Any] = {"type": "image_generation"}
PREVIEW: dict[str, Any] = {
    "type": "computer_use_preview",
    "display_height": 1,
    "display_width": 2,
    "environment": "mac",
}
SHELL: dict[str, Any] = {"type": "shell"}
EXCLUSIVE = ("server_url", "connector_id", "tunnel_id")
TUNNEL = "tunnel_" + "0a" * 16


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (MCP, '{"type":"mcp","server_label":"s","server_url":"u"}'),
        (
            MCP
            | {"server_description": "d", "require_approval": {"never": {"tool_names": ["n"], "read_only": True}}}
            | {"headers": {"B": "1", "A": "2"}, "defer_loading": True, "authorization": "a"}
            | {"allowed_tools": ["n"], "allowed_callers": ["direct"]},
            (
                '{"type":"mcp","allowed_callers":["direct"],"allowed_tools":["n"],"authorization":"a",'
                '"defer_loading":true,"headers":{"B":"1","A":"2"},'
                '"require_approval":{"never":{"read_only":true,"tool_names":["n"]}},"server_description":"d",'
                '"server_label":"s","server_url":"u"}'
            ),
        ),
        (
            MCP | {"require_approval": None, "headers": None, "allowed_tools": None, "allowed_callers": None},
            (
                '{"type":"mcp","allowed_callers":null,"allowed_tools":null,"headers":null,"require_approval":null,'
                '"server_label":"s","server_url":"u"}'
            ),
        ),
        (
            {"server_label": "s", "connector_id": "connector_gmail", "type": "mcp"}
            | {"require_approval": "never", "allowed_tools": {"tool_names": [], "read_only": False}},
            (
                '{"type":"mcp","allowed_tools":{"read_only":false,"tool_names":[]},"connector_id":"connector_gmail",'
                '"require_approval":"never","server_label":"s"}'
            ),
        ),
        (
            {"tunnel_id": TUNNEL, "server_label": "s", "type": "mcp"},
            f'{{"type":"mcp","server_label":"s","tunnel_id":"{TUNNEL}"}}',
        ),
        (INTERPRETER, '{"type":"code_interpreter","container":"cntr_1"}'),
        (
            INTERPRETER | {"container": {"file_ids": [], "type": "auto"}, "allowed_callers": None},
            '{"type":"code_interpreter","allowed_callers":null,"container":{"type":"auto","file_ids":[]}}',
        ),
        (IMAGES, '{"type":"image_generation"}'),
        (
            IMAGES
            | {"svg": {"reasoning": {"effort": "low"}, "model": "m"}, "size": "auto", "quality": "max"}
            | {"partial_images": 3, "output_format": "gif", "output_compression": 100, "moderation": "low"}
            | {"model": "m", "input_image_mask": {"image_url": "u", "file_id": "file-1"}, "input_fidelity": "high"}
            | {"frame_duration_ms": 2, "frame_count": 1, "complexity": "low", "background": "auto", "action": "auto"},
            (
                '{"type":"image_generation","action":"auto","background":"auto","complexity":"low","frame_count":1,'
                '"frame_duration_ms":2,"input_fidelity":"high","input_image_mask":{"file_id":"file-1","image_url":"u"},'
                '"model":"m","moderation":"low","output_compression":100,"output_format":"gif","partial_images":3,'
                '"quality":"max","size":"auto","svg":{"model":"m","reasoning":{"effort":"low"}}}'
            ),
        ),
        (IMAGES | {"svg": {"reasoning": None}}, '{"type":"image_generation","svg":{"reasoning":null}}'),
        (
            PREVIEW,
            '{"type":"computer_use_preview","display_height":1,"display_width":2,"environment":"mac"}',
        ),
        ({"type": "computer"}, '{"type":"computer"}'),
        (SHELL, '{"type":"shell"}'),
        (SHELL | {"environment": None}, '{"type":"shell","environment":null}'),
        (
            SHELL | {"environment": {"skills": [], "type": "local"}, "allowed_callers": ["direct"]},
            '{"type":"shell","allowed_callers":["direct"],"environment":{"type":"local","skills":[]}}',
        ),
        (
            SHELL | {"environment": {"container_id": "c", "type": "container_reference"}},
            '{"type":"shell","environment":{"type":"container_reference","container_id":"c"}}',
        ),
        ({"type": "local_shell"}, '{"type":"local_shell"}'),
        ({"type": "apply_patch"}, '{"type":"apply_patch"}'),
        ({"allowed_callers": None, "type": "apply_patch"}, '{"type":"apply_patch","allowed_callers":null}'),
    ],
)
def test_a_tool_comes_back_as_it_was_given_with_its_type_first(tool: dict[str, Any], expected: str) -> None:
    assert stored(tool) == expected


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "members"),
    [
        (MCP, ["server_label"]),
        (INTERPRETER, ["container"]),
        (PREVIEW, ["display_height", "display_width", "environment"]),
    ],
)
def test_what_a_tool_must_have(tool: dict[str, Any], members: list[str]) -> None:
    for member in members:
        assert refused(without(tool, member)) == errors.missing(f"{PATH}.{member}").body


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        (without(MCP, "server_url"), errors.none_of_exclusive(PATH, EXCLUSIVE)),
        (MCP | {"connector_id": "connector_gmail"}, errors.mutually_exclusive(PATH, EXCLUSIVE)),
        (MCP | {"tunnel_id": TUNNEL}, errors.mutually_exclusive(PATH, EXCLUSIVE)),
        (MCP | {"server_url": None}, errors.wrong_type(f"{PATH}.server_url", "a string", None)),
        (
            MCP | {"tunnel_id": "tunnel_1"},
            errors.pattern_mismatch(f"{PATH}.tunnel_id", "^tunnel_[a-z0-9]{32}$"),
        ),
        (
            MCP | {"allowed_tools": "n"},
            errors.wrong_type(f"{PATH}.allowed_tools", "one of an array of strings or an object", "n"),
        ),
        (MCP | {"allowed_tools": [5]}, errors.wrong_type(f"{PATH}.allowed_tools[0]", "a string", 5)),
        (MCP | {"allowed_tools": {"names": []}}, errors.unknown_parameter(f"{PATH}.allowed_tools.names")),
        (
            MCP | {"require_approval": 5},
            errors.wrong_type(f"{PATH}.require_approval", "one of an object or 'always' or 'never'", 5),
        ),
        (
            MCP | {"require_approval": "once"},
            errors.unsupported_value(f"{PATH}.require_approval", "once", ("always", "never")),
        ),
        (
            MCP | {"require_approval": {"always": {"tool_names": "n"}}},
            errors.wrong_type(f"{PATH}.require_approval.always.tool_names", "an array of strings", "n"),
        ),
        (
            MCP | {"headers": []},
            errors.wrong_type(f"{PATH}.headers", "an object with string keys and string values", []),
        ),
        (MCP | {"headers": {"A": 5}}, errors.wrong_type(f"{PATH}.headers.A", "a string", 5)),
    ],
)
def test_an_mcp_server_is_reached_in_one_way(tool: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(tool) == answer.body


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        (
            INTERPRETER | {"container": None},
            errors.wrong_type(f"{PATH}.container", "one of a string or an object", None),
        ),
        (INTERPRETER | {"container": {}}, errors.missing(f"{PATH}.container.type")),
        (
            INTERPRETER | {"container": {"type": "local"}},
            errors.unsupported_value(f"{PATH}.container.type", "local", ("auto",)),
        ),
        (IMAGES | {"partial_images": 4}, errors.integer_too_large(f"{PATH}.partial_images", 3, 4)),
        (IMAGES | {"partial_images": -1}, errors.integer_too_small(f"{PATH}.partial_images", 0, -1)),
        (IMAGES | {"output_compression": 101}, errors.integer_too_large(f"{PATH}.output_compression", 100, 101)),
        (
            PREVIEW | {"environment": "bsd"},
            errors.unsupported_value(f"{PATH}.environment", "bsd", ("windows", "mac", "linux", "ubuntu", "browser")),
        ),
        (SHELL | {"environment": {}}, errors.missing(f"{PATH}.environment.type")),
        (
            SHELL | {"environment": {"type": "auto"}},
            errors.unsupported_value(
                f"{PATH}.environment.type", "auto", ("container_auto", "local", "container_reference")
            ),
        ),
        ({"type": "computer", "environment": "mac"}, errors.unknown_parameter(f"{PATH}.environment")),
        ({"type": "local_shell", "allowed_callers": None}, errors.unknown_parameter(f"{PATH}.allowed_callers")),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(tool: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(tool) == answer.body
