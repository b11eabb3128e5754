"""The folder of one job: its request, its owner, its log, its values."""

from __future__ import annotations

import errno
import os
import random
from contextlib import suppress
from pathlib import Path

from nodetool_jupyter import faults
from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.files import write_all
from nodetool_jupyter.jobs.identity import Identity, write_card
from nodetool_jupyter.request import FORMAT, RunJobRequest
from nodetool_jupyter.values import ValueStore

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_BASE32 = _LETTERS + "234567"
ID_LENGTH = 10
_random = random.Random()  # noqa: S311  # an id is a name, not a secret; mkdir says whether it is free


def new_id() -> str:
    """Return a short id that can be typed and pasted: ten lower-case base32 characters, the first a letter."""
    bits = _random.getrandbits(5 * ID_LENGTH + 15)
    return _LETTERS[(bits & 0xFFFFF) % 26] + "".join(
        _BASE32[bits >> 5 * place & 31] for place in range(4, ID_LENGTH + 3)
    )


class JobFolder:
    """Paths and claims of one job; makes nothing until asked."""

    __slots__ = ("id", "log", "path", "request")

    def __init__(self, jobs: str, job_id: str) -> None:
        self.id = job_id
        self.path = f"{jobs}/{job_id}"
        self.log = f"{self.path}/events.jsonl"
        self.request = f"{self.path}/request.json"

    @classmethod
    def create(cls, jobs: str, job_id: str | None = None) -> JobFolder:
        """Make the folder of a new job, under ``job_id`` or a new one.

        Raises :class:`InvalidRequest` when the id is taken, :class:`StorageError` when no folder can be made.
        """
        while True:
            folder = cls(jobs, job_id or new_id())
            try:
                os.mkdir(folder.path, 0o700)  # noqa: PTH102  # a string is enough, and this is the submit path
            except FileExistsError:
                if job_id is not None:
                    raise InvalidRequest(
                        f"there is already a job {job_id!r}; leave job_id out to get a new one"
                    ) from None
            except OSError as error:
                raise StorageError(f"no job can be stored in {jobs}: {error.strerror}") from error
            else:
                return folder

    @property
    def exists(self) -> bool:
        """Whether there is such a job."""
        return os.path.isdir(self.path)  # noqa: PTH112

    def values(self, *, pickles: bool = True) -> ValueStore:
        """Return the store of the job's large values; without ``pickles`` none is written or loaded."""
        return ValueStore(Path(self.path, "values"), pickles=pickles)

    def write_request(self, request: RunJobRequest) -> None:
        """Store what to run."""
        body = request.model_dump_json(exclude_none=True).encode()
        descriptor = os.open(self.request, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, body)
        finally:
            os.close(descriptor)

    def read_request(self) -> RunJobRequest | None:
        """Read what to run; ``None`` when it is not there or of a newer format, which is to be left alone."""
        try:
            request = RunJobRequest.model_validate_json(Path(self.request).read_bytes())
        except (OSError, ValueError):
            return None
        return request if request.format <= FORMAT else None

    def epoch(self) -> int:
        """Return the number of the last claim; 0 when nobody has claimed the job."""
        try:
            names = [path.name for path in Path(self.path).iterdir()]
        except FileNotFoundError:
            return 0
        return max((int(name[6:]) for name in names if name.startswith("owner.") and name[6:].isdigit()), default=0)

    def owner(self) -> tuple[int, Identity | None]:
        """Return the last claim's number and who made it; ``None`` when nobody owns the job."""
        epoch = self.epoch()
        if epoch == 0:
            return 0, None
        with suppress(FileNotFoundError):
            return epoch, Identity.parse(Path(self.owner_path(epoch)).read_bytes())
        return epoch, None

    def owner_path(self, epoch: int) -> str:
        """Return where claim number ``epoch`` stands."""
        return f"{self.path}/owner.{epoch}"

    def claim(self, epoch: int, card: Card) -> bool:
        """Take the job under claim number ``epoch``; ``False`` when somebody was first."""
        faults.point("claim.before_link")
        try:
            card.link(self.owner_path(epoch))
        except (FileExistsError, FileNotFoundError):
            return False
        return True


class Card:
    """A finished file that says who somebody is; a claim is a link to it, made in one step.

    A file system allows only so many links to one file, so a full one is written anew.
    """

    def __init__(self, identity: Identity | None, path: Path) -> None:
        self._identity = identity
        self._path = path
        try:
            write_card(identity, path)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            # Jobs on a full disk can be read and removed; the card is written when it is first needed.

    def link(self, target: str) -> None:
        """Link the card to ``target``; raises ``FileExistsError`` when that is taken."""
        try:
            os.link(self._path, target)
        except OSError as error:
            if error.errno != errno.EMLINK and not (isinstance(error, FileNotFoundError) and not self._path.exists()):
                raise
            write_card(self._identity, self._path)
            os.link(self._path, target)

    def remove(self) -> None:
        """Take the card away; what was linked stays."""
        self._path.unlink(missing_ok=True)
