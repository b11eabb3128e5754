"""The process that a script of ``nodetool.code.Code`` runs in: a JavaScript engine, and nothing else to reach.

It is started as a file, by ``python -I -S``, with the folder to import the engine from as its only argument, and
talks over fd 0, a socket: a line of JSON for each call comes in, the prelude's lines go out. It imports nothing of
this package, so that it is there in a few hundredths of a second.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

PRELUDE = Path(__file__).with_name("script_prelude.js")
OFFSET = 1_000_000  # lines before the prelude, so that its own places are told from those of a script
STACK = 1 << 20  # bytes of C stack that nested calls may use
SPARE = 768 << 20  # bytes of addresses beyond the engine's own limit, for the interpreter and what it copies


def main(folder: str) -> None:
    """Serve calls until the socket ends."""
    sys.path.append(folder)
    import quickjs

    orders = os.fdopen(0, "rb", closefd=False)
    context: Any = None
    for line in orders:
        order = json.loads(line)
        if context is None:
            context = quickjs.Context()
            context.set_memory_limit(order["memory"])
            context.set_max_stack_size(STACK)
            _confine(order["memory"] + SPARE)
            context.add_callable("__send", _send)
            context.eval("\n" * OFFSET + PRELUDE.read_text(encoding="utf-8"))
            run = context.get("__run")
            context.eval("delete globalThis.__run")
        _bound_time(order["seconds"])
        try:
            run(order["code"], order["inputs"], order["marked"], order["megabytes"])
            while context.execute_pending_job():
                pass
        except Exception as error:
            _send(json.dumps({"error": str(error).partition("\n")[0], "line": None}))
        _send('{"idle":true}')


def _send(line: str) -> None:
    data = memoryview(line.encode("utf-8", "replace") + b"\n")
    try:
        while data:
            data = data[os.write(0, data) :]
    except OSError:
        os._exit(1)  # nobody listens any more


def _confine(addresses: int) -> None:
    """Give up what the engine needs not, should a script ever break out of it: files, and memory without end."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))


def _bound_time(seconds: float) -> None:
    """Let the system end this process when a call has computed too long and nobody else is there to end it."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


if __name__ == "__main__":
    main(sys.argv[1])
