"""``nodetool.text``: changing the form of a text, its case, blanks and edges."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Literal

from nodetool_jupyter.nodes.define import family

node = family("nodetool.text")


@node
def ToUppercase(text: str = "") -> str:
    """Write a text in capitals."""
    return text.upper()


@node
def ToLowercase(text: str = "") -> str:
    """Write a text in small letters."""
    return text.lower()


@node
def ToTitlecase(text: str = "") -> str:
    """Begin every word with a capital."""
    return text.title()


@node
def CapitalizeText(text: str = "") -> str:
    """Write the first letter as a capital and the rest small."""
    return text.capitalize()


@node
def TrimWhitespace(text: str = "", trim_start: bool = True, trim_end: bool = True) -> str:
    """Remove the blanks at the edges."""
    text = text.lstrip() if trim_start else text
    return text.rstrip() if trim_end else text


@node
def CollapseWhitespace(
    text: str = "", preserve_newlines: bool = False, replacement: str = " ", trim_edges: bool = True
) -> str:
    """Replace each run of blanks by one ``replacement``; ``preserve_newlines`` keeps the line breaks."""
    blanks = r"[^\S\n]+" if preserve_newlines else r"\s+"
    return re.sub(blanks, lambda _: replacement, text.strip() if trim_edges else text)


@node
def StripAccents(text: str = "") -> str:
    """Remove the accents from letters."""
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))


@node
def RemovePunctuation(text: str = "", replacement: str = "", punctuation: str = string.punctuation) -> str:
    """Remove the marks of punctuation."""
    return text.translate(dict.fromkeys(map(ord, punctuation), replacement))


@node
def Slugify(text: str = "", separator: str = "-", lowercase: bool = True, allow_unicode: bool = False) -> str:
    """Turn a text into what may stand in an address: letters and digits, with separators between words."""
    plain = unicodedata.normalize("NFKC" if allow_unicode else "NFKD", text)
    if not allow_unicode:
        plain = plain.encode("ascii", "ignore").decode()
    words = re.findall(r"[^\W_]+", plain.lower() if lowercase else plain)
    return separator.join(words)


@node
def PadText(
    text: str = "", length: int = 0, pad_character: str = " ", direction: Literal["right", "left", "both"] = "right"
) -> str:
    """Fill a text up to ``length`` on one side or both."""
    if len(pad_character) != 1:
        raise ValueError(f"PadText: pad_character is one character, not {pad_character!r}")
    missing = max(0, length - len(text))
    before = {"right": 0, "left": missing, "both": missing // 2}[direction]
    return pad_character * before + text + pad_character * (missing - before)


@node
def TruncateText(text: str = "", max_length: int = 100, ellipsis: str = "") -> str:
    """Cut a text that is longer than ``max_length``, and end it with ``ellipsis`` within that length."""
    limit = max(0, max_length)
    if len(text) <= limit:
        return text
    return text[: limit - len(ellipsis)] + ellipsis if len(ellipsis) <= limit else text[:limit]


@node
def SurroundWith(text: str = "", prefix: str = "", suffix: str = "") -> str:
    """Put something before and after a text."""
    return f"{prefix}{text}{suffix}"
