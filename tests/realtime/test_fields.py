from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from convsim.core.behavior import Behavior
from convsim.items.fields import Input, one_of
from convsim.realtime.errors import EventError, of_validation
from convsim.realtime.fields import JsonByType


class Cat(Input):
    kind: str
    lives: int


class Dog(Input):
    kind: str


class Owner(Input):
    pet: Annotated[Any, JsonByType({"cat": Cat, "dog": Dog}, key="kind")]


class Kennel(Input):
    pet: Annotated[Any, JsonByType({"dog": Dog, "wolf": Dog}, known=("dog",), key="kind")]


class Nest(Input):
    pet: Annotated[Any, JsonByType({"cat": JsonByType({"nine": Dog}, key="lives")}, key="kind")]


class Size(Input):
    size: Annotated[str, one_of("small", "large")]


class Only(Input):
    size: Annotated[str, one_of("small")]


def refused(model: type[Input], value: object) -> EventError:
    with pytest.raises(ValidationError) as caught:
        model.read(value, Behavior())
    return of_validation(caught.value)


def test_a_member_chooses_the_model() -> None:
    assert isinstance(Owner.read({"pet": {"kind": "cat", "lives": 9}}, Behavior()).pet, Cat)
    assert isinstance(Kennel.read({"pet": {"kind": "wolf"}}, Behavior()).pet, Dog)


@pytest.mark.parametrize(
    ("model", "pet", "message", "param"),
    [
        (Owner, 1, "Invalid type for 'pet': expected an object, but got an integer instead.", "pet"),
        (Owner, {}, "Missing required parameter: 'pet.kind'.", "pet.kind"),
        (
            Owner,
            {"kind": None},
            "Invalid type for 'pet.kind': expected one of 'cat' or 'dog', but got null instead.",
            "pet.kind",
        ),
        (Owner, {"kind": "ox"}, "Invalid value: 'ox'. Supported values are: 'cat' and 'dog'.", "pet.kind"),
        (Owner, {"kind": "cat"}, "Missing required parameter: 'pet.lives'.", "pet.lives"),
        (Kennel, {"kind": "ox"}, "Invalid value: 'ox'. Value must be 'dog'.", "pet.kind"),
        (
            Kennel,
            {"kind": 1},
            "Invalid type for 'pet.kind': expected a string, but got an integer instead.",
            "pet.kind",
        ),
        (Nest, {"kind": "cat"}, "Missing required parameter: 'pet.lives'.", "pet.lives"),
    ],
)
def test_what_cannot_be_chosen_is_refused_at_its_path(model: type[Input], pet: Any, message: str, param: str) -> None:
    error = refused(model, {"pet": pet})

    assert (error.message, error.param) == (message, param)


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [
        (Size, "huge", "Invalid value: 'huge'. Supported values are: 'small' and 'large'."),
        (Size, 1, "Invalid type for 'size': expected one of 'small' or 'large', but got an integer instead."),
        (Only, "large", "Invalid value: 'large'. Value must be 'small'."),
        (Only, 1, "Invalid type for 'size': expected a string, but got an integer instead."),
    ],
)
def test_a_closed_list_has_the_sentence_of_the_realtime_api(model: type[Input], size: Any, message: str) -> None:
    assert refused(model, {"size": size}).message == message
