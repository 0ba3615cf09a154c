from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from convsim import Behavior, Clock
from convsim.core.options import reusable


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (map(str, [1, 2]), ("1", "2")),
        ((number for number in (1, 2)), (1, 2)),
        ([1, 2], (1, 2)),
        ({"a": 1}.keys(), ("a",)),
        (MappingProxyType({"a": 1}), {"a": 1}),
    ],
    ids=["map", "generator", "list", "view", "proxy"],
)
def test_iterables_become_tuples_and_mappings_dicts(value: Any, kept: Any) -> None:
    taken = reusable(value)
    assert (taken, type(taken)) == (kept, type(kept))
    assert reusable(taken) == taken


def test_it_is_a_value_of_its_own() -> None:
    given = {"a": 1}
    taken = reusable(given)
    given["a"] = 2
    assert taken == {"a": 1}


@pytest.mark.parametrize("value", [5, None, "https://x.test", b"x", Path("x"), Behavior(), Clock(5)], ids=repr)
def test_other_values_are_as_they_were(value: Any) -> None:
    assert reusable(value) is value
