"""``python -m nodetool_jupyter``: the command line, for environments whose scripts are not on the path."""

import sys

from nodetool_jupyter.cli import main

sys.exit(main())
