"""Content parts of messages and tool outputs, with their members in the order in which the live API sends them back."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from convsim.errors.validation import fault
from convsim.items.fields import OMITTED, ByType, Input, Number, Objects, Text, dropped, omitted, one_of, worded
from convsim.items.id_rules import AnyId, FileId
from convsim.items.media import Data, FileData, ImageUrl

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
    prompt_cache_breakpoint: PromptCacheBreakpoint = omitted()
    text: Text


class InputImage(Input, exactly_one=("file_id", "image_url")):
    """An image; the live API sends back all of detail, file_id and image_url, absent ones as null (recorded)."""

    type: Literal["input_image"]
    detail: Annotated[str, one_of("low", "high", "auto", "original")] = "auto"
    file_id: FileId | None = None
    image_url: ImageUrl | None = None
    prompt_cache_breakpoint: PromptCacheBreakpoint = omitted()


class InputFile(Input):
    """A file; ``file_data`` is accepted and never sent back (recorded).

    A ``filename`` is required with ``file_data`` and refused with ``file_id`` and ``file_url``. A part that is read
    from the API has a ``filename`` and no data, and may be sent again.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "not": {"anyOf": [{"required": ["filename", "file_id"]}, {"required": ["filename", "file_url"]}]},
            "dependentRequired": {"file_data": ["filename"]},
        }
    )

    type: Literal["input_file"]
    detail: Annotated[str, one_of("auto", "low", "high")] = omitted()
    file_data: Annotated[FileData, dropped] = omitted()
    file_id: FileId | None = None
    file_url: Text = omitted()
    filename: Text = omitted()
    prompt_cache_breakpoint: PromptCacheBreakpoint = omitted()

    @model_validator(mode="after")
    def _filename_is_of_data(self) -> Self:
        if self.filename is OMITTED:
            if "file_data" in self.model_fields_set:
                raise fault("unnamed_file")
        elif self.file_id is not None or self.file_url is not OMITTED:
            # Recorded for a file_url, too.
            raise fault("mutually_exclusive", names=("file_id", "filename"))
        return self


class Audio(Input):
    data: Data
    format: Annotated[str, one_of("mp3", "wav")]


class InputAudio(Input):
    type: Literal["input_audio"]
    input_audio: Audio


class FileCitation(Input):
    type: Literal["file_citation"]
    file_id: AnyId
    filename: Text
    index: int


class UrlCitation(Input):
    type: Literal["url_citation"]
    end_index: int
    start_index: int
    title: Text
    url: Text


class ContainerFileCitation(Input):
    type: Literal["container_file_citation"]
    container_id: AnyId
    end_index: int
    file_id: AnyId
    filename: Text
    start_index: int


class FilePath(Input):
    type: Literal["file_path"]
    file_id: AnyId
    index: int


class TopLogprob(Input):
    bytes: list[int]
    logprob: Number
    token: Text


class Logprob(Input):
    bytes: list[int]
    logprob: Number
    token: Text
    top_logprobs: Objects[TopLogprob]


Annotation = Annotated[
    Any,
    ByType(
        {
            "file_citation": FileCitation,
            "url_citation": UrlCitation,
            "container_file_citation": ContainerFileCitation,
            "file_path": FilePath,
        }
    ),
]


class OutputText(Input):
    """A text of the assistant; ``annotations`` and ``logprobs`` are always sent back, by default empty."""

    type: Literal["output_text"]
    annotations: Objects[Annotation] = Field(default_factory=list)
    logprobs: Annotated[list[Logprob], worded(list, "an array of unknown values")] = Field(default_factory=list)
    text: Text


class Refusal(Input):
    type: Literal["refusal"]
    refusal: Text


InputPart = Annotated[
    Any,
    ByType(
        {"input_text": InputText, "input_image": InputImage, "input_file": InputFile, "input_audio": InputAudio},
        known=CONTENT_TYPES,
        supported=("input_text", "input_image", "input_file", "scoped_content", "input_audio"),
    ),
]
"""A part of a message of the user, the system or a developer."""

OutputPart = Annotated[Any, ByType({"output_text": OutputText, "refusal": Refusal}, known=CONTENT_TYPES)]
"""A part of a message of the assistant."""

ToolOutputPart = Annotated[
    Any,
    ByType(
        {"input_text": InputText, "input_image": InputImage, "input_file": InputFile},
        known=CONTENT_TYPES,
        supported=("input_text", "input_image", "input_file", "scoped_content"),
    ),
]
"""A part of a tool's output."""
