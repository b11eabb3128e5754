"""Run a notebook without a browser and print what its cells show: ``python notebooks/execute.py FILE``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def shown(output: Any) -> str:
    """Return one output of a cell as text; pictures by their size."""
    if output.output_type == "stream":
        return str(output.text).rstrip()
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data = output.get("data", {})
    if "image/png" in data:
        return f"[a picture, {len(data['image/png']) * 3 // 4 // 1024} KB]"
    return str(data.get("text/plain", "")).rstrip()


def main(path: Path) -> int:
    """Execute the notebook at ``path`` in memory and print its outputs; the file itself is not changed."""
    notebook = nbformat.read(path, as_version=4)
    quiet = ["--log-level=40"]  # the kernel warns that it listens on loopback, which it should
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where, extra_arguments=quiet)
    code = 0
    try:
        client.execute()
    except CellExecutionError:
        code = 1
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            print("\n" + cell.source.strip())
        elif cell.cell_type == "code":
            print("\n" + "\n".join(f">>> {line}" for line in cell.source.strip().splitlines()))
            for output in cell.outputs:
                text = shown(output)
                if text:
                    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
