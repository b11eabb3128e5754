"""What the nodes of ``nodetool.data`` mean: making tables, their columns and rows, CSV."""

import copy
import datetime as dt

import pytest

from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.define import NOTHING
from nodetool_jupyter.nodes.library import data as d

DAY = dt.date(2026, 7, 29)
TEAS = {
    "rows": [
        {"tea": "green", "cups": 10, "iced": True},
        {"tea": "black", "cups": 9.5, "iced": False},
        {"tea": "red", "cups": None, "iced": False},
        {"tea": "mate"},
    ]
}
GREEN, BLACK, RED, MATE = TEAS["rows"]
GAPS = {"rows": [{"n": None, "t": "a"}, {"n": 1}, {"n": None, "t": "b"}, {"n": 4, "t": None}, {"t": "c"}]}


def rows(*found):
    return {"rows": list(found)}


def column(cells, name="a"):
    return {"rows": [{name: cell} for cell in cells]}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (d.FromList([{"a": 1, "b": "x"}, {"b": None}]), rows({"a": 1, "b": "x"}, {"b": None})),
        (d.FromList([{"a": {"value": 3}, "b": {"value": [1]}}]), rows({"a": 3, "b": "[1]"})),
        (d.FromList([{"a": [1, 2], "b": {"k": 1}, "c": DAY}]), rows({"a": "[1, 2]", "b": '{"k": 1}', "c": DAY})),
        (d.FromList([{1: True}, {2: float("nan")}]), rows({"1": True}, {"2": None})),
        (d.FromList([]), rows()),
        (d.JSONToDataframe('[{"a": 1}, {"a": null, "b": [2]}]'), rows({"a": 1}, {"a": None, "b": [2]})),
        (d.JSONToDataframe('[{"a": NaN}]'), rows({"a": None})),
        (d.JSONToDataframe('{"rows": [{"a": 1}]}'), rows({"a": 1})),
        (d.ToList(TEAS), TEAS["rows"]),
        (d.ToList(), []),
        (d.Schema({"type": "record_type", "columns": [1]}), {"type": "record_type", "columns": [1]}),
        (d.Schema(), {"type": "record_type", "columns": []}),
        (list(d.ForEachRow(column([1, 2]))), [{"row": {"a": 1}, "index": 0}, {"row": {"a": 2}, "index": 1}]),
        (list(d.ForEachRow(None)), []),
        (list(d.RowIterator(column([1]))), [{"dict": {"a": 1}, "index": 0}]),
        (d.FilterNone(0), 0),
        (d.FilterNone(None), NOTHING),
        (d.SelectColumn(rows({"a": 1, "b": 2}), "b, a"), rows({"b": 2, "a": 1})),
        (d.SelectColumn(rows({"a": 1}, {"b": 2}), "b"), rows({"b": None}, {"b": 2})),
        (d.SelectColumn(rows({"a,b": 1, "c": 2}), "a,b"), rows({"a,b": 1})),
        (d.SelectColumn(rows(), "anything"), rows()),
        (d.ExtractColumn(TEAS, "cups"), [10, 9.5, None, None]),
        (d.ExtractColumn(rows(), "cups"), []),
        (d.AddColumn(column([1, 2]), "b", [3, 4]), rows({"a": 1, "b": 3}, {"a": 2, "b": 4})),
        (d.AddColumn(column([1, 2]), "b", [3]), rows({"a": 1, "b": 3}, {"a": 2, "b": None})),
        (d.AddColumn(column([1]), "a", [5, 6]), rows({"a": 5})),
        (d.AddColumn(rows(), "a", [5]), rows()),
        (d.Rename(rows({"a": 1, "b": 2}), "a:b, b:a"), rows({"b": 1, "a": 2})),
        (d.Rename(rows({"a": 1, "b": 2}), "b:c,gone:x"), rows({"a": 1, "c": 2})),
        (d.Rename(rows({"a": 1, "b": 2}), "a:b"), rows({"b": 1})),
        (d.Rename(rows({"a": 1}), ""), rows({"a": 1})),
        (d.Slice(column([1, 2, 3]), 1), column([2, 3])),
        (d.Slice(column([1, 2, 3]), 0, 2), column([1, 2])),
        (d.Slice(column([1, 2, 3]), 0, 0), rows()),
        (d.Slice(column([1, 2, 3]), 0, -2), column([1])),
        (d.Slice(column([1, 2, 3]), -1), column([3])),
        (d.Slice(column([1]), 5, 9), rows()),
        (d.SortByColumn(column([10, 9.5, -1]), "a"), column([-1, 9.5, 10])),
        (d.SortByColumn(column(["b", "10", "9"]), "a"), column(["10", "9", "b"])),
        (d.SortByColumn(column([None, "b", 2, "a", 1]), "a"), column([1, 2, "a", "b", None])),
        (d.SortByColumn(column([True, False]), "a"), column([False, True])),
        (d.SortByColumn(rows({"a": 1, "n": 1}, {"n": 2}, {"a": 1, "n": 3}), "a")["rows"][1], {"a": 1, "n": 3}),
        (d.SortByColumn(rows(), "a"), rows()),
        (d.DropDuplicates(column([1, "1", True, 1.0, None, 1])), column([1, "1", True, None])),
        (d.DropDuplicates(rows({"a": 1, "b": 2}, {"b": 2, "a": 1})), rows({"a": 1, "b": 2})),
        (d.DropDuplicates(column([[1], [2], [1]])), column([[1], [2]])),
        (d.DropNA(TEAS), rows(GREEN, BLACK)),
        (d.DropNA(column(["", 0, False])), column(["", 0, False])),
        (d.ExtractColumn(d.FillNA(GAPS), "n"), [0, 1, 0, 4, 0]),
        (d.FillNA(rows({"a": 1}, {"b": 2})), rows({"a": 1, "b": 0}, {"b": 2, "a": 0})),
        (d.FillNA(column([None, 1]), value="-"), column(["-", 1])),
        (d.FillNA(rows({"a": None, "b": None}), 7, columns="b"), rows({"a": None, "b": 7})),
        (d.ExtractColumn(d.FillNA(GAPS, method="forward"), "n"), [None, 1, 1, 4, 4]),
        (d.ExtractColumn(d.FillNA(GAPS, method="backward"), "n"), [1, 1, 4, 4, None]),
        (d.ExtractColumn(d.FillNA(GAPS, method="mean"), "n"), [2.5, 1, 2.5, 4, 2.5]),
        (d.ExtractColumn(d.FillNA(column([None, 1, 2, 9]), method="median"), "a"), [2, 1, 2, 9]),
        (d.ExtractColumn(d.FillNA(GAPS, method="mean"), "t"), ["a", None, "b", None, "c"]),
        (d.FillNA(rows(), columns="a"), rows()),
    ],
)
def test_meaning(result, expected):
    assert repr(result) == repr(expected)  # which tells 1 from 1.0 and true, and has the order of columns


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("", [0, 1, 2, 3]),
        ("cups > 9", [0, 1]),
        ("cups === 10", [0]),
        ('tea === "green" or tea === "red"', [0, 2]),
        ("cups > 5 and not iced", [1]),
        ('tea !== "salt and pepper"', [0, 1, 2, 3]),
        ("tea.length === 5", [0, 1]),
        ("cups >= 0", [0, 1, 2]),  # null is 0 to JavaScript, and a row that lacks the column fails
        ("cups == null", [2]),
        ("9 <= cups <= 9.7", [0, 1, 2]),  # true <= 9.7: JavaScript's reading wins over the chain
        ('row["tea"] === "mate"', [3]),
        ("nobody > 1", []),
        ("tea.nobody.at > 1", []),
        ("tea in ['green', 'red']", [0, 2]),  # from here on only pandas reads it
        ("tea not in ['green', 'red']", [1, 3]),
        ("tea.str.contains('a')", [1, 3]),
        ("tea.str.len() == 3", [2]),
        ("cups.isnull()", [2, 3]),
        ("iced == True", [0]),
        ("iced == False and cups > 1", [1]),
        ("tea == 'True'", []),
        ("(cups > 9) & (tea == 'black')", [1]),
    ],
)
def test_conditions(condition, kept):
    assert d.Filter(TEAS, condition) == rows(*[TEAS["rows"][index] for index in kept])
    assert d.FindRow(TEAS, condition) == rows(*[TEAS["rows"][index] for index in kept[:1]])


def test_a_condition_over_nothing_keeps_nothing():
    assert d.Filter(None, "a > 1") == d.FindRow({"rows": []}, "a > 1") == rows()


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("teaa === 'green'", ["no row was kept; for the first one, 'teaa' is not defined; there are row, tea"]),
        ("cups > 99", []),
        ("tea in ['blue']", []),
    ],
)
def test_a_condition_that_cannot_hold_is_told(condition, said):
    run = TrialRun()
    d.Filter(TEAS, condition, ctx=NodeContext(run, "n"))
    assert [content[: len(said[0])] for kind, (_, content) in run.reports if kind == "log"] == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("team,score\nA,10\nB,5", [{"team": "A", "score": 10}, {"team": "B", "score": 5}]),
        ("a\n1.5\n-2\n+3\n.5\n1e3\n11.0\n", [{"a": n} for n in (1.5, -2, 3, 0.5, 1000, 11)]),
        ("a\ntrue\nFALSE\nTrueish\n", [{"a": True}, {"a": False}, {"a": "Trueish"}]),
        ("a,b\n,x\n", [{"a": None, "b": "x"}]),
        ("a,b\n\n1,2\r\n   \r3,4\n", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        ('a,b\n"two\nlines, and ""more""",1\n', [{"a": 'two\nlines, and "more"', "b": 1}]),
        ("\ufeffa\n1", [{"a": 1}]),
        ("a,a, b ,\n1,2,3,4", [{"a": 1, "a.1": 2, "b": 3, "Unnamed: 3": 4}]),
        ("a,b\n1\n2,3,,\n", [{"a": 1, "b": None}, {"a": 2, "b": 3}]),
        (
            "a\n 7 \n x \nInfinity\nnan\n0x1F\n1_000\n",
            [{"a": c} for c in (7, " x ", "Infinity", "nan", "0x1F", "1_000")],
        ),
        ("a\n1e999\n٣\n", [{"a": "1e999"}, {"a": "٣"}]),
        ("a\n12345678901234567890\n", [{"a": 12345678901234567890}]),
        ("a\n" + "9" * 5000 + "\n", [{"a": "9" * 5000}]),
        ("a,b\n", []),
        ("", []),
    ],
)
def test_csv_is_read(text, expected):
    found = d.ImportCSV(text)
    assert repr(found) == repr({"rows": expected})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d.FromList([{}, "x"]), "item 1 is str, not a dictionary"),
        (lambda: d.JSONToDataframe("{"), "the text is not JSON"),
        (lambda: d.JSONToDataframe("3"), "the JSON is int, no table"),
        (lambda: d.ImportCSV("a,b\n1,2\n1,2,3"), "line 3 has 3 cells, the first line names 2 columns"),
        (lambda: d.ImportCSV('a\n"' + "x" * 200_000 + '"'), "line 2 is no CSV: field larger"),
        (lambda: d.LoadCSVFile("/no/such.csv"), "there is no file '/no/such.csv'"),
        (lambda: d.LoadCSVFile("/"), "'/' cannot be read"),
        (lambda: d.SelectColumn(TEAS, "tea,cup"), "no column 'cup': did you mean 'cups'"),
        (lambda: d.SelectColumn(TEAS, " , "), "columns names no column"),
        (lambda: d.SelectColumn(TEAS), "columns names no column"),
        (lambda: d.ExtractColumn(TEAS, "teas"), "ExtractColumn: there is no column 'teas': did you mean 'tea'"),
        (lambda: d.ExtractColumn(TEAS), "column_name names no column"),
        (lambda: d.AddColumn(TEAS), "column_name names no column"),
        (lambda: d.Rename(TEAS, "tea"), "'tea'; a pair is written 'old:new'"),
        (lambda: d.SortByColumn(TEAS, "x"), "SortByColumn: there is no column 'x': valid: cups, iced, tea"),
        (lambda: d.FillNA(TEAS, columns="x"), "FillNA: there is no column 'x'"),
        (lambda: d.Filter(TEAS, "tea =="), "does not read"),
        (lambda: d.Filter(TEAS, "tea.frobnicate()"), "no method 'frobnicate'"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.fixture
def given():
    """A table that a test hands to a node, and that must be the same afterwards."""
    table = copy.deepcopy(TEAS)
    yield table
    assert table == TEAS


@pytest.mark.parametrize(
    "call",
    [
        d.DropDuplicates,
        d.DropNA,
        d.FillNA,
        lambda t: d.FillNA(t, method="forward"),
        lambda t: d.SortByColumn(t, "cups"),
        lambda t: d.AddColumn(t, "tea", [1, 2, 3, 4]),
        lambda t: d.Rename(t, "tea:cups"),
        lambda t: d.Append(t, t),
        lambda t: d.Merge(t, t),
        lambda t: d.Join(t, t, "tea"),
        lambda t: d.Aggregate(t, "tea"),
    ],
)
def test_no_node_changes_its_input(given, call):
    assert call(given)["rows"] is not given["rows"]


class RunIn(TrialRun):
    """A run whose scratch folder is the test's."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def scratch(self, node_id):
        return self.folder


WRITTEN = "tea,cups,iced\ngreen,10,true\nblack,9.5,false\nred,,false\nmate,,\n"


def test_a_table_is_saved_below_the_jobs_folder_and_handed_on(tmp_path):
    found = d.SaveCSVDataframeFile(NodeContext(RunIn(tmp_path), "n"), TEAS, "out", "teas.csv")
    assert (tmp_path / "out" / "teas.csv").read_bytes().decode() == WRITTEN
    assert found == TEAS


def test_what_is_saved_can_be_loaded(tmp_path):
    table = rows({"t": 'quo"te,\nline', "n": 1.5, "b": True, "é": None})
    d.SaveDataframe(NodeContext(RunIn(tmp_path), "n"), table, str(tmp_path), "a.csv")
    assert d.LoadCSVFile(str(tmp_path / "a.csv")) == table


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [
        (None, "", "scratch/output.csv"),
        ({"type": "folder", "uri": "", "asset_id": None, "data": None}, "x.csv", "scratch/x.csv"),
        ({"type": "folder", "uri": "file://{tmp}/a%20b"}, "x.csv", "a b/x.csv"),
        ("file://{tmp}/new", "x.csv", "new/x.csv"),
    ],
)
def test_a_folder_may_be_a_reference(tmp_path, folder, name, path):
    if isinstance(folder, dict):
        folder = {**folder, "uri": folder["uri"].format(tmp=tmp_path)}
    elif folder:
        folder = folder.format(tmp=tmp_path)
    d.SaveDataframe(NodeContext(RunIn(tmp_path / "scratch"), "n"), TEAS, folder, name)
    assert (tmp_path / path).read_bytes().decode() == WRITTEN


def test_the_time_stands_in_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr("nodetool_jupyter.clock.current.time", lambda: dt.datetime(2026, 7, 29, 12).timestamp())
    d.SaveDataframe(NodeContext(RunIn(tmp_path), "n"), TEAS, name="teas-%Y-%m-%d.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["teas-2026-07-29.csv"]


def test_a_table_is_not_saved_outside_by_a_relative_path(tmp_path):
    with pytest.raises(ValueError, match="leads out of the job's folder"):
        d.SaveDataframe(NodeContext(RunIn(tmp_path), "n"), TEAS, name="../x.csv")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"a\n\xff\xfe")
    with pytest.raises(ValueError, match="cannot be read: 'utf-8' codec"):
        d.LoadCSVFile(str(tmp_path / "x.csv"))
