"""Lists of all objects of a project, in pages like those of items. Only Azure AI Foundry has them."""

from collections.abc import Sequence
from typing import Any, TypeVar

from convsim import errors
from convsim.http import wire
from convsim.items.fields import Input
from convsim.items.parameters import Limit, Order
from convsim.operations.project import Answer, Project
from convsim.operations.route import operation

T = TypeVar("T")


class Paging(Input):
    """The bounds of a page; ``after`` wins if both are given (recorded)."""

    limit: Limit = 20
    order: Order = "desc"
    after: str | None = None
    before: str | None = None

    def cut(self, oldest_first: Sequence[tuple[str, T]]) -> tuple[list[tuple[str, T]], bool]:
        """Return the page of these, each with its id, and whether more follow; raise the refusal of an unknown cursor.

        The page ``before`` an element ends with its neighbour (inferred).
        """
        ordered = list(oldest_first if self.order == "asc" else reversed(oldest_first))
        if self.after is not None:
            ordered = ordered[_places(ordered, self.after, "after")[-1] + 1 :]
        elif self.before is not None:
            ordered = ordered[: _places(ordered, self.before, "before")[0]]
            return ordered[max(0, len(ordered) - self.limit) :], len(ordered) > self.limit
        return ordered[: self.limit], len(ordered) > self.limit


def _places(ordered: Sequence[tuple[str, T]], cursor: str, param: str) -> list[int]:
    found = [place for place, (name, _) in enumerate(ordered) if name == cursor]
    if not found:
        raise errors.cursor_not_found(cursor, param)
    return found


class ListConversations(Paging):
    """The input; ``agent_id`` is an agent's name and version, joined by a colon."""

    agent_name: str | None = None
    agent_id: str | None = None


class ListResponses(ListConversations):
    conversation_id: str | None = None


@operation("GET", "/conversations", "conversations.list", reads=True, only="foundry")
def list_conversations(project: Project, given: ListConversations) -> Answer:
    """Answer with a page of conversations; for an agent, with those in which it has answered (inferred)."""
    found = list(project.store.conversations.items())
    if given.agent_name is not None or given.agent_id is not None:
        answered = {
            record.conversation_id for record in project.responses.ended.values() if _is_of(record.document, given)
        }
        found = [(name, one) for name, one in found if name in answered]
    page, has_more = given.cut(found)
    data = [wire.conversation(one) for _, one in page]
    return _answer([name for name, _ in page], data, has_more=has_more)


@operation("GET", "/responses", "responses.list", reads=True, only="foundry")
def list_responses(project: Project, given: ListResponses) -> Answer:
    """Answer with a page of the responses that have ended."""
    found = list(project.responses.ended.items())
    if given.conversation_id is not None:
        found = [(name, one) for name, one in found if one.conversation_id == given.conversation_id]
    if given.agent_name is not None or given.agent_id is not None:
        found = [(name, one) for name, one in found if _is_of(one.document, given)]
    page, has_more = given.cut(found)
    return _answer([name for name, _ in page], [one.body for _, one in page], has_more=has_more)


def _is_of(document: dict[str, Any], given: ListConversations) -> bool:
    """Return whether a response is the named agent's."""
    agent = document.get("agent_reference") or {}
    named = given.agent_name in (None, agent.get("name"))
    return named and given.agent_id in (None, f"{agent.get('name')}:{agent.get('version')}")


def _answer(ids: Sequence[str], data: Sequence[bytes], *, has_more: bool) -> Answer:
    # Foundry's dialect writes the JSON of every answer anew, so that nothing is indented here.
    return Answer(wire.page(data, ids[0] if ids else None, ids[-1] if ids else None, has_more=has_more))
