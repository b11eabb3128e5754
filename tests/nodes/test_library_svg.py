"""What the nodes of ``lib.svg`` mean, and that no drawing runs, fetches or reads anything."""

import base64
import io
import socket
import sys
from xml.etree import ElementTree

import pytest
from PIL import Image

from nodetool_jupyter.engine.validate import validate
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.nodes.library import svg as s
from nodetool_jupyter.nodes.vector import DEEPEST, element
from tests.engine.running import graph, run
from tests.nodes.picture_cases import near

SVG = "{http://www.w3.org/2000/svg}"
RED = {"type": "color", "value": "#ff0000"}
SHAPE = {"fill": "#000000", "stroke": "none", "stroke-width": "1"}


FILLED = s.Rect(0, 0, 20, 20, "url(#gradient)")


def tree(*elements, **more):
    return ElementTree.fromstring(s.Document(list(elements), **more))


def drawn(*elements, side=20, **more):
    pytest.importorskip("resvg_py")
    return s.SVGToImage(list(elements), width=side, height=side, viewBox=f"0 0 {side} {side}", **more)


@pytest.mark.parametrize(
    ("made", "name", "attributes"),
    [
        (s.Rect(), "rect", {"x": "0", "y": "0", "width": "100", "height": "100", **SHAPE}),
        (s.Rect(1, 2, 3, 4, RED, RED, 5), "rect", {"x": "1", "height": "4", "fill": "#ff0000", "stroke-width": "5"}),
        (s.Circle(radius=7), "circle", {"cx": "0", "cy": "0", "r": "7", **SHAPE}),
        (s.Ellipse(), "ellipse", {"cx": "0", "cy": "0", "rx": "100", "ry": "50", **SHAPE}),
        (s.Line(), "line", {"x1": "0", "y1": "0", "x2": "100", "y2": "100", "stroke": "#000000"}),
        (s.Polygon("0,0 9,0 0,9"), "polygon", {"points": "0,0 9,0 0,9", **SHAPE}),
        (s.Path("M 0 0 L 9 9", fill={"type": "color", "value": None}), "path", {"d": "M 0 0 L 9 9", "fill": "none"}),
        (s.Text("a", 1, 2), "text", {"x": "1", "y": "2", "font-family": "Arial, sans-serif", "text-anchor": "start"}),
        (s.Gradient(), "linearGradient", {"id": "gradient", "x1": "0%", "y2": "100%"}),
        (s.Gradient("radialGradient", 50, 50, 100, 50), "radialGradient", {"cx": "50%", "cy": "50%", "r": "50%"}),
        (s.GaussianBlur(), "filter", {"id": "blur"}),
        (s.DropShadow(id="mine"), "filter", {"id": "mine"}),
        (s.Transform(s.Rect(), 1, 2, 3, 4, 5), "g", {"transform": "translate(1 2) rotate(3) scale(4 5)"}),
        (s.Transform(s.Rect()), "g", {}),
        (s.ClipPath(s.Circle(), s.Rect()), "g", {}),
    ],
)
def test_element(made, name, attributes):
    assert set(made) == {"name", "attributes", "children"}
    written = tree(made)[0]
    assert written.tag == SVG + name
    assert {key: value for key, value in written.attrib.items() if key in attributes} == attributes


def test_a_document_has_its_frame():
    root = tree(width=10, height=20, viewBox="0,0 5 5")
    assert (root.tag, root.attrib) == (SVG + "svg", {"width": "10", "height": "20", "viewBox": "0 0 5 5"})


def test_text_and_attributes_are_escaped():
    nasty = "</text><script>alert(1)</script> & \"'\x00\x08\ud800\n"
    text = tree(element("text", {"class": nasty}, nasty))[0]
    assert text.text == "</text><script>alert(1)</script> & \"'\n"
    assert text.get("class").startswith("</text><script>alert(1)")


@pytest.mark.parametrize(
    "content",
    [
        s.Rect(),
        [s.Rect()],
        [[s.Rect()], []],
        "<rect/>",
        "<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>",
        "<?xml version='1.0' encoding='latin-1'?><a:svg xmlns:a='http://www.w3.org/2000/svg'><a:rect/></a:svg>",
        "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/x.dtd'><svg><rect/></svg>",
        {"name": "g", "content": "", "children": {"name": "rect"}},
    ],
)
def test_content_is_elements_or_text(content):
    assert [node.tag for node in tree(content=content).iter() if node.tag == SVG + "rect"] == [SVG + "rect"]


def test_what_is_no_element_inside_one_is_left_out():
    odd = {"name": "g", "attributes": ["evil"], "children": [7, None, {"name": ["rect"]}, {}, {"name": "rect"}]}
    assert s.Document([odd]).endswith("><g><rect/></g></svg>")


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        (["r.output d.elements", "c.output d.elements"], ["rect", "circle"]),
        (["c.output d.content"], ["circle"]),
        (["c.output l.value", "r.output l.value", "l.output d.content"], ["rect", "circle"]),
        (["c.output t.content", "t.output d.content"], ["g"]),
    ],
)
def test_elements_are_wired_together(edges, names):
    kinds = {"r": s.Rect, "c": s.Circle, "l": "nodetool.constant.List", "t": s.Transform, "d": s.Document}
    named = {name: kind for name, kind in kinds.items() if any(f"{name}." in edge for edge in edges)}
    ran = run(graph({**named, "o": ("Output", {"name": "o"})}, *edges, "d.output o.value"))
    assert {node.tag.removeprefix(SVG) for node in ElementTree.fromstring(ran.result["o"])} == set(names)


@pytest.mark.parametrize("nothing", [None, "", " \n", [], {}])
def test_nothing_is_an_empty_document(nothing):
    assert len(tree(content=nothing)) == 0


def test_text_with_accents_is_read_as_it_is():
    assert tree(content="<?xml version='1.0' encoding='latin-1'?><svg><text>é €</text></svg>")[0][0].text == "é €"


def test_what_draws_is_kept():
    text = (
        "<svg xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 9 9'>"
        "<defs><rect id='a' style='fill:url(#b)'/></defs>"
        "<use xlink:href='#a'/><text xml:space='preserve'>a <tspan>b</tspan> c</text></svg>"
    )
    root = tree(content=text)[0]
    assert root[1].get("href") == "#a"
    assert root[0][0].get("style") == "fill:url(#b)"
    assert "".join(root[2].itertext()) == "a b c"


@pytest.mark.parametrize(
    "hostile",
    [
        element("script", {}, "alert(1)"),
        element("SCRIPT", {}, "alert(1)"),
        element("rect onload=alert(1) ", {}),
        element("style", {}, "@import url(http://evil)"),
        element("foreignObject", {}, element("body", {"onload": "evil"})),
        element("a", {"href": "javascript:evil"}, element("rect", {})),
        element("animate", {"attributeName": "href", "to": "javascript:evil"}),
        element("set", {"attributeName": "onclick", "to": "evil"}),
        element("iframe", {"src": "http://evil"}),
        element("feImage", {"href": "http://evil"}),
        element("rect", {"onclick": "evil", "ONLOAD": "evil", "onEvil": 1}),
        element("rect", {"x' onload='evil": 1, 'a"b': "evil", "": "evil", "a b=evil": 1}),
        element("rect", {"xmlns": "evil", "xmlns:x": "evil", "xml:base": "http://evil", "base": "evil", "src": "evil"}),
        element("image", {"href": "http://evil/x.png"}),
        element("image", {"href": "file:///etc/evil"}),
        element("image", {"xlink:href": "//evil", "HREF": "evil"}),
        element("image", {"href": "data:image/svg+xml;base64,ZXZpbA=="}),
        element("image", {"href": "data:text/html,evil"}),
        element("use", {"href": "other.svg#evil"}),
        element("use", {"href": " java\nscript:evil"}),
        element("rect", {"style": "fill:url(http://evil)"}),
        element("rect", {"style": "fill:\\75rl(http://evil)"}),
        element("rect", {"style": "fill:u/**/rl(http://evil)"}),
        element("rect", {"style": "mask:image-set('http://evil')"}),
        element("rect", {"fill": "URL ( 'http://evil' )", "filter": "url(#a) url(http://evil)"}),
        element("rect", {"style": "@import 'http://evil'", "class": "javascript:evil"}),
        element("rect", {"fill": {"url": "evil"}, "x": ["evil"]}),
        "<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script><rect/>",
        "<svg xmlns:h='http://www.w3.org/1999/xhtml'><h:script>alert(1)</h:script><h:img src='http://evil'/></svg>",
        "<svg xmlns:e='urn:x' e:onload='evil' onload='evil'><![CDATA[alert(1)]]><!-- evil --><?evil evil?></svg>",
        "<svg xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='http://evil'/></svg>",
    ],
)
def test_nothing_that_runs_or_fetches_passes(hostile):
    written = s.Document([hostile])
    root = ElementTree.fromstring(written)
    assert "evil" not in written
    allowed = {SVG + name for name in ("svg", "g", "rect", "image", "use")}
    assert {node.tag for node in root.iter()} <= allowed


def test_a_picture_inside_the_document_stays_and_is_drawn():
    file = io.BytesIO()
    Image.new("RGB", (2, 2), (0, 0, 255)).save(file, "PNG")
    href = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    inside = element("image", {"href": href, "width": 20, "height": 20})
    assert tree(inside)[0].get("href") == href
    assert drawn(inside).getpixel((10, 10)) == (0, 0, 255, 255)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: s.Document(content="<rect>"), "not well-formed: mismatched tag"),
        (lambda: s.Document(content="<svg/><svg/>"), "not well-formed"),
        (lambda: s.Document(content="<rect a='1' a='2'/>"), "duplicate attribute"),
        (lambda: s.Document(content="hello"), "'hello' is no SVG"),
        (lambda: s.Document(content="<!DOCTYPE html><html/>"), "begins with <html>"),
        (lambda: s.Document(content=7), "7 is no SVG"),
        (lambda: s.Document([{"nam": "rect"}]), "is no SVG: give a text, or elements"),
        (lambda: s.Document(viewBox="0 0 5"), "viewBox is four numbers"),
        (lambda: s.Document(viewBox='0 0 5 "'), "viewBox is four numbers"),
        (lambda: s.Document(viewBox="0 0 0 5"), "above 0"),
        (lambda: s.Document(viewBox="0 0 nan 5"), "above 0"),
        (lambda: s.Document(width=10**6), "too large"),
        (lambda: s.Document(content="<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>"), "defines the entity 'a'"),
        (lambda: s.Document(content="<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc'>]><svg>&a;</svg>"), "entity"),
        (lambda: s.Document(content="<!DOCTYPE svg [<!ENTITY % a SYSTEM 'http://h/'> %a;]><svg/>"), "entity"),
        (lambda: s.Document(content="<g>" * 999 + "</g>" * 999), f"more than {DEEPEST} elements within each other"),
        (lambda: s.Document([nested(999)]), f"more than {DEEPEST} elements within each other"),
        (lambda: s.SVGToImage(scale=0), "scale is above 0"),
    ],
)  # fmt: skip
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def nested(depth):
    made = element("g", {})
    for _ in range(depth):
        made = element("g", {}, made)
    return made


def test_a_bomb_of_entities_is_refused_before_it_grows():
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    with pytest.raises(ValueError, match="defines the entity 'e0'"):
        s.Document(content=f"<!DOCTYPE svg [<!ENTITY e0 'boom'>{entities}]><svg>&e9;</svg>")


@pytest.mark.parametrize(
    ("name", "attribute", "kept"),
    [
        ("feTurbulence", {"numOctaves": "3"}, True),
        ("feTurbulence", {"numOctaves": "1000000"}, False),
        ("feMorphology", {"radius": "2 3"}, True),
        ("feMorphology", {"radius": "2 99999"}, False),
        ("feMorphology", {"radius": "nan"}, False),
        ("feMorphology", {"radius": "many"}, False),
    ],
)
def test_what_would_take_minutes_is_left_out(name, attribute, kept):
    assert bool(tree(element(name, attribute))[0].attrib) is kept


@pytest.mark.parametrize(
    ("elements", "place", "pixel"),
    [
        ([s.Rect(0, 0, 10, 10, RED)], (5, 5), (255, 0, 0, 255)),
        ([s.Rect(0, 0, 10, 10, RED)], (15, 5), (0, 0, 0, 0)),
        ([s.Rect(0, 0, 20, 20), s.Circle(10, 10, 5, "lime")], (10, 10), (0, 255, 0, 255)),
        ([s.Ellipse(10, 10, 9, 2, RED)], (3, 10), (255, 0, 0, 255)),
        ([s.Line(0, 10, 20, 10, RED, 4)], (9, 9), (255, 0, 0, 255)),
        ([s.Polygon("0,0 20,0 0,20", RED)], (3, 3), (255, 0, 0, 255)),
        ([s.Polygon("0,0 20,0 0,20", RED)], (16, 16), (0, 0, 0, 0)),
        ([s.Path("M0 0H20V10H0Z", RED)], (9, 9), (255, 0, 0, 255)),
        ([s.Gradient(x2=100, y2=0, color1="red", color2="blue"), FILLED], (19, 9), (6, 0, 249, 255)),
        ([s.Gradient("radialGradient", 50, 50, 100, 50, RED, "blue"), FILLED], (0, 10), None),
        ([s.Transform(s.Rect(0, 0, 5, 5, RED), 10, 10)], (12, 12), (255, 0, 0, 255)),
        ([s.Transform(s.Rect(0, 0, 5, 5, RED), rotate=90, translate_x=20)], (18, 2), (255, 0, 0, 255)),
        ([s.ClipPath(s.Rect(0, 0, 10, 20), s.Rect(0, 0, 20, 20, RED))], (15, 5), (0, 0, 0, 0)),
        ([s.ClipPath(s.Rect(0, 0, 10, 20), s.Rect(0, 0, 20, 20, RED))], (5, 5), (255, 0, 0, 255)),
        ([s.DropShadow(s.Rect(2, 2, 8, 8, RED), 0, 8, 8, "blue")], (15, 15), (0, 0, 255, 255)),
        ([s.DropShadow(s.Rect(2, 2, 8, 8, RED), 0, 8, 8, "blue")], (5, 5), (255, 0, 0, 255)),
    ],
)  # fmt: skip
def test_drawn(elements, place, pixel):
    found = drawn(*elements).getpixel(place)
    assert near(found, pixel, 3) if pixel else found[2] > 200 > found[0]


def test_a_blur_softens_and_two_of_them_keep_to_their_own():
    picture = drawn(
        s.GaussianBlur(s.Line(0, 5, 20, 5, RED, 2), 0.5), s.GaussianBlur(s.Line(0, 15, 20, 15, RED, 2), 3.0)
    )
    sharp, soft = (picture.getpixel((10, y))[3] for y in (5, 15))
    assert sharp > 2 * soft > 0


def test_text_is_drawn_where_a_font_is():
    assert "<text" in s.Document([s.Text("Hello", 0, 15)])
    assert drawn(s.Text("<Hello> & ☺", 0, 15)).size == (20, 20)


@pytest.mark.parametrize(
    ("given", "size"),
    [({}, (40, 20)), ({"scale": 2.5}, (100, 50)), ({"scale": 0.001}, (1, 1)), ({"viewBox": "0 0 1 1"}, (40, 20))],
)
def test_the_picture_has_the_size_times_the_scale(given, size):
    pytest.importorskip("resvg_py")
    made = s.SVGToImage([s.Rect()], **({"width": 40, "height": 20, "viewBox": "0 0 40 20"} | given))
    assert (made.size, made.mode) == (size, "RGBA")


def test_the_same_drawing_comes_from_elements_and_from_the_document():
    pytest.importorskip("resvg_py")
    elements, frame = [s.Circle(10, 10, 9, RED)], {"width": 20, "height": 20, "viewBox": "0 0 20 20"}
    assert (
        s.SVGToImage(elements, **frame).tobytes()
        == s.SVGToImage(content=s.Document(elements, **frame), **frame).tobytes()
    )


@pytest.mark.parametrize("form", ["file://{}", "{}", "../../../../../../../..{}"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_no_file_is_read(tmp_path, form, attribute):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4), "red").save(secret)
    image = element("image", {attribute: form.format(secret), "width": 20, "height": 20})
    assert drawn(image).getextrema() == ((0, 0),) * 4
    named = f"<image {attribute}='{form.format(secret)}' width='20' height='20'/>"
    text = f"<svg xmlns:xlink='http://www.w3.org/1999/xlink'>{named}</svg>"
    assert drawn(text).getextrema() == ((0, 0),) * 4


def test_nobody_is_called():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        fetch = [element(name, {"href": address, "width": 9, "height": 9}) for name in ("image", "use", "feImage")]
        drawn(*fetch, element("rect", {"fill": f"url({address})", "style": f"filter:url({address})"}))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_bomb_of_copies_is_refused():
    groups = "".join(f"<g id='g{n}'>" + f"<use href='#g{n - 1}'/>" * 10 + "</g>" for n in range(1, 9))
    with pytest.raises(ValueError, match="limit"):
        drawn(f"<svg><defs><rect id='g0' width='1' height='1'/>{groups}</defs><use href='#g8'/></svg>")


def test_without_the_renderer_the_type_is_refused_with_the_cure(monkeypatch):
    nodes = [{"id": name, "type": f"lib.svg.{name}", "data": {}} for name in ("SVGToImage", "Document")]
    monkeypatch.delitem(sys.modules, "resvg_py", raising=False)
    monkeypatch.setattr("nodetool_jupyter.nodes.kinds.find_spec", lambda name: None)
    (issue,) = [issue for issue in validate(read_graph({"nodes": nodes, "edges": []})) if issue.severity == "error"]
    assert issue.node_id == "SVGToImage"
    assert "pip install 'nodetool-jupyter[svg]'" in issue.message
