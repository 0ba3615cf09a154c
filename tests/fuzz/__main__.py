"""Send mutated input to every front for some minutes: ``python -m tests.fuzz --minutes 10 --seed 0 [--only sockets]``.

Each front gets its share of the time. The exit status is 1 at the first broken rule, which names its input; the same
seed sends the same again.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from random import Random
from typing import Any

from tests.fuzz.events import Events
from tests.fuzz.requests import Requests
from tests.fuzz.sockets import Sockets
from tests.fuzz.streams import Streams

FRONTS: dict[str, Callable[[Random], Any]] = {
    "requests": Requests,
    "events": Events,
    "streams": Streams,
    "sockets": Sockets,
}


def run(name: str, seed: int, *, seconds: float = math.inf, steps: float = math.inf) -> tuple[int, int]:
    """How many inputs a front was sent in so many seconds or steps, and how many of them it refused."""
    front = FRONTS[name](Random(f"{name} {seed}"))
    end = time.monotonic() + seconds
    with closing(front) if hasattr(front, "close") else nullcontext():
        while front.sent < steps and time.monotonic() < end:
            front.step()
    return front.sent, front.refused


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=FRONTS, action="append")
    given = parser.parse_args(arguments)
    chosen = given.only or list(FRONTS)
    for name in chosen:
        try:
            sent, refused = run(name, given.seed, seconds=given.minutes * 60 / len(chosen))
        except AssertionError as error:
            print(f"{name}, seed {given.seed}: {str(error)[:2000]}")
            return 1
        print(f"{name}: {sent} sent, {refused} refused, no rule broken")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
