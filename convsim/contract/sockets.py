"""Scenarios of Realtime, and of turns, over a WebSocket: the server's messages, compared with those of a scenario."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from convsim.contract.asking import KEY
from convsim.contract.events import event
from convsim.contract.matching import Memory, frame_differences, recall
from convsim.contract.realtime import Act, Heard, Opening, RealtimeScenario, Send, Step
from convsim.contract.scenario import Anything
from convsim.contract.telling import Failure, frame
from convsim.contract.turn_sockets import SocketScenario
from convsim.errors import ConvsimError
from convsim.http.messages import Close
from convsim.http.websocket import ABNORMAL_CLOSURE

if TYPE_CHECKING:
    from convsim.contract.control import Control

PATIENCE = 10
"""The seconds to wait for any message."""

# Only these events get an answer, and they change nothing that a scenario checks: all earlier messages have arrived.
FENCE = Send({"type": "input_audio_buffer.clear"}, Heard((event("input_audio_buffer.cleared"),)))
TURN_FENCE = Send(
    {"type": "response.create", "stream_id": ""},
    Heard(({"type": "error", "status": Anything(), "error": Anything()},)),
)


def missing_library() -> str:
    """Return why no WebSocket can be opened, with the line that installs the library; "" if one can."""
    try:
        from websockets.version import version
    except ImportError:
        version = ""
    # Version 13 forgets the messages that a client has not read when the connection closes.
    if version and int(version.partition(".")[0]) >= 14:
        return ""
    found = f"websockets {version} is too old" if version else "websockets is not installed"
    return f"{found}: python -m pip install 'websockets>=14'"


def require_library() -> None:
    """Raise ``ConvsimError`` if no WebSocket can be opened."""
    if why := missing_library():
        raise ConvsimError(why)


Hear = Callable[[str], object]
"""Called with each message of the server."""


def perform(
    scenario: RealtimeScenario | SocketScenario,
    base_url: str,
    key: str,
    control: Control | None,
    hear: Hear = lambda text: None,
) -> list[Failure]:
    """Run a scenario on a connection of its own; return the differences of the first step that has any.

    Raises ``PermissionError`` if the server refuses the key with a 401, another ``OSError`` if it does not answer.
    """
    from websockets.exceptions import InvalidStatus, WebSocketException
    from websockets.sync.client import connect

    if isinstance(scenario, SocketScenario):
        opening, path, steps = _NO_SESSION, "/responses", _turns(scenario, control)
    else:
        opening, path, steps = scenario.opening, "/realtime", _session(scenario)
    query = f"?model={opening.model}" if opening.model is not None else ""
    url = f"{base_url.replace('http', 'ws', 1)}{path}{query}"
    try:
        headers = _headers(opening, key, control)
        with connect(url, additional_headers=headers, max_size=None) as socket:
            return list(_failures(steps, socket, control, hear))
    except WebSocketException as error:  # another answer than that of a WebSocket
        if isinstance(error, InvalidStatus) and error.response.status_code == 401 and opening.key == KEY:
            raise PermissionError(str(error)) from None
        shown = f"connect to {path}" if opening is _NO_SESSION else frame(opening)
        return [Failure(0, shown, (f"no connection: {error}",))]


_NO_SESSION = Opening(Heard(), model=None)
"""The opening of a connection for turns, on which the service says nothing first."""


def _headers(opening: Opening, key: str, control: Control | None) -> dict[str, str]:
    headers = dict(control.headers) if control is not None else {}
    if opening.key is not None:
        headers["Authorization"] = f"Bearer {key if opening.key == KEY else opening.key}"
    return headers | ({"OpenAI-Beta": "realtime=v1"} if opening.dialect == "beta" else {})


def _session(scenario: RealtimeScenario) -> Iterator[Opening | Step]:
    yield scenario.opening
    yield from scenario.steps
    if not scenario.closes:
        yield FENCE


def _turns(scenario: SocketScenario, control: Control | None) -> Iterator[Opening | Step]:
    """Yield the messages of turns as steps of a session."""
    yield _NO_SESSION
    for number, step in enumerate(scenario.steps, 1):
        if scenario.hours and number == len(scenario.steps):
            assert control is not None  # other servers are not asked
            control.advance(3600 * scenario.hours)
        events = tuple(one for one in step.heard if not isinstance(one, Close))
        closes = [one for one in step.heard if isinstance(one, Close)]
        yield Send(step.message, Heard(events, next(iter(closes), None)))
    if not closes:
        yield TURN_FENCE


def _failures(steps: Iterable[Opening | Step], socket: Any, control: Control | None, hear: Hear) -> Iterator[Failure]:
    from websockets.exceptions import ConnectionClosed

    memory: Memory = {}
    shapes = control is not None
    for number, step in enumerate(steps):
        if isinstance(step, Send):
            message = recall(step.message if isinstance(step.message, (str, bytes)) else dict(step.message), memory)
            with suppress(ConnectionClosed):  # told where the answer is awaited
                socket.send(json.dumps(message) if isinstance(message, Mapping) else message)
        elif isinstance(step, Act):
            assert control is not None  # other servers are not asked
            control.act(step)
        lines = list(_differences(step.heard, socket, memory, hear, shapes=shapes))
        if lines:
            is_fence = step is FENCE or step is TURN_FENCE
            yield Failure(number, "behind the last step" if is_fence else frame(step), tuple(lines))
            return


def _differences(heard: Heard, socket: Any, memory: Memory, hear: Hear, *, shapes: bool) -> Iterator[str]:
    """Yield a line for each difference between the messages and the expected ones."""
    from websockets.exceptions import ConnectionClosed

    texts = []
    for wanted in heard.events:
        try:
            texts.append(str(socket.recv(PATIENCE)))
        except (TimeoutError, ConnectionClosed) as error:
            yield f"expected {wanted['type']}, got {error!r}"
            return
        hear(texts[-1])
        for line in frame_differences(wanted, texts[-1], memory, shapes=shapes):
            yield f"event {len(texts)}: {line}"
    sizes = tuple(len(text.encode()) for text in texts)
    if shapes and heard.sizes is not None and sizes != heard.sizes:
        yield f"sizes: expected {heard.sizes}, got {sizes}"
    if heard.close is not None and (close := _closing(socket)) != heard.close:
        yield f"expected {_told(heard.close)}, got {_told(close)}"


def _told(close: Close | str) -> str:
    return f"the close {close.code} {close.reason!r}" if isinstance(close, Close) else close


def _closing(socket: Any) -> Close | str:
    """Return how the connection closes, if no other message arrives."""
    from websockets.exceptions import ConnectionClosed

    try:
        return str(socket.recv(PATIENCE))
    except ConnectionClosed as end:
        return Close(end.rcvd.code, end.rcvd.reason) if end.rcvd else Close(ABNORMAL_CLOSURE)
    except TimeoutError:
        return "nothing"
