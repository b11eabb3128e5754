"""``nodetool.constant``: values that stand in the graph."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nodetool_jupyter.nodes.define import Options, declare, family
from nodetool_jupyter.nodes.types import Image as ImageType
from nodetool_jupyter.nodes.types import Table, reference

node = family("nodetool.constant")


def _empty(kind: str) -> dict[str, Any]:
    return {"type": kind, "uri": "", "asset_id": None, "data": None}


def _constant(kind: str, annotation: Any, default: Any, what: str) -> Any:
    def value_of(value: Any = default) -> Any:
        return value

    value_of.__name__ = value_of.__qualname__ = kind
    value_of.__doc__ = f"Give {what}."
    value_of.__annotations__ |= {"value": annotation, "return": annotation}
    return declare(value_of, Options(namespace="nodetool.constant", inline=True))


Bool = _constant("Bool", bool, False, "a truth value")
Integer = _constant("Integer", int, 0, "a whole number")
Float = _constant("Float", float, 0.0, "a number")
String = _constant("String", str, "", "a text")
List = _constant("List", list[Any], [], "a list; several edges into it are collected")
TextList = _constant("TextList", list[str], [], "a list of texts; several edges into it are collected")
Dict = _constant("Dict", dict[str, Any], {}, "a dictionary")
JSON = _constant("JSON", Any, {}, "any value that JSON can write")
DataFrame = _constant("DataFrame", Table, {"type": "dataframe", "columns": [], "data": []}, "a table")
Image = _constant("Image", ImageType, _empty("image"), "a picture")
Audio = _constant("Audio", reference("audio"), _empty("audio"), "a sound")
Video = _constant("Video", reference("video"), _empty("video"), "a video")
Document = _constant("Document", reference("document"), _empty("document"), "a document")
Model3D = _constant("Model3D", reference("model_3d"), _empty("model_3d"), "a model in three dimensions")
ImageList = _constant("ImageList", list[ImageType], [], "a list of pictures; several edges into it are collected")
AudioList = _constant("AudioList", list[Any], [], "a list of sounds; several edges into it are collected")
VideoList = _constant("VideoList", list[Any], [], "a list of videos; several edges into it are collected")
LanguageModelConstant = _constant(
    "LanguageModelConstant", reference("language_model"), None, "the name of a language model"
)
ImageModelConstant = _constant("ImageModelConstant", reference("image_model"), None, "the name of an image model")
VideoModelConstant = _constant("VideoModelConstant", reference("video_model"), None, "the name of a video model")
TTSModelConstant = _constant("TTSModelConstant", reference("tts_model"), None, "the name of a model that speaks")
ASRModelConstant = _constant("ASRModelConstant", reference("asr_model"), None, "the name of a model that hears")
EmbeddingModelConstant = _constant(
    "EmbeddingModelConstant", reference("embedding_model"), None, "the name of an embedding model"
)


@node
def Select(value: str = "", options: list[Any] = [], enum_type_name: str = "") -> str:
    """Give one of some options."""
    return value


class Size(TypedDict):
    """A size in pixels, whole and in parts."""

    image_size: reference("image_size")  # type: ignore[valid-type]
    width: int
    height: int


@node
def ImageSize(value: dict[str, Any] = {"type": "image_size", "width": 1024, "height": 1024}) -> Size:
    """Give the size of a picture."""
    return {"image_size": value, "width": int(value["width"]), "height": int(value["height"])}


@node
def Date(year: int = 1900, month: int = 1, day: int = 1) -> dt.date:
    """Give a day."""
    return dt.date(year, month, day)


@node
def DateTime(
    year: int = 1900,
    month: int = 1,
    day: int = 1,
    hour: int = 0,
    minute: int = 0,
    second: int = 0,
    millisecond: int = 0,
    tzinfo: str = "UTC",
    utc_offset: float = 0,
) -> dt.datetime:
    """Give a moment in a time zone; ``utc_offset``, in hours, counts where the zone is UTC."""
    zone: dt.tzinfo = dt.timezone(dt.timedelta(hours=utc_offset))
    if tzinfo not in ("", "UTC"):
        try:
            zone = ZoneInfo(tzinfo)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"there is no time zone {tzinfo!r}; they are named like 'Europe/Oslo'") from None
    return dt.datetime(year, month, day, hour, minute, second, millisecond * 1000, zone)
