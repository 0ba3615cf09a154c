"""The section in the report of pytest-html."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from tests.plugin.conftest import Run


def test_the_section_is_in_the_report_of_pytest_html(pytester: pytest.Pytester, run: Run) -> None:
    source = (
        "def test_it(convsim):\n    convsim.seed('conv_1', items=[{'role': 'user', 'content': 'Hi'}])\n    assert 0"
    )
    run(source, "--html=report.html", "--self-contained-html", using=("html", "metadata")).assert_outcomes(failed=1)

    page = Path(pytester.path, "report.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'data-jsonblob="([^"]*)"', page)
    (log,) = [test["log"] for tests in json.loads(unescape(data))["tests"].values() for test in tests]
    shown = unescape(log)
    assert " convsim -" in shown
    assert "conv_1  1 item\n  0  user  Hi\n" in shown
