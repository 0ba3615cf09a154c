"""The events of one stream, planned as a whole: its index says where it is held and cut off."""

from __future__ import annotations

from collections.abc import Sequence

from convsim.responses.deltas import Deltas, cutter
from convsim.responses.events import Event, Teller
from convsim.responses.output import Said
from convsim.responses.response import Json, ResponseObject, Status
from convsim.responses.settings import Settings
from convsim.responses.vocabulary import Failure

# The events of an item that are followed by further events of the same item.
_OPEN = (".added", ".delta", ".in_progress", ".searching", ".generating", ".partial_image", ".interpreting")


class Telling:
    """The events of one response, as far as they are certain: all but the last ones.

    ``stops`` is the position at which a held turn waits, after the last output; ``ends`` are the positions after the
    last event of each item.
    """

    def __init__(self, response: ResponseObject, settings: Settings, deltas: Deltas) -> None:
        self._response = response
        self._teller = Teller(response.id, cutter(deltas), obfuscated=settings.padded)
        # A turn in the background is queued at first.
        first: Status = "queued" if settings.background else "in_progress"
        begun = response.in_event(response.state(first))
        self._going_on = begun if first == "in_progress" else response.in_event(response.state("in_progress"))
        self.events: list[Event] = [self._teller.about("response.created", begun)]
        if settings.background:
            self.events.append(self._teller.about("response.queued", begun))
        self.stops: int = 0
        self.ends: list[int] = []

    def tell(self, said: Sequence[Said], *, fails: bool) -> None:
        """Make the events from in_progress to the end of the last item; a turn that fails ends there."""
        events = self.events
        events.append(self._teller.about("response.in_progress", self._going_on))
        self.stops = len(events)
        for index, one in enumerate(said):
            begins = len(events)
            events += self._teller.item(one.document, index)
            self.ends.append(len(events))
            opened = [place for place in range(begins, len(events)) if events[place].name.endswith(_OPEN)]
            self.stops = opened[-1] + 1
        if fails:
            self.stops = len(events)

    def fail(self, failure: Failure) -> None:
        """Make the error that a stream sends before the failed response."""
        self.events.append(error_event(self._teller, failure))

    def break_off(self, position: int) -> None:
        """Drop the planned events after that position."""
        del self.events[position:]
        self._teller.go_back(position)

    def end(self, state: Json) -> None:
        """Make the last event: the response as it ended."""
        self.events.append(self._teller.about(f"response.{state['status']}", self._response.in_event(state)))

    def finished(self, position: int) -> int:
        """Return how many items were complete after this many events."""
        return sum(end <= position for end in self.ends)


def error_event(teller: Teller, failure: Failure) -> Event:
    """Return the ``error`` of a stream that breaks off."""
    error = {
        "type": failure.type or failure.code,
        "code": failure.code,
        "message": failure.message,
        "param": failure.param,
    }
    return teller.event("error", error=error)
