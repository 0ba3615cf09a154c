"""Code that the service runs, and images that it generates."""

from typing import Annotated, Any, Literal

from convsim.items.fields import ByType, Input, Item, Objects, Strings, Text, omitted, one_of
from convsim.items.id_rules import AnyId, CallId
from convsim.items.media import Data


class Logs(Input):
    type: Literal["logs"]
    logs: Text


class OutputImage(Input):
    type: Literal["image"]
    url: Data


class CodeInterpreterCall(Item, prefix="ci"):
    """``outputs`` are null until ``include`` names them (recorded), so null may be sent."""

    type: Literal["code_interpreter_call"]
    status: Annotated[str, one_of("in_progress", "completed", "incomplete", "interpreting", "failed")]
    code: Text | None
    container_id: AnyId
    outputs: Objects[Annotated[Any, ByType({"logs": Logs, "image": OutputImage})]] | None


class Program(Item, prefix="cm"):
    type: Literal["program"]
    call_id: CallId
    code: Text
    fingerprint: Text


class ProgramOutput(Item, prefix="cmo"):
    type: Literal["program_output"]
    status: Annotated[str, one_of("completed", "incomplete")]
    call_id: CallId
    result: Text


class ModerationDetails(Input):
    categories: Strings
    moderation_stage: Annotated[str, one_of("input", "output", "unknown")]


class ImageError(Input):
    """An error of an image; its ``type`` is a plain string and chooses no model."""

    type: Text
    code: Text | None
    message: Text
    moderation_details: ModerationDetails = omitted()
    param: Text | None


class SvgUsage(Input):
    input_tokens: int
    model: Text
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int


class ImageGenerationCall(Item, prefix="ig"):
    type: Literal["image_generation_call"]
    status: Annotated[str, one_of("in_progress", "completed", "generating", "failed")]
    action: Annotated[str, one_of("generate", "edit", "auto")] = omitted()
    background: Annotated[str, one_of("transparent", "opaque", "auto")] = omitted()
    error: ImageError = omitted()
    output_format: Annotated[str, one_of("png", "webp", "jpeg", "gif", "svg")] = omitted()
    quality: Annotated[str, one_of("low", "medium", "high", "xhigh", "max", "auto")] = omitted()
    result: Data | None
    revised_prompt: Text = omitted()
    size: Text = omitted()
    svg_usage: SvgUsage = omitted()
