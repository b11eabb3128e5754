"""The outputs of a job as Python values that show themselves."""

from __future__ import annotations

import base64
import io
from typing import Any

from nodetool_jupyter.values import is_picture
from nodetool_jupyter.widgets import cells, markup, text, wording
from nodetool_jupyter.widgets.preview import brief, show

THUMBNAIL = 320  # pixels of the longer side


class Outputs(dict[str, Any]):
    """A job's outputs by name: a plain dictionary that shows itself well at the end of a cell."""

    def __repr__(self) -> str:
        inside = ", ".join(f"{name!r}: {brief(value)}" for name, value in self.items())
        return f"{{{inside}}}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("{…}" if cycle else self._text())

    def _repr_html_(self) -> str:
        if not self:
            return markup.page([markup.muted(wording.NO_OUTPUTS)])
        return markup.page([markup.named(((str(name), _html(value)) for name, value in self.items()), wording.OUTPUTS)])

    def _text(self, room: int = 80) -> str:
        if not self:
            return wording.NO_OUTPUTS
        names = [wording.one_line(str(name)) for name in self]
        margin = min(max(map(cells.width, names)), room // 4)
        lines = []
        for name, value in zip(names, self.values(), strict=True):
            body = text.value_lines(show(value), room - margin - 2)
            lines += [
                f"{cells.fill(head, margin)}  {line}".rstrip()
                for head, line in zip([name] + [""] * (len(body) - 1), body, strict=True)
            ]
        return "\n".join(lines)


def _html(value: object) -> markup.Html:
    if is_picture(value):
        return markup.Html(_thumbnail(value))
    if isinstance(value, list) and 0 < len(value) <= 12 and all(map(is_picture, value)):
        return markup.Html(" ".join(map(_thumbnail, value)))
    return markup.value(show(value))


def _thumbnail(image: Any) -> str:
    """Return a small copy of a picture; its address is its bytes, which the sanitizer lets pass."""
    copy = image.copy()
    copy.thumbnail((THUMBNAIL, THUMBNAIL))
    if copy.mode not in ("1", "L", "LA", "RGB", "RGBA"):
        copy = copy.convert("RGB")
    buffer = io.BytesIO()
    copy.save(buffer, "PNG")
    address = base64.b64encode(buffer.getvalue()).decode()
    words = markup.escape(brief(image))
    return f'<img src="data:image/png;base64,{address}" alt="{words}" title="{words}">'
