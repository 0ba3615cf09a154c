"""Pages of items: order, cursors, limits, and the query that asks for them."""

from __future__ import annotations

from convsim.contract.answers import (
    Json,
    add,
    conversation,
    create_items,
    list_items,
    page,
    refused,
    start,
    stored_message,
    text,
    unsupported,
    wrong_type,
)
from convsim.contract.evidence import inferred, recorded, sibling
from convsim.contract.scenario import Answer, Call, Id, Raw, scenario
from convsim.items.stored import INCLUDES

_INCLUDES = ", ".join(f"'{name}'" for name in INCLUDES[:-1]) + f", and '{INCLUDES[-1]}'"
_ARRAY_OF = (
    "an array of one of 'fil...lts', 'web...ces', 'mes...url', 'com...url', 'cod...uts', 'rea...ent', or 'mes...obs'"
)
_NO_ARRAY = wrong_type("include", _ARRAY_OF, "a string")

_WORDS = "abcdefghijklmnopqrstu"


def _message(position: int, conv: str = "conv") -> Json:
    return stored_message(f"{{{conv}_{position}}}", text(_WORDS[position]))


def _no_cursor(item_id: str) -> Answer:
    return refused(f"No item found with id '{item_id}'", param="after", status=404)


def _limit_too_large(value: int) -> Answer:
    message = f"Invalid 'limit': integer above maximum value. Expected a value <= 100, but got {value} instead."
    return refused(message, param="limit", code="integer_above_max_value")


def _limit_too_small(bound: int, value: int) -> Answer:
    message = f"Invalid 'limit': integer below minimum value. Expected a value >= {bound}, but got {value} instead."
    return refused(message, param="limit", code="integer_below_min_value")


LISTING = (
    scenario(
        "list-empty",
        "An empty page has null ids and no more",
        recorded("agentic"),
        *start(),
        list_items(page()),
    ),
    scenario(
        "list-default-order",
        "Newest first unless asked otherwise",
        recorded("dotnet", "agentic"),
        *start("a", "b", "c"),
        list_items(page(_message(2), _message(1), _message(0))),
    ),
    scenario(
        "list-order",
        "asc is the order in which items were sent, desc its exact reverse",
        recorded("agentic"),
        *start("a", "b", "c"),
        list_items(page(_message(0), _message(1), _message(2)), order="asc"),
        list_items(page(_message(2), _message(1), _message(0)), order="desc"),
    ),
    scenario(
        "list-default-limit",
        "20 items unless asked otherwise",
        recorded("dotnet", "spec"),
        *start(*_WORDS[:20]),
        add(_WORDS[20], first=20),
        list_items(page(*(_message(n) for n in range(20, 0, -1)), has_more=True)),
    ),
    scenario(
        "list-after",
        "The cursor is exclusive and walks in the requested order; pages chain through last_id",
        recorded("agentic"),
        *start("a", "b", "c"),
        list_items(page(_message(0), _message(1), has_more=True), order="asc", limit=2),
        list_items(page(_message(2)), order="asc", limit=2, after="{conv_1}"),
        list_items(page(_message(2), _message(1), has_more=True), order="desc", limit=2),
        list_items(page(_message(0)), order="desc", limit=2, after="{conv_1}"),
    ),
    scenario(
        "list-has-more-is-exact",
        "A page that ends exactly at the last item has no more; the page after the last item is empty",
        recorded("agentic"),
        *start("a", "b"),
        list_items(page(_message(0), _message(1)), order="asc", limit=2),
        list_items(page(_message(0), has_more=True), order="asc", limit=1),
        list_items(page(), order="asc", after="{conv_1}"),
    ),
    scenario(
        "list-after-unknown",
        "An unknown cursor answers 404 in words of its own, without a full stop",
        recorded("agentic"),
        *start("a"),
        list_items(_no_cursor("msg_nonexistent"), after="msg_nonexistent"),
    ),
    scenario(
        "list-after-deleted",
        "A deleted item is no cursor",
        recorded("agentic"),
        *start("a", "b"),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{conv_0}"}, conversation()),
        list_items(_no_cursor("{conv_0}"), after="{conv_0}"),
    ),
    scenario(
        "list-after-foreign",
        "An item of another conversation is no cursor",
        inferred("treated as any unknown id"),
        *start("a"),
        *start("b", name="other"),
        list_items(_no_cursor("{other_0}"), after="{other_0}"),
    ),
    scenario(
        "list-twice-linked",
        "An item that stands twice is listed twice; as a cursor it counts where it is met last, so that paging ends",
        inferred("recorded is the listing, not the paging"),
        *start("a", name="source"),
        Call("conversations.create", {}, conversation(Id("conv", "conv"))),
        create_items(
            [{"role": "user", "content": "a", "id": "{source_0}"}] * 2,
            page(_message(0, conv="source"), _message(0, conv="source")),
        ),
        list_items(page(_message(0, conv="source"), _message(0, conv="source")), order="asc"),
        list_items(page(_message(0, conv="source"), has_more=True), order="asc", limit=1),
        list_items(page(), order="asc", after="{source_0}"),
        list_items(page(), order="desc", after="{source_0}"),
    ),
    scenario(
        "limit-too-large",
        "A limit above 100 is refused",
        recorded("ms"),
        *start("a"),
        list_items(page(_message(0)), limit=100),
        list_items(_limit_too_large(101), limit=101),
        list_items(_limit_too_large(1000), limit=1000),
    ),
    scenario(
        "limit-too-small",
        "A limit below 1 is refused",
        inferred('documented is the range 1 to 100; siblings accept 0, which is Behavior(limit_zero="empty_page")'),
        *start("a"),
        list_items(_limit_too_small(1, 0), limit=0),
        list_items(_limit_too_small(1, -1), limit=-1),
    ),
    scenario(
        "limit-zero-empty-page",
        'With limit_zero="empty_page", limit=0 answers an empty page that says whether items remain',
        sibling("skills", "stdapi"),
        *start("a"),
        list_items(page(has_more=True), limit=0),
        list_items(page(), limit=0, order="asc", after="{conv_0}"),
        list_items(_limit_too_small(0, -1), limit=-1),
        behavior={"limit_zero": "empty_page"},
    ),
    scenario(
        "limit-not-an-integer",
        "A limit that is not an integer is refused",
        inferred("the grammar's sentence; a query carries strings"),
        *start("a"),
        list_items(wrong_type("limit", "an integer", "a string"), limit="abc"),
        list_items(wrong_type("limit", "an integer", "a string"), limit="1.5"),
        list_items(wrong_type("limit", "an integer", "a string"), limit=""),
    ),
    scenario(
        "order-unknown",
        "An order other than asc and desc is refused",
        sibling("skills"),
        *start("a"),
        list_items(unsupported("order", "bogus", "'asc' and 'desc'"), order="bogus"),
    ),
    scenario(
        "include-unknown",
        "An unknown include is refused by its position, on create, list and retrieve",
        sibling("table"),
        *start("a"),
        list_items(
            unsupported("include[1]", "bogus.thing", _INCLUDES),
            include=["message.input_image.image_url", "bogus.thing"],
        ),
        create_items(
            [{"role": "user", "content": "b"}],
            unsupported("include[0]", "bogus.thing", _INCLUDES),
            include=["bogus.thing"],
        ),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{conv_0}", "include": ["bogus.thing"]},
            unsupported("include[0]", "bogus.thing", _INCLUDES),
        ),
        list_items(page(_message(0))),
    ),
    scenario(
        "include-known",
        "Each include of this API is accepted, as an array in brackets, with positions or without",
        recorded("dotnet", note="the brackets are; that positions count is inferred"),
        *start("a"),
        *(list_items(page(_message(0)), include=[name]) for name in INCLUDES),
        Raw("GET", f"/conversations/{{conv}}/items?include[]={INCLUDES[0]}&include[]={INCLUDES[3]}", page(_message(0))),
        Raw("GET", f"/conversations/{{conv}}/items?include[0]={INCLUDES[0]}", page(_message(0))),
        Raw(
            "GET",
            f"/conversations/{{conv}}/items?include[1]=bogus.thing&include[0]={INCLUDES[3]}",
            unsupported("include[1]", "bogus.thing", _INCLUDES),
        ),
    ),
    scenario(
        "include-as-one-value",
        "An include without brackets is one value where an array is expected, on list, retrieve and create",
        recorded("dotnet-1254", note="on list; retrieve and create are inferred"),
        *start("a"),
        Raw("GET", f"/conversations/{{conv}}/items?include={INCLUDES[0]}", _NO_ARRAY),
        Raw("GET", f"/conversations/{{conv}}/items/{{conv_0}}?include={INCLUDES[0]}", _NO_ARRAY),
        Raw("GET", "/conversations/{conv}/items?include=bogus.thing", _NO_ARRAY),
        Raw(
            "POST",
            f"/conversations/{{conv}}/items?include={INCLUDES[0]}",
            _NO_ARRAY,
            body='{"items": [{"role": "user", "content": "b"}]}',
        ),
        list_items(page(_message(0))),
    ),
    scenario(
        "include-of-responses",
        "web_search_call.results is an include of /v1/responses, and unknown here",
        inferred("the recorded list of this API's includes does not have it, though the description does"),
        *start("a"),
        list_items(
            unsupported("include[0]", "web_search_call.results", _INCLUDES), include=["web_search_call.results"]
        ),
    ),
    scenario(
        "query-spelling",
        "A key is one value, an array in brackets, or an object with a name in them; each where another is expected is"
        " a wrong type",
        inferred("recorded is the array that is spelled as one value; the sentences are the grammar's"),
        *start("a"),
        Raw("GET", "/conversations/{conv}/items?limit[]=1", wrong_type("limit", "an integer", "an array")),
        Raw(
            "GET", "/conversations/{conv}/items?order[0]=asc", wrong_type("order", "one of 'asc' or 'desc'", "an array")
        ),
        Raw("GET", "/conversations/{conv}/items?after[id]={conv_0}", wrong_type("after", "a string", "an object")),
        Raw("GET", "/conversations/{conv}/items?include[a]=b", wrong_type("include", _ARRAY_OF, "an object")),
    ),
    scenario(
        "query-duplicate",
        "A scalar of the query given twice is refused",
        sibling("skills"),
        *start("a"),
        Raw(
            "GET",
            "/conversations/{conv}/items?limit=1&limit=2",
            refused(
                "Duplicate parameter: 'limit'. You provided multiple values for this parameter, whereas only one is"
                " allowed. If you are trying to provide a list of values, use the array syntax instead e.g."
                " 'limit[]=<value>'.",
                param="limit",
                code="duplicate_parameter",
            ),
        ),
    ),
    scenario(
        "query-duplicate-array",
        "So is an array that is given twice without its brackets",
        inferred("the sentence advises the brackets"),
        *start("a"),
        Raw(
            "GET",
            f"/conversations/{{conv}}/items?include={INCLUDES[0]}&include={INCLUDES[3]}",
            refused(
                "Duplicate parameter: 'include'. You provided multiple values for this parameter, whereas only one is"
                " allowed. If you are trying to provide a list of values, use the array syntax instead e.g."
                " 'include[]=<value>'.",
                param="include",
                code="duplicate_parameter",
            ),
        ),
    ),
    scenario(
        "query-unknown",
        "Unknown keys of the query are ignored",
        sibling("skills"),
        *start("a"),
        Raw("GET", "/conversations/{conv}/items?before=x&before=y&zzz", page(_message(0))),
    ),
)
