"""The webhooks of turns in the background: their bodies, and their signatures by the Standard Webhooks scheme.

Body and headers are those of the official guide, and of the types of the official SDK (documented).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import blake2b, sha256
from typing import NamedTuple

from pydantic_core import to_json

from convsim.core.ids import is_live_shaped, seed_key


class Webhook(NamedTuple):
    """One request of the service to an application: what it posts."""

    body: bytes
    headers: dict[str, str]


class Ended(NamedTuple):
    """A turn in the background has ended: with that ``status``, at that second."""

    response_id: str
    status: str
    at: int


def webhook(ended: Ended, key: bytes, now: float) -> Webhook:
    """The webhook, signed ``now``; its body is the same whenever that is."""
    number = _number(ended)
    event = {
        "object": "event",
        "id": f"evt_{number}",
        "type": f"response.{ended.status}",
        "created_at": ended.at,
        "data": {"id": ended.response_id},
    }
    body, name, timestamp = to_json(event), f"wh_{number}", f"{int(now)}"
    signed = hmac.digest(key, b"%b.%b.%b" % (name.encode(), timestamp.encode(), body), sha256)
    headers = {
        "user-agent": "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)",
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(signed).decode()}",
    }
    return Webhook(body, headers)


def _number(ended: Ended) -> str:
    """What its ids have behind their prefixes: that of a sequential response, or 32 digits that begin with the time."""
    if not is_live_shaped(ended.response_id):
        return ended.response_id.rpartition("_")[2]
    return f"{ended.at:08x}{blake2b(ended.response_id.encode(), digest_size=12).hexdigest()}"


def signing_key(seed: int) -> bytes:
    """The key that the seed decides."""
    return blake2b(b"webhooks", key=seed_key(seed), digest_size=32).digest()


def secret(key: bytes) -> str:
    """The key as applications are told it."""
    return f"whsec_{b64encode(key).decode()}"
