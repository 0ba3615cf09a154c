"""A client of the control plane of ``convsim serve``: each scenario gets a session with options of its own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from convsim.contract.realtime import Act, RealtimeScenario
from convsim.contract.scenario import Prompt, Scenario, Script
from convsim.contract.turn_sockets import SocketScenario
from convsim.core.text import shortened
from convsim.errors import ConvsimError
from convsim.faults.rules import Rule
from convsim.server.reading import AGENT_MEMBERS

if TYPE_CHECKING:
    import httpx2

# The options on which scenarios rely, whatever the server was started with.
_DEFAULTS: Mapping[str, Any] = {
    "ids": "live",
    "unknown_routes": "refuse",
    "unknown_ids": "refuse",
    "unscripted": "refuse",
    "api_keys": None,
    "context_window": None,
    "behavior": {},
    "faults": (),
    "replies": (),
    "agents": None,
}


class Control:
    """Acts on the session ``session`` of the server at ``base_url``; ``token`` is that of its control plane.

    ``service`` is the service of scenarios that do not name theirs.
    """

    def __init__(self, client: httpx2.Client, base_url: str, token: str, session: str, service: str = "openai") -> None:
        self._client = client
        self._service = service
        parts = urlsplit(base_url)
        self._root = f"{parts.scheme}://{parts.netloc}/_convsim"
        self.headers: dict[str, str] = {"X-Convsim-Session": session}
        self._own = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | self.headers

    def begin(self, scenario: Scenario | RealtimeScenario | SocketScenario) -> None:
        """Begin with a fresh emulator and the scenario's options; raise ``ConvsimError`` if no convsim answers."""
        options = {**_DEFAULTS, "service": self._service, **scenario.options}
        if options["agents"] is not None:
            options["agents"] = {
                name: {member: getattr(agent, member) for member in AGENT_MEMBERS}
                for name, agent in options["agents"].items()
            }
        options["replies"] = [
            {"replies": said if isinstance(said, list) else [said]} for said in written(options["replies"])
        ]
        self._post("/reset", {"options": written(options)})

    def script(self, step: Script) -> None:
        """Queue the model's next replies."""
        self._post("/replies", {"replies": written(step.says), **step.options})

    def prompt(self, step: Prompt) -> None:
        """Store a version of a prompt."""
        self._post("/prompts", {"id": step.prompt_id, **step.settings})

    def finish(self, response_id: str) -> None:
        """Continue a held turn to its end."""
        self._post(f"/responses/{response_id}/finish", {})

    def act(self, step: Act) -> None:
        """Act as the service in the session's newest Realtime connection."""
        given = dict(zip(_ARGUMENTS[step.method], step.arguments, strict=False))
        if step.method == "script":
            given = {"replies": list(step.arguments)}
        self._post(f"/realtime/{step.method}", written({**given, **step.options}))

    def advance(self, seconds: int) -> None:
        """Move the session's clock forward."""
        self._post("/clock", {"advance": seconds})

    def end(self) -> None:
        """Forget the state of the session."""
        self._post("/reset", {})

    def _post(self, path: str, body: object) -> None:
        import httpx2

        try:
            answer = self._client.post(self._root + path, headers=self._own, json=body)
        except httpx2.HTTPError as error:
            raise ConvsimError(f"POST {self._root}{path}: {str(error) or type(error).__name__}") from None
        if answer.status_code != 200:
            raise ConvsimError(f"POST {self._root}{path} answers {answer.status_code}: {shortened(answer.text)}")


_ARGUMENTS: Mapping[str, Sequence[str]] = {
    "script": (),
    "add": ("item",),
    "finish": (),
    "drop": ("code", "reason"),
    "expire": (),
}


def written(value: Any) -> Any:
    """Return a reply, a fault, a rule, or a collection of them, as the JSON that the control plane reads."""
    if isinstance(value, Rule):
        return {"fault": written(value.fault), "on": value.operations}
    if is_dataclass(value) and not isinstance(value, type):
        return {type(value).__name__: {one.name: written(getattr(value, one.name)) for one in fields(value)}}
    if isinstance(value, Mapping):
        return {name: written(member) for name, member in value.items()}
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, (list, tuple)):
        return [written(member) for member in value]
    return value
