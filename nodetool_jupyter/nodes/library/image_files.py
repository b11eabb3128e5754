"""``nodetool.image``: pictures in files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from nodetool_jupyter import clock
from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.pictures import open_picture, plain, read_picture
from nodetool_jupyter.nodes.saving import writable
from nodetool_jupyter.nodes.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

node = family("nodetool.image", inline=False)

_BY_TIME = "%Y-%m-%d_%H-%M-%S.png"


@node
def SaveImage(ctx: NodeContext, image: Image | None = None, folder: Any = "", name: str = _BY_TIME) -> Image:
    """Write a picture into a file and hand it on.

    The file is below the job's scratch folder, or where an absolute ``folder`` says; there is no library of assets
    here, so a reference to one of its folders counts as none. ``name`` may hold ``%Y``, ``%H`` and the like.
    """
    picture = read_picture(image)
    _save(picture, writable(ctx, folder if isinstance(folder, str) else "", _named(name)), "SaveImage")
    return picture


@node
def SaveImageFile(
    ctx: NodeContext, image: Image | None = None, folder: str = "", filename: str = "", overwrite: bool = False
) -> Image:
    """Write a picture into a file and hand it on.

    Without ``overwrite`` a file that is there stays, and the new one is numbered. The file is below the job's scratch
    folder, or where an absolute ``folder`` says. ``filename`` may hold ``%Y``, ``%H`` and the like; without one it is
    the time.
    """
    picture = read_picture(image)
    target = writable(ctx, folder, _named(filename))
    _save(picture, target if overwrite else _free(target), "SaveImageFile")
    return picture


@node
def LoadImageFile(path: str = "") -> Image:
    """Read a picture from a file, and turn it upright as a camera's note in it says."""
    return open_picture(path, "LoadImageFile")


class Loaded(TypedDict):
    """A picture and the path of its file."""

    image: Image
    path: str


@node
def LoadImageFolder(
    folder: str = "",
    include_subdirectories: bool = False,
    extensions: list[str] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"],
) -> Iterator[Loaded]:
    """Send the pictures of a folder one by one, in the order of their names."""
    if not Path(folder).is_dir():
        raise ValueError(f"LoadImageFolder: there is no folder {folder!r}")
    wanted = {extension.lower() for extension in extensions}
    for path in sorted(Path(folder).rglob("*") if include_subdirectories else Path(folder).iterdir(), key=_by_number):
        if path.is_file() and path.suffix.lower() in wanted:
            yield {"image": open_picture(path, "LoadImageFolder"), "path": str(path)}


def _by_number(path: Path) -> list[tuple[int, int, str]]:
    pieces = re.split(r"(\d+)", str(path))
    return [(1, int(piece), "") if piece.isdecimal() else (0, 0, piece) for piece in pieces]


def _named(name: str) -> str:
    return dt.datetime.fromtimestamp(clock.current.time()).strftime(name.strip() or _BY_TIME)


def _free(target: Path) -> Path:
    number, free = 0, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}_{number}{target.suffix}")
    return free


def _save(picture: Picture, target: Path, kind: str) -> None:
    """Write a picture whole or not at all, in the form that the name ends in."""
    import PIL.Image

    forms = PIL.Image.registered_extensions()
    form = forms.get(target.suffix.lower(), "")
    if form not in PIL.Image.SAVE:
        choices = [suffix for suffix, name in forms.items() if name in PIL.Image.SAVE]
        hint = nearest(target.suffix, choices) or "such as '.png' or '.jpg'"
        raise ValueError(f"{kind}: {target.name!r} does not end in a form that pictures are written in; {hint}")
    part = target.with_name(f".{target.name}.part")
    try:
        _write(picture, part, form)
        part.replace(target)
    except (OSError, ValueError) as error:
        raise ValueError(f"{kind}: {str(target)!r} cannot be written: {error}") from None
    finally:
        part.unlink(missing_ok=True)


def _write(picture: Picture, path: Path, form: str) -> None:
    """Write a picture in a mode that the form has: its own, a plainer one, or one without transparency."""
    for simpler in (plain, _on_white):
        try:
            picture.save(path, form)
            return
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None):  # the disk's fault, not the mode's
                raise
            picture = simpler(picture)
    picture.save(path, form)


def _on_white(picture: Picture) -> Picture:
    import PIL.Image

    whole = plain(picture).convert("RGBA")
    ground = PIL.Image.new("RGBA", whole.size, "white")
    return PIL.Image.alpha_composite(ground, whole).convert("RGB")
