"""Exchanges of the journal as a test that sends the same requests again."""

from __future__ import annotations

from collections.abc import Iterable

from convsim.journal.entries import Entry, Exchange

_HEAD = """import httpx2


def test_replay(convsim):
    headers = {"Authorization": "Bearer sk-test"}
    with httpx2.Client(base_url="https://api.openai.com/v1", headers=headers) as http:
"""


_ANSWERED = 200


def render_replay(entries: Iterable[Entry]) -> str:
    """Return a test that sends the requests again, in their order, and expects the same statuses.

    If it begins with the first entry of an emulator and has the same options, the ids are the same. Only exchanges over
    HTTP that were answered are included.
    """
    lines = []
    for entry in entries:
        if isinstance(entry, Exchange) and entry.status is not None:
            sent = entry.body
            if isinstance(sent, dict) and entry.status == _ANSWERED:  # HTTP has no lanes, and no turns without output
                if sent.get("generate") is False:
                    continue
                sent = {name: value for name, value in sent.items() if name not in ("stream_id", "generate")}
            body = f", json={sent!r}" if sent is not None else ""
            target = f"{entry.request.path}{entry.query}"
            lines.append(f"        answer = http.request({entry.request.method!r}, {target!r}{body})")
            lines.append(f"        assert answer.status_code == {entry.status}")
    return _HEAD + "\n".join(lines or ["        pass"]) + "\n"
