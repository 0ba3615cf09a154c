"""Captured frames of the live service, byte for byte once ids are put in the place of ids."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest

from convsim.realtime import Frame, Session, Speech
from convsim.realtime.fields import Dialect

ID = re.compile(r"\b(event|item|resp|conv|sess)_[0-9A-Za-z]{21}\b")

# Of 2026-01-01, gpt-realtime (GA), and of 2024-12-22, gpt-4o-realtime-preview (beta).
COMMITTED = (
    '{"type":"input_audio_buffer.committed","event_id":"event_Ct1OZlX2FE6f7S0veUG5B","previous_item_id":null,'
    '"item_id":"item_Ct1OXLqYLre7VW2Bz9Eoy"}'
)
ADDED = (
    '{"type":"conversation.item.added","event_id":"event_Ct1OZj9NwCjOpHFOCVWVn","previous_item_id":null,"item":{'
    '"id":"item_Ct1OXLqYLre7VW2Bz9Eoy","type":"message","status":"completed","role":"user",'
    '"content":[{"type":"input_audio","transcript":null}]}}'
)
DONE = (
    '{"type":"conversation.item.done","event_id":"event_Ct1OZaebaHQZhDgXUdkeW","previous_item_id":null,"item":{'
    '"id":"item_Ct1OXLqYLre7VW2Bz9Eoy","type":"message","status":"completed","role":"user",'
    '"content":[{"type":"input_audio","transcript":null}]}}'
)
CREATED = (
    '{"type":"conversation.item.created","event_id":"event_AhALPxxoEKr9HSkspfgLw","previous_item_id":null,"item":{'
    '"id":"item_AhALNEeL5H0wTcgGj1kH2","object":"realtime.item","type":"message","status":"completed","role":"user",'
    '"content":[{"type":"input_audio","transcript":null}]}}'
)
RESPONSE = [
    (
        '{"type":"response.created","event_id":"event_Ct1Ok0t6JgVkYkezTOFIJ","response":{"object":"realtime.response",'
        '"id":"resp_Ct1OkhbgNQBuFX2HeE0P9","status":"in_progress","status_details":null,"output":[],'
        '"conversation_id":"conv_Ct1OV3QLbjuyAYbanznrU","output_modalities":["audio"],"max_output_tokens":"inf",'
        '"audio":{"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy"}},"usage":null,"metadata":null}}'
    ),
    (
        '{"type":"response.output_item.added","event_id":"event_Ct1Ok7UpCTAjciboad3TO",'
        '"response_id":"resp_Ct1OkhbgNQBuFX2HeE0P9","output_index":0,"item":{"id":"item_Ct1OkNEvGW5s0xZERnV95",'
        '"type":"message","status":"in_progress","role":"assistant","content":[]}}'
    ),
    (
        '{"type":"conversation.item.added","event_id":"event_Ct1OkPD2bUvRkXvvdkiHf",'
        '"previous_item_id":"item_Ct1OhVepyDFpDovHrgmNp","item":{"id":"item_Ct1OkNEvGW5s0xZERnV95","type":"message",'
        '"status":"in_progress","role":"assistant","content":[]}}'
    ),
    (
        '{"type":"response.content_part.added","event_id":"event_Ct1Ok0wNRMw8wizhpPAD3",'
        '"response_id":"resp_Ct1OkhbgNQBuFX2HeE0P9","item_id":"item_Ct1OkNEvGW5s0xZERnV95","output_index":0,'
        '"content_index":0,"part":{"type":"audio","transcript":""}}'
    ),
    (
        '{"type":"response.output_audio_transcript.delta","event_id":"event_Ct1Ok70EO4KZfMtv7bHV3",'
        '"response_id":"resp_Ct1OkhbgNQBuFX2HeE0P9","item_id":"item_Ct1OkNEvGW5s0xZERnV95","output_index":0,'
        '"content_index":0,"delta":"The","obfuscation":"LBqdwEYsSEHbF"}'
    ),
]


def anonymous(text: str) -> str:
    return re.sub(r'"obfuscation":"(\w+)"', lambda found: f'"obfuscation":{len(found[1])}', ID.sub(r"\1", text))


def texts(session: Session) -> list[str]:
    return [sent.text for sent in session.events_to_send() if isinstance(sent, Frame)]


def speak(session: Session) -> None:
    audio = b64encode(bytes(4800)).decode()
    session.receive(f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}')
    session.receive('{"type":"input_audio_buffer.commit"}')


@pytest.mark.parametrize(("dialect", "captured"), [("ga", [COMMITTED, ADDED, DONE]), ("beta", [COMMITTED, CREATED])])
def test_what_a_user_says(dialect: Dialect, captured: list[str]) -> None:
    session = Session(dialect=dialect)
    texts(session)
    speak(session)
    sent = texts(session)

    assert [anonymous(text) for text in sent] == [anonymous(text) for text in captured]
    assert [len(text) for text in sent] == [len(text) for text in captured]


def test_the_sizes_are_those_of_the_frame_log() -> None:
    """Of 2026-09-18, gpt-realtime-mini."""
    session = Session()
    texts(session)
    speak(session)

    assert [len(text) for text in texts(session)] == [143, 247, 246]


def test_how_a_response_begins() -> None:
    session = Session()
    speak(session)
    texts(session)
    session.script(Speech(bytes(4800), "The highest"))
    session.receive('{"type":"response.create"}')

    begun = [anonymous(text) for text in texts(session)[: len(RESPONSE)]]
    assert begun == [anonymous(text) for text in RESPONSE]
