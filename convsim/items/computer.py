"""Computer use: the model's actions, and the screenshots that answer them."""

from typing import Annotated, Any, Literal

from convsim.items.calls import Status
from convsim.items.fields import ByType, Input, Item, Objects, Strings, Text, omitted, one_of
from convsim.items.id_rules import AnyId, CallId, FileId
from convsim.items.media import ImageUrl

# Keys held during the action; a recorded click sends null for none.
_HeldKeys = Strings | None


class Click(Input):
    type: Literal["click"]
    button: Annotated[str, one_of("left", "right", "wheel", "back", "forward")]
    keys: _HeldKeys = omitted()
    x: int
    y: int


class DoubleClick(Input):
    type: Literal["double_click"]
    keys: _HeldKeys
    x: int
    y: int


class Point(Input):
    x: int
    y: int


class Drag(Input):
    type: Literal["drag"]
    keys: _HeldKeys = omitted()
    path: Objects[Point]


class KeyPress(Input):
    type: Literal["keypress"]
    keys: Strings


class Move(Input):
    type: Literal["move"]
    keys: _HeldKeys = omitted()
    x: int
    y: int


class Screenshot(Input):
    type: Literal["screenshot"]


class Scroll(Input):
    type: Literal["scroll"]
    keys: _HeldKeys = omitted()
    scroll_x: int
    scroll_y: int
    x: int
    y: int


class TypeText(Input):
    type: Literal["type"]
    text: Text


class Wait(Input):
    type: Literal["wait"]


Action = Annotated[
    Any,
    ByType(
        {
            "click": Click,
            "double_click": DoubleClick,
            "drag": Drag,
            "keypress": KeyPress,
            "move": Move,
            "screenshot": Screenshot,
            "scroll": Scroll,
            "type": TypeText,
            "wait": Wait,
        }
    ),
]


class SafetyCheck(Input):
    code: Text | None = omitted()
    id: AnyId
    message: Text | None = omitted()


class ComputerCall(Item, prefix="cu"):
    type: Literal["computer_call"]
    status: Status
    action: Action = omitted()
    actions: Objects[Action] = omitted()
    call_id: CallId
    pending_safety_checks: Objects[SafetyCheck]


class ComputerScreenshot(Input):
    """A screenshot; unlike an image in a message, it may come without a source (documented)."""

    type: Literal["computer_screenshot"]
    file_id: FileId | None = None
    image_url: ImageUrl | None = None


class ComputerCallOutput(Item, prefix="cuo"):
    id: str = omitted()
    type: Literal["computer_call_output"]
    status: Status = "completed"
    acknowledged_safety_checks: Objects[SafetyCheck] = omitted()
    call_id: CallId
    output: Annotated[Any, ByType({"computer_screenshot": ComputerScreenshot})]
