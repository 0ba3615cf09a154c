"""docs/items.md is what the catalogue prints, and says of each row what is peculiar to it."""

from __future__ import annotations

from functools import cache

import pytest

from convsim.items.catalogue import CATALOGUE
from tests.printing.items import render_catalogue

page = cache(render_catalogue)


def row(name: str) -> str:
    return next(line for line in page().splitlines() if line.startswith(f"| `{name}` |"))


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_type_has_a_row(name: str) -> None:
    assert row(name).count(" | ") == 4


def test_members_are_told_by_what_becomes_of_them() -> None:
    assert row("shell_call").startswith(
        '| `shell_call` | `sh_` | `id`, **`type`**, `status="completed"`, **`action`**, **`call_id`**, `caller`,'
        " `environment` (comes back as `null`) |"
    )
    assert "`phase`, **`role`** |" in page()
    assert "`error=null`" in row("mcp_call")


def test_prefixes_that_were_never_seen_are_in_italics() -> None:
    assert "| *`cuo_`* |" in row("computer_call_output")
    assert "| `cu_` |" in row("computer_call")
    assert "| any |" in row("item_reference")


def test_what_waits_for_include_and_what_is_not_stored_or_emulated_is_said() -> None:
    assert "| `file_search_call.results` |" in row("file_search_call")
    assert "| Accepted and not stored. |" in row("compaction_trigger")
    assert "Refused with the code `convsim_not_emulated`." in row("agent_message")
    assert "| Accepted under an id that the service knows" in row("reasoning")
