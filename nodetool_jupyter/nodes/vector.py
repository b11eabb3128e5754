"""SVG as elements: read from text, cleaned of what could run or fetch something, and written.

An element is a dictionary ``{name, attributes, children}``; its children are elements and pieces of text. What comes
out may be shown in a notebook and is given to a renderer that reads files, so it holds only what draws: elements of
:data:`DRAWING`, no event attributes, and no reference but to a part of the same document or to a picture inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from nodetool_jupyter.nodes.types import reference

Element: TypeAlias = dict[str, Any]

if TYPE_CHECKING:
    SVGElement: TypeAlias = Element
else:
    SVGElement = reference("svg_element")

SVG = "http://www.w3.org/2000/svg"
DRAWING = frozenset(
    (
        "svg", "g", "defs", "symbol", "use", "title", "desc", "rect", "circle", "ellipse", "line", "polyline",
        "polygon", "path", "image", "text", "tspan", "textPath", "linearGradient", "radialGradient", "stop",
        "clipPath", "mask", "pattern", "marker", "filter", "feBlend", "feColorMatrix", "feComponentTransfer",
        "feComposite", "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood",
        "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feMerge", "feMergeNode", "feMorphology",
        "feOffset", "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence",
    )
)  # fmt: skip
"""The elements that are kept."""

DEEPEST = 64  # elements within each other: renderers and readers call themselves for each
_LIMITS = {("feTurbulence", "numOctaves"): 8.0, ("feMorphology", "radius"): 10.0}  # beyond it they take minutes
_PREFIXES = {SVG: "", "http://www.w3.org/1999/xlink": "", "http://www.w3.org/XML/1998/namespace": "xml:"}
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_OUTSIDE = re.compile(  # what fetches or runs in a browser; escapes and comments could hide the same
    r"url\s*\((?!\s*['\"]?\s*#)|(?:src|image|image-set|cross-fade|element|expression)\s*\(|@import|script\s*:|\\|/\*",
    re.IGNORECASE,
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, attributes: dict[str, Any], *children: Any) -> Element:
    """Return an element; attributes without a value are left out."""
    kept = {key: _paint(value) for key, value in attributes.items() if value is not None}
    return {"name": name, "attributes": kept, "children": list(children)}


def _paint(value: Any) -> Any:
    """Return a colour in NodeTool's form as SVG writes it, and anything else as it is."""
    return (value.get("value") or "none") if isinstance(value, dict) and value.get("type") == "color" else value


def elements_of(content: Any) -> Iterator[Element]:
    """Yield the elements in what a node got: elements, lists of such, and texts of SVG.

    Raises ``ValueError`` for anything else, and for text that is not well-formed or defines entities.
    """
    if isinstance(content, str):
        if content.strip():
            yield read_svg(content)
    elif isinstance(content, dict) and isinstance(content.get("name"), str):
        yield content
    elif isinstance(content, (list, tuple)):
        for part in content:
            yield from elements_of(part)
    elif content is not None and content != {}:
        short = repr(content)[:60]
        raise ValueError(f"{short} is no SVG: give a text, or elements such as {{'name': 'rect', 'attributes': {{…}}}}")


def read_svg(text: str) -> Element:
    """Read a whole document or a piece of one; no file or address that it names is opened.

    Raises ``ValueError`` for text that is not well-formed, defines entities or nests too deep.
    """
    if "<" not in text:
        raise ValueError(f"{text[:60]!r} is no SVG: there is no element in it, such as <rect … />")
    whole = text.lstrip().startswith(("<svg", "<?xml", "<!", "\ufeff"))
    reader = _Reader()
    reader.read(text.strip() if whole else f'<g xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink">{text}</g>')
    if reader.root["name"] not in DRAWING:
        raise ValueError(f"the text begins with <{reader.root['name'] or '…'}>, which is no element of SVG that draws")
    return reader.root


class _Reader:
    """Builds elements from what the parser meets; those of other vocabularies are marked by an empty name."""

    def __init__(self) -> None:
        self.root: Element = element("", {})
        self._open = [self.root]

    def read(self, text: str) -> None:
        from xml.parsers import expat

        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda name: self._open.pop()
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = _refuse_entity
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise ValueError(f"the SVG text is not well-formed: {error}") from None
        self.root = self.root["children"][0]

    def _text(self, data: str) -> None:
        self._open[-1]["children"].append(data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise ValueError(f"the SVG has more than {DEEPEST} elements within each other")
        made = element(_local(name), {_local(key): value for key, value in attributes.items()})
        self._open[-1]["children"].append(made)
        self._open.append(made)


def _refuse_entity(name: str, *_: Any) -> None:
    raise ValueError(f"the SVG text defines the entity {name!r}, which is refused; write what it stands for instead")


def _local(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return local if not space else _PREFIXES[space] + local if space in _PREFIXES else ""


def write_svg(content: Any, width: float, height: float, view_box: str) -> str:
    """Write elements as one document, cleaned; raises ``ValueError`` as :func:`elements_of` does."""
    frame = {"xmlns": SVG, "width": _number(width), "height": _number(height), "viewBox": _box(view_box)}
    begin = " ".join(f'{name}="{_escaped(value)}"' for name, value in frame.items())
    return f"<svg {begin}>{''.join(_written(part, 1) for part in elements_of(content))}</svg>"


def _written(node: Any, depth: int) -> str:
    if isinstance(node, str):
        return _escaped(node)
    if depth > DEEPEST:
        raise ValueError(f"the SVG has more than {DEEPEST} elements within each other")
    name = node.get("name") if isinstance(node, dict) else None
    if not isinstance(name, str) or name not in DRAWING:
        return ""
    given = node.get("attributes")
    pairs = given.items() if isinstance(given, dict) else ()
    attributes = "".join(_attribute(name, str(key), value) for key, value in pairs)
    children = node.get("children") or []
    inside = [node["content"]] if isinstance(node.get("content"), str) else []
    inside += children if isinstance(children, (list, tuple)) else [children]
    within = "".join(_written(child, depth + 1) for child in inside)
    return f"<{name}{attributes}>{within}</{name}>" if within else f"<{name}{attributes}/>"


def _attribute(element_name: str, name: str, value: Any) -> str:
    """Return one attribute as it is written, with a blank before it; nothing for one that may not stay."""
    value = _paint(value)
    if value is None or isinstance(value, (dict, list, tuple)):
        return ""
    text = _number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
    name = "href" if name == "xlink:href" else name
    if name not in ("xml:space", "xml:lang") and not _NAME.fullmatch(name):
        return ""
    if name.lower().startswith(("on", "xmlns")) or name.lower() in ("src", "action", "formaction", "base"):
        return ""
    if name.lower() == "href":
        stays = text.strip().startswith("#") or (element_name == "image" and _PICTURE.fullmatch(text.strip()))
        name = "href"
    else:
        stays = not _OUTSIDE.search(text) and not _beyond(_LIMITS.get((element_name, name)), text)
    return f' {name}="{_escaped(text)}"' if stays else ""


def _beyond(limit: float | None, text: str) -> bool:
    if limit is None:
        return False
    try:
        return not max(float(part) for part in re.split(r"[\s,]+", text.strip())) <= limit
    except ValueError:
        return True


def _box(view_box: str) -> str:
    try:
        left, top, width, height = (float(part) for part in re.split(r"[\s,]+", view_box.strip()))
        if width > 0 and height > 0 and max(map(abs, (left, top, width, height))) < 1e9:
            return " ".join(map(_number, (left, top, width, height)))
    except ValueError:
        pass
    raise ValueError(f"viewBox is four numbers, left, top, width and height above 0, not {view_box!r}")


def _number(value: float) -> str:
    return f"{value:.10g}"


def _escaped(text: str) -> str:
    from html import escape

    return escape(_NOT_XML.sub("", text), quote=True)
