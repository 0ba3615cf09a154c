"""Content parts by the role of their message: the members that a client may send, in the order of the answer."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from convsim.errors.validation import fault
from convsim.items import fields
from convsim.items.fields import Input, omitted, one_of, worded
from convsim.items.media import ImageUrl
from convsim.realtime.fields import JsonByType


def _data_uri(value: str) -> str:
    # Documented as a data URI; whether the service fetches other URLs is unknown.
    if value[:5].lower() != "data:":
        raise fault("url")
    return value


class InputText(Input):
    type: Literal["input_text"]
    text: fields.Text


class OutputText(Input):
    type: Literal["output_text"]
    text: fields.Text


class Text(Input):
    """A text of the assistant, in the beta dialect."""

    type: Literal["text"]
    text: fields.Text


class InputAudio(Input):
    """Audio of the user; only retrieve shows the audio, every answer the transcript, or null (observed live)."""

    type: Literal["input_audio"]
    transcript: fields.Text | None = None
    audio: Annotated[str, Field(exclude=True)]


class InputImage(Input):
    """An image; documented for the GA dialect, though the live sentence about another type does not name it.

    Data URLs of images are checked as in the Conversations API (sibling).
    """

    type: Literal["input_image"]
    image_url: Annotated[ImageUrl, AfterValidator(_data_uri)]
    detail: Annotated[str, one_of("auto", "low", "high")] = "auto"


class OutputAudio(Input):
    """Audio of the assistant, always refused: without text (observed live), and because a client cannot create it.

    The second refusal is documented; its sentence is inferred.
    """

    type: Annotated[str, one_of("output_text")]
    text: str
    audio: str = omitted()
    transcript: str | None = omitted()


_ARRAY = worded(list, "an array of objects")
_NOT_EMPTY = Field(min_length=1)

SystemParts = Annotated[list[Annotated[Any, JsonByType({"input_text": InputText})]], _NOT_EMPTY, _ARRAY]

_USER = JsonByType(
    {"input_text": InputText, "input_audio": InputAudio, "input_image": InputImage},
    known=("input_text", "input_audio"),
)
UserParts = Annotated[list[Annotated[Any, _USER]], _NOT_EMPTY, _ARRAY]

_BETA_USER = JsonByType({"input_text": InputText, "input_audio": InputAudio})
BetaUserParts = Annotated[list[Annotated[Any, _BETA_USER]], _NOT_EMPTY, _ARRAY]

_ASSISTANT = JsonByType({"output_text": OutputText, "output_audio": OutputAudio}, known=("output_text",))
AssistantParts = Annotated[list[Annotated[Any, _ASSISTANT]], _NOT_EMPTY, _ARRAY]

_BETA_ASSISTANT = JsonByType({"text": Text})
BetaAssistantParts = Annotated[list[Annotated[Any, _BETA_ASSISTANT]], _NOT_EMPTY, _ARRAY]
