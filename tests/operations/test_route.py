"""Each operation's input: what is read of ids, query and body, and how wrong ones are refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError, duplicate_parameter
from convsim.operations.project import Answer, Project
from convsim.operations.route import operation
from convsim.operations.routes import get_route
from tests import inputs
from tests.inputs import read

CONVERSATION = {"conversation_id": "conv_1"}
USER = {"role": "user", "content": "x"}
INCLUDABLE = (
    "'file_search_call.results', 'web_search_call.action.sources', 'message.input_image.image_url',"
    " 'computer_call_output.output.image_url', 'code_interpreter_call.outputs', 'reasoning.encrypted_content', and"
    " 'message.output_text.logprobs'"
)


def refused(model: type[Any], values: dict[str, Any], query: str = "", behavior: Behavior | None = None) -> Any:
    with pytest.raises(BadRequestError) as caught:
        read(model, behavior or Behavior(), values, query)
    assert caught.value.__cause__ is None
    return caught.value.message, caught.value.param, caught.value.code


def listed(query: str, behavior: Behavior | None = None) -> inputs.ListItems:
    given: inputs.ListItems = read(inputs.ListItems, behavior or Behavior(), dict(CONVERSATION), query)
    return given


# --- query ---------------------------------------------------------------------------------------------------------


def test_a_list_without_a_query_takes_the_documented_defaults() -> None:
    given = listed("")
    assert (given.conversation_id, given.limit, given.order, given.after, given.include) == (
        "conv_1",
        20,
        "desc",
        None,
        [],
    )


LOGPROBS, IMAGE_URL = "message.output_text.logprobs", "message.input_image.image_url"


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("limit=1", "limit", 1),
        ("limit=100", "limit", 100),
        ("limit=007", "limit", 7),
        ("limit=%37", "limit", 7),
        ("%6cimit=7", "limit", 7),
        ("before=x&limit=7", "limit", 7),
        ("order=asc", "order", "asc"),
        ("order=desc", "order", "desc"),
        ("after=msg_1", "after", "msg_1"),
        ("after=", "after", ""),
        ("after", "after", ""),
        ("after=b+c", "after", "b c"),
        ("after=a%20b+c%2B", "after", "a b c+"),
        ("after=a=b", "after", "a=b"),
        ("after=5", "after", "5"),
        (f"include[]={LOGPROBS}", "include", [LOGPROBS]),
        (f"include[0]={LOGPROBS}", "include", [LOGPROBS]),
        (f"include[1]={LOGPROBS}&include[0]={IMAGE_URL}", "include", [IMAGE_URL, LOGPROBS]),
        (f"include[]={LOGPROBS}&include[7]={IMAGE_URL}", "include", [IMAGE_URL, LOGPROBS]),
        (f"include%5B%5D={LOGPROBS}&include[]={IMAGE_URL}", "include", [LOGPROBS, IMAGE_URL]),
        ("before=x&before=y&zzz&&=", "after", None),
        ("Limit=5&includes[0]=x&include.x=y", "include", []),
    ],
)
def test_a_query_is_read(query: str, name: str, value: object) -> None:
    assert getattr(listed(query), name) == value


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_truth_is_read(text: str, value: bool) -> None:
    given = get_route("responses.retrieve").read(Behavior(), {"response_id": "resp_1"}, f"stream={text}")
    assert given.stream is value


@pytest.mark.parametrize("text", ["abc", "", "-", "--1", "+5", "5.0", "1_0", " 5", "²", "٣", "9" * 1000])
def test_a_limit_that_is_no_plain_integer_stays_a_string(text: str) -> None:
    sentence = "Invalid type for 'limit': expected an integer, but got a string instead."
    query = "limit=" + text.replace("+", "%2B")
    assert refused(inputs.ListItems, dict(CONVERSATION), query) == (sentence, "limit", "invalid_type")


@pytest.mark.parametrize("limit", ["101", "1000", "9" * 999])
def test_a_limit_above_100_is_refused(limit: str) -> None:
    sentence = f"Invalid 'limit': integer above maximum value. Expected a value <= 100, but got {limit} instead."
    expected = (sentence, "limit", "integer_above_max_value")
    assert refused(inputs.ListItems, dict(CONVERSATION), f"limit={limit}") == expected


@pytest.mark.parametrize(("limit_zero", "limit", "least"), [("reject", 0, 1), ("reject", -1, 1), ("empty_page", -1, 0)])
def test_a_limit_below_the_least_is_refused(limit_zero: Any, limit: int, least: int) -> None:
    sentence = f"Invalid 'limit': integer below minimum value. Expected a value >= {least}, but got {limit} instead."
    found = refused(inputs.ListItems, dict(CONVERSATION), f"limit={limit}", Behavior(limit_zero=limit_zero))
    assert found == (sentence, "limit", "integer_below_min_value")


def test_limit_zero_may_be_allowed() -> None:
    assert listed("limit=0", Behavior(limit_zero="empty_page")).limit == 0


def test_another_order_is_refused() -> None:
    sentence = "Invalid value: 'bogus'. Supported values are: 'asc' and 'desc'."
    expected = (sentence, "order", "invalid_value")
    assert refused(inputs.ListItems, dict(CONVERSATION), "order=bogus") == expected


ONE_OF_INCLUDABLE = "'fil...lts', 'web...ces', 'mes...url', 'com...url', 'cod...uts', 'rea...ent', or 'mes...obs'"
TAKE_INCLUDE = [
    (inputs.ListItems, {}),
    (inputs.RetrieveItem, {"item_id": "msg_1"}),
    (inputs.CreateItems, {"body": {"items": [USER]}}),
]


@pytest.mark.parametrize(("model", "values"), TAKE_INCLUDE)
@pytest.mark.parametrize("other", ["bogus.thing", "", "web_search_call.results"])
def test_another_include_is_refused_at_its_place(model: type[Any], values: dict[str, Any], other: str) -> None:
    assert refused(model, CONVERSATION | values, f"include[]={LOGPROBS}&include[]={other}") == (
        f"Invalid value: '{other}'. Supported values are: {INCLUDABLE}.",
        "include[1]",
        "invalid_value",
    )


@pytest.mark.parametrize(
    ("query", "include"),
    [
        (f"include={LOGPROBS}", [LOGPROBS]),
        (f"include={LOGPROBS},{IMAGE_URL}", [LOGPROBS, IMAGE_URL]),
        (f"include={LOGPROBS}%2C{IMAGE_URL}&limit=5", [LOGPROBS, IMAGE_URL]),
        ("include=", []),
        (f"include[]={LOGPROBS}", [LOGPROBS]),
    ],
)
def test_an_include_with_commas_may_be_an_array(query: str, include: list[str]) -> None:
    assert listed(query, Behavior(include_commas="split")).include == include


def test_each_part_between_commas_is_checked() -> None:
    found = refused(inputs.ListItems, dict(CONVERSATION), f"include={LOGPROBS},x", Behavior(include_commas="split"))
    assert found[1:] == ("include[1]", "invalid_value")


@pytest.mark.parametrize(("model", "values"), TAKE_INCLUDE)
@pytest.mark.parametrize(
    ("query", "word"),
    [
        (f"include={LOGPROBS}", "a string"),
        ("include=", "a string"),
        ("include", "a string"),
        ("include[a]=x", "an object"),
        ("include[-1]=x", "an object"),
        ("include[99999]=x", "an object"),
        ("include[0][0]=x", "an object"),
        ("include[0=x", "an object"),
    ],
)
def test_an_include_that_is_spelled_as_no_array_is_another_type(
    model: type[Any], values: dict[str, Any], query: str, word: str
) -> None:
    sentence = f"Invalid type for 'include': expected an array of one of {ONE_OF_INCLUDABLE}, but got {word} instead."
    assert refused(model, CONVERSATION | values, query) == (sentence, "include", "invalid_type")


@pytest.mark.parametrize(
    ("query", "name", "expected", "word"),
    [
        ("limit[]=5", "limit", "an integer", "an array"),
        ("limit[0]=5", "limit", "an integer", "an array"),
        ("limit[max]=5", "limit", "an integer", "an object"),
        ("order[]=asc", "order", "one of 'asc' or 'desc'", "an array"),
        ("after[]=msg_1", "after", "a string", "an array"),
        ("after[id]=msg_1", "after", "a string", "an object"),
    ],
)
def test_a_scalar_that_is_spelled_as_an_array_is_another_type(query: str, name: str, expected: str, word: str) -> None:
    sentence = f"Invalid type for '{name}': expected {expected}, but got {word} instead."
    assert refused(inputs.ListItems, dict(CONVERSATION), query) == (sentence, name, "invalid_type")


@pytest.mark.parametrize(
    "query",
    [
        f"include={LOGPROBS}&include={LOGPROBS}",
        f"include={LOGPROBS}&include[]={LOGPROBS}",
        f"include[]={LOGPROBS}&include={LOGPROBS}",
        f"include[]={LOGPROBS}&include[a]={LOGPROBS}&include[]=x",
        "include[a]=x&include[b]=y",
    ],
)
def test_an_array_given_twice_is_a_duplicate_unless_it_is_spelled_as_one(query: str) -> None:
    message, param, code = refused(inputs.ListItems, dict(CONVERSATION), query)
    assert (message, param, code) == (duplicate_parameter("include").message, "include", "duplicate_parameter")


def test_a_long_query_is_read_at_once() -> None:
    query = "&".join([f"include[]={LOGPROBS}"] * 50_000)
    assert len(listed(query).include) == 50_000


@pytest.mark.parametrize("name", ["limit", "order", "after"])
def test_a_scalar_given_twice_is_refused_before_its_value_is_looked_at(name: str) -> None:
    message, param, code = refused(inputs.ListItems, dict(CONVERSATION), f"{name}=!&{name}=!")
    assert (message, param, code) == (duplicate_parameter(name).message, name, "duplicate_parameter")


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (inputs.RetrieveConversation, CONVERSATION),
        (inputs.DeleteItem, CONVERSATION | {"item_id": "msg_1"}),
        (inputs.CreateConversation, {"body": {}}),
    ],
)
def test_keys_that_an_operation_does_not_know_are_ignored(model: type[Any], values: dict[str, Any]) -> None:
    plain = read(model, Behavior(), dict(values))
    assert read(model, Behavior(), dict(values), "limit=x&limit=y&include[]=bogus&conversation_id=conv_2") == plain


# --- ids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "others"),
    [
        (inputs.RetrieveConversation, {}),
        (inputs.UpdateConversation, {"body": {}}),
        (inputs.DeleteConversation, {}),
        (inputs.CreateItems, {"body": {}}),
        (inputs.ListItems, {}),
        (inputs.RetrieveItem, {"item_id": "msg_1"}),
        (inputs.DeleteItem, {"item_id": "msg_1"}),
        (inputs.SeedConversation, {"body": {}}),
    ],
)
def test_a_conversation_id_needs_its_prefix(model: type[Any], others: dict[str, Any]) -> None:
    sentence = "Invalid 'conversation_id': 'notaconvid'. Expected an ID that begins with 'conv'."
    expected = (sentence, "conversation_id", "invalid_value")
    assert refused(model, {"conversation_id": "notaconvid"} | others) == expected


@pytest.mark.parametrize("model", [inputs.RetrieveItem, inputs.DeleteItem])
def test_an_item_id_needs_some_prefix(model: type[Any]) -> None:
    sentence = "Invalid 'item_id': 'msg-abc'. Expected an ID that begins with 'msg'."
    expected = (sentence, "item_id", "invalid_value")
    assert refused(model, CONVERSATION | {"item_id": "msg-abc"}) == expected
    assert read(model, Behavior(), CONVERSATION | {"item_id": "zzz_1"}).item_id == "zzz_1"


# --- bodies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{}, {"metadata": None, "items": None}, {"metadata": {}, "items": []}])
def test_a_conversation_is_created_from_nothing(body: dict[str, Any]) -> None:
    given = read(inputs.CreateConversation, Behavior(), {"body": body}).body
    assert (given.metadata, given.items) == (body.get("metadata"), body.get("items"))


def test_metadata_goes_up_to_its_bounds() -> None:
    metadata = {f"{n:064}": "v" * 512 for n in range(16)}
    assert read(inputs.CreateConversation, Behavior(), {"body": {"metadata": metadata}}).body.metadata == metadata


@pytest.mark.parametrize(
    ("value", "word"), [("x", "a string"), ([], "an array"), (5, "an integer"), (True, "a boolean")]
)
@pytest.mark.parametrize(
    ("model", "values"), [(inputs.CreateConversation, {}), (inputs.UpdateConversation, CONVERSATION)]
)
def test_metadata_is_an_object(model: type[Any], values: dict[str, Any], value: object, word: str) -> None:
    sentence = f"Invalid type for 'metadata': expected a metadata object, but got {word} instead."
    assert refused(model, values | {"body": {"metadata": value}}) == (sentence, "metadata", "invalid_type")


def test_an_update_needs_metadata_that_is_not_null() -> None:
    missing = ("Missing required parameter: 'metadata'.", "metadata", "missing_required_parameter")
    assert refused(inputs.UpdateConversation, CONVERSATION | {"body": {}}) == missing
    null = (
        "Invalid type for 'metadata': expected a metadata object, but got null instead.",
        "metadata",
        "invalid_type",
    )
    assert refused(inputs.UpdateConversation, CONVERSATION | {"body": {"metadata": None}}) == null


def test_a_null_value_does_not_remove_a_metadata_key() -> None:
    sentence = "Invalid type for 'metadata.mykey': expected a string, but got null instead."
    values = CONVERSATION | {"body": {"metadata": {"mykey": None}}}
    assert refused(inputs.UpdateConversation, values) == (sentence, "metadata.mykey", "invalid_type")


@pytest.mark.parametrize("count", [1, 20])
def test_one_to_twenty_items_can_be_added(count: int) -> None:
    given = read(inputs.CreateItems, Behavior(), CONVERSATION | {"body": {"items": [USER] * count}})
    assert [item.type for item in given.body.items] == ["message"] * count


@pytest.mark.parametrize(
    ("items", "sentence", "code"),
    [
        (
            None,
            "Invalid type for 'items': expected an array, but got null instead.",
            "invalid_type",
        ),
        (
            [],
            "Invalid 'items': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "empty_array",
        ),
        (
            [USER] * 21,
            (
                "Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with"
                " length 21 instead."
            ),
            "array_above_max_length",
        ),
    ],
)
def test_another_number_of_items_is_refused(items: object, sentence: str, code: str) -> None:
    assert refused(inputs.CreateItems, CONVERSATION | {"body": {"items": items}}) == (sentence, "items", code)


def test_a_new_conversation_takes_twenty_items_and_a_seeded_one_any_number() -> None:
    body = {"items": [USER] * 21}
    assert refused(inputs.CreateConversation, {"body": body})[1:] == ("items", "array_above_max_length")
    seeded = read(inputs.SeedConversation, Behavior(), CONVERSATION | {"body": body})
    assert len(seeded.body.items or []) == 21


def seeded(item: dict[str, Any]) -> Any:
    (made,) = read(inputs.SeedConversation, Behavior(), CONVERSATION | {"body": {"items": [item]}}).body.items or []
    return made


def test_a_seed_holds_what_only_the_service_writes() -> None:
    assert seeded({"role": "assistant", "content": "x", "phase": "commentary"}).phase == "commentary"
    assert seeded({"role": "user", "content": "", "id": "fc_1"}).id == "fc_1"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"role": "user", "content": "x", "id": "fc_1"}, "'fc_1'. Expected an ID that begins with 'msg'."),
        ({"role": "assistant", "content": "", "id": "fc_1"}, "'fc_1'. Expected an ID that begins with 'msg'."),
        ({"role": "user", "content": "", "id": "a b"}, "but this value contained additional characters."),
        ({"role": "user", "content": "", "id": 5}, "expected a string, but got an integer instead."),
        ({"role": "user", "content": "", "id": "fc_1", "zzz": 1}, "Unknown parameter: 'items[0].zzz'."),
        ("x", "expected an input item, but got a string instead."),
    ],
)
def test_what_nobody_writes_is_refused_in_a_seed_too(item: Any, message: str) -> None:
    assert refused(inputs.SeedConversation, CONVERSATION | {"body": {"items": [item]}})[0].endswith(message)


@pytest.mark.parametrize("body", [[], None, "x", 5])
def test_a_body_is_an_object(body: object) -> None:
    message, param, code = refused(inputs.CreateItems, CONVERSATION | {"body": body})
    assert message.startswith("Invalid type: expected an object, but got ")
    assert (param, code) == (None, "invalid_type")


def test_the_behavior_reaches_the_items() -> None:
    body = {"items": [USER | {"phase": "commentary"}]}
    assert refused(inputs.CreateItems, CONVERSATION | {"body": body})[0] == "Unknown parameter: 'items[0].phase'."
    read(inputs.CreateItems, Behavior(phase_on_other_roles="drop"), CONVERSATION | {"body": body})


def test_a_path_has_only_ids_that_the_input_has() -> None:
    def verb(project: Project, given: inputs.ListItems) -> Answer:
        raise AssertionError

    verb.__annotations__["given"] = inputs.ListItems
    with pytest.raises(TypeError, match=r"^x: /x/\{other_id\} has other_id, and ListItems has no such field$"):
        operation("GET", "/x/{other_id}", "x")(verb)


def test_an_operation_answers_nothing_described_and_deletes_nothing_unless_it_says_so() -> None:
    def verb(project: Project, given: inputs.RetrieveConversation) -> Answer:
        raise AssertionError

    verb.__annotations__["given"] = inputs.RetrieveConversation
    route = operation("GET", "/conversations/{conversation_id}", "none")(verb)
    assert (route.answer, route.reads, route.deletes, route.only) == ("", False, False, None)
