"""Which of NodeTool's node types are here: every name that its three generations have, and why some are not built."""

from __future__ import annotations

from dataclasses import dataclass

from nodetool_jupyter.nodes.registry import FAMILIES, registry

_HTML = """BaseUrl ExtractLinks ExtractMetadata ExtractImages ExtractVideos ExtractAudio HTMLToText
    WebsiteContentExtractor"""
_JSON = """StringifyJSON ValidateJSON ParseDict ParseList GetJSONPathStr GetJSONPathInt GetJSONPathFloat GetJSONPathBool
    GetJSONPathList GetJSONPathDict FilterJSON"""

REFERENCE: dict[str, str] = {
    "nodetool.input": """BooleanInput IntegerInput FloatInput StringInput SelectInput StringListInput TextListInput
        ImageInput AudioInput VideoInput DocumentInput Model3DInput ImageListInput VideoListInput AudioListInput
        ColorInput ImageSizeInput DataframeInput FilePathInput FolderPathInput AssetFolderInput DocumentFileInput
        LanguageModelInput ImageModelInput VideoModelInput TTSModelInput ASRModelInput EmbeddingModelInput
        HuggingFaceModelInput MessageInput MessageListInput MessageDeconstructor""",
    "nodetool.constant": """Bool Integer Float String List TextList Dict JSON DataFrame Image Audio Video Document
        Model3D ImageList AudioList VideoList Select ImageSize Date DateTime LanguageModelConstant ImageModelConstant
        VideoModelConstant TTSModelConstant ASRModelConstant EmbeddingModelConstant""",
    "nodetool.output": """Output StringOutput DictionaryOutput BooleanOutput DataframeOutput ImageOutput ListOutput
        GroupOutput""",
    "nodetool.workflows.base_node": "Comment Preview",
    "test": "Input",
    "nodetool.control": """If Switch TryCatch Reroute ForEach Collection Collect Count Last Take Drop TakeWhile
        DropWhile FilterEqual FilterCode Chunk Distinct Tap RepeatCount RepeatValue Zip Cross Loop""",
    "nodetool.group": "Loop",
    "nodetool.variable": "SetVariable GetVariable",
    "nodetool.list": """Range Tile RepeatEach RepeatValue Sum Average Minimum Maximum Product Length Reverse Dedupe
        Randomize Sort Slice GetElement SelectElements Append Extend Flatten Chunk ListRange GenerateSequence Union
        Intersection Difference MapField FilterDicts FilterDictsByNumber""",
    "nodetool.dictionary": """Combine GetValue Update Remove Filter Zip MakeDictionary ParseJSON ToJSON ToYAML ArgMax
        ReduceDictionaries SaveJSON""",
    "nodetool.boolean": "Compare LogicalOperator Not All Some IsIn IsNone ConditionalSwitch",
    "lib.json": _JSON,
    "nodetool.json": _JSON,
    "nodetool.text": """FormatText Prompt Template Concat Join Replace Split Chunk Extract Slice ToUppercase ToLowercase
        ToTitlecase CapitalizeText TrimWhitespace CollapseWhitespace StripAccents RemovePunctuation Slugify PadText
        TruncateText SurroundWith ToString StartsWith EndsWith Contains HasLength IsEmpty RegexValidate Equals IndexOf
        Length Compare CountTokens RegexMatch RegexReplace RegexSplit ExtractRegex FindAllRegex FilterRegexString
        FilterString ParseJSON ExtractJSON HtmlToText Collect""",
    "lib.validate": "Email URL IP String Sanitize",
    "lib.markdown": """ExtractHeaders ExtractLinks ExtractBulletLists ExtractNumberedLists ExtractCodeBlocks
        ExtractTables""",
    "lib.html": _HTML,
    "lib.beautifulsoup": _HTML,
    "nodetool.data": """ImportCSV FromList JSONToDataframe ToList Schema SelectColumn ExtractColumn AddColumn Rename
        Slice SortByColumn Filter FindRow DropDuplicates DropNA FillNA Aggregate Pivot Merge Append Join Describe
        ForEachRow RowIterator FilterNone""",
    "lib.datetime": "Now Format Add Diff StartEnd",
    "lib.date": """Now Today AddTimeDelta DateDifference FormatDateTime ParseDate ParseDateTime DateRange BoundaryTime
        GetWeekday GetQuarter IsDateInRange RelativeTime""",
    "lib.math": "Add Subtract Multiply Divide Modulus Power Sqrt Sine Cosine MathFunction",
    "nodetool.triggers": "ManualTrigger IntervalTrigger Wait FileWatchTrigger WebhookTrigger",
    "nodetool.code": "Code RunShellCommand ExecutePython EvaluateExpression",
    "nodetool.image": """Crop Fit Resize Scale RotateAndFlip Paste Channels Blur Levels GetMetadata SaveImage
        LoadImageFile LoadImageFolder""",
    "nodetool.compare": "CompareImages",
    "lib.image.draw": """Background LinearGradient RadialGradient DiamondGradient AngularGradient Checkerboard
        GaussianNoise""",
    "lib.image.filter": "ConvertToGrayscale Threshold Emboss Contour Smooth Expand",
    "lib.image.color": "Invert Posterize Exposure Grade ChannelSplit",
    "lib.image.warp": "Tile Offset Pad Affine CornerPin Spherize PolarRemap Displace",
    "lib.pillow.enhance": """AutoContrast Sharpen Sharpness Brightness Contrast Color UnsharpMask Equalize Detail
        EdgeEnhance RankFilter""",
    "lib.pillow.filter": "Blur Canny Invert Posterize Solarize",
    "lib.svg": "Document SVGToImage Rect Text",
    "huggingface.sentence_similarity": "SentenceSimilarity",
}
"""Namespace -> the names of its types, as NodeTool has or had them."""

UNNAMED: dict[str, str] = {
    "lib.uuid": "",
    "lib.image.mask": "",
    "lib.image.channel": "",
    "lib.image.keyer": "",
    "lib.image.effects": "",
    "lib.image.enhance": "",
    "lib.image.color_grading": "",
    "nodetool.llms": "asks a provider of language models over the network",
}
"""Namespaces that are known without the names of their types -> why they are not here, where they are not."""

NOT_BUILT: dict[str, str] = {
    "nodetool.output.GroupOutput": "only had a meaning inside nodetool.group.Loop",
    "nodetool.group.Loop": "a frame that ran its nodes once an item; streams and control.Loop took its place",
    "nodetool.triggers.WebhookTrigger": "needs a server that the web can reach",
    "nodetool.code.EvaluateExpression": "withdrawn upstream; its language was another one in each version",
}
"""Types that are left out, and why."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of one namespace is here: ``missing`` gives the reason by name, ``further`` what else is built."""

    namespace: str
    known: int
    here: int
    missing: dict[str, str]
    further: tuple[str, ...] = ()
    note: str = ""


def coverage(prefix: str = "") -> list[Covered]:
    """Return how much of each namespace that begins so is here, old names of types included; loads its family."""
    return [_covered(space) for space in namespaces() if space.startswith(prefix)]


def namespaces() -> list[str]:
    """Return every namespace that NodeTool has or had, and those of our own."""
    return list(dict.fromkeys([*REFERENCE, *UNNAMED, *FAMILIES]))


def percent(found: list[Covered]) -> float:
    """Return which part of the known types is here; all of none."""
    known = sum(one.known for one in found)
    return 100.0 * sum(one.here for one in found) / known if known else 100.0


def _covered(space: str) -> Covered:
    names = REFERENCE.get(space, "").split()
    absent = [name for name in names if registry.get(f"{space}.{name}") is None]
    missing = {name: NOT_BUILT.get(f"{space}.{name}", "not built yet") for name in absent}
    further = tuple(name for name in _built(space) if name not in names)
    return Covered(space, len(names), len(names) - len(absent), missing, further, UNNAMED.get(space, ""))


def _built(space: str) -> tuple[str, ...]:
    if space not in FAMILIES:
        return ()
    return tuple(kind.title for kind in registry.types(f"{space}.") if kind.namespace == space)
