"""``nodetool`` and ``python -m nodetool_jupyter``: the command line, and what a runner begins with."""

import gc
import sys


def main() -> int:
    """Run the command line, or become a runner; returns the exit code."""
    text = None
    if sys.argv[1:] == ["run", "--stdin", "--jsonl"]:
        # A runner, which a job waits for: the command line's grammar is not loaded for it, and the garbage collector
        # would look in vain through all that imports make.
        gc.disable()
        from nodetool_jupyter.execution import child

        text = child.read_stdin()
        if child.is_for_runner(text):
            return child.main(text)
    from nodetool_jupyter import cli

    return cli.main(stdin=text)


if __name__ == "__main__":
    sys.exit(main())
