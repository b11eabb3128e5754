"""A request that a client sends: what may stand in it, and what the administrator lets through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nodetool_jupyter.api.files import read_request
from nodetool_jupyter.api.submission import EVERY, MOST, Rules, check_names
from nodetool_jupyter.api.submit import request_for
from nodetool_jupyter.errors import InvalidRequest, Refused
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.server.problems import Problem

_KEY = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the administrator has decided; see the traits of :class:`~.extension.NodetoolExtension`.

    ``root`` is the folder that notebooks' paths begin at.
    """

    separate_users: bool = False
    strategies: tuple[str, ...] = (EVERY,)
    default_strategy: str = "subprocess"
    permissions: tuple[str, ...] = ("shell", "python")
    root: str = ""

    def check(self, request: RunJobRequest) -> None:
        """Refuse a request that is sent here and may not be; raises a 403 :class:`Problem`."""
        try:
            Rules(self.strategies, self.permissions).check(request)
        except Refused as error:
            raise Problem(403, "forbidden", str(error), "the administrator of this server decides that") from None


def read_submission(data: object, key: str, user: str, policy: Policy) -> RunJobRequest:
    """Read the body of a submission; ``key`` is the header's Idempotency-Key, empty for none.

    Raises :class:`Problem`, and what reading a request raises.
    """
    if not isinstance(data, Mapping):
        raise InvalidRequest("the body must be an object with 'graph'")
    check_names(data)
    fields = {name: value for name, value in data.items() if name != "auth_token" and value is not None}
    if key:
        if not _KEY.fullmatch(key):
            raise InvalidRequest("the Idempotency-Key must be 1 to 255 printable characters")
        if fields.setdefault("idempotency_key", key) != key:
            raise InvalidRequest("the header Idempotency-Key and the field 'idempotency_key' name two keys")
    if "strategy" not in fields and "execution_strategy" not in fields:
        fields["strategy"] = policy.default_strategy
    notebook = fields.pop("notebook", None)
    work = read_request(fields)
    check_size(work.flow.graph)
    request = request_for(work.flow, {}, fixed=work.request)
    policy.check(request)
    return request.model_copy(update={"user_id": user, "notebook": _below_root(notebook, policy.root)})


def check_size(graph: Graph) -> None:
    """Refuse a workflow that would take too long to look over; raises a 413 :class:`Problem`."""
    if (size := len(graph.nodes) + len(graph.edges)) > MOST:
        raise Problem(413, "too_large", f"the workflow has {size} nodes and edges; {MOST} are looked over at most")


def _below_root(notebook: object, root: str) -> str | None:
    """Return where a notebook is that a client names by its path below the server's root."""
    if notebook is None or not root:
        return None
    if not isinstance(notebook, str) or not notebook.endswith(".ipynb") or len(notebook) > 1024:
        raise InvalidRequest("'notebook' must be the path of a notebook, relative to the server's root")
    path = PurePosixPath(notebook)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidRequest("'notebook' must lie below the server's root")
    return str(Path(root, *path.parts))


def relative_to_root(notebook: str | None, root: str) -> str | None:
    """Return a notebook's path as a Jupyter server names it; ``None`` for one that is not below its root."""
    if not notebook or not root:
        return None
    try:
        found = Path(notebook).relative_to(root)
    except ValueError:
        return None
    return None if ".." in found.parts else found.as_posix()
