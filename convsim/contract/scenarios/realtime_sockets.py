"""Realtime: how connections are refused and how they end."""

from __future__ import annotations

from dataclasses import replace

from convsim.contract.events import error, put
from convsim.contract.evidence import inferred, recorded
from convsim.contract.realtime import Act, Heard, Json, Opening, realtime
from convsim.contract.sessions import GA
from convsim.http.messages import Close
from convsim.http.websocket import ABNORMAL_CLOSURE

_EXPIRED = "Your session hit the maximum duration of 60 minutes."


def _refused(answer: Json, code: int, reason: str, **opening: str | None) -> Opening:
    heard = Heard((answer,), Close(code, f"invalid_request_error{reason}"))
    return replace(GA, heard=heard, **opening)  # type: ignore[arg-type]


BETA_REFUSED = _refused(
    error(
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
        "beta_api_shape_disabled",
    ),
    4000,
    ".beta_api_shape_disabled",
    dialect="beta",
)

REALTIME_SOCKETS = (
    realtime(
        "wrong-key",
        "A wrong key is told on the open connection, which closes with 3000",
        recorded("frame-log", note="the sentence is that of the HTTP APIs"),
        _refused(
            error(
                "Incorrect API key provided: sk-wrong."
                " You can find your API key at https://platform.openai.com/account/api-keys.",
                "invalid_api_key",
            ),
            3000,
            ".invalid_api_key",
            key="sk-wrong",
        ),
        api_keys=("sk-test",),
    ),
    realtime(
        "no-key",
        "So is a missing key",
        recorded("frame-log", note="the close; the sentence is that of the HTTP APIs, and Azure answers a 401 instead"),
        _refused(error("Missing bearer or basic authentication in header", None), 3000, "", key=None),
    ),
    realtime(
        "no-model",
        "A missing model is told likewise, and closes with 4000",
        recorded("frame-log", note="the code; the sentence is that of other APIs"),
        _refused(error("you must provide a model parameter", "missing_model"), 4000, ".missing_model", model=None),
    ),
    realtime(
        "beta-refused",
        "The beta dialect is told that it is over, and the connection closes with 4000",
        recorded("frame-log", "unpinned", note="so since 2026-05; Azure still serves it"),
        BETA_REFUSED,
    ),
    realtime(
        "expired",
        "After 60 minutes the session says so and closes with 1001 and the same words",
        recorded("unpinned", note="frames of 2026-08-09 and 2026-09-08"),
        GA,
        put("A", None),
        Act("expire", Heard((error(_EXPIRED, "session_expired"),), Close(1001, _EXPIRED))),
        order=("A",),
    ),
    realtime(
        "closed-by-the-service",
        "The service can close with any code and reason",
        inferred("for tests of reconnecting: no capture of such a close"),
        GA,
        Act("drop", Heard(close=Close(1012, "service restart")), (1012, "service restart")),
    ),
    realtime(
        "lost",
        "A connection can be lost without a close frame",
        inferred("for tests of reconnecting"),
        GA,
        put("A", None),
        Act("drop", Heard(close=Close(ABNORMAL_CLOSURE))),
        order=("A",),
    ),
)
