"""``nodetool.text``: filling templates. The inputs of the node are the names that the template may use."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.define import family

node = family("nodetool.text", inline=False)


def _render(template: str, names: dict[str, Any]) -> str:
    from nodetool_jupyter.nodes.template import render

    return render(template, names)


@node
def FormatText(template: str = "", **inputs: Any) -> str:
    """Fill ``{{ name }}`` and ``{name}`` in a template with the inputs of those names."""
    return _render(template, inputs)


@node
def Prompt(prompt: str = "", **inputs: Any) -> str:
    """Fill ``{{ name }}`` and ``{name}`` in a prompt with the inputs of those names."""
    return _render(prompt, inputs)


@node
def Template(string: str = "", values: Any = {}, **inputs: Any) -> str:
    """Fill ``{{ name }}`` and ``{name}`` in a text with ``values`` and the inputs of those names."""
    return _render(string, {**(values if isinstance(values, dict) else {}), **inputs})
