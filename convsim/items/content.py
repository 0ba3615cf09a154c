"""Content parts: what stands inside a message or a tool output, in the order in which the live API sends it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, StringConstraints, TypeAdapter, ValidationInfo

from convsim.behavior import Behavior
from convsim.grammar import fault_at, unsupported_value, wrong_type
from convsim.items.fields import MAX_TEXT, Input, dropped, omitted, one_of, one_of_words

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
ImageUrl = Annotated[str, StringConstraints(max_length=20_971_520)]
FileData = Annotated[str, StringConstraints(max_length=73_400_320)]

CONTENT_TYPES = (
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
)
"""Every ``type`` that a content part may name anywhere, in the order of the live sentence."""


class PromptCacheBreakpoint(Input):
    mode: Annotated[str, one_of("explicit")]
    ttl: Annotated[str, one_of("30m", "12h")] = omitted()


class InputText(Input):
    type: Literal["input_text"]
    text: Text
    prompt_cache_breakpoint: PromptCacheBreakpoint = omitted()


class InputImage(Input):
    """Sent back with all of detail, file_id and image_url, absent ones as null (recorded)."""

    type: Literal["input_image"]
    detail: Annotated[str, one_of("low", "high", "auto", "original")] = "auto"
    file_id: str | None = None
    image_url: ImageUrl | None = None
    prompt_cache_breakpoint: PromptCacheBreakpoint = omitted()


class InputFile(Input):
    """``file_data`` is accepted and never comes back (recorded)."""

    type: Literal["input_file"]
    file_id: str | None = None
    filename: str = omitted()
    file_url: str = omitted()
    file_data: Annotated[FileData, dropped] = omitted()
    detail: Annotated[str, one_of("auto", "low", "high")] = omitted()
    prompt_cache_breakpoint: PromptCacheBreakpoint = omitted()


class Audio(Input):
    data: str
    format: Annotated[str, one_of("mp3", "wav")]


class InputAudio(Input):
    type: Literal["input_audio"]
    input_audio: Audio


class FileCitation(Input):
    type: Literal["file_citation"]
    file_id: str
    filename: str
    index: int


class UrlCitation(Input):
    type: Literal["url_citation"]
    end_index: int
    start_index: int
    title: str
    url: str


class ContainerFileCitation(Input):
    type: Literal["container_file_citation"]
    container_id: str
    end_index: int
    file_id: str
    filename: str
    start_index: int


class FilePath(Input):
    type: Literal["file_path"]
    file_id: str
    index: int


# JSON can spell a number that is too large to be one: 1e999.
Finite = Annotated[float, Field(allow_inf_nan=False)]


class TopLogprob(Input):
    token: str
    bytes: list[int]
    logprob: Finite


class Logprob(Input):
    token: str
    bytes: list[int]
    logprob: Finite
    top_logprobs: list[TopLogprob]


def by_type(
    models: Mapping[str, type[Input]], known: tuple[str, ...] = (), supported: tuple[str, ...] = ()
) -> PlainValidator:
    """Annotates an object whose ``type`` chooses its model.

    A type outside ``known`` is a fault of the member ``type``; one that is known but not among ``models`` is a fault
    of the object itself, which names the ``supported`` ones. Both default to the names of ``models``.
    """
    supported = supported or tuple(models)
    known = known or supported

    def check(value: object, info: ValidationInfo[Behavior]) -> Input:
        if not isinstance(value, dict):
            raise wrong_type("an object")
        if "type" not in value:
            raise fault_at(("type",), "missing", value)
        kind = value["type"]
        if not isinstance(kind, str):
            raise fault_at(("type",), wrong_type(one_of_words(known)), kind)
        if kind not in known:
            raise fault_at(("type",), unsupported_value(kind, known), kind)
        if kind not in models:
            raise unsupported_value(kind, supported)
        return models[kind].read(value, info.context)

    return PlainValidator(check)


Annotation = Annotated[
    Any,
    by_type(
        {
            "file_citation": FileCitation,
            "url_citation": UrlCitation,
            "container_file_citation": ContainerFileCitation,
            "file_path": FilePath,
        }
    ),
]


class OutputText(Input):
    """``annotations`` and ``logprobs`` are always sent back, empty when none were given."""

    type: Literal["output_text"]
    annotations: list[Annotation] = Field(default_factory=list)
    logprobs: list[Logprob] = Field(default_factory=list)
    text: Text


class Refusal(Input):
    type: Literal["refusal"]
    refusal: Text


InputPart = Annotated[
    Any,
    by_type(
        {"input_text": InputText, "input_image": InputImage, "input_file": InputFile, "input_audio": InputAudio},
        known=CONTENT_TYPES,
        supported=("input_text", "input_image", "input_file", "scoped_content", "input_audio"),
    ),
]
"""A part of what a user, the system or a developer says."""

OutputPart = Annotated[Any, by_type({"output_text": OutputText, "refusal": Refusal}, known=CONTENT_TYPES)]
"""A part of what the assistant says."""

ToolOutputPart = Annotated[
    Any,
    by_type(
        {"input_text": InputText, "input_image": InputImage, "input_file": InputFile},
        known=CONTENT_TYPES,
    ),
]
"""A part of what a tool answered."""


def text_or_parts(part: Any, expected: str, text: Callable[[str], Any]) -> PlainValidator:
    """Annotates a string, stored as ``text`` makes it, or a list of at least one ``part``."""
    parts = TypeAdapter(Annotated[list[part], Field(min_length=1)]).validator
    string = TypeAdapter(Text).validator

    def check(value: object, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            return text(value if len(value) <= MAX_TEXT else string.validate_python(value))
        if isinstance(value, list):
            return parts.validate_python(value, context=info.context)
        raise wrong_type(expected)

    return PlainValidator(check)
