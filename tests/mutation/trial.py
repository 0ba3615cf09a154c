"""A plugin of pytest that tries mutants instead of running the tests: ``python -m pytest -p tests.mutation.trial``.

One process imports and collects the tests, and forks for each mutant. The child runs the tests that call the mutated
function and ends at the first that fails; those that have killed another mutant of the function come first, then the
fastest; the other tests of their modules come last. For a mutant of a function that an import calls, another child
imports the module once more. Before all that, one child runs all tests without a mutant and tells which functions each
calls. The environment's ``MUTATION_TRIAL`` names a JSON file with the mutants; beside it, ``verdicts.jsonl`` gets one
line for each: its name, the verdict, and the tests that would have to run anew, and ``failing.json`` the tests that
fail without a mutant.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import json
import os
import pickle
import resource
import signal
import sys
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module, reload
from itertools import accumulate
from mmap import mmap
from operator import attrgetter
from pathlib import Path
from typing import Any

import pydantic
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutmut.mutation import trampoline as _trampoline

trampoline: Any = _trampoline

TRIAL = "MUTATION_TRIAL"
VERDICTS = "verdicts.jsonl"
FAILING = "failing.json"

_ENOUGH = 10.0
"""Seconds of the processor after which a mutant counts as a survivor: the slowest tests beyond are not run."""
_NEAR = 3.0
"""Seconds of the processor of tests that do not call the mutant, but stand in a module with one that does."""
_MORE = 5
"""Seconds of the processor that a test may take with a mutant, beyond five times those that it takes without."""
_MEMORY = 4 * 2**30
_MOST_FAILING = 100
"""One test in so many may fail without a mutant."""

called: set[str] = set()
"""The functions that were called since the set was emptied; the trampolines of mutmut tell."""


_imported: defaultdict[str, set[str]] = defaultdict(set)
"""The modules whose import calls a function, by the function."""


def _hear(name: str, caller: object = None) -> None:
    called.add(name)


def _hear_import(name: str, caller: object = None) -> None:
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    _imported[name].add(frame.f_globals["__name__"] if frame is not None else "")


trampoline.record_trampoline_hit = _hear_import
trampoline.set_mutant_under_test("stats")
for _name in json.loads(Path(os.environ[TRIAL]).read_text()):
    import_module(_name.rpartition(".")[0])
trampoline.record_trampoline_hit = _hear


def pytest_configure() -> None:
    """Let Hypothesis end at the first example that fails."""
    phases = [phase for phase in settings().phases if phase not in (Phase.shrink, Phase.explain)]
    settings.register_profile("mutation", settings(), phases=phases, report_multiple_bugs=False)
    settings.load_profile("mutation")


_collected: dict[str, frozenset[str]] = {}
"""The functions that the import of each test module calls."""


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Hear what the import of a test module calls."""
    called.clear()
    report = yield
    if isinstance(collector, pytest.Module):
        _collected[collector.nodeid] = frozenset(called)
    return report


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport | None:
    """Report a failure without its traceback, which takes longer than the test: nobody reads it."""
    if call.excinfo is None or isinstance(call.excinfo.value, pytest.skip.Exception):
        return None
    assert call.when != "collect"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", None, call.when)


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the mutants of the trial that have no verdict."""
    if session.testsfailed:
        raise session.Interrupted("the tests cannot be collected")
    trial = Path(os.environ[TRIAL])
    verdicts = trial.with_name(VERDICTS)
    tried = {json.loads(line)[0] for line in verdicts.read_text().splitlines()} if verdicts.exists() else set()
    tests = _fastest_first(session.items)
    passing = {test for test, *_ in tests}
    failing = [test.nodeid for test in session.items if test not in passing]
    assert len(failing) <= len(session.items) / _MOST_FAILING, failing
    trial.with_name(FAILING).write_text(json.dumps(failing))
    sources = {name.rpartition(".")[0] for name in json.loads(trial.read_text())}
    reloaded: dict[tuple[str, ...], list[tuple[pytest.Item, float]]] = {}
    killers: defaultdict[str, Counter[pytest.Item]] = defaultdict(Counter)
    gc.freeze()  # else the collector of each child would write into the pages that all share, and so copy them
    with verdicts.open("a") as file:
        for name in json.loads(trial.read_text()):
            if name not in tried:
                function = name.partition("__mutmut_")[0]
                calling = [(test, seconds) for test, seconds, calls in tests if function in calls]
                # And their neighbours: what a module keeps for all of its tests was called by the first of them.
                near = {test.path for test, _ in calling}
                mates = [row[:2] for row in tests if function not in row[2] and row[0].path in near]
                calling += mates[: bisect(list(accumulate(seconds for _, seconds in mates)), _NEAR)]
                killed = killers[function]
                calling.sort(key=lambda row: -killed[row[0]])
                verdict, killer = _verdict(name, calling)
                killed.update([killer] if killer else [])
                if verdict not in ("killed", "timeout") and function in _imported:
                    modules = tuple(sorted(module for module in _imported[function] if module in sources))
                    if modules not in reloaded:
                        reloaded[modules] = _passing_reloaded(modules, tests)
                    if _verdict(name, reloaded[modules], modules)[0] in ("killed", "timeout"):
                        verdict = "killed"
                again = [] if verdict in ("killed", "timeout") else _to_be_run_anew(function)
                print(json.dumps([name, verdict, again]), file=file, flush=True)
    return True


def _to_be_run_anew(function: str) -> list[str]:
    """Return the tests that a process of their own must run, because an import calls the function; "" means all."""
    return [""] if function in _imported else [module for module, calls in _collected.items() if function in calls]


def _run(tests: Iterable[pytest.Item]) -> Iterator[bool]:
    """Run tests one by one; yield whether each passed."""
    tests = list(tests)
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        yield not any(report.failed for report in runtestprotocol(test, log=False, nextitem=following))


def _fastest_first(tests: list[pytest.Item]) -> list[tuple[pytest.Item, float, set[str]]]:
    """Return the tests with the seconds that each takes and the functions that each calls.

    The few that fail without a mutant are left out: mutmut adds frames to the stack, which some of them look at.
    """
    reading, writing = os.pipe()
    known = set(sys.modules)

    def watch() -> int:
        seen = []
        passing = _run(tests)
        for _ in tests:
            called.clear()
            began = time.process_time()
            passed = next(passing)
            seen.append((passed, time.process_time() - began, set(called)))
        with os.fdopen(writing, "wb") as file:
            pickle.dump((seen, [name for name in sys.modules if name not in known], _built()), file)
        return 0

    child = _fork(watch)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        heard: tuple[list[tuple[bool, float, set[str]]], list[str], set[tuple[str, str]]] = pickle.load(file)
    seen, modules, models = heard
    os.waitpid(child, 0)
    _warm(modules, models)
    rows = [(test, *one) for test, one in zip(tests, seen, strict=True)]
    return sorted(((test, seconds, calls) for test, passed, seconds, calls in rows if passed), key=lambda row: row[1])


def _built() -> set[tuple[str, str]]:
    """Return module and name of the pydantic models that are ready for use: libraries defer that to the first use."""
    models = [pydantic.BaseModel]
    for model in models:
        models += model.__subclasses__()
    return {(model.__module__, model.__qualname__) for model in models if model.__pydantic_complete__}


def _warm(modules: list[str], models: set[tuple[str, str]]) -> None:
    """Import the modules and build the models that the tests use at first, so that no child does.

    An import is no call with a mutant: what it calls is heard, so that its survivors are tried anew.
    """
    trampoline.record_trampoline_hit = _hear_import
    for name in modules:
        with contextlib.suppress(Exception):  # a module that only its test can import
            import_module(name)
    for model in sorted(models - _built()):
        found: Any = sys.modules.get(model[0])
        with contextlib.suppress(Exception):  # a model inside of a function
            attrgetter(model[1])(found).model_rebuild()
    trampoline.record_trampoline_hit = _hear


def _passing_reloaded(
    modules: tuple[str, ...], tests: list[tuple[pytest.Item, float, set[str]]]
) -> list[tuple[pytest.Item, float]]:
    """Return the tests that call the modules, and pass after these were imported once more, without a mutant.

    A mutant that only an import runs is dead if it makes one of them fail, or the import.
    """
    calling = [row[:2] for row in tests if any(name.rpartition(".")[0] in modules for name in row[2])]
    calling = calling[: bisect(list(accumulate(seconds for _, seconds in calling)), _ENOUGH)]
    reading, writing = os.pipe()

    def watch() -> int:
        for module in modules:
            reload(sys.modules[module])
        passed = list(_run(test for test, _ in calling))
        with os.fdopen(writing, "wb") as file:
            pickle.dump(passed, file)
        return 0

    child = _fork(watch)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        passed = pickle.loads(file.read() or pickle.dumps([False] * len(calling)))
    os.waitpid(child, 0)
    return [row for row, each in zip(calling, passed, strict=True) if each]


def _verdict(
    mutant: str, tests: list[tuple[pytest.Item, float]], modules: tuple[str, ...] = ()
) -> tuple[str, pytest.Item | None]:
    """Return what the tests say of a mutant, after ``modules`` were imported once more; and the test that kills it."""
    if not tests:
        return "no tests", None
    spent = list(accumulate(seconds for _, seconds in tests))
    tests = tests[: max(1, bisect(spent, _ENOUGH))]
    at = mmap(-1, 4)  # the number of the test that the child runs

    def attempt() -> int:
        trampoline.set_mutant_under_test(mutant)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        signal.alarm(12 * _MORE)
        for module in modules:
            reload(sys.modules[module])
        passing = _run(test for test, _ in tests)
        for number, (_, seconds) in enumerate(tests):
            at[:] = number.to_bytes(4)
            # Signals that end the process. A mutant that only waits takes no seconds of the processor.
            signal.setitimer(signal.ITIMER_PROF, 5 * seconds + _MORE)
            signal.alarm(int(50 * seconds) + 12 * _MORE)
            if not next(passing):
                return 1
        return 0

    child = _fork(attempt)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # processes that the tests started
    if status == 0:
        return "survived", None
    return "killed" if status == 1 else "timeout", tests[int.from_bytes(at[:])][0]


def _fork(work: Callable[[], int]) -> int:
    """Do ``work`` in a child and a process group of its own; return its id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setpgid(0, 0)
            status = work()
        finally:
            os._exit(status)
    return child
