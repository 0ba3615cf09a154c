"""Images and files inside a request: the forms that their URLs and data must have. Nothing is fetched or decoded."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from convsim.errors.validation import fault
from convsim.items.fields import worded

MAX_IMAGE = 20_971_520
MAX_DATA = 73_400_320

# Documented, with the usual misspelling of the second one.
_IMAGE_TYPES = ("image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp")
_WEB_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_FILE_DATA = r"^data:[^,]*;base64,[A-Za-z0-9+/]+={0,2}$"


def _image_url(value: str) -> str:
    if value[:5].lower() == "data:":
        found = _fault_of_image(value[5:])
        if found:
            raise fault("image_data", found=found)
    elif not _WEB_URL.fullmatch(value):
        raise fault("url")
    return value


def _fault_of_image(data_url: str) -> str:
    """Return the words of the live sentence for what came instead of an image; an empty string for an image."""
    head, _, data = data_url.partition(",")
    mime_type, *parameters = head.split(";")
    if parameters[-1:] != ["base64"]:
        return "a value without the ';base64' separator"
    if mime_type.lower() not in _IMAGE_TYPES:
        return f"unsupported MIME type '{mime_type}'"
    if not data:
        return "empty base64-encoded bytes"
    return "" if _BASE64.fullmatch(data) else "an invalid base64-encoded value"


def _file_data(value: str) -> str:
    head, _, data = value.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not _BASE64.fullmatch(data):
        raise fault("invalid")
    return value


ImageUrl = Annotated[
    str,
    StringConstraints(max_length=MAX_IMAGE),
    AfterValidator(_image_url),
    worded(str, "an image URL"),
    Field(json_schema_extra={"format": "uri"}),
]
FileData = Annotated[
    str,
    StringConstraints(max_length=MAX_DATA),
    AfterValidator(_file_data),
    Field(json_schema_extra={"pattern": _FILE_DATA}),
]
Data = Annotated[str, StringConstraints(max_length=MAX_DATA)]
"""Data or a URL that the service made: bounded as a file is, and not parsed."""
