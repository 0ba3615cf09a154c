"""Commands and patches: local shell, shell and apply_patch, with their outputs."""

from typing import Annotated, Any, Literal

from convsim.items.calls import Caller, Status
from convsim.items.environments import ContainerReference, LocalEnvironment
from convsim.items.fields import ByType, Filled, Input, Item, Objects, StringMap, Strings, Text, nulled, omitted, one_of
from convsim.items.id_rules import CallId


class LocalShellAction(Input):
    type: Literal["exec"]
    command: Strings
    env: StringMap
    timeout_ms: int | None = omitted()
    user: Text | None = omitted()
    working_directory: Text | None = omitted()


class LocalShellCall(Item, prefix="lsh"):
    type: Literal["local_shell_call"]
    status: Status
    action: Annotated[Any, ByType({"exec": LocalShellAction})]
    call_id: CallId


class LocalShellCallOutput(Item, prefix="lsho"):
    type: Literal["local_shell_call_output"]
    status: Status = "completed"
    output: Text


class ShellAction(Input):
    """Both limits are sent back, null if not given (recorded)."""

    commands: Strings
    max_output_length: int | None = None
    timeout_ms: int | None = None


class ShellCall(Item, prefix="sh"):
    """``environment`` becomes null in an item that a client sends (second-hand)."""

    id: Text = omitted()
    type: Literal["shell_call"]
    status: Status = "completed"
    action: ShellAction
    call_id: CallId
    caller: Caller = omitted()
    environment: Annotated[
        Annotated[Any, ByType({"local": LocalEnvironment, "container_reference": ContainerReference})] | None, nulled
    ] = None


class Timeout(Input):
    type: Literal["timeout"]


class Exit(Input):
    type: Literal["exit"]
    exit_code: int


class CommandOutput(Input):
    outcome: Annotated[Any, ByType({"timeout": Timeout, "exit": Exit})]
    stderr: Text
    stdout: Text


class ShellCallOutput(Item, prefix="sho"):
    id: Text = omitted()
    type: Literal["shell_call_output"]
    status: Status = "completed"
    call_id: CallId
    caller: Caller = omitted()
    max_output_length: int | None = None
    output: Objects[CommandOutput]


class CreateFile(Input):
    type: Literal["create_file"]
    diff: Text
    path: Filled


class UpdateFile(Input):
    type: Literal["update_file"]
    diff: Text
    path: Filled


class DeleteFile(Input):
    type: Literal["delete_file"]
    path: Filled


class ApplyPatchCall(Item, prefix="apc"):
    id: Text = omitted()
    type: Literal["apply_patch_call"]
    status: Annotated[str, one_of("in_progress", "completed")]
    call_id: CallId
    caller: Caller = omitted()
    operation: Annotated[Any, ByType({"create_file": CreateFile, "delete_file": DeleteFile, "update_file": UpdateFile})]


class ApplyPatchCallOutput(Item, prefix="apco"):
    id: Text = omitted()
    type: Literal["apply_patch_call_output"]
    status: Annotated[str, one_of("completed", "failed")]
    call_id: CallId
    caller: Caller = omitted()
    output: Text = omitted()
