"""The openai package of npm in a web page: an origin that the server lists, and one that it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from convsim import Emulator
from tests.interop.browser import Page

_TALK = """
(async () => {
  const { default: OpenAI } = await import("/node_modules/openai/index.mjs");
  const client = new OpenAI({ apiKey: KEY, baseURL: ROOT + "/v1", dangerouslyAllowBrowser: true, maxRetries: 0 });
  const made = await client.conversations.create({ items: [{ role: "user", content: "Hello!" }] });
  const events = await client.responses.create({ model: "gpt-4.1", input: "x", conversation: made.id, stream: true });
  let last;
  for await (const event of events) last = event.type;
  const page = await client.conversations.items.list(made.id);
  const { response } = await client.conversations.delete(made.id).withResponse();
  return [last, page.data.length, response.headers.get("x-request-id").startsWith("req_")];
})()
"""
_TRY = """
(async () => {
  const tried = [];
  const headers = { Authorization: "Bearer " + KEY, "Content-Type": "application/json" };
  const simple = { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: "{}" };
  for (const [path, init] of [
    ["/v1/conversations", { method: "POST", headers, body: "{}" }],
    ["/v1/conversations", simple],
    ["/_convsim/reset", simple],
    ["/_convsim/", {}],
  ]) {
    tried.push(await fetch(ROOT + path, init).then((answer) => answer.type, () => "refused"));
  }
  const socket = new WebSocket(ROOT.replace("http", "ws") + "/v1/realtime?model=m", ["realtime"]);
  tried.push(await new Promise((resolve) => {
    socket.onopen = () => resolve("opened");
    socket.onerror = () => resolve("refused");
  }));
  return tried;
})()
"""


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def log_message(self, *told: object) -> None:
        """Say nothing."""


@contextmanager
def origin(folder: Path) -> Iterator[str]:
    """The files of a folder on a port of their own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def listed(page: Page, at: str, root: str, key: str) -> None:
    """The SDK in a page of a listed origin: preflights, a stream, and a header that the page may read."""
    page.open(f"{at}/")
    told = page.value(f"const ROOT = {root!r}, KEY = {key!r}; {_TALK}")
    assert told == ["response.completed", 3, True], told


def foreign(page: Page, at: str, root: str, key: str, sim: Emulator) -> None:
    """Whatever a page of another origin tries, it reads nothing and changes nothing."""
    page.open(f"{at}/")
    before = sim.snapshot(), len(sim.journal)
    told = page.value(f"const ROOT = {root!r}, KEY = {key!r}; {_TRY}")
    assert told == ["refused", "opaque", "opaque", "refused", "refused"], told
    assert (sim.snapshot(), len(sim.journal)) == before
