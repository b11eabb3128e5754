"""Writing a new job down, in the thread of whoever submits it: when an id is returned, the job is on disk."""

from __future__ import annotations

import contextvars
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nodetool_jupyter import clock, faults
from nodetool_jupyter.errors import InvalidRequest, NotOwner, StorageError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.base import find_strategy
from nodetool_jupyter.jobs import idempotency
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.live import LiveJob
from nodetool_jupyter.jobs.log import Entry, EventLog
from nodetool_jupyter.jobs.secrets import find_secrets
from nodetool_jupyter.redact import check_env
from nodetool_jupyter.request import RunJobRequest


def write_down(
    desk: Desk,
    request: RunJobRequest,
    inputs: Mapping[str, object] | None = None,
    prints: contextvars.Context | None = None,
    earlier: JobFolder | None = None,
    brought: Mapping[str, str] | None = None,
) -> LiveJob | str:
    """Check a request and store it as a job; returns the job, or the id of the one its idempotency key already made.

    ``earlier`` is the job that this one is to try again, or a folder like one's: its stored inputs are copied, and not
    looked into. ``brought`` are secrets by value.
    Raises what the strategy's check raises, :class:`InvalidRequest`, :class:`SecretMissing`, :class:`NotStorable` or
    :class:`StorageError`; nothing stays then.
    """
    strategy = find_strategy(request.strategy)
    prepared = strategy.check(request, None if earlier is None else Path(earlier.path))
    request = _with_declared(request, strategy.declared_secrets(prepared))
    known = find_secrets(request.secrets, desk.own, brought or {})
    if request.env:
        check_env(request.env, known.values())
    folder = JobFolder.create(desk.jobs, request.job_id)
    request = request.model_copy(update={"job_id": folder.id, "notebook": request.notebook or _notebook()})
    found = _store_whole(
        desk, folder, request, inputs, earlier, lambda: strategy.keep(prepared, Path(folder.path), known)
    )
    if isinstance(found, LiveJob):
        found.strategy, found.prepared, found.prints, found.brought = strategy, prepared, prints, brought or {}
    return found


def _store_whole(
    desk: Desk,
    folder: JobFolder,
    request: RunJobRequest,
    inputs: Mapping[str, object] | None,
    earlier: JobFolder | None,
    keep: Callable[[], None],
) -> LiveJob | str:
    """Store all that a job has, or nothing."""
    try:
        keep()
        if earlier is not None:
            _copy_inputs(earlier, folder, request)
        return _stored(desk, folder, request, inputs)
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"the job cannot be stored in {desk.jobs}: {error.strerror or error}") from error
    except NotOwner:
        raise  # it took so long that another took it for lost: the job is there, and ends there
    except Exception:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _stored(
    desk: Desk, folder: JobFolder, request: RunJobRequest, inputs: Mapping[str, object] | None
) -> LiveJob | str:
    first = _fill(desk, folder, request, inputs)
    if first is None:
        return _first_line(desk, folder, request)
    shutil.rmtree(folder.path)
    desk.indexer.drop(folder.id)  # whoever indexes all folders just now may have seen it
    return first


def _notebook() -> str | None:
    """Return the notebook of this kernel, whose path its Jupyter server has put into its environment."""
    path = os.environ.get("JPY_SESSION_NAME", "")
    return path if path.endswith(".ipynb") else None


def _with_declared(request: RunJobRequest, declared: Sequence[str]) -> RunJobRequest:
    """Return the request with the secrets that its nodes declare among its own; they are named like any other."""
    more = [name for name in declared if name not in request.secrets]
    return request.model_copy(update={"secrets": (*request.secrets, *more)}) if more else request


def _copy_inputs(earlier: JobFolder, folder: JobFolder, request: RunJobRequest) -> None:
    store = earlier.values()
    given = [request.params, request.graph]
    gone = store.missing(given)
    if gone is not None:
        raise InvalidRequest(f"job {earlier.id} cannot be tried again: of its inputs, {gone}")
    folder.values().copy_from(store, given)


def _fill(desk: Desk, folder: JobFolder, request: RunJobRequest, inputs: Mapping[str, object] | None) -> str | None:
    if inputs:
        values = folder.values()
        request.params = {**request.params, **{name: values.encode(value) for name, value in inputs.items()}}
    # Owned first: a request is what makes the folder a job, and an adopter would take one that nobody owns.
    desk.card.link(folder.owner_path(1))
    faults.point("submit.before_request")
    folder.write_request(request)
    if request.idempotency_key is not None:
        return idempotency.take(desk.places.data, folder, request)
    return None


def _first_line(desk: Desk, folder: JobFolder, request: RunJobRequest) -> LiveJob:
    job = LiveJob(request, folder, EventLog(folder, 1, cap=desk.log_cap), desk.owner, clock.time())
    place = desk.queue.expect(request.strategy)
    try:
        _write_first_line(desk, job, place)
    except BaseException:
        desk.queue.expected_no_more(request.strategy)
        raise
    job.announced = True
    return job


def _write_first_line(desk: Desk, job: LiveJob, place: int | None) -> None:
    strategy = job.request.strategy
    message = None
    if place is not None:
        cap = desk.queue.cap(strategy)
        message = f"waits for one of {cap} {strategy} slots" if cap > 1 else f"waits for the {strategy} slot"
    job.shown_position = place
    faults.point("submit.before_log")
    job.log.append(1, (Entry(JobUpdate(status="queued", queue_position=place, message=message), job.submitted),))
    if place is not None:  # else it goes on at once
        job.log.rest()
    desk.syncer.push(job.folder.log)
    faults.point("submit.before_index")
    desk.indexer.put(job)
