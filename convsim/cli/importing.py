"""``convsim import``: a state, replies and scenarios from recordings."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from convsim.core import files
from convsim.core.text import number_of, shortened
from convsim.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("recordings", nargs="+", metavar="RECORDING", help="a VCR cassette, a HAR file or a journal")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="as talk.json: see below for the names")
    parser.epilog = "talk.json stands for talk.state.json, talk.replies.json and talk.scenarios.json"


def import_recordings(recordings: list[str], output: str) -> str:
    """Run the command, and return a report of the files and of the parts that were left out."""
    from convsim.contract import scenario_files
    from convsim.contract.importing import imported
    from convsim.contract.recordings import read

    # An argument that is not UTF-8 arrives with surrogates.
    names = [Path(one).stem.encode("utf-8", "replace").decode() for one in recordings]
    for name, count in Counter(names).items():
        if count > 1:
            both = " and ".join(one for one, its in zip(recordings, names, strict=True) if its == name)
            raise UsageError(f"{both} have one name, and each scenario is called as its recording: rename one of them")
    for kind in _KINDS:
        files.require_writable("-o", _beside(output, kind))
    exchanges = [(name, read(one)) for name, one in zip(names, recordings, strict=True)]
    if not any(found for _, found in exchanges):
        raise UsageError("no request in the recordings has a path of /conversations or /responses")
    made = imported(exchanges)
    is_foundry = made.service == "foundry"
    argument, option = ("service='foundry', ", "--service foundry ") if is_foundry else ("", "")
    lines = []
    if made.sim.state:
        path = _beside(output, "state")
        made.sim.dump(path)
        use = f"Emulator({argument}state=...) and convsim serve {option}--state"
        lines.append(f"{path}: {number_of(len(made.sim.state), 'conversation')}, for {use}")
    if made.replies:
        path = _beside(output, "replies")
        document = {"convsim_replies": 1, "scripts": made.replies}
        files.write(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
        lines.append(f"{path}: {number_of(len(made.replies), 'turn')}, for convsim serve {option}--replies")
    if made.scenarios:
        path = _beside(output, "scenarios")
        files.write(path, scenario_files.written(made.scenarios).encode())
        lines.append(f"{path}: {number_of(len(made.scenarios), 'scenario')}, for convsim verify {option}--scenarios")
    if not lines:
        why = f": {made.notes[0]}" if made.notes else ""
        raise UsageError(f"the recordings have no conversations or turns that can be used{why}")
    return "\n".join([*lines, *(f"left out: {shortened(note, _WIDTH)}" for note in made.notes)])


_KINDS = ("state", "replies", "scenarios")
_WIDTH = 300


def _beside(output: str, kind: str) -> Path:
    """Return the path ``talk.state.json`` for ``talk.json``."""
    path = Path(output)
    if not path.name:
        raise UsageError(f"-o {output}: write the name of a file, as talk.json")
    return path.with_name(f"{path.name.removesuffix('.json')}.{kind}.json")
