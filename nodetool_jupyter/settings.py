"""Settings: one table of names, defaults and meanings, and the values they have now.

The order is: an explicitly set trait or argument, then the variable, then the default. Names are NodeTool's where it
has one. Traits are those of the magics' class; what is set there is kept here (:func:`choose`).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from typing import Literal, NoReturn

Kind = Literal["text", "count", "number", "size", "user"]

_SIZE = r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*"
_BYTES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


class Setting:
    """One variable: what it is called, what it means, and what holds when it is not set.

    ``kind`` says how its text is read: as it is, as a whole number of at least ``minimum``, a number above 0, a size
    in bytes such as 4g, or a user's and a group's number. A plain class, because %load_ext waits until it is made.
    """

    __slots__ = ("default", "kind", "meaning", "minimum", "name", "secret")

    def __init__(
        self,
        name: str,
        meaning: str,
        default: str = "",
        *,
        secret: bool = False,
        kind: Kind = "text",
        minimum: int = 0,
    ) -> None:
        self.name = name
        self.meaning = meaning
        self.default = default
        self.secret = secret
        self.kind = kind
        self.minimum = minimum


SETTINGS: tuple[Setting, ...] = (
    Setting("ENV", "'test' keeps everything in a temporary folder", "production"),
    Setting("NODETOOL_HOME", "folder for jobs and their values; default: Jupyter's data folder + /nodetool"),
    Setting("NODETOOL_RUNTIME", "folder on a local disk for locks and sockets; default: Jupyter's runtime folder"),
    Setting("NODETOOL_GPU_LOCKS", "folder that all users of this host share, for locks of GPUs", "/tmp/nodetool-gpus"),  # noqa: S108
    Setting("THREAD_POOL_SIZE", "node functions that run at once; default: number of CPUs", kind="count", minimum=1),
    Setting(
        "MAX_WORKFLOW_THREADS",
        "jobs at once per manager, of each strategy but docker; default: twice the number of CPUs",
        kind="count",
        minimum=1,
    ),
    Setting("MAX_DOCKER_JOBS", "docker jobs at once per manager", "4", kind="count", minimum=1),
    Setting(
        "NODETOOL_LOG_CAP",
        "bytes a job's event log may have before its middle is cut",
        str(64 * 1024 * 1024),
        kind="count",
        minimum=4096,
    ),
    Setting("NODETOOL_KEEP_JOBS", "finished jobs that are kept; the oldest go first", "10000", kind="count"),
    Setting("NODETOOL_KEEP_DAYS", "days a finished job is kept", "30", kind="count"),
    Setting("NODETOOL_WARM_SPARES", "runner processes that wait for the next subprocess job", "1", kind="count"),
    Setting("NODETOOL_PRELOAD", "modules that a waiting runner has imported already, separated by commas", "numpy"),
    Setting("NODETOOL_MODEL_CACHE", "HF_HOME folder whose models containers may read; default: none"),
    Setting("DOCKER_IMAGE", "image that the docker strategy runs"),
    Setting("DOCKER_ALLOWED_IMAGES", "patterns of images that may be run, separated by commas", "*"),
    Setting("DOCKER_ALLOWED_MOUNTS", "folders of which --mount may mount something, separated by colons"),
    Setting("DOCKER_RUNTIME", "the engine's runtime for containers, such as runsc; default: the engine's own"),
    Setting("DOCKER_MEMORY_LIMIT", "memory of a container (alias DOCKER_MEM_LIMIT)", "2g", kind="size"),
    Setting("DOCKER_DISK_LIMIT", "disk that a container's files may take while it runs", "8g", kind="size"),
    Setting("DOCKER_CPU_LIMIT", "CPUs of a container", "2", kind="number"),
    Setting("DOCKER_PIDS_LIMIT", "processes of a container", "256", kind="count", minimum=1),
    Setting("DOCKER_NOFILE_LIMIT", "open files of a container", "4096", kind="count", minimum=1),
    Setting("DOCKER_SHM_SIZE", "shared memory of a container", "64m", kind="size"),
    Setting("DOCKER_TMP_SIZE", "size of a container's /tmp, which is in memory", "1g", kind="size"),
    Setting("DOCKER_USER", "user in a container, as numbers such as 1000:1000", kind="user"),
    Setting("DOCKER_GPU_DEVICES", "GPUs of a docker job that does not say --gpus"),
    Setting("DOCKER_GPU_MEMORY_LIMIT", "GPU memory of a docker job that does not say --gpu-memory", kind="size"),
    Setting("NODETOOL_WORKER_URL", "address of the remote worker"),
    Setting("NODETOOL_WORKER_TOKEN", "bearer token of the remote worker", secret=True),
    Setting(
        "NODETOOL_BRIDGE_MAX_FRAME_SIZE",
        "bytes that a frame to or from a worker may have",
        str(256 * 1024 * 1024),
        kind="count",
        minimum=65536,
    ),
    Setting(
        "NODETOOL_BRIDGE_BLOB_CHUNK_SIZE",
        "bytes of a blob that one frame of a chunked transfer carries",
        str(1024 * 1024),
        kind="count",
        minimum=1024,
    ),
    Setting("NODETOOL_WORKER_HOST", "address that a worker listens on", "127.0.0.1"),
    Setting("NODETOOL_WORKER_PORT", "port that a worker listens on; 0: any that is free", "0", kind="count"),
    Setting("NODETOOL_WORKER_NAMESPACES", "namespaces whose node types a worker offers; default: all"),
    Setting(
        "NODETOOL_WORKER_JOB_TTL_SECONDS",
        "seconds after which a worker ends a job that nobody uses; 0: never",
        "1800",
        kind="count",
        minimum=-1,
    ),
    Setting(
        "NODETOOL_WORKER_MODEL_TTL_SECONDS", "seconds that a worker keeps a model nobody uses", "600", kind="count"
    ),
    Setting("NODETOOL_WORKER_AT_ONCE", "nodes that a worker runs at once; others wait", "32", kind="count", minimum=1),
    Setting("NODETOOL_WORKER_INPUTS", "bytes that requests at work or waiting may have together", "2g", kind="size"),
    Setting("NODETOOL_WORKER_UPLOADS", "bytes of values that a worker keeps for jobs to come", "32g", kind="size"),
    Setting("NODETOOL_WORKER_UPLOADS_OF_USER", "bytes of such values that one user may have", "8g", kind="size"),
    Setting(
        "NODETOOL_WORKER_UPLOAD_TTL_SECONDS",
        "seconds that such a value is kept unused",
        "3600",
        kind="count",
        minimum=1,
    ),
    Setting("NODETOOL_WORKER_BUCKET_ABOVE", "bytes above which a value goes through the bucket", "8m", kind="size"),
    Setting("NODETOOL_FILE_REFERENCES", "no: references read no file of this machine, as on a worker", "yes"),
    Setting("NODETOOL_WORKER_DATA", "folder of the jobs that are sent to a worker; default: worker in the data folder"),
    Setting("NODETOOL_WORKER_STRATEGIES", "strategies of jobs that are sent to a worker, or none", "subprocess"),
    Setting("AUTH_PROVIDER", "who says who a user is: token, static, jwt, supabase or none; default: a token is made"),
    Setting("AUTH_TOKENS_FILE", "file of tokens that are let in, one a line behind its user"),
    Setting("AUTH_JWKS_URL", "where an issuer of JSON web tokens has its keys"),
    Setting("AUTH_JWT_SECRET", "secret that an issuer signs JSON web tokens with, where it has no keys", secret=True),
    Setting("AUTH_ISSUER", "issuer whose JSON web tokens are let in"),
    Setting("AUTH_AUDIENCE", "whom JSON web tokens must be for"),
    Setting("AUTH_LEEWAY", "seconds by which clocks may differ", "30", kind="count"),
    Setting("AUTH_ALLOWED_HOSTS", "names that a server answers to; default: those of loopback, or any elsewhere"),
    Setting("AUTH_ALLOWED_ORIGINS", "origins of web pages that may connect; default: none"),
    Setting("SUPABASE_URL", "address of the Supabase project whose users are let in"),
    Setting("ASSET_BUCKET", "S3 bucket through which large values to and from a worker go; needs the extra s3"),
    Setting("S3_ENDPOINT_URL", "address of an S3 server that is not Amazon's"),
    Setting("S3_REGION", "region of the bucket"),
    Setting("S3_ACCESS_KEY_ID", "name of the key to the bucket; default: what boto3 finds", secret=True),
    Setting("S3_SECRET_ACCESS_KEY", "the key itself", secret=True),
    Setting("HF_HOME", "cache of HuggingFace models"),
    Setting("HF_TOKEN", "HuggingFace access token", secret=True),
    Setting("OPENAI_API_KEY", "OpenAI key", secret=True),
    Setting("ANTHROPIC_API_KEY", "Anthropic key", secret=True),
    Setting("GEMINI_API_KEY", "Google Gemini key", secret=True),
    Setting("REPLICATE_API_TOKEN", "Replicate token", secret=True),
    Setting("ELEVENLABS_API_KEY", "ElevenLabs key", secret=True),
    Setting("FAL_API_KEY", "FAL key", secret=True),
    Setting("SERPAPI_API_KEY", "SerpAPI key", secret=True),
    Setting("FONT_PATH", "folder of fonts for text on images"),
    Setting("COMFY_FOLDER", "ComfyUI's folder"),
    Setting("CHROMA_PATH", "folder of the Chroma database"),
    Setting("OLLAMA_API_URL", "address of the Ollama server", "http://127.0.0.1:11434"),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_ALIASES = {"DOCKER_MEMORY_LIMIT": ("DOCKER_MEM_LIMIT",)}
_chosen: dict[str, str] = {}


def choose(name: str, text: str) -> None:
    """Set a setting of this process in the place of its variable; an empty text lets the variable hold again.

    Raises :class:`InvalidRequest` for a text that cannot be read.
    """
    check(name, text)
    if text:
        _chosen[name] = text
    else:
        _chosen.pop(name, None)


def chosen() -> dict[str, str]:
    """Return what was set by :func:`choose`, as variables for another process that is to see the same."""
    return dict(_chosen)


def check(name: str, text: str) -> None:
    """Refuse a text that a setting cannot have; raises :class:`InvalidRequest` with one sentence that names it."""
    if text:
        _CHECKS[_BY_NAME[name].kind](name, text)


def get(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what a setting is now, as text; unknown names read the variable.

    It is what was chosen, else its variable, else its alias, else its default; with ``environ`` only what is in there
    counts, and the default.
    """
    if environ is None and name in _chosen:
        return _chosen[name]
    return given(name, environ) or (_BY_NAME[name].default if name in _BY_NAME else "")


def given(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what somebody set a setting to, as :func:`get` does; empty where its default holds."""
    if environ is None and name in _chosen:
        return _chosen[name]
    env = os.environ if environ is None else environ
    return next((env[spelling] for spelling in (name, *_ALIASES.get(name, ())) if env.get(spelling)), "")


def get_int(name: str, default: int | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Return a setting that is a whole number; raises :class:`InvalidRequest` when it is not one, or is too small."""
    text = get(name, environ)
    return default if not text and default is not None else _count(name, text)


def get_number(name: str, environ: Mapping[str, str] | None = None) -> float:
    """Return a setting that is a number above 0; raises :class:`InvalidRequest`."""
    return _number(name, get(name, environ))


def get_size(name: str, environ: Mapping[str, str] | None = None) -> int:
    """Return a setting that is a size, in bytes; raises :class:`InvalidRequest`."""
    return _size(name, get(name, environ))


def get_user(name: str, environ: Mapping[str, str] | None = None) -> tuple[int, int] | None:
    """Return a setting that is the number of a user, and of a group if one is named; raises :class:`InvalidRequest`."""
    text = get(name, environ)
    return _user(name, text) if text else None


def get_list(name: str, separator: str = ",", environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the parts of a setting that is a list."""
    return tuple(part.strip() for part in get(name, environ).split(separator) if part.strip())


def read_size(text: str) -> int:
    """Read a size such as ``4096``, ``512m`` or ``4g`` as bytes (powers of 1024); raises ``ValueError``."""
    match = re.fullmatch(_SIZE, text, re.I)
    if match is None:
        raise ValueError(f"{text!r} is no size; write bytes, or 512m, 4g")
    return int(float(match[1]) * _BYTES[match[2].lower()])


def _refuse(sentence: str) -> NoReturn:
    from nodetool_jupyter.errors import InvalidRequest  # here, because %load_ext needs settings and no errors

    raise InvalidRequest(sentence) from None


def _text(name: str, text: str) -> str:
    return text


def _count(name: str, text: str) -> int:
    minimum = _BY_NAME[name].minimum
    try:
        value = int(text)
    except ValueError:
        _refuse(f"{name} must be a whole number, not {text!r}")
    if value < minimum:
        _refuse(f"{name} must be at least {minimum}, not {value}")
    return value


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < 1e6:
        _refuse(f"{name} must be a number above 0, not {text!r}")
    return number


def _size(name: str, text: str) -> int:
    try:
        size = read_size(text)
    except ValueError as error:
        _refuse(f"{name}: {error}")
    if size == 0:
        _refuse(f"{name} must be a size above 0, not {text!r}")
    return size


def _user(name: str, text: str) -> tuple[int, int]:
    user, colon, group = text.partition(":")
    group = group if colon else user
    if not (user.isdecimal() and group.isdecimal()) or int(user) == 0:
        _refuse(f"{name} must be the numbers of a user who is not root, such as 1000:1000, not {text!r}")
    return int(user), int(group)


_CHECKS: dict[Kind, Callable[[str, str], object]] = {
    "text": _text,
    "count": _count,
    "number": _number,
    "size": _size,
    "user": _user,
}


def cpu_count() -> int:
    """Return how many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_pool_size() -> int:
    """Return how many node functions may run at once (THREAD_POOL_SIZE)."""
    return get_int("THREAD_POOL_SIZE", cpu_count())


def max_workflow_threads() -> int:
    """Return how many jobs of a strategy may run at once in a manager (MAX_WORKFLOW_THREADS)."""
    return get_int("MAX_WORKFLOW_THREADS", 2 * cpu_count())
