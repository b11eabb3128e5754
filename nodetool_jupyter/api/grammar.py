"""The verbs that the magics and the command line share: their words, their options, and reading a line of them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nodetool_jupyter.api.option import Option
from nodetool_jupyter.errors import InvalidRequest, nearest

_LONG_DASHES = "‐‑‒–—―−"
_CURLY_QUOTES = "“”„‟‘’‚‛«»"
_SHORT = {"-h": "--help", "-f": "--follow", "-q": "--quiet"}
HELP = Option("help", (), "say what there is", "flag")


class BadLine(InvalidRequest):
    """A line of a magic or a command that cannot be read; the message is one sentence."""


def request_options() -> Mapping[str, Option]:
    """Return the options that belong into the request; the models they come from are imported here, and only now."""
    from nodetool_jupyter.api.options import table

    return table()


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: what it does, the words it takes, and its options.

    ``takes`` names what a word stands for (``job``, ``type``, ``file``, ``secret``, ``verb``), or several words one
    after another; ``words`` is how many there must and may be.
    """

    name: str
    help: str
    takes: str = ""
    words: tuple[int, int] = (0, 0)
    own: tuple[Option, ...] = ()
    runs: bool = False

    def options(self) -> dict[str, Option]:
        """Return the verb's options by the way they are typed."""
        every = (*self.own, *(request_options().values() if self.runs else ()), HELP)
        known = {option.flag: option for option in every}
        known |= {"--no-" + option.flag[2:]: option for option in every if option.kind == "switch"}
        return known

    def usage(self) -> str:
        """Return the verb with the words it takes."""
        word = self.takes.upper()
        least, most = self.words
        return f"{self.name} {word if least else f'[{word}]'}" if most else self.name


_RUN: tuple[Option, ...] = (
    Option("input", (), "an input's value (JSON, else text), or with --input K the variable K", "pairs", "K[=V]"),
    Option("set", (), "another value for a node's property", "pairs", "NODE.PROP=V"),
    Option("output", (), "store the outputs in VAR, or one of them with NAME=VAR", "names", "VAR"),
    Option("background", (), "return the job at once", "flag"),
    Option("dry_run", (), "say what would run, and run nothing", "flag"),
    Option("quiet", (), "show no progress", "flag"),
    Option("strict", (), "refuse edges and values that the node types do not declare", "flag"),
    Option("traceback", (), "show all of an error", "flag"),
)
_JSON = Option("json", (), "write JSON", "flag")
_FOLLOW = Option("follow", (), "wait for more until the job ends", "flag")
_FOLLOW_ALL = Option("follow", (), "keep the table up to date until all jobs in it have ended", "flag")
_STATUS = Option("status", (), "only jobs in this state", metavar="STATE")
_LIMIT = Option("limit", (), "at most this many", metavar="N")
_AFTER = Option("after", (), "only events after this number", metavar="N")
_OUTPUT = Option("output", (), "store the outputs in VAR", metavar="VAR")
_TRACE = Option("traceback", (), "show all of an error", "flag")
_KEEP = Option("keep", (), "keep the newest N", metavar="N")
_OLDER = Option("older_than", (), "only those that ended longer ago", metavar="TIME")
_COMMAND_RUN = (
    *(option for option in _RUN if option.name not in ("output", "background")),  # there is nowhere to go
    Option("request_file", (), "a RunJobRequest to run", metavar="FILE"),
    Option("stdin", (), "with --jsonl: run the workflow, request or attempt on stdin, without keeping a job", "flag"),
    Option("jsonl", (), "write one event a line and nothing else", "flag"),
)
_BUILD = (
    Option("base_image", (), "image to build upon, with Python 3.11 or later", metavar="IMAGE"),
    Option("extras", (), "extras of this package, such as torch or torch,js", metavar="NAMES"),
    Option("wheels", (), "folder of wheels that are taken before the index is asked", metavar="FOLDER"),
)
_SERVE = (
    Option("host", (), "address to listen on (NODETOOL_WORKER_HOST, 127.0.0.1)", metavar="HOST"),
    Option("port", (), "port to listen on; 0 is any that is free (NODETOOL_WORKER_PORT)", metavar="N"),
    Option("stdio", (), "speak over stdin and stdout instead", "flag"),
    Option("certfile", (), "certificate, with which the worker speaks TLS (wss)", metavar="FILE"),
    Option("keyfile", (), "key of the certificate, where it is not in the same file", metavar="FILE"),
    Option("namespaces", (), "offer the node types of these namespaces only, with commas between", metavar="NAMES"),
    Option("allow", (), "permissions of the nodes: files, python, shell, with commas between", metavar="NAMES"),
    Option("gpus", (), "GPUs it may use: 0, a UUID, all or none; default: all there are", metavar="IDS"),
    Option("data", (), "folder of the jobs that are sent here (NODETOOL_WORKER_DATA)", metavar="DIR"),
    Option("strategies", (), "strategies that they may use, or none (subprocess)", metavar="NAMES"),
    Option("allow_code", (), "users whose notebooks' own functions run here, or all; default: none", metavar="USERS"),
    Option("allow_container", (), "what jobs may choose: image, mounts, network, trusted", metavar="NAMES"),
    Option("drain", (), "seconds that work has to end after SIGTERM (30)", metavar="N"),
)
_TOKEN = (
    Option("file", (), "the file of tokens (AUTH_TOKENS_FILE)", metavar="FILE"),
    Option("expires", (), "date from which the token is refused", metavar="DATE"),
    Option("remove", (), "take all tokens of the user away instead", "flag"),
)
_CONNECT = (
    Option("token_env", (), "variable that holds its token, which is kept as a secret of that name", metavar="VAR"),
    Option("kind", (), "whose worker it is", choices=("nodetool", "nodetool_jupyter"), metavar="KIND"),
)
_COVERAGE = Option("coverage", (), "say how much of NodeTool's own library is here", "flag")
_WORKER = Option("worker", (), "those that a known worker has", metavar="NAME")
_ONE, _MAYBE = (1, 1), (0, 1)


def _by_name(verbs: Sequence[Verb]) -> dict[str, Verb]:
    return {verb.name: verb for verb in verbs}


_WORKERS = (
    Verb("workers", "list the known workers, and how they are"),
    Verb("workers connect", "know a worker by a name", "name url", (2, 2), _CONNECT),
    Verb("workers forget", "forget a worker", "name", _ONE),
)
MAGICS: dict[str, Verb] = _by_name(
    (
        Verb("run", "run a workflow from a file or the cell", "file", _MAYBE, _RUN, runs=True),
        Verb("jobs", "list jobs", own=(_STATUS, _LIMIT)),
        Verb("job", "show a job", "job", _ONE),
        Verb("logs", "show what a job's nodes wrote", "job", _ONE, (_FOLLOW,)),
        Verb("events", "show a job's events", "job", _ONE, (_AFTER,)),
        Verb("result", "wait for a job and return its outputs", "job", _ONE, (_OUTPUT, _TRACE)),
        Verb("cancel", "cancel a job", "job", _ONE),
        Verb("retry", "run a job's request again", "job", _ONE),
        *_WORKERS,
        Verb("nodes", "list node types, or show one", "type", _MAYBE, (_COVERAGE, _WORKER)),
        Verb("doctor", "say what this installation can do"),
        Verb("secrets", "list the names of stored secrets"),
        Verb("help", "say what there is", "verb", _MAYBE),
    )
)
COMMANDS: dict[str, Verb] = _by_name(
    (
        Verb("run", "run a workflow, as workflows run does; - is stdin", "file", _MAYBE, _COMMAND_RUN, runs=True),
        Verb("jobs list", "list jobs", own=(_STATUS, _LIMIT, _JSON, _FOLLOW_ALL)),
        Verb("jobs show", "show a job", "job", _ONE, (_JSON,)),
        Verb("jobs events", "write a job's events, one a line", "job", _ONE, (_AFTER, _FOLLOW)),
        Verb("jobs logs", "write what a job's nodes wrote", "job", _ONE, (_FOLLOW,)),
        Verb("jobs result", "wait for a job and write its outputs", "job", _ONE, (_JSON, _TRACE)),
        Verb("jobs cancel", "cancel a job", "job", _ONE),
        Verb("jobs retry", "run a job's request again", "job", _ONE),
        Verb("jobs rm", "remove an ended job with its files", "job", _ONE),
        Verb("jobs prune", "remove old jobs", own=(_KEEP, _OLDER)),
        Verb("jobs rebuild-index", "make the index of jobs anew from their folders"),
        Verb("nodes list", "list node types", "type", _MAYBE, (_JSON, _COVERAGE, _WORKER)),
        Verb("nodes show", "show a node type", "type", _ONE, (_JSON,)),
        Verb("secrets list", "list the names of stored secrets"),
        Verb("secrets set", "store a secret; its value comes from stdin or a prompt", "secret", _ONE),
        Verb("secrets rm", "remove a stored secret", "secret", _ONE),
        Verb("doctor", "say what this installation can do"),
        *_WORKERS,
        Verb("worker serve", "run nodes for others, over a socket or a pipe, until it is ended", own=_SERVE),
        Verb("worker token", "make a token for a user of workers, and print it once", "name", _ONE, _TOKEN),
        Verb("image build", "build the image of the docker strategy", own=_BUILD),
        Verb("image check", "say whether jobs can run in an image", "image", _MAYBE),
    )
)
COMMANDS["workflows run"] = COMMANDS["run"]  # as NodeTool's own command has it


@dataclass(slots=True)
class Line:
    """A line that was read: its verb, its words, and its options by keyword.

    Options of kind ``pairs`` are dicts (``None`` for a name without a value), ``names`` are lists, flags ``True``.
    """

    verb: Verb
    words: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)

    def run_options(self) -> dict[str, Any]:
        """Return the options that belong into the request."""
        return {name: value for name, value in self.given.items() if name in request_options()}


def split(text: str) -> list[str]:
    """Split a line into words as a shell does; raises :class:`BadLine` for quotes that do not close."""
    try:
        return shlex.split(text)
    except ValueError:
        mark = _open_quote(text)
        raise BadLine(
            f"the quote {mark} is never closed" if mark else "the line ends in the middle of an escape (\\)"
        ) from None


def _open_quote(text: str) -> str:
    inside = ""
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\" and inside != "'":
            at += 1
        elif inside:
            inside = "" if character == inside else inside
        elif character in "'\"":
            inside = character
        at += 1
    return inside


def find_verb(verbs: Mapping[str, Verb], words: Sequence[str]) -> tuple[Verb, list[str]]:
    """Return the verb that a line begins with, and the rest; raises :class:`BadLine` naming the nearest one."""
    pair = " ".join(words[:2])
    if pair in verbs:
        return verbs[pair], list(words[2:])
    if not words:
        raise BadLine(f"a verb is missing; {_choices(verbs)}")
    first = words[0]
    if first in verbs:
        return verbs[first], list(words[1:])
    below = [name.partition(" ")[2] for name in verbs if name.startswith(f"{first} ")]
    if below:
        if len(words) == 1 or words[1].startswith("-"):
            raise BadLine(f"{first} needs one of: {', '.join(below)}")
        raise BadLine(f"there is no {first} {words[1]!r}; {nearest(words[1], below)}")
    _refuse_marks(first)
    firsts = list(dict.fromkeys(name.partition(" ")[0] for name in verbs))
    if first.startswith("-"):
        raise BadLine(f"a verb comes before {first!r}; {_choices(verbs)}")
    raise BadLine(f"there is no verb {first!r}; {nearest(first, firsts) or _choices(verbs)}")


def _choices(verbs: Mapping[str, Verb]) -> str:
    return "one of: " + ", ".join(dict.fromkeys(name.partition(" ")[0] for name in verbs))


def read(verbs: Mapping[str, Verb], words: Sequence[str]) -> Line:
    """Read a line's words; raises :class:`BadLine` with one sentence that names the fault and the nearest choice."""
    verb, rest = find_verb(verbs, words)
    line = Line(verb)
    known = verb.options()
    waiting = list(rest)
    only_words = False
    while waiting:
        word = waiting.pop(0)
        if word == "--" and not only_words:
            only_words = True
        elif only_words or word == "-" or not _is_option(word):
            _refuse_marks(word)
            line.words.append(word)
        else:
            _option(line, known, word, waiting)
    if not line.given.get("help"):
        _count(line)
    return line


def _is_option(word: str) -> bool:
    return word.startswith("-") or (word[:1] in _LONG_DASHES and bool(word))


def _option(line: Line, known: Mapping[str, Option], word: str, waiting: list[str]) -> None:
    _refuse_marks(word)
    typed, equals, value = word.partition("=")
    typed = _SHORT.get(typed, typed)
    option = known.get(typed)
    if option is None:
        raise BadLine(_unknown(line.verb, known, typed))
    if option.kind in ("flag", "switch"):
        if equals:
            raise BadLine(f"{typed} takes no value, but got {value!r}")
        _once(line, option, not typed.startswith("--no-") if option.kind == "switch" else True)
        return
    if not equals:
        if not waiting or (_is_option(waiting[0]) and waiting[0] != "-" and not _number(waiting[0])):
            found = f"; {waiting[0]!r} is the next option" if waiting else ""
            raise BadLine(f"{typed} needs a value ({option.metavar}){found}")
        value = waiting.pop(0)
    _refuse_marks(value)
    _READ[option.kind](line, option, value)


def _number(word: str) -> bool:
    return re.fullmatch(r"-\d+(\.\d+)?\w*", word) is not None


def _refuse_marks(word: str) -> None:
    if word[:1] and word[0] in _LONG_DASHES:
        straight = "--" + word.lstrip(_LONG_DASHES + "-")
        raise BadLine(f"{word!r} begins with a long dash, as some editors make of two; write {straight}")
    if word[:1] and (word[0] in _CURLY_QUOTES or word[-1] in _CURLY_QUOTES):
        raise BadLine(f"{word!r} has curly quotes; write straight ones, ' or \"")


def _unknown(verb: Verb, known: Mapping[str, Option], typed: str) -> str:
    if typed.startswith("-") and not typed.startswith("--"):
        double = "-" + typed
        if double in known:
            return f"{verb.name} has no option {typed}; did you mean {double}?"
    begin = [flag for flag in known if len(typed) > 2 and flag.startswith(typed)]
    if len(begin) > 1:
        return f"{typed} could be {', '.join(begin[:-1])} or {begin[-1]}; write the whole option"
    if begin:
        return f"{verb.name} has no option {typed}; did you mean {begin[0]}?"
    hint = nearest(typed, known).replace("'", "")
    return f"{verb.name} has no option {typed}; {hint or f'see help {verb.name}'}"


def _once(line: Line, option: Option, value: Any) -> None:
    if option.name in line.given and line.given[option.name] != value:
        raise BadLine(f"{option.flag} is given twice")
    line.given[option.name] = value


def _one(line: Line, option: Option, value: str) -> None:
    if option.choices and value not in option.choices:
        raise BadLine(f"{option.flag}: there is no {option.name} {value!r}; {nearest(value, option.choices)}")
    if option.metavar == "N" and not option.path and not value.isdigit():
        raise BadLine(f"{option.flag} must be a whole number, not {value!r}")
    _once(line, option, value)


def _name(line: Line, option: Option, value: str) -> None:
    line.given.setdefault(option.name, []).append(value)


def _pair(line: Line, option: Option, value: str) -> None:
    key, equals, text = value.partition("=")
    bare = option.name == "input"
    if not key or (not equals and not bare):
        raise BadLine(f"{option.flag} needs {option.metavar}, not {value!r}")
    if option.name == "set" and "." not in key:
        raise BadLine(f"--set needs {option.metavar}: {key!r} names no property")
    pairs = line.given.setdefault(option.name, {})
    if key in pairs:
        raise BadLine(f"{option.flag} {key} is given twice")
    pairs[key] = text if equals else None


_READ: dict[str, Callable[[Line, Option, str], None]] = {"value": _one, "names": _name, "pairs": _pair}


def _count(line: Line) -> None:
    least, most = line.verb.words
    if len(line.words) < least:
        takes = line.verb.takes.split()[len(line.words)]
        raise BadLine(f"{line.verb.name} needs {'an' if takes[0] in 'aeio' else 'a'} {takes}")
    if len(line.words) > most:
        extra = line.words[most]
        raise BadLine(f"{line.verb.name}: {extra!r} is one word too many; a value with spaces needs quotes")


def value_of(text: str) -> Any:
    """Read a value as it is typed: JSON, else the text itself."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def help_text(verbs: Mapping[str, Verb], name: str = "", *, prefix: str) -> str:
    """Return help for one verb, or the list of all; raises :class:`BadLine` for a verb that is not there."""
    if not name:
        each = list(dict.fromkeys(verbs.values()))  # a verb may be known by two names
        width = max(len(verb.usage()) for verb in each)
        lines = [f"  {verb.usage():{width}}  {verb.help}" for verb in each]
        return "\n".join([f"usage: {prefix} VERB …", "", *lines, "", f"More about a verb: {prefix} VERB --help"])
    verb, _ = find_verb(verbs, name.split())
    shown = {option.flag: option for option in verb.options().values()}
    heads = {flag: _head(option) for flag, option in shown.items()}
    width = min(34, max(map(len, heads.values())))
    lines = [f"  {heads[flag]:{width}}  {option.meaning}" for flag, option in shown.items()]
    return "\n".join([f"usage: {prefix} {verb.usage()} [options]", "", f"{verb.help}", "", *lines])


def _head(option: Option) -> str:
    if option.kind == "switch":
        return f"{option.flag}, --no-{option.flag[2:]}"
    return option.flag if option.kind == "flag" else f"{option.flag} {option.metavar}"
