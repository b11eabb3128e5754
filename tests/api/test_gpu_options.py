"""Options about GPUs, as keywords and as they are typed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nodetool_jupyter.api.options import build, table
from nodetool_jupyter.errors import Unsupported


def test_sharing_is_a_flag_of_the_strategies_that_use_local_gpus() -> None:
    option = table()["share_gpu"]
    assert (option.flag, option.kind) == ("--share-gpu", "flag")
    assert option.strategies == ("threaded", "subprocess", "docker")


@pytest.mark.parametrize("strategy", ["threaded", "subprocess"])
def test_sharing_is_an_option_of_the_request(strategy: str) -> None:
    request = build({"graph": {}}, {"strategy": strategy, "gpus": "0", "share_gpu": True})
    assert (request.gpus, request.options) == (("0",), {"share_gpu": True})


def test_a_thread_has_no_gpu_memory_of_its_own() -> None:
    with pytest.raises(Unsupported) as caught:
        build({"graph": {}}, {"gpus": "0", "gpu_memory": "8g"}, typed=True)
    told = "--gpu-memory cannot be honoured by the threaded strategy; it belongs to subprocess and docker"
    assert str(caught.value) == told


def test_help_has_the_options_with_their_measures() -> None:
    help_ = subprocess.run(
        [sys.executable, "-m", "nodetool_jupyter", "run", "--help"], capture_output=True, text=True, check=True
    ).stdout
    said = {line.split("  ")[1].strip() for line in help_.splitlines() if "-gpu" in line}
    assert said == {"--gpus IDS", "--share-gpu", "--gpu-memory SIZE"}
