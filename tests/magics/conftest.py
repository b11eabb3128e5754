"""A real IPython shell with the extension, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nodetool_jupyter.magics import warm
from tests.magics.kernel_client import Kernel, error


@pytest.fixture(scope="module")
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Return a kernel of its own for a module, in which the module's cell ``SETUP`` has run."""
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    try:
        assert not error(kernel.run(request.module.SETUP))
        yield kernel
    finally:
        kernel.close()


@pytest.fixture(scope="session")
def one_shell() -> Iterator[Any]:
    shell = InteractiveShell.instance(history_load_length=0)
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "nodetool_jupyter")
    assert warm.ready.wait(30)
    shell.run_cell("import nodetool_jupyter as nt")
    yield shell
    shell.run_line_magic("unload_ext", "nodetool_jupyter")
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(one_shell: Any) -> Iterator[Any]:
    before = dict(one_shell.user_ns)
    yield one_shell
    for name in set(one_shell.user_ns) - set(before):
        del one_shell.user_ns[name]
