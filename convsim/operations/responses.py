"""The operations on responses: turns of a model that the test plays, and operations on existing responses."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json

from convsim.errors import NotFoundError
from convsim.errors.responses import previous_response_not_found
from convsim.http import wire
from convsim.operations.conversations import find_conversation, page_answer
from convsim.operations.project import Answer, Project
from convsim.operations.route import operation
from convsim.responses import history, stored
from convsim.responses.asked import TurnRequest
from convsim.responses.events import Teller
from convsim.responses.families import limits_streams
from convsim.responses.prompts import StoredPrompt
from convsim.responses.readers import Reader
from convsim.responses.record import Record, items_up_to
from convsim.responses.request import (
    CancelResponse,
    CompactResponse,
    CountInputTokens,
    DeleteResponse,
    ListInputItems,
    Prompt,
    RetrieveResponse,
    input_items,
    require_answerable,
)
from convsim.responses.response import ResponseObject
from convsim.responses.run import Guard
from convsim.responses.run import Run as ResponseRun
from convsim.responses.settings import Settings


class Turn:
    """A turn as the service carries it out (:class:`~convsim.operations.project.Run`)."""

    def __init__(self, run: ResponseRun) -> None:
        settings = run.settings
        self.run = run
        self.play: Callable[[Guard], None] = run.play
        self._media_type = wire.EVENT_STREAM if settings.streamed else wire.JSON
        limited = not run.background and (not settings.streamed or limits_streams(settings.model))
        self._front: wire.Front | None = "turn" if limited else None

    @property
    def waits(self) -> bool:
        return self.run.waits

    def open(self) -> Answer:
        return Answer(Reader(self.run), self.run.touched, media_type=self._media_type, front=self._front)

    def commit(self) -> Answer:
        told = self.run.told()
        return Answer(told.data, self.run.touched, told.delay, self._media_type, self._front)


@operation("POST", "/responses", "responses.create", answer="Response")
def create_response(project: Project, given: TurnRequest) -> Answer | Turn:
    """Begin the turn, and end it if that takes neither time nor code of the test."""
    run = begin(project, given)
    if run.at_once():
        return Answer(run.body(), run.touched, run.plan.script.delay, front="turn")
    return Turn(run)


def begin(project: Project, given: TurnRequest) -> ResponseRun:
    """Make all checks that need the store, in the order of the live API, and return the turn."""
    conversation = None
    if given.conversation_id is not None:
        conversation = find_conversation(project, given.conversation_id)
    prompted: list[dict[str, Any]] = []
    checked = given.checked
    if checked is not None and checked.body.prompt is not None:
        completed = _prompt(project, checked.body.prompt).completes(given.sent, project.behavior)
        checked = checked.completed(completed, project.behavior)
        given = TurnRequest.of(checked, project.behavior, given.recent)
        if isinstance(given.sent.get("instructions"), list):
            prompted = given.sent["instructions"]
    previous = None
    past: history.Past = history.NO_PAST
    if given.previous_response_id is not None:
        previous = _previous(project, given.previous_response_id, given.recent)
        past = history.Trail(items_up_to(previous, project.store))
    if conversation is not None:
        past = conversation
    if checked is not None:
        require_answerable(checked.body, past, prompted)
    settings = given.settings or Settings(given.sent)
    entries = history.read(past, given.items, project.store.items, store=settings.keeps)
    run = ResponseRun(
        project.responses,
        given.sent,
        entries,
        conversation=conversation,
        previous=previous,
        recent=given.recent,
        settings=settings,
    )
    if conversation is not None and given.conversation_id not in project.store.conversations:
        project.store.add(conversation)
    return run


@operation("GET", "/responses/{response_id}", "responses.retrieve", answer="Response", reads=True)
def retrieve_response(project: Project, given: RetrieveResponse) -> Answer:
    """Answer with the response in its present state, or with the events of a background stream again."""
    _make_missing(project, given.response_id)
    if given.stream:
        stream = stored.resume(project.responses, given.response_id, given.starting_after)
        return Answer(stream, media_type=wire.EVENT_STREAM)
    return Answer(stored.body(project.responses, given.response_id))


@operation("DELETE", "/responses/{response_id}", "responses.delete", answer="ResponseDeleted", deletes=True)
def delete_response(project: Project, given: DeleteResponse) -> Answer:
    """Forget the response; the conversation keeps its items."""
    _make_missing(project, given.response_id)
    if (ended := stored.delete(project.responses, given.response_id)) is not None:
        ended.wake()
    return Answer(wire.deleted(given.response_id, "response.deleted"))


@operation("POST", "/responses/{response_id}/cancel", "responses.cancel", answer="Response")
def cancel_response(project: Project, given: CancelResponse) -> Answer:
    """End a turn in the background without output."""
    _make_missing(project, given.response_id)
    told, ended = stored.cancel(project.responses, given.response_id)
    if ended is not None:
        ended.wake()
    return Answer(told)


@operation("GET", "/responses/{response_id}/input_items", "responses.input_items.list", answer="ItemPage", reads=True)
def list_input_items(project: Project, given: ListInputItems) -> Answer:
    """Answer with a page of the model's input."""
    _make_missing(project, given.response_id)
    found = stored.input_items(
        project.responses,
        given.response_id,
        after=given.after,
        limit=given.limit,
        reverse=given.order == "desc",
    )
    return page_answer(found.items, given.include, has_more=found.has_more)


@operation("POST", "/responses/compact", "responses.compact", answer="ResponseCompaction")
def compact_response(project: Project, given: CompactResponse) -> Answer:
    """Answer with the input compacted to a shorter context; nothing is stored."""
    wanted = given.body
    previous = _previous(project, wanted.previous_response_id)
    items = history.resolved(input_items(wanted.input, project.behavior), project.store.items)
    document = stored.compact(project.responses, given.sent, items, previous)
    return Answer(wire.escaped(to_json(document, indent=2)), front="turn")


@operation("POST", "/responses/input_tokens", "responses.input_tokens.count", answer="InputTokens", reads=True)
def count_input_tokens(project: Project, given: CountInputTokens) -> Answer:
    """Answer with the number of tokens of such a turn."""
    wanted = given.body
    conversation = find_conversation(project, given.conversation_id) if given.conversation_id is not None else None
    previous = _previous(project, wanted.previous_response_id)
    items = history.resolved(input_items(wanted.input, project.behavior), project.store.items)
    context = conversation.tokens if conversation is not None else previous.tokens if previous is not None else 0
    return Answer(to_json(stored.count(given.sent, items, context), indent=2))


def _previous(project: Project, response_id: str | None, recent: Mapping[str, Record] | None = None) -> Record | None:
    if response_id is None:
        return None
    if recent is not None and response_id in recent:
        return recent[response_id]
    _make_missing(project, response_id)
    found = project.responses.ended.get(response_id)
    if found is None:
        raise previous_response_not_found(response_id)
    return found


def _prompt(project: Project, named: Prompt) -> StoredPrompt:
    """Return the named prompt; with ``unknown_ids="create"``, one with a model that accepts any variables."""
    try:
        return project.responses.prompts.find(named.id, named.version)
    except NotFoundError:
        if project.unknown_ids == "refuse":
            raise
        return StoredPrompt(named.id, named.version or "1", {"model": _MODEL_OF_MISSING}, None)


def _make_missing(project: Project, response_id: str) -> None:
    """With ``unknown_ids="create"``, make a response of that id: a background stream that was cancelled.

    So it can be read, streamed again, cancelled, continued and deleted.
    """
    responses = project.responses
    if project.unknown_ids == "refuse" or response_id in responses.ended or responses.find_open(response_id):
        return
    request = {"model": _MODEL_OF_MISSING, "background": True}
    made = ResponseObject(
        Settings(request),
        response_id,
        int(project.clock.now()),
        conversation_id=None,
        previous_response_id=None,
        members={},
    )
    created = Teller(response_id).about("response.created", made.in_event(made.state("queued")))
    responses.ended[response_id] = Record(
        body=made.body(made.state("cancelled")),
        input=(),
        output=(),
        anchor=response_id,
        tokens=0,
        events=[created],
    )


_MODEL_OF_MISSING = "gpt-4.1"
