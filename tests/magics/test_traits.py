"""Settings as traits of the magics: ``%config``, configuration files, and what goes to runners."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

import nodetool_jupyter as nt
from nodetool_jupyter import settings
from nodetool_jupyter.magics.magic import NodetoolMagics
from nodetool_jupyter.traits import name_of


@nt.node(namespace="traits")
def image_of(ctx: Any) -> str:
    return str(ctx.environ.get("DOCKER_IMAGE"))


@pytest.fixture
def magics(shell: Any) -> Any:
    """The magics of a shell; nothing is set once they are unloaded."""
    return shell.magics_manager.registry["NodetoolMagics"]


def config(shell: Any, line: str) -> None:
    shell.run_line_magic("config", f"NodetoolMagics.{line}")


def test_every_setting_is_a_trait_but_those_that_are_secret() -> None:
    wanted = {name_of(setting) for setting in settings.SETTINGS if not setting.secret}
    own = {name for name, trait in NodetoolMagics.class_traits(config=True).items() if hasattr(trait, "setting")}
    assert own == wanted
    assert {"docker_image", "model_cache", "max_docker_jobs", "home"} <= own


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ('docker_memory_limit = "4g"', "DOCKER_MEMORY_LIMIT", "4g"),
        ("docker_pids_limit = 64", "DOCKER_PIDS_LIMIT", "64"),
        ("docker_cpu_limit = 1.5", "DOCKER_CPU_LIMIT", "1.5"),
        ('model_cache = "/models"', "NODETOOL_MODEL_CACHE", "/models"),
    ],
)
def test_what_is_configured_holds_in_the_place_of_the_variable(
    shell: Any, line: str, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "7")
    config(shell, line)
    assert settings.get(name) == text
    config(shell, f"{line.split()[0]} = ''")
    assert settings.get(name) == "7"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('docker_memory_limit = "much"', "DOCKER_MEMORY_LIMIT: 'much' is no size; write bytes, or 512m, 4g"),
        ("max_docker_jobs = 0", "MAX_DOCKER_JOBS must be at least 1, not 0"),
        ("docker_cpu_limit = True", "DOCKER_CPU_LIMIT must be text or a number, not True"),
        ("docker_image = ['a']", "DOCKER_IMAGE must be text or a number, not ['a']"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_assigned(
    shell: Any, line: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    config(shell, line)
    assert [record.getMessage() for record in caplog.records] == [says]
    assert settings.chosen() == {}
    config(shell, f"{line.split()[0]} = ''")  # IPython keeps in mind what it was told


def test_a_job_sees_what_was_configured(shell: Any, magics: Any) -> None:
    magics.docker_image = "lab/runner:7"
    assert nt.run(nt.nodes.traits.image_of(), strategy="subprocess") == {"result": "lab/runner:7"}


def test_what_was_configured_goes_with_the_magics(shell: Any, magics: Any) -> None:
    magics.docker_image = "lab/runner:7"
    shell.run_line_magic("reload_ext", "nodetool_jupyter")
    ours = [one for one in shell.configurables if type(one).__name__ == "NodetoolMagics"]
    assert (settings.get("DOCKER_IMAGE"), ours) == ("", [shell.magics_manager.registry["NodetoolMagics"]])


def test_what_cannot_be_is_refused_where_it_is_set_in_code(magics: Any) -> None:
    with pytest.raises(TraitError, match="MAX_DOCKER_JOBS must be at least 1, not 0"):
        magics.max_docker_jobs = 0


def test_a_configuration_file_is_read_when_the_extension_is_loaded(tmp_path: Path) -> None:
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from traitlets.config import Config\n"
        "config = Config(); config.NodetoolMagics.docker_image = 'lab/runner:7'\n"
        "config.NodetoolMagics.docker_memory_limit = 'much'\n"
        "shell = InteractiveShell.instance(config=config)\n"
        "shell.run_line_magic('load_ext', 'nodetool_jupyter')\n"
        "from nodetool_jupyter import settings\n"
        "print(settings.get('DOCKER_IMAGE'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split()[-1] == "lab/runner:7"
    assert "DOCKER_MEMORY_LIMIT: 'much' is no size" in done.stderr
