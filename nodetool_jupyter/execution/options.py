"""Reading a strategy's own options from a request."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nodetool_jupyter.errors import InvalidRequest, nearest
from nodetool_jupyter.request import RunJobRequest

M = TypeVar("M", bound=BaseModel)


def read_options(model: type[M], request: RunJobRequest) -> M:
    """Return the options of a request; raises :class:`InvalidRequest` for one that the strategy does not have."""
    try:
        return model.model_validate(request.options)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            hint = nearest(name, model.model_fields)
            raise InvalidRequest(
                f"the {request.strategy} strategy has no option {name!r}; {hint}".rstrip("; ")
            ) from None
        raise InvalidRequest(f"option {name!r}: {fault['msg']}") from None
