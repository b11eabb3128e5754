"""Types of handles: from annotations and metadata, what fits into what, which values are wrong."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import numpy as np
import pytest
from PIL.Image import Image as PilImage

from nodetool_jupyter.nodes.types import (
    ANY,
    Image,
    Table,
    TypeSpec,
    fits,
    from_annotation,
    from_metadata,
    reference,
    wrong,
)
from nodetool_jupyter.values import Audio


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (float, "float"),
        (bool, "bool"),
        (str, "str"),
        (bytes, "bytes"),
        (dict, "dict"),
        (list, "list"),
        (list[int], "list[int]"),
        (Sequence[str], "list[str]"),
        (tuple[int, int], "list"),
        (set[int], "list[int]"),
        (dict[str, int], "dict[str, int]"),
        (Mapping[str, Any], "dict[str, any]"),
        (Any, "any"),
        (object, "any"),
        (dt.date, "date"),
        (dt.datetime, "datetime"),
        (Path, "str"),
        (Literal["a", 1], "one of 'a', 1"),
        (Colour, "one of 'red', 'blue'"),
        (Image, "image"),
        (PilImage, "image"),
        (np.ndarray, "np_array"),
        (Table, "dataframe"),
        (Audio, "audio"),
        (reference("video"), "video"),
        (Annotated[int, "x"], "int"),
        (int | str, "int or str"),
        (int | Any, "any"),
        (complex, "any"),
        ("text", "any"),
    ],
)
def test_an_annotation_means_a_type(annotation: Any, text: str) -> None:
    assert str(from_annotation(annotation)) == text


@pytest.mark.parametrize("annotation", [Optional[int], int | None])  # noqa: UP045
def test_none_makes_a_type_optional(annotation: Any) -> None:
    assert from_annotation(annotation) == TypeSpec("int", optional=True)


@pytest.mark.parametrize(
    ("data", "spec"),
    [
        ("int", TypeSpec("int")),
        ("list[int]", TypeSpec("list", (TypeSpec("int"),))),
        ("", ANY),
        (None, ANY),
        ({}, ANY),
        ({"type": "enum", "values": ["a"]}, TypeSpec("enum", values=("a",))),
        (
            {"type": "list", "type_args": [{"type": "str", "optional": True}]},
            TypeSpec("list", (TypeSpec("str", optional=True),)),
        ),
    ],
)
def test_metadata_is_read(data: Any, spec: TypeSpec) -> None:
    assert from_metadata(data) == spec


def test_metadata_is_the_same_after_a_round_trip() -> None:
    for annotation in (int, list[int], Literal["a"], int | str, dict[str, int], int | None):
        spec = from_annotation(annotation)
        assert from_metadata(spec.metadata()) == spec


@pytest.mark.parametrize(
    ("source", "target", "fit"),
    [
        (int, float, True),
        (float, int, True),
        (bool, int, True),
        (str, int, False),
        (Any, int, True),
        (int, Any, True),
        (list[int], list[float], True),
        (list[str], list[int], False),
        (list, list[int], True),
        (int | str, int, True),
        (str, int | str, True),
        (dict, int, False),
        (type(None), str, True),
        (Literal["a"], str, True),
        (str, Literal["a"], True),
        (np.ndarray, list, True),
        (Image, str, False),
    ],
)
def test_what_fits_into_what(source: Any, target: Any, fit: bool) -> None:
    assert fits(from_annotation(source), from_annotation(target)) is fit


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (1, int),
        (2.0, int),
        (1, float),
        ("x", str),
        (None, int),
        ([1], list[int]),
        ((1,), list),
        ({"a": 1}, dict),
        ("red", Colour),
        ("a", Literal["a"]),
        (1, int | str),
        (np.zeros(2), list),
        (object(), Image),
        (True, bool),
        ([], list[str]),
    ],
)
def test_values_that_fit(value: Any, annotation: Any) -> None:
    assert wrong(value, from_annotation(annotation)) is None


@pytest.mark.parametrize(
    ("value", "annotation", "says"),
    [
        ("x", int, "'x' is not of type int"),
        (2.5, int, "2.5 is not of type int"),
        (True, int, "True is not of type int"),
        (1, str, "1 is not of type str"),
        (1, bool, "1 is not of type bool"),
        ([1, "x"], list[int], "item 1: 'x' is not of type int"),
        ("green", Colour, "'green' is not one of 'red', 'blue'"),
        ([], int | str, "[] is not int or str"),
        ("y" * 100, int, f"{'y' * 56!r}"[:57] + "… is not of type int"),
    ],
)
def test_values_that_do_not_fit_say_why(value: Any, annotation: Any, says: str) -> None:
    assert wrong(value, from_annotation(annotation)) == says
