"""Environments of hosted code: containers with their network and skills, or the caller's own machine."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from convsim.items.fields import ByType, Filled, Input, Objects, Strings, Text, omitted, one_of, worded
from convsim.items.id_rules import AnyId, FileId


class NetworkDisabled(Input):
    type: Literal["disabled"]


class DomainSecret(Input):
    domain: Filled
    name: Filled
    value: Filled


class NetworkAllowlist(Input):
    type: Literal["allowlist"]
    allowed_domains: Annotated[Strings, Field(min_length=1)]
    domain_secrets: Annotated[Objects[DomainSecret], Field(min_length=1)] = omitted()


class SkillReference(Input):
    type: Literal["skill_reference"]
    skill_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    version: Text = omitted()


class SkillSource(Input):
    type: Literal["base64"]
    data: Annotated[str, StringConstraints(min_length=1, max_length=70_254_592)]
    media_type: Annotated[str, one_of("application/zip")]


class InlineSkill(Input):
    type: Literal["inline"]
    description: Text
    name: Text
    source: Annotated[Any, ByType({"base64": SkillSource})]


class LocalSkill(Input):
    description: Text
    name: Text
    path: Text


FileIds = Annotated[list[FileId], worded(list, "an array of strings"), Field(max_length=50)]
MemoryLimit = Annotated[str, one_of("1g", "4g", "16g", "64g")]
NetworkPolicy = Annotated[Any, ByType({"disabled": NetworkDisabled, "allowlist": NetworkAllowlist})]
Skill = Annotated[Any, ByType({"skill_reference": SkillReference, "inline": InlineSkill})]


class LocalEnvironment(Input):
    type: Literal["local"]
    skills: Annotated[Objects[LocalSkill], Field(max_length=200)] = omitted()


class ContainerReference(Input):
    type: Literal["container_reference"]
    container_id: AnyId


class InterpreterContainer(Input):
    """A container of the code interpreter."""

    type: Literal["auto"]
    file_ids: FileIds = omitted()
    memory_limit: MemoryLimit | None = omitted()
    network_policy: NetworkPolicy = omitted()


class ShellContainer(Input):
    """A container of the shell."""

    type: Literal["container_auto"]
    file_ids: FileIds = omitted()
    memory_limit: MemoryLimit | None = omitted()
    network_policy: NetworkPolicy = omitted()
    skills: Annotated[Objects[Skill], Field(max_length=200)] = omitted()
