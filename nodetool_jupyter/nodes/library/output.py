"""``nodetool.output``: the named results of a workflow."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.define import Options, declare
from nodetool_jupyter.nodes.types import Image, Table, reference


def _output(kind: str, annotation: Any, default: Any = None) -> Any:
    def output(name: str = "", value: Any = default, description: str = "") -> Any:
        return value

    output.__name__ = output.__qualname__ = kind
    output.__doc__ = "Name a result of the workflow; of a stream, the last item stands."
    output.__annotations__["value"] = annotation
    return declare(output, Options(namespace="nodetool.output", inline=True, role="output"))


Output = _output("Output", Any)
StringOutput = _output("StringOutput", str)
IntegerOutput = _output("IntegerOutput", int)
FloatOutput = _output("FloatOutput", float)
BooleanOutput = _output("BooleanOutput", bool)
ListOutput = _output("ListOutput", list)
DictionaryOutput = _output("DictionaryOutput", dict)
TextOutput = _output("TextOutput", str)
ImageOutput = _output("ImageOutput", Image)
DataframeOutput = _output("DataframeOutput", Table)
AudioOutput = _output("AudioOutput", reference("audio"))
VideoOutput = _output("VideoOutput", reference("video"))
DocumentOutput = _output("DocumentOutput", reference("document"))
ImageListOutput = _output("ImageListOutput", list)
AudioListOutput = _output("AudioListOutput", list)
VideoListOutput = _output("VideoListOutput", list)
ImageSizeOutput = _output("ImageSizeOutput", reference("image_size"))
Model3DOutput = _output("Model3DOutput", reference("model_3d"))
FilePathOutput = _output("FilePathOutput", str)
FolderPathOutput = _output("FolderPathOutput", str)
