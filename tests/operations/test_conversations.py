from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import from_json, to_json

from convsim import Emulator
from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.ids import SequentialIds
from convsim.errors import BadRequestError, NotFoundError, UsageError
from convsim.operations.conversations import seed_conversation
from convsim.operations.project import Answer, Project, Run
from convsim.operations.routes import ROUTES_BY_NAME
from convsim.store.store import Store
from tests.asking import CALL, HELLO, check

LIVE_SHAPED = "msg_6a64d61300bc8197b2ee13bee46a49890f2c9ddbc598f953"
CONVERSATION = {"id": "conv_1", "object": "conversation", "created_at": 1741900000, "metadata": {}}
NO_ITEM = {"id": "msg_unknown", "type": "item_reference"}


def a_project(*, create_unknown: bool = False, **behavior: Any) -> Project:
    unknown_ids: Any = "create" if create_unknown else "refuse"
    return Project(Store(), SequentialIds(), Clock(), Behavior(**behavior), unknown_ids)


class Answered:
    """An answer for the tests to look at: the members of its JSON, the ``data`` of a page as the bytes of its items."""

    def __init__(self, answer: Answer | Run) -> None:
        assert isinstance(answer, Answer)
        self.body, self.touched = answer.body, answer.touched
        assert isinstance(answer.body, bytes)
        self.json = from_json(answer.body)

    def __getattr__(self, name: str) -> Any:
        return self.json[name]

    @property
    def data(self) -> list[bytes]:
        return [to_json(item, indent=2) for item in self.json["data"]]


def run(project: Project, operation: str, *, query: str = "", body: object = None, **ids: str) -> Any:
    """One operation from its unvalidated values; the store's invariants hold behind it."""
    route = ROUTES_BY_NAME[f"conversations.{operation}"]
    values: dict[str, Any] = {name: f"conv_{value}" if value.isdigit() else value for name, value in ids.items()}
    if body is not None:
        values["body"] = body
    try:
        return Answered(route.verb(project, route.read(project.behavior, values, query)))
    finally:
        check(project.store)


def seed(project: Project, conversation_id: str, *items: dict[str, Any]) -> Answer:
    values = {"conversation_id": conversation_id, "body": {"items": list(items)}}
    try:
        answer = seed_conversation.verb(project, seed_conversation.read(project.behavior, values))
        assert isinstance(answer, Answer)
        return answer
    finally:
        check(project.store)


def says(text: str, **members: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **members}


def two_conversations(**options: Any) -> Project:
    """conv_1 holds msg_1 ("one") and msg_2 ("two"), conv_2 holds msg_3 ("three")."""
    project = a_project(**options)
    run(project, "create", body={"items": [says("one"), says("two")]})
    run(project, "create", body={"items": [says("three")]})
    return project


def ids(project: Project, conversation_id: str) -> list[str]:
    return [item.id for item in project.store.conversations[conversation_id].items()]


# --- conversations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{}, {"metadata": None, "items": None}, {"metadata": {}, "items": []}], ids=str)
def test_create_makes_an_empty_conversation(body: dict[str, Any]) -> None:
    project = a_project()

    assert run(project, "create", body=body).json == CONVERSATION
    assert run(project, "retrieve", conversation_id="1").json == CONVERSATION
    assert ids(project, "conv_1") == []


def test_create_stores_metadata_and_items() -> None:
    project = two_conversations()

    assert run(project, "create", body={"metadata": {"topic": "demo"}}).metadata == {"topic": "demo"}
    assert ids(project, "conv_1") == ["msg_1", "msg_2"]
    assert ids(project, "conv_2") == ["msg_3"]


def test_created_at_is_in_whole_seconds_of_the_clock() -> None:
    project = a_project()
    project.clock.advance(1.75)

    assert run(project, "create", body={}).created_at == 1741900001


def test_update_merges_metadata() -> None:
    project = a_project()
    run(project, "create", body={"metadata": {"a": "1", "b": "2"}})

    merged = {"a": "1", "b": "3", "c": "4"}
    assert run(project, "update", conversation_id="1", body={"metadata": {"b": "3", "c": "4"}}).metadata == merged
    assert run(project, "update", conversation_id="1", body={"metadata": {}}).metadata == merged
    assert run(project, "retrieve", conversation_id="1").metadata == merged


def test_update_replaces_metadata_when_told_to() -> None:
    project = a_project(metadata_update="replace")
    run(project, "create", body={"metadata": {"a": "1", "b": "2"}})

    assert run(project, "update", conversation_id="1", body={"metadata": {"c": "3"}}).metadata == {"c": "3"}
    assert run(project, "update", conversation_id="1", body={"metadata": {}}).metadata == {}


def test_a_merge_beyond_sixteen_keys_is_refused_and_changes_nothing() -> None:
    project = a_project()
    full = {f"k{number}": "v" for number in range(16)}
    run(project, "create", body={"metadata": full})

    assert run(project, "update", conversation_id="1", body={"metadata": {"k0": "w"}}).metadata == full | {"k0": "w"}
    with pytest.raises(BadRequestError) as caught:
        run(project, "update", conversation_id="1", body={"metadata": {"k16": "v"}})
    assert caught.value.code == "object_above_max_properties"
    assert caught.value.message == (
        "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object"
        " with 17 properties instead."
    )
    assert run(project, "retrieve", conversation_id="1").metadata == full | {"k0": "w"}


def test_a_view_does_not_change_with_its_conversation() -> None:
    project = a_project()
    before = run(project, "create", body={"metadata": {"a": "1"}})
    run(project, "update", conversation_id="1", body={"metadata": {"a": "2"}})

    assert before.metadata == {"a": "1"}


@pytest.mark.parametrize("operation", ["retrieve", "delete", "items.list"])
def test_a_deleted_conversation_is_not_found_again(operation: str) -> None:
    project = two_conversations()

    deleted = {"id": "conv_1", "object": "conversation.deleted", "deleted": True}
    assert run(project, "delete", conversation_id="1").json == deleted
    with pytest.raises(NotFoundError, match=r"^Conversation with id 'conv_1' not found\.$"):
        run(project, operation, conversation_id="1")
    assert ids(project, "conv_2") == ["msg_3"]


# --- items: what an id means ---------------------------------------------------------------------------------------


def test_items_are_answered_in_request_order() -> None:
    project = two_conversations()
    page = run(project, "items.create", conversation_id="1", body={"items": [says("x"), says("y")]})

    assert [b'"x"' in page.data[0], b'"y"' in page.data[1], len(page.data)] == [True, True, 2]
    assert (page.first_id, page.last_id, page.has_more) == ("msg_4", "msg_5", False)
    assert ids(project, "conv_1") == ["msg_1", "msg_2", "msg_4", "msg_5"]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(says("another text", id="msg_1"), id="a message with the id"),
        pytest.param({"id": "msg_1", "type": "item_reference"}, id="a reference"),
        pytest.param({"id": "msg_1"}, id="an id alone"),
    ],
)
def test_an_id_known_from_another_conversation_links_the_original(item: dict[str, Any]) -> None:
    project = two_conversations()
    page = run(project, "items.create", conversation_id="2", body={"items": [says("new"), item]})

    assert (page.first_id, page.last_id) == ("msg_4", "msg_1")
    assert b'"one"' in page.data[1]
    assert ids(project, "conv_2") == ["msg_3", "msg_4", "msg_1"]
    assert ids(project, "conv_1") == ["msg_1", "msg_2"]


def test_create_links_a_known_id_too() -> None:
    project = two_conversations()
    run(project, "create", body={"items": [says("ignored", id="msg_2"), says("new")]})

    assert ids(project, "conv_3") == ["msg_2", "msg_4"]


def test_an_id_given_twice_in_one_request_is_listed_twice_and_deleted_at_once() -> None:
    project = two_conversations()
    run(project, "create", body={"items": [{"id": "msg_1"}, says("new"), {"id": "msg_1"}]})

    assert ids(project, "conv_3") == ["msg_1", "msg_4", "msg_1"]
    run(project, "items.delete", conversation_id="3", item_id="msg_1")
    assert ids(project, "conv_3") == ["msg_4"]
    assert ids(project, "conv_1") == ["msg_1", "msg_2"]


@pytest.mark.parametrize("item", [says("x", id="msg_2"), {"id": "msg_2"}], ids=["message", "reference"])
def test_an_id_that_stands_here_already_refuses_the_whole_batch(item: dict[str, Any]) -> None:
    project = two_conversations()
    with pytest.raises(BadRequestError) as caught:
        run(project, "items.create", conversation_id="1", body={"items": [says("new"), {"id": "msg_3"}, item]})

    assert caught.value.body == {
        "message": "Item already in conversation",
        "type": "invalid_request_error",
        "param": "items",
        "code": "item_already_in_conversation",
    }
    assert ids(project, "conv_1") == ["msg_1", "msg_2"]
    assert list(project.store.items) == ["msg_1", "msg_2", "msg_3"]


@pytest.mark.parametrize("items", [[NO_ITEM, {"id": "msg_1"}], [{"id": "msg_1"}, NO_ITEM]], ids=["first", "last"])
def test_an_unknown_reference_beats_an_item_that_stands_here(items: list[dict[str, Any]]) -> None:
    project = two_conversations()
    with pytest.raises(NotFoundError, match=r"^Item with id 'msg_unknown' not found\.$") as caught:
        run(project, "items.create", conversation_id="1", body={"items": items})

    assert (caught.value.status_code, caught.value.param, caught.value.code) == (404, None, None)
    assert ids(project, "conv_1") == ["msg_1", "msg_2"]


def test_a_refused_create_mints_and_stores_nothing() -> None:
    project = a_project()
    with pytest.raises(NotFoundError):
        run(project, "create", body={"items": [says("one"), NO_ITEM]})

    assert project.store.items == {}
    assert project.store.conversations == {}
    run(project, "create", body={"items": [says("one")]})
    assert ids(project, "conv_1") == ["msg_1"]


def test_an_unknown_id_of_the_right_prefix_is_replaced_by_a_fresh_one() -> None:
    project = a_project()
    run(project, "create", body={"items": [says("one", id="msg_mine")]})

    assert ids(project, "conv_1") == ["msg_1"]
    assert "msg_mine" not in project.store.items


def test_an_unknown_id_is_kept_when_told_to() -> None:
    project = a_project(client_ids="keep")
    run(project, "create", body={"items": [says("one", id="msg_mine"), says("two")]})

    assert ids(project, "conv_1") == ["msg_mine", "msg_1"]


def test_a_kept_id_given_twice_in_one_request_means_the_first() -> None:
    project = a_project(client_ids="keep")
    run(project, "create", body={"items": [says("one", id="msg_mine"), says("two", id="msg_mine")]})

    assert ids(project, "conv_1") == ["msg_mine", "msg_mine"]
    assert b'"one"' in project.store.items["msg_mine"].wire


@pytest.mark.parametrize("literal_first", [True, False], ids=["literal first", "literal last"])
def test_a_kept_id_is_not_minted_in_the_same_request(literal_first: bool) -> None:
    project = a_project(client_ids="keep")
    items = [says("kept", id="msg_1"), says("minted")][:: 1 if literal_first else -1]
    run(project, "create", body={"items": items})

    assert ids(project, "conv_1") == (["msg_1", "msg_2"] if literal_first else ["msg_2", "msg_1"])
    assert b'"kept"' in project.store.items["msg_1"].wire


def test_an_id_that_springs_into_being_is_not_minted_in_the_same_request() -> None:
    project = a_project(create_unknown=True)
    run(project, "create", body={"items": [says("minted"), {"type": "item_reference", "id": "msg_1"}]})

    assert ids(project, "conv_1") == ["msg_2", "msg_1"]


def test_each_type_has_ids_of_its_own_prefix() -> None:
    project = a_project()
    call = {"type": "function_call", "arguments": "{}", "call_id": "call_1", "name": "f"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "5"}
    run(project, "create", body={"items": [call, says("x"), output]})

    assert ids(project, "conv_1") == ["fc_1", "msg_1", "fc_2"]


# --- items: list, retrieve, delete ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("msg_4", "msg_1", False, 4)),
        ("order=asc", ("msg_1", "msg_4", False, 4)),
        ("order=asc&limit=3", ("msg_1", "msg_3", True, 3)),
        ("limit=3", ("msg_4", "msg_2", True, 3)),
        ("order=asc&limit=3&after=msg_3", ("msg_4", "msg_4", False, 1)),
        ("limit=1&after=msg_3", ("msg_2", "msg_2", True, 1)),
        ("after=msg_1", (None, None, False, 0)),
    ],
)
def test_list_answers_the_page_that_was_asked_for(query: str, expected: tuple[object, ...]) -> None:
    project = a_project()
    run(project, "create", body={"items": [says(str(number)) for number in range(4)]})
    page = run(project, "items.list", conversation_id="1", query=query)

    assert (page.first_id, page.last_id, page.has_more, len(page.data)) == expected


def test_a_page_has_twenty_items_unless_told_otherwise() -> None:
    project = a_project()
    seed(project, "conv_x", *(says(str(number)) for number in range(21)))
    page = run(project, "items.list", conversation_id="conv_x")

    assert (len(page.data), page.has_more) == (20, True)


@pytest.mark.parametrize(
    "cursor", ["msg_1", "msg_3", "msg_unknown", ""], ids=["deleted", "foreign", "unknown", "empty"]
)
def test_a_cursor_that_is_not_in_the_conversation_is_refused(cursor: str) -> None:
    project = two_conversations()
    run(project, "items.delete", conversation_id="1", item_id="msg_1")
    with pytest.raises(NotFoundError) as caught:
        run(project, "items.list", conversation_id="1", query=f"after={cursor}")

    assert caught.value.body == {
        "message": f"No item found with id '{cursor}'",
        "type": "invalid_request_error",
        "param": "after",
        "code": None,
    }


def test_retrieve_answers_one_item() -> None:
    answer = run(two_conversations(), "items.retrieve", conversation_id="1", item_id="msg_2")

    assert b'"id": "msg_2"' in answer.body


@pytest.mark.parametrize("operation", ["items.retrieve", "items.delete"])
@pytest.mark.parametrize(
    ("item_id", "named"),
    [
        ("msg_3", "msg_msg_33"),
        ("msg_nonexistent123", "msg_msg_nonexistent123nonexistent123"),
        ("rs_a_b", "msg_rs_a_ba_b"),
        (LIVE_SHAPED, LIVE_SHAPED),
    ],
)
def test_an_item_that_is_not_here_is_named_as_the_live_sentence_names_it(
    operation: str, item_id: str, named: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        run(two_conversations(), operation, conversation_id="1", item_id=item_id)

    assert caught.value.message == f"Item with id '{named}' not found in conversation."
    assert (caught.value.status_code, caught.value.param, caught.value.code) == (404, None, None)


def test_delete_takes_an_item_out_of_this_conversation_only_and_answers_the_conversation() -> None:
    project = two_conversations()
    run(project, "items.create", conversation_id="2", body={"items": [{"id": "msg_1"}]})

    answer = run(project, "items.delete", conversation_id="1", item_id="msg_1")
    assert (answer.json, answer.touched) == (CONVERSATION, ("msg_1",))
    assert ids(project, "conv_1") == ["msg_2"]
    assert ids(project, "conv_2") == ["msg_3", "msg_1"]
    with pytest.raises(NotFoundError):
        run(project, "items.delete", conversation_id="1", item_id="msg_1")


def test_delete_answers_the_item_when_told_to() -> None:
    project = two_conversations(deleted_item_reply="item")
    answer = run(project, "items.delete", conversation_id="1", item_id="msg_1")

    deleted = {"id": "msg_1", "object": "conversation.item.deleted", "deleted": True}
    assert (answer.json, answer.touched) == (deleted, ("msg_1",))


@pytest.mark.parametrize("deleted", ["item", "conversation"])
def test_what_was_deleted_can_be_linked_again(deleted: str) -> None:
    project = two_conversations()
    if deleted == "item":
        run(project, "items.delete", conversation_id="1", item_id="msg_1")
    else:
        run(project, "delete", conversation_id="1")
    page = run(project, "items.create", conversation_id="2", body={"items": [{"id": "msg_1"}]})

    assert (page.first_id, b'"one"' in page.data[0]) == ("msg_1", True)


IMAGE = {"type": "input_image", "image_url": "https://example.org/a.png"}
PICTURE = {"role": "user", "content": [IMAGE]}
SHOW = "include[]=message.input_image.image_url"


@pytest.mark.parametrize(("query", "shown"), [("", b"null"), (SHOW, b'"https://example.org/a.png"')])
def test_include_reveals_what_is_hidden_wherever_an_item_is_answered(query: str, shown: bytes) -> None:
    project = a_project()
    run(project, "create", body={})
    added = run(project, "items.create", conversation_id="1", body={"items": [PICTURE]}, query=query)
    listed = run(project, "items.list", conversation_id="1", query=query)
    alone = run(project, "items.retrieve", conversation_id="1", item_id="msg_1", query=query)

    assert b'"image_url": ' + shown in alone.body
    assert added.data == listed.data == [alone.body]


# --- seed, and ids that exist on first use -------------------------------------------------------------------------


def test_seed_keeps_literal_ids_and_takes_any_number_of_items() -> None:
    project = a_project()
    made = seed(project, "conv_lit", says("one", id="msg_lit"), *(says(str(number)) for number in range(30)))

    assert Answered(made).json == CONVERSATION | {"id": "conv_lit"}
    assert ids(project, "conv_lit") == ["msg_lit", *(f"msg_{number}" for number in range(1, 31))]
    assert list(made.touched) == ids(project, "conv_lit")


def test_seed_of_an_existing_conversation_says_what_to_write() -> None:
    project = two_conversations()
    with pytest.raises(UsageError, match=r"^seed\('conv_1'\): this conversation exists already; add to it with"):
        seed(project, "conv_1")


def test_seed_with_one_id_twice_lists_it_twice() -> None:
    project = a_project()
    seed(project, "conv_lit", says("one", id="msg_lit"), says("one", id="msg_lit"))

    assert ids(project, "conv_lit") == ["msg_lit", "msg_lit"]


def test_seed_links_a_known_item_that_is_given_again() -> None:
    project = a_project()
    for conversation_id in ("conv_one", "conv_two"):
        seed(project, conversation_id, says("one", id="msg_lit"))

    assert ids(project, "conv_two") == ["msg_lit"]


def test_seed_refuses_other_content_under_a_known_id() -> None:
    project = a_project()
    seed(project, "conv_one", says("one", id="msg_lit"))
    with pytest.raises(
        UsageError, match=r"^seed\(\): msg_lit already exists with other content; to link the existing item"
    ):
        seed(project, "conv_lit", says("two", id="msg_lit"))

    assert "conv_lit" not in project.store.conversations


def test_seed_refuses_two_contents_under_one_id() -> None:
    project = a_project()
    with pytest.raises(UsageError, match=r"^seed\(\): two items with different content have the id msg_lit; give each"):
        seed(project, "conv_lit", says("any"), says("one", id="msg_lit"), says("two", id="msg_lit"))

    assert (project.store.conversations, project.store.items) == ({}, {})


def test_a_test_arranges_reasoning_that_no_client_could_add() -> None:
    sim = Emulator(ids="sequential")
    thought: Any = {"type": "reasoning", "summary": []}
    sim.seed("conv_1", [thought])
    assert [item.type for item in sim.state["conv_1"].items] == ["reasoning"]
    with pytest.raises(BadRequestError):
        sim.conversations.items.create("conv_1", items=[thought])


def test_minted_ids_pass_over_seeded_ones() -> None:
    project = a_project()
    seed(project, "conv_1", says("one", id="msg_1"), says("two", id="msg_3"))

    assert run(project, "create", body={"items": [says("a"), says("b")]}).id == "conv_2"
    assert ids(project, "conv_2") == ["msg_2", "msg_4"]


def test_an_id_in_place_of_a_seeded_one_has_the_same_time_and_partition() -> None:
    def made(*seeded: str) -> list[str]:
        sim = Emulator(now=0x67D34AA0)
        for conversation_id in seeded[:1]:
            sim.seed(conversation_id, [HELLO | {"id": seeded[1]}])
        conversation = sim.conversations.create(items=[HELLO])
        return [conversation.id, sim.conversations.items.list(conversation.id).data[0].id]

    first = made()
    for seeded in (first, ["conv_lit", first[1]]):
        conversation_id, item_id = made(*seeded)
        assert item_id != first[1]
        assert (conversation_id[5:13], item_id[4:12], item_id[-16:]) == ("67d34aa0", "67d34aa0", conversation_id[-16:])


def test_an_id_that_a_client_sends_and_the_service_drops_may_be_minted() -> None:
    project = a_project()
    run(project, "create", body={"items": [says("one"), says("two", id="msg_1")]})

    assert ids(project, "conv_1") == ["msg_1", "msg_2"]


def test_ids_minted_by_a_seed_pass_over_those_that_it_brings() -> None:
    project = a_project()
    seed(project, "conv_lit", says("minted"), says("literal", id="msg_1"), says("minted"))

    assert ids(project, "conv_lit") == ["msg_2", "msg_1", "msg_3"]


UNKNOWN = [
    ("retrieve", {}, {}),
    ("update", {}, {"body": {"metadata": {"a": "1"}}}),
    ("items.create", {}, {"body": {"items": [says("x")]}}),
    ("items.list", {}, {}),
    ("items.list", {}, {"query": "after=msg_a"}),
    ("items.retrieve", {"item_id": "msg_a"}, {}),
    ("items.delete", {"item_id": "msg_a"}, {}),
]


@pytest.mark.parametrize(("operation", "ids_", "given"), UNKNOWN, ids=str)
def test_unknown_ids_exist_on_first_use_when_told_to(operation: str, ids_: Any, given: Any) -> None:
    project = a_project(create_unknown=True)
    for _ in range(2):
        run(project, operation, conversation_id="conv_a", **ids_, **given)

    assert list(project.store.conversations) == ["conv_a"]


def test_a_conjured_item_is_an_empty_user_message_or_the_one_known_elsewhere() -> None:
    project = two_conversations(create_unknown=True)
    conjured = run(project, "items.retrieve", conversation_id="conv_a", item_id="msg_a")
    known = run(project, "items.retrieve", conversation_id="conv_a", item_id="msg_1")

    assert b'"text": ""' in conjured.body
    assert b'"role": "user"' in conjured.body
    assert b'"text": "one"' in known.body
    assert ids(project, "conv_a") == ["msg_a", "msg_1"]


def test_a_cursor_that_did_not_exist_stands_last() -> None:
    project = two_conversations(create_unknown=True)
    page = run(project, "items.list", conversation_id="1", query="after=msg_a")

    assert (page.first_id, page.last_id, page.has_more) == ("msg_2", "msg_1", False)
    assert ids(project, "conv_1") == ["msg_1", "msg_2", "msg_a"]


@pytest.mark.parametrize("times", [1, 2])
def test_an_unknown_reference_springs_into_being_when_told_to(times: int) -> None:
    project = a_project(create_unknown=True)
    run(project, "create", body={"items": [NO_ITEM] * times})

    assert ids(project, "conv_1") == ["msg_unknown"] * times


def test_an_item_that_is_never_stored_leaves_the_others_alone() -> None:
    project = a_project()
    run(project, "create", body={"items": [{"type": "compaction_trigger"}, says("one")]})

    assert ids(project, "conv_1") == ["msg_1"]


def test_an_item_of_the_conversation_is_refused_in_front_of_one_of_another() -> None:
    project = two_conversations()
    others = [{"id": item_id, "type": "item_reference"} for item_id in ("msg_1", "msg_3")]
    with pytest.raises(BadRequestError, match="Item already in conversation"):
        run(project, "items.create", conversation_id="1", body={"items": others})


def test_the_id_of_an_item_has_the_time_and_the_partition_of_its_conversation() -> None:
    sim = Emulator(now=0x67D34AA0)
    conversation = sim.conversations.create()
    assert conversation.id[5:13] == "67d34aa0"
    sim.clock.advance(1)
    items = sim.conversations.items.create(conversation.id, items=[HELLO, CALL]).data
    assert [item.id.partition("_")[2][:8] for item in items] == ["67d34aa1"] * 2
    assert {item.id[-16:] for item in items} == {conversation.id[-16:]}
