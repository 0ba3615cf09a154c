"""Bodies of answers that break off."""

from __future__ import annotations

from collections.abc import Callable

from convsim.http.messages import Account, Body, Chunk, TransportFault
from convsim.http.websocket import ABNORMAL_CLOSURE


def gathered(body: Body, now: float, most: int) -> tuple[bytes, TransportFault | float | None]:
    """Return what :meth:`Body.due` does, chunk by chunk."""
    data = bytearray()
    while isinstance(item := body.next(now), Chunk):
        data += item.data
        if len(data) >= most:
            return bytes(data), 0.0
    return bytes(data), item


class CutBody:
    """A body, whole or streamed, that breaks off after ``after_bytes``, or at its end if that is sooner."""

    def __init__(self, body: bytes | Body, after_bytes: int) -> None:
        self._body = _Whole(body) if isinstance(body, bytes) else body
        self._left = after_bytes
        self._broken = False

    @property
    def wake(self) -> Callable[[], None]:
        return self._body.wake

    @wake.setter
    def wake(self, wake: Callable[[], None]) -> None:
        self._body.wake = wake

    @property
    def account(self) -> Account:
        return self._body.account

    def next(self, now: float) -> Chunk | TransportFault | float | None:
        if self._broken:
            return None
        item = self._body.next(now) if self._left else None
        if item is None:
            self.close()
            self._broken = True
            return TransportFault("reset_in_body")
        if isinstance(item, Chunk):
            whole, item = item.data, item._replace(data=item.data[: self._left])
            self.account.cut(whole, len(item.data))
            self._left -= len(item.data)
        return item

    due = gathered

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        self._body.close(code, reason)


class _Whole:
    """A body in one chunk."""

    def __init__(self, content: bytes) -> None:
        self.account = Account(None)
        self.wake: Callable[[], None] = lambda: None
        self._chunk: Chunk | None = Chunk(content)

    def next(self, now: float) -> Chunk | None:
        chunk, self._chunk = self._chunk, None
        if chunk is not None:
            self.account.note(chunk.data, arrived=True)
        return chunk

    due = gathered

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        self._chunk = None
