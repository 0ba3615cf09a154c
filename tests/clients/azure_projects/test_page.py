"""The blocks of docs/foundry.md that need azure-ai-projects do what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "foundry.md"
BLOCKS = [
    text
    for text in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if "from azure." in text
]
VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "PYTEST_ADDOPTS")


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_does_what_it_says(tmp_path: Path, block: str) -> None:
    (tmp_path / "test_block.py").write_text(block, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir=.", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_page_begins_with_one() -> None:
    assert len(BLOCKS) == 2
    assert len(BLOCKS[0].splitlines()) <= 26
