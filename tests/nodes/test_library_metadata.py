"""Every type of the built-in library can be described, found by name, and is pleasant to look up."""

import json
import subprocess
import sys

import pytest

from nodetool_jupyter.nodes.define import MISSING
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.registry import FAMILIES, Registry, registry
from nodetool_jupyter.nodes.renamed import current_name
from nodetool_jupyter.nodes.types import wrong

for namespace in FAMILIES:
    registry.load(namespace)
TYPES = {kind.name: kind for kind in registry.types() if kind.namespace in FAMILIES}
NODES = sorted(TYPES)


@pytest.mark.parametrize("name", NODES)
def test_type(name):
    kind = TYPES[name]
    first = kind.description.partition("\n")[0]
    assert first[:1].isupper() and first.endswith("."), "a description is a sentence"
    plain = json.loads(json.dumps(describe(kind), allow_nan=False))
    assert (plain["node_type"], plain["title"]) == (name, name.rsplit(".", 1)[1])
    for prop in kind.properties.values():
        assert prop.default is not MISSING, "a built-in node has a default for every property"
        assert wrong(prop.default, prop.type) is None


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("nodetool.json.StringifyJSON", "lib.json.StringifyJSON"),
        ("lib.beautifulsoup.BaseUrl", "lib.html.BaseUrl"),
        ("nodetool.group.Loop", "nodetool.group.Loop"),
        ("nodetool.text.Prompt", "nodetool.text.Prompt"),
        ("nodetool.text.Concat", "nodetool.text.Concat"),
    ],
)
def test_old_names(old, now):
    assert current_name(old) == now


def test_a_type_is_found_by_name_and_its_family_loaded():
    fresh = Registry()
    fresh.add(TYPES["nodetool.text.Concat"])
    assert fresh.get("nodetool.text.Concat").title == "Concat"


def test_no_family_brings_a_heavy_library():
    heavy = ("PIL", "numpy", "jinja2", "regex", "pandas", "yaml", "torch")
    code = (
        "import sys; from nodetool_jupyter.nodes.registry import FAMILIES, registry\n"
        "for name in FAMILIES: registry.load(name)\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout.strip() == "[]"
