"""Messages with one text: the same bytes as those of any other message."""

from __future__ import annotations

import pytest

from convsim.core.behavior import Behavior
from convsim.items.catalogue import read_item
from convsim.items.stored import stored
from convsim.responses.texts import ID, TEXT, Blank, UserText

TEXTS = ["Hi", "", '100% "%b" \n \u00e9 \U0001f600', ID, TEXT]


@pytest.mark.parametrize("text", TEXTS)
def test_a_string_is_the_message_that_the_catalogue_reads(text: str) -> None:
    item = read_item({"role": "user", "content": text}, Behavior())
    made = UserText(text, Behavior())
    whole = stored(item.document("msg_1"), ())
    assert (made.id, made.type, made.prefix) == (item.id, item.type, item.prefix)
    assert made.document("msg_1") == item.document("msg_1")
    assert repr(made.stored("msg_1")) == repr(whole)


@pytest.mark.parametrize("text", TEXTS)
def test_a_blank_is_filled_with_an_id_and_a_text(text: str) -> None:
    def message(item_id: str, text: str) -> dict[str, object]:
        return {"id": item_id, "type": "message", "content": [{"text": text}]}

    assert repr(Blank(message(ID, TEXT)).filled("msg_1", text)) == repr(stored(message("msg_1", text), ()))
