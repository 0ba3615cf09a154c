"""uvicorn's protocol of WebSockets, with the same rules as that of HTTP; imported with the first upgrade."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from convsim.server.protocols import Limited


class WebSocketProtocol(Limited, WebSocketsSansIOProtocol):
    """WebSockets."""
