"""The jobs of this worker's users: a manager in a data folder of its own, made when the first of them is asked for."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nodetool_jupyter.bridge.job_messages import ValuesMissing
from nodetool_jupyter.errors import InvalidRequest, JobNotFound, NodetoolError
from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.options import WorkerOptions

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.folder import JobFolder
    from nodetool_jupyter.jobs.manager import JobExecutionManager
    from nodetool_jupyter.jobs.records import JobRecord
    from nodetool_jupyter.worker.by_url import ByUrl
    from nodetool_jupyter.worker.jobs_rules import JobRules
    from nodetool_jupyter.worker.uploads import Uploads

log = logging.getLogger("nodetool_jupyter.worker")
THREADS = 16  # in which requests wait for jobs' files
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
T = TypeVar("T")


class MissingUploads(NodetoolError):  # noqa: N818  # what the matter is, as in errors.py
    """Values that a job refers to, and that its user has not sent."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("some values are to be sent before the job can have them")
        self.answer = ValuesMissing(missing=missing)


class House:
    """An open manager and what is beside it; every method may block, and is called in a thread.

    ``by_url`` is what goes through the worker's bucket, if it has one.
    """

    def __init__(
        self, folder: Path, manager: JobExecutionManager, uploads: Uploads, rules: JobRules, by_url: ByUrl | None
    ) -> None:
        self.by_url = by_url
        self.folder = folder
        self.manager = manager
        self.uploads = uploads
        self.rules = rules

    def record(self, user: str, job_id: str) -> JobRecord:
        """Return the record of a user's job; raises :class:`JobNotFound` for unknown and foreign ones alike."""
        record = self.manager.find(job_id) if _ID.fullmatch(job_id) else None
        if record is None or record.user != user:
            raise JobNotFound("there is no such job")
        return record

    def job_folder(self, user: str, job_id: str) -> JobFolder:
        """Return the folder of a user's job; raises :class:`JobNotFound`."""
        from nodetool_jupyter.jobs.folder import JobFolder

        return JobFolder(str(self.folder / "jobs"), self.record(user, job_id).id)

    def work(self) -> Path:
        """Return the folder in which the processes of jobs run; it is not that of the worker's own files."""
        path = self.folder / "work"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def place(self, user: str, values: Mapping[str, str], target: Path) -> None:
        """Put what a user has sent into a folder of values, by name; raises :class:`MissingUploads` before it does."""
        missing = self.uploads.missing(user, values.values())
        if missing:
            raise MissingUploads(missing)
        target.mkdir(mode=0o700, exist_ok=True)
        for name, digest in values.items():
            try:
                self.uploads.link(user, digest, target / name.removeprefix("values/"))
            except FileExistsError:
                raise InvalidRequest(f"there is already a value {name!r} in this job; take another name") from None
            except FileNotFoundError:
                raise MissingUploads([digest]) from None

    def given(self, user: str, values: Mapping[str, str], code: bytes | None) -> JobFolder:
        """Make a folder like a job's of what comes with a submission; it is for whoever asked to remove."""
        from nodetool_jupyter.execution.subprocess import DEFINITIONS
        from nodetool_jupyter.files import private_opener
        from nodetool_jupyter.jobs.folder import JobFolder

        folder = JobFolder(str(self.folder / "given"), os.urandom(12).hex())
        path = Path(folder.path)
        path.mkdir(mode=0o700, parents=True)
        try:
            self.place(user, values, path / "values")
            if code is not None:
                with open(path / DEFINITIONS, "xb", opener=private_opener) as file:
                    file.write(code)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return folder


class HostedJobs:
    """The house of a worker's jobs, opened when it is first needed; used on the control loop only."""

    def __init__(self, options: WorkerOptions, catalogue: Catalogue) -> None:
        self._options = options
        self._catalogue = catalogue
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nodetool-hosted")
        self._beginning: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[House] | None = None

    @property
    def offered(self) -> bool:
        """Whether jobs can be sent here at all."""
        return bool(self._options.strategies)

    @property
    def by_url_above(self) -> int | None:
        """How many bytes a value has at least that goes through the bucket; ``None`` without one."""
        return self._options.bucket_above if self.offered and self._options.bucket is not None else None

    @property
    def piece(self) -> int:
        """How many bytes of a value one frame carries."""
        return self._options.chunk

    @property
    def folder(self) -> Path:
        """The data folder of this worker's jobs."""
        from nodetool_jupyter.home import data_folder

        return self._options.data or data_folder() / "worker"

    async def house(self) -> House:
        """Return the house, opened if it is not yet; raises :class:`StorageError`."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.get_running_loop().create_task(self._open())
        return await asyncio.shield(self._opening)

    async def off(self, act: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do something that may take a while in a thread; who is cancelled meanwhile goes on when it is done."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, partial(act, *args, **named))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait((work,))  # or files would be closed that it still reads
            work.exception()  # nobody is there to be told
            raise

    def begin(self) -> None:
        """Open the house soon if there are jobs in it, which may be without an owner; called once nodes can be run."""
        if self.offered and any_in(self.folder / "jobs"):
            self._beginning = asyncio.get_running_loop().create_task(self._begin())

    async def close(self) -> None:
        """Leave what outlives this process to the next worker, cancel the rest, and close the house."""
        if self._beginning is not None:
            self._beginning.cancel()
        if self._opening is not None:
            try:
                house = await self._opening
            except Exception as error:  # whoever asked for it has been told
                log.debug("the jobs could not be opened: %s", error)
            else:
                await self.off(house.manager.shutdown)
                if house.by_url is not None:
                    await house.by_url.close()
                house.uploads.close()
        self._threads.shutdown(wait=False)

    async def _begin(self) -> None:
        try:
            await self.house()
        except (NodetoolError, OSError) as error:
            log.warning("the jobs of an earlier worker cannot be gone on with: %s", error)

    async def _open(self) -> House:
        from nodetool_jupyter.worker.uploads import Uploads

        folder = self.folder
        manager, rules = await self.off(_open, folder, self._options, self._catalogue)
        uploads = Uploads(folder / "uploads", self._options.uploads)
        return House(folder, manager, uploads, rules, self._by_url(uploads))

    def _by_url(self, uploads: Uploads) -> ByUrl | None:
        if self._options.bucket is None:
            return None
        from nodetool_jupyter.worker.bucket import Bucket
        from nodetool_jupyter.worker.by_url import ByUrl, own_name

        by_url = ByUrl(Bucket(self._options.bucket), own_name(self.folder / "bucket-name"), uploads)
        by_url.start()
        return by_url


def any_in(folder: Path) -> bool:
    """Tell whether anything is in a folder."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _open(folder: Path, options: WorkerOptions, catalogue: Catalogue) -> tuple[JobExecutionManager, JobRules]:
    from nodetool_jupyter.jobs.manager import JobExecutionManager
    from nodetool_jupyter.worker.jobs_rules import JobRules

    shutil.rmtree(folder / "given", ignore_errors=True)
    rules = JobRules(options, catalogue)
    return JobExecutionManager(data_dir=folder, pickles=False, own_secrets=False), rules
