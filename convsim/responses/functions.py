"""Functions as a request declares them: unlike those found by a search, they may omit ``strict``."""

from typing import Literal, Self

from pydantic import model_validator

from convsim.errors.validation import fault, fault_at
from convsim.items.fields import FunctionName, Input, JsonObject, omitted
from convsim.items.tools.functions import Callers
from convsim.responses import schemas


class Function(Input):
    """A function; :func:`convsim.responses.schemas.settled` reads its schema."""

    type: Literal["function"]
    allowed_callers: Callers | None = omitted()
    async_: bool = omitted(alias="async")
    defer_loading: bool = omitted()
    description: str | None = omitted()
    name: FunctionName
    output_schema: JsonObject | None = omitted()
    parameters: JsonObject | None = None
    strict: bool | None = None

    @model_validator(mode="after")
    def _takes_its_schema(self) -> Self:
        # An empty schema stands for a function without parameters (recorded).
        if self.parameters:
            objection = schemas.settled(self.parameters, strict=self.strict).objection
            if objection is not None:
                found = fault("function_schema", name=self.name, objection=objection)
                raise fault_at(("parameters",), found, self.parameters)
        return self
