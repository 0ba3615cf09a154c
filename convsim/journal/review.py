"""Mistakes of the code under test, found in the journal; each rule is a row of a table.

A rule looks at entries of the same call, or of the same conversation, and names those that show its finding. Only
requests over HTTP count: direct calls of the test are not a client's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from convsim.journal.entries import Entry, Exchange
from convsim.operations.conversations import create_conversation, create_items, list_items
from convsim.operations.responses import create_response
from convsim.store.ends import answered

_WRITES = (create_conversation.operation, create_items.operation, create_response.operation)
_LIST = list_items.operation
_DEFAULT_LIMIT = 20

# Refusals of the request itself: a repetition is refused again. A lock is the exception, which ends by itself.
_FINAL = (400, 401, 403, 404, 422)
_PASSING = ("conversation_locked",)


class Finding(NamedTuple):
    """One mistake of a client: its ``code``, a sentence, and the entries that show it, oldest first.

    >>> armed = sim.faults.add(ConnectionReset(), after_commit=True)
    >>> made = sim.openai(max_retries=1).conversations.create()
    >>> [finding.code for finding in sim.journal.review()]
    ['doubled_write']
    """

    code: str
    message: str
    entries: tuple[Entry, ...]

    def __str__(self) -> str:
        numbers = ", ".join(str(entry.number) for entry in self.entries)
        return f"{self.code}: {self.message} (journal {numbers})"


def review(entries: Iterable[Entry]) -> list[Finding]:
    """Return the findings about the exchanges among ``entries``, ordered by the entries that show them."""
    exchanges = [entry for entry in entries if isinstance(entry, Exchange)]
    found = [finding for rule in RULES.values() for finding in rule(exchanges)]
    return sorted(found, key=lambda finding: [entry.number for entry in finding.entries])


# --- the same request again ----------------------------------------------------------------------------------------


def _repeats(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    """Yield each request with its next repetition, by the SDK or by the code itself."""
    last: dict[tuple[object, ...], Exchange] = {}
    for one in exchanges:
        # Without the key of the retry: a repetition by the code has another one.
        identity = one.identity[:-1]
        if identity in last:
            yield last[identity], one
        last[identity] = one


def _retried_refusals(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    writes = [one.number for one in exchanges if one.done and one.request.method != "GET"]
    for first, again in _repeats(exchanges):
        refused = first.status in _FINAL and (first.error or {}).get("code") not in _PASSING
        # A write in between may have made the request valid.
        if refused and not any(first.number < number < again.number for number in writes):
            yield Finding(
                "retried_refusal",
                f"{first.title} was refused with {first.status} and sent again unchanged: the API refuses it again",
                (first, again),
            )


def _early_retries(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    for first, again in _repeats(exchanges):
        wanted = _retry_after(first)
        waited = again.moment - first.moment
        if wanted is not None and waited < wanted:
            yield Finding(
                "ignored_retry_after",
                f"{first.title} was to be sent again after {wanted:g} s, and was after {waited:.3g} s",
                (first, again),
            )


def _retry_after(one: Exchange) -> float | None:
    """Return the seconds that the answer asks the client to wait; a date, which the API never sends, is ignored."""
    headers = {name.lower(): value for name, value in one.response.headers} if one.response is not None else {}
    for name, unit in ((b"retry-after-ms", 1000), (b"retry-after", 1)):
        text = headers.get(name, b"").decode("latin-1")
        if text.replace(".", "", 1).isdecimal():
            return float(text) / unit
    return None


def _doubled_writes(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    for first, again in _repeats(exchanges):
        if first.operation in _WRITES and first.done and not first.arrived and again.done:
            yield Finding(
                "doubled_write",
                f"the answer of {first.title} was lost after the API had carried it out; sent again, it was carried out"
                " twice. Read the conversation before sending it again",
                (first, again),
            )


# --- pages, streams and outputs --------------------------------------------------------------------------------------


def _unread_pages(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    asked = defaultdict(set)
    for one in exchanges:
        if one.operation == _LIST:
            asked[one.conversation].add(_parameter(one, "after"))
    for one in exchanges:
        page = one.answer if one.operation == _LIST and one.arrived else None
        if not isinstance(page, dict) or page.get("has_more") is not True:
            continue
        limit = _parameter(one, "limit") or ""
        wants_few = limit.isdigit() and int(limit) < _DEFAULT_LIMIT
        if not wants_few and page.get("last_id") not in asked[one.conversation]:
            yield Finding(
                "unread_page",
                f"{one.title} said has_more, and no request has asked for what follows {page.get('last_id')}",
                (one,),
            )


def _parameter(one: Exchange, name: str) -> str | None:
    return parse_qs(one.request.query).get(name, [None])[-1]


def _open_streams(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    for one in exchanges:
        if one.is_open:
            yield Finding(
                "open_stream",
                f"the stream of {one.title} was neither read to its end nor closed: its connection is never given back",
                (one,),
            )


def _repeated_outputs(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    sent: dict[tuple[str | None, str], Exchange] = {}
    for one in exchanges:
        for call_id in _outputs(one) if one.done else ():
            key = one.conversation, call_id
            if key in sent:
                yield Finding(
                    "repeated_output",
                    f"the output of the call {call_id} was sent twice to {one.conversation}",
                    (sent[key], one),
                )
            sent[key] = one


def _outputs(one: Exchange) -> list[str]:
    """Return the call ids of the outputs that a request adds to a conversation."""
    if one.operation not in _WRITES or one.conversation is None or not isinstance(one.body, dict):
        return []
    items: Any = one.body.get("items", one.body.get("input"))
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    calls = [answered(str(item.get("type")), item.get("call_id")) for item in found]
    return [call.call_id for call in calls if call is not None]


RULES: dict[str, Callable[[Sequence[Exchange]], Iterator[Finding]]] = {
    "retried_refusal": _retried_refusals,
    "ignored_retry_after": _early_retries,
    "doubled_write": _doubled_writes,
    "unread_page": _unread_pages,
    "open_stream": _open_streams,
    "repeated_output": _repeated_outputs,
}
"""The rules by the code of their findings."""
