"""Items between the messages: reasoning, compaction, and changes of the model's configuration."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from convsim.errors.validation import fault_at
from convsim.items.fields import OMITTED, ByType, Input, Item, JsonObject, Objects, ShortName, Text, omitted, one_of


class SummaryText(Input):
    type: Literal["summary_text"]
    text: Text


class ReasoningText(Input):
    type: Literal["reasoning_text"]
    text: Text


class Reasoning(Item, prefix="rs"):
    """``status`` is refused although it is documented (recorded)."""

    id: str = omitted()
    type: Literal["reasoning"]
    content: Objects[Annotated[Any, ByType({"reasoning_text": ReasoningText})]] | None = omitted()
    encrypted_content: Text | None = omitted()
    summary: Objects[Annotated[Any, ByType({"summary_text": SummaryText})]]


class Compaction(Item, prefix="cmp"):
    id: str = omitted()
    type: Literal["compaction"]
    encrypted_content: Annotated[str, StringConstraints(max_length=20_971_520)]


class CompactionTrigger(Item):
    id: str = omitted()
    type: Literal["compaction_trigger"]


class ReasoningSettings(Input):
    effort: Annotated[str, one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")]


class PlainFormat(Input):
    type: Literal["text"]


class SchemaFormat(Input):
    type: Literal["json_schema"]
    description: Text = omitted()
    name: ShortName
    schema_: JsonObject = Field(alias="schema")
    strict: bool | None = omitted()


class TextSettings(Input):
    format: Annotated[Any, ByType({"text": PlainFormat, "json_schema": SchemaFormat})]


class ConfigurationUpdate(Item, prefix="cnfu"):
    """Changes the reasoning, the text format, or both (documented)."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["reasoning"]}, {"required": ["text"]}]}
    )

    id: str = omitted()
    type: Literal["configuration_update"]
    reasoning: ReasoningSettings = omitted()
    text: TextSettings = omitted()

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.reasoning is OMITTED and self.text is OMITTED:
            raise fault_at(("reasoning",), "missing", None)
        return self
