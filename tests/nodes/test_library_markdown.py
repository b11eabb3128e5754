"""What the nodes of ``lib.markdown`` mean."""

import pytest

from nodetool_jupyter.nodes.library import markdown as m

FENCED = "```\n# no header\n- no item\n|a|\n|-|\n```\n"
TABLE = "| a | b |\n| :-- | --: |\n| 1 | x \\| y |\n| `c` | |\n| only |\n| 1 | 2 | 3 |\n"


def bullets(markdown):
    return [[item["text"] for item in one] for one in m.ExtractBulletLists(markdown)]


def headers(markdown, max_level=6):
    return [tuple(header.values()) for header in m.ExtractHeaders(markdown, max_level)]


def links(markdown, include_titles=True):
    return [tuple(link.values()) for link in m.ExtractLinks(markdown, include_titles)]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (m.ExtractHeaders("# a\n## b #\n"), [
            {"level": 1, "text": "a", "index": 0},
            {"level": 2, "text": "b", "index": 1},
        ]),
        (headers("## b\n# a\n### c\n", 2), [(2, "b", 0), (1, "a", 1)]),
        (headers("a\n===\n\nb\n---\n"), [(1, "a", 0), (2, "b", 1)]),
        (headers("# the **bold** `one`\n> # quoted\n"), [(1, "the **bold** `one`", 0), (1, "quoted", 1)]),
        (headers("####### seven\n#none\n\\# no\n    # code\n" + FENCED), []),
        (headers("#\n"), [(1, "", 0)]),
        (headers("# a", 0), []),
        (headers(""), []),
        (m.ExtractLinks("[a](http://x.org)"), [{"url": "http://x.org", "title": "a"}]),
        (links('[a **b**](u "the title") and <http://y.org>'), [("u", "the title"), ("http://y.org", "http://y.org")]),
        (links("[a **b**\n`c`](u)"), [("u", "a b c")]),
        (links("[a][r] [r]\n\n[r]: http://x.org 'T'\n"), [("http://x.org", "T"), ("http://x.org", "T")]),
        (links("[a](u 'T')", include_titles=False), [("u", "")]),
        (links("# [h](u)\n- [i](v)\n\n| [c](w) |\n| - |\n"), [("u", "h"), ("v", "i"), ("w", "c")]),
        (links("![pic](p.png) `[a](b)` [x]"), []),
        (links("[![alt](p.png)](u)"), [("u", "alt")]),
        (links(""), []),
        (m.ExtractBulletLists("- a\n- b\n"), [[{"text": "a"}, {"text": "b"}]]),
        (bullets("* a\n+ b\n\ntext\n\n- c\n"), [["a"], ["b"], ["c"]]),
        (bullets("- a\n  - b\n    - c\n- d\n"), [["a", "b", "c", "d"]]),
        (bullets("- a\n  1. one\n     - deep\n- b\n"), [["a", "deep", "b"]]),
        (bullets("1. one\n   - a\n2. two\n   - b\n"), [["a"], ["b"]]),
        (bullets("- a\n  goes on\n\n  second\n- **b** [ ] `c`\n"), [["a goes on\nsecond", "**b** [ ] `c`"]]),
        (bullets("- [x] done\n"), [["[x] done"]]),
        (bullets("-\n- b\n"), [["", "b"]]),
        (bullets(FENCED), []),
        (bullets(""), []),
        (m.ExtractNumberedLists("1. a\n2. b\n"), [["a", "b"]]),
        (m.ExtractNumberedLists("3) a\n\n4) b\n\nx\n\n1. c\n"), [["a", "b"], ["c"]]),
        (m.ExtractNumberedLists("1. a\n   1. b\n2. c\n"), [["a", "b", "c"]]),
        (m.ExtractNumberedLists("1. a\n   - no\n2. *b*\n"), [["a", "*b*"]]),
        (m.ExtractNumberedLists("- a\n"), []),
        (m.ExtractCodeBlocks("```bash\nnpm run test\n```\n"), [{"language": "bash", "code": "npm run test"}]),
        (m.ExtractCodeBlocks("~~~ py extra\n  a\n\nb\n~~~\n```\n```\n"), [
            {"language": "py", "code": "  a\n\nb"},
            {"language": "text", "code": ""},
        ]),
        (m.ExtractCodeBlocks("````\n```\nx\n```\n````\n"), [{"language": "text", "code": "```\nx\n```"}]),
        (m.ExtractCodeBlocks("```js\nnever closed\n"), [{"language": "js", "code": "never closed"}]),
        (m.ExtractCodeBlocks("- a\n  ```\n  x\n  ```\n"), [{"language": "text", "code": "x"}]),
        (m.ExtractCodeBlocks("    indented\n`inline`\n"), []),
        (m.ExtractTables("| a | b |\n| --- | --- |\n| 1 | yes |\n"), {"rows": [{"a": "1", "b": "yes"}]}),
        (m.ExtractTables(TABLE), {"rows": [
            {"a": "1", "b": "x | y"},
            {"a": "`c`", "b": ""},
            {"a": "only", "b": ""},
            {"a": "1", "b": "2"},
        ]}),
        (m.ExtractTables("a|b\n-|-\n1|2\n\ntext\n\nc|d\n-|-\n3|4\n"), {"rows": [{"a": "1", "b": "2"}]}),
        (m.ExtractTables("| a |\n| - |\n"), {"rows": []}),
        (m.ExtractTables("| a | b |\n| 1 | 2 |\n"), {"rows": []}),
        (m.ExtractTables(FENCED), {"rows": []}),
        (m.ExtractTables(""), {"rows": []}),
    ],
)  # fmt: skip
def test_meaning(result, expected):
    assert result == expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["> ", "- ", "1. ", "[", "[a](", "[a](b) ", "* a\n  ", "|a|b|\n|-|-|\n", "`a``", "<a "]
)
def test_a_hostile_text_takes_bounded_time(piece):
    text = piece * 5_000
    assert isinstance(m.ExtractBulletLists(text), list)
    assert isinstance(m.ExtractLinks(text), list)
    assert isinstance(m.ExtractTables(text), dict)
