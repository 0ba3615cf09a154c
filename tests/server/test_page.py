"""The live page: its shell, its policy, and what it shows."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import httpx2
import pytest

from convsim import Emulator, RefusedHostError
from convsim.faults import RateLimited
from convsim.server import page
from tests.server.asking import KEY, Control


def digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_the_shell_needs_no_token_and_holds_nothing_of_the_emulator() -> None:
    control = Control()
    control.sim.seed("conv_secret")
    answer = control.http.get("/_convsim/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "conv_secret" not in answer.text
    assert control.app.control_token not in answer.text
    assert control.http.get("/_convsim", follow_redirects=False).text == answer.text


def test_its_policy_lets_its_own_script_and_style_work_and_nothing_else() -> None:
    answer = Control().http.get("/_convsim/")
    policy = answer.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert f"script-src {digest(script)};" in policy
    assert f"style-src {digest(style)};" in policy
    assert "default-src 'none';" in policy
    assert "connect-src 'self';" in policy
    assert not re.search(r"https?:|src=|href=|\son\w+=|style=", answer.text.replace(script, "").replace(style, ""))


def test_it_offers_the_faults_that_need_no_members() -> None:
    assert f"<option>{RateLimited.__name__}</option>" in page.SHELL
    assert "<option>Latency</option>" not in page.SHELL
    assert "<option>Fault</option>" not in page.SHELL


def test_it_shows_conversations_sessions_and_the_wire() -> None:
    control = Control()
    control.sim.seed("conv_1", items=[{"role": "user", "content": "<b>hi</b>"}])
    control.sim.realtime.connect()
    control.http.get("/v1/conversations/conv_1", headers=KEY)
    shown = control.told("GET", "/page")["page"]
    assert "&lt;b&gt;hi&lt;/b&gt;" in shown
    assert "conversations.retrieve" in shown
    assert control.sim.realtime.connections[0].id in shown
    assert "<style>" not in shown


def test_of_sessions_with_one_id_it_shows_the_newest() -> None:
    control = Control()
    before = control.sim.snapshot()
    for text in ("said first", "said second"):
        control.sim.restore(before)
        control.sim.realtime.connect().session.add(text)
    shown = page.body_of(control.sim)
    assert ("said first" in shown, "said second" in shown) == (False, True)


def test_it_shows_what_was_refused() -> None:
    sim = Emulator()
    with sim.patch(), pytest.raises(RefusedHostError):
        httpx2.get("https://elsewhere.example/")
    shown = page.body_of(sim)
    assert '<pre class="outside">  refused  GET https://elsewhere.example/ was not sent</pre>' in shown


def test_it_shows_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_CONVERSATIONS", 2)
    sim = Emulator()
    for name in ("conv_old", "conv_new", "conv_newest"):
        sim.seed(name)
    shown = page.body_of(sim).partition('class="wire"')[0]
    assert "conv_newest" in shown
    assert "conv_old" not in shown
