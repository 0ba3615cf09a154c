"""Tools that run elsewhere: on MCP servers, in containers and on computers, and the image generator."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from convsim.items.environments import ContainerReference, InterpreterContainer, LocalEnvironment, ShellContainer
from convsim.items.fields import ByType, Either, Input, StringMap, Strings, Text, omitted, one_of
from convsim.items.id_rules import ContainerId, FileId
from convsim.items.media import Data
from convsim.items.tools.functions import Callers


class ToolFilter(Input):
    read_only: bool = omitted()
    tool_names: Strings = omitted()


class Approvals(Input):
    always: ToolFilter = omitted()
    never: ToolFilter = omitted()


class Mcp(Input, exactly_one=("server_url", "connector_id", "tunnel_id")):
    type: Literal["mcp"]
    allowed_callers: Callers | None = omitted()
    allowed_tools: (
        Annotated[Any, Either("one of an array of strings or an object", {list: list[Text], dict: ToolFilter})] | None
    ) = omitted()
    authorization: Text = omitted()
    connector_id: Annotated[
        str,
        one_of(
            "connector_dropbox",
            "connector_gmail",
            "connector_googlecalendar",
            "connector_googledrive",
            "connector_microsoftteams",
            "connector_outlookcalendar",
            "connector_outlookemail",
            "connector_sharepoint",
        ),
    ] = omitted()
    defer_loading: bool = omitted()
    headers: StringMap | None = omitted()
    require_approval: (
        Annotated[
            Any,
            Either(
                "one of an object or 'always' or 'never'",
                {dict: Approvals, str: Annotated[str, one_of("always", "never")]},
            ),
        ]
        | None
    ) = omitted()
    server_description: Text = omitted()
    server_label: Text
    server_url: Text = omitted()
    tunnel_id: Annotated[str, StringConstraints(pattern="^tunnel_[a-z0-9]{32}$")] = omitted()


_Container = Annotated[Any, ByType({"auto": InterpreterContainer})]


class CodeInterpreter(Input):
    type: Literal["code_interpreter"]
    allowed_callers: Callers | None = omitted()
    container: Annotated[Any, Either("one of a string or an object", {str: ContainerId, dict: _Container})]


class ImageMask(Input):
    file_id: FileId = omitted()
    image_url: Data = omitted()


class SvgReasoning(Input):
    effort: Annotated[str, one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")] = omitted()


class Svg(Input):
    model: Text = omitted()
    reasoning: SvgReasoning | None = omitted()


class ImageGeneration(Input):
    type: Literal["image_generation"]
    action: Annotated[str, one_of("generate", "edit", "auto")] = omitted()
    background: Annotated[str, one_of("transparent", "opaque", "auto")] = omitted()
    complexity: Annotated[str, one_of("low", "medium", "high")] = omitted()
    frame_count: int = omitted()
    frame_duration_ms: int = omitted()
    input_fidelity: Annotated[str, one_of("high", "low")] | None = omitted()
    input_image_mask: ImageMask = omitted()
    model: Text = omitted()
    moderation: Annotated[str, one_of("auto", "low")] = omitted()
    output_compression: Annotated[int, Field(ge=0, le=100)] = omitted()
    output_format: Annotated[str, one_of("png", "webp", "jpeg", "gif", "svg")] = omitted()
    partial_images: Annotated[int, Field(ge=0, le=3)] = omitted()
    quality: Annotated[str, one_of("low", "medium", "high", "xhigh", "max", "auto")] = omitted()
    size: Text = omitted()
    svg: Svg = omitted()


class ComputerUsePreview(Input):
    type: Literal["computer_use_preview"]
    display_height: int
    display_width: int
    environment: Annotated[str, one_of("windows", "mac", "linux", "ubuntu", "browser")]


class Computer(Input):
    type: Literal["computer"]


class Shell(Input):
    type: Literal["shell"]
    allowed_callers: Callers | None = omitted()
    environment: (
        Annotated[
            Any,
            ByType(
                {
                    "container_auto": ShellContainer,
                    "local": LocalEnvironment,
                    "container_reference": ContainerReference,
                }
            ),
        ]
        | None
    ) = omitted()


class LocalShell(Input):
    type: Literal["local_shell"]


class ApplyPatch(Input):
    type: Literal["apply_patch"]
    allowed_callers: Callers | None = omitted()
