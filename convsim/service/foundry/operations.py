"""The operations of Azure AI Foundry: OpenAI's verbs behind a gateway, and the lists that OpenAI does not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from convsim import errors
from convsim.items.fields import OMITTED, Input
from convsim.operations import conversations, lists, responses
from convsim.operations.conversations import find_conversation, page_answer
from convsim.operations.matching import patterns
from convsim.operations.project import Answer, Project, Run
from convsim.operations.route import Route
from convsim.responses import stored
from convsim.responses.agent import Agent
from convsim.responses.asked import TurnRequest
from convsim.responses.record import Record
from convsim.service.foundry import envelope, inputs, shapes, turns
from convsim.service.foundry.turns import HostedTurn

Json = dict[str, Any]
Shape = Callable[[Json], Json]


def create_response(project: Project, given: inputs.CreateResponse) -> HostedTurn:
    """Let the agent of the request complete it, and the model's side begin the turn."""
    agent = _agent(project, given.body)
    if agent is None and given.body.model is None and given.body.prompt is None:
        raise errors.missing("model")
    request = turns.completed(given.sent, agent)
    given.complete(request, agent)
    run = responses.begin(project, TurnRequest.of(given, project.behavior))
    run.hosting = turns.hosting(request, agent, given.conversation_id, project.ids)
    return HostedTurn(responses.Turn(run))


_NOT_WITH_AGENT = ("tools", "instructions", "text", "reasoning")


def _agent(project: Project, body: inputs.CreateResponseBody) -> Agent | None:
    """Return the agent of the request; raise the gateway's objection to it, or to members beside it."""
    if body.agent is not OMITTED:
        raise envelope.agent_deprecated()
    if body.agent_reference is None:
        return None
    agent = project.agents.get(body.agent_reference.name)
    if agent is None or body.agent_reference.version not in (None, agent.version):
        raise envelope.agent_not_found(body.agent_reference.name)
    for name in _NOT_WITH_AGENT:
        if getattr(body, name) is not None:
            raise envelope.not_with_agent(name)
    return agent


def list_items(project: Project, given: inputs.ListItems) -> Answer:
    """Answer with a page of the items, of one type if the request names one."""
    conversation = find_conversation(project, given.conversation_id)
    found = [(item.id, item) for item in conversation.items() if given.item_type in (None, item.type)]
    page, has_more = given.cut(found)
    return turns.written(page_answer([item for _, item in page], given.include, has_more=has_more), shapes.item_page)


def retrieve_response(project: Project, given: inputs.RetrieveResponse) -> Answer:
    """Answer with the response in its present state, or with its events again."""
    answer = responses.retrieve_response.verb(project, given)
    assert isinstance(answer, Answer), "no turn begins here"
    found = stored.find(project.responses, given.response_id)
    return turns.told(answer, found.document if isinstance(found, Record) else found.snapshot(), again=True)


def _behind(route: Route[Any], shape: Shape, model: type[Input] | None = None) -> Route[Any]:
    """Return the operation with another input, and with its answer rewritten."""

    def verb(project: Project, given: Any) -> Answer | Run:
        answer = route.verb(project, given)
        assert isinstance(answer, Answer), "turns have a verb of their own"
        return turns.written(answer, shape)

    return _instead(route, verb, model or route.given)


def _instead(route: Route[Any], verb: Callable[[Project, Any], Answer | Run], model: type[Input]) -> Route[Any]:
    return replace(route, given=model, verb=verb)


_ALL = (
    _behind(conversations.create_conversation, shapes.conversation, inputs.CreateConversation),
    _behind(conversations.seed_conversation, shapes.conversation, inputs.SeedConversation),
    _behind(conversations.retrieve_conversation, shapes.conversation),
    _behind(conversations.update_conversation, shapes.conversation),
    _behind(conversations.delete_conversation, shapes.deleted),
    _behind(lists.list_conversations, shapes.conversation_page),
    _behind(conversations.create_items, shapes.created_page, inputs.CreateItems),
    _instead(conversations.list_items, list_items, inputs.ListItems),
    _behind(conversations.retrieve_item, shapes.item),
    _behind(conversations.delete_item, shapes.item_deleted),
    _instead(responses.create_response, create_response, inputs.CreateResponse),
    _instead(responses.retrieve_response, retrieve_response, inputs.RetrieveResponse),
    _behind(responses.delete_response, shapes.deleted_response, inputs.DeleteResponse),
    _behind(responses.cancel_response, shapes.body, inputs.CancelResponse),
    _behind(responses.list_input_items, shapes.item_page, inputs.ListInputItems),
    _behind(responses.compact_response, shapes.compaction, inputs.CompactResponse),
    _behind(responses.count_input_tokens, dict, inputs.CountInputTokens),
    _behind(lists.list_responses, shapes.response_page),
)

ROUTES = {route.operation: route for route in _ALL}
"""The operations by name."""

PATTERNS = patterns([route for route in _ALL if route.path])
"""The operations by path."""
