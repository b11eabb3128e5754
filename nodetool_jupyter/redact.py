"""Taking secrets out of text before it reaches a file, an event or a screen."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from nodetool_jupyter.errors import InvalidRequest

MASK = "••••"
SHORTEST = 8  # shorter values are common words; masking them would eat ordinary text
LONG = 20  # of a secret this long a part gives enough away
PART = 16  # characters of a long secret, in a row, that are masked wherever they stand

_SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|(^|_)(KEY|TOKEN|SECRET|CREDENTIAL)S?($|_)|_PASS$|(TOKEN|SECRET|CREDENTIALS?)$"
    r"|(API|ACCESS|AUTH|PRIVATE|SECRET|SIGNING)KEY$",
    re.I,
)
_ORDINARY_NAME = re.compile(
    r"_(DIR|FILE|PATH|HOME|SOCK)$|^GOOGLE_APPLICATION_CREDENTIALS$|(^|_)(MAX|MIN|NUM)_(\w*_)?TOKENS$", re.I
)
_USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s:@]*:[^/?#\s]+@", re.I)

_BETWEEN = "\ud800"  # half a character, which stands in no text
_Span = tuple[int, int]


class Redactor:
    """Replaces known secret values, and the forms they are sent in, by a mask.

    Forms: as it is, base64 (also of a text that holds the secret), URL-encoded, hexadecimal, as JSON and Python write
    it, and each line of a secret that has several. Of a secret of twenty or more characters any sixteen in a row of
    any form are masked, with all that follows them in it; of a shorter one whole forms. Case counts. Values shorter
    than eight characters are not masked; :func:`check_secret` refuses them where a secret is set.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        whole: set[str] = set()
        parts: set[str] = set()
        for secret in secrets:
            lines = {line for line in secret.splitlines() if len(line) >= SHORTEST}
            if len(secret) >= LONG:
                parts |= _forms(secret)
                whole |= {line for line in lines if len(line) < PART}
            elif len(secret) >= SHORTEST:
                whole |= _forms(secret) | lines
        self._longest = max(map(len, whole | parts), default=0)
        self._all = _BETWEEN.join(whole | parts)
        self._searches: list[_Parts | _Wholes] = [_Parts(parts)] if parts else []
        if whole:
            self._searches.append(_Wholes(whole))
        self._least = SHORTEST if whole else PART

    def __bool__(self) -> bool:
        return bool(self._searches)

    def text(self, text: str) -> str:
        """Return ``text`` with every secret masked."""
        spans = self.spans(text)
        return _masked(text, spans) if spans else text

    def data(self, data: Any) -> Any:
        """Return JSON-like ``data`` with every secret in its strings masked, keys included."""
        if not self._searches:
            return data
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {self.data(key): self.data(value) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            return [self.data(value) for value in data]
        return data

    def spans(self, text: str) -> list[_Span]:
        """Return where ``text`` holds secrets: pairs of begin and end, in order, apart from each other."""
        found: list[_Span] = []
        if len(text) >= self._least:
            raw = _one_byte_each(text)
            for search in self._searches:
                blocks = memoryview(raw)[: len(raw) // search.width * search.width].cast(search.code)
                if not search.known.isdisjoint(blocks):
                    found += search.spans(text, blocks)
        return _joined(found) if found else found

    def unfinished(self, text: str) -> int:
        """Return how many characters at the end of ``text`` could belong to a secret that goes on behind it."""
        low, high = 0, min(len(text), self._longest)
        while low < high:  # what ends a part of a form is a part itself, so halving finds the longest
            middle = (low + high + 1) // 2
            if text[-middle:] in self._all:
                low = middle
            else:
                high = middle - 1
        return low


class StreamRedactor:
    """Masks secrets in text that comes in pieces, also those that a border between pieces cuts.

    It holds back what could be the beginning of a secret, never more than the longest form of one; what comes out
    in the end is what :meth:`Redactor.text` makes of the whole.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""
        self._covered: int | None = None  # characters at the front of what is held whose mask is out already

    def feed(self, text: str) -> str:
        """Take the next piece and return what is safe to show by now."""
        return self._give(text, last=False) if self._redactor else text

    def flush(self) -> str:
        """Return what is still held back; the text has ended, or nothing may wait any longer."""
        return self._give("", last=True)

    def _give(self, text: str, *, last: bool) -> str:
        text = self._held + text
        spans, shown = self._redactor.spans(text), self._covered is not None
        if self._covered is not None:
            spans = _joined([(0, self._covered), *spans])
        cut = len(text) if last else len(text) - self._redactor.unfinished(text)
        begun = [span for number, span in enumerate(spans) if span[0] < cut or (shown and number == 0)]
        out = _masked(text[:cut], [(begin, min(end, cut)) for begin, end in begun])
        # A secret that reaches over the cut is shown as one mask, now; the rest of it is not shown again.
        over = begun[-1][1] - cut if begun else -1
        self._held, self._covered = text[cut:], over if over >= 0 else None
        return out[len(MASK) :] if shown else out


class _Parts:
    """Finds sixteen characters in a row of any form.

    Each such run holds a block of eight that begins at a multiple of eight in the text. Blocks are read as numbers,
    which is far quicker than a pattern of hundreds of alternatives.
    """

    width: Final = 8
    code: Final = "Q"

    def __init__(self, forms: set[str]) -> None:
        self._all = _BETWEEN.join(forms)
        self.known: set[int] = set()
        for raw in map(_one_byte_each, forms):
            for start in range(self.width):
                end = len(raw) - (len(raw) - start) % self.width
                self.known.update(memoryview(raw)[start:end].cast(self.code))

    def spans(self, text: str, blocks: Iterable[int]) -> Iterator[_Span]:
        """Yield every run found; ``blocks`` are those of the text."""
        for number, block in enumerate(blocks):
            if block in self.known:
                place = number * self.width
                for begin in range(max(0, place + self.width - PART), min(place, len(text) - PART) + 1):
                    if text[begin : begin + PART] in self._all:
                        yield begin, begin + PART


class _Wholes:
    """Finds forms that count as a whole, of eight characters or more, by the block of four in their beginning."""

    width: Final = 4
    code: Final = "I"

    def __init__(self, forms: set[str]) -> None:
        self._starts: dict[int, list[tuple[str, int]]] = {}
        for form in forms:
            raw = _one_byte_each(form)
            for start in range(self.width):
                (block,) = memoryview(raw)[start : start + self.width].cast(self.code)
                self._starts.setdefault(block, []).append((form, start))
        self.known = set(self._starts)

    def spans(self, text: str, blocks: Iterable[int]) -> Iterator[_Span]:
        """Yield every form found; ``blocks`` are those of the text."""
        for number, block in enumerate(blocks):
            for form, start in self._starts.get(block, ()):
                begin = number * self.width - start
                if begin >= 0 and text.startswith(form, begin):
                    yield begin, begin + len(form)


def _one_byte_each(text: str) -> bytes:
    """Return one byte for each character, so that places in both are the same; rare characters share one."""
    return text.encode("latin-1", "replace")


def _joined(spans: list[_Span]) -> list[_Span]:
    """Return the same places in order, those that touch made one."""
    joined: list[_Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _masked(text: str, spans: Iterable[_Span]) -> str:
    """Return ``text`` with a mask in the place of each of ``spans``, which come in order."""
    pieces: list[str] = []
    done = 0
    for begin, behind in spans:
        pieces += (text[done:begin], MASK)
        done = behind
    pieces.append(text[done:])
    return "".join(pieces)


def _forms(secret: str) -> set[str]:
    """Return every form that a secret is sent in."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {secret, repr(secret)[1:-1], secret.encode("unicode_escape").decode()}
    forms |= {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    urls = {quote(raw, safe=safe) for safe in ("", "/", "!~*'()", ";,/?:@&=+$!~*'()#")}
    urls |= {url.replace("%20", "+") for url in urls} | {"".join(f"%{byte:02X}" for byte in raw)}
    forms |= urls | {re.sub(r"%..", lambda code: code[0].lower(), url) for url in urls}
    forms |= {raw.hex(), raw.hex().upper()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= {encode(raw).decode(), encode(raw).decode().rstrip("=")}
        for before in range(3):
            forms.add(_inner_base64(encode(bytes(before) + raw + b"\0\0").decode(), before, len(raw)))
    return {form for form in forms if len(form) >= SHORTEST}


def _inner_base64(text: str, before: int, length: int) -> str:
    """Return the characters of base64 that depend on nothing but ``length`` bytes behind ``before`` others."""
    return text[-(-before * 8 // 6) : (before + length) * 8 // 6]


def looks_secret(name: str) -> bool:
    """Tell whether a variable of this name usually holds a secret (``*_KEY``, ``*_TOKEN``, ``*PASSWORD*`` …).

    Names of places (``*_FILE``, ``*_DIR``, Google's own …) and of counts (``MAX_TOKENS``) do not.
    """
    return _SECRET_NAME.search(name) is not None and _ORDINARY_NAME.search(name) is None


def check_env(env: dict[str, str], secrets: Iterable[str] = ()) -> None:
    """Refuse environment values that are secrets; they are stored with the request, so they belong elsewhere.

    Raises :class:`InvalidRequest` for a name that looks like a secret, or a value that holds a known one.
    """
    if not env:
        return
    known = Redactor(secrets)
    for name, value in env.items():
        if looks_secret(name) or known.spans(value):
            raise InvalidRequest(
                f"env {name!r} looks like a secret, and env is stored with the job: pass its name in "
                f"secrets=[{name!r}] and set the value in the environment or with 'nodetool secrets set {name}'"
            )


def check_secret(name: str, value: str) -> None:
    """Refuse a secret too short to be masked safely; raises :class:`InvalidRequest`."""
    if len(value) < SHORTEST:
        raise InvalidRequest(
            f"secret {name!r} has {len(value)} characters; fewer than {SHORTEST} cannot be masked in logs"
        )


def scrub_environ(environ: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """Return the environment that a child may have: ``environ`` without what looks like a secret or holds one.

    Left out are variables whose name looks like a secret, whose value holds one of ``secrets`` in any form, or a URL
    with a password in it.
    """
    known = Redactor(secrets)
    return {
        name: value
        for name, value in environ.items()
        if not (looks_secret(name) or _USERINFO.search(value) or known.spans(value))
    }
