"""Stored prompts: how a turn that names one is completed by it."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import Json, list_items, missing, page, refused, start, text
from convsim.contract.evidence import Evidence, inferred, recorded
from convsim.contract.scenario import Answer, Call, Prompt, Scenario, scenario
from convsim.contract.turns import MODEL, answered, message, minted, user

_SAID: Json = message(minted("msg", "msg"), "Paris.")
_URL = "https://example.com/cat.png"
_IMAGE: Json = {"type": "input_image", "detail": "auto", "file_id": None, "image_url": _URL}
_FILE: Json = {"type": "input_file", "file_id": None, "file_url": "https://example.com/letter.pdf"}


def _prompt(**settings: Any) -> Prompt:
    return Prompt("pmpt_1", {"model": MODEL} | settings)


def _turn(answer: Answer, *, prompt: Json | None = None, **arguments: Any) -> Call:
    return Call("responses.create", {"prompt": {"id": "pmpt_1"} | (prompt or {}), **arguments}, answer)


def _developer(*parts: Json) -> Json:
    return {"type": "message", "content": list(parts), "role": "developer"}


def _echo(version: str = "1", **variables: Any) -> Json:
    return {"id": "pmpt_1", "variables": variables, "version": version}


def _refused(name: str, title: str, evidence: Evidence, answer: Answer, **prompt: Any) -> Scenario:
    return scenario(name, title, evidence, _prompt(instructions="Help {{name}}."), _turn(answer, prompt=prompt))


PROMPTS = (
    scenario(
        "prompt-object",
        "A turn needs neither a model nor an input where its prompt has a model; it comes back with version, variables"
        " and messages",
        recorded("dotnet-responses", "dd-responses"),
        _prompt(instructions="Be brief."),
        _turn(
            answered(output=[_SAID], instructions=[_developer(text("Be brief."))], prompt=_echo()),
        ),
        replies=("Paris.",),
    ),
    scenario(
        "prompt-variables",
        "Its variables are filled in: texts into the text, files and images between two texts, with their defaults",
        recorded("dd-responses"),
        _prompt(
            instructions=[
                {"role": "user", "content": "Read {{what}}.\nImage: {{image}}\nLetter: {{letter}}\nBe {{how}}."}
            ]
        ),
        _turn(
            answered(
                output=[_SAID],
                instructions=[
                    _developer(),
                    {
                        "type": "message",
                        "content": [
                            text("Read this.\nImage: "),
                            _IMAGE,
                            text("\nLetter: "),
                            _FILE,
                            text("\nBe brief."),
                        ],
                        "role": "user",
                    },
                ],
                prompt=_echo(what=text("this"), image=_IMAGE, letter=_FILE, how="brief"),
            ),
            prompt={
                "variables": {
                    "what": {"text": "this", "type": "input_text"},
                    "image": {"detail": "auto", "type": "input_image", "image_url": _URL},
                    "letter": {"type": "input_file", "file_url": "https://example.com/letter.pdf"},
                    "how": "brief",
                }
            },
            include=["message.input_image.image_url"],
        ),
        replies=("Paris.",),
    ),
    scenario(
        "prompt-image-hidden",
        "The URL of an image is null in both places unless the request includes it",
        recorded("dd-responses"),
        _prompt(instructions="See {{image}}"),
        _turn(
            answered(
                output=[_SAID],
                instructions=[_developer(text("See "), _IMAGE | {"image_url": None})],
                prompt=_echo(image=_IMAGE | {"image_url": None}),
            ),
            prompt={"variables": {"image": {"type": "input_image", "image_url": _URL}}},
        ),
        replies=("Paris.",),
    ),
    scenario(
        "prompt-settings",
        "A member of the request replaces the same member of the prompt",
        inferred("recordings show settings that only the prompt can have brought, and none that the request changed"),
        _prompt(instructions="Be brief.", temperature=0.5, max_output_tokens=64),
        _turn(
            answered(output=[_SAID], instructions="Be long.", max_output_tokens=64, prompt=_echo(), temperature=1.5),
            instructions="Be long.",
            temperature=1.5,
        ),
        replies=("Paris.",),
    ),
    scenario(
        "prompt-latest",
        "Without a version the request gets the one that was added last",
        inferred("recorded is only that a prompt with one version gets that one"),
        _prompt(instructions="Be brief."),
        _prompt(instructions="Be long."),
        _turn(
            answered(output=[_SAID], instructions=[_developer(text("Be long."))], prompt=_echo("2")),
        ),
        replies=("Paris.",),
    ),
    scenario(
        "prompt-in-a-conversation",
        "The messages of a prompt do not land in the conversation",
        inferred("instructions do not; no recording has a prompt and a conversation"),
        _prompt(instructions="Be brief."),
        *start(),
        _turn(
            answered(
                output=[_SAID],
                conversation={"id": "{conv}"},
                instructions=[_developer(text("Be brief."))],
                prompt=_echo(),
            ),
            conversation="{conv}",
            input="Hi",
        ),
        list_items(page(user(minted("asked", "msg"), "Hi"), message("{msg}", "Paris.")), order="asc"),
        replies=("Paris.",),
    ),
    scenario(
        "prompt-without-a-model",
        "A turn whose prompt has no model needs one",
        inferred("the sentence is that of a turn without a prompt"),
        Prompt("pmpt_1", {"instructions": "Be brief."}),
        _turn(missing("model"), input="Hi"),
    ),
    _refused(
        "prompt-unknown-version",
        "An unknown version of a known prompt is a 404",
        inferred("as an unknown prompt is; the sentence names the version"),
        refused("Prompt with id 'pmpt_1' and version '9' not found.", status=404),
        version="9",
        variables={"name": "Ada"},
    ),
    _refused(
        "prompt-variable-missing",
        "A variable that the prompt has and the request has not is refused",
        inferred("the live API is said to refuse it; the sentence is convsim's"),
        refused("Missing prompt variables: 'name'.", param="prompt.variables"),
    ),
    _refused(
        "prompt-variable-unknown",
        "A variable that the prompt has not is refused",
        inferred("nothing is known; a misspelt name would pass otherwise"),
        refused("Unknown prompt variables: 'nam'.", param="prompt.variables"),
        variables={"name": "Ada", "nam": "Ada"},
    ),
)
