"""What all tests share: the data beside the checkout, a data folder of their own, and no silent skips in the gate."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# Before anything of ours is imported: nothing a test does may reach the user's own jobs.
os.environ["ENV"] = "test"
for name in ("NODETOOL_HOME", "NODETOOL_RUNTIME"):
    os.environ.pop(name, None)

# Two test processes on two cores, each with threads of its own for sums, would spend their time waiting for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so; the programs under test must be interruptible all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "default", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("nightly", deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of NodeTool's own workflow files, which lies beside the checkout and is not part of it."""
    folder = SHARED / "examples" / "nodetool"
    if not folder.is_dir():
        pytest.skip("NodeTool's example workflows are not beside this checkout")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("NODETOOL_NO_SKIPS") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("skipped tests count as failures here (NODETOOL_NO_SKIPS)", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput") or not os.environ.get("NODETOOL_NO_SKIPS") or exitstatus:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
