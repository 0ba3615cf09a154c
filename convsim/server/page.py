"""The live page at ``/_convsim/``: the page of the report, which refreshes itself and can act.

The empty page holds no data of the emulator. Its script takes the token from the URL's fragment, which browsers never
send, and calls the control plane as any other client does. The policy allows no other script and no other host.
"""

from __future__ import annotations

from typing import Any

from convsim import faults
from convsim.faults import Fault
from convsim.operations.routes import ROUTES_BY_NAME
from convsim.report.failure import outside
from convsim.report.page import SCRIPT, STYLE, csp_hash, render_page
from convsim.server.reading import BASES

MOST_ENTRIES = 200
MOST_CONVERSATIONS = 50

_SCRIPT = """
"use strict";
const token = location.hash.slice(1);
const base = location.pathname.replace(/\\/?$/, "/");
const at = (id) => document.getElementById(id);
let shown = "";
let lost = false;

async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error.message);
  return told;
}

function say(words, isError) {
  at("status").textContent = words;
  at("status").className = isError ? "error" : "";
}

async function act(method, path, body, done) {
  try {
    const told = await ask(method, path, body);
    if (done) say(done(told));
    return told;
  } catch (error) {
    say(error.message, true);
  }
}

const number = (entry) => entry.querySelector("summary").textContent.trim().split(/\\s/)[0];

// What the user has opened stays open; the newest entry opens by itself.
function show(page) {
  const opened = [...at("shown").querySelectorAll("details[open]:not(.newest)")].map(number);
  at("shown").innerHTML = shown = page;
  for (const entry of at("shown").querySelectorAll("details")) entry.open ||= opened.includes(number(entry));
}

async function refresh() {
  const told = await act("GET", "page");
  if (told && lost) say("");
  lost = !told;
  if (told && told.page !== shown) show(told.page);
  setTimeout(refresh, 1000);
}

at("reset").onclick = () => act("POST", "reset", {}, () => "All is forgotten.");
at("reply").onsubmit = async (event) => {
  event.preventDefault();
  const reply = at("text").value;
  const told = await act("POST", "replies", { replies: [reply] }, () => `A turn will say ${JSON.stringify(reply)}.`);
  if (told) at("text").value = "";
};
at("fault").onsubmit = (event) => {
  event.preventDefault();
  const rule = { fault: at("kind").value };
  if (at("on").value) rule.on = at("on").value;
  act("POST", "faults", rule, (told) => `Armed: ${told.faults.at(-1).rule}`);
};
at("disarm").onclick = () => act("DELETE", "faults", undefined, () => "No fault is armed.");
at("replay").onsubmit = async (event) => {
  event.preventDefault();
  const told = await act("GET", `replay?first=${at("first").value || 1}&last=${at("last").value || 999999999}`);
  if (!told) return;
  at("test").hidden = false;
  at("test").querySelector("pre").textContent = told.test;
  const copied = await navigator.clipboard?.writeText(told.test).then(() => true, () => false);
  say(copied ? "The test is on the clipboard." : "The browser keeps its clipboard closed: copy the test below.");
};
if (token) refresh();
else say("Add the control token to the URL, behind a #.", true);
"""

_OWN_STYLE = """
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; }
header form { display: flex; flex-wrap: wrap; gap: .3rem; align-items: center; }
header button { float: none; font-size: .75rem; opacity: 1; }
header input, header select { min-width: 0; max-width: 12rem; font-size: .85rem; }
#first, #last { width: 4rem; }
#status { min-height: 1.4em; margin: .5rem 0; font-size: .85rem; overflow-wrap: anywhere; }
#status.error { color: var(--bad); }
"""
_WHOLE_STYLE = STYLE + _OWN_STYLE
_WHOLE_SCRIPT = _SCRIPT + SCRIPT


POLICY = (
    f"default-src 'none'; script-src {csp_hash(_WHOLE_SCRIPT)}; style-src {csp_hash(_WHOLE_STYLE)}; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
).encode()


def _armed_at_once(kind: object) -> bool:
    """Return whether the fault needs no members of its own."""
    if not isinstance(kind, type) or not issubclass(kind, Fault) or kind in BASES:
        return False
    try:
        kind()
    except TypeError:
        return False
    return True


_OPTIONS = "".join(f"<option>{name}</option>" for name in faults.__all__ if _armed_at_once(getattr(faults, name)))

_OPERATIONS = "".join(f"<option>{name}</option>" for name in ROUTES_BY_NAME)

SHELL = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>convsim</title>
<style>{_WHOLE_STYLE}</style>
</head>
<body>
<header>
<button id="reset">Reset</button>
<form id="reply"><input id="text" placeholder="Reply of the next turn" required><button>Queue</button></form>
<form id="fault"><select id="kind">{_OPTIONS}</select><input id="on" placeholder="operation" list="operations"
autocomplete="off"><datalist id="operations">{_OPERATIONS}</datalist><button>Arm</button>
<button id="disarm" type="button">Disarm all</button></form>
<form id="replay"><input id="first" placeholder="from" inputmode="numeric"><input id="last" placeholder="to"
inputmode="numeric"><button>Copy as test</button></form>
</header>
<p id="status" role="status"></p>
<details id="test" hidden open><summary>Test</summary><pre></pre></details>
<div id="shown"></div>
<script>{_WHOLE_SCRIPT}</script>
</body>
</html>
"""


def body_of(sim: Any) -> str:
    """Return the newest conversations and entries as HTML; the page has its own bounds."""
    conversations = list(sim.state.values())[-MOST_CONVERSATIONS:]
    # After a restore, an emulator gives the ids of sessions again: the newest session of an id counts.
    newest = {one.id: one for one in sim.realtime.connections}
    sessions = [(key, one.session.items) for key, one in newest.items()][-MOST_CONVERSATIONS:]
    beside = outside(sim.refused, sim.offline)
    page = render_page("convsim", conversations, sim.journal[-MOST_ENTRIES:], sessions=sessions, outside=beside)
    return page.partition("<body>")[2].rpartition("</body>")[0]
