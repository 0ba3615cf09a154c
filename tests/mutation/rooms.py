"""The rooms that are mutated, each with the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """Source files, as patterns of paths, and the tests that run against each mutant of them.

    Of a room that is ``whole``, every mutant was tried once, so that the page explains all that survive.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    whole: bool = False


ROOMS = {
    "store": Room(("convsim/store/ends.py", "convsim/store/store.py"), ("tests/store",), whole=True),
    "index": Room(
        ("convsim/store/index.py",),
        ("tests/store/test_index.py", "tests/properties/test_index_properties.py"),
        whole=True,
    ),
    "wire": Room(("convsim/http/wire.py",), ("tests/http",), whole=True),
    "grammar": Room(("convsim/errors/validation.py",), ("tests/errors",), whole=True),
    "operations": Room(
        ("convsim/operations/*",),
        ("tests/operations", "tests/direct", "tests/service", "tests/faults/test_state.py", "tests/drift"),
        whole=True,
    ),
    "journal": Room(("convsim/journal/*",), ("tests/journal",), whole=True),
    "faults": Room(("convsim/faults/*",), ("tests/faults", "tests/service/foundry/test_envelope.py"), whole=True),
    "session": Room(
        ("convsim/realtime/session.py",),
        ("tests/realtime", "tests/service/test_connection.py", "tests/service/test_realtime.py"),
        whole=True,
    ),
    "responses": Room(
        ("convsim/responses/*",),
        ("tests/responses", "tests/service", "tests/direct", "tests/operations", "tests/faults/test_streams.py"),
    ),
    "streams": Room(
        ("convsim/responses/events.py", "convsim/service/delivery.py"),
        ("tests/responses", "tests/faults/test_streams.py", "tests/service"),
        whole=True,
    ),
}
