"""A picture of twelve megapixels blurred by a node of a job, beside Pillow alone; and what storing the result costs."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import PIL.Image
from PIL import ImageFilter

import nodetool_jupyter as nt
from benchmarks.graphs import edge, request
from benchmarks.measure import Figure, Figures
from nodetool_jupyter.jobs.manager import manager

WIDTH, HEIGHT, RADIUS = 4000, 3000, 2


@cache
def photo() -> PIL.Image.Image:
    """A picture with soft shapes and the noise of a camera."""
    random = np.random.default_rng(0)
    coarse = PIL.Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype="uint8"))
    soft = np.asarray(coarse.resize((WIDTH, HEIGHT), PIL.Image.Resampling.BICUBIC), dtype="int16")
    noisy = soft + random.integers(-6, 7, soft.shape, dtype="int16")
    return PIL.Image.fromarray(noisy.clip(0, 255).astype("uint8"))


@nt.node(namespace="images")
def take_photo() -> nt.Image:
    return photo()


def _blurred(*, stored: bool) -> dict[str, Any]:
    nodes = [
        {"id": "photo", "type": "images.take_photo"},
        {"id": "blur", "type": "nodetool.image.Blur", "data": {"size": RADIUS}},
        {"id": "size", "type": "nodetool.image.GetMetadata"},
        {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ]
    last = edge("blur", "output", "out", "value") if stored else edge("size", "width", "out", "value")
    edges = [edge("photo", "output", "blur", "image"), edge("blur", "output", "size", "image"), last]
    return {"nodes": nodes, "edges": edges}


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def figures(*, soak: bool) -> Figures:
    jobs = manager()
    picture, blur = photo(), ImageFilter.GaussianBlur(RADIUS)
    soft = picture.filter(blur)

    def job(stored: bool) -> None:
        job_id = jobs.submit(request(_blurred(stored=stored)))
        assert jobs.wait(job_id, 120).status == "completed"

    ways: dict[str, Callable[[], object]] = {
        "pillow": lambda: picture.filter(blur),
        "node": lambda: job(stored=False),
        "stored": lambda: job(stored=True),
        "png": lambda: soft.save(io.BytesIO(), "PNG", compress_level=1),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(16 if soak else 6):  # in turns, so that a slow moment of the machine hits all; the first warms
        for name, work in ways.items():
            seconds = _seconds(work)
            if number:
                times[name].append(seconds)
    pillow, node, stored, png = (statistics.median(times[name]) for name in ways)
    yield Figure("12-megapixel blur as a node of a job", node, "s", pillow)
    yield Figure("12-megapixel blur as a node of a job, against Pillow alone", node / pillow, "times", 1.0, "<= 1.2")
    yield Figure("12-megapixel blur, its result stored", stored, "s", pillow + png)
