"""``lib.tensor``: making arrays, turning them into pictures, lists and tensors and back, and how graphs carry them."""

import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.library import tensor as t
from nodetool_jupyter.nodes.library import tensor_making as make
from nodetool_jupyter.nodes.library import tensor_math as m
from nodetool_jupyter.nodes.library import tensor_shape as s
from nodetool_jupyter.nodes.library import tensor_statistics as statistics
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.values import ValueStore
from tests.engine.running import graph, run
from tests.nodes.tensor_sides import SIDES, A, dtype_of


def context(device="cpu"):
    trial = TrialRun()
    trial.device = device
    return NodeContext(trial, "n")


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("made", "dtype", "said"),
    [
        (make.Zeros([2, 1]), "float32", [[0], [0]]),
        (make.Ones([2], "int8"), "int8", [1, 1]),
        (make.Full([2], 7), "float32", [7, 7]),
        (make.Full([1], 1.9, "uint8"), "uint8", [1]),
        (make.Zeros([0, 3]), "float32", []),
        (make.Arange(0, 10, 3), "int64", [0, 3, 6, 9]),
        (make.Arange(3, 0, -1), "int64", [3, 2, 1]),
        (make.Arange(5, 0), "int64", []),
        (make.Arange(0, 1, 0.25), "float64", [0, 0.25, 0.5, 0.75]),
        (make.Arange(0, 3, dtype="float32"), "float32", [0, 1, 2]),
        (make.Linspace(0, 1, 3), "float64", [0, 0.5, 1]),
        (make.Linspace(0, 1, 2, endpoint=False), "float64", [0, 0.5]),
        (t.FromList([[1, 2], [3, 4]]), "int64", [[1, 2], [3, 4]]),
        (t.FromList([1, 2.5], "float32"), "float32", [1, 2.5]),
        (t.FromList(), "float64", []),
    ],
)
def test_making(made, dtype, said):
    assert (made.dtype, made.tolist()) == (dtype, said)


def test_random_numbers_repeat_with_their_seed_and_only_then():
    assert make.Random([3], seed=1).tolist() == make.Random([3], seed=1).tolist()
    assert make.Random([3]).tolist() != make.Random([3]).tolist()
    drawn = make.Random([10_000], "uniform", 5, "float64")
    assert (drawn.min() >= 0, drawn.max() < 1, drawn.dtype) == (True, True, "float64")
    assert abs(make.Random([10_000], "normal", 5).std() - 1) < 0.05


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: make.Zeros([10**9, 10**9]), "an array of 1000000000 × 1000000000 numbers would take"),
        (lambda: make.Full([2**40]), "Full: an array"),
        (lambda: make.Random([2**30]), "one node may make 4 GiB"),
        (lambda: make.Arange(0, 10**12), "Arange: an array"),
        (lambda: make.Linspace(0, 1, 10**12), "Linspace: an array"),
        (lambda: make.OneHot([10**12]), "OneHot: an array"),
        (lambda: m.Add(np.zeros((10**5, 1)), np.zeros((1, 10**5))), "Add: a result"),
        (lambda: m.Divide(np.zeros((10**5, 1)), np.zeros((1, 10**5))), "Divide: a result"),
        (lambda: m.Where(np.zeros((10**5, 1)), np.zeros((1, 10**5)), 0), "Where: a result"),
        (lambda: m.MatMul(np.zeros((10**5, 1)), np.zeros((1, 10**5))), "MatMul: a product"),
        (lambda: s.Concatenate([np.broadcast_to(0.0, (2**30,))]), "Concatenate of"),
        (lambda: s.Index(np.broadcast_to(0.0, (4, 2**28)), [0, 1, 2, 3]), "the part of"),
        (lambda: t.Cast(np.broadcast_to(np.uint8(1), (2**30,)), "float64"), "Cast of"),
        (lambda: t.ToList(np.broadcast_to(np.uint8(1), (2**30,))), "ToList: a list"),
        (lambda: statistics.Mean(np.broadcast_to(np.uint8(1), (2**30,))), "a copy in floats"),
    ],
)
def test_what_would_take_too_much_memory_is_refused_before_it_is_made(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: make.Zeros([-1]), r"a shape is a list of whole numbers from 0 on, not \[-1\]"),
        (lambda: make.Ones([1.5]), "Ones: a shape"),
        (lambda: make.Full([1], 300, "uint8"), "Full: 300 does not fit into uint8, which goes from 0 to 255"),
        (lambda: make.Arange(0, 1, 0), "there is no way from 0 to 1 by 0"),
        (lambda: make.Arange(0, math.inf), "there is no way"),
        (lambda: make.Arange(0, 1 << 70, 1 << 68), "there is no way"),
        (lambda: make.Linspace(0, 1, -1), "num is how many numbers, not -1"),
        (lambda: t.FromList([[1], [2, 3]]), "values has rows of different lengths"),
        (lambda: t.FromList(["a"]), "values has the dtype <U1"),
        (lambda: t.FromList([None]), "values has the dtype object"),
        (lambda: t.ToList(Image.new("L", (1, 1))), "make an array of it with lib.tensor.FromImage"),
        (lambda: t.ToList(np.ma.masked_array([1], [True])), "value has a mask"),
        (lambda: t.ToList(np.array([1j])), "complex"),
        (lambda: t.Info("text"), "value is no array that can be read here but str"),
        (lambda: t.Cast([1.0], "bfloat16"), "numpy has no bfloat16; bring the array to torch first"),
        (lambda: t.ToImage(np.zeros((2, 2, 5))), r"the shape \(2, 2, 5\) in HWC is no picture; it takes \(H, W\)"),
        (lambda: t.ToImage([1.0]), r"the shape \(1,\)"),
        (lambda: t.ToImage(np.zeros((0, 2))), r"the shape \(0, 2\)"),
        (lambda: t.ToImage(np.zeros((1, 40_000))), "40000 × 1 pixels is too large"),
        (lambda: t.FromImage(None), "there is no image"),
    ],
)
def test_what_is_no_array_or_does_not_fit_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("numbers", "dtype", "to", "said"),
    [
        ([1.7, -1.7], None, "int64", [1, -1]),
        ([0, 255], None, "uint8", [0, 255]),
        ([0.0, 0.5], None, "bool", [False, True]),
        ([1, 0], "bool", "float32", [1.0, 0.0]),
        ([1, 2], "uint16", "int32", [1, 2]),
        ([1e300], "float64", "float32", [math.inf]),
        ([], "float32", "int8", []),
        ([0.5], "float16", "float16", [0.5]),
    ],
)
def test_casting(numbers, dtype, to, said, side):
    found = t.Cast(side.make(A(numbers, dtype)), to)
    assert side.has(found)
    assert (dtype_of(found), found.tolist()) == (to, said)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("numbers", "to", "said"),
    [
        ([256], "uint8", "256 does not fit into uint8"),
        ([-1.0], "uint8", "-1 does not fit into uint8, which goes from 0 to 255; use lib.tensor.Clip first"),
        ([1e30], "int64", r"1e\+30 does not fit into int64"),
        ([math.nan], "int32", "nan or inf is no whole number"),
    ],
)
def test_a_cast_that_would_wrap_is_refused(numbers, to, said, side):
    with pytest.raises(ValueError, match=f"Cast: {said}"):
        t.Cast(side.make(A(numbers)), to)


# -- pictures ---------------------------------------------------------------------------------------------------------


def photo(mode="RGB"):
    values = np.arange(2 * 3 * 3, dtype="uint8").reshape(2, 3, 3) * 14
    return Image.fromarray(values).convert(mode)


@pytest.mark.parametrize(
    ("options", "shape", "dtype"),
    [
        ({}, (2, 3, 3), "float32"),
        ({"layout": "CHW"}, (3, 2, 3), "float32"),
        ({"mode": "L", "dtype": "uint8"}, (2, 3, 1), "uint8"),
        ({"mode": "RGBA", "dtype": "float64", "layout": "CHW"}, (4, 2, 3), "float64"),
    ],
)
def test_from_a_picture(options, shape, dtype):
    array = t.FromImage(photo(), **options)
    assert (array.shape, array.dtype) == (shape, dtype)


def test_floats_of_a_picture_go_from_0_to_1():
    assert t.FromImage(photo(), "RGB").ravel()[[0, -1]].tolist() == [0.0, pytest.approx(17 * 14 / 255)]


@pytest.mark.parametrize("layout", ["HWC", "CHW"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_picture_comes_back_as_it_was(mode, dtype, layout):
    back = t.ToImage(t.FromImage(photo(mode), mode, layout, dtype), layout)
    assert (back.mode, back.size, back.tobytes()) == (mode, (3, 2), photo(mode).tobytes())


@pytest.mark.parametrize(
    ("numbers", "dtype", "said"),
    [
        ([[-1.0, 0.5, 2.0]], "float32", [0, 128, 255]),
        ([[math.nan, math.inf, -math.inf]], "float32", [0, 255, 0]),
        ([[-5, 7, 300]], "int64", [0, 7, 255]),
        ([[True, False]], "bool", [255, 0]),
    ],
)
def test_numbers_beyond_a_picture_are_cut(numbers, dtype, said):
    assert list(t.ToImage(np.array(numbers, dtype)).tobytes()) == said


# -- numpy and torch --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_info(side):
    found = t.Info(side.make(A([[1.0, 2.0], [3.0, 6.0]], "float32")))
    device = {"": "cpu", "cpu": "cpu", "cuda": "cuda:0"}[side.device]
    library = "torch" if side.device else "numpy"
    assert found == {
        "shape": [2, 2], "dtype": "float32", "device": device, "library": library, "size": 4,
        "min": 1.0, "max": 6.0, "mean": 3.0,
    }  # fmt: skip


def test_info_of_nothing_has_no_range():
    assert (t.Info([])["size"], t.Info([])["min"], t.Info([])["mean"]) == (0, None, None)


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1.5, 2.5]), "float64"),
        (np.array([1, 2], ">i4"), "int32"),
        (np.array([[1, 2], [3, 4]]).T, "int64"),
        (np.array([1, 2, 3])[::-1], "int64"),
        (np.array([1, 2], "uint16"), "uint16"),
        ([1.5], "float64"),
        (2, "int64"),
    ],
)
def test_to_torch_and_back(torch, array, dtype):
    tensor = t.ToTorch(context(), array)
    assert (str(tensor.device), dtype_of(tensor)) == ("cpu", dtype)
    back = t.ToNumpy(tensor)
    assert (type(back), back.tolist()) == (np.ndarray, np.asarray(array).tolist())


def test_to_torch_never_shares_what_must_not_be_written(torch, tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    tensor = t.ToTorch(context(), mapped)
    tensor += 1
    assert mapped.tolist() == [0, 0, 0]


def test_to_torch_casts(torch):
    assert t.ToTorch(context(), [1.5], dtype="bfloat16").dtype is torch.bfloat16
    assert t.ToNumpy(t.ToTorch(context(), [1.5], dtype="bfloat16")).dtype == "float32"


def test_a_tensor_with_a_gradient_comes_to_numpy(torch):
    assert t.ToNumpy(torch.ones(2, requires_grad=True)).tolist() == [1, 1]


def test_numpy_moves_to_the_tensor_it_meets(torch):
    tensor = torch.tensor([1.0, 2.0])
    for left, right in ((tensor, np.array([1, 2])), (np.array([1, 2]), tensor)):
        found = m.Add(left, right)
        assert (found.dtype, found.tolist()) == (torch.float32, [2.0, 4.0])
    assert s.Stack([np.array([1]), torch.tensor([2])]).tolist() == [[1], [2]]


def test_a_list_beside_a_tensor_has_no_precision_of_its_own(torch):
    assert m.Multiply(torch.tensor([1.0]), [0.1]).dtype is torch.float32
    assert m.Multiply(torch.tensor([1.0], dtype=torch.float64), [0.5]).dtype is torch.float64


def test_a_list_of_tensors_is_a_tensor(torch):
    assert statistics.Sum([torch.tensor([1, 2]), torch.tensor([3, 4])], axis=0).tolist() == [4, 6]


def test_tensors_on_two_devices_are_refused(torch):
    with pytest.raises(ValueError, match=r"a is on cpu and b on meta; bring one over with lib\.tensor\.ToTorch"):
        m.Add(torch.ones(2), torch.ones(2, device="meta"))


def test_complex_tensors_are_refused(torch):
    with pytest.raises(ValueError, match="value has complex numbers"):
        m.Abs(torch.tensor([1j]))


@pytest.mark.gpu
def test_the_jobs_gpu_is_where_tensors_go(torch):
    moved = t.ToTorch(context("cuda:0"), [1.0, 2.0])
    assert str(moved.device) == "cuda:0"
    assert m.Add(moved, np.array([1, 1])).device == moved.device


@pytest.mark.gpu
def test_a_tensor_on_a_gpu_is_stored_and_comes_back_on_the_cpu(torch, tmp_path):
    store = ValueStore(tmp_path)
    back = store.decode(store.encode(torch.ones(2, device="cuda")))
    assert (str(back.device), back.tolist()) == ("cpu", [1, 1])


# -- in graphs --------------------------------------------------------------------------------------------------------


def test_a_graph_carries_arrays_and_stores_what_comes_out(tmp_path):
    ran = run(
        graph(
            {
                "a": ("lib.tensor.Arange", {"stop": 6}),
                "r": ("lib.tensor.Reshape", {"shape": [2, 3]}),
                "m": ("lib.tensor.MatMul", {"b": [[1], [1], [1]]}),
            },
            "a r.value",
            "r m.a",
        ),
        folder=tmp_path,
    )
    stored = ran.result["m"]
    assert (stored["type"], stored["dtype"], stored["shape"]) == ("np_array", "<i8", [2, 1])
    assert ValueStore(tmp_path / "values").decode(stored).tolist() == [[3], [12]]


def test_a_stored_array_in_a_graph_is_read(tmp_path):
    stored = ValueStore(tmp_path / "values").encode(np.array([1.0, 2.0]))
    ran = run(graph({"s": ("lib.tensor.Sum", {"value": stored}), "j": ("lib.tensor.Stack", {"values": [stored]})}),
              folder=tmp_path)  # fmt: skip
    assert ran.result["s"] == 3.0
    assert ran.result["j"]["shape"] == [1, 2]


def test_edges_into_one_handle_are_stacked():
    nodes = {"a": ("lib.tensor.Ones", {}), "b": ("lib.tensor.Zeros", {}), "s": "lib.tensor.Concatenate"}
    ran = run(graph({**nodes, "t": "lib.tensor.ToList"}, "a s.values", "b s.values", "s t.value"))
    assert ran.result["t"] == [1.0, 0.0]


def test_a_number_of_another_node_is_taken():
    ran = run(graph({"n": ("nodetool.constant.Float", {"value": 2.5}), "m": ("lib.tensor.Multiply", {"b": 2})},
                    "n m.a"))  # fmt: skip
    assert ran.result["m"] == 5.0


def test_a_job_computes_on_the_device_of_its_context(torch):
    nodes = {"t": ("lib.tensor.ToTorch", {"value": [1.0]}), "i": "lib.tensor.Info"}
    ran = run(graph(nodes, "t i.value"), device="cpu")
    assert (ran.result["i.device"], ran.result["i.library"]) == ("cpu", "torch")
    ran = run(graph(nodes, "t i.value"), device="cuda:99")
    assert "the job's device 'cuda:99' is not there" in (ran.outcome.error or "")


def test_only_to_torch_needs_torch_and_says_so():
    needing = [kind.title for kind in registry.types("lib.tensor.") if kind.requires]
    assert needing == ["ToTorch"]
    assert registry.get("lib.tensor.ToTorch").extra == "torch"


def test_all_but_to_torch_runs_where_there_is_no_torch():
    code = """
import sys
sys.modules["torch"] = None
from nodetool_jupyter.nodes.library import tensor, tensor_math, tensor_statistics
print(tensor_math.Softmax([0, 0]).tolist(), tensor_statistics.Median([1, 3]), tensor.Info([1])["library"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout.strip() == "[0.5, 0.5] 2.0 numpy"
