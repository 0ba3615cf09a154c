"""The generated tests of the openai package against ``convsim serve --lenient``.

``python -m tests.server.official_suite`` runs them. They are in the package's source distribution, which pip fetches;
this is a command and no test of ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.bench.served import COMMAND, started

SUITES = ("test_conversations.py", "conversations", "test_responses.py", "responses")


def main() -> int:
    """Fetch the tests of the installed version, and run them."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"openai=={version('openai')}"
        fetch = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            "openai",
            "-d",
            folder,
            name,
        ]
        subprocess.run(fetch, check=True)
        (archive,) = Path(folder).glob("openai-*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        root = archive.with_name(archive.name.removesuffix(".tar.gz"))
        with started([*COMMAND, "--lenient"]) as server:
            suites = [str(root / "tests" / "api_resources" / suite) for suite in SUITES]
            command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:convsim", "-p", "no:randomly"]
            environment = os.environ | {"TEST_API_BASE_URL": server.root}
            return subprocess.run([*command, *suites], cwd=root, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
