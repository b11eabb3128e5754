"""What the nodes of ``nodetool.text`` mean; streams are in test_library_control."""

import importlib.util

import pytest

from nodetool_jupyter.nodes.define import NOTHING
from nodetool_jupyter.nodes.library import text as t

PAGE = (
    "<html><head><title>no</title><style>p{}</style></head><body><h2>News</h2><p>One  <b>bold</b>\n word.</p>"
    "<ul><li>a</li><li>b</li></ul><ol><li>x</li></ol><a href='/l'>link</a> <a href='mailto:a@b.c'>mail</a>"
    "<img src='p.png' alt='pic'><script>x()</script>&amp;</body></html>"
)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (t.Concat("Node", "Tool"), "NodeTool"),
        (t.Concat("a", 2.0, c=True, d=None), "a2true"),
        (t.Join(["a", 1, None], "-"), "a-1-"),
        (t.Split("a,b,,c"), ["a", "b", "", "c"]),
        (t.Split("abc", ""), ["a", "b", "c"]),
        (t.Chunk("a b c d e", length=2), ["a b", "c d", "e"]),
        (t.Chunk("a b c d e", length=3, overlap=1), ["a b c", "c d e", "e"]),
        (t.Chunk("abcd", length=3, separator=""), ["abc", "d"]),
        (t.Replace("a.a.a", ".", "-"), "a-a-a"),
        (t.Extract("hello nodetool", 6, 14), "nodetool"),
        (t.Extract("hello", 2), "llo"),
        (t.Extract("hello", 1, -1), "ell"),
        (t.Slice("hello", 1, 4), "ell"),
        (t.Slice("hello", 4, 0, -1), "olleh"),
        (t.Slice("a😀b", 1, 2), "😀"),
        (t.ToString(2.0), "2"),
        (t.ToString({"a": 1}), '{"a": 1}'),
        (t.ToString(None), ""),
        (t.ToString("a", mode="repr"), '"a"'),
        (t.ToString(True), "true"),
        (t.ParseJSON('{"a": [1]}'), {"a": [1]}),
        (t.ExtractJSON('{"a": {"b": 1}, "c": 2}', "$.a.b"), 1),
        (t.ExtractJSON('{"a": {"b": 1}}', "a.b"), 1),
        (t.ExtractJSON('{"a": 1, "c": 2}', find_all=True), [1, 2]),
        (t.ExtractJSON('{"o": [{"n": 1}, {"n": 2}]}', "$.o[*].n", find_all=True), [1, 2]),
        (t.ExtractJSON('{"o": [{"n": 1}, {"n": 2}]}', "$.o[-1].n"), 2),
        (t.ExtractJSON('{"x": {"n": 1, "y": [{"n": 2}]}}', "$..n", find_all=True), [1, 2]),
        (t.ExtractJSON('{"a b": 1}', '$["a b"]'), 1),
        (t.ExtractJSON('{"a": 1}', "$.z", find_all=True), []),
        (t.ToUppercase("aé"), "AÉ"),
        (t.ToLowercase("AÉ"), "aé"),
        (t.ToTitlecase("hello wORLD"), "Hello World"),
        (t.CapitalizeText("hELLO"), "Hello"),
        (t.TrimWhitespace("  a "), "a"),
        (t.TrimWhitespace("  a ", trim_end=False), "a "),
        (t.TrimWhitespace("  a ", trim_start=False), "  a"),
        (t.CollapseWhitespace("  a \n\t b "), "a b"),
        (t.CollapseWhitespace("a  b\n c", preserve_newlines=True), "a b\n c"),
        (t.CollapseWhitespace(" a  b", replacement=r"\1", trim_edges=False), r"\1a\1b"),
        (t.StripAccents("Ålesund café"), "Alesund cafe"),
        (t.RemovePunctuation("a.b, c!"), "ab c"),
        (t.Slugify("Héllo, Wörld!"), "hello-world"),
        (t.Slugify("Héllo World", separator="_", lowercase=False, allow_unicode=True), "Héllo_World"),
        (t.PadText("ab", 5), "ab   "),
        (t.PadText("ab", 5, "*", "left"), "***ab"),
        (t.PadText("ab", 5, "*", "both"), "*ab**"),
        (t.PadText("abc", 2), "abc"),
        (t.TruncateText("abcdef", 4, "…"), "abc…"),
        (t.TruncateText("abcd", 4, "…"), "abcd"),
        (t.TruncateText("abcdef", 2, "..."), "ab"),
        (t.SurroundWith("a", "<", ">"), "<a>"),
        (t.StartsWith("hello", "he"), True),
        (t.EndsWith("hello", "lo"), True),
        (t.Contains("Hello", "ell"), True),
        (t.Contains("Hello", "hell"), False),
        (t.Contains("Hello", "hell", case_sensitive=False), True),
        (t.Contains("Hello"), False),
        (t.Contains("abc", "x", ["a", "b"], match_mode="all"), True),
        (t.Contains("abc", "", ["a", "x"], match_mode="all"), False),
        (t.Contains("abc", "", ["x", "y"], match_mode="none"), True),
        (t.Contains("abc", "", [], match_mode="none"), False),
        (t.HasLength("abc", exact_length=3, min_length=9), True),
        (t.HasLength("abc", min_length=4), False),
        (t.HasLength("abc", max_length=2), False),
        (t.HasLength("abc"), True),
        (t.IsEmpty(" \n"), True),
        (t.IsEmpty(" ", trim_whitespace=False), False),
        (t.Equals("a", "a"), True),
        (t.Compare("a", "b"), "less"),
        (t.Compare("b", "b"), "equal"),
        (t.Compare("c", "b"), "greater"),
        (t.IndexOf("hello nodetool", "node"), 6),
        (t.IndexOf("hello", "L", case_sensitive=False), 2),
        (t.IndexOf("hello", "L"), -1),
        (t.IndexOf("hello", "l", search_from_end=True), 3),
        (t.Length("a b\nc"), 5),
        (t.Length("a b\nc", "words"), 3),
        (t.Length("a b\nc", "lines"), 2),
        (t.FilterString("hello", "contains", "ell"), "hello"),
        (t.FilterString("hello", "starts_with", "x"), NOTHING),
        (t.FilterString("hello", "ends_with", "lo"), "hello"),
        (t.FilterString("hello", "length_greater", "4"), "hello"),
        (t.FilterString("hello", "length_less", "4"), NOTHING),
        (t.FilterString("hello", "exact_length", "5"), "hello"),
        (t.RegexMatch("12 and 47", r"\d+"), ["12", "47"]),
        (t.RegexMatch("a=1 b=2", r"(\w)=(\d)", 2), ["1", "2"]),
        (t.RegexMatch("٣ 3", r"\d"), ["3"]),
        (t.RegexReplace("2024-05", r"(\d+)-(\d+)", "$2/$1"), "05/2024"),
        (t.RegexReplace("2024-05", r"(?<y>\d+)-\d+", "$<y> $$ $&"), "2024 $ 2024-05"),
        (t.RegexReplace("aaa", "a", "b", 2), "bba"),
        (t.RegexReplace("a", "a", r"\1 $7"), r"\1 $7"),
        (t.RegexSplit("a1b22c", r"\d+"), ["a", "b", "c"]),
        (t.RegexSplit("a1b2c", r"\d", 1), ["a", "b2c"]),
        (t.RegexValidate("abc", "b"), True),
        (t.RegexValidate("a\n", "^a$"), False),
        (t.ExtractRegex("on 2024-05", r"(\d+)-(\d+)"), ["2024", "05"]),
        (t.ExtractRegex("x", r"(\d)"), []),
        (t.ExtractRegex("A\nB", r"(a.b)", dotall=True, ignorecase=True), ["A\nB"]),
        (t.FindAllRegex("a1\nb2", r"^(\w)\d$", multiline=True), ["a1", "b2"]),
        (t.FindAllRegex("x", r"\d"), []),
        (t.FilterRegexString("abc", "b"), "abc"),
        (t.FilterRegexString("abc", "b", full_match=True), NOTHING),
        (t.FilterRegexString("abc", "z"), NOTHING),
        (t.FormatText("Hello {{ name }} from {city}", name="Ada", city="Paris"), "Hello Ada from Paris"),
        (t.Prompt(prompt="{{ x }}", x=1), "1"),
        (t.Template(string="{{ a }}{{ b }}", values={"a": 1, "b": 2}, b=3), "13"),
        (
            t.HtmlToText(PAGE, base_url="http://h/d/"),
            "## News\n\nOne **bold** word.\n\n* a\n* b\n\n1. x\n\n[link](http://h/l) mail&",
        ),
        (t.HtmlToText("<p>" + "ab " * 5 + "</p>", body_width=6), "ab ab\nab ab\nab"),
        (t.HtmlToText("<img src=p.png alt=pic>", ignore_images=False), "![pic](p.png)"),
        (t.HtmlToText("<pre>a  b\n  c</pre>"), "a  b\n  c"),
        (t.HtmlToText("<head><title>x</title><body><table><tr><td>a</td><td>b</td></tr><tr><td>c</table>"), "a b\nc"),
        (t.HtmlToText("<ul><li>a<ol><li>b</li></ol></li><li>c</ul>d"), "* a\n1. b\n* c\n\nd"),
        (t.HtmlToText("<script>if (a < b) {}"), ""),
        (t.HtmlToText("just text <"), "just text <"),
    ],
)
def test_meaning(result, expected):
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t.Slice("a", step=0), "step cannot be 0"),
        (lambda: t.Chunk("a", length=2, overlap=2), "overlap"),
        (lambda: t.ParseJSON("{"), "not JSON"),
        (lambda: t.ExtractJSON("[", "$"), "not JSON"),
        (lambda: t.ExtractJSON('{"a": 1}', "$.b"), "nothing is at"),
        (lambda: t.ExtractJSON("{}", "$.a["), "does not read"),
        (lambda: t.PadText("a", 3, "ab"), "one character"),
        (lambda: t.FilterString("a", "exact_length", "x"), "is a number"),
        (lambda: t.RegexMatch("a", "("), "does not read"),
        (lambda: t.RegexMatch("a", "a", 3), "no group 3"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_pattern_without_end_fails_in_time(monkeypatch):
    monkeypatch.setattr("nodetool_jupyter.nodes.dialect.TIMEOUT", 0.05)
    with pytest.raises(ValueError, match=r"took longer than 0\.05 s"):
        t.RegexValidate("a" * 60 + "b", r"(a|aa)+$")


@pytest.mark.skipif(importlib.util.find_spec("tiktoken") is not None, reason="tiktoken is installed here")
def test_counting_tokens_names_the_package_it_needs():
    assert t.CountTokens.node_type.lacking.endswith("which is not installed; pip install tiktoken")
