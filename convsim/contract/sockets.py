"""Realtime scenarios over a WebSocket: the server's messages, compared with those of a scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from convsim.contract.asking import KEY
from convsim.contract.events import event
from convsim.contract.matching import Memory, frame_differences, recall
from convsim.contract.realtime import Act, Heard, Opening, RealtimeScenario, Send
from convsim.contract.telling import Failure, frame
from convsim.errors import ConvsimError
from convsim.http.messages import Close
from convsim.http.websocket import ABNORMAL_CLOSURE

if TYPE_CHECKING:
    from convsim.contract.control import Control

PATIENCE = 10
"""The seconds to wait for any message."""

# Only this event gets an answer, and it changes nothing that a scenario checks: all earlier messages have arrived.
FENCE = Send({"type": "input_audio_buffer.clear"}, Heard((event("input_audio_buffer.cleared"),)))


def require_library() -> None:
    """Raise ``ConvsimError`` with the line that installs the library, if it is missing or too old."""
    try:
        from websockets.version import version
    except ImportError:
        version = ""
    # Version 13 forgets the messages that a client has not read when the connection closes.
    if not version or int(version.partition(".")[0]) < 14:
        found = f"websockets {version} is too old" if version else "websockets is not installed"
        raise ConvsimError(f"{found}: python -m pip install 'websockets>=14'")


def perform(scenario: RealtimeScenario, base_url: str, key: str, control: Control | None) -> list[Failure]:
    """Run a scenario in a session of its own; return the differences of the first step that has any."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    opening = scenario.opening
    query = f"?model={opening.model}" if opening.model is not None else ""
    url = f"{base_url.replace('http', 'ws', 1)}/realtime{query}"
    try:
        headers = _headers(opening, key, control)
        with connect(url, additional_headers=headers, max_size=None) as socket:
            return list(_steps(scenario, socket, control))
    except (OSError, WebSocketException) as error:
        return [Failure(0, frame(opening), (f"no session: {error}",))]


def _headers(opening: Opening, key: str, control: Control | None) -> dict[str, str]:
    headers = dict(control.headers) if control is not None else {}
    if opening.key is not None:
        headers["Authorization"] = f"Bearer {key if opening.key == KEY else opening.key}"
    return headers | ({"OpenAI-Beta": "realtime=v1"} if opening.dialect == "beta" else {})


def _steps(scenario: RealtimeScenario, socket: Any, control: Control | None) -> Iterator[Failure]:
    from websockets.exceptions import ConnectionClosed

    memory: Memory = {}
    shapes = control is not None
    steps: list[Opening | Send | Act] = [scenario.opening, *scenario.steps]
    if not scenario.closes:
        steps.append(FENCE)
    for number, step in enumerate(steps):
        if isinstance(step, Send):
            message = recall(step.message if isinstance(step.message, (str, bytes)) else dict(step.message), memory)
            with suppress(ConnectionClosed):  # told where the answer is awaited
                socket.send(json.dumps(message) if isinstance(message, Mapping) else message)
        elif isinstance(step, Act):
            assert control is not None  # other servers are not asked
            control.act(step)
        lines = list(_differences(step.heard, socket, memory, shapes=shapes))
        if lines:
            yield Failure(number, "behind the last step" if step is FENCE else frame(step), tuple(lines))
            return


def _differences(heard: Heard, socket: Any, memory: Memory, *, shapes: bool) -> Iterator[str]:
    """Yield a line for each difference between the messages and the expected ones."""
    from websockets.exceptions import ConnectionClosed

    texts = []
    for wanted in heard.events:
        try:
            texts.append(str(socket.recv(PATIENCE)))
        except (TimeoutError, ConnectionClosed) as error:
            yield f"expected {wanted['type']}, got {error!r}"
            return
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
