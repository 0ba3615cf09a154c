"""Webhooks: their bodies, ids and signatures."""

from __future__ import annotations

import json

from convsim.responses.webhooks import Ended, secret, signing_key, webhook

LIVE = Ended("resp_0065c3603c7e15190067d348e00000819babd4aa91e62c87b7", "completed", 1741900000)
KEY = signing_key(0)


def test_a_body_is_as_documented() -> None:
    one = webhook(LIVE, KEY, 1741900060.5)
    assert list(json.loads(one.body).items()) == [
        ("object", "event"),
        ("id", "evt_67d348e0054c568c3543033bc0b6b987"),
        ("type", "response.completed"),
        ("created_at", 1741900000),
        ("data", {"id": LIVE.response_id}),
    ]
    assert one.headers == {
        "user-agent": "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)",
        "content-type": "application/json",
        "webhook-id": "wh_67d348e0054c568c3543033bc0b6b987",
        "webhook-timestamp": "1741900060",
        "webhook-signature": "v1,EHj1RSInDdvkGr+JCEvy5+mp2cyZL1KOjRGMlyEvmN0=",
    }


def test_only_the_headers_depend_on_when_it_is_signed() -> None:
    first, later = (webhook(LIVE, KEY, now) for now in (1741900000, 1741900001))
    assert first.body == later.body
    changed = {name for name in first.headers if first.headers[name] != later.headers[name]}
    assert changed == {"webhook-timestamp", "webhook-signature"}


def test_sequential_responses_have_short_ids() -> None:
    one = webhook(Ended("resp_7", "failed", 0), KEY, 0)
    assert (json.loads(one.body)["id"], one.headers["webhook-id"]) == ("evt_7", "wh_7")


def test_the_seed_decides_the_secret() -> None:
    assert secret(KEY) == secret(signing_key(0))
    assert secret(KEY) != secret(signing_key(1))
    assert len(KEY) == 32
