"""What the nodes of ``lib.html`` mean, and that no page, however broken, fails or takes long."""

import pytest

from nodetool_jupyter.nodes.library import html as h
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.tags import TagReader

BASE = "https://site.org/docs/page.html"
PAGE = """<!DOCTYPE html><html><head><title>The
 page</title><meta name="Description" content="About &amp; more"><meta name=keywords content="a, b">
<script>var x = "<a href='no'>no</a>";</script></head><body>
<header>Site</header><nav><a href="/home">Home</a></nav>
<main><article><header><h1>Big <b>news</b></h1></header><p>One<br>two &lt;three&gt;</p><aside>Advert</aside>
<ul><li>x</li><li>y</li></ul><table><tr><td>1</td><td>2</td></tr></table></article></main>
<footer>Imprint</footer></body></html>"""


def found(tag_html, kind, base=""):
    """The addresses of one kind of media, once it is sure that they are references."""
    node = {"image": h.ExtractImages, "video": h.ExtractVideos, "audio": h.ExtractAudio}[kind]
    references = node(tag_html, base)[f"{kind}s"]
    assert all(one.keys() == {"type", "uri", "asset_id", "data"} and one["type"] == kind for one in references)
    return [one["uri"] for one in references]


def links(page, base=""):
    return [tuple(link.values()) for link in h.ExtractLinks(page, base)["links"]]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (h.BaseUrl("https://Example.com:8080/a/b?c#d"), "https://example.com:8080"),
        (h.BaseUrl(" http://user:pw@h.org/x "), "http://h.org"),
        (links('<a href="/a">A <b>b</b>\n c</a><a href=x>'), [("/a", "A b c", "internal"), ("x", "", "internal")]),
        (links('<a href="http://o.org/">o</a>', BASE), [("http://o.org/", "o", "external")]),
        (links('<a href="https://SITE.org/x">s</a>', BASE), [("https://SITE.org/x", "s", "internal")]),
        (links('<a href="//cdn.org/x">s</a>', BASE), [("//cdn.org/x", "s", "external")]),
        (links('<a href="mailto:a@b.c">m</a><a href="#top">t</a>'), [
            ("mailto:a@b.c", "m", "external"),
            ("#top", "t", "internal"),
        ]),
        (links("<a href='http://['>x"), [("http://[", "x", "external")]),
        (links("<a name=x>no</a> <a href=''>no</a>"), []),
        (links("<a href=a>one<a href=b>two"), [("a", "one", "internal"), ("b", "two", "internal")]),
        (links("<A HREF=a?b&amp;c=1>x<svg><title>t</title></svg></A>"), [("a?b&c=1", "x", "internal")]),
        (links("<!-- <a href=x>x</a> --><textarea><a href=y>y</a></textarea>"), []),
        (links(""), []),
        (h.ExtractMetadata(PAGE), {"title": "The page", "description": "About & more", "keywords": "a, b"}),
        (
            h.ExtractMetadata("<svg><title>icon</title></svg><title>t</title><meta property=og:description content=d>"),
            {"title": "t", "description": "d", "keywords": ""},
        ),
        (h.ExtractMetadata("nothing"), {"title": "", "description": "", "keywords": ""}),
        (found('<img src="a.png" alt=x><IMG SRC=/b.png /><img alt=none><img src="">', "image", BASE), [
            "https://site.org/docs/a.png",
            "https://site.org/b.png",
        ]),
        (found("<img src=a.png>", "image"), ["a.png"]),
        (found("<base href='/media/'><img src=a.png>", "image", BASE), ["https://site.org/media/a.png"]),
        (found("<img src='data:image/png;base64,AA=='>", "image", BASE), ["data:image/png;base64,AA=="]),
        (found("<img src='http://[x'>", "image", BASE), ["http://[x"]),
        (found("<video><source src=a.mp4><source src=b.webm></video><source src=no>", "video", BASE), [
            "https://site.org/docs/a.mp4",
            "https://site.org/docs/b.webm",
        ]),
        (found("<video src=v.mp4></video><audio src=a.mp3></audio>", "video"), ["v.mp4"]),
        (found("<video><source src=v.mp4></video><audio src=a.mp3></audio>", "audio"), ["a.mp3"]),
        (found("<audio controls><source src='/a.ogg' type=audio/ogg></audio>", "audio", BASE), ["https://site.org/a.ogg"]),
        (h.HTMLToText(PAGE), "Site\n\nHome\n\nBig news\n\nOne\ntwo <three>\n\nAdvert\n\nx\ny\n\n1 2\n\nImprint"),
        (h.HTMLToText("<p>a<br>b</p><p>c</p>", preserve_linebreaks=False), "a b c"),
        (h.HTMLToText("<h2>a</h2><a href=x>link</a> <em>e</em>"), "a\n\nlink e"),
        (h.HTMLToText("<pre>a  b\n  c</pre>"), "a  b\n  c"),
        (h.HTMLToText("<head><title>t</title><p>no body</p><svg class=x />end"), "no body\n\nend"),
        (h.HTMLToText("a < b &amp; c &nosuch; d <"), "a < b & c &nosuch; d <"),
        (h.HTMLToText(""), ""),
        (h.WebsiteContentExtractor(PAGE), "Big news\n\nOne\ntwo <three>\n\nx\ny\n\n1 2"),
        (h.WebsiteContentExtractor("<header>h</header><div>text</div><footer>f</footer>"), "text"),
        (h.WebsiteContentExtractor("<div><nav>menu</div><p>text"), "text"),
        (h.WebsiteContentExtractor("<div role=navigation>n</div><div role=main>m</div><p>p"), "m"),
        (h.WebsiteContentExtractor("<p>a<div hidden>no</div><button>no</button>b"), "a\n\nb"),
        (h.WebsiteContentExtractor("<nav>only this"), "only this"),
        (h.WebsiteContentExtractor("</div></nav>text"), "text"),
        (h.WebsiteContentExtractor(""), ""),
    ],
)  # fmt: skip
def test_meaning(result, expected):
    assert result == expected


@pytest.mark.parametrize("url", ["", "example.com/x", "mailto:a@b.c", "http://[::1"])
def test_what_is_no_address_is_refused_by_name(url):
    with pytest.raises(ValueError, match="BaseUrl: ") as caught:
        h.BaseUrl(url)
    assert repr(url) in str(caught.value)


def test_old_names_are_the_same_types():
    for name in ("BaseUrl", "ExtractLinks", "ExtractMetadata", "ExtractImages", "ExtractVideos", "ExtractAudio"):
        assert registry.get(f"lib.beautifulsoup.{name}") is registry.get(f"lib.html.{name}")
    for name in ("HTMLToText", "WebsiteContentExtractor"):
        assert registry.get(f"lib.beautifulsoup.{name}") is registry.get(f"lib.html.{name}")


class Seen(TagReader):
    """Writes down what a page is read as."""

    def __init__(self):
        self.seen = []

    def start(self, tag, attributes):
        self.seen.append((tag, attributes))

    def end(self, tag):
        self.seen.append("/" + tag)

    def text(self, data):
        self.seen.append(data)


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("<P Class='a' class=b>x</P >", [("p", {"class": "a"}), "x", "/p"]),
        ("<a b c=d e = 'f' g=>", [("a", {"b": "", "c": "d", "e": "f", "g": ""})]),
        ('<a b="x>y" c="&lt;">', [("a", {"b": "x>y", "c": "<"})]),
        ("<br/><a href=x/>", [("br", {}), ("a", {"href": "x/"})]),
        ("<a =b>", [("a", {"=b": ""})]),
        ("a<3 <", ["a<3 <"]),
        ("</>a</ b>c<?php x ?>d<![CDATA[e]]>f", ["a", "c", "d", "f"]),
        ("<!---->a<!-->b<!--->c<!-- > -- --!>d<!--", ["a", "b", "c", "d"]),
        ("<script>a</b>&amp;</SCRIPT >z", [("script", {}), "a</b>&amp;", "/script", "z"]),
        ("<title>a<b>&amp;</titles></title>", [("title", {}), "a<b>&</titles>", "/title"]),
        ("a<b c='", ["a"]),
        ("a</b", ["a"]),
        ("<style>x", [("style", {}), "x"]),
        (f"&#{'9' * 5000};", [f"&#{'9' * 5000};"]),
    ],
)
def test_a_page_is_read_as_browsers_do(page, seen):
    reader = Seen()
    reader.read(page)
    assert reader.seen == seen


MANY = 100_000
HOSTILE = {
    "deep": "<div>" * MANY + "x" + "</nav>" * MANY,
    "signs": "<" * 5_000_000,
    "tags without end": "<a " * MANY,
    "attributes without end": "<a b='" * MANY,
    "comments without end": "<!--" * MANY,
    "comments": "<!--x>" * MANY,
    "closing": "</" * MANY + ">",
    "declarations": "<!" * MANY,
    "instructions": "<?" * MANY,
    "entities": "&#" * MANY,
    "scripts": "<script>" * MANY,
    "blanks": "<pre>" + " " * 5_000_000 + "x",
    "lists": "<ul><li>" * 20_000,
}


@pytest.mark.timeout(30)  # linear reading takes a second or two; what grows with the square takes hours
@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_takes_bounded_time(page):
    assert isinstance(h.WebsiteContentExtractor(page), str)
    assert isinstance(h.ExtractLinks(page)["links"], list)
    assert isinstance(registry.get("nodetool.text.HtmlToText").call(page), str)
