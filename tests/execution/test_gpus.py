"""Which GPUs there are: what CUDA_VISIBLE_DEVICES hides, what is split, which of them a request means."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.gpus import Gpu
from tests.execution.gpu_scenery import ONE, TWO, ZERO


class NVMLError(Exception):
    """What the fake driver raises."""


@dataclass
class FakeNvml:
    """A driver with GPUs named by their UUIDs; ``split`` are the instances of those that are split."""

    uuids: list[str]
    split: dict[str, list[str | None]] = field(default_factory=dict)
    open: int = 0
    NVMLError = NVMLError
    NVML_DEVICE_MIG_ENABLE = 1

    def nvmlInit(self) -> None:
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:
        return len(self.uuids)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:
        return self.uuids[index]

    def nvmlDeviceGetMigMode(self, handle: str) -> list[int]:
        if not self.split:
            raise NVMLError
        return [int(handle in self.split), 0]

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: str) -> int:
        return len(self.split[handle])

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: str, place: int) -> str:
        found = self.split[handle][place]
        if found is None:
            raise NVMLError
        return found

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> Any:
        return SimpleNamespace(total=80)

    def nvmlDeviceGetUUID(self, handle: str) -> bytes:
        return handle.encode()

    def nvmlDeviceGetName(self, handle: str) -> str:
        return "Fake 9000"


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml([ZERO.uuid, ONE.uuid, TWO.uuid])
    monkeypatch.setitem(sys.modules, "pynvml", fake)  # type: ignore[arg-type]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return fake


def test_gpus_are_numbered_as_the_driver_does(driver: FakeNvml) -> None:
    assert gpus.available() == [ZERO, ONE, TWO]
    assert driver.open == 0


def test_where_there_is_no_driver_there_is_no_gpu(driver: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NVMLError

    monkeypatch.setattr(driver, "nvmlInit", refuse)
    assert gpus.available() == []


@pytest.mark.parametrize(
    ("named", "uuids"),
    [
        ("0,1,2", [ZERO, ONE, TWO]),
        ("2, 0", [TWO, ZERO]),
        ("1", [ONE]),
        (ONE.uuid, [ONE]),
        ("GPU-cccc,0", [TWO, ZERO]),
        ("", []),
        ("-1", []),
        ("0,-1,1", [ZERO]),
        ("1,7,0", [ONE]),
        ("1,nothing", [ONE]),
        ("GPU-", []),
        ("1,1", []),
        ("NoDevFiles", []),
    ],
)
def test_what_cuda_does_not_show_is_left_out_and_the_rest_is_renumbered(
    driver: FakeNvml, monkeypatch: pytest.MonkeyPatch, named: str, uuids: list[Gpu]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    found = gpus.available()
    assert [gpu.uuid for gpu in found] == [gpu.uuid for gpu in uuids]
    assert [gpu.index for gpu in found] == list(range(len(found)))


def test_a_split_gpu_is_its_instances(driver: FakeNvml) -> None:
    driver.split = {ONE.uuid: ["MIG-1111", None, "MIG-2222"]}
    assert [(gpu.index, gpu.uuid) for gpu in gpus.available()] == [
        (0, ZERO.uuid),
        (1, "MIG-1111"),
        (2, "MIG-2222"),
        (3, TWO.uuid),
    ]


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (None, []),
        ((), []),
        (("all",), [ZERO, ONE, TWO]),
        (("2", "0"), [TWO, ZERO]),
        (("1", ONE.uuid), [ONE]),
        (("GPU-c",), [TWO]),
    ],
)
def test_gpus_are_chosen_by_number_by_uuid_or_all(
    driver: FakeNvml, asked: tuple[str, ...] | None, chosen: list[Gpu]
) -> None:
    assert gpus.choose(asked) == chosen


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("3", "there is no GPU '3'; valid: 0, 1, 2, all"),
        ("GPU-d", "there is no GPU 'GPU-d'; valid: 0, 1, 2, all"),
        ("GPU-", f"'GPU-' names more than one GPU; they are: {ZERO.uuid}, {ONE.uuid}, {TWO.uuid}"),
    ],
)
def test_a_gpu_that_is_not_there_is_refused_with_those_that_are(driver: FakeNvml, asked: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        gpus.choose((asked,))
    assert str(caught.value) == says


def test_the_variable_that_hides_every_gpu_is_named(driver: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(InvalidRequest, match=r"no GPU that can be used \(CUDA_VISIBLE_DEVICES is ''\); leave --gpus"):
        gpus.choose(("0",))


def test_a_new_process_is_shown_its_gpus_by_uuid_in_their_order() -> None:
    assert gpus.visible([TWO, ZERO]) == {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": f"{TWO.uuid},{ZERO.uuid}",
    }


def test_a_process_that_asked_for_no_gpu_is_left_as_it_is() -> None:
    assert gpus.visible([]) == {}


_COUNT = """
import ctypes
cuda = ctypes.CDLL("libcuda.so.1")
count = ctypes.c_int(-1)
assert cuda.cuInit(0) in (0, 100)  # 100: no device is visible
assert cuda.cuDeviceGetCount(ctypes.byref(count)) in (0, 3)  # 3: not initialized, for the same reason
uuids = []
for index in range(max(count.value, 0)):
    uuid = (ctypes.c_ubyte * 16)()
    assert cuda.cuDeviceGetUuid_v2(uuid, index) == 0
    text = bytes(uuid).hex()
    uuids.append("-".join(["GPU", text[:8], text[8:12], text[12:16], text[16:20], text[20:]]))
print(",".join(uuids))
"""


@pytest.mark.gpu
@pytest.mark.parametrize("named", [None, "0", "", "-1", "7", "0,0", "GPU-", "0,9"])
def test_a_real_driver_shows_cuda_what_we_say(monkeypatch: pytest.MonkeyPatch, named: str | None) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    shown = subprocess.run([sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True).stdout.strip()
    assert ",".join(gpu.uuid for gpu in gpus.available()) == shown


@pytest.mark.gpu
def test_a_real_process_sees_the_gpu_of_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (first, *_) = gpus.available()
    environ = {**os.environ, **gpus.visible([first])}
    shown = subprocess.run([sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True, env=environ)
    assert shown.stdout.strip() == first.uuid


@pytest.mark.gpu
def test_a_real_gpu_is_described_as_its_driver_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    ask = ["nvidia-smi", "--query-gpu=index,uuid,name", "--format=csv,noheader"]
    said = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [f"{gpu.index}, {gpu.uuid}, {gpu.name}" for gpu in gpus.available()] == said
