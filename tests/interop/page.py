"""The live page in Chromium: it shows what happens, and acts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from convsim import Emulator
from convsim.server.application import Application
from tests.interop.browser import Page

KEY = {"Authorization": "Bearer sk-interop"}
TURN = {"model": "gpt-4.1", "input": "Where?"}


def use(page: Page, root: str, sim: Emulator, app: Application, pictures: Path | None = None) -> str:
    """Go through the page as a user does. ``pictures`` is a folder for what it looks like."""
    sim.reset()
    lines: list[str] = []
    app.log = lines.append
    with httpx2.Client(base_url=f"{root}/v1", headers=KEY) as http:
        page.open(f"{root}/_convsim/")
        page.until("document.getElementById('status').textContent.includes('Add the control token to the URL')")
        _see(page, pictures, "without-token")

        page.open(f"{root}/_convsim/#{app.control_token}")
        page.until("document.getElementById('shown').textContent.includes('Conversations')")
        made = http.post("/conversations", json={"items": [{"role": "user", "content": "<i>Hello!</i>"}]}).json()["id"]
        page.until("document.querySelector('.bubble')?.textContent.includes('<i>Hello!</i>')")  # live, and as text

        _fill(page, "reply", {"text": "In Paris."})
        page.until("document.getElementById('status').textContent === 'A turn will say \"In Paris.\".'")
        assert "In Paris." in http.post("/responses", json=TURN | {"conversation": made}).text
        page.until("document.querySelector('.bubble.assistant')?.textContent.includes('In Paris.')")

        page.value("document.querySelectorAll('details.entry')[0].open = true")
        _fill(page, "fault", {"kind": "RateLimited", "on": "conversations.retrieve"})
        page.until("document.getElementById('status').textContent.startsWith('Armed: ')")
        assert http.get(f"/conversations/{made}").status_code == 429
        page.until("document.querySelectorAll('details.entry').length === 3")
        assert page.value("document.querySelectorAll('details.entry')[0].open"), "what was opened has closed"
        _fill(page, "fault", {"on": "conversations.retreive"})
        page.until("document.getElementById('status').textContent.includes(\"Did you mean 'conversations.retrieve'\")")

        page.call("Page.bringToFront")
        page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        _fill(page, "replay", {"first": "1", "last": "1"})
        page.until("document.querySelector('#test pre').textContent.includes('def test_')")
        page.until("document.getElementById('status').textContent === 'The test is on the clipboard.'")
        assert page.value("navigator.clipboard.readText()") == page.value(
            "document.querySelector('#test pre').textContent"
        )
        page.value("document.querySelector('[data-copy]').click()")
        assert page.value("navigator.clipboard.readText()") == made
        _see(page, pictures, "used")

        page.value("document.getElementById('reset').click()")
        page.until("!document.querySelector('.bubble')")
        page.wait(lambda: not sim.state, "a reset")
        _see(page, pictures, "narrow", width=420)
    # The misspelt operation, and nothing that the policy had to refuse.
    assert [told for told in page.complaints if "400 (Bad Request)" not in told] == []
    assert not any(app.control_token in line for line in lines), "the token was in a URL"
    assert page.value("document.cookie") == ""
    return "live, reset, replies, faults, a range as a test, ids on the clipboard"


def _fill(page: Page, form: str, values: dict[str, str]) -> None:
    for field, value in values.items():
        page.value(f"document.getElementById({field!r}).value = {value!r}")
    page.value(f"document.getElementById({form!r}).requestSubmit()")


def _see(page: Page, pictures: Path | None, name: str, **size: Any) -> None:
    if pictures is not None:
        page.picture(pictures / f"{name}.png", **size)
