"""The data folder: where jobs, secrets and known workers are."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from nodetool_jupyter import settings

_temporary: Path | None = None


def data_folder(explicit: str | os.PathLike[str] | None = None) -> Path:
    """Return the data folder: ``explicit``, $NODETOOL_HOME, a temporary one for ENV=test, or Jupyter's."""
    chosen = explicit or settings.given("NODETOOL_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if settings.get("ENV") == "test":
        return temporary_folder()
    try:
        from jupyter_core.paths import jupyter_data_dir
    except ImportError:  # the image of jobs has no Jupyter: nothing is kept there, and no worker known
        return Path("/nonexistent")
    return Path(jupyter_data_dir()) / "nodetool"


def temporary_folder() -> Path:
    """Return the folder of this process and its forks for ENV=test, which goes when this process ends."""
    global _temporary
    if _temporary is None or not _temporary.is_dir():
        _temporary = Path(tempfile.mkdtemp(prefix="nodetool-test-"))
        atexit.register(_discard, _temporary, os.getpid())
    return _temporary


def _discard(folder: Path, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)
