"""Clients of other programs' sockets: NodeTool's worker protocol, and the Jupyter server that a kernel belongs to."""
