"""Node types as data, in the form of NodeTool's ``discover`` reply."""

from __future__ import annotations

from typing import Any

from nodetool_jupyter.nodes.define import MISSING, NodeType
from nodetool_jupyter.values import inline


def describe(node_type: NodeType) -> dict[str, Any]:
    """Return one node type as NodeTool's worker describes it, with our declarations beside.

    Keys: node_type, title, description, namespace, properties, outputs, required_settings, is_streaming_output,
    is_streaming_input, is_dynamic, and where declared: secrets, timeout, requires_gpu, memory,
    requires, extra, permission, and of a type that is on a worker: worker, requires_vram_gb, retry.
    """
    plain: dict[str, Any] = {
        "node_type": node_type.name,
        "title": node_type.title,
        "namespace": node_type.namespace,
        "description": node_type.description,
        "properties": [_property(prop) for prop in node_type.properties.values()],
        "outputs": [
            {"name": output.name, "type": output.type.metadata(), "stream": node_type.streams_out}
            for output in node_type.outputs.values()
        ],
        "required_settings": list(node_type.settings),
        "recommended_models": [],
        "is_streaming_output": node_type.streams_out,
        "is_streaming_input": node_type.streams_in,
        "is_dynamic": node_type.dynamic_inputs,
    }
    if node_type.dynamic_outputs:
        plain["supports_dynamic_outputs"] = True
    declared = {
        "secrets": list(node_type.secrets),
        "timeout": node_type.timeout,
        "requires_gpu": node_type.gpu,
        "memory": node_type.memory,
        "requires": list(node_type.requires),
        "extra": node_type.extra,
        "permission": node_type.permission,
    }
    if node_type.placement is not None:
        placement = node_type.placement
        declared |= {"worker": placement.worker, "retry": placement.retry, "secrets": list(placement.secrets)}
        declared["requires_vram_gb"] = placement.requires_vram_gb
    return plain | {name: value for name, value in declared.items() if value}


def _property(prop: Any) -> dict[str, Any]:
    plain = {"name": prop.name, "type": prop.type.metadata(), "required": prop.required}
    if prop.default is not MISSING:
        plain["default"] = inline(prop.default)
    return plain
