"""``lib.html``: reading web pages that are already here; nothing is fetched."""

from __future__ import annotations

from typing import Any, TypedDict
from urllib.parse import urlsplit

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.markup import html_to_plain
from nodetool_jupyter.nodes.types import Image, reference
from nodetool_jupyter.nodes.webpage import about, addresses, is_internal, links, main_text

node = family("lib.html", inline=False)


class Links(TypedDict):
    """The links of a page."""

    links: list[dict[str, Any]]


class Metadata(TypedDict):
    """What a page says about itself."""

    title: str
    description: str
    keywords: str


class Images(TypedDict):
    """The pictures of a page."""

    images: list[Image]


class Videos(TypedDict):
    """The videos of a page."""

    videos: list[reference("video")]  # type: ignore[valid-type]


class Audios(TypedDict):
    """The sounds of a page."""

    audios: list[reference("audio")]  # type: ignore[valid-type]


def _references(kind: str, found: list[str]) -> list[Any]:
    return [{"type": kind, "uri": uri, "asset_id": None, "data": None} for uri in found]


@node
def BaseUrl(url: str = "") -> str:
    """Return the scheme and the host of an address."""
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise ValueError(f"BaseUrl: {url!r} is not an address: {error}") from None
    host = parts.netloc.rpartition("@")[2].lower()
    if not parts.scheme or not host:
        raise ValueError(f"BaseUrl: {url!r} has no scheme and host; write it like 'https://example.com/page'")
    return f"{parts.scheme}://{host}"


@node
def ExtractLinks(html: str = "", base_url: str = "") -> Links:
    """Return the links of a page with their text, and whether they stay on the site of ``base_url``."""
    return {
        "links": [
            {"href": href, "text": text, "type": "internal" if is_internal(href, base_url) else "external"}
            for href, text in links(html)
        ]
    }


@node
def ExtractMetadata(html: str = "") -> Metadata:
    """Return the title, the description and the keywords that a page gives itself; what is missing is empty."""
    found = about(html)
    return {
        "title": found["title"],
        "description": found.get("description") or found.get("og:description", ""),
        "keywords": found.get("keywords", ""),
    }


@node
def ExtractImages(html: str = "", base_url: str = "") -> Images:
    """Return references to the pictures of a page, their addresses made absolute; none is fetched."""
    return {"images": _references("image", addresses(html, "img", base_url))}


@node
def ExtractVideos(html: str = "", base_url: str = "") -> Videos:
    """Return references to the videos of a page, their addresses made absolute; none is fetched."""
    return {"videos": _references("video", addresses(html, "video", base_url))}


@node
def ExtractAudio(html: str = "", base_url: str = "") -> Audios:
    """Return references to the sounds of a page, their addresses made absolute; none is fetched."""
    return {"audios": _references("audio", addresses(html, "audio", base_url))}


@node
def HTMLToText(text: str = "", preserve_linebreaks: bool = True) -> str:
    """Return the text of a page without tags; without ``preserve_linebreaks`` on a single line."""
    plain = html_to_plain(text)
    return plain if preserve_linebreaks else " ".join(plain.split())


@node
def WebsiteContentExtractor(html_content: str = "") -> str:
    """Return the text of the main part of a page.

    That is what stands in ``article`` and ``main``, else in the body, without navigation, headers, footers and asides.
    """
    return main_text(html_content)
