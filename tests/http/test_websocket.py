"""How a WebSocket may end, and what its control frames carry, as the protocol of websockets sees it."""

from __future__ import annotations

import pytest
from websockets.exceptions import ProtocolError
from websockets.frames import Close

from convsim import UsageError
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close


@pytest.mark.parametrize("code", [*range(990, 1020), 2999, 3000, 4000, 4999, 5000])
def test_the_codes_are_those_that_a_frame_carries_and_the_one_of_none(code: int) -> None:
    try:
        Close(code, "").serialize()
        carried = True
    except ProtocolError:
        carried = False
    if carried or code == ABNORMAL_CLOSURE:
        check_close("call", code, "")
    else:
        with pytest.raises(UsageError, match=rf"^call\(code={code}\): write 1006, .* 1000 to 1003, 1007 to 1014"):
            check_close("call", code, "")
