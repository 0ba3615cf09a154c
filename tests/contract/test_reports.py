"""The results of a verification: a table, JSON and JUnit's XML."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from convsim.contract import reports
from convsim.contract.evidence import inferred, recorded
from convsim.contract.matching import ORDER
from convsim.contract.scenario import scenario
from convsim.contract.scenarios import REALTIME_SECTIONS, SECTIONS
from convsim.contract.selection import select, within
from convsim.contract.telling import Failure, place
from convsim.contract.verify import Result

SAME = Result("One", scenario("retrieve", "Same", recorded("ms")))
DIFFERS = Result(
    "One",
    scenario("create-bare", "Differs", recorded("dotnet")),
    (Failure(1, "curl http://h", ("status: expected 200, got 404", "body: \x00")), Failure(3, "curl http://i", ("x",))),
)
IN_ORDER = Result("Two", scenario("never", "Order", inferred("x")), (Failure(2, "curl http://j", (f"body: {ORDER}",)),))
LEFT_OUT = [
    Result("Two", scenario(f"left-{n}", f"Left {n}", inferred("x")), reason=reason)
    for n, reason in enumerate(("needs a switch: a", "needs a switch: b", "needs a script"))
]
IN_SHORT = "same 1 of 3; 1 of the others differ in the order of keys only"
ALL = [SAME, DIFFERS, IN_ORDER, *LEFT_OUT]


def test_the_table_has_a_line_a_scenario_and_ends_with_parity() -> None:
    assert reports.render(ALL).splitlines() == [
        "One",
        "---",
        "same         retrieve",
        "differs      create-bare",
        f"    step 1 ({place(DIFFERS.told)})",
        "    curl http://h",
        "        status: expected 200, got 404",
        "        body: \x00",
        f"    step 3 ({place(DIFFERS.told)})",
        "    curl http://i",
        "        x",
        "",
        "Two",
        "---",
        "differs      never",
        "    step 2 (convsim/contract/scenarios)",
        "    curl http://j",
        f"        body: {ORDER}",
        "not checked  left-0: needs a switch: a",
        "not checked  left-1: needs a switch: b",
        "not checked  left-2: needs a script",
        "",
        f"{IN_SHORT}; not checked: 3 (2 needs a switch, 1 needs a script)",
    ]


def test_parity_is_short_where_all_is_the_same() -> None:
    assert reports.parity([SAME]) == "same 1 of 1"
    assert reports.parity([]) == "same 0 of 0"


def test_json_has_all_of_it() -> None:
    told = json.loads(reports.to_json(ALL, "http://h/v1", "now"))
    assert {name: told[name] for name in told if name != "scenarios"} == {
        "convsim_verify": 1,
        "base_url": "http://h/v1",
        "run": "now",
        "same": 1,
        "differs": 2,
        "not_checked": 3,
    }
    assert told["scenarios"][0] == {
        "name": "retrieve",
        "section": "One",
        "title": "Same",
        "level": "recorded",
        "tags": ["ms"],
        "seen": "2025-10-24",
        "outcome": "same",
        "reason": None,
        "order_only": False,
        "steps": [],
    }
    assert told["scenarios"][2]["order_only"]
    assert told["scenarios"][2]["seen"] is None
    assert told["scenarios"][2]["steps"] == [
        {"number": 2, "request": "curl http://j", "differences": [f"body: {ORDER}"]}
    ]


def test_junit_reads_it() -> None:
    suite = ET.fromstring(reports.to_junit(ALL))
    assert suite.attrib == {
        "name": "convsim verify",
        "tests": "6",
        "failures": "2",
        "skipped": "3",
        "errors": "0",
    }
    same, differs, _, left_out, *_ = suite.findall("testcase")
    assert (same.attrib, list(same)) == ({"classname": "One", "name": "retrieve"}, [])
    (failure,) = differs
    assert failure.attrib == {"message": "status: expected 200, got 404"}
    assert failure.text == "curl http://h\nstatus: expected 200, got 404\nbody: ?\ncurl http://i\nx"
    assert [child.attrib for child in left_out] == [{"message": "needs a switch: a"}]


def test_a_plan_lists_what_would_be_run_and_its_evidence() -> None:
    chosen = within(select(SECTIONS, only=["create-bare", "time", "unknown-conversation", "update"]), 8)
    assert reports.render_plan(chosen).splitlines() == [
        "run          create-bare: 3 requests at most; recorded 2026-09-25",
        "run          update: 5 requests at most; recorded 2026-07-25",
        "not checked  unknown-conversation: beyond --max-requests",
        "not checked  time: is convsim's own: its clock stands still",
        "",
        "2 scenarios, at most 8 requests, at most 2 conversations",
    ]
    (one,) = select(SECTIONS, only=["body-lone-surrogate"])
    assert (
        reports.render_plan([one]).splitlines()[0] == "run          body-lone-surrogate: 5 requests at most; inferred"
    )
    (session, *_) = select(REALTIME_SECTIONS)
    assert "realtime-append: 1 request at most" in reports.render_plan([session])
