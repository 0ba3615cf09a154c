"""``python -m tests.bench [WORD ...]`` prints the measures whose titles hold every word."""

from __future__ import annotations

import sys

from tests.bench.measures import MEASURES, Measure


def main(words: list[str]) -> None:
    print("| Measure | Ratio or figure | Goal |")
    print("| --- | ---: | ---: |")
    for measure in MEASURES:
        if all(word in measure.title for word in words):
            print(_row(measure), flush=True)


def _row(measure: Measure) -> str:
    return f"| {measure.title} | {measure.take():.3f} {measure.unit}".rstrip() + f" | {measure.goal} |"


main(sys.argv[1:])
