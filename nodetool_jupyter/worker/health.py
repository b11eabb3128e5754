"""``python -m nodetool_jupyter.worker.health [PORT]``: is the worker of this machine well? For checks of images.

It exits with 0 when ``GET /health`` on loopback answers 200, and with 1 and a sentence else. It imports nothing but
what asking takes, since it is started every half a minute.
"""

from __future__ import annotations

import http.client
import ssl
import sys

PORT = 7777  # what images listen on
PATIENCE = 4.0  # seconds for an answer; a check has two of them


def fault(port: int = PORT) -> str | None:
    """Return what is wrong with the worker on a port of this machine, or nothing."""
    try:
        status = _status(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE))
    except ConnectionRefusedError:
        return f"nothing listens on port {port}"
    except (OSError, http.client.HTTPException):
        # It speaks TLS, by a certificate for another name than this.
        try:
            context = ssl._create_unverified_context()  # noqa: S323  # of ourselves, and nothing is told
            status = _status(http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=context))
        except (OSError, http.client.HTTPException) as error:
            return f"what listens on port {port} does not answer: {error}"
    return None if status == http.client.OK else f"the worker is not well: status {status}"


def _status(connection: http.client.HTTPConnection) -> int:
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    """Say what is wrong, if anything is; returns the exit code."""
    wrong = fault(int(arguments[0]) if arguments else PORT)
    if wrong is not None:
        print(wrong, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
