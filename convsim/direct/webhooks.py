"""``sim.webhooks``: the webhooks that the service would post to an application at the end of background turns."""

from __future__ import annotations

from collections import deque

from convsim.errors import UsageError
from convsim.errors.misuse import number, optional, require
from convsim.responses.webhooks import Ended, Webhook, secret, signing_key, webhook
from convsim.service.service import Service

_NOW = optional(number("seconds since the epoch, as time.time() gives them", most=2**32))


class Webhooks:
    """The newest 10,000 webhooks of all projects that were not taken yet; ``len()`` counts them.

    >>> len(sim.webhooks)
    0
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def secret(self) -> str:
        """The secret of the signatures, for ``OpenAI(webhook_secret=...)`` or ``OPENAI_WEBHOOK_SECRET``."""
        return secret(signing_key(self._service.options.seed))

    def __len__(self) -> int:
        with self._service.lock:
            return len(self._waiting())

    def take(self, *, now: float | None = None) -> Webhook:
        """Remove and return the oldest webhook, signed at ``now``, or at the emulator's time if that is None.

        ``client.webhooks.unwrap`` accepts signatures within five minutes of the machine's time: write
        ``take(now=time.time())``. Raises :class:`~convsim.errors.UsageError` if there is no webhook.
        """
        require("sim.webhooks.take(now", now, _NOW)
        with self._service.lock:
            waiting = self._waiting()
            if not waiting:
                raise UsageError(
                    "sim.webhooks.take(): there is no webhook; a turn with background=True has one when it ends: call"
                    " sim.responses.finish(), or sim.clock.advance(...) if its script has a delay"
                )
            ended = waiting.popleft()
            signed = self._service.clock.now() if now is None else now
        return webhook(ended, signing_key(self._service.options.seed), signed)

    def _waiting(self) -> deque[Ended]:
        """Return the queue, after the background turns that are due have ended."""
        for project in self._service.projects.values():
            if project.background:
                project.settle()
        return self._service.webhooks
