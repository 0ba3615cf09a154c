"""The rooms that are mutated, each with the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """Source files, as patterns of paths, and the tests that run against each mutant of them."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "store": Room(("convsim/store/ends.py", "convsim/store/store.py"), ("tests/store",)),
    "index": Room(
        ("convsim/store/index.py",),
        ("tests/store/test_index.py", "tests/properties/test_index_properties.py"),
    ),
    "wire": Room(("convsim/http/wire.py",), ("tests/http",)),
    "grammar": Room(("convsim/errors/validation.py",), ("tests/errors",)),
    "operations": Room(
        ("convsim/operations/*",),
        ("tests/operations", "tests/direct", "tests/service", "tests/faults/test_state.py", "tests/drift"),
    ),
    "journal": Room(("convsim/journal/*",), ("tests/journal",)),
    "faults": Room(("convsim/faults/*",), ("tests/faults", "tests/service/foundry/test_envelope.py")),
    "session": Room(
        ("convsim/realtime/session.py",),
        ("tests/realtime", "tests/service/test_connection.py", "tests/service/test_realtime.py"),
    ),
    "responses": Room(
        ("convsim/responses/*",),
        ("tests/responses", "tests/service", "tests/direct", "tests/operations", "tests/faults/test_streams.py"),
    ),
    "streams": Room(
        ("convsim/responses/events.py", "convsim/service/delivery.py"),
        ("tests/responses", "tests/faults/test_streams.py", "tests/service"),
    ),
}
