"""Jobs: who owns them, their event logs, their index, their queue, and everyone who reads them.

The package can be called: ``nt.jobs()`` lists jobs, as :func:`nodetool_jupyter.api.submit.jobs` does.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Jobs(ModuleType):
    # ``nt.jobs`` is this package and a public function at once; as a module it must stay importable.
    def __call__(self, status: Any = None, limit: int | None = 100) -> Any:
        return import_module("nodetool_jupyter.api.submit").jobs(status, limit)


sys.modules[__name__].__class__ = _Jobs
