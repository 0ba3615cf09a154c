"""Items, messages, metadata and whole conversations that the API takes, and items that it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError, UsageError
from convsim.errors.misuse import FLAG, is_list, require, shown
from convsim.items.catalogue import CATALOGUE, REFERENCE, ItemType
from convsim.items.fields import Item
from convsim.items.schemas import json_schema
from convsim.operations.conversations import create_items
from convsim.strategies.schemas import CHARACTERS, Json, Schemas, are_in_order
from convsim.strategies.spoilt import MODELS, Mutation, full, mutations

Role = Literal["user", "assistant", "system", "developer"]

MOST_ITEMS = 20
MOST_PAIRS = 16


class BadItem(NamedTuple):
    """An item that the API refuses, and the error that it answers where the item is the first of ``items``.

    ::

        @given(invalid_items("message"))
        def test_each_has_its_refusal(bad):
            assert bad.item["type"] == "message"
            assert bad.error.status_code == 400
    """

    item: Json
    error: APIStatusError


def items(*types: str) -> SearchStrategy[Json]:
    """Generate input items that a conversation takes and keeps, as dicts: of these ``types``, or of all.

    Ids are well-formed and new to the service. Raises :class:`~convsim.errors.UsageError` for a type that is not kept
    as itself, like ``item_reference``.

    ::

        @given(items("function_call"))
        def test_a_call_keeps_its_name(call):
            made = client.conversations.create(items=[call])
            assert sim.state[made.id].items[0].name == call["name"]
    """
    possible = [name for name, row in CATALOGUE.items() if row.models and row.stored and name != REFERENCE]
    wrong = [name for name in types if name not in possible]
    if wrong:
        raise UsageError(f"items({', '.join(map(shown, wrong))}): write one or more of {', '.join(possible)}")
    return st.one_of([_item(CATALOGUE[name], model) for name in types or possible for model in CATALOGUE[name].models])


def messages(
    *, roles: Sequence[Role] = get_args(Role), min_length: int = 0, max_length: int = 30
) -> SearchStrategy[Json]:
    """Generate input messages with plain text as their content, as dicts: ``{"role": "user", "content": "..."}``.

    ``roles`` are those to choose from; the text has ``min_length`` to ``max_length`` characters. All other kinds of
    content are those of ``items("message")``. Raises :class:`~convsim.errors.UsageError` for another role.

    ::

        @given(messages(roles=["user"], min_length=1))
        def test_any_message_is_kept(message): ...
    """
    chosen = list(roles) if is_list(roles) else []
    if not chosen or not all(role in get_args(Role) for role in chosen):
        raise UsageError(f"messages(roles={shown(roles)}): write one or more of {', '.join(get_args(Role))}")
    if not are_in_order(0, min_length, max_length):
        came = f"min_length={shown(min_length)}, max_length={shown(max_length)}"
        raise UsageError(f"messages({came}): write 0 <= min_length <= max_length")
    content = st.text(CHARACTERS, min_size=min_length, max_size=max_length)
    return st.fixed_dictionaries({"role": st.sampled_from(chosen), "content": content})


def metadata(*, min_size: int = 0, max_size: int = MOST_PAIRS) -> SearchStrategy[dict[str, str]]:
    """Generate metadata within the bounds of the API: up to 16 pairs, keys of up to 64 characters, values of up to 512.

    Lengths at the bounds are drawn on purpose. Raises :class:`~convsim.errors.UsageError` for sizes outside 0 to 16.

    ::

        @given(metadata(min_size=1))
        def test_tags_survive_an_update(tags): ...
    """
    if not are_in_order(0, min_size, max_size, MOST_PAIRS):
        raise UsageError(
            f"metadata(min_size={shown(min_size)}, max_size={shown(max_size)}): write sizes from 0 to {MOST_PAIRS}"
        )
    return st.dictionaries(_text_up_to(64), _text_up_to(512), min_size=min_size, max_size=max_size)


def _text_up_to(bound: int) -> SearchStrategy[str]:
    return st.text(CHARACTERS, max_size=10) | st.sampled_from(["x" * bound])


def conversations(
    *,
    of: SearchStrategy[Json] | None = None,
    min_items: int = 0,
    max_items: int = MOST_ITEMS,
    unique_texts: bool = False,
) -> SearchStrategy[Json]:
    """Generate arguments of ``conversations.create``: ``{"items": [...], "metadata": {...}}``; either may be missing.

    ``of`` makes the items (default: :func:`messages`). ``unique_texts`` gives each message another text, so that a test
    can tell them apart. Raises :class:`~convsim.errors.UsageError` for numbers of items outside 0 to 20.

    ::

        @given(conversations(max_items=5))
        def test_what_is_created_is_listed(arguments):
            conversation = client.conversations.create(**arguments)
    """
    if not are_in_order(0, min_items, max_items, MOST_ITEMS):
        raise UsageError(
            f"conversations(min_items={shown(min_items)}, max_items={shown(max_items)}): write numbers from 0 to"
            f" {MOST_ITEMS}; the API takes no more in one request"
        )
    if of is not None and not isinstance(of, SearchStrategy):
        raise UsageError(f"conversations(of={shown(of)}): write a strategy of items, of=items('message')")
    require("conversations(unique_texts", unique_texts, FLAG)
    made = st.lists(
        messages() if of is None else of,
        min_size=min_items,
        max_size=max_items,
        unique_by=_text_of if unique_texts else None,
    )
    parts = {"items": made, "metadata": metadata(max_size=3)}
    return st.fixed_dictionaries(
        {"items": made} if min_items else {}, optional=parts if not min_items else {"metadata": parts["metadata"]}
    )


def _text_of(item: Json) -> str:
    return repr(item.get("content", item))


def invalid_items(*types: str) -> SearchStrategy[BadItem]:
    """Generate items with one wrong member, each with the error that the API answers: of these ``types``, or of all.

    A member is unknown, missing, of a wrong type, outside its values or its bounds. ``error.param`` and the sentence
    name its place as in the first item of ``items``, such as ``items[0].role``. Raises
    :class:`~convsim.errors.UsageError` for a type that the API does not take.

    ::

        @given(invalid_items("message"))
        def test_the_user_sees_why(bad):
            with pytest.raises(openai.BadRequestError) as caught:
                client.conversations.items.create("conv_1", items=[bad.item])
            assert caught.value.param == bad.error.param
    """
    possible = sorted({name for name, _ in MODELS})
    wrong = [name for name in types if name not in possible]
    if wrong:
        raise UsageError(f"invalid_items({', '.join(map(shown, wrong))}): write one or more of {', '.join(possible)}")
    chosen = [index for index, (name, _) in enumerate(MODELS) if not types or name in types]
    return (
        st.sampled_from(chosen)
        .flatmap(lambda index: st.sampled_from(_spoilt(index)))
        .map(lambda mutation: refused(mutation.item))
    )


@cache
def _spoilt(index: int) -> list[Mutation]:
    name, model = MODELS[index]
    schema = json_schema(model)
    return [mutation for item in full(name, model) for mutation in mutations(item, schema)]


def refused(item: Json) -> BadItem:
    """Return the item with its error. Raises ``AssertionError`` for one that the API takes."""
    try:
        create_items.read(Behavior(), {"conversation_id": "conv_1", "body": {"items": [item]}})
    except APIStatusError as error:
        return BadItem(item, error)
    raise AssertionError(f"the API takes {item!r}")


@cache
def _item(row: ItemType, model: type[Item]) -> SearchStrategy[Json]:
    schema = json_schema(model)
    item_id = st.binary(min_size=24, max_size=24).map(lambda drawn: f"{row.prefix}_{drawn.hex()}")
    made = Schemas(schema).object(schema, {"id": item_id})
    objection = row.objection

    def is_taken(value: Json) -> bool:
        return objection is None or objection(model.read(value, Behavior())) is None

    return made.filter(is_taken)
