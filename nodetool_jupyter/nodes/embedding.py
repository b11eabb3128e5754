"""Vectors of texts, by a model that lies on this machine: found, loaded once, shared by the nodes of a process, freed.

Nothing is ever downloaded, no pickle is loaded, and no code of a model is run.
"""

from __future__ import annotations

import gc
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.loaded_models import LoadedModels

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.types import Array

TOGETHER = 64  # texts that go through a model at once
TOKENS = {
    "cpu": 512,
    "cuda": 16_384,
}  # of one batch, with what is filled up: more leave a CPU's caches, and take memory
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def find_model(ctx: NodeContext, model: Any) -> Path:
    """Return the folder of a model: itself a folder, or a name in Hugging Face's cache.

    ``model`` is the name, or NodeTool's ``{"type": "hf.…", "repo_id": name}``. Raises ``ValueError`` with the cure.
    """
    name = model.get("repo_id") if isinstance(model, dict) else model
    if not name or not isinstance(name, str):
        raise ValueError("there is no model: give its repo_id, such as 'sentence-transformers/all-MiniLM-L6-v2'")
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _cached(ctx, name)
    if not any((folder / weights).is_file() for weights in _WEIGHTS):
        pickled = any(folder.glob("*.bin"))
        what = "only as pickles (.bin), which are never loaded here" if pickled else "nowhere"
        raise ValueError(f"the model in {folder} has its weights {what}; it needs a model.safetensors")
    return folder.resolve()


def _cached(ctx: NodeContext, name: str) -> Path:
    home = ctx.setting("HF_HOME") or str(Path(ctx.setting("XDG_CACHE_HOME") or "~/.cache", "huggingface"))
    hub = Path(ctx.setting("HF_HUB_CACHE") or Path(home, "hub")).expanduser()
    if _NAME.fullmatch(name):
        kept = hub / f"models--{name.replace('/', '--')}"
        try:
            folder = kept / "snapshots" / (kept / "refs" / "main").read_text().strip()
        except OSError:
            folder = kept
        if folder != kept and folder.is_dir():
            return folder
    raise ValueError(
        f"the model {name!r} is not on this machine ({hub}), and nothing is downloaded here: "
        f"run 'hf download {name}' once, or give the folder of a model"
    )


class Embedder:
    """A model in memory that turns texts into vectors: the plain mean of its last layer over all tokens."""

    def __init__(self, folder: Path, device: Any) -> None:
        self.device = device
        self._tokens = threading.Lock()  # tokenizers must not be used by two threads at once
        with quietly():
            self._tokenizer, self._model = _load(folder)
        self._model.to(device)
        self.longest = _longest(self._model)

    def vectors(self, texts: Sequence[str], look: Callable[[], None] = lambda: None) -> list[Array]:
        """Return a vector of float64 for each text, in order; ``look`` is called between batches, and may raise.

        Raises ``ValueError`` for a text of more tokens than the model reads: none is cut.
        """
        with self._tokens:
            encoded = self._tokenizer(list(texts), padding=False, truncation=False, verbose=False)["input_ids"]
        for ids in encoded:
            if self.longest is not None and len(ids) > self.longest:
                raise ValueError(
                    f"a text has {len(ids)} tokens, and the model reads at most {self.longest}; "
                    "split it first, for instance with nodetool.text.Chunk"
                )
        found: dict[int, Array] = {}
        for batch in batches([len(ids) for ids in encoded], TOKENS[self.device.type]):
            look()
            found.update(zip(batch, self._forward([encoded[index] for index in batch]), strict=True))
        return [found[index] for index in range(len(encoded))]

    def _forward(self, encoded: list[list[int]]) -> list[Array]:
        import torch

        width = max(map(len, encoded))
        ids = torch.full((len(encoded), width), self._tokenizer.pad_token_id or 0, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        with torch.inference_mode():
            hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state.double()
            means = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return [row.copy() for row in means.cpu().numpy()]


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Yield which texts go together, those of like lengths, so that little is filled up to at most so many tokens."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) == TOGETHER or (len(batch) + 1) * lengths[batch[0]] > tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _longest(model: Any) -> int | None:
    """Return how many tokens a model reads, or ``None`` when it has no end."""
    most = getattr(model.config, "max_position_embeddings", None)
    places = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    skipped = getattr(places, "padding_idx", None)  # RoBERTa and its kin count from behind this one
    return None if most is None else int(most) - (0 if skipped is None else skipped + 1)


def _load(folder: Path) -> tuple[Any, Any]:
    from safetensors import SafetensorError

    transformers: Any = import_module("transformers")
    safely = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **safely)
        model, told = transformers.AutoModel.from_pretrained(
            str(folder), use_safetensors=True, output_loading_info=True, **safely
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"the model in {folder} cannot be loaded: {reason}") from error
    lost = sorted(key for key in told["missing_keys"] if not key.startswith("pooler."))  # which is not used here
    if lost:
        raise ValueError(f"the weights in {folder} are not those of its config.json: {lost[0]} is missing")
    return tokenizer, model.float().eval()


@contextmanager
def quietly() -> Iterator[None]:
    """Keep transformers from showing bars and advice while it loads, and put its settings back."""
    logging: Any = import_module("transformers.utils.logging")
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()


def _freed(device: str) -> None:
    gc.collect()  # the parts of a model refer to each other
    if device.startswith("cuda"):
        sys.modules["torch"].cuda.empty_cache()


models = LoadedModels(_freed)
"""The models of this process."""


def borrow(folder: Path, device: Any, ctx: NodeContext) -> Embedder:
    """Return the model of a folder on a device, loading it when nobody has; :func:`give_back` it."""
    model: Embedder = models.borrow((folder, str(device)), lambda: Embedder(folder, device), (ctx.job_id, ctx.node_id))
    return model


def give_back(folder: Path, device: Any) -> None:
    """Say that a borrowed model is not needed any more; the last one frees its memory."""
    models.give_back((folder, str(device)))
