"""Reads the input of an operation as its route does."""

from __future__ import annotations

from typing import Any

from convsim.core.behavior import Behavior
from convsim.items.fields import Input
from convsim.operations.project import Answer
from convsim.operations.route import Route


def read(model: type[Input], values: dict[str, Any], query: str = "") -> Any:
    path = "/{response_id}" if "response_id" in model.model_fields else "/"
    route = Route("POST", path, "responses", model, lambda project, given: Answer(b""))
    return route.read(Behavior(), values, query)
