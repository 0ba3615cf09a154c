"""From pydantic's errors to the one sentence that the live API would answer, and the right one of several."""

from __future__ import annotations

import time
from typing import Annotated, Any

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError, BadRequestError
from convsim.errors.validation import DUPLICATE, fault, fault_at, translate, unsupported_value, wrong_type
from convsim.items.catalogue import EMULATED, ItemInput
from convsim.items.fields import Input
from convsim.realtime.events import SessionUpdate
from convsim.responses.request import CreateResponse
from tests import inputs
from tests.asking import sentences

CONVERSATION = {"conversation_id": "conv_1"}
USER = {"role": "user", "content": "x"}
CALL = {"type": "function_call", "arguments": "{}", "call_id": "call_1", "name": "f"}


def adding(*items: object, **others: object) -> tuple[type[Input], dict[str, Any]]:
    return inputs.CreateItems, CONVERSATION | {"body": {"items": list(items)} | others}


def creating(**body: object) -> tuple[type[Input], dict[str, Any]]:
    return inputs.CreateConversation, {"body": body}


def listing(**query: object) -> tuple[type[Input], dict[str, Any]]:
    return inputs.ListItems, CONVERSATION | query


def showing(**image: object) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "input_image"} | image]}


def sending(**file: object) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "input_file"} | file]}


def answering(**body: object) -> tuple[type[Input], dict[str, Any]]:
    return CreateResponse, {"body": {"model": "gpt-4.1", "input": "x"} | body}


def saying(text: dict[str, object]) -> dict[str, object]:
    return {"role": "assistant", "content": [{"type": "output_text", "text": "x"} | text]}


def refusal(request: tuple[type[Input], dict[str, Any]]) -> BadRequestError:
    model, values = request
    with pytest.raises(BadRequestError) as caught:
        inputs.read(model, Behavior(), dict(values))
    return caught.value


def same(one: APIStatusError, other: APIStatusError) -> bool:
    return one.body == other.body and one.status_code == other.status_code


FOUND = {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": []}
LOGPROB = {"token": "x", "bytes": [], "logprob": "no", "top_logprobs": []}
LONG_ID = "msg_" + "x" * 61

# kind: (a request with that fault alone, its answer). Some kinds have several wordings.
KINDS: dict[str, list[tuple[tuple[type[Input], dict[str, Any]], BadRequestError]]] = {
    "missing": [
        ((inputs.UpdateConversation, CONVERSATION | {"body": {}}), errors.missing("metadata")),
        (adding({"role": "user"}), errors.missing("items[0].content")),
    ],
    "extra_forbidden": [
        (creating(zzz=1), errors.unknown_parameter("zzz")),
        (creating(metdata={}), errors.unknown_parameter("metdata", ["metadata"])),
        (adding(USER | {"bogus": 1}), errors.unknown_parameter("items[0].bogus")),
        (adding(USER | {"conten": 1}), errors.unknown_parameter("items[0].conten")),
    ],
    "string_type": [(creating(metadata={"k": 5}), errors.wrong_type("metadata.k", "a string", 5))],
    "int_type": [(listing(limit="abc"), errors.wrong_type("limit", "an integer", "abc"))],
    "finite_number": [
        (
            adding(saying({"logprobs": [LOGPROB | {"logprob": float("inf")}]})),
            errors.wrong_type("items[0].content[0].logprobs[0].logprob", "a decimal", 1.5),
        )
    ],
    "bool_type": [(adding(CALL | {"async": 1}), errors.wrong_type("items[0].async", "a boolean", 1))],
    "list_type": [
        (
            (inputs.CreateItems, CONVERSATION | {"body": {"items": None}}),
            errors.wrong_type("items", "an array", None),
        )
    ],
    "dict_type": [
        (
            adding(FOUND | {"results": [{"attributes": []}]}),
            errors.wrong_type("items[0].results[0].attributes", "an object", []),
        )
    ],
    "model_type": [
        ((inputs.CreateConversation, {"body": []}), errors.wrong_type("", "an object", [])),
        (
            adding({"role": "user", "content": [{"type": "input_audio", "input_audio": "x"}]}),
            errors.wrong_type("items[0].content[0].input_audio", "an object", "x"),
        ),
    ],
    "string_too_long": [
        (creating(metadata={"k": "v" * 513}), errors.string_too_long("metadata.k", 512, 513)),
        (creating(metadata={"k" * 65: "v"}), errors.property_name_too_long("metadata", "k" * 65, 64)),
        (creating(metadata={"[key]": "v" * 513}), errors.string_too_long("metadata.[key]", 512, 513)),
    ],
    "string_too_short": [(adding(CALL | {"name": ""}), errors.empty_string("items[0].name"))],
    "string_pattern_mismatch": [
        (adding(CALL | {"name": "f!"}), errors.pattern_mismatch("items[0].name", "^[a-zA-Z0-9_-]+$"))
    ],
    "too_long": [
        (adding(*[USER] * 21), errors.array_too_long("items", 20, 21)),
        (creating(metadata={f"k{n}": "v" for n in range(17)}), errors.too_many_properties("metadata", 16, 17)),
    ],
    "too_short": [(adding(), errors.empty_array("items"))],
    "greater_than_equal": [(listing(limit=0), errors.integer_too_small("limit", 1, 0))],
    "less_than_equal": [(listing(limit=101), errors.integer_too_large("limit", 100, 101))],
    "wrong_type": [
        (creating(metadata="x"), errors.wrong_type("metadata", "a metadata object", "x")),
        (adding(5), errors.wrong_type("items[0]", "an input item", 5)),
    ],
    "not_listed": [
        (listing(order="up"), errors.unsupported_value("order", "up", ("asc", "desc"))),
        (
            adding(CALL | {"status": 1}),
            errors.wrong_type("items[0].status", "one of 'in_progress', 'completed', or 'incomplete'", 1),
        ),
    ],
    "unsupported_value": [
        (
            adding({"content": "x"}),
            errors.unsupported_value("items[0]", "", ("assistant", "system", "developer", "user")),
        ),
    ],
    "modalities": [
        (
            (
                SessionUpdate,
                {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text", "audio"]}},
            ),
            errors.unsupported_modalities("session.output_modalities", ["text", "audio"], [["text"], ["audio"]]),
        )
    ],
    "id_characters": [(adding(USER | {"id": "msg_ä"}), errors.id_with_wrong_characters("items[0].id", "msg_ä"))],
    "id_prefix": [(adding(USER | {"id": "fc_1"}), errors.id_with_wrong_prefix("items[0].id", "fc_1", "msg"))],
    "id_too_long": [(adding(USER | {"id": LONG_ID}), errors.string_too_long("items[0].id", 64, 65))],
    "url": [(adding(showing(image_url="u")), errors.invalid_url("items[0].content[0].image_url"))],
    "image_data": [
        (
            adding(showing(image_url="data:image/png;base64,")),
            errors.invalid_image_data("items[0].content[0].image_url", "empty base64-encoded bytes"),
        )
    ],
    "invalid": [
        (adding(sending(file_data="AA==", filename="x")), errors.invalid("items[0].content[0].file_data")),
    ],
    "unnamed_file": [
        (adding(sending(file_data="data:text/plain;base64,AA==")), errors.missing("items[0].content[0]")),
    ],
    "none_of_exclusive": [
        (adding(showing()), errors.none_of_exclusive("items[0].content[0]", ("file_id", "image_url"))),
    ],
    "mutually_exclusive": [
        (
            adding(showing(file_id="file-1", image_url="https://x")),
            errors.mutually_exclusive("items[0].content[0]", ("file_id", "image_url")),
        ),
    ],
    "decimal_too_small": [(answering(top_p=-1), errors.decimal_too_small("top_p", 0, -1))],
    "decimal_too_large": [(answering(top_p=1.5), errors.decimal_too_large("top_p", 1, 1.5))],
    "moved_parameter": [(answering(messages=[]), errors.moved_parameter("messages", "input"))],
    "function_schema": [
        (
            answering(tools=[{"type": "function", "name": "f", "parameters": {"type": "array"}}]),
            errors.invalid_function_schema(
                "tools[0].parameters", "f", "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'."
            ),
        )
    ],
    "format_schema": [
        (
            answering(text={"format": {"type": "json_schema", "name": "f", "schema": {"type": "array"}}}),
            errors.invalid_format_schema(
                "text.format.schema", "f", "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'."
            ),
        )
    ],
    "not_emulated": [
        (adding({"type": "agent_message"}), errors.item_type_not_emulated("items[0].type", "agent_message", EMULATED))
    ],
}
CASES = [(kind, request, answer) for kind, cases in KINDS.items() for request, answer in cases]


def test_every_kind_that_has_a_sentence_stands_in_the_table_above() -> None:
    assert KINDS.keys() == sentences().keys()


@pytest.mark.parametrize(("kind", "request_", "answer"), CASES)
def test_each_kind_becomes_its_sentence(
    kind: str, request_: tuple[type[Input], dict[str, Any]], answer: BadRequestError
) -> None:
    assert refusal(request_).body == answer.body
    model, values = request_
    with pytest.raises(ValidationError) as caught:
        model.read(values, Behavior())
    assert [details["type"] for details in caught.value.errors()] == [kind]


# --- the first of several faults -----------------------------------------------------------------------------------

BAD_TEXT = {"role": "user", "content": [{"type": "input_text"}]}


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        pytest.param((inputs.CreateItems, CONVERSATION | {"body": {"zzz": 1}}), "items", id="missing before unknown"),
        pytest.param(adding(5, zzz=1), "zzz", id="unknown before members"),
        pytest.param(adding({"type": "function_call", "zzz": 1, "async": 1}), "items[0].arguments", id="so in an item"),
        pytest.param(adding(CALL | {"async": 1, "zzz": 1, "name": ""}), "items[0].zzz", id="unknown, then members"),
        pytest.param(adding(BAD_TEXT | {"zzz": 1}), "items[0].zzz", id="unknown above before missing below"),
        pytest.param(adding(USER | {"b": 1, "a": 1}), "items[0].b", id="unknown ones as they were sent"),
        pytest.param(adding({"type": "function_call"}), "items[0].arguments", id="missing ones in declared order"),
        pytest.param(
            adding({"name": "", "call_id": ""} | {"type": "function_call", "arguments": ""}),
            "items[0].call_id",
            id="members in declared order",
        ),
        pytest.param(adding(USER, BAD_TEXT, {"role": "user"}), "items[1].content[0].text", id="items in their order"),
        pytest.param(
            adding(USER | {"zzz": 1}, {"role": "user"}), "items[0].zzz", id="the first item before the second"
        ),
        pytest.param(creating(items=[5], metadata=5), "metadata", id="metadata before items"),
        pytest.param(creating(metadata={"b": 1, "a": 2}), "metadata.b", id="properties as they were sent"),
        pytest.param(adding(*[BAD_TEXT] * 21), "items", id="an array before its elements"),
        pytest.param(adding(5, *[USER] * 20), "items", id="an array before its first element"),
        pytest.param(
            creating(metadata={f"k{n}": n for n in range(17)}), "metadata", id="an object before its properties"
        ),
        pytest.param(listing(include=["x"], limit=0, order="x", after=1), "limit", id="limit, order, after, include"),
        pytest.param(listing(include=["x"], order="x", after=1), "order", id="order, after, include"),
        pytest.param(listing(include=["x"], after=1), "after", id="after, include"),
        pytest.param(
            (inputs.CreateItems, {"conversation_id": "x", "include": ["x"], "body": {}}),
            "conversation_id",
            id="path, query, body",
        ),
        pytest.param(
            (inputs.CreateItems, CONVERSATION | {"include": ["x"], "body": {}}), "include[0]", id="query, body"
        ),
        pytest.param(
            (inputs.RetrieveItem, {"conversation_id": "x", "item_id": "x"}), "conversation_id", id="outer id first"
        ),
    ],
)
def test_the_fault_reported_is_the_first(request_: tuple[type[Input], dict[str, Any]], param: str) -> None:
    assert refusal(request_).param == param


# --- near misses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("metdata", "metadata"),
        ("metadatas", "metadata"),
        ("Metadata", "metadata"),
        ("metaadtaa", None),
        ("metadtaa", "metadata"),
        ("item", "items"),
        ("itmes", "items"),
        ("its", "items"),
        ("it", None),
        ("", None),
    ],
)
def test_a_name_within_two_edits_is_hinted_at(name: str, hint: str | None) -> None:
    assert same(refusal(creating(**{name: 1})), errors.unknown_parameter(name, [hint] if hint else []))


def test_a_name_of_megabytes_is_not_compared_letter_by_letter() -> None:
    """Ten million letters take a tenth of a second, and took most of a minute."""
    name = "metadata" * 1_250_000
    began = time.process_time()
    assert same(refusal(creating(**{name: 1})), errors.unknown_parameter(name))
    assert time.process_time() - began < 5


def test_a_name_that_the_body_already_has_is_no_hint() -> None:
    assert same(refusal(creating(item=[], items=[])), errors.unknown_parameter("item"))


def test_only_names_of_the_body_itself_are_hinted_at() -> None:
    answer = errors.unknown_parameter("items[0].metdata")
    assert same(refusal(creating(items=[USER | {"metdata": {}}])), answer)


def test_all_near_names_are_hints_the_nearest_first() -> None:
    error = ValidationError.from_exception_data("x", [{"type": "extra_forbidden", "loc": ("body", "abcd"), "input": 1}])
    hints = {
        known: translate(error, known).message.removeprefix("Unknown parameter: 'abcd'.")
        for known in [("ab", "abc", "abce"), ("xbcd", "abc"), ("wxyz",), ()]
    }
    assert hints == {
        ("ab", "abc", "abce"): " Did you mean 'abc', 'abce', or 'ab'?",
        ("xbcd", "abc"): " Did you mean 'abc' or 'xbcd'?",
        ("wxyz",): "",
        (): "",
    }


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("xyab", "ab", True),
        ("xyab", "ac", False),
        ("abxy", "ab", True),
        ("abxy", "cb", False),
        ("", "ab", True),
        ("ab", "", True),
        ("", "abc", False),
    ],
)
def test_edits_count_at_either_end(name: str, known: str, near: bool) -> None:
    error = ValidationError.from_exception_data("x", [{"type": "extra_forbidden", "loc": ("body", name), "input": 1}])
    assert same(translate(error, [known]), errors.unknown_parameter(name, [known] if near else []))


_Nested = dict[str, dict[Annotated[str, StringConstraints(max_length=2)], int]]


def test_a_long_key_is_named_with_its_owner() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(_Nested).validate_python({"a": {"long": 1}})
    assert same(translate(caught.value), errors.property_name_too_long("a", "long", 2))


# --- what validators raise -----------------------------------------------------------------------------------------


def test_a_fault_carries_its_kind_and_context() -> None:
    found = fault("id_prefix", prefix="msg")
    assert (found.type, found.context) == ("id_prefix", {"kind": "id_prefix", "prefix": "msg"})


def test_a_wrong_type_carries_what_was_expected() -> None:
    found = wrong_type("an object")
    assert (found.type, found.context) == ("wrong_type", {"kind": "wrong_type", "expected": "an object"})


@pytest.mark.parametrize(("value", "named"), [("x", "x"), (5, ""), (None, ""), (["x"], "")])
def test_a_value_that_is_no_string_is_named_as_an_empty_one(value: object, named: str) -> None:
    found = unsupported_value(value, ("a", "b"))
    assert found.context == {"kind": "unsupported_value", "value": named, "supported": ("a", "b")}


def test_a_fault_below_the_value_is_located_there() -> None:
    (details,) = fault_at(("type", 0), "missing", {"a": 1}).errors(include_url=False)
    assert (details["type"], details["loc"], details["input"]) == ("missing", ("type", 0), {"a": 1})


def test_a_value_on_its_own_has_no_place_to_name() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(ItemInput).validate_python({"type": "nonsense"}, context=Behavior())
    error = translate(caught.value)
    assert error.message.startswith("Invalid value: 'nonsense'. Supported values are:")


def test_an_unknown_member_of_a_value_on_its_own_is_named_and_hinted_at() -> None:
    error = ValidationError.from_exception_data("x", [{"type": "extra_forbidden", "loc": ("nme",), "input": 1}])
    assert same(translate(error, ["name"]), errors.unknown_parameter("nme", ["name"]))


def test_a_parameter_that_was_given_twice_is_named() -> None:
    error = fault_at(("body", "limit"), "int_type", DUPLICATE)
    assert same(translate(error), errors.duplicate_parameter("limit"))


def test_an_api_may_word_a_kind_its_own_way() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(list[int]).validate_python(["x"])
    own = {"int_parsing": lambda path, found: BadRequestError(f"{path} is {found['input']}.")}
    assert translate(caught.value, own_sentences=own).message == "[0] is x."
