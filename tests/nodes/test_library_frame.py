"""What the inputs, constants, outputs and booleans mean."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from nodetool_jupyter.nodes.library import base_node, boolean, constant, output
from nodetool_jupyter.nodes.library import input as inputs

PASSING_INPUTS = [
    "StringListInput", "TextListInput", "ImageInput", "AudioInput", "VideoInput", "DocumentInput", "Model3DInput",
    "ImageListInput", "VideoListInput", "AudioListInput", "ColorInput", "ImageSizeInput", "DataframeInput",
    "FilePathInput", "FolderPathInput", "AssetFolderInput", "LanguageModelInput", "ImageModelInput", "VideoModelInput",
    "TTSModelInput", "ASRModelInput", "EmbeddingModelInput", "HuggingFaceModelInput", "MessageInput",
    "MessageListInput",
]  # fmt: skip

PASSING_CONSTANTS = [
    "Bool", "Integer", "Float", "String", "List", "TextList", "Dict", "JSON", "DataFrame", "Image", "Audio", "Video",
    "Document", "Model3D", "ImageList", "AudioList", "VideoList", "LanguageModelConstant", "ImageModelConstant",
    "VideoModelConstant", "TTSModelConstant", "ASRModelConstant", "EmbeddingModelConstant", "Select",
]  # fmt: skip


@pytest.mark.parametrize("name", PASSING_INPUTS)
def test_an_input_passes_its_value_on(name):
    kind = getattr(inputs, name)
    value = object()
    assert kind(name="x", value=value) is value
    assert (kind.node_type.name, kind.node_type.role) == (f"nodetool.input.{name}", "input")


@pytest.mark.parametrize("name", PASSING_CONSTANTS)
def test_a_constant_gives_its_value(name):
    kind = getattr(constant, name)
    value = object()
    assert kind(value=value) is value
    assert (kind.node_type.name, kind.node_type.role) == (f"nodetool.constant.{name}", "node")


@pytest.mark.parametrize("name", [name for name in vars(output) if name.endswith("Output")])
def test_an_output_is_named(name):
    kind = getattr(output, name).node_type
    assert (kind.name, kind.role, kind.properties["name"].default) == (f"nodetool.output.{name}", "output", "")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (inputs.BooleanInput(value=True), True),
        (inputs.BooleanInput(value=0), False),
        (inputs.BooleanInput(value="False"), False),
        (inputs.IntegerInput(value=500, min=0, max=100), 100),
        (inputs.IntegerInput(value=-5), 0),
        (inputs.IntegerInput(value=100_000), 99999),
        (inputs.IntegerInput(value=7.0, min=0, max=100), 7),
        (inputs.IntegerInput(value="12"), 12),
        (inputs.FloatInput(value=2.5, min=0, max=1), 1.0),
        (inputs.FloatInput(value=-2.5, min=0, max=1), 0.0),
        (inputs.FloatInput(value=0.25, min=0, max=1), 0.25),
        (inputs.FloatInput(value=1e12), 1e12),
        (inputs.StringInput(value="hello", max_length=3), "hel"),
        (inputs.StringInput(value="hello"), "hello"),
        (inputs.SelectInput(value="b", options=["a", "b"]), "b"),
        (inputs.SelectInput(value="anything"), "anything"),
        (
            inputs.DocumentFileInput(value="/tmp/a.pdf"),
            {
                "document": {"type": "document", "uri": "file:///tmp/a.pdf", "asset_id": None, "data": None},
                "path": "/tmp/a.pdf",
            },
        ),
        (base_node.Input(value="v"), {"value": "v"}),
        (constant.Date(year=2026, month=7, day=29), dt.date(2026, 7, 29)),
        (constant.Date(), dt.date(1900, 1, 1)),
        (
            constant.DateTime(2026, 7, 29, 12, 30, 1, 250),
            dt.datetime(2026, 7, 29, 12, 30, 1, 250_000, dt.UTC),
        ),
        (constant.DateTime(2026, tzinfo="Europe/Oslo"), dt.datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Oslo"))),
        (constant.DateTime(2026, utc_offset=2).utcoffset(), dt.timedelta(hours=2)),
        (
            constant.ImageSize(value={"width": 3, "height": 4}),
            {"image_size": {"width": 3, "height": 4}, "width": 3, "height": 4},
        ),
    ],
)
def test_meaning(result, expected):
    assert result == expected
    assert type(result) is type(expected)


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ValueError, match="IntegerInput 'n': 'many' is not a number"):
        inputs.IntegerInput(name="n", value="many")


def test_a_truth_value_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'perhaps' is neither true nor false"):
        inputs.BooleanInput(name="b", value="perhaps")


def test_a_choice_outside_the_options_is_refused_with_all_of_them():
    with pytest.raises(ValueError, match="'not-an-option' is not an option; valid: fast, balanced, thorough"):
        inputs.SelectInput(name="mode", value="not-an-option", options=["fast", "balanced", "thorough"])


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone 'Mars/Olympus'"):
        constant.DateTime(tzinfo="Mars/Olympus")


def test_a_message_is_split_into_its_parts():
    picture = {"type": "image", "uri": "x"}
    message = {
        "id": "m", "thread_id": "t", "role": "user", "model": "big",
        "content": [
            {"type": "text", "text": "a"}, {"type": "image_url", "image": picture}, {"type": "text", "text": "b"},
        ],
    }  # fmt: skip
    parts = inputs.MessageDeconstructor(value=message)
    assert parts == {
        "id": "m", "thread_id": "t", "role": "user", "model": "big", "text": "a\nb", "image": picture, "audio": None,
    }  # fmt: skip


def test_a_message_may_be_plain_text():
    assert inputs.MessageDeconstructor(value={"content": "hi"})["text"] == "hi"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (boolean.Compare(1, 1.0), True),
        (boolean.Compare("a", "b", "!="), True),
        (boolean.Compare(2, 1, ">"), True),
        (boolean.Compare(2, 1, "<"), False),
        (boolean.Compare(2, 2, ">="), True),
        (boolean.Compare(3, 2, "<="), False),
        (boolean.LogicalOperator(True, False, "and"), False),
        (boolean.LogicalOperator(True, False, "or"), True),
        (boolean.LogicalOperator(True, True, "xor"), False),
        (boolean.LogicalOperator(True, False, "nand"), True),
        (boolean.LogicalOperator(False, False, "nor"), True),
        (boolean.Not(value=False), True),
        (boolean.All(values=[1, 0]), False),
        (boolean.All(values=[]), True),
        (boolean.Some(values=[0, 1]), True),
        (boolean.IsIn(value=2, options=[1, 2]), True),
        (boolean.IsNone(value=None), True),
        (boolean.IsNone(value=0), False),
        (boolean.ConditionalSwitch(True, "a", "b"), "a"),
        (boolean.ConditionalSwitch(False, "a", "b"), "b"),
    ],
)
def test_booleans(result, expected):
    assert result is expected if isinstance(expected, bool) else result == expected


def test_values_without_an_order_are_refused():
    with pytest.raises(ValueError, match="str and int have no order"):
        boolean.Compare("a", 1, "<")


def test_the_frame_of_a_graph_never_runs():
    assert {base_node.Comment.node_type.role, base_node.Group.node_type.role} == {"layout"}
    assert base_node.Preview.node_type.role == "preview"
