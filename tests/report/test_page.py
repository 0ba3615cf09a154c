from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convsim import ConversationState, Emulator
from convsim.core.results import Item
from convsim.core.text import visible
from convsim.http.messages import Request, Response
from convsim.journal.entries import Exchange
from convsim.report.page import render_page
from convsim.strategies import items
from tests.asking import CALL, HELLO, client
from tests.profiles import examples
from tests.report.pages import read_page
from tests.report.scenes import ODD, asked, eventful


def state(*items: dict[str, object], conversation_id: str = "conv_1", **metadata: str) -> ConversationState:
    return ConversationState({"id": conversation_id, "metadata": metadata, "items": list(items)})


def message(role: str, text: str, item_id: str = "msg_1") -> dict[str, object]:
    return {"id": item_id, "type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def test_a_page_without_anything_says_so() -> None:
    page = read_page(render_page("A title", (), ()))

    assert page.one("title").text == page.one("h1").text == "A title"
    assert page.attributes == {"lang": "en"}
    assert page.all("meta")[0].attributes == {"charset": "utf-8"}
    assert page.one("section", "conversations").text == "ConversationsNo conversation."
    assert page.one("section", "wire").text == "RequestsNothing was asked."
    assert page.all("section", "failure") == page.all("section", "reproduce") == []


def test_the_failure_comes_first_and_the_python_last() -> None:
    page = read_page(render_page("t", (), (), failure="E  assert <1> == 2\n  & more", reproduction="sim = 'x'\n"))
    body = page.one("body")

    assert [(tag.name, tag.classes) for tag in body.children] == [
        ("h1", []),
        ("section", ["failure"]),
        ("main", []),
        ("section", ["reproduce"]),
    ]
    assert [tag.classes for tag in page.one("main").children] == [["conversations"], ["wire"]]
    assert page.one("section", "failure").one("pre").text == "E  assert <1> == 2\n  & more"
    assert page.one("section", "reproduce").one("pre").text == "sim = 'x'\n"


def test_a_conversation_is_bubbles() -> None:
    call: dict[str, object] = {"id": "fc_1", **CALL}
    page = read_page(
        render_page("t", [state(message("user", "Hi"), message("assistant", "Ho", "msg_2"), call, topic="cats")], ())
    )
    conversation = page.one("article", "conversation")

    assert conversation.one("dt").text == "conv_1"
    assert conversation.one("dd").text == '{"topic":"cats"}'
    assert [(bubble.classes, bubble.attributes["title"]) for bubble in conversation.all("div", "bubble")] == [
        (["bubble", "user"], "msg_1"),
        (["bubble", "assistant"], "msg_2"),
        (["bubble", "tool"], "fc_1"),
    ]
    assert [(bubble.one("b").text, bubble.one("p").text) for bubble in conversation.all("div")] == [
        ("user", "Hi"),
        ("assistant", "Ho"),
        ("function_call", "f({})"),
    ]


def test_a_bubble_holds_the_whole_text_with_its_lines() -> None:
    page = read_page(render_page("t", [state(message("user", "one\n  two\n" + "x" * 5000))], ()))

    assert page.one("div", "bubble").one("p").text == "one\n  two\n" + "x" * 5000


def test_conversations_without_items_or_metadata() -> None:
    page = read_page(render_page("t", [state(), state(conversation_id="conv_2")], ()))

    assert [article.one("dt").text for article in page.all("article")] == ["conv_1", "conv_2"]
    assert [article.one("p", "empty").text for article in page.all("article")] == ["no items", "no items"]
    assert page.all("dd") == []


@pytest.mark.parametrize("role", ["user", "assistant", "system", "developer", "critic", "discriminator", "tool"])
def test_each_role_has_its_class(role: str) -> None:
    page = read_page(render_page("t", [state(message(role, "x"))], ()))

    assert page.one("div").classes == ["bubble", role]


def test_everything_is_escaped() -> None:
    words = ODD + "&amp;</pre></p>"
    conversation = state(message(words, words, words), conversation_id=words, **{words: words})
    answer = Response(400, [], b'{"error": {"message": "</pre>", "code": "</code>", "type": ""}}')
    request = Request("<GET>", "/nowhere", f"/v1/{words}", f"a={words}", [], b'{"a": "</pre><script>"}')
    entry = Exchange(1, 0.0, None, None, (words,), (), request, answer, None)
    page = read_page(render_page(words, [conversation], [entry], failure=words, reproduction=words))

    assert page.one("h1").text == page.one("title").text == words
    assert page.one("dt").text == page.one("div").attributes["title"] == words
    assert page.one("section", "failure").one("pre").text == page.one("section", "reproduce").one("pre").text == words
    assert page.one("pre", "request").text == (f'<GET> /v1/{words}?a={words}\n{{\n  "a": "</pre><script>"\n}}')
    assert "</code>" in page.one("summary").text


def test_a_role_of_several_words_is_still_one_attribute() -> None:
    page = read_page(
        render_page("t", [ConversationState({"id": "c", "metadata": {}, "items": [message('x" y', "")]})], ())
    )

    assert page.one("div").classes == ["bubble", 'x"', "y"]


def test_each_entry_is_a_fold_and_the_newest_is_open() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO])
    asked(sim, "GET", "/conversations/conv_1/items?limit=1")
    asked(sim, "GET", "/conversations/conv_2")
    asked(sim, "GET", "/conversations/conv_1")
    page = read_page(sim.page())
    folds = page.one("section", "wire").all("details")

    assert [fold.classes for fold in folds] == [
        ["entry", "ok"],
        ["entry", "ok"],
        ["entry", "error"],
        ["entry", "ok", "newest"],
    ]
    assert ["open" in fold.attributes for fold in folds] == [False, False, False, True]
    assert [fold.one("summary").text for fold in folds] == [str(entry) for entry in sim.journal]
    assert folds[0].one("pre", "request").text.startswith('Direct API\n{\n  "items": [')
    assert folds[1].one("pre", "request").text == "GET /v1/conversations/conv_1/items?limit=1\n"
    assert folds[2].one("pre", "answer").text.startswith('404\n{\n  "error": {\n')


def test_no_answer_is_an_error_and_said() -> None:
    fold = read_page(eventful().page()).all("details")[6]

    assert fold.classes == ["entry", "error"]
    assert fold.one("pre", "answer").text == "no answer\n"


def test_an_event_is_one_block_of_the_side_that_sent_it() -> None:
    sim = Emulator()
    sim.journal.frame(0, None, "sess_1", "client", '{"type": "response.create"}')
    sim.journal.frame(0, None, "sess_1", "server", '{"type": "error", "error": {"message": "</pre>"}}')
    sim.journal.frame(0, None, "sess_1", "client", "no JSON")
    sim.journal.frame(0, None, "sess_1", "client", b"12345")
    sim.journal.frame(0, None, "sess_1", "client", (1000, ""))
    sim.journal.frame(0, None, "sess_1", "server", (1001, "Over."))
    folds = read_page(sim.page()).all("details")

    assert [(fold.classes[1], block.classes, block.text) for fold in folds for block in fold.all("pre")] == [
        ("ok", ["request"], '{\n  "type": "response.create"\n}'),
        ("error", ["answer"], '{\n  "type": "error",\n  "error": {\n    "message": "</pre>"\n  }\n}'),
        ("ok", ["request"], "no JSON"),
        ("ok", ["request"], "5 bytes"),
        ("ok", ["request"], "1000"),
        ("error", ["answer"], "1001 Over."),
    ]


def test_the_page_of_an_eventful_emulator_is_whole() -> None:
    sim = eventful()
    page = read_page(sim.page("t", failure=ODD))

    assert len(page.all("details")) == len(sim.journal)
    assert [article.one("dt").text for article in page.all("article")] == list(sim.state)
    assert len(page.all("div", "bubble")) == sum(len(one.items) for one in sim.state.values())
    assert page.one("section", "reproduce").one("pre").text == sim.reproduce()
    assert [fold for fold in page.all("details") if "open" in fold.attributes] == [page.all("details")[-1]]


def test_the_page_shows_the_conversations_of_every_project() -> None:
    sim = Emulator(api_keys={"sk-a": "one", "sk-b": "two"})
    sim.project("one").seed("conv_1")
    sim.project("two").seed("conv_2")

    assert [article.one("dt").text for article in read_page(sim.page()).all("article")] == ["conv_1", "conv_2"]


def test_a_body_that_is_no_json_shows_as_it_came() -> None:
    sim = Emulator()
    with client(sim) as http:
        http.post("/conversations", content=b'{"items": [', headers={"Content-Type": "application/json"})

    assert '{"items": [' in read_page(sim.page()).one("pre", "request").text


def test_an_answer_that_is_no_json_shows_as_it_came() -> None:
    page = read_page(eventful().page())

    assert "502 Bad Gateway" in page.all("details")[9].one("pre", "answer").text


def test_an_item_is_said_as_in_the_transcript() -> None:
    refusal = Item(
        {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    )

    assert read_page(render_page("t", [state(refusal.to_dict())], ())).one("div").one("p").text == "No."


def test_control_characters_are_shown_and_not_sent() -> None:
    words = "\x1b[31mred\x00\x9b\r\u202e\n\tstays"
    shown = "\\x1b[31mred\\x00\\x9b\\r\\u202e\n\tstays"
    request = Request("GET", "/nowhere", f"/v1/{words}", words, [], words.encode())
    entry = Exchange(1, 0.0, None, None, (), (), request, Response(502, [], words.encode()), None)
    text = render_page(words, [state(message("user", words), conversation_id=words)], [entry], failure=words)
    page = read_page(text)

    assert page.one("h1").text == page.one("dt").text == page.one("section", "failure").one("pre").text == shown
    assert page.one("div", "bubble").one("p").text == shown
    assert page.one("pre", "request").text == f"GET /v1/{shown}?{shown}\n{shown}"
    assert page.one("pre", "answer").text == f"502\n{shown}"
    assert not set(text) & set("\x1b\x00\x9b\r\u202e")


@given(st.lists(items(), max_size=3), st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
def test_whatever_is_said_the_page_is_whole(given_items: list[dict[str, Any]], words: str) -> None:
    sim = Emulator()
    with client(sim) as http:
        http.post("/conversations", json={"items": given_items, "metadata": {"words": words}})
    page = read_page(sim.page(words, failure=words))

    assert len(page.all("div", "bubble")) == len(given_items)
    assert page.one("title").text == visible(words)


# --- what a page lets a browser do ---------------------------------------------------------------------------------


def test_a_page_runs_its_own_script_and_nothing_else() -> None:
    page = read_page(render_page("t", (), ()))
    policy = next(tag.attributes["content"] for tag in page.all("meta") if "http-equiv" in tag.attributes)
    hashes = [b64encode(sha256(page.one(name).text.encode()).digest()).decode() for name in ("style", "script")]

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; base-uri 'none';"
        " form-action 'none'"
    )


LONG = f"conv_67d348{'a' * 38}470e"


def test_long_ids_are_short_with_the_whole_to_see_and_to_copy() -> None:
    sim = Emulator()
    sim.seed(LONG, [HELLO])
    (item,) = sim.state[LONG].items
    page = read_page(sim.page())
    conversation = page.one("article")

    assert conversation.one("dt").text == "conv_67d348...470e"
    assert conversation.one("dt").one("span").attributes == {"title": LONG}
    assert [button.attributes["data-copy"] for button in conversation.all("button")] == [LONG, item.id]
    assert page.one("summary").one("span").attributes["title"] == LONG
    assert LONG in page.one("section", "reproduce").text


# --- bounds --------------------------------------------------------------------------------------------------------


def test_one_text_has_a_bound() -> None:
    page = read_page(render_page("t", [state(message("user", "x" * 100_007))], (), failure="y" * 100_001))

    assert page.one("div", "bubble").one("p").text == "x" * 100_000 + "\n(7 more characters)"
    assert page.one("section", "failure").one("pre").text.endswith("y\n(1 more characters)")


def test_the_page_has_a_bound_whatever_it_holds() -> None:
    long = [state(message("user", "x" * 99_000), conversation_id=f"conv_{number}") for number in range(40)]
    answer = Response(200, [], b"x" * 99_000)
    request = Request("GET", "/nowhere", "/v1/nowhere", "", [], b"")
    entries = [Exchange(number, 0.0, None, None, (), (), request, answer, None) for number in range(40)]
    page = read_page(render_page("t", long, entries, reproduction="x" * 2_000_001))

    assert [len(page.all("article")), len(page.all("details"))] == [20, 20]
    assert "(more conversations are not shown: the page would be too long)" in page.one("section", "conversations").text
    assert "(earlier entries are not shown" in page.one("section", "wire").text
    assert page.all("details")[-1].classes == ["entry", "ok", "newest"]
    assert page.one("section", "reproduce").one("pre").text == "# too long for a page: print(sim.reproduce())\n"


def test_one_conversation_has_a_bound() -> None:
    items = [message("user", "x" * 99_000, f"msg_{number}") for number in range(40)]
    page = read_page(render_page("t", [state(*items)], ()))

    assert len(page.all("div", "bubble")) == 20
    assert "(more items are not shown: the page would be too long)" in page.one("article").text
