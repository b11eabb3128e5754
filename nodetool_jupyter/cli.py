"""The command line ``nodetool``: each verb turns a line into one call; errors are mapped in :func:`main`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any

from nodetool_jupyter.api.grammar import COMMANDS, BadLine, Line, help_text, read
from nodetool_jupyter.errors import InvalidRequest, JobCancelled, NodetoolError

if TYPE_CHECKING:
    from nodetool_jupyter.api.command import Run
    from nodetool_jupyter.api.job import Job
    from nodetool_jupyter.api.watch import Watch
    from nodetool_jupyter.jobs.records import JobRecord
    from nodetool_jupyter.states import Status

COMPLETED, ERROR, USAGE, CANCELLED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None, *, stdin: bytes | None = None) -> int:
    """Run a command and return its exit code: 0 completed, 1 error, 2 bad usage, 130 cancelled.

    ``stdin`` is what was read from there already.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _main(words, stdin)
    except BadLine as error:
        print(f"nodetool: {error}", file=sys.stderr)
        return USAGE
    except NodetoolError as error:
        from nodetool_jupyter.api.failure import screen

        if "--traceback" in words:
            raise
        print(f"nodetool: {screen(error)}", file=sys.stderr)
        return USAGE if isinstance(error, InvalidRequest) else CANCELLED if isinstance(error, JobCancelled) else ERROR
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not try to flush it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COMPLETED


def _main(words: list[str], stdin: bytes | None) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(help_text(COMMANDS, " ".join(words[1:]), prefix="nodetool"))
        return COMPLETED if words else USAGE
    if words[0] in ("-V", "--version"):
        from importlib.metadata import version

        print(version("nodetool-jupyter"))
        return COMPLETED
    if words[:2] == ["run", "--stdin"]:
        return _runner(words, stdin)
    line = read(COMMANDS, words)
    if line.given.get("help"):
        print(help_text(COMMANDS, line.verb.name, prefix="nodetool"))
        return COMPLETED
    if line.verb.name.split()[0] in ("run", "jobs"):
        from nodetool_jupyter.jobs import manager

        manager.prefer(adopts="asked")  # a command takes over no more than it is asked for
    return _VERBS[line.verb.name](line) or COMPLETED


def _run(line: Line) -> int:
    from nodetool_jupyter.api import command

    if line.given.get("stdin"):
        raise BadLine("--stdin stands right behind run, and goes with --jsonl only")
    run = _read_run(line)
    if line.given.get("dry_run"):
        print(command.dry_text(run))
        return COMPLETED
    if line.given.get("jsonl"):
        return _write_events(run)
    return _show(run.submit(), quiet=bool(line.given.get("quiet")))


def _runner(words: list[str], stdin: bytes | None) -> int:
    """Be the runner of one attempt; of a workflow or a request on stdin as well as of an owner's order."""
    from nodetool_jupyter.execution import child

    if words[2:] != ["--jsonl"]:
        raise BadLine("a runner starts as 'run --stdin --jsonl' and takes nothing else: options stand in its request")
    text = child.read_stdin() if stdin is None else stdin
    if child.is_for_runner(text):
        return child.main(text)
    from nodetool_jupyter.api import files, submit
    from nodetool_jupyter.api.workflow import read_data

    work = files.work_of(read_data(text, yaml=False))
    return child.run_request(submit.request_for(work.flow, {}, fixed=work.request))


def _read_run(line: Line) -> Run:
    """Read the workflow or the request that a line names."""
    from nodetool_jupyter.api import command, files

    request_file = line.given.get("request_file")
    if bool(request_file) == bool(line.words):
        raise BadLine("run needs one workflow: a file, - for stdin, or --request-file FILE")
    found = files.read_work(request_file or line.words[0], request=bool(request_file))
    return command.prepare(line, found.flow, {}, found.request)


def _wait(job: Job, watch: Watch | None = None) -> None:
    """Wait for a job's end; one that goes on after Ctrl-C is told of below what is shown."""
    from nodetool_jupyter.api import waiting

    left: list[str] = []
    try:
        waiting.wait(job.id, tell=left.append)
    except KeyboardInterrupt:
        if watch is not None:
            watch.leave()
        if left:
            _tell_left(job)
        raise
    if watch is not None:
        watch.close()


def _show(job: Job, *, quiet: bool = False) -> int:
    """Show a job until its end; Ctrl-C cancels it, or leaves it if it outlives this process, as a second one does."""
    from nodetool_jupyter.api.watch import Watch
    from nodetool_jupyter.widgets.text import output_lines

    watch = None if quiet else Watch(job, stream=sys.stdout)
    _wait(job, watch)
    job.ended_result()
    if quiet:
        print("\n".join(output_lines(job.state, job.values, 80)))
    return COMPLETED


def _tell_left(job: Job) -> None:
    how = f"follow it with nodetool jobs logs -f {job.id}, end it with nodetool jobs cancel {job.id}"
    print(f"nodetool: job {job.id} goes on; {how}", file=sys.stderr)


def _write_events(run: Run) -> int:
    """Write the job's events to stdout, where nothing else may go: prints of nodes go to stderr."""
    from nodetool_jupyter.api import waiting

    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        job = run.submit()
        seen = 0
        for last_chance in (False, True):
            try:
                seen = _follow(job, out, seen)
                break
            except KeyboardInterrupt:
                if last_chance:
                    return CANCELLED
                if waiting.kept(job.id):
                    _tell_left(job)
                    return CANCELLED
                job.cancel()
    return code_of(job.status)


def _follow(job: Job, out: IO[bytes], after: int) -> int:
    from nodetool_jupyter.events import dump

    for event in job.events(after, follow=True):
        out.write(dump(event) + b"\n")
        out.flush()
        after = event.seq or after
    return after


def code_of(status: Status) -> int:
    """Return the exit code of an ended job."""
    from nodetool_jupyter.states import Status

    return {Status.COMPLETED: COMPLETED, Status.CANCELLED: CANCELLED}.get(status, ERROR)


def _jobs_list(line: Line) -> None:
    from nodetool_jupyter.api import catalog, submit

    found = submit.jobs(line.given.get("status"), int(line.given.get("limit", 50)))
    if line.given.get("json") and line.given.get("follow"):
        raise BadLine("--json lists jobs as they are now, --follow keeps a table up to date; leave one out")
    if line.given.get("follow"):
        _follow_jobs(found.records())
    elif line.given.get("json"):
        for record in found.records():
            print(json.dumps(catalog.record_data(record)))
    else:
        print(repr(found))


def _follow_jobs(records: Sequence[JobRecord]) -> None:
    from nodetool_jupyter.widgets.live_table import LiveTable, TerminalTable

    surface = TerminalTable(sys.stdout)
    table = LiveTable(records, surface)
    try:
        table.done.wait()
    finally:
        table.close()
        surface.end()


def _jobs_show(line: Line) -> None:
    from nodetool_jupyter.api import catalog, submit
    from nodetool_jupyter.widgets.summary import summary_text

    job = submit.job(line.words[0])
    if line.given.get("json"):
        print(json.dumps(catalog.record_data(job.record)))
    else:
        print(summary_text(job.state, job.graph, job.values, name=job.name or ""))


def _jobs_events(line: Line) -> None:
    from nodetool_jupyter.api import submit
    from nodetool_jupyter.events import dump

    job = submit.job(line.words[0])
    for event in job.events(int(line.given.get("after", 0)), follow=bool(line.given.get("follow"))):
        print(dump(event).decode(), flush=True)


def _jobs_logs(line: Line) -> None:
    from nodetool_jupyter.api import catalog, submit

    for event in submit.job(line.words[0]).events(follow=bool(line.given.get("follow"))):
        if event.type in catalog.LOGGED:
            print(catalog.log_text(event), flush=True)


def _jobs_result(line: Line) -> None:
    from nodetool_jupyter.api import submit
    from nodetool_jupyter.widgets.text import output_lines

    job = submit.job(line.words[0])
    _wait(job)
    job.ended_result()
    state = job.state
    print(json.dumps(state.result) if line.given.get("json") else "\n".join(output_lines(state, job.values, 80)))


def _jobs_cancel(line: Line) -> int:
    from nodetool_jupyter.api import submit

    job = submit.job(line.words[0])
    if job.cancel():
        print(f"job {job.id} will end as cancelled")
        return COMPLETED
    print(f"nodetool: job {job.id} had ended: {job.status}", file=sys.stderr)
    return ERROR


def _jobs_retry(line: Line) -> int:
    from nodetool_jupyter.api import submit

    return _show(submit.job(line.words[0]).retry())


def _jobs_rm(line: Line) -> None:
    from nodetool_jupyter.api import submit

    submit.job(line.words[0]).remove()


def _jobs_prune(line: Line) -> None:
    from nodetool_jupyter.api import submit

    keep = line.given.get("keep")
    print(f"removed {submit.prune(line.given.get('older_than'), None if keep is None else int(keep))} jobs")


def _jobs_rebuild_index(line: Line) -> None:
    from nodetool_jupyter.jobs.manager import manager

    found = manager().rebuild_index()
    print("\n".join([f"the index has {found.jobs} jobs", *(f"not read: {said}" for said in found.unread)]))


def _nodes_list(line: Line) -> None:
    from nodetool_jupyter.api import catalog

    prefix, worker = line.words[0] if line.words else "", line.given.get("worker")
    if line.given.get("coverage"):
        print(json.dumps(catalog.coverage_data(prefix)) if line.given.get("json") else catalog.coverage_text(prefix))
    elif line.given.get("json"):
        print(json.dumps(catalog.nodes_data(prefix, worker)))
    else:
        print(catalog.list_text(prefix, worker))


def _nodes_show(line: Line) -> None:
    from nodetool_jupyter.api import catalog

    kind = catalog.node_type(line.words[0])
    print(json.dumps(catalog.node_data(kind)) if line.given.get("json") else catalog.node_text(kind))


def _secrets_list(line: Line) -> None:
    from nodetool_jupyter.jobs.manager import manager

    for name in manager().secrets.names():
        print(name)


def _secrets_set(line: Line) -> None:
    import getpass

    from nodetool_jupyter.jobs.manager import manager

    name = line.words[0]
    if "=" in name:
        raise BadLine("a secret's value never stands in the command, where others see it; give the name only")
    value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    manager().secrets.set(name, value)


def _secrets_rm(line: Line) -> None:
    from nodetool_jupyter.jobs.manager import manager

    manager().secrets.remove(line.words[0])


def _doctor(line: Line) -> None:
    from nodetool_jupyter.api import catalog, doctor

    print(catalog.columns(doctor.findings()))


def _image_build(line: Line) -> None:
    from nodetool_jupyter.api import image

    given = line.given
    print(
        image.build(print, base_image=given.get("base_image"), extras=given.get("extras"), wheels=given.get("wheels"))
    )


def _image_check(line: Line) -> None:
    from nodetool_jupyter.api import catalog, image

    print(catalog.columns(image.check(line.words[0] if line.words else None)))


def _workers(line: Line) -> None:
    from nodetool_jupyter.api import workers

    print(workers.say(line))


def _worker(line: Line) -> int:
    from nodetool_jupyter.worker import command

    return command.run(line)


_VERBS: dict[str, Callable[[Line], Any]] = {
    "run": _run,
    "jobs list": _jobs_list,
    "jobs show": _jobs_show,
    "jobs events": _jobs_events,
    "jobs logs": _jobs_logs,
    "jobs result": _jobs_result,
    "jobs cancel": _jobs_cancel,
    "jobs retry": _jobs_retry,
    "jobs rm": _jobs_rm,
    "jobs prune": _jobs_prune,
    "jobs rebuild-index": _jobs_rebuild_index,
    "nodes list": _nodes_list,
    "nodes show": _nodes_show,
    "secrets list": _secrets_list,
    "secrets set": _secrets_set,
    "secrets rm": _secrets_rm,
    "doctor": _doctor,
    "workers": _workers,
    "workers connect": _workers,
    "workers forget": _workers,
    "worker serve": _worker,
    "worker token": _worker,
    "image build": _image_build,
    "image check": _image_check,
}
