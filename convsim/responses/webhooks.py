"""The webhooks of background turns: their bodies, and their signatures by the Standard Webhooks scheme.

Bodies and headers follow the official guide and the types of the official SDK (documented).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import blake2b, sha256
from typing import NamedTuple

from pydantic_core import to_json

from convsim.core.ids import is_live_shaped, seed_key


class Webhook(NamedTuple):
    """The body and the headers of one request that the service posts to an application.

    >>> sim.responses.script("Hello.")
    >>> turn = sim.responses.create(model="gpt-5", input="Hi", background=True)
    >>> sim.responses.finish()
    >>> json.loads(sim.webhooks.take().body)["type"]
    'response.completed'
    """

    body: bytes
    headers: dict[str, str]


class Ended(NamedTuple):
    """The end of a background turn: its response, its status, and the second of the end."""

    response_id: str
    status: str
    at: int


def webhook(ended: Ended, key: bytes, now: float) -> Webhook:
    """Return the webhook, signed at ``now``; its body does not depend on that."""
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
    """Return the digits of its ids: those of a sequential response, or 32 that begin with the time."""
    if not is_live_shaped(ended.response_id):
        return ended.response_id.rpartition("_")[2]
    return f"{ended.at:08x}{blake2b(ended.response_id.encode(), digest_size=12).hexdigest()}"


def signing_key(seed: int) -> bytes:
    """Return the key that belongs to a seed."""
    return blake2b(b"webhooks", key=seed_key(seed), digest_size=32).digest()


def secret(key: bytes) -> str:
    """Return the key in the form in which applications are configured with it."""
    return f"whsec_{b64encode(key).decode()}"
