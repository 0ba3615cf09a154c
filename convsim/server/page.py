"""The live page at ``/_convsim/``: the page of the report, which refreshes itself and can act.

The empty page holds no data of the emulator. Its script takes the token from the URL's fragment, which browsers never
send, and calls the control plane as any other client does. The policy allows no other script and no other host.
"""

from __future__ import annotations

from typing import Any

from convsim import faults
from convsim.faults import Fault
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

async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error.message);
  return told;
}

async function act(method, path, body) {
  try {
    const told = await ask(method, path, body);
    at("status").textContent = "";
    return told;
  } catch (error) {
    at("status").textContent = error.message;
  }
}

async function refresh() {
  const told = await act("GET", "page");
  if (told && told.page !== shown) at("shown").innerHTML = shown = told.page;
  setTimeout(refresh, 1000);
}

at("reset").onclick = () => act("POST", "reset", {});
at("reply").onsubmit = (event) => {
  event.preventDefault();
  act("POST", "replies", { replies: [at("text").value] });
};
at("fault").onsubmit = (event) => {
  event.preventDefault();
  const rule = { fault: at("kind").value };
  if (at("on").value) rule.on = at("on").value;
  act("POST", "faults", rule);
};
at("replay").onsubmit = async (event) => {
  event.preventDefault();
  const told = await act("GET", `replay?first=${at("first").value || 1}&last=${at("last").value || 999999999}`);
  if (told) {
    at("test").hidden = false;
    at("test").textContent = told.test;
    await navigator.clipboard?.writeText(told.test).catch(() => {});
  }
};
if (token) refresh();
else at("status").textContent = "Add the control token to the URL, behind a #.";
"""

_OWN_STYLE = """
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; margin-bottom: 1rem; }
header form { display: flex; gap: .3rem; }
#status { color: var(--bad); }
#first, #last { width: 4rem; }
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
<form id="fault"><select id="kind">{_OPTIONS}</select><input id="on" placeholder="operation"><button>Arm</button></form>
<form id="replay"><input id="first" placeholder="from" inputmode="numeric"><input id="last" placeholder="to"
inputmode="numeric"><button>Copy as test</button></form>
<span id="status" role="status"></span>
</header>
<pre id="test" hidden></pre>
<div id="shown"></div>
<script>{_WHOLE_SCRIPT}</script>
</body>
</html>
"""


def body_of(sim: Any) -> str:
    """Return the newest conversations and entries as HTML; the page has its own bounds."""
    conversations = list(sim.state.values())[-MOST_CONVERSATIONS:]
    sessions = [(one.id, one.session.items) for one in sim.realtime.connections[-MOST_CONVERSATIONS:]]
    page = render_page("convsim", conversations, sim.journal[-MOST_ENTRIES:], sessions=sessions)
    return page.partition("<body>")[2].rpartition("</body>")[0]
