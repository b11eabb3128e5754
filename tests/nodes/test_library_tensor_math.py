"""What the nodes of ``lib.tensor`` reckon: one table of cases, on numpy and on torch."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nodetool_jupyter.nodes.library import tensor_math as m
from nodetool_jupyter.nodes.library import tensor_shape as s
from nodetool_jupyter.nodes.library import tensor_statistics as t
from nodetool_jupyter.nodes.library.tensor_making import OneHot
from tests.nodes.tensor_sides import SIDES, A, dtype_of

X = A([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
I = A([[1, 2, 3], [4, 5, 6]])  # noqa: E741
U = A([200, 100], "uint8")
B = A([True, False])
EMPTY = A([], "float32")
NAN, INF = math.nan, math.inf

CASES = [
    # reckoning number by number
    (m.Add, (X, 1), {}, [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]),
    (m.Add, (I, A([10, 20, 30])), {}, [[11, 22, 33], [14, 25, 36]]),
    (m.Add, (U, 100), {}, [300, 200]),
    (m.Add, (U, U), {}, [400, 200]),
    (m.Add, (B, B), {}, [2, 0]),
    (m.Add, (U, 0.5), {}, [200.5, 100.5]),
    (m.Add, (X, [1, 2, 3]), {}, [[2.0, 4.0, 6.0], [5.0, 7.0, 9.0]]),
    (m.Add, (EMPTY, 1), {}, []),
    (m.Add, (2, 3), {}, 5),
    (m.Subtract, (U, A([201, 0], "uint8")), {}, [-1, 100]),
    (m.Subtract, (10, I), {}, [[9, 8, 7], [6, 5, 4]]),
    (m.Multiply, (U, U), {}, [40000, 10000]),
    (m.Multiply, (X, I), {}, [[1.0, 4.0, 9.0], [16.0, 25.0, 36.0]]),
    (m.Multiply, (I, 1 << 60), {}, [[1 << 60, 1 << 61, 3 << 60], [1 << 62, 5 << 60, 6 << 60]]),
    (m.Divide, (I, 2), {}, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]]),
    (m.Divide, (A([1.0, -1.0, 0.0]), 0), {}, [INF, -INF, NAN]),
    (m.Divide, (1, A([2, 4])), {}, [0.5, 0.25]),
    (m.Divide, (7, 2), {}, 3.5),
    (m.Power, (I, 2), {}, [[1, 4, 9], [16, 25, 36]]),
    (m.Power, (A([1, 2, 4]), -1), {}, [1.0, 0.5, 0.25]),
    (m.Power, (A([1.0, 4.0]), 0.5), {}, [1.0, 2.0]),
    (m.Power, (2, A([0, 62])), {}, [1, 1 << 62]),
    (m.Power, (A([-1, 1, 0]), 10**9), {}, [1, 1, 0]),
    (m.Abs, (A([-2, 3]),), {}, [2, 3]),
    (m.Abs, (A([-128], "int8"),), {}, [128]),
    (m.Abs, (-1.5,), {}, 1.5),
    (m.Exp, (A([0, 1]),), {}, [1.0, math.e]),
    (m.Log, (A([1.0, 0.0, -1.0]),), {}, [0.0, -INF, NAN]),
    (m.Log, (A([100, 1000]),), {"base": "10"}, [2.0, 3.0]),
    (m.Log, (A([2.0, 8.0]),), {"base": "2"}, [1.0, 3.0]),
    (m.Sqrt, (A([4, 9]),), {}, [2.0, 3.0]),
    (m.Sqrt, (A([-1.0]),), {}, [NAN]),
    (m.Round, (A([0.5, 1.5, -2.5]),), {}, [0.0, 2.0, -2.0]),
    (m.Round, (A([1.26]),), {"decimals": 1}, [1.3]),
    (m.Round, (U,), {}, [200, 100]),
    (m.Clip, (X,), {"minimum": 2, "maximum": 4.5}, [[2.0, 2.0, 3.0], [4.0, 4.5, 4.5]]),
    (m.Clip, (U,), {"minimum": -5, "maximum": 150.7}, [150, 100]),
    (m.Clip, (I,), {"minimum": 1.5}, [[2, 2, 3], [4, 5, 6]]),
    (m.Clip, (I,), {}, [[1, 2, 3], [4, 5, 6]]),
    (m.Compare, (I, 3), {"comparison": ">="}, [[False, False, True], [True, True, True]]),
    (m.Compare, (U, 300), {"comparison": "<"}, [True, True]),
    (m.Compare, (U, -1), {"comparison": ">"}, [True, True]),
    (m.Compare, (X, I), {}, [[True] * 3, [True] * 3]),
    (m.Compare, (A([NAN]), NAN), {"comparison": "!="}, [True]),
    (m.Compare, (A([1, 2]), 2), {"comparison": "<="}, [True, True]),
    (m.Where, (B, 1, 2), {}, [1, 2]),
    (m.Where, (A([2, 0]), A([1.5, 2.5]), 0), {}, [1.5, 0.0]),
    (m.Where, (B, U, 300), {}, [200, 300]),
    (m.Where, (1, U, A([0, 0], "uint8")), {}, [200, 100]),
    (m.Where, (False, 1, 2), {}, 2),
    # products, shares, measures
    (m.MatMul, (I, A([[1, 0], [0, 1], [1, 1]])), {}, [[4, 5], [10, 11]]),
    (m.MatMul, (X, A([1, 0, 1])), {}, [4.0, 10.0]),
    (m.MatMul, (A([1, 2]), A([3, 4])), {}, 11),
    (m.MatMul, (A([[[1.0, 0.0]], [[0.0, 2.0]]]), A([[1.0], [1.0]])), {}, [[[1.0]], [[2.0]]]),
    (m.MatMul, (A([[]], "float64"), A([], "float64")), {}, [0.0]),
    (m.Softmax, (A([0.0, math.log(3.0)]),), {}, [0.25, 0.75]),
    (m.Softmax, (A([[1000, 1000], [0, 0]]),), {}, [[0.5, 0.5], [0.5, 0.5]]),
    (m.Softmax, (A([[0.0], [0.0]]),), {"axis": 0}, [[0.5], [0.5]]),
    (m.Softmax, (EMPTY,), {}, []),
    (m.Normalize, (A([3, 4]),), {}, [0.6, 0.8]),
    (m.Normalize, (A([[3.0, 4.0], [0.0, 0.0]]),), {"axis": 1}, [[0.6, 0.8], [0.0, 0.0]]),
    (m.Normalize, (A([-1.0, 3.0]),), {"method": "l1"}, [-0.25, 0.75]),
    (m.Normalize, (A([-4.0, 2.0]),), {"method": "max"}, [-1.0, 0.5]),
    (m.Normalize, (A([1.0, 2.0, 5.0]),), {"method": "minmax"}, [0.0, 0.25, 1.0]),
    (m.Normalize, (A([7.0, 7.0]),), {"method": "minmax"}, [0.0, 0.0]),
    (m.Normalize, (A([1.0, 3.0]),), {"method": "zscore"}, [-1.0, 1.0]),
    (m.Normalize, (A([7, 7]),), {"method": "zscore"}, [0.0, 0.0]),
    (m.Normalize, (EMPTY,), {}, []),
    (OneHot, (A([0, 2]),), {}, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    (OneHot, (A([[1]]),), {"classes": 2}, [[[0.0, 1.0]]]),
    (OneHot, (A([], "int64"),), {"classes": 2}, []),
    # shapes and parts
    (s.Reshape, (I, [3, -1]), {}, [[1, 2], [3, 4], [5, 6]]),
    (s.Reshape, (I,), {}, [1, 2, 3, 4, 5, 6]),
    (s.Reshape, (A([5]), []), {}, 5),
    (s.Reshape, (EMPTY, [2, 0]), {}, [[], []]),
    (s.Transpose, (I,), {}, [[1, 4], [2, 5], [3, 6]]),
    (s.Transpose, (A([[[1, 2]], [[3, 4]]]), [1, 2, 0]), {}, [[[1, 3], [2, 4]]]),
    (s.Transpose, (A([1, 2]),), {}, [1, 2]),
    (s.Stack, ([A([1, 2]), A([3, 4])],), {}, [[1, 2], [3, 4]]),
    (s.Stack, ([A([1, 2]), A([3.5, 4.0])],), {"axis": -1}, [[1.0, 3.5], [2.0, 4.0]]),
    (s.Concatenate, ([A([1, 2]), A([3])],), {}, [1, 2, 3]),
    (s.Concatenate, ([I, A([[7], [8]])],), {"axis": 1}, [[1, 2, 3, 7], [4, 5, 6, 8]]),
    (s.Concatenate, ([A([1]), 2, [3, 4]],), {}, [1, 2, 3, 4]),
    (s.Slice, (I,), {"axis": 1, "start": 1}, [[2, 3], [5, 6]]),
    (s.Slice, (I,), {"stop": -1}, [[1, 2, 3]]),
    (s.Slice, (A([1, 2, 3, 4, 5]),), {"step": -2}, [5, 3, 1]),
    (s.Slice, (A([1, 2]),), {"start": 5}, []),
    (s.Index, (I, 1), {}, [4, 5, 6]),
    (s.Index, (I, -1), {"axis": 1}, [3, 6]),
    (s.Index, (I, [1, 0, -1]), {"axis": -1}, [[2, 1, 3], [5, 4, 6]]),
    (s.Index, (A([1.5]), 0), {}, 1.5),
    # many numbers in one
    (t.Sum, (I,), {}, 21),
    (t.Sum, (U,), {}, 300),
    (t.Sum, (B,), {}, 1),
    (t.Sum, (X,), {"axis": 0}, [5.0, 7.0, 9.0]),
    (t.Sum, (X,), {"axis": [0, 1], "keepdims": True}, [[21.0]]),
    (t.Sum, (EMPTY,), {}, 0.0),
    (t.Sum, (4,), {}, 4),
    (t.Mean, (I,), {}, 3.5),
    (t.Mean, (X,), {"axis": -1, "keepdims": True}, [[2.0], [5.0]]),
    (t.Mean, (A([1.0, NAN]),), {}, NAN),
    (t.Var, (A([1, 3]),), {}, 1.0),
    (t.Var, (A([1.0, 3.0]),), {"ddof": 1}, 2.0),
    (t.Std, (A([[1.0, 3.0], [5.0, 5.0]]),), {"axis": 1}, [1.0, 0.0]),
    (t.Std, (5,), {}, 0.0),
    (t.Min, (I,), {"axis": 1}, [1, 4]),
    (t.Min, (A([2.0, NAN]),), {}, NAN),
    (t.Max, (U,), {}, 200),
    (t.Max, (X,), {"axis": 0, "keepdims": True}, [[4.0, 5.0, 6.0]]),
    (t.Median, (A([9, 1, 2, 4]),), {}, 3.0),
    (t.Median, (A([[3.0, 1.0, 2.0], [NAN, 0.0, 1.0]]),), {"axis": 1}, [2.0, NAN]),
    (t.Median, (X,), {"axis": [0], "keepdims": True}, [[2.5, 3.5, 4.5]]),
    (t.Median, (3,), {}, 3.0),
    (t.ArgMin, (A([3, 1, 1]),), {}, 1),
    (t.ArgMin, (A([[3.0, 1.0], [0.0, 5.0]]),), {"axis": 0}, [1, 0]),
    (t.ArgMax, (I,), {}, 5),
    (t.ArgMax, (B,), {}, 0),
    (t.ArgMax, (X,), {"axis": 1, "keepdims": True}, [[2], [2]]),
]


def same(actual, said):
    if isinstance(said, list):
        return len(actual) == len(said) and all(map(same, actual, said))
    if isinstance(said, float):
        return isinstance(actual, float) and (actual == pytest.approx(said, rel=1e-6, abs=1e-7, nan_ok=True))
    return type(actual) is type(said) and actual == said


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("call", "given_", "options", "said"), CASES, ids=[f"{n}-{c[0].__name__}" for n, c in enumerate(CASES)]
)
def test_case(call, given_, options, said, side):
    found = call(*(side.make(value) for value in given_), **options)
    if isinstance(said, list):
        assert side.has(found)
        found = found.tolist()
    assert same(found, said)


REFUSED = [
    (m.Add, (X, A([1, 2])), {}, r"Add: the shapes \(2, 3\) and \(2,\) do not fit"),
    (m.Multiply, (I, 1 << 61), {}, "does not fit into 64 bits"),
    (m.Multiply, (I, 1 << 70), {}, "does not fit into 64 bits"),
    (m.Power, (U, U), {}, "Power: a result does not fit"),
    (m.Add, (A([1 << 62]), A([1 << 62])), {}, "Add: a result does not fit"),
    (m.Add, (A(["a"]), 1), {}, r"a has the dtype <U1; these nodes know whole and real numbers"),
    (m.Clip, (X, 3, 1), {}, "Clip: there is no number from 3 to 1"),
    (m.MatMul, (X, X), {}, r"MatMul: the shapes \(2, 3\) and \(2, 3\) do not fit"),
    (m.MatMul, (A([[1 << 40]]), A([[1 << 40]])), {}, "MatMul: a result does not fit"),
    (m.MatMul, (A([[[1]], [[2]]]), A([[[1]], [[2]], [[3]]])), {}, r"MatMul: the shapes \(2,\) and \(3,\) do not fit"),
    (m.MatMul, (2, X), {}, r"MatMul: the shapes \(\) and \(2, 3\)"),
    (m.Softmax, (X, 2), {}, r"Softmax: there is no axis 2 in the shape \(2, 3\); it goes from -2 to 1"),
    (m.Softmax, (1.0,), {}, "it is a single number"),
    (m.Compare, (X, A([1, 2])), {}, "Compare: the shapes"),
    (m.Where, (B, X, 1), {}, r"Where: the shapes \(2,\) and \(2, 3\) and \(\) do not fit"),
    (m.Exp, (None,), {}, "there is no value"),
    (m.Exp, ([[1], [1, 2]],), {}, "value has rows of different lengths"),
    (m.Exp, ({"type": "np_array", "uri": "asset://a"},), {}, "no array that can be read here but dict at 'asset://a'"),
    (OneHot, (X,), {}, "Cast them to int64 first"),
    (OneHot, (A([0, 5]), 3), {}, "the numbers go from 0 to 5, and the places from 0 to 2"),
    (OneHot, (A([-1]),), {}, "the numbers go from -1"),
    (s.Reshape, (X, [4, -1]), {}, r"\(2, 3\) has 6 numbers and does not fit into \(4, -1\)"),
    (s.Reshape, (X, [-1, -1]), {}, "does not fit"),
    (s.Reshape, (X, [-2, -3]), {}, "does not fit"),
    (s.Transpose, (X, [0, 0]), {}, r"must name each axis of the shape \(2, 3\) once"),
    (s.Stack, ([],), {}, "Stack: there is no array"),
    (s.Stack, ([X, A([1.0])],), {}, r"item 1 has the shape \(1,\) and the first \(2, 3\)"),
    (s.Concatenate, ([X, A([[1.0]])],), {}, "only axis 0 may differ"),
    (s.Concatenate, ([X], 2), {}, "there is no axis 2"),
    (s.Slice, (X,), {"step": 0}, "the step must not be 0"),
    (s.Index, (X, 2), {}, r"there is nothing at 2 along axis 0 of the shape \(2, 3\), which has 2"),
    (s.Index, (X, [0, 9], 1), {}, "there is nothing at 9 along axis 1"),
    (t.Mean, (EMPTY,), {}, "Mean: there are too few numbers"),
    (t.Max, (A([[]], "float32"),), {"axis": 1}, r"Max: there are too few numbers in the shape \(1, 0\) along \[1\]"),
    (t.Var, (A([1.0]),), {"ddof": 1}, "Var: there are too few numbers"),
    (t.Sum, (X,), {"axis": 5}, "Sum: there is no axis 5"),
    (t.Sum, (A([1 << 62, 1 << 62]),), {}, "Sum: a result does not fit"),
]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("call", "given_", "options", "said"), REFUSED, ids=[f"{n}-{c[0].__name__}" for n, c in enumerate(REFUSED)]
)
def test_refused(call, given_, options, said, side):
    if side.device and any(isinstance(value, A) and value.numbers == ["a"] for value in given_):
        given_ = (["a"], *given_[1:])  # torch has no texts
    with pytest.raises(ValueError, match=said):
        call(*(side.make(value) for value in given_), **options)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_plain_number_takes_the_dtype_of_the_array_it_meets(side, dtype):
    array = side.make(A([1.0, 2.0], dtype))
    assert dtype_of(m.Add(array, 0.5)) == dtype_of(m.Multiply(2, array)) == dtype_of(m.Divide(array, 3)) == dtype


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "uint16", "uint32", "uint64"])
@pytest.mark.parametrize("side", SIDES)
def test_whole_numbers_of_any_width_are_reckoned_in_64_bits(side, dtype):
    found = m.Add(side.make(A([100, 27], dtype)), side.make(A([100, 100], dtype)))
    assert (dtype_of(found), found.tolist()) == ("int64", [200, 127])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", "int8", "bool", "float16"])
@pytest.mark.parametrize("side", SIDES)
def test_numbers_of_any_dtype_are_compared(side, dtype):
    array = side.make(A([[1, 0], [0, 0]], dtype))
    assert (t.Min(array), t.Max(array), t.ArgMax(array), t.ArgMin(array, axis=1).tolist()) == (0, 1, 0, [1, 0])
    assert m.Compare(array, 0, ">").tolist() == [[True, False], [False, False]]
    assert m.Power(2, array).tolist() == [[2, 1], [1, 1]]


def test_unsigned_numbers_beyond_int64_are_refused_by_name():
    with pytest.raises(ValueError, match=f"Add: {2**64 - 1} does not fit into 64 bits"):
        m.Add(np.array([2**64 - 1], "uint64"), 1)


NUMBERS = arrays.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.uint8]),
    arrays.array_shapes(max_dims=3, max_side=4),
    elements=st.integers(0, 100),
)
ALIKE = [
    (m.Add, np.add), (m.Subtract, lambda a, b: np.subtract(a, b)), (m.Multiply, np.multiply), (m.Divide, np.divide),
    (m.Compare, np.equal),
]  # fmt: skip


@given(NUMBERS, st.data())
def test_two_arrays_are_reckoned_as_numpy_does_in_wide_numbers(left, data):
    right = data.draw(arrays.arrays(np.int64, left.shape[-1:], elements=st.integers(-100, 100)))
    wide = left.astype("int64") if left.dtype.kind in "iu" else left
    for ours, theirs in ALIKE:
        with np.errstate(all="ignore"):
            said = theirs(wide, right)
        np.testing.assert_allclose(ours(left, right), said, rtol=1e-6)


@given(NUMBERS, st.integers(-3, 2) | st.none(), st.booleans())
def test_statistics_are_those_of_numpy(array, axis, keepdims):
    axis = None if axis is None else axis % array.ndim
    wide = array.astype("int64") if array.dtype.kind in "iu" else array
    for ours, theirs in [
        (t.Sum, np.sum), (t.Mean, np.mean), (t.Var, np.var), (t.Std, np.std), (t.Min, np.min), (t.Max, np.max),
        (t.Median, np.median), (t.ArgMin, np.argmin), (t.ArgMax, np.argmax),
    ]:  # fmt: skip
        said = theirs(wide, axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(ours(array, axis, keepdims), said, rtol=1e-5, atol=1e-5)


@given(NUMBERS, st.integers(-3, 2) | st.none(), st.booleans())
def test_torch_says_what_numpy_says(array, axis, keepdims):
    torch = pytest.importorskip("torch")
    axis = None if axis is None else axis % array.ndim
    tensor = torch.from_numpy(array)
    for call in (t.Sum, t.Mean, t.Var, t.Std, t.Min, t.Max, t.Median, t.ArgMin, t.ArgMax):
        np.testing.assert_allclose(call(tensor, axis, keepdims), call(array, axis, keepdims), rtol=1e-4, atol=1e-4)
    for call in (m.Softmax, m.Normalize, m.Sqrt, m.Abs):
        np.testing.assert_allclose(call(tensor), call(array), rtol=1e-4, atol=1e-4)


def test_nothing_warns_and_no_input_is_changed():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        array = np.array([[0.0, -1.0], [math.inf, 1e308]])
        before = array.copy()
        for call in (m.Log, m.Sqrt, m.Exp, m.Softmax, m.Normalize, t.Var, t.Mean, m.Round):
            call(array)
        m.Multiply(array, array)
    np.testing.assert_array_equal(array, before)
