"""Parts of content: the sources of images and files, and the outputs of tools."""

from __future__ import annotations

from convsim.contract.answers import (
    Json,
    create_items,
    image,
    missing,
    nothing_stored,
    page,
    refused,
    start,
    stored_message,
    text,
    wrong_type,
)
from convsim.contract.evidence import inferred, recorded, second_hand, sibling
from convsim.contract.scenario import Answer, Id, scenario
from convsim.contract.scenarios.every_type import SAMPLES

_URL = "https://example.com/cat.png"
_PDF = "data:application/pdf;base64,JVBERi0xLjQK"
_PART = "items[0].content[0]"
_SOURCES = "'file_id' or 'image_url'"


def _said(*parts: Json) -> list[Json]:
    return [{"role": "user", "content": list(parts)}]


def _none_of(path: str, names: str) -> Answer:
    message = f"Missing mutually exclusive parameters: '{path}'. Ensure you are providing exactly one of: {names}."
    return refused(message, param=path, code="missing_mutually_exclusive_parameters")


def _several_of(path: str, names: str) -> Answer:
    message = f"Mutually exclusive parameters: '{path}'. Ensure you are only providing one of: {names}."
    return refused(message, param=path, code="mutually_exclusive_parameters")


def _no_url(path: str) -> Answer:
    message = f"Invalid '{path}'. Expected a valid URL, but got a value with an invalid format."
    return refused(message, param=path, code="invalid_value")


def _no_image_data(path: str, found: str) -> Answer:
    message = (
        f"Invalid '{path}'. Expected a base64-encoded data URL with an image MIME type (e.g."
        f" 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {found}."
    )
    return refused(message, param=path, code="invalid_value")


PARTS = (
    scenario(
        "image-without-source",
        "An image comes from a file or a URL; one from neither is refused at the part",
        recorded("unpinned", note="on this API; that nulls count as none is inferred"),
        *start(),
        create_items(_said(text("Look."), {"type": "input_image"}), _none_of("items[0].content[1]", _SOURCES)),
        create_items(_said({"type": "input_image", "file_id": None, "image_url": None}), _none_of(_PART, _SOURCES)),
        nothing_stored(),
    ),
    scenario(
        "image-with-both-sources",
        "An image from both a file and a URL is refused at the part",
        second_hand("unpinned", note="a mirror's words"),
        *start(),
        create_items(
            _said({"type": "input_image", "file_id": "file-1", "image_url": _URL}), _several_of(_PART, _SOURCES)
        ),
        nothing_stored(),
    ),
    scenario(
        "image-from-a-file",
        "An image from a file keeps its id, and has no URL to reveal",
        inferred("the shape follows that of an image from a URL"),
        *start(),
        create_items(
            _said({"type": "input_image", "file_id": "file-1"}),
            page(stored_message(Id("item", "msg"), image(None) | {"file_id": "file-1"})),
            include=["message.input_image.image_url"],
        ),
    ),
    scenario(
        "image-url-malformed",
        "An image's URL is a URL or a data URL; another string has an invalid format, another type is no image URL",
        sibling("unpinned"),
        *start(),
        *(
            create_items(
                _said(text("Look."), {"type": "input_image", "image_url": bad}),
                _no_url("items[0].content[1].image_url"),
            )
            for bad in ("", "cat.png", "ftp://example.com/cat.png", "https://")
        ),
        create_items(
            _said({"type": "input_image", "image_url": {"url": _URL}}),
            wrong_type(f"{_PART}.image_url", "an image URL", "an object"),
        ),
        nothing_stored(),
    ),
    scenario(
        "image-data-url",
        "A data URL holds base64 of a type of image that models read; which of it is wrong, the sentence says",
        sibling(
            "codex",
            "opencode",
            "psopenai",
            "unpinned",
            note="the order among several faults is inferred; bytes that are no image are not found here",
        ),
        *start(),
        *(
            create_items(_said({"type": "input_image", "image_url": bad}), _no_image_data(f"{_PART}.image_url", found))
            for bad, found in (
                ("data:image/png;base64,", "empty base64-encoded bytes"),
                ("data:image;base64,aW1n", "unsupported MIME type 'image'"),
                ("data:text/markdown;base64,aW1n", "unsupported MIME type 'text/markdown'"),
                ("data:application/pdf;base64,aW1n", "unsupported MIME type 'application/pdf'"),
                ("data:image/png,aW1n", "a value without the ';base64' separator"),
                ("data:image/png;base64,{image}", "an invalid base64-encoded value"),
            )
        ),
        create_items(
            [
                {
                    "type": "function_call_output",
                    "output": [{"type": "input_image", "image_url": "data:image/png;base64,"}],
                }
            ],
            _no_image_data("items[0].output[0].image_url", "empty base64-encoded bytes"),
        ),
        nothing_stored(),
        create_items(
            _said({"type": "input_image", "image_url": "data:image/png;base64,iVBORw0K"}),
            page(stored_message(Id("item", "msg"), image(None))),
        ),
    ),
    scenario(
        "screen-url-malformed",
        "So is the URL of a computer's screen, which may be left out",
        inferred("the same member in another part"),
        *start(),
        create_items(
            [SAMPLES["computer_call_output"].sent | {"output": {"type": "computer_screenshot", "image_url": "x"}}],
            _no_url("items[0].output.image_url"),
        ),
        nothing_stored(),
    ),
    scenario(
        "file-data-without-name",
        "The data of a file needs a filename; the sentence names the part",
        sibling("laravel-ai", note="quoted up to the part; that nothing follows is inferred"),
        *start(),
        create_items(_said(text("Look."), {"type": "input_file", "file_data": _PDF}), missing("items[0].content[1]")),
        create_items(
            [{"type": "function_call_output", "output": [{"type": "input_file", "file_data": _PDF}]}],
            missing("items[0].output[0]"),
        ),
        nothing_stored(),
        create_items(
            _said({"type": "input_file", "file_data": _PDF, "filename": "x.pdf"}),
            page(stored_message(Id("item", "msg"), {"type": "input_file", "file_id": None, "filename": "x.pdf"})),
        ),
    ),
    scenario(
        "file-data-bare",
        "The data of a file is a data URL: bare base64 is invalid, without a word why",
        sibling("strands", "unpinned", note="measured live for bare base64; other strings are inferred"),
        *start(),
        *(
            create_items(
                _said({"type": "input_file", "file_data": bad, "filename": "x.pdf"}),
                refused(f"Invalid '{_PART}.file_data'.", param=f"{_PART}.file_data", code="invalid_value"),
            )
            for bad in ("JVBERi0xLjQK", "", "data:application/pdf;base64,", "data:application/pdf,JVBERi0xLjQK")
        ),
        nothing_stored(),
    ),
    scenario(
        "file-name-without-data",
        "A file's name goes with its data: beside an id or a URL it is refused, in words about the id",
        sibling("rig-1429", note="quoted for a URL, though the words name the id"),
        *start(),
        create_items(
            _said({"type": "input_file", "filename": "x.pdf", "file_url": _URL}),
            _several_of(_PART, "'file_id' or 'filename'"),
        ),
        create_items(
            _said({"type": "input_file", "filename": "x.pdf", "file_id": "file-1"}),
            _several_of(_PART, "'file_id' or 'filename'"),
        ),
        nothing_stored(),
    ),
)
