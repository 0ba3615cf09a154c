"""Stored prompts: what one may be, and how a request is completed by it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError, NotFoundError, UsageError
from convsim.responses.prompts import SETTINGS, Prompts, StoredPrompt, stored_prompt, text_of
from convsim.responses.request import CreateResponseBody

Json = dict[str, Any]

DEVELOPER: Json = {"type": "message", "content": [], "role": "developer"}
URL = "https://example.com/cat.png"


def prompt(messages: object = None, *, version: str = "1", **settings: Any) -> StoredPrompt:
    return stored_prompt("add", "pmpt_1", version, messages, settings)


def text(words: str) -> Json:
    return {"type": "input_text", "text": words}


def completed(one: StoredPrompt, variables: Json | None = None, **sent: Any) -> Json:
    return one.completes({"prompt": {"id": "pmpt_1", "variables": variables}, **sent}, Behavior())


def filled(messages: object, **variables: Any) -> list[Json]:
    told: list[Json] = completed(prompt(messages), variables)["instructions"]
    return told


# --- what it may be ------------------------------------------------------------------------------------------------


def test_a_text_is_the_developers_message() -> None:
    assert prompt("Help.").messages == [DEVELOPER | {"content": [text("Help.")]}]


@pytest.mark.parametrize("nothing", [None, "", []])
def test_without_messages_the_developers_is_empty(nothing: object) -> None:
    assert prompt(nothing).messages == [DEVELOPER]


@pytest.mark.parametrize("nothing", ["", []])
def test_the_developers_message_stands_first(nothing: object) -> None:
    user = {"role": "user", "content": "Hi"}
    expected = [DEVELOPER, {"type": "message", "content": [text("Hi")], "role": "user"}]
    assert prompt([user]).messages == expected
    assert prompt([{"role": "developer", "content": nothing}, user]).messages == expected
    assert prompt(expected).messages == expected


def test_every_setting_is_a_member_of_a_request() -> None:
    assert set(SETTINGS) <= CreateResponseBody.model_fields.keys()
    assert prompt(temperature=0.5, top_p=None).settings == {"temperature": 0.5}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("p_1", "1", None, {}), "add('p_1'): write an id as the live API has it, 'pmpt_1'"),
        ((1, "1", None, {}), "add(1): write an id"),
        (("pmpt_1", "", None, {}), "add('pmpt_1', version=''): write a string, version='1'"),
        (("pmpt_1", 2, None, {}), "add('pmpt_1', version=2): write a string"),
        (("pmpt_1", "1", None, {"input": "x"}), "add('pmpt_1', input=...): a prompt has include, max_output_tokens"),
        (
            ("pmpt_1", "1", None, {"temperature": 9}),
            "add('pmpt_1'): Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 9",
        ),
        (("pmpt_1", "1", None, {"model": 5}), "add('pmpt_1', model=5): write a string that UTF-8 can carry, or None"),
        (("pmpt_1", "1", [object], {}), "add('pmpt_1', instructions=[<class 'object'>]): JSON cannot carry it"),
        (
            ("pmpt_1", "1", None, {"text": object}),
            "add('pmpt_1', settings={'text': <class 'object'>}): JSON cannot carry",
        ),
        (("pmpt_1", "1", {"a": 1}, {}), "add(instructions={'a': 1}): write a text, or a list of messages"),
        (
            ("pmpt_1", "1", [{"type": "compaction", "encrypted_content": "x"}], {}),
            "add('pmpt_1'): a prompt has messages, and no 'compaction'",
        ),
        (("pmpt_1", "1", [{"role": "nobody", "content": []}], {}), "add('pmpt_1'): Invalid value: 'nobody'."),
        (("pmpt_1", "1", ["x"], {}), "add('pmpt_1'): Invalid type for 'instructions[0]': expected an input item"),
    ],
)
def test_what_no_request_could_say_is_refused(arguments: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        stored_prompt("add", *arguments)


# --- how it is filled in -------------------------------------------------------------------------------------------


def test_texts_stand_in_the_places_of_their_variables() -> None:
    assert filled("Help {{ name }}, {{name}} of {{city}}.", name="Ada", city=text("Paris")) == [
        DEVELOPER | {"content": [text("Help Ada, Ada of Paris.")]}
    ]


def test_what_a_variable_says_is_not_filled_in_again() -> None:
    assert filled("{{a}}{{b}}", a="{{b}}", b="x")[0]["content"] == [text("{{b}}x")]


def test_a_part_stands_between_two_texts() -> None:
    image = {"type": "input_image", "file_id": "file-1"}
    whole = image | {"detail": "auto", "image_url": None}
    content = [text("1: {{image}}, 2: {{image}}"), {"type": "input_file", "file_id": "file-2"}]
    told = filled([{"role": "user", "content": content}], image=image)
    assert told[1]["content"] == [text("1: "), whole, text(", 2: "), whole, content[1]]


def test_the_url_of_an_image_is_shown_where_it_is_included() -> None:
    one, image = prompt("{{image}}"), {"type": "input_image", "image_url": URL}
    for told, url in (
        (completed(one, {"image": image}), None),
        (completed(one, {"image": image}, include=[SHOWN]), URL),
    ):
        assert told["instructions"][0]["content"][0]["image_url"] == url
        assert told["prompt"]["variables"]["image"]["image_url"] == url
    assert (
        completed(prompt("{{image}}", include=[SHOWN]), {"image": image})["prompt"]["variables"]["image"]["image_url"]
        == URL
    )


SHOWN = "message.input_image.image_url"


def test_variables_must_be_those_of_the_messages() -> None:
    with pytest.raises(BadRequestError, match=r"^Missing prompt variables: 'a' and 'b'\.$"):
        filled("{{b}} {{a}}", c="x")
    with pytest.raises(BadRequestError, match=r"^Unknown prompt variables: 'c'\.$"):
        filled("{{b}}", b="x", c="x")


def test_one_without_messages_takes_any_variables() -> None:
    one = StoredPrompt("pmpt_1", "7", {"model": "gpt-4.1"}, None)
    assert completed(one, {"a": "x"}) == {
        "model": "gpt-4.1",
        "prompt": {"id": "pmpt_1", "variables": {"a": "x"}, "version": "7"},
    }


def test_the_request_wins_and_null_says_nothing() -> None:
    one = prompt("Help.", model="gpt-4.1", temperature=0.5)
    told = completed(one, model="gpt-5.5", temperature=None, instructions="No.")
    assert (told["model"], told["temperature"], told["instructions"]) == ("gpt-5.5", 0.5, "No.")


def test_instructions_as_a_text() -> None:
    assert text_of(None) is None
    assert text_of("Help.") == "Help."
    image = {"type": "input_image", "file_id": "file-1"}
    assert text_of(prompt([{"role": "user", "content": [text("a"), image, text("b")]}]).messages) == "a\nb"


# --- those of a project --------------------------------------------------------------------------------------------


def test_versions_are_found_and_the_last_one_without_a_version() -> None:
    prompts = Prompts()
    for version in ("2", "1"):
        prompts.add(prompt(version=version))
    assert prompts.find("pmpt_1", "2").version == "2"
    assert prompts.find("pmpt_1", None).version == "1"
    assert [one.version for one in prompts] == ["2", "1"]
    assert (prompts.next_version("pmpt_1"), prompts.next_version("pmpt_2")) == ("3", "1")
    prompts.add(prompt(version="5"))
    prompts.add(prompt(version="draft"))
    assert prompts.next_version("pmpt_1") == "6"
    prompts.add(prompt(version="9" * 20))
    prompts.add(prompt(version="9" * 21))
    assert prompts.next_version("pmpt_1") == f"1{'0' * 20}"
    with pytest.raises(NotFoundError, match=r"^Prompt with id 'pmpt_1' and version '3' not found\.$"):
        prompts.find("pmpt_1", "3")
    with pytest.raises(NotFoundError, match=r"^Prompt with id 'pmpt_2' not found\.$"):
        prompts.find("pmpt_2", "3")


def test_a_version_is_added_once() -> None:
    prompts = Prompts()
    prompts.add(prompt("a"))
    with pytest.raises(UsageError, match=r"sim.prompts.add\('pmpt_1', version='1'\): it exists; add another version"):
        prompts.add(prompt("b"))
    assert [one.messages for one in prompts] == [prompt("a").messages]
