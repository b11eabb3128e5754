"""Settings from the environment: one table of names, defaults and meanings, and the values they have now.

The order is: an explicitly set trait or argument, then the variable, then the default. Names are NodeTool's where it
has one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from nodetool_jupyter.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: what it is called, what it means, and what holds when it is not set."""

    name: str
    meaning: str
    default: str = ""
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("ENV", "'test' keeps everything in a temporary folder", "production"),
    Setting("NODETOOL_HOME", "folder for jobs and their values; default: Jupyter's data folder + /nodetool"),
    Setting("NODETOOL_RUNTIME", "folder on a local disk for locks and sockets; default: Jupyter's runtime folder"),
    Setting("NODETOOL_GPU_LOCKS", "folder that all users of this host share, for locks of GPUs", "/tmp/nodetool-gpus"),  # noqa: S108
    Setting("THREAD_POOL_SIZE", "node functions that run at once; default: number of CPUs"),
    Setting("MAX_WORKFLOW_THREADS", "threaded jobs at once per manager; default: twice the number of CPUs"),
    Setting("NODETOOL_LOG_CAP", "bytes a job's event log may have before its middle is cut", str(64 * 1024 * 1024)),
    Setting("NODETOOL_KEEP_JOBS", "finished jobs that are kept; the oldest go first", "10000"),
    Setting("NODETOOL_KEEP_DAYS", "days a finished job is kept", "30"),
    Setting("NODETOOL_WARM_SPARES", "runner processes that wait, ready, for the next subprocess job", "1"),
    Setting("NODETOOL_PRELOAD", "modules that a waiting runner has imported already, separated by commas", "numpy"),
    Setting("DOCKER_IMAGE", "image that the docker strategy runs"),
    Setting("DOCKER_MEMORY_LIMIT", "memory of a container (alias DOCKER_MEM_LIMIT)", "2g"),
    Setting("DOCKER_CPU_LIMIT", "CPUs of a container", "2"),
    Setting("DOCKER_SHM_SIZE", "shared memory of a container"),
    Setting("DOCKER_PIDS_LIMIT", "processes of a container", "256"),
    Setting("DOCKER_USER", "user in a container"),
    Setting("DOCKER_GPU_DEVICES", "GPUs a container may use"),
    Setting("DOCKER_GPU_MEMORY_LIMIT", "GPU memory a container may use"),
    Setting("NODETOOL_WORKER_URL", "address of the remote worker"),
    Setting("NODETOOL_WORKER_TOKEN", "bearer token of the remote worker", secret=True),
    Setting("AUTH_PROVIDER", "who says who a user is"),
    Setting("ASSET_BUCKET", "bucket for media"),
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


def get(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what a setting is now: its variable, else its alias, else its default; unknown names read the variable."""
    env = os.environ if environ is None else environ
    for spelling in (name, *_ALIASES.get(name, ())):
        value = env.get(spelling)
        if value:
            return value
    known = _BY_NAME.get(name)
    return known.default if known is not None else ""


def get_int(name: str, default: int | None = None, *, minimum: int = 0) -> int:
    """Return a setting that is a whole number.

    Raises :class:`InvalidRequest` when it is not one, or is below ``minimum``.
    """
    text = get(name)
    if not text and default is not None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise InvalidRequest(f"{name} must be a whole number, not {text!r}") from None
    if value < minimum:
        raise InvalidRequest(f"{name} must be at least {minimum}, not {value}")
    return value


def cpu_count() -> int:
    """Return how many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_pool_size() -> int:
    """Return how many node functions may run at once (THREAD_POOL_SIZE)."""
    return get_int("THREAD_POOL_SIZE", cpu_count(), minimum=1)


def max_workflow_threads() -> int:
    """Return how many threaded jobs may run at once in a manager (MAX_WORKFLOW_THREADS)."""
    return get_int("MAX_WORKFLOW_THREADS", 2 * cpu_count(), minimum=1)
