"""Hypothesis knows the types of replies, and its import loads nothing of convsim for that."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

from convsim import Call, Failure, Reasoning, Refusal, Speech, Text
from convsim.core import loading
from convsim.strategies.registration import register
from tests.profiles import first_unless_in_full

FIRST = """
import sys, hypothesis
loaded = {name for name in sys.modules if name.partition(".")[0] in ("convsim", "pydantic_core", "httpx", "httpx2")}
assert loaded <= {
    "convsim", "convsim.core", "convsim.core.loading", "convsim.strategies", "convsim.strategies.registration"
}, loaded
from convsim import Call, Emulator
assert "convsim.strategies.turns" not in sys.modules
assert hypothesis.find(hypothesis.strategies.from_type(Call), lambda call: True) == Call("get_weather", {})
"""
LAST = """
from convsim import Call
import hypothesis
assert hypothesis.find(hypothesis.strategies.from_type(Call), lambda call: True) == Call("get_weather", {})
"""


SCRIPTS = {"Hypothesis first": FIRST, "convsim first": LAST}


@pytest.mark.parametrize("first", first_unless_in_full(*SCRIPTS))
def test_whichever_is_imported_first(first: str) -> None:
    assert [found.value for found in entry_points(group="hypothesis", name="convsim")] == [
        "convsim.strategies.registration:register"
    ]
    ended = subprocess.run([sys.executable, "-c", SCRIPTS[first]], capture_output=True, text=True, check=False)
    assert ended.stderr == ""


@pytest.mark.parametrize("kind", [Call, Failure, Reasoning, Refusal, Speech, Text])
def test_a_type_is_made_as_a_script_takes_it(kind: type) -> None:
    register()
    as_found = settings(phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
    assert isinstance(find(st.from_type(kind), lambda made: True, settings=as_found), kind)
    assert len(loading.hooks) <= 1


def test_registering_again_before_anything_is_loaded_is_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "convsim.responses.vocabulary")
    monkeypatch.setattr(loading, "hooks", [])
    register()
    register()
    assert len(loading.hooks) == 1
