"""The families of ``lib.pillow``, NodeTool's names of 2025, a module each."""
