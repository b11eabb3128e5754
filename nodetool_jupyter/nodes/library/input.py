"""``nodetool.input``: the named inputs of a workflow.

A param whose key equals the node's ``name`` takes the place of ``value`` before the function is called.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from nodetool_jupyter.nodes.define import Options, declare, family
from nodetool_jupyter.nodes.types import Color, Image, Table, reference

node = family("nodetool.input")


def _empty(kind: str) -> dict[str, Any]:
    return {"type": kind, "uri": "", "asset_id": None, "data": None}


def _input(kind: str, annotation: Any, default: Any, what: str) -> Any:
    def value_of(name: str = "", value: Any = default, description: str = "") -> Any:
        return value

    value_of.__name__ = value_of.__qualname__ = kind
    value_of.__doc__ = f"Take {what} from outside."
    value_of.__annotations__ |= {"value": annotation, "return": annotation}
    return declare(value_of, Options(namespace="nodetool.input", inline=True, role="input"))


def _number(kind: str, name: str, value: Any) -> int | float:
    if isinstance(value, (int, float)):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{kind} {name!r}: {value!r} is not a number") from None


@node(role="input")
def BooleanInput(name: str = "", value: bool = False, description: str = "") -> bool:
    """Take a truth value from outside."""
    given: Any = value
    if isinstance(given, str):
        if given.strip().lower() not in ("true", "false"):
            raise ValueError(f"BooleanInput {name!r}: {given!r} is neither true nor false")
        return given.strip().lower() == "true"
    return bool(given)


@node(role="input")
def IntegerInput(name: str = "", value: int = 0, description: str = "", min: int = 0, max: int = 99999) -> int:
    """Take a whole number from outside, kept between ``min`` and ``max``."""
    number = int(_number("IntegerInput", name, value))
    return int(min if number < min else max if number > max else number)


@node(role="input")
def FloatInput(
    name: str = "",
    value: float = 0.0,
    description: str = "",
    min: float | None = None,
    max: float | None = None,
) -> float:
    """Take a number from outside, kept between ``min`` and ``max`` where those are given."""
    number = float(_number("FloatInput", name, value))
    if min is not None and number < min:
        return float(min)
    return float(max) if max is not None and number > max else number


@node(role="input")
def StringInput(
    name: str = "",
    value: str = "",
    description: str = "",
    max_length: int = 0,
    line_mode: Literal["single_line", "multiline"] = "single_line",
) -> str:
    """Take a text from outside, cut to ``max_length`` characters unless that is 0."""
    return value[:max_length] if max_length > 0 else value


@node(role="input")
def SelectInput(
    name: str = "", value: str = "", description: str = "", options: list[Any] = [], enum_type_name: str = ""
) -> str:
    """Take one of some options from outside; any other value is refused."""
    if options and value not in options:
        raise ValueError(f"SelectInput {name!r}: {value!r} is not an option; valid: {', '.join(map(str, options))}")
    return value


class DocumentFile(TypedDict):
    """A document and the path it was named by."""

    document: reference("document")  # type: ignore[valid-type]
    path: str


@node(role="input")
def DocumentFileInput(name: str = "", value: str = "", description: str = "") -> DocumentFile:
    """Take the path of a document from outside; whether it exists is not checked."""
    uri = f"file://{value}" if value.startswith("/") else value
    return {"document": {**_empty("document"), "uri": uri}, "path": value}


class Message(TypedDict):
    """The parts of a message; what it lacks is null, a missing text is empty."""

    id: Any
    thread_id: Any
    role: Any
    text: str
    image: Any
    audio: reference("audio")  # type: ignore[valid-type]
    model: Any


@node
def MessageDeconstructor(value: dict[str, Any] = {}) -> Message:
    """Split a message into its parts: the texts joined, the first picture, the first sound."""
    content = value.get("content") or ""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content

    return {
        "id": value.get("id"),
        "thread_id": value.get("thread_id"),
        "role": value.get("role"),
        "text": "\n".join(part["text"] for part in parts if part.get("type") == "text" and part.get("text")),
        "image": next((part["image"] for part in parts if part.get("image") is not None), None),
        "audio": next((part["audio"] for part in parts if part.get("audio") is not None), None),
        "model": value.get("model"),
    }


StringListInput = _input("StringListInput", list[str], [], "a list of texts")
TextListInput = _input("TextListInput", list[str], [], "a list of texts")
ImageInput = _input("ImageInput", Image, _empty("image"), "a picture")
AudioInput = _input("AudioInput", reference("audio"), _empty("audio"), "a sound")
VideoInput = _input("VideoInput", reference("video"), _empty("video"), "a video")
DocumentInput = _input("DocumentInput", reference("document"), _empty("document"), "a document")
Model3DInput = _input("Model3DInput", reference("model_3d"), _empty("model_3d"), "a model in three dimensions")
ImageListInput = _input("ImageListInput", list[Image], [], "a list of pictures")
VideoListInput = _input("VideoListInput", list[reference("video")], [], "a list of videos")  # type: ignore[misc]
AudioListInput = _input("AudioListInput", list[reference("audio")], [], "a list of sounds")  # type: ignore[misc]
ColorInput = _input("ColorInput", Color, {"type": "color", "value": None}, "a colour")
ImageSizeInput = _input("ImageSizeInput", reference("image_size"), None, "the size of a picture")
DataframeInput = _input("DataframeInput", Table, {"type": "dataframe", "columns": [], "data": []}, "a table")
FilePathInput = _input("FilePathInput", str, "", "the path of a file (not checked)")
FolderPathInput = _input("FolderPathInput", str, "", "the path of a folder (not checked)")
AssetFolderInput = _input("AssetFolderInput", reference("folder"), _empty("folder"), "a folder of assets")
LanguageModelInput = _input("LanguageModelInput", reference("language_model"), None, "the name of a language model")
ImageModelInput = _input("ImageModelInput", reference("image_model"), None, "the name of an image model")
VideoModelInput = _input("VideoModelInput", reference("video_model"), None, "the name of a video model")
TTSModelInput = _input("TTSModelInput", reference("tts_model"), None, "the name of a model that speaks")
ASRModelInput = _input("ASRModelInput", reference("asr_model"), None, "the name of a model that hears")
EmbeddingModelInput = _input(
    "EmbeddingModelInput", reference("embedding_model"), None, "the name of an embedding model"
)
HuggingFaceModelInput = _input(
    "HuggingFaceModelInput", reference("hf_model"), None, "the name of a model on Hugging Face"
)
MessageInput = _input("MessageInput", reference("message"), None, "a message")
MessageListInput = _input("MessageListInput", list[reference("message")], [], "a list of messages")  # type: ignore[misc]
