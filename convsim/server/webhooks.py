"""``convsim serve --webhook URL``: webhooks posted to an application on this machine, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from convsim.errors import UsageError
from convsim.http.urls import is_loopback

if TYPE_CHECKING:
    from convsim.responses.webhooks import Webhook

MAX_WAITING = 1_000
_PATIENCE = 10.0


class Poster:
    """Posts each webhook once, from its own thread, so that the application can call the server meanwhile.

    It never posts to another machine: it follows no redirect and uses no proxy. ``say`` is called with a line for each
    webhook. Raises :class:`~convsim.errors.UsageError` for a URL of another machine.
    """

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self._host, self._port, self._path = _checked(url)
        self._say = say
        self._waiting: SimpleQueue[Webhook | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="convsim-webhooks", daemon=True)
        self._thread.start()

    def take_from(self, sim: Any) -> None:
        """Queue the webhooks of an emulator, signed at the machine's time; those that are too many are dropped."""
        while len(sim.webhooks):
            webhook = sim.webhooks.take(now=time.time())
            if self._waiting.qsize() < MAX_WAITING:
                self._waiting.put(webhook)
            else:
                self._tell(webhook, f"not delivered: {MAX_WAITING} others wait for the application")

    def close(self) -> None:
        """Post all queued webhooks and stop, or give up after the longest time of one request."""
        self._waiting.put(None)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while (webhook := self._waiting.get()) is not None:
            self._tell(webhook, self._post(webhook))

    def _tell(self, webhook: Webhook, fate: str) -> None:
        self._say(f"webhook {webhook.headers['webhook-id']}: {fate}")

    def _post(self, webhook: Webhook) -> str:
        connection = HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        try:
            connection.request("POST", self._path, webhook.body, webhook.headers)
            return str(connection.getresponse().status)
        except (OSError, HTTPException) as error:
            return f"not delivered: {error or type(error).__name__}"
        finally:
            connection.close()


def _checked(url: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        parts, host, port = urlsplit(""), "", 0
    if parts.scheme != "http" or parts.username is not None or not is_loopback(host):
        where = f"{parts.scheme or 'no scheme'}, {host or 'no host'}"
        raise UsageError(f"--webhook ({where}): webhooks go to this machine only; write http://127.0.0.1:8000/webhook")
    query = f"?{parts.query}" if parts.query else ""
    return host, port, f"{parts.path or '/'}{query}"
