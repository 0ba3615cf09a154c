"""Pages of what a project holds: where they begin and end."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import NotFoundError
from convsim.operations.lists import Paging

FIVE = [(name, name.upper()) for name in "abcde"]


def paging(**asked: Any) -> Paging:
    return Paging.read({"limit": 2, **asked}, Behavior())


def page(**asked: Any) -> tuple[str, bool]:
    found, has_more = paging(**asked).cut(FIVE)
    return "".join(name for name, _ in found), has_more


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ("ed", True)),
        ({"order": "asc"}, ("ab", True)),
        ({"limit": 5}, ("edcba", False)),
        ({"after": "d"}, ("cb", True)),
        ({"after": "b"}, ("a", False)),
        ({"after": "a"}, ("", False)),
        ({"before": "b"}, ("dc", True)),
        ({"before": "d"}, ("e", False)),
        ({"order": "asc", "before": "c"}, ("ab", False)),
        ({"after": "d", "before": "d"}, ("cb", True)),
    ],
)
def test_a_page_is_cut(asked: dict[str, Any], expected: tuple[str, bool]) -> None:
    assert page(**asked) == expected


@pytest.mark.parametrize("name", ["after", "before"])
def test_an_unknown_cursor_is_refused(name: str) -> None:
    with pytest.raises(NotFoundError, match="No item found with id 'x'") as caught:
        page(**{name: "x"})
    assert caught.value.param == name


def test_an_item_that_stands_twice_ends_paging_all_the_same() -> None:
    twice = [("a", 1), ("b", 2), ("a", 1)]

    assert paging(order="asc", after="a").cut(twice) == ([], False)
    assert paging(order="asc", before="a").cut(twice) == ([], False)
