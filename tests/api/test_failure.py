"""A failure in another process, as people meet it: the log's text, the notebook's line, one screen."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import pytest

from nodetool_jupyter.api import failure
from nodetool_jupyter.errors import JobError, ReportedFailure
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.state import outputs

TRACE = """Traceback (most recent call last):
  File "In[2]", line 7, in <module>
  File "In[3]", line 2, in shout
    raise ValueError("bad")
  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s)
               ^^^^^^^^^^^^^^^^^^
ValueError: bad
"""


def ended(folder: Path, trace: str | None, cause: BaseException | None = None) -> JobError:
    """Return the error of a job whose log ends with this traceback."""
    event = JobUpdate(status="error", reason="node_failed", error="ValueError: bad", traceback=trace)
    with pytest.raises(JobError) as caught:
        outputs(JobFolder(str(folder), "abc"), event, cause)
    return caught.value


def noted(folder: Path, trace: str) -> list[str]:
    return failure.where(ended(folder, trace), {})


def test_the_error_is_chained_from_what_the_other_process_told(tmp_path: Path) -> None:
    cause = ended(tmp_path, TRACE).__cause__
    assert isinstance(cause, ReportedFailure)
    assert (str(cause), cause.traceback) == ("ValueError: bad", TRACE)


def test_an_exception_of_this_process_goes_before_its_text(tmp_path: Path) -> None:
    own = ValueError("bad")
    assert ended(tmp_path, TRACE, own).__cause__ is own


def test_an_end_without_a_traceback_has_no_cause(tmp_path: Path) -> None:
    assert ended(tmp_path, None).__cause__ is None


def test_python_shows_the_other_processs_traceback(tmp_path: Path) -> None:
    shown = "".join(traceback.format_exception(ended(tmp_path, TRACE)))
    assert TRACE in shown


def test_a_told_failure_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(ReportedFailure("ValueError: bad", TRACE)))
    assert (str(again), again.traceback, again.__notes__) == ("ValueError: bad", TRACE, [TRACE.rstrip("\n")])


def test_the_last_line_of_the_notebook_is_noted(tmp_path: Path) -> None:
    assert noted(tmp_path, TRACE) == ['it failed in line 2 of In[3], in shout: raise ValueError("bad")']


def test_a_frame_without_its_line_is_noted_without(tmp_path: Path) -> None:
    trace = TRACE.replace('    raise ValueError("bad")\n', "")
    assert noted(tmp_path, trace) == ["it failed in line 2 of In[3], in shout"]


def test_a_last_frame_without_its_line_is_noted_without(tmp_path: Path) -> None:
    trace = 'Traceback (most recent call last):\n  File "In[3]", line 2, in shout\nValueError: bad\n'
    assert noted(tmp_path, trace) == ["it failed in line 2 of In[3], in shout"]


def test_the_line_of_the_exception_that_counts_is_noted(tmp_path: Path) -> None:
    first = 'Traceback (most recent call last):\n  File "In[1]", line 1, in f\n    1 / 0\nZeroDivisionError: zero\n'
    between = "\nThe above exception was the direct cause of the following exception:\n\n"
    assert noted(tmp_path, first + between + TRACE) == [
        'it failed in line 2 of In[3], in shout: raise ValueError("bad")'
    ]


def test_a_traceback_of_files_alone_gives_no_note(tmp_path: Path) -> None:
    assert noted(tmp_path, TRACE.replace("In[", "/home/me/In[")) == []


def test_one_screen_says_what_the_node_raised(tmp_path: Path) -> None:
    error = ended(tmp_path, TRACE)
    failure.place(error, {})
    assert failure.screen(error).splitlines() == [
        "JobError: job abc ended as error (node_failed)",
        "  ValueError: bad",
        '  it failed in line 2 of In[3], in shout: raise ValueError("bad")',
    ]
