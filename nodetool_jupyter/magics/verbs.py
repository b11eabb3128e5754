"""The verbs of ``%nodetool``: each one call, its errors mapped in :mod:`.trouble`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from nodetool_jupyter.api import catalog, command, doctor, grammar, submit, waiting, workers
from nodetool_jupyter.api.grammar import MAGICS, Line
from nodetool_jupyter.api.job import Job
from nodetool_jupyter.api.watch import Watch
from nodetool_jupyter.events import dump
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.magics import body, trouble
from nodetool_jupyter.magics.shown import Shown, Text
from nodetool_jupyter.widgets.outputs import Outputs


class Started:
    """A job of a cell: shown while it runs, its outputs stored when it has ended."""

    def __init__(self, shell: Any, line: Line, job: Job) -> None:
        self._shell = shell
        self._targets = command.targets_of(line)
        self.job = job
        self._watch = None if line.given.get("quiet") else Watch(job)

    def end(self) -> Outputs:
        """Return the outputs of the ended job, and store them where ``--output`` says."""
        if self._watch is not None:
            self._watch.close()
        outputs = self.job.ended_result()
        self._shell.user_ns.update(command.store(outputs, self._targets))
        return outputs if self._watch is None else Shown(outputs)

    def left(self) -> KeyboardInterrupt:
        """Return what is raised when nobody waits for the job any more; its view stays true until its end."""
        error = KeyboardInterrupt(f"job {self.job.id} was left, and goes on")
        hint = f"follow it with %nodetool job {self.job.id}, end it with %nodetool cancel {self.job.id}"
        trouble.brief(self._shell, error, hint)
        return error


def act(shell: Any, text: str, cell: str | None) -> Any:
    """Do what a line says, and wait for its job where it runs one."""
    with trouble.Mapped(shell):
        line = grammar.read(MAGICS, grammar.split(text))
    if line.given.get("help"):
        return Text(grammar.help_text(MAGICS, line.verb.name, prefix="%nodetool"))
    with trouble.Mapped(shell, whole=bool(line.given.get("traceback"))):
        if line.verb.name != "run":
            return _stoppable(shell, line)
        begun = begin(shell, line, cell)
        if not isinstance(begun, Started):
            return begun
        try:
            waiting.wait(begun.job.id, tell=_silent)
        except KeyboardInterrupt:
            raise begun.left() from None
        return begun.end()


async def act_awaited(shell: Any, text: str, cell: str) -> Any:
    """Do what :func:`act` does for a run in a cell, but await its job."""
    with trouble.Mapped(shell):
        line = grammar.read(MAGICS, grammar.split(text))
    if line.given.get("help"):
        return Text(grammar.help_text(MAGICS, line.verb.name, prefix="%nodetool"))
    with trouble.Mapped(shell, whole=bool(line.given.get("traceback"))):
        begun = begin(shell, line, cell)
        if not isinstance(begun, Started):
            return begun
        try:
            await waiting.wait_in_cell(begun.job.id, _silent)
        except asyncio.CancelledError:
            raise begun.left() from None
        return begun.end()


def _stoppable(shell: Any, line: Line) -> Any:
    try:
        return _VERBS[line.verb.name](shell, line)
    except KeyboardInterrupt as error:
        raise trouble.brief(shell, KeyboardInterrupt(str(error) or "stopped; the job is left as it is")) from None


def _silent(_job_id: str) -> None:
    """Say nothing: the error that ends the cell does."""


def begin(shell: Any, line: Line, cell: str | None) -> Started | Job | Text:
    """Read the workflow and submit it; for ``--dry-run`` only say what would run."""
    targets = command.targets_of(line)
    if targets and line.given.get("background"):
        raise grammar.BadLine("--output needs the job's end, which --background does not wait for; leave one out")
    run = command.prepare(line, body.read_flow(shell, line.words, cell), shell.user_ns)
    if line.given.get("dry_run"):
        return Text(command.dry_text(run))
    job = run.submit()
    return job if line.given.get("background") else Started(shell, line, job)


def _jobs(shell: Any, line: Line) -> Any:
    return submit.jobs(line.given.get("status"), int(line.given.get("limit", 20)))


def _job(shell: Any, line: Line) -> Job:
    return submit.job(line.words[0])


def _logs(shell: Any, line: Line) -> Text | None:
    job = submit.job(line.words[0])
    if not line.given.get("follow"):
        return Text("\n".join(catalog.log_text(one) for one in job.logs()))
    for event in job.events(follow=True):
        if event.type in catalog.LOGGED:
            sys.stdout.write(catalog.log_text(event) + "\n")
    return None


def _events(shell: Any, line: Line) -> Text:
    events = submit.job(line.words[0]).events(int(line.given.get("after", 0)))
    return Text("\n".join(dump(event).decode() for event in events))


def _result(shell: Any, line: Line) -> Outputs:
    targets = command.targets_of(line)
    outputs = submit.job(line.words[0]).result()
    shell.user_ns.update(command.store(outputs, targets))
    return outputs


def _cancel(shell: Any, line: Line) -> Text:
    job = submit.job(line.words[0])
    return Text(f"job {job.id} will end as cancelled" if job.cancel() else f"job {job.id} had ended: {job.status}")


def _retry(shell: Any, line: Line) -> Job:
    return submit.job(line.words[0]).retry()


def _workers(shell: Any, line: Line) -> Text:
    return Text(workers.say(line))


def _nodes(shell: Any, line: Line) -> Text:
    name = line.words[0] if line.words else ""
    if line.given.get("coverage"):
        return Text(catalog.coverage_text(name))
    return Text(catalog.nodes_text(name, line.given.get("worker")))


def _doctor(shell: Any, line: Line) -> Text:
    return Text(catalog.columns(doctor.findings()))


def _secrets(shell: Any, line: Line) -> Text:
    names = manager().secrets.names()
    return Text("\n".join(names) or "No secrets are stored; set one with: nodetool secrets set NAME")


def _help(shell: Any, line: Line) -> Text:
    return Text(grammar.help_text(MAGICS, " ".join(line.words), prefix="%nodetool"))


_VERBS: dict[str, Callable[[Any, Line], Any]] = {
    "jobs": _jobs,
    "job": _job,
    "logs": _logs,
    "events": _events,
    "result": _result,
    "cancel": _cancel,
    "retry": _retry,
    "workers": _workers,
    "workers connect": _workers,
    "workers forget": _workers,
    "nodes": _nodes,
    "doctor": _doctor,
    "secrets": _secrets,
    "help": _help,
}
