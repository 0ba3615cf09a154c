"""Actions on a machine: with its screen, in its shells, and on its files."""

from __future__ import annotations

from convsim.contract.answers import Json
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import Sample, round_trip, sample

_IN_RESPONSES = "in responses; this API takes the same type"
_CHECK: Json = {"code": "malicious", "id": "cu_sc_1", "message": "Look out."}
_ENVIRONMENTS: tuple[Json, ...] = (
    {"type": "local", "skills": [{"name": "look", "path": "/look", "description": "Looks."}]},
    {"type": "container_reference", "container_id": "cntr_1"},
)


def _used(**members: object) -> Sample:
    stored: Json = {"type": "computer_call", "status": "completed", **members}
    return sample("cu", stored | {"call_id": "call_1", "pending_safety_checks": []})


def _patched(operation: Json) -> Sample:
    stored = {"type": "apply_patch_call", "status": "in_progress", "call_id": "call_1", "operation": operation}
    return sample("apc", stored)


MACHINES = (
    round_trip(
        "computer-call",
        "Use of a computer is read back as id, type, status, action, call_id, pending_safety_checks",
        recorded("dotnet", "stdapi", note="in responses; that it survives this API is second-hand"),
        SAMPLES["computer_call"],
    ),
    round_trip(
        "computer-call-actions",
        "Every action of a computer is kept, alone or in a list, its keys as type and then the alphabet",
        documented("spec", note="recorded are click and screenshot; a click is known with keys null"),
        *(
            _used(action=action)
            for action in (
                {"type": "double_click", "keys": ["CTRL"], "x": 1, "y": 2},
                {"type": "drag", "path": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]},
                {"type": "keypress", "keys": ["A"]},
                {"type": "move", "x": 1, "y": 2},
                {"type": "screenshot"},
                {"type": "scroll", "scroll_x": 0, "scroll_y": 9, "x": 1, "y": 2},
                {"type": "type", "text": "cat"},
                {"type": "wait"},
            )
        ),
        _used(actions=[{"type": "click", "button": "left", "keys": None, "x": 1, "y": 2}, {"type": "wait"}]),
    ),
    round_trip(
        "computer-call-output",
        "A screen is read back as id, type, status, call_id, output, its URL hidden and its file id null",
        inferred("documented are its members; order, nulls and the prefix cuo are chosen as for images in messages"),
        SAMPLES["computer_call_output"],
        sample(
            "cuo",
            {
                "type": "computer_call_output",
                "status": "completed",
                "acknowledged_safety_checks": [_CHECK],
                "call_id": "call_1",
                "output": {"type": "computer_screenshot", "file_id": "file-1", "image_url": None},
            },
            "status",
            output={"type": "computer_screenshot", "file_id": "file-1"},
        ),
    ),
    round_trip(
        "local-shell-call",
        "A command of the local shell is read back as id, type, status, action, call_id; unset limits stay away",
        recorded("vercel", note=_IN_RESPONSES),
        SAMPLES["local_shell_call"],
    ),
    round_trip(
        "local-shell-call-output",
        "A local shell's output is read back as id, type, status, output",
        documented("spec", note="the prefix lsho is inferred"),
        SAMPLES["local_shell_call_output"],
    ),
    round_trip(
        "shell-call",
        "Commands of a shell are read back as id, type, status, action, call_id, environment, unset limits as null",
        recorded("vercel", note="in responses, where the environment is absent if none was set"),
        SAMPLES["shell_call"],
    ),
    round_trip(
        "shell-call-environment",
        "The environment of a shell call is checked, and always comes back as null",
        second_hand("stdapi", note="as null where none was sent: inferred"),
        *(
            sample("sh", SAMPLES["shell_call"].stored, "status", environment=environment)
            for environment in (*_ENVIRONMENTS, None)
        ),
    ),
    round_trip(
        "shell-call-output",
        "A shell's output is read back as id, type, status, call_id, max_output_length, output, then its entries",
        recorded("vercel", note=_IN_RESPONSES),
        SAMPLES["shell_call_output"],
    ),
    round_trip(
        "shell-call-output-timeout",
        "A command that ran out of time has an outcome without an exit code",
        documented("spec"),
        sample(
            "sho",
            {
                "type": "shell_call_output",
                "status": "incomplete",
                "call_id": "call_1",
                "max_output_length": 100,
                "output": [{"outcome": {"type": "timeout"}, "stderr": "", "stdout": ""}],
            },
        ),
    ),
    round_trip(
        "apply-patch-call",
        "A patch is read back as id, type, status, call_id, operation; that as type, diff, path",
        recorded("dotnet", note=_IN_RESPONSES),
        SAMPLES["apply_patch_call"],
    ),
    round_trip(
        "apply-patch-call-operations",
        "Files are created with a diff and deleted without one",
        documented("spec"),
        _patched({"type": "create_file", "diff": "+cat", "path": "a.txt"}),
        _patched({"type": "delete_file", "path": "a.txt"}),
    ),
    round_trip(
        "apply-patch-call-output",
        "The output of a patch is read back as id, type, status, call_id, output; failed is a status, too",
        documented("spec", note="the prefix apco is inferred"),
        SAMPLES["apply_patch_call_output"],
        sample("apco", {"type": "apply_patch_call_output", "status": "failed", "call_id": "call_1"}),
    ),
)
