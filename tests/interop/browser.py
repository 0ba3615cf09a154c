"""A page in Chromium, driven over the DevTools protocol: just what the checks of the live page need."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import connect
from websockets.sync.connection import Connection

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SWITCHES = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
_PATIENCE = 30.0


def browser() -> str | None:
    """The browser of this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)


class Page:
    """One page; ``complaints`` are what the browser says in its console: refused scripts and failed requests."""

    def __init__(self, connection: Connection) -> None:
        self.complaints: list[str] = []
        self._connection = connection
        self._numbers = itertools.count(1)
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """One command, and what comes of it."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._connection.recv(timeout=_PATIENCE))
            if told.get("method") == "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])
            elif told.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told["params"]["exceptionDetails"]))
            elif told.get("id") == number:
                assert "error" not in told, told["error"]
                return told["result"]

    def open(self, url: str) -> None:
        self.call("Page.navigate", url="about:blank")  # another fragment alone would load nothing
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, script: str) -> Any:
        """What a script gives, as the user's own hand: clipboards and such want one."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a script gives something true."""
        self.wait(lambda: self.value(script), script)

    def wait(self, happened: Callable[[], object], what: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not happened():
            assert time.monotonic() < end, f"it does not happen: {what}\n{self.value('document.body.innerText')}"
            time.sleep(0.05)

    def picture(self, path: Path, width: int = 1200, height: int = 900) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        path.write_bytes(b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def opened(program: str) -> Iterator[Page]:
    """A browser with an empty page, and a profile that is thrown away."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *_SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                with connect(_page_of(Path(profile, "DevToolsActivePort")), max_size=None) as connection:
                    yield Page(connection)
            finally:
                process.terminate()


def _page_of(file: Path) -> str:
    """Where the page listens, once the browser has written its port."""
    end = time.monotonic() + _PATIENCE
    while not file.exists() or "\n" not in file.read_text():
        assert time.monotonic() < end, "the browser does not start"
        time.sleep(0.05)
    port = file.read_text().splitlines()[0]
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=_PATIENCE) as answer:
            for target in json.load(answer):
                if target["type"] == "page":
                    url: str = target["webSocketDebuggerUrl"]
                    return url
