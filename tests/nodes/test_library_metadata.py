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

REFERENCE = {
    "nodetool.input": """BooleanInput IntegerInput FloatInput StringInput SelectInput StringListInput TextListInput
        ImageInput AudioInput VideoInput DocumentInput Model3DInput ImageListInput VideoListInput AudioListInput
        ColorInput ImageSizeInput DataframeInput FilePathInput FolderPathInput AssetFolderInput DocumentFileInput
        LanguageModelInput ImageModelInput VideoModelInput TTSModelInput ASRModelInput EmbeddingModelInput
        HuggingFaceModelInput MessageInput MessageListInput MessageDeconstructor""",
    "nodetool.constant": """Bool Integer Float String List TextList Dict JSON DataFrame Image Audio Video Document
        Model3D ImageList AudioList VideoList Select ImageSize Date DateTime LanguageModelConstant ImageModelConstant
        VideoModelConstant TTSModelConstant ASRModelConstant EmbeddingModelConstant""",
    "nodetool.output": "Output StringOutput DictionaryOutput BooleanOutput DataframeOutput ImageOutput ListOutput",
    "nodetool.workflows.base_node": "Comment Preview",
    "test": "Input",
    "nodetool.control": """If Switch TryCatch Reroute ForEach Collection Collect Count Last Take Drop TakeWhile
        DropWhile FilterEqual FilterCode Chunk Distinct Tap RepeatCount RepeatValue Zip Cross Loop""",
    "nodetool.variable": "SetVariable GetVariable",
    "nodetool.list": """Range Tile RepeatEach RepeatValue Sum Average Minimum Maximum Product Length Reverse Dedupe
        Randomize Sort Slice GetElement SelectElements Append Extend Flatten Chunk ListRange GenerateSequence Union
        Intersection Difference MapField FilterDicts FilterDictsByNumber""",
    "nodetool.dictionary": """Combine GetValue Update Remove Filter Zip MakeDictionary ParseJSON ToJSON ToYAML ArgMax
        ReduceDictionaries SaveJSON""",
    "nodetool.boolean": "Compare LogicalOperator Not All Some IsIn IsNone ConditionalSwitch",
    "nodetool.text": """FormatText Prompt Template Concat Join Replace Split Chunk Extract Slice ToUppercase ToLowercase
        ToTitlecase CapitalizeText TrimWhitespace CollapseWhitespace StripAccents RemovePunctuation Slugify PadText
        TruncateText SurroundWith ToString StartsWith EndsWith Contains HasLength IsEmpty RegexValidate Equals IndexOf
        Length Compare CountTokens RegexMatch RegexReplace RegexSplit ExtractRegex FindAllRegex FilterRegexString
        FilterString ParseJSON ExtractJSON HtmlToText Collect""",
    "nodetool.image": """Crop Fit Resize Scale RotateAndFlip Paste Channels Blur Levels GetMetadata SaveImage
        LoadImageFile LoadImageFolder""",
    "lib.math": "Add Subtract Multiply Divide Modulus Power Sqrt Sine Cosine MathFunction",
}


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


@pytest.mark.parametrize(("namespace", "names"), REFERENCE.items())
def test_every_type_of_the_reference_is_here(namespace, names):
    missing = [name for name in names.split() if f"{namespace}.{name}" not in TYPES]
    assert missing == []


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
