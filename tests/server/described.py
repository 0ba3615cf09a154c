"""schemathesis against ``convsim serve``, by the description that convsim prints: ``python -m tests.server.described``.

It sends what the description allows and what it forbids, operation by operation, and programs that follow the links.
No answer is a 5xx, each has the described shape, and what the description forbids is refused. A step of ``.ci/run``
and no test: schemathesis needs an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from convsim import __version__
from convsim.operations.openapi import describe
from convsim.operations.routes import ROUTES
from tests.bench.served import COMMAND, started

KEY = "sk-described"
REPLIES = {"convsim_replies": 1, "scripts": [{"replies": ["hello"], "times": "always"}]}
_LONG = 1000

NOT_CHECKED = {
    "positive_data_acceptance": "no schema says that an id must be known, or a turn in the background",
    "unsupported_method": "wants the header Allow on a 405, which no recording of the live API shows",
}


def main() -> int:
    """Run schemathesis, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.server.described", description=__doc__)
    parser.add_argument("--seconds", type=int, default=180, help="the time for all (180)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the requests (0)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        document, replies = Path(folder, "openapi.json"), Path(folder, "replies.json")
        document.write_text(json.dumps(shortened(describe(ROUTES, __version__))), encoding="utf-8")
        replies.write_text(json.dumps(REPLIES), encoding="utf-8")
        with started([*COMMAND, "--replies", str(replies), "--api-key", f"{KEY}=described"]) as server:
            command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", f"{server.root}/v1"]
            command += ["--header", f"Authorization: Bearer {KEY}", "--exclude-checks", ",".join(NOT_CHECKED)]
            command += [
                "--phases",
                "coverage,fuzzing,stateful",
                "--max-time",
                str(given.seconds),
                "--seed",
                str(given.seed),
            ]
            command += ["--max-examples", "20", "--request-timeout", "20", "--no-shrink", "--continue-on-failure"]
            return subprocess.run(command, check=False, cwd=folder).returncode


def shortened(schema: Any) -> Any:
    """Return the document without its longest bounds: schemathesis would send strings of 10 MiB on both their sides."""
    if isinstance(schema, dict):
        return {
            name: shortened(part)
            for name, part in schema.items()
            if not (name == "maxLength" and isinstance(part, int) and part > _LONG)
        }
    return [shortened(part) for part in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    sys.exit(main())
