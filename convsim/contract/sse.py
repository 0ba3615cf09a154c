"""Reading a stream of server-sent events as the standard says."""

from __future__ import annotations

import re

_LINE_END = re.compile("\r\n|\n|\r")


def events(content: bytes) -> list[str]:
    """Return the data of each event; an event that no empty line ends is incomplete, and left out.

    Lines end with CR LF, LF or CR, several lines of data are joined, and comments and other fields are skipped.
    """
    found: list[str] = []
    data: list[str] = []
    # The text behind the last line end is an unfinished line.
    *lines, _ = _LINE_END.split(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            found.append("\n".join(data))
            data = []
    return found
