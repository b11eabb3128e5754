"""``huggingface.sentence_similarity``: the meaning of texts as vectors, near each other where texts are alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import Node
from nodetool_jupyter.nodes.devices import torch_device
from nodetool_jupyter.nodes.embedding import Embedder, borrow, find_model, give_back
from nodetool_jupyter.nodes.types import Array, reference

if TYPE_CHECKING:
    Model: TypeAlias = dict[str, Any] | str | None
else:
    # A name or a mapping serves as well, and so does what HuggingFaceModelInput sends.
    Model = reference("hf.sentence_similarity") | reference("hf_model") | dict[str, Any] | str


class SentenceSimilarity(
    Node,
    namespace="huggingface.sentence_similarity",
    requires=("torch", "transformers", "safetensors"),
    extra="hf",
    settings=("HF_HOME", "HF_HUB_CACHE"),
    gpu=True,
):
    """Turn a text into a vector that stands for its meaning: the mean of a model's last layer over all tokens.

    The model is a folder, or a name in Hugging Face's cache; nothing is downloaded. It computes on the job's device,
    is loaded once for all nodes that use it at a time, takes the texts of a stream in batches, and is freed when the
    last of them ends. A text of more tokens than the model reads is refused. How alike two texts are is the product
    (MatMul) of their vectors, each brought to the length 1 (Normalize) before.
    """

    def setup(self, ctx: NodeContext) -> None:
        """Remember where to compute."""
        self._ctx = ctx
        self._device = torch_device(ctx)
        self._held: dict[Path, Embedder] = {}

    def process(self, model: Model = {"type": "hf.sentence_similarity", "repo_id": ""}, inputs: str = "") -> Array:
        """Return the vector of one text."""
        return next(self.process_batch([{"model": model, "inputs": inputs}]))

    def process_batch(self, calls: list[dict[str, Any]]) -> Iterator[Array]:
        """Return the vectors of several texts, in order."""
        folders = [find_model(self._ctx, call["model"]) for call in calls]
        vectors = {folder: iter(self._vectors(folder, calls, folders)) for folder in dict.fromkeys(folders)}
        for folder in folders:
            yield next(vectors[folder])

    def _vectors(self, folder: Path, calls: list[dict[str, Any]], folders: list[Path]) -> list[Array]:
        texts = [call["inputs"] for call, own in zip(calls, folders, strict=True) if own == folder]
        for text in texts:
            if not isinstance(text, str):
                raise ValueError(f"SentenceSimilarity: inputs is a text, not {type(text).__name__}")
        if folder not in self._held:
            self._held[folder] = borrow(folder, self._device, self._ctx)
        return self._held[folder].vectors(texts, self._ctx.raise_if_cancelled)

    def teardown(self) -> None:
        """Give the models back."""
        while self._held:
            folder, _ = self._held.popitem()
            give_back(folder, self._device)
