"""Behavior: each choice, its default, and what is said of a value that it does not have."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, replace
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import UsageError

# field: (the default, the alternatives)
CHOICES: dict[str, tuple[Any, ...]] = {
    "deleted_item_reply": ("conversation", "item"),
    "metadata_update": ("merge", "replace"),
    "include_commas": ("refuse", "split"),
    "limit_zero": ("reject", "empty_page"),
    "phase_on_other_roles": ("refuse", "drop"),
    "assistant_phase": ("drop", "keep"),
    "client_ids": ("mint", "keep"),
    "store_false_items": ("skip", "append"),
    "phase_in_items": ("show", "hide"),
    "stream_left": ("complete", "abort"),
    "write_while_locked": ("refuse", "allow"),
    "realtime_duplicate_ids": ("reject", "append", "ignore"),
    "realtime_event_id_echo": ("rules", "always", "never"),
    "realtime_conversation_created": (False, True),
    "realtime_client_status": ("ignore", "keep", "refuse"),
    "realtime_done_previous_item_id": ("repeat", "null"),
    "realtime_beta": ("refuse", "serve"),
}


def test_the_defaults_are_the_readings_of_the_evidence() -> None:
    assert asdict(Behavior()) == {field: default for field, (default, *_) in CHOICES.items()}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in CHOICES for value in CHOICES[field]])
def test_each_choice_can_be_made_and_changes_no_other(field: str, value: Any) -> None:
    assert asdict(Behavior(**{field: value})) == asdict(Behavior()) | {field: value}


@pytest.mark.parametrize("field", CHOICES)
@pytest.mark.parametrize("value", ["nonsense", "", None, 1, ["merge"]])
def test_another_value_is_refused_by_name(field: str, value: Any) -> None:
    *others, last = map(repr, CHOICES[field])
    with pytest.raises(UsageError) as caught:
        Behavior(**{field: value})
    assert str(caught.value) == f"Behavior({field}={value!r}): write {', '.join(others)} or {last}"


def test_the_first_wrong_field_is_named() -> None:
    choices: Any = {"client_ids": "no", "metadata_update": "nor"}
    with pytest.raises(UsageError, match=r"^Behavior\(metadata_update='nor'\)"):
        Behavior(**choices)


def test_replacing_a_field_checks_it_again() -> None:
    wrong: Any = "one"
    with pytest.raises(UsageError, match=r"limit_zero='one'"):
        replace(Behavior(), limit_zero=wrong)


def test_a_behavior_shows_what_differs_from_the_default() -> None:
    assert repr(Behavior()) == "Behavior()"
    assert repr(Behavior(limit_zero="empty_page", client_ids="mint")) == "Behavior(limit_zero='empty_page')"


def test_a_behavior_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Behavior().client_ids = "keep"  # type: ignore[misc]


def test_fields_are_given_by_name_only() -> None:
    with pytest.raises(TypeError):
        Behavior("item")  # type: ignore[call-arg]


def test_generated_suites_get_phase_dropped_and_an_empty_page_and_keep_the_rest() -> None:
    given = Behavior(deleted_item_reply="item", metadata_update="replace", client_ids="keep")
    assert given.for_generated_suites() == Behavior(
        deleted_item_reply="item",
        metadata_update="replace",
        client_ids="keep",
        phase_on_other_roles="drop",
        limit_zero="empty_page",
    )
    assert given.limit_zero == "reject"
