from __future__ import annotations

import functools
import inspect
from collections import deque
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import openai
import pytest
from openai.resources.conversations.conversations import Conversations as SdkConversations
from openai.resources.conversations.items import Items as SdkItems
from openai.types.conversations import Message

from convsim import (
    APIStatusError,
    BadRequestError,
    Behavior,
    Conversation,
    ConversationDeleted,
    Emulator,
    Item,
    ItemPage,
    NotFoundError,
    UsageError,
)
from convsim.direct.client import OMIT, Conversations, Items

HELLO = {"role": "user", "content": "hello"}
STORED = {
    "id": "msg_1",
    "type": "message",
    "status": "completed",
    "content": [{"type": "input_text", "text": "hello"}],
    "role": "user",
}


def a_conversation(**options: Any) -> tuple[Emulator, Conversation]:
    sim = Emulator(ids="sequential", **options)
    return sim, sim.conversations.create(items=[HELLO])


# --- signatures ----------------------------------------------------------------------------------------------------

OF_THE_REQUEST = {"extra_headers", "extra_query", "extra_body", "timeout"}
METHODS = [
    *((Conversations, SdkConversations, name) for name in ("create", "retrieve", "update", "delete")),
    *((Items, SdkItems, name) for name in ("create", "retrieve", "list", "delete")),
]


def shape(method: Callable[..., object]) -> list[tuple[str, Any, bool]]:
    """Each parameter's name, kind and whether it can be left out, in order."""
    return [
        (parameter.name, parameter.kind, parameter.default is not inspect.Parameter.empty)
        for parameter in inspect.signature(method).parameters.values()
        if parameter.name not in OF_THE_REQUEST
    ]


@pytest.mark.parametrize(("ours", "sdk", "name"), METHODS, ids=[f"{ours.__name__}.{name}" for ours, _, name in METHODS])
def test_a_method_takes_what_the_official_sdks_takes(ours: type, sdk: type, name: str) -> None:
    assert shape(getattr(ours, name)) == shape(getattr(sdk, name))


def test_the_sdk_has_no_other_verbs() -> None:
    def verbs(sdk: type) -> set[str]:
        return {name for name, value in vars(sdk).items() if inspect.isfunction(value) and not name.startswith("_")}

    assert verbs(SdkConversations) == {"create", "retrieve", "update", "delete"}
    assert verbs(SdkItems) == {"create", "retrieve", "list", "delete"}


def test_an_argument_that_was_not_given_shows_as_such() -> None:
    assert repr(OMIT) == "OMIT"
    assert inspect.signature(Items.list).parameters["after"].default is OMIT


# --- what comes back -----------------------------------------------------------------------------------------------


def test_each_verb_answers_its_result() -> None:
    sim, conversation = a_conversation()
    conversations, items = sim.conversations, sim.conversations.items
    data = {"id": "conv_1", "object": "conversation", "created_at": 1741900000, "metadata": {}}

    assert (type(conversation), conversation.to_dict()) == (Conversation, data)
    assert conversations.retrieve("conv_1") == conversation
    assert conversations.update("conv_1", metadata={"a": "1"}).metadata == {"a": "1"}
    added = items.create("conv_1", items=[HELLO])
    assert (type(added), added.first_id, added.has_more) == (ItemPage, "msg_2", False)
    assert [item.id for item in items.list("conv_1", order="asc")] == ["msg_1", "msg_2"]
    assert items.retrieve("msg_1", conversation_id="conv_1").to_dict() == STORED
    assert items.delete("msg_1", conversation_id="conv_1").to_dict() == data | {"metadata": {"a": "1"}}
    deleted = conversations.delete("conv_1")
    assert (type(deleted), deleted.to_dict()) == (
        ConversationDeleted,
        {"id": "conv_1", "object": "conversation.deleted", "deleted": True},
    )


def test_a_deleted_item_is_answered_as_the_behavior_says() -> None:
    sim, _ = a_conversation(behavior=Behavior(deleted_item_reply="item"))
    deleted = sim.conversations.items.delete("msg_1", conversation_id="conv_1")

    assert type(deleted) is ConversationDeleted
    assert deleted.to_dict() == {"id": "msg_1", "object": "conversation.item.deleted", "deleted": True}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_iterating_a_page_fetches_the_next_ones_in_the_same_order(order: Any) -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_x", items=[HELLO] * 45)
    ids = [f"msg_{number}" for number in range(1, 46)]
    first = sim.conversations.items.list("conv_x", order=order, limit=20)

    assert [item.id for item in first] == (ids if order == "asc" else ids[::-1])
    second = first.get_next_page()
    assert (len(second.data), second.has_more, second.has_next_page()) == (20, True, True)
    assert (len(second.get_next_page().data), second.get_next_page().has_next_page()) == (5, False)


def test_pages_that_follow_keep_include() -> None:
    sim = Emulator(ids="sequential")
    image = {"type": "input_image", "image_url": "https://example.org/a.png"}
    sim.seed("conv_x", items=[{"role": "user", "content": [image]}] * 2)

    def urls(**options: Any) -> list[str | None]:
        return [item.content[0].image_url for item in sim.conversations.items.list("conv_x", limit=1, **options)]

    assert urls(include=["message.input_image.image_url"]) == ["https://example.org/a.png"] * 2
    assert urls() == [None, None]
    shown = sim.conversations.items.retrieve(
        "msg_1", conversation_id="conv_x", include=("message.input_image.image_url",)
    )
    assert shown.content[0].image_url == "https://example.org/a.png"


def test_a_result_is_a_snapshot() -> None:
    sim, conversation = a_conversation()
    page = sim.conversations.items.list("conv_1")
    sim.conversations.update("conv_1", metadata={"a": "1"})
    sim.conversations.items.delete("msg_1", conversation_id="conv_1")

    assert conversation.metadata == {}
    assert [item.id for item in page.data] == ["msg_1"]


# --- what goes in --------------------------------------------------------------------------------------------------

FORMS: dict[str, Any] = {
    "list": lambda: [HELLO, HELLO],
    "tuple": lambda: (HELLO, HELLO),
    "generator": lambda: (HELLO for _ in range(2)),
    "dict values": {1: HELLO, 2: HELLO}.values,
    "deque": lambda: deque([HELLO, HELLO]),
    "mappings": lambda: [MappingProxyType(HELLO)] * 2,
    "results of ours": lambda: [Item(STORED)] * 2,
    "models of the SDK": lambda: [Message.model_validate(STORED)] * 2,
}


@pytest.mark.parametrize("items", FORMS.values(), ids=FORMS)
def test_items_may_come_in_any_form_that_the_sdk_takes(items: Callable[[], Any]) -> None:
    sim = Emulator()
    conversation = sim.conversations.create(items=items())
    page = sim.conversations.items.create(conversation.id, items=items())

    assert [item.content[0].text for item in page.data] == ["hello", "hello"]
    assert len(sim.state[conversation.id].items) == 4


def test_content_may_be_a_generator_and_metadata_a_mapping() -> None:
    sim = Emulator()
    parts = ({"type": "input_text", "text": text} for text in "ab")
    made = sim.conversations.create(
        items=[{"role": "user", "content": parts}], metadata=MappingProxyType({"topic": "demo"})
    )

    assert made.metadata == {"topic": "demo"}
    assert [part.text for part in sim.state[made.id].items[0].content] == ["a", "b"]


def test_what_was_handed_in_is_not_kept() -> None:
    sim = Emulator()
    metadata, item = {"a": "1"}, {"role": "user", "content": [{"type": "input_text", "text": "hello"}]}
    made = sim.conversations.create(items=[item], metadata=metadata)
    metadata["a"] = "2"
    item["content"][0]["text"] = "changed"  # type: ignore[index]

    assert sim.conversations.retrieve(made.id).metadata == {"a": "1"}
    assert sim.state[made.id].items[0].content[0].text == "hello"


NOTHING: Any = []
DEEP = functools.reduce(lambda inner, _: [inner], range(100_000), NOTHING)


@pytest.mark.parametrize(
    ("metadata", "about"),
    [
        ({"a": object}, r"<class 'object'> is a type"),
        ({"a": b"bytes"}, r"b'bytes' is a bytes"),
        ({"a": float("nan")}, "Out of range float values are not JSON compliant"),
        ({("a",): "1"}, "keys must be str"),
        (DEEP, "maximum recursion depth exceeded"),
    ],
    ids=["class", "bytes", "nan", "key", "depth"],
)
def test_what_is_not_json_is_refused(metadata: Any, about: str) -> None:
    sim = Emulator()
    with pytest.raises(UsageError, match=f"^this is not JSON, and no client could send it: {about}"):
        sim.conversations.create(metadata=metadata)
    assert dict(sim.state) == {}


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    with pytest.raises(UsageError, match="Circular reference"):
        Emulator().conversations.create(metadata=loop)


def test_a_lone_surrogate_is_refused_as_over_http() -> None:
    with pytest.raises(BadRequestError) as caught:
        Emulator().conversations.create(metadata={"a": "\ud800"})
    assert caught.value.code == "invalid_json"


def test_null_and_nothing_are_told_apart() -> None:
    sim, _ = a_conversation()

    assert sim.conversations.create(items=None, metadata=None).metadata == {}
    with pytest.raises(
        BadRequestError, match=r"^Invalid type for 'metadata': expected a metadata object, but got null"
    ):
        sim.conversations.update("conv_1", metadata=None)
    with pytest.raises(BadRequestError, match=r"^Invalid type for 'items': expected an array, but got null instead\.$"):
        sim.conversations.items.create("conv_1", items=None)  # type: ignore[arg-type]


QUERIES = [
    ({"limit": 0}, "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead."),
    ({"limit": 101}, "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead."),
    ({"limit": True}, "Invalid type for 'limit': expected an integer, but got a string instead."),
    ({"limit": "ten"}, "Invalid type for 'limit': expected an integer, but got a string instead."),
    ({"order": "up"}, "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."),
    ({"after": ""}, "No item found with id ''"),
    ({"after": "msg_é&limit=1 +%"}, "No item found with id 'msg_é&limit=1 +%'"),
    ({"after": "msg_\ud800"}, "No item found with id 'msg_?'"),
]


@pytest.mark.parametrize(("query", "message"), QUERIES, ids=[ascii(query) for query, _ in QUERIES])
def test_a_query_is_refused_in_the_live_words(query: Any, message: str) -> None:
    sim, _ = a_conversation()
    with pytest.raises(APIStatusError) as caught:
        sim.conversations.items.list("conv_1", **query)

    assert caught.value.message == message


SENT = [
    {"after": None},
    {"after": ""},
    {"after": "msg_2"},
    {"limit": None},
    {"limit": 1},
    {"limit": 1.5},
    {"limit": False},
    {"order": None},
    {"order": "asc"},
    {"include": None},
    {"include": "x"},
    {"include": []},
    {"include": [None]},
    {"include": ("reasoning.encrypted_content", "x")},
]


@pytest.mark.parametrize("query", SENT, ids=str)
def test_a_query_means_what_it_means_in_the_official_sdk(query: Any) -> None:
    def outcome(client: Any) -> list[str] | str:
        try:
            return [item.id for item in client.conversations.items.list("conv_1", **query).data]
        except (APIStatusError, openai.APIStatusError) as error:
            return str(error.body["message"])  # type: ignore[index]

    sim, _ = a_conversation()
    sim.conversations.items.create("conv_1", items=[HELLO])
    assert outcome(sim) == outcome(sim.openai(max_retries=0))


def test_one_unknown_include_is_named_by_its_position() -> None:
    sim, _ = a_conversation()
    with pytest.raises(BadRequestError, match=r"^Invalid value: 'x'\. Supported values are: ") as caught:
        sim.conversations.items.list("conv_1", include=["reasoning.encrypted_content", "x"])

    assert caught.value.param == "include[1]"


# --- errors --------------------------------------------------------------------------------------------------------


def test_an_error_has_the_attributes_of_the_sdks() -> None:
    with pytest.raises(NotFoundError) as caught:
        Emulator().conversations.retrieve("conv_x")
    error = caught.value

    assert (error.status_code, error.type, error.code, error.param) == (404, "invalid_request_error", None, None)
    assert error.message == str(error) == "Conversation with id 'conv_x' not found."
    assert list(error.body.items()) == [
        ("message", "Conversation with id 'conv_x' not found."),
        ("type", "invalid_request_error"),
        ("param", None),
        ("code", None),
    ]


def test_a_bad_request_names_the_parameter() -> None:
    with pytest.raises(BadRequestError) as caught:
        Emulator().conversations.create(items=[HELLO, {"content": "x"}])

    assert (caught.value.status_code, caught.value.code, caught.value.param) == (400, "invalid_value", "items[1]")
    assert caught.value.message == (
        "Invalid value: ''. Supported values are: 'assistant', 'system', 'developer', and 'user'."
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"include": (name for name in ["a"])}, "include=<generator object"),
        ({"include": [["a"]]}, r"include=\['a'\]"),
        ({"after": {"id": "msg_1"}}, r"after=\{'id': 'msg_1'\}"),
        ({"limit": 10**5000}, "limit=a number of more than 1000 digits"),
    ],
    ids=["generator", "nested", "object", "huge"],
)
def test_what_no_query_could_carry_is_refused(query: dict[str, Any], words: str) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    with pytest.raises(UsageError, match=f"^{words}.*: write a string or a number, or a list of them"):
        sim.conversations.items.list("conv_1", **query)


def test_the_sdks_own_marks_of_an_argument_not_given_are_understood() -> None:
    sim = Emulator()
    made = sim.conversations.create(items=openai.omit, metadata=openai.NOT_GIVEN)  # type: ignore[arg-type]
    assert sim.conversations.items.list(made.id, limit=openai.omit).data == ()  # type: ignore[arg-type]
    sim.responses.script("Hi.")
    assert sim.responses.create(model="gpt-5", input="Hi", extra_body=openai.omit).output_text == "Hi."  # type: ignore[union-attr]


def test_further_members_are_a_mapping_or_none() -> None:
    sim = Emulator(replies=["Hi."])
    assert sim.conversations.items.list(sim.conversations.create(), extra_query=None).data == ()  # type: ignore[arg-type]
    assert sim.responses.create(model="gpt-5", input="Hi", extra_body=None).output_text == "Hi."  # type: ignore[union-attr]
    with pytest.raises(UsageError, match=r"^extra_query='a=b': write a mapping"):
        sim.conversations.items.list("conv_1", extra_query="a=b")
    with pytest.raises(UsageError, match=r"^extra_body=\['a'\]: write a mapping"):
        sim.responses.create(extra_body=["a"])


def test_a_call_that_is_refused_for_its_text_is_in_the_journal() -> None:
    sim = Emulator()
    with pytest.raises(BadRequestError):
        sim.conversations.create(metadata={"a": "half \ud800"})
    (entry,) = sim.journal

    assert (entry.kind, entry.operation, entry.status) == ("direct", "conversations.create", 400)
    assert entry.body == '{"metadata": {"a": "half \\ud800"}}'
    assert str(entry) == "  1  conversations.create (direct)  400 invalid_json"
