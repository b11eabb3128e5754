"""A worker: runs single nodes for others over a socket or a pipe, in NodeTool's protocol, version 6.

``nodetool worker serve``, or ``python -m nodetool_jupyter.worker``. One process, two kinds of loops: the control loop
reads and writes frames and never runs a node; each node runs on an engine thread of its own.
"""
