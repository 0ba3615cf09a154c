"""The ids of all types: their prefixes, and the types that must bring one."""

from __future__ import annotations

from convsim.contract.answers import create_items, missing, nothing_stored, page, refused, start
from convsim.contract.evidence import Evidence, inferred, recorded, second_hand
from convsim.contract.scenario import Answer, Id, Scenario, scenario
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import NEED_IDS

_ASKED_FOR = (
    "message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "web_search_call",
    "tool_search_call",
    "reasoning",
)
_CHOSEN = (
    "computer_call_output",
    "local_shell_call_output",
    "mcp_approval_response",
    "apply_patch_call_output",
    "additional_tools",
    "configuration_update",
)
_SEEN = tuple(kind for kind in SAMPLES if kind not in (*_ASKED_FOR, *_CHOSEN))


def _wrong_prefix(value: str, prefix: str) -> Answer:
    message = f"Invalid 'items[0].id': '{value}'. Expected an ID that begins with '{prefix}'."
    return refused(message, param="items[0].id", code="invalid_value")


def _refused_prefixes(name: str, title: str, evidence: Evidence, kinds: tuple[str, ...]) -> Scenario:
    """Refuse an id of no type, and one whose prefix only begins like the right one."""
    steps = [
        create_items([SAMPLES[kind].posted(value)], _wrong_prefix(value, SAMPLES[kind].prefix))
        for kind in kinds
        for value in ("zz_1", f"{SAMPLES[kind].prefix}x_1")
    ]
    return scenario(name, title, evidence, *start(), *steps, nothing_stored())


ITEM_IDS = (
    scenario(
        "id-required",
        "Calls of hosted tools must bring an id, and so must a reference",
        second_hand("agents-python", note="one quoted reply of this API; the list of types is the SDK's"),
        *start(),
        *(create_items([SAMPLES[kind].sent], missing("items[0].id")) for kind in NEED_IDS),
        create_items([{"type": "item_reference"}], missing("items[0].id")),
        nothing_stored(),
    ),
    scenario(
        "id-required-and-replaced",
        "The id that such an item had to bring is replaced when the service does not know it",
        second_hand("stdapi", note="of items in general"),
        *start(),
        *(
            create_items(
                [SAMPLES[kind].posted(f"{SAMPLES[kind].prefix}_{'0' * 48}")],
                page(SAMPLES[kind].read(Id(kind, SAMPLES[kind].prefix))),
            )
            for kind in NEED_IDS
        ),
    ),
    _refused_prefixes(
        "id-prefix-asked-for",
        "Each of eight types asks for its own prefix: fc for calls and their outputs, ctco for custom outputs",
        recorded("unpinned", "agentic", note="on this API msg and fc, the rest on /v1/responses"),
        _ASKED_FOR,
    ),
    _refused_prefixes(
        "id-prefix-seen",
        "The other types ask for the prefix that their ids were seen with",
        inferred("the prefixes are recorded, the refusal is that of the other types"),
        _SEEN,
    ),
    _refused_prefixes(
        "id-prefix-chosen",
        "Types without a recorded id require a prefix that convsim chose",
        inferred("cuo, lsho, mcpa, apco and at are convsim's; cnfu is second-hand"),
        _CHOSEN,
    ),
)
