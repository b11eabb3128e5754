"""Writes ``server-traits.md`` from the traits of the server extension: ``python -m docs.reference.server_traits``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from nodetool_jupyter.server.extension import NodetoolExtension
from nodetool_jupyter.traits import SettingTrait

TARGET = Path(__file__).with_name("server-traits.md")

_HEAD = """\
# Traits of the server extension

<!-- made by docs/reference/server_traits.py (make reference); changes belong there -->

In `jupyter_server_config.py`, or `jupyter_server_config.d/*.json`:

```python
c.NodetoolExtension.separate_users = True
c.NodetoolExtension.allowed_strategies = ["subprocess", "docker"]
c.NodetoolExtension.docker_memory_limit = "4g"
```

On the command line: `jupyter lab --NodetoolExtension.separate_users=True`. How they play together is told in
[server.md](../operators/server.md).

## What the server lets through

| Trait | Default | Meaning |
|---|---|---|
"""
_SETTINGS = """
## Settings of the package

Each is set for the server's process, in the place of its variable; kernels have their own (`%config NodetoolMagics`,
or the variable). A value that cannot be is told in the server's log, and not used.

| Trait | Variable | Default | Meaning |
|---|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    own, settings = [], []
    for name, trait in sorted(NodetoolExtension.class_own_traits(config=True).items()):
        if isinstance(trait, SettingTrait):
            setting = trait.setting
            meaning = _cell(setting.meaning)
            settings.append(f"| `{name}` | `{setting.name}` | {_default(setting.default)} | {meaning} |")
        else:
            own.append(f"| `{name}` | {_default(trait.default())} | {_cell(trait.help)} |")
    return _HEAD + "\n".join(own) + "\n" + _SETTINGS + "\n".join(settings) + "\n"


def _default(value: Any) -> str:
    return "" if value == "" else f"`{_cell(value if isinstance(value, str) else repr(value))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(page())
    sys.stdout.write(f"{TARGET}\n")
