"""The emulator: the public object, composed of the service and the fronts for its clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self
from warnings import warn

from convsim.core.results import id_of
from convsim.core.text import with_short_ids
from convsim.emulator.app import App
from convsim.errors import RefusedError, UnusedFaultWarning, UnusedScriptWarning
from convsim.errors.misuse import FLAG, STRING, TEXT, require
from convsim.http.keys import DEFAULT_PROJECT
from convsim.http.other_hosts import OtherHosts
from convsim.http.urls import DEFAULTS, BaseUrls
from convsim.report.assertions import Line, assert_called, assert_items
from convsim.report.transcript import render_realtime
from convsim.service.options import Options, takes_options
from convsim.service.service import Service

if TYPE_CHECKING:
    import respx
    from openai import AsyncOpenAI, OpenAI

    from convsim.adapters.transports import Httpx2Transport, HttpxTransport
    from convsim.core.clock import Clock
    from convsim.core.results import Conversation, Resource, State
    from convsim.direct.client import Conversations
    from convsim.direct.project import ProjectAPI
    from convsim.direct.prompts import Prompts
    from convsim.direct.responses import Responses
    from convsim.direct.webhooks import Webhooks
    from convsim.faults.fault import Fault
    from convsim.faults.registry import Faults
    from convsim.journal.journal import Journal
    from convsim.server.application import Application
    from convsim.server.sessions import Served
    from convsim.service.realtime import Realtime
    from convsim.service.snapshots import Snapshot


class Emulator:
    """An offline OpenAI Conversations API: empty at first, and the same on every run.

    - ``seed`` decides all ids; ``ids`` are of the live shape, or ``"sequential"`` (``conv_1``, ``msg_1``).
    - ``now`` is the instant of the frozen clock, in seconds since the epoch, or a :class:`~convsim.core.clock.Clock`,
      which emulators may share. With ``virtual_time``, late answers and the SDK's waits move it and take no time.
    - ``base_urls`` are answered besides the default one, ``OPENAI_BASE_URL`` and ``AZURE_OPENAI_ENDPOINT``. One without
      a path answers below all prefixes that clients are known to send; a mapping names the project of each.
    - Requests to ``other_hosts`` are treated by one policy, ``"refuse"``, ``"pass"`` or ``"offline"`` (they find no
      network), or by a mapping from hosts, which may have stars, to these words.
    - ``unknown_routes="404"`` answers paths that only the live API has with its 404 for unknown paths.
    - ``api_keys`` limits the keys: several (each with a project of its own), or a mapping from key to project.
      ``auth="any"`` also accepts requests without a key, or with another scheme than Bearer and Basic.
    - ``unknown_ids="create"`` creates every id on first use, for generated client suites; it also sets
      ``phase_on_other_roles="drop"`` and ``limit_zero="empty_page"``, whatever ``behavior`` says.
    - ``behavior`` decides what the evidence leaves open. ``faults`` are armed at first, and again by :meth:`reset`.
    - ``replies`` are the model's answers, one a turn, or a list for a turn of several; ``unscripted="echo"`` answers
      all other turns with the user's words.
    - ``context_window`` is the longest input of a turn in tokens, which are not counted by default.
    - ``state`` is a file that :meth:`dump` wrote, the state to begin with; its seed and kind of ids replace ``seed``
      and ``ids``.
    - ``service`` is ``"openai"``, or ``"foundry"``: a project of Azure AI Foundry, which answers its ``base_urls`` and
      ``AZURE_AI_PROJECT_ENDPOINT``, ``FOUNDRY_PROJECT_ENDPOINT`` and ``AZURE_OPENAI_ENDPOINT`` only.
    - ``agents`` are the agents of that project, a mapping from name to :class:`~convsim.Agent`.

    The Direct API (``conversations``, ``seed``, ``state``, ``transcript``) acts on the default project; see
    :meth:`project`. All calls are safe from several threads: one lock makes each operation atomic.

    Raises :class:`~convsim.errors.UsageError` for an unknown option or a wrong value.

    >>> sim = Emulator(ids="sequential")
    >>> with sim.patch():
    ...     OpenAI(api_key="sk-any").conversations.create(metadata={"topic": "demo"}).id
    'conv_1'
    """

    @takes_options(Options)
    def __init__(self, options: Options) -> None:
        self._begin(options)

    def _begin(self, options: Options) -> None:
        if options.base_urls != ():
            BaseUrls(options.base_urls, environment={})  # refuse a wrong URL here, not at the first request
        self._other_hosts = OtherHosts(options.other_hosts)
        self._options = options
        self._service = Service(options)
        self._app = App(self._service)
        self._patched = 0

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The emulator's clock; ``clock.advance(seconds)`` moves it."""
        return self._service.clock

    @property
    def faults(self) -> Faults:
        """The armed faults; ``faults.add(RateLimited(), on="conversations.items.create")`` arms one."""
        return self._service.faults

    @property
    def journal(self) -> Journal:
        """The journal of requests, direct calls and Realtime events, oldest first."""
        return self._service.journal

    @property
    def realtime(self) -> Realtime:
        """The Realtime sessions: those of clients, and ``sim.realtime.connect()`` for tests without a client.

        A connection counts as one request in the numbering of request ids, which decide its session's ids.
        """
        return self._app.realtime

    @property
    def refused(self) -> tuple[RefusedError, ...]:
        """The requests that this emulator neither answered nor let out, oldest first."""
        return tuple(self._service.refused)

    @property
    def raised(self) -> tuple[Exception, ...]:
        """The exceptions that functions of scripts raised, oldest first; clients may have wrapped or swallowed them."""
        return tuple(self._service.raised)

    @property
    def offline(self) -> tuple[str, ...]:
        """The requests that found no network, because ``other_hosts`` is "offline" for their host, oldest first."""
        return tuple(self._service.offline)

    @property
    def api_key(self) -> str:
        """The first of ``api_keys``, or else a key made up from the seed."""
        return self._service.keys.example

    def project(self, name: str) -> ProjectAPI:
        """Return the Direct API of the project ``name``, the one of the keys that are mapped to it."""
        from convsim.direct.project import ProjectAPI

        require("sim.project(name", name, TEXT)
        return ProjectAPI(self._service, name)

    @cached_property
    def _project(self) -> ProjectAPI:
        return self.project(DEFAULT_PROJECT)

    # --- the default project -----------------------------------------------------------------------------------------

    @property
    def conversations(self) -> Conversations:
        """The Direct API: the SDK's ``conversations`` as plain calls."""
        return self._project.conversations

    @property
    def responses(self) -> Responses:
        """The scripts of the model (``sim.responses.script("Paris.")``), and the SDK's ``responses`` as plain calls."""
        return self._project.responses

    @property
    def prompts(self) -> Prompts:
        """The stored prompts that turns can name: ``sim.prompts.add("pmpt_1", model="gpt-5.5")``."""
        return self._project.prompts

    @property
    def webhooks(self) -> Webhooks:
        """The webhooks of ended background turns: ``sim.webhooks.take(now=time.time())``."""
        from convsim.direct.webhooks import Webhooks

        return Webhooks(self._service)

    @property
    def state(self) -> State:
        """Every conversation by id, oldest first, with all its items, no matter who created it."""
        return self._project.state

    def seed(
        self,
        conversation_id: str | None = None,
        items: Iterable[object] = (),
        *,
        metadata: Mapping[str, str] | None = None,
    ) -> Conversation:
        """Create a conversation under a literal id, or under a new one; see :meth:`ProjectAPI.seed`."""
        return self._project.seed(conversation_id, items, metadata=metadata)

    def reproduce(self) -> str:
        """Return Python that recreates all conversations byte for byte, ready to paste."""
        return self._project.reproduce()

    def transcript(self, conversation_id: str | Resource, *, deleted: bool = False) -> str:
        """Return a conversation as text, a line an item; see :meth:`ProjectAPI.transcript`.

        The id may be that of a Realtime session, whose deleted items are not shown.
        """
        session = self._app.session(id_of(conversation_id))
        if session is None:
            return self._project.transcript(conversation_id, deleted=deleted)
        return with_short_ids(render_realtime(id_of(conversation_id), session.items))

    def assert_items(self, conversation_id: str | Resource, expected: Iterable[Line]) -> None:
        """Raise ``AssertionError`` unless the conversation holds these items; see :meth:`ProjectAPI.assert_items`.

        The id may be that of a Realtime session.
        """
        __tracebackhide__ = True
        session = self._app.session(id_of(conversation_id))
        if session is None:
            self._project.assert_items(conversation_id, expected)
        else:
            assert_items(id_of(conversation_id), session.items, expected)

    # --- states ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget everything and set the clock back: the next calls give the same bytes as the first ones did."""
        self._app.reset()
        self._service.reset()

    def snapshot(self) -> Snapshot:
        """Return the state, with ids and clock; equal calls after a :meth:`restore` give equal bytes.

        >>> before = sim.snapshot()
        >>> sim.reset()
        >>> sim.restore(before)
        >>> list(sim.state)
        ['conv_1']
        """
        return self._service.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Return to a state, with its seed and kind of ids; faults and journal stay as they are.

        Raises :class:`~convsim.errors.UsageError`, and changes nothing, for a state of another ``service``.
        """
        self._service.restore(snapshot)

    def copy(self) -> Emulator:
        """Return another emulator with the same options and state, which then changes independently.

        >>> other = sim.copy()
        >>> other.reset()
        >>> len(sim.state), len(other.state)
        (1, 0)
        """
        made = self._made({})
        made.restore(self.snapshot())
        return made

    def _made(self, changes: Mapping[str, Any]) -> Emulator:
        """Return an emulator with the same options except ``changes``, and a clock of its own.

        It begins with the state that this one read, because reading a file takes much longer than restoring it.
        """
        options = replace(self._options, **{"now": copy(self.clock), **changes})
        made = with_options(replace(options, state=None))
        made._options = options
        if options.state is not None and self._service.initial is not None:
            made._service.begin_with(self._service.initial)
        return made

    def dump(self, path: str | PathLike[str], *, keep_secrets: bool = False) -> None:
        """Write the state to a file, as JSON with readable diffs; if that fails, the old file stays.

        Credentials of MCP tools, and users, passwords and tokens in URLs, are written as ``[redacted]``: a state file
        is meant to be committed. ``keep_secrets=True`` writes them too.

        >>> sim.dump("state.json")
        >>> list(Emulator(state="state.json").state)
        ['conv_1']
        """
        from convsim.service import state_files

        require("sim.dump(keep_secrets", keep_secrets, FLAG)
        state_files.write(self.snapshot(), path, keep_secrets=keep_secrets)

    def load(self, path: str | PathLike[str]) -> None:
        """Do as :meth:`restore`, from a file.

        Raises :class:`~convsim.errors.UsageError`, and changes nothing, for a file that is not a state.
        """
        from convsim.service import state_files

        self.restore(state_files.read(path))

    # --- what happened -----------------------------------------------------------------------------------------------

    def assert_called(
        self,
        operation: str,
        *,
        times: int | None = None,
        status: int | None = None,
        conversation: str | Resource | None = None,
        item: str | Resource | None = None,
        body: Any = None,
        fault: type[Fault] | Literal[True] | None = None,
        kind: Literal["http", "direct", "realtime"] | None = None,
        project: str | None = None,
    ) -> None:
        """Raise ``AssertionError`` unless the operation was called ``times`` times, or at least once if that is None.

        The criteria are those of ``journal.select``, and ``body``: the members that matter of the JSON that was sent.
        Each attempt counts, including the SDK's retries. Direct calls of the test count only with ``kind="direct"``. A
        type of Realtime events is an operation, too. Raises :class:`~convsim.errors.UsageError` for an unknown one.

        >>> made = client.conversations.create()
        >>> sim.assert_called("conversations.create", times=1, status=200, conversation=made)
        """
        __tracebackhide__ = True
        criteria = {
            "status": status,
            "conversation": conversation,
            "item": item,
            "fault": fault,
            "kind": kind,
            "project": project,
        }
        assert_called(self.journal, operation, times, body, criteria)

    def story(self) -> str:
        """Return the report of a failing test: the touched conversations, the newest exchanges and refusals.

        It has at most 20 items of each conversation, and the last 20 entries of the journal. Armed faults that did not
        happen, and unused replies, follow.
        """
        from convsim.report.failure import story

        return story(
            self.journal, lambda name, ids: self.project(name).endings(ids), self._app.sessions, *self._outside
        )

    @property
    def _outside(self) -> tuple[tuple[RefusedError, ...], tuple[str, ...], list[str]]:
        unused = [rule.told_unused for rule in self._service.armed or () if rule.unused]
        return self.refused, self.offline, [*unused, *self.unused_scripts]

    def page(self, title: str = "convsim", failure: str = "") -> str:
        """Return the same report as a page of HTML that needs no network."""
        from convsim.report import failure as report

        require("sim.page(title", title, STRING)
        require("sim.page(failure", failure, STRING)
        states = {name: self.project(name).state for name in list(self._service.projects)}
        service = self._service.dialect.name
        return report.page(title, failure, self.journal, states, self._app.sessions, service, *self._outside)

    def diagram(self) -> str:
        """Return the journal as a Mermaid sequence diagram."""
        from convsim.report.mermaid import render_mermaid

        return render_mermaid(self.journal)

    def dump_journal(self, path: str | PathLike[str]) -> None:
        """Write the journal to a file as JSON, without secrets; ``convsim render`` makes a page of it."""
        from convsim.journal import file

        file.write(self.journal, path)

    @property
    def unused_scripts(self) -> tuple[str, ...]:
        """The scripted replies that were never asked for, or less often than meant, a line each."""
        return tuple(self._app.unused_scripts)

    def clear_scripts(self) -> None:
        """Forget the unused scripted replies, so that no warning is given for them."""
        self._app.clear_scripts()

    # --- the ways by which clients reach it --------------------------------------------------------------------------

    @contextmanager
    def patch(self) -> Iterator[Self]:
        """Answer every client's requests to the base URLs, until the context ends.

        This catches httpx, httpx2 and websockets, sync and async, and so the official SDK, also on aiohttp; clients
        built before and after. Requests to other hosts are refused with :class:`~convsim.errors.RefusedHostError`
        (``other_hosts``), those to this machine's own hosts are let through. The innermost of several emulators answers
        for the URLs that it claims. The end warns of armed faults that did not happen, and of unused scripted replies
        (:class:`~convsim.errors.UnusedFaultWarning`, :class:`~convsim.errors.UnusedScriptWarning`).

        >>> with sim.patch():
        ...     OpenAI(api_key="sk-any").conversations.items.list("conv_1").data[0].id
        'msg_1'
        """
        with self._answering():
            yield self
        if not self._patched:
            for category, sentences in unused(self):
                warn(sentences, category, stacklevel=3)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        from convsim.adapters.active import Patch
        from convsim.adapters.interception import patched_in

        refused, offline = self._service.refused.append, self._service.offline.append
        patch = Patch(self._base_urls(), self._app, self._other_hosts, refused, offline, self.api_key)
        with patched_in(patch):
            self._patched += 1
            try:
                yield
            finally:
                self._patched -= 1

    def add_routes(self, router: respx.Router) -> respx.Route:
        """Answer on your own respx router: add one route for the base URLs, and return it."""
        from convsim.adapters.respx import add_routes

        route: respx.Route = add_routes(router, self._app, self._base_urls(), self._service.refused.append)
        return route

    def httpx2_transport(self) -> Httpx2Transport:
        """Return a transport for ``httpx2.Client`` and ``httpx2.AsyncClient``; it ignores the host and any prefix.

        >>> http = httpx2.Client(transport=sim.httpx2_transport(), headers={"Authorization": "Bearer sk-any"})
        >>> http.get("https://any.example/v1/conversations/conv_1").json()["id"]
        'conv_1'
        """
        from convsim.adapters.transports import Httpx2Transport

        return Httpx2Transport(self._app, self._base_urls().below)

    def httpx_transport(self) -> HttpxTransport:
        """Return a transport for ``httpx.Client`` and ``httpx.AsyncClient``; it ignores the host and any prefix.

        >>> http = httpx.Client(transport=sim.httpx_transport(), headers={"Authorization": "Bearer sk-any"})
        >>> http.get("https://any.example/v1/conversations/conv_1").json()["id"]
        'conv_1'
        """
        from convsim.adapters.transports import HttpxTransport

        return HttpxTransport(self._app, self._base_urls().below)

    def asgi(
        self,
        *,
        allowed_hosts: Iterable[str] | None = None,
        allowed_origins: Iterable[str] = (),
        control: bool = False,
    ) -> Application:
        """Return an ASGI application: HTTP, server-sent events and WebSockets, for in-process transports and servers.

        Behind an open port, list the allowed values of the ``Host`` header in ``allowed_hosts``, port included: others
        get a 421, and web pages of foreign origins a 403 unless they are in ``allowed_origins``. None allows every
        host, for applications without an open port. ``control`` adds the control plane below ``/_convsim/``, whose
        token is ``app.control_token``. Requests that name a session (docs/server.md) get an emulator of their own with
        the same options.
        """
        from convsim.server.admission import Admission, checked_hosts, checked_origins
        from convsim.server.application import Application
        from convsim.server.sessions import Sessions

        require("sim.asgi(control", control, FLAG)
        admission = Admission(checked_hosts(allowed_hosts), checked_origins(allowed_origins))
        return Application(Sessions(self._served(), self._fresh_served), admission, control=control)

    def _served(self) -> Served:
        from convsim.adapters.asgi import ASGIApp
        from convsim.server.lenient import LenientApp
        from convsim.server.sessions import Served

        app = self._app if self._options.unknown_ids == "refuse" else LenientApp(self._app)
        return Served(self, ASGIApp(app, self._base_urls().below), lambda: self._service.size)

    def _fresh_served(self, changes: Mapping[str, Any] | None = None) -> Served:
        """Return a fresh emulator with the same options except ``changes``, for a new session."""
        clock = copy(self.clock)
        clock.reset()
        made = self._made({"now": clock} if changes is None else {"now": clock, "state": None, **changes})
        served = made._served()
        served.remade = self._fresh_served
        return served

    def openai(self, **options: Any) -> OpenAI:
        """Return the official SDK's client on this emulator; ``options`` are the client's own (``max_retries=0``).

        Raises :class:`~convsim.errors.ConvsimError` if the SDK is not installed.

        >>> sim.openai(max_retries=0).conversations.retrieve("conv_1").id
        'conv_1'
        """
        from convsim.adapters.clients import openai_client

        return openai_client((self.httpx2_transport(), self.httpx_transport()), {"api_key": self.api_key, **options})

    def async_openai(self, **options: Any) -> AsyncOpenAI:
        """Return the asynchronous client, as :meth:`openai` does."""
        from convsim.adapters.clients import async_openai_client

        transports = self.httpx2_transport(), self.httpx_transport()
        return async_openai_client(transports, {"api_key": self.api_key, **options})

    def _base_urls(self) -> BaseUrls:
        """Return the base URLs with the present values of the environment's variables."""
        return BaseUrls(self._options.base_urls, defaults=DEFAULTS[self._options.service])

    def __repr__(self) -> str:
        service = self._service
        conversations = sum(len(project.store.conversations) for project in list(service.projects.values()))
        return f"Emulator(seed={service.seed!r}, ids={service.ids!r}, conversations={conversations})"


def with_options(options: Options) -> Emulator:
    """Return an emulator with options that were checked before."""
    sim = Emulator.__new__(Emulator)
    sim._begin(options)
    return sim


def patched_quietly(sim: Emulator) -> AbstractContextManager[None]:
    """Do as ``sim.patch()``, for callers that warn of :func:`unused` faults and scripts themselves."""
    return sim._answering()


def unused(sim: Emulator) -> list[tuple[type[Warning], str]]:
    """Return the warnings about unused faults and scripted replies: one of each kind, a line for each."""
    of_faults = ""
    if armed := sim._service.armed:
        from convsim.faults.registry import told_unused

        of_faults = told_unused(armed)
    told = {UnusedFaultWarning: of_faults, UnusedScriptWarning: "\n".join(sim.unused_scripts)}
    return [(category, sentences) for category, sentences in told.items() if sentences]
