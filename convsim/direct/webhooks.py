"""``sim.webhooks``: what the service would post to an application as turns in the background end."""

from __future__ import annotations

import math

from convsim.errors import UsageError
from convsim.responses.webhooks import Webhook, secret, signing_key, webhook
from convsim.service.service import Service


class Webhooks:
    """The webhooks of all projects that nobody has taken yet; ``len()`` says how many there are."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def secret(self) -> str:
        """What they are signed with, for ``OpenAI(webhook_secret=...)`` or ``OPENAI_WEBHOOK_SECRET``."""
        return secret(signing_key(self._service.options.seed))

    def __len__(self) -> int:
        with self._service.lock:
            self._service.settle()
            return len(self._service.webhooks)

    def take(self, *, now: float | None = None) -> Webhook:
        """The oldest one, signed ``now``, or at the emulator's time where that is None.

        ``client.webhooks.unwrap`` takes what was signed within five minutes of the machine's time: write
        ``take(now=time.time())``. Raises :class:`~convsim.errors.UsageError` when there is none.
        """
        if now is not None and (isinstance(now, bool) or not isinstance(now, (int, float)) or not math.isfinite(now)):
            raise UsageError(
                f"sim.webhooks.take(now={now!r}): write seconds since the epoch, as time.time() gives them"
            )
        with self._service.lock:
            self._service.settle()
            if not self._service.webhooks:
                raise UsageError(
                    "sim.webhooks.take(): there is none; a turn with background=True has one when it has ended:"
                    " sim.responses.finish(), or sim.clock.advance(...) where its script has a delay"
                )
            ended = self._service.webhooks.popleft()
            signed = self._service.clock.now() if now is None else now
        return webhook(ended, signing_key(self._service.options.seed), signed)
