"""Azure AI Foundry: turns that are not stored, are continued, or go on in the background; operations on responses."""

from __future__ import annotations

from convsim.contract.answers import Json, ok
from convsim.contract.answers import refused as passed_on
from convsim.contract.evidence import documented, inferred, recorded
from convsim.contract.foundry import (
    OPTIONS,
    REFERENCE,
    UNATTACHED,
    answered,
    body,
    listed,
    message,
    minted,
    said,
    start,
    turn,
)
from convsim.contract.scenario import Answer, Call, Finish, Id, PartitionOf, Raw, Script, scenario

_PARIS = said("Paris.")


def _unended(status: str) -> Json:
    """The body of a turn in the background that has not ended."""
    told = body(background=True, status=status, service_tier="auto", **UNATTACHED)
    return {name: value for name, value in told.items() if name not in ("completed_at", "usage")}


def _of(operation: str, answer: Answer, **arguments: object) -> Call:
    return Call(f"responses.{operation}", {"response_id": "{resp}", **arguments}, answer)


FOUNDRY_RESPONSES = (
    scenario(
        "foundry-turn-unstored",
        "With store false the partition of the ids ends in 01",
        recorded("azure-assets"),
        turn(
            ok(
                body(
                    message(
                        Id("said", "msg", shape="[0-9a-f]{16}01[0-9a-f]{32}", beside="resp"),
                        "Paris.",
                        "assistant",
                        agent_reference=REFERENCE,
                        response_id="{resp}",
                    ),
                    conversation=None,
                )
                | {"id": Id("resp", "resp", shape="[0-9a-f]{16}01[0-9a-f]{32}")}
            ),
            input="Hi",
            store=False,
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-chain",
        "A turn that continues another shares its partition, and says so",
        recorded("azure-assets"),
        turn(answered(said("Paris.", beside="resp"), conversation=None), input="Hi"),
        turn(
            ok(
                body(
                    message(
                        minted("again", "msg", "resp"),
                        "Lyon.",
                        "assistant",
                        agent_reference=REFERENCE,
                        response_id="{next}",
                    ),
                    conversation=None,
                    previous_response_id="{resp}",
                )
                | {"id": minted("next", "resp", "resp")}
            ),
            input="And then?",
            previous_response_id="{resp}",
        ),
        replies=("Paris.", "Lyon."),
        **OPTIONS,
    ),
    scenario(
        "foundry-turn-background",
        "A response in the background is queued, then in progress; usage and completed_at are away before it ends",
        recorded("azure-assets", note="that an immediate poll finds it in progress, and without filters, is inferred"),
        Script(("Paris.",), {"hold": True}),
        turn(ok(_unended("queued")), {}, model="gpt-4.1", input="Hi", background=True),
        _of("retrieve", ok(_unended("in_progress") | {"id": "{resp}"})),
        Finish(),
        _of(
            "retrieve",
            ok(body(said("Paris.", None, beside="resp"), background=True, **UNATTACHED) | {"id": "{resp}"}),
        ),
        **OPTIONS,
    ),
    scenario(
        "foundry-response-deleted",
        "A response is read as it was answered; a deleted one is not found, in OpenAI's envelope",
        recorded("azure-assets"),
        turn(answered(said("Paris.", beside="resp"), conversation=None), input="Hi"),
        _of(
            "retrieve",
            ok(body(said("Paris.") | {"id": "{said}"}, conversation=None) | {"id": "{resp}"}),
        ),
        _of("delete", ok({"id": "{resp}", "object": "response", "deleted": True})),
        _of("retrieve", passed_on("Response with id '{resp}' not found.", status=404)),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-response-input-items",
        "The input items of a response are a page as its conversation would show it",
        inferred("no page of them was recorded"),
        start(),
        turn(answered(_PARIS), conversation="{conv}", input="Hi"),
        _of("input_items.list", listed(message(minted("asked", "msg"), "Hi", partition_key=PartitionOf("conv")))),
        replies=("Paris.",),
        **OPTIONS,
    ),
    scenario(
        "foundry-response-list",
        "Responses are listed, of one conversation or agent where it is named",
        documented("azure-spec", note="recorded with names of snapshots and other details, which are left out here"),
        start(),
        turn(answered(_PARIS), conversation="{conv}", input="Hi"),
        *(
            Raw("GET", f"/responses{query}", ok(page))
            for query, page in (
                (
                    "?limit=1",
                    {
                        "data": [body(_PARIS | {"id": "{said}"}) | {"id": "{resp}"}],
                        "first_id": "{resp}",
                        "last_id": "{resp}",
                        "has_more": False,
                        "object": "list",
                    },
                ),
                ("?conversation_id=conv_other", {"data": [], "has_more": False, "object": "list"}),
                ("?agent_name=other", {"data": [], "has_more": False, "object": "list"}),
            )
        ),
        replies=("Paris.",),
        **OPTIONS,
    ),
)
