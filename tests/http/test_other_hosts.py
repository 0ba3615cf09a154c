from __future__ import annotations

from typing import Any

import pytest

from convsim import Emulator, UsageError
from convsim.http.other_hosts import OtherHosts


@pytest.mark.parametrize("word", ["refuse", "pass", "offline"])
def test_one_word_is_for_every_host(word: Any) -> None:
    assert OtherHosts(word).of("example.com") == word


def test_the_most_specific_host_wins() -> None:
    hosts = OtherHosts(
        {
            "*": "pass",
            "**.example.com": "refuse",
            "*.example.com": "offline",
            "*.eu.example.com": "refuse",
            "Open.example.com": "pass",
        }
    )
    policies = {
        "other.org": "pass",
        "example.com": "pass",
        "a.example.com": "offline",
        "A.Example.com.": "offline",
        "a.eu.example.com": "refuse",
        "a.b.c.example.com": "refuse",
        "open.example.com": "pass",
        "127.0.0.1": "pass",
    }
    assert {host: hosts.of(host) for host in policies} == policies


def test_what_is_left_is_refused() -> None:
    assert OtherHosts({"example.com": "pass"}).of("other.org") == "refuse"
    assert OtherHosts({}).of("example.com") == "refuse"


@pytest.mark.parametrize(
    "given", ["maybe", None, 5, {"example.com": "maybe"}, {"*": True}, {"example.com": None}], ids=repr
)
def test_another_word_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="write 'refuse', 'pass' or 'offline', or a mapping from hosts to these words"):
        Emulator(other_hosts=given)


@pytest.mark.parametrize(
    "host",
    ["https://example.com", "example.com/v1", "example.com:443", "a*.com", "**.a.**.com", "", "a b", "u@a.com", 5],
)
def test_a_key_that_is_no_host_is_refused(host: Any) -> None:
    with pytest.raises(UsageError, match=r"other_hosts has .*: write a host without scheme, port and path"):
        Emulator(other_hosts={host: "pass"})


def test_a_mapping_is_taken_as_it_is_now() -> None:
    given: Any = {"example.com": "pass"}
    sim = Emulator(other_hosts=given)
    given["example.com"] = "maybe"
    assert sim.copy().offline == ()
