"""uvicorn's protocol of WebSockets, with the same rules as that of HTTP; imported with the first upgrade."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from convsim.server.protocols import Limited

_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class WebSocketProtocol(Limited, WebSocketsSansIOProtocol):
    """WebSockets."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The first data are the opening request as a whole. Where websockets reads none in it (a header is too long;
        # before version 17, another method), uvicorn says nothing, and the connection would stay.
        if not self.handshake_initiated:
            self.transport.write(_REFUSAL)
            self.transport.close()
