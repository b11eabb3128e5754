"""Every option of a run, in one table: keywords of ``nt.submit``, options of the magic and of the command line.

Names, meanings and checks come from the request's models; what a strategy cannot honour is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from nodetool_jupyter import settings
from nodetool_jupyter.api.option import Kind, Option
from nodetool_jupyter.errors import InvalidRequest, Unsupported, nearest
from nodetool_jupyter.execution.base import PLANNED, strategies
from nodetool_jupyter.request import STRATEGY_OPTIONS, ExecutionStrategy, ResourceLimits, RunJobRequest, Timeouts
from nodetool_jupyter.states import Status, read_status

_REQUEST: tuple[tuple[str, str, Kind, str], ...] = (
    ("strategy", "where the job runs", "value", "NAME"),
    ("name", "what to call the job", "value", "NAME"),
    ("gpus", "GPUs it may use: 0, 0,1, a UUID, all or none", "value", "IDS"),
    ("retries", "further attempts when one fails", "value", "N"),
    ("env", "a variable for the job; never a secret", "pairs", "K=V"),
    ("secrets", "a secret it may read, by name", "names", "NAME"),
    ("node_workers", "run a node, or all of a type, on a known worker", "pairs", "NODE|TYPE=WORKER"),
    ("allow", "what its nodes may do besides: shell, python (may be several)", "names", "NAME"),
    ("idempotency_key", "submit once only: the same key gives the same job for a day", "value", "KEY"),
)
# Given several times, so that the option has the singular.
_TYPED = {"secrets": "secret", "node_workers": "node_worker", "open_inputs": "open_input", "mounts": "mount"}
_MEASURED = {
    **dict.fromkeys(("gpu_memory", "shm_size", "tmp_size"), "SIZE"),
    **{"grace": "TIME", "away": "TIME", "mounts": "HOST:PATH[:rw]", "worker": "NAME"},
}


@cache
def table() -> dict[str, Option]:
    """Return every option by its keyword, those that users need most first."""
    return {option.name: option for option in _all()}


def _all() -> Iterator[Option]:
    for name, meaning, kind, metavar in _REQUEST[:3]:
        yield Option(name, (name,), meaning, kind, metavar, _strategies() if name == "strategy" else ())
    for name, found in ResourceLimits.model_fields.items():
        yield Option(name, ("limits", name), found.description or "", metavar=_metavar(name, found))
    for name, found in Timeouts.model_fields.items():
        own = "timeout" if name == "run" else f"{name}_timeout"
        yield Option(own, ("timeouts", name), f"longest time {found.description}", metavar="TIME")
    for name, meaning, kind, metavar in _REQUEST[3:]:
        yield Option(_TYPED.get(name, name), (name,), meaning, kind, metavar)
    yield Option("detach", ("on_owner_exit",), "let the job outlive this process (all but threaded ones do)", "switch")
    seen: dict[str, Option] = {}
    for strategy, model in STRATEGY_OPTIONS.items():
        for name, found in model.model_fields.items():
            before = seen.get(name)
            known = (*(before.strategies if before else ()), str(strategy))
            kind = "flag" if found.annotation is bool else "names" if get_origin(found.annotation) is tuple else "value"
            choices = _choices(found)
            own, metavar = _TYPED.get(name, name), _MEASURED.get(name, "VALUE")
            seen[name] = Option(own, ("options", name), found.description or "", kind, metavar, choices, known)
    yield from seen.values()


def _strategies() -> tuple[str, ...]:
    return (*strategies(), *(name for name in PLANNED if name not in strategies()))


def _metavar(name: str, found: FieldInfo) -> str:
    return "SIZE" if name in ("memory", "file_size") else "N"


def _choices(found: FieldInfo) -> tuple[str, ...]:
    return tuple(map(str, get_args(found.annotation))) if get_origin(found.annotation) is Literal else ()


def build(fixed: Mapping[str, Any], given: Mapping[str, Any], *, typed: bool = False) -> RunJobRequest:
    """Make a request of fields that stand (``fixed``: the graph, its name …) and options by their keywords.

    ``None`` means that an option was not given; ``typed`` that faults are told in the spelling of the command line.
    Raises :class:`InvalidRequest` with one sentence that names the
    option and the nearest valid choice, :class:`Unsupported` for an option the strategy does not have.
    """
    data: dict[str, Any] = {**fixed}
    strategy = str(given.get("strategy") or data.get("strategy") or "threaded")
    for name, value in given.items():
        if value is not None:
            _put(data, _find(name), value, strategy, typed)
    if strategy == ExecutionStrategy.DOCKER:
        _put_settings(data, strategy)
    try:
        request = RunJobRequest.model_validate(data)
    except ValidationError as error:
        raise InvalidRequest(sentence(error, typed=typed)) from None
    _check_own(request, typed)
    return request


def _put_settings(data: dict[str, Any], strategy: str) -> None:
    """Put what the settings say of GPUs where a docker job says nothing of them."""
    devices = settings.get("DOCKER_GPU_DEVICES")
    if devices and data.get("gpus") is None:
        _put(data, _find("gpus"), devices, strategy, False)
    if settings.get("DOCKER_GPU_MEMORY_LIMIT") and (data.get("options") or {}).get("gpu_memory") is None:
        _put(data, _find("gpu_memory"), settings.get_size("DOCKER_GPU_MEMORY_LIMIT"), strategy, False)


def _check_own(request: RunJobRequest, typed: bool) -> None:
    """Refuse a value that one of the strategy's own options cannot have; names are for the strategy to check."""
    model = STRATEGY_OPTIONS.get(request.strategy)
    try:
        if model is not None:
            model.model_validate({name: request.options[name] for name in request.options.keys() & model.model_fields})
    except ValidationError as error:
        raise InvalidRequest(sentence(error, ("options",), typed=typed)) from None


def _find(name: str) -> Option:
    option = table().get(name) or table().get(_TYPED.get(name, ""))
    if option is None:
        raise InvalidRequest(f"there is no option {name!r}; {nearest(name, table())}".rstrip("; "))
    return option


def _put(data: dict[str, Any], option: Option, value: Any, strategy: str, typed: bool) -> None:
    if option.strategies and strategy not in option.strategies:
        raise Unsupported(
            f"{option.spoken(typed)} cannot be honoured by the {strategy} strategy; "
            f"it belongs to {' and '.join(filter(None, (', '.join(option.strategies[:-1]), option.strategies[-1])))}"
        )
    if option.name == "detach" and isinstance(value, bool):
        value = "keep" if value else "cancel"
    if option.kind == "pairs":
        value = {str(key): str(item) for key, item in dict(value).items()}
    elif option.kind == "names":
        value = (value,) if isinstance(value, str) else tuple(value)
    place = data
    for step in option.path[:-1]:
        known = place.get(step)
        place[step] = dict(known.model_dump() if isinstance(known, BaseModel) else known or {})
        place = place[step]
    place[option.path[-1]] = value


def sentence(error: ValidationError, within: tuple[str, ...] = (), *, typed: bool = False) -> str:
    """Say what is wrong with the first bad field, in one sentence that names the option.

    ``within`` is where in the request that stands which was validated.
    """
    fault = error.errors(include_url=False)[0]
    where = (*within, *(part for part in fault["loc"] if isinstance(part, str)))
    option = next((option for option in table().values() if option.path == where[: len(option.path)]), None)
    name = option.spoken(typed) if option is not None else ".".join(where) or "the request"
    shown = repr(fault["input"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "value_error":
        return f"{name}: {message}"
    if fault["type"] == "extra_forbidden":
        return f"{name} is not known here; {nearest(where[-1], table())}".rstrip("; ")
    if fault["type"].startswith("string_too"):
        message = (
            f"between {fault['ctx'].get('min_length', 1)} and {fault['ctx'].get('max_length', 255)} characters long"
        )
    message = (
        message.removeprefix("Input should be ").partition(", unable")[0].replace("a valid integer", "a whole number")
    )
    return f"{name} must be {message}, not {shown if len(shown) <= 60 else shown[:57] + '…'}"


def status_of(word: str) -> Status:
    """Return the status of this name; raises :class:`InvalidRequest` with the nearest one."""
    try:
        return read_status(word)
    except ValueError:
        raise InvalidRequest(
            f"there is no status {word!r}; {nearest(word, [status.value for status in Status])}"
        ) from None
