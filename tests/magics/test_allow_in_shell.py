"""What a cell allows its workflow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.magics.test_magic_in_shell import refusal, run

CELL = "nodetool.code.RunShellCommand(command='echo ran')\n"


@pytest.mark.parametrize("line", ["--allow shell", "--allow python,shell", "--allow python --allow shell"])
def test_a_command_runs_where_the_cell_allows_it(shell: Any, line: str) -> None:
    assert list(run(shell, line, CELL).values()) == ["ran\n", ""]


def test_a_cell_that_was_only_pasted_runs_no_command(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs the permission 'shell'" in refusal(shell, capsys, "", CELL)
