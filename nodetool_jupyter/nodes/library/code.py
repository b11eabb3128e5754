"""``nodetool.code``: code that stands in the graph."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import Node, Outputs, family

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.script import Script

node = family("nodetool.code", inline=False)

# A call, or its name handed on; a false find only means that more care is taken.
_EMITS = re.compile(r"\boutput\s*\(|[=(,]\s*output\s*[;,)\n]")


def _refused(values: Mapping[str, Any]) -> str:
    packages = values.get("packages") or []
    if packages:
        named = ", ".join(repr(_name(package)) for package in packages)
        return f"its packages cannot be had here ({named}); a script has the language itself and nothing else"
    if values.get("allow_local_network"):
        return "allow_local_network cannot be granted: a script reaches no network here"
    if values.get("allow_host_filesystem"):
        return "allow_host_filesystem cannot be granted: a script reaches no files here"
    return ""


def _name(package: Any) -> str:
    return str(package.get("name", package)) if isinstance(package, Mapping) else str(package)


def _emits(values: Mapping[str, Any]) -> bool:
    return "code" not in values or _EMITS.search(str(values["code"])) is not None


class Code(
    Node, namespace="nodetool.code", requires=("quickjs",), extra="js", refuses=_refused, streams_if=_emits
):  # fmt: skip
    """Run JavaScript: the keys of the object it returns are outputs, anything else it returns goes to ``output``.

    The node's further inputs are ``inputs.name``, and globals. ``await output(name, value)`` sends at once, ``state``
    lives from item to item, ``console.log`` writes into the job's log. There is no network, file or package.
    ``timeout`` is in seconds of its own computing; a script has 256 MB of memory. Bytes are ``Uint8Array``.
    """

    _script: Script | None = None

    def setup(self, ctx: NodeContext) -> None:
        """Keep one script for the node's life."""
        from nodetool_jupyter.nodes.script import Script  # brings asyncio, which is slow to import

        self._script = Script(ctx)

    def teardown(self) -> None:
        """End its process."""
        if self._script is not None:
            self._script.stop()

    async def process(
        self,
        /,
        code: str = "return {};",
        packages: list[Any] = [],
        timeout: float = 30,
        max_response_mb: float = 8,
        allow_local_network: bool = False,
        allow_host_filesystem: bool = False,
        **inputs: Any,
    ) -> AsyncIterator[Outputs]:
        """Run the code once, for one set of inputs."""
        asked = {"packages": packages, "allow_local_network": allow_local_network}
        refused = _refused({**asked, "allow_host_filesystem": allow_host_filesystem})
        if refused:
            raise ValueError(refused)
        assert self._script is not None
        async for name, value in self._script.run(code, inputs, timeout, max_response_mb):
            yield Outputs({name: value})


from nodetool_jupyter.nodes.library import code_program  # noqa: E402, F401
