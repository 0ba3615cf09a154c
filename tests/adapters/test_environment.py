"""The variables in which clients look for a key."""

from __future__ import annotations

import os
from contextlib import ExitStack

import openai
import pytest

from convsim import Emulator
from convsim.adapters.environment import NAMES, key_set


def values() -> list[str | None]:
    return [os.environ.get(name) for name in NAMES]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)


def test_the_key_is_set_over_a_real_one_and_put_back() -> None:
    with key_set("sk-a"):
        assert values() == ["sk-a", "sk-a"]
    assert values() == ["sk-mine", None]


def test_it_is_put_back_after_an_error() -> None:
    with pytest.raises(ValueError, match="mine"), key_set("sk-a"):
        raise ValueError("mine")
    assert values() == ["sk-mine", None]


def test_keys_nest() -> None:
    with key_set("sk-a"):
        with key_set("sk-b"):
            assert values() == ["sk-b", "sk-b"]
        assert values() == ["sk-a", "sk-a"]


@pytest.mark.parametrize("order", [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1]])
def test_keys_end_in_any_order(order: list[int]) -> None:
    stacks = [ExitStack() for _ in order]
    for number, stack in enumerate(stacks):
        stack.enter_context(key_set(f"sk-{number}"))
    standing = {0, 1, 2}
    for number in order:
        stacks[number].close()
        standing.remove(number)
        if standing:
            assert values() == [f"sk-{max(standing)}"] * 2
    assert values() == ["sk-mine", None]


def test_a_patch_touches_no_environment() -> None:
    before = dict(os.environ)
    with Emulator(api_keys=["sk-one"]).patch():
        assert dict(os.environ) == before
        os.environ["OPENAI_API_KEY"] = "sk-of-the-test"
    assert os.environ["OPENAI_API_KEY"] == "sk-of-the-test"


@pytest.mark.parametrize(
    ("there", "kind"), [({}, "openai"), ({"OPENAI_API_KEY": "a"}, "openai"), ({"AZURE_OPENAI_API_KEY": "b"}, "azure")]
)
def test_the_module_level_client_of_the_sdk_has_no_choice_to_make(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, str], kind: str
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(openai, "api_type", None)
    with key_set("sk-one"):
        assert openai.api_type == kind
        with key_set("sk-two"):
            assert openai.api_type == kind
        assert openai.api_type == kind
    assert openai.api_type is None


def test_a_kind_stays_until_the_last_key_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "api_type", None)
    one, two = key_set("sk-one"), key_set("sk-two")
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert openai.api_type == "openai"
    two.__exit__(None, None, None)
    assert openai.api_type is None


def test_a_kind_that_was_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "api_type", "azure")
    with key_set("sk-one"):
        assert openai.api_type == "azure"
    assert openai.api_type == "azure"
