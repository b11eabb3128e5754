"""Jobs of a test's JupyterLab server, made and looked at by its API as a script does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.labextension.pages import Lab

PATIENCE = 20.0  # seconds that an answer may take

SHOUT: dict[str, Any] = {
    "nodes": [
        {"id": "in", "type": "nodetool.input.StringInput", "data": {"name": "text", "value": "abc"}},
        {"id": "up", "type": "nodetool.text.ToUppercase", "data": {}},
        {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [
        {"source": "in", "sourceHandle": "output", "target": "up", "targetHandle": "text"},
        {"source": "up", "sourceHandle": "output", "target": "out", "targetHandle": "value"},
    ],
}
# What waits until it is cancelled, and what fails at once.
WAIT = {"nodes": [{"id": "w", "type": "nodetool.triggers.Wait", "data": {"name": "w"}}], "edges": []}
FAIL = {
    "nodes": [
        {"id": "f", "type": "nodetool.text.RegexReplace", "data": {"text": "a", "pattern": "(", "replacement": ""}}
    ],
    "edges": [],
}


def ask(lab: Lab, method: str, path: str, body: Any = None) -> Any:
    """Send a request to the API and return the JSON of its answer; None where it has none."""
    request = urllib.request.Request(
        f"{lab.url}/nodetool/api/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {lab.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        read = answer.read()
    return json.loads(read) if read else None


def submit(lab: Lab, graph: dict[str, Any], name: str) -> str:
    """Submit a job that runs in the server's own process, and return its id."""
    return str(ask(lab, "POST", "jobs", {"graph": graph, "name": name, "strategy": "threaded"})["id"])


def ended(lab: Lab, job: str) -> dict[str, Any]:
    """Follow a job's events to its end, and return its record."""
    request = urllib.request.Request(
        f"{lab.url}/nodetool/api/jobs/{job}/events", headers={"Authorization": f"token {lab.token}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as stream:
        for line in stream:
            if line.startswith(b"event: end"):
                break
    found: dict[str, Any] = ask(lab, "GET", f"jobs/{job}")["job"]
    return found


def there(lab: Lab, job: str) -> bool:
    """Tell whether the server knows a job."""
    try:
        ask(lab, "GET", f"jobs/{job}")
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return False
    return True
