# Written by "python -m nodetool_jupyter.nodes.stubs"; do not edit.
# ruff: noqa
# fmt: off
from typing import Any, Dict, List, Literal

from nodetool_jupyter.nodes.handles import NodeHandle as NodeHandle
from nodetool_jupyter.nodes.handles import Slot as Slot

_Node = NodeHandle | Slot
_List = List[Any]  # "list" is a namespace here, and "List" a node
_Dict = Dict[str, Any]

class _Gives_document_path(NodeHandle):
    document: Slot
    path: Slot

class _Gives_format_mode_width_height_channels(NodeHandle):
    format: Slot
    mode: Slot
    width: Slot
    height: Slot
    channels: Slot

class _Gives_id_thread_id_role_text_image_audio_model(NodeHandle):
    id: Slot
    thread_id: Slot
    role: Slot
    text: Slot
    image: Slot
    audio: Slot
    model: Slot

class _Gives_if_true_if_false(NodeHandle):
    if_true: Slot
    if_false: Slot

class _Gives_image_path(NodeHandle):
    image: Slot
    path: Slot

class _Gives_image_size_width_height(NodeHandle):
    image_size: Slot
    width: Slot
    height: Slot

class _Gives_left_right(NodeHandle):
    left: Slot
    right: Slot

class _Gives_left_right_index(NodeHandle):
    left: Slot
    right: Slot
    index: Slot

class _Gives_matched_default_index(NodeHandle):
    matched: Slot
    default: Slot
    index: Slot

class _Gives_output(NodeHandle):
    output: Slot

class _Gives_output_error_has_error(NodeHandle):
    output: Slot
    error: Slot
    has_error: Slot

class _Gives_output_index(NodeHandle):
    output: Slot
    index: Slot

class _Gives_value(NodeHandle):
    value: Slot

class _Gives_value_index_done(NodeHandle):
    value: Slot
    index: Slot
    done: Slot

class _NodetoolWorkflowsBaseNode:
    def Comment(self, *, comment: Any | _Node = ..., headline: str | _Node = ..., comment_color: str | _Node = ...) -> _Gives_output:
        """Write something beside the graph; it never runs."""
    def Group(self, *, name: str | _Node = ...) -> _Gives_output:
        """Frame some nodes; they run like all others."""
    def Preview(self, *, value: Any | _Node = ..., name: str | _Node = ...) -> _Gives_output:
        """Show a value while the job runs."""

class _LibMath:
    def Add(self, *, a: int | float | _Node = ..., b: int | float | _Node = ...) -> _Gives_output:
        """Add two numbers."""
    def Cosine(self, *, angle_rad: int | float | _Node = ...) -> _Gives_output:
        """Return the cosine of an angle in radians."""
    def Divide(self, *, a: int | float | _Node = ..., b: int | float | _Node = ...) -> _Gives_output:
        """Divide the first number by the second."""
    def MathFunction(self, *, input: int | float | _Node = ..., operation: Literal['negate', 'absolute', 'square', 'cube', 'square_root', 'cube_root', 'sine', 'cosine', 'tangent', 'arcsine', 'arccosine', 'arctangent', 'log'] | _Node = ...) -> _Gives_output:
        """Apply a function to a number."""
    def Modulus(self, *, a: int | float | _Node = ..., b: int | float | _Node = ...) -> _Gives_output:
        """Return what is left when the first number is divided by the second."""
    def Multiply(self, *, a: int | float | _Node = ..., b: int | float | _Node = ...) -> _Gives_output:
        """Multiply two numbers."""
    def Power(self, *, base: int | float | _Node = ..., exponent: int | float | _Node = ...) -> _Gives_output:
        """Raise a number to a power."""
    def Sine(self, *, angle_rad: int | float | _Node = ...) -> _Gives_output:
        """Return the sine of an angle in radians."""
    def Sqrt(self, *, x: int | float | _Node = ...) -> _Gives_output:
        """Return the square root of a number."""
    def Subtract(self, *, a: int | float | _Node = ..., b: int | float | _Node = ...) -> _Gives_output:
        """Subtract the second number from the first."""

class _NodetoolBoolean:
    def All(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Tell whether every value is true."""
    def Compare(self, *, a: Any | _Node = ..., b: Any | _Node = ..., comparison: Literal['==', '!=', '>', '<', '>=', '<='] | _Node = ...) -> _Gives_output:
        """Compare two values."""
    def ConditionalSwitch(self, *, condition: bool | _Node = ..., if_true: Any | _Node = ..., if_false: Any | _Node = ...) -> _Gives_output:
        """Return one of two values."""
    def IsIn(self, *, value: Any | _Node = ..., options: _List | _Node = ...) -> _Gives_output:
        """Tell whether the value is one of the options."""
    def IsNone(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Tell whether the value is missing."""
    def LogicalOperator(self, *, a: bool | _Node = ..., b: bool | _Node = ..., operation: Literal['and', 'or', 'xor', 'nand', 'nor'] | _Node = ...) -> _Gives_output:
        """Combine two truth values."""
    def Not(self, *, value: bool | _Node = ...) -> _Gives_output:
        """Turn true into false and false into true."""
    def Some(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Tell whether any value is true."""

class _NodetoolConstant:
    def ASRModelConstant(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give the name of a model that hears."""
    def Audio(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give a sound."""
    def AudioList(self, *, value: _List | _Node = ...) -> _Gives_output:
        """Give a list of sounds; several edges into it are collected."""
    def Bool(self, *, value: bool | _Node = ...) -> _Gives_output:
        """Give a truth value."""
    def DataFrame(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give a table."""
    def Date(self, *, year: int | _Node = ..., month: int | _Node = ..., day: int | _Node = ...) -> _Gives_output:
        """Give a day."""
    def DateTime(self, *, year: int | _Node = ..., month: int | _Node = ..., day: int | _Node = ..., hour: int | _Node = ..., minute: int | _Node = ..., second: int | _Node = ..., millisecond: int | _Node = ..., tzinfo: str | _Node = ..., utc_offset: float | _Node = ...) -> _Gives_output:
        """Give a moment in a time zone; ``utc_offset``, in hours, counts where the zone is UTC."""
    def Dict(self, *, value: _Dict | _Node = ...) -> _Gives_output:
        """Give a dictionary."""
    def Document(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give a document."""
    def EmbeddingModelConstant(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give the name of an embedding model."""
    def Float(self, *, value: float | _Node = ...) -> _Gives_output:
        """Give a number."""
    def Image(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give a picture."""
    def ImageList(self, *, value: _List | _Node = ...) -> _Gives_output:
        """Give a list of pictures; several edges into it are collected."""
    def ImageModelConstant(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give the name of an image model."""
    def ImageSize(self, *, value: _Dict | _Node = ...) -> _Gives_image_size_width_height:
        """Give the size of a picture."""
    def Integer(self, *, value: int | _Node = ...) -> _Gives_output:
        """Give a whole number."""
    def JSON(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give any value that JSON can write."""
    def LanguageModelConstant(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give the name of a language model."""
    def List(self, *, value: _List | _Node = ...) -> _Gives_output:
        """Give a list; several edges into it are collected."""
    def Model3D(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give a model in three dimensions."""
    def Select(self, *, value: str | _Node = ..., options: _List | _Node = ..., enum_type_name: str | _Node = ...) -> _Gives_output:
        """Give one of some options."""
    def String(self, *, value: str | _Node = ...) -> _Gives_output:
        """Give a text."""
    def TTSModelConstant(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give the name of a model that speaks."""
    def TextList(self, *, value: _List | _Node = ...) -> _Gives_output:
        """Give a list of texts; several edges into it are collected."""
    def Video(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give a video."""
    def VideoList(self, *, value: _List | _Node = ...) -> _Gives_output:
        """Give a list of videos; several edges into it are collected."""
    def VideoModelConstant(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Give the name of a video model."""

class _NodetoolControl:
    def Chunk(self, *, input_item: Any | _Node = ..., size: int | _Node = ...) -> _Gives_output_index:
        """Gather a stream into lists of ``size``; the last may be shorter."""
    def Collect(self, *, input_item: Any | _Node = ...) -> _Gives_output:
        """Gather a stream into a list."""
    def Collection(self, *, items: _List | _Node = ...) -> _Gives_output_index:
        """Send the items of a list one by one."""
    def Count(self, *, input_item: Any | _Node = ...) -> _Gives_output:
        """Count the items of a stream."""
    def Cross(self, *, left: Any | _Node = ..., right: Any | _Node = ..., max_output_count: int | _Node = ...) -> _Gives_left_right:
        """Send every pair of an item of the left and one of the right stream, the left one changing slowest."""
    def Distinct(self, *, input_item: Any | _Node = ..., key: str | _Node = ...) -> _Gives_output:
        """Forward the first item of each key: the whole item, or a JavaScript expression over ``item``."""
    def Drop(self, *, input_item: Any | _Node = ..., n: int | _Node = ...) -> _Gives_output_index:
        """Leave out the first ``n`` items and forward the rest."""
    def DropWhile(self, *, input_item: Any | _Node = ..., predicate: str | _Node = ...) -> _Gives_output_index:
        """Leave out items until the JavaScript expression over ``item`` is false for one, and forward the rest."""
    def FilterCode(self, *, input_item: Any | _Node = ..., predicate: str | _Node = ...) -> _Gives_output:
        """Forward the items for which the JavaScript expression over ``item`` holds."""
    def FilterEqual(self, *, input_item: Any | _Node = ..., value: Any | _Node = ..., invert: bool | _Node = ...) -> _Gives_output:
        """Forward the items that equal ``value`` in all depth; with ``invert``, the others."""
    def ForEach(self, *, input_list: _List | _Node = ..., limit: int | _Node = ...) -> _Gives_output_index:
        """Send the items of a list one by one; ``limit`` of 0 or more caps how many."""
    def If(self, *, condition: bool | _Node = ..., value: Any | _Node = ...) -> _Gives_if_true_if_false:
        """Send the value to one side; the other side gets nothing."""
    def Last(self, *, input_item: Any | _Node = ...) -> _Gives_output:
        """Return the last item of a stream; nothing when there is none."""
    def Loop(self, *, initial: Any | _Node = ..., next: Any | _Node = ..., condition: bool | _Node = ..., max_iterations: int | _Node = ...) -> _Gives_value_index_done:
        """Repeat: send ``value``, take ``next`` back, until ``condition`` is false or ``max_iterations`` are done."""
    def RepeatCount(self, *, count: int | _Node = ...) -> _Gives_output:
        """Send the numbers from 0 to below ``count``."""
    def RepeatValue(self, *, value: Any | _Node = ..., count: int | _Node = ...) -> _Gives_output:
        """Send a value ``count`` times."""
    def Reroute(self, *, input_value: Any | _Node = ...) -> _Gives_output:
        """Pass a value through."""
    def Switch(self, *, value: Any | _Node = ..., cases: _List | _Node = ..., input: Any | _Node = ...) -> _Gives_matched_default_index:
        """Send ``input`` to ``matched`` when a case equals ``value`` as text, else to ``default``."""
    def Take(self, *, input_item: Any | _Node = ..., n: int | _Node = ...) -> _Gives_output_index:
        """Forward the first ``n`` items."""
    def TakeWhile(self, *, input_item: Any | _Node = ..., predicate: str | _Node = ...) -> _Gives_output_index:
        """Forward items until the JavaScript expression over ``item`` is false for one."""
    def Tap(self, *, input_item: Any | _Node = ..., label: str | _Node = ...) -> _Gives_output:
        """Write each item into the log, and forward it."""
    def TryCatch(self, *, value: Any | _Node = ..., fallback: Any | _Node = ...) -> _Gives_output_error_has_error:
        """Replace a missing value by the fallback; a node that fails still fails."""
    def Zip(self, *, left: Any | _Node = ..., right: Any | _Node = ..., max_unmatched_pairs: int | _Node = ...) -> _Gives_left_right_index:
        """Pair the items of two streams by their number; one may run ahead of the other by ``max_unmatched_pairs``."""

class _NodetoolDictionary:
    def ArgMax(self, *, scores: _Dict | _Node = ...) -> _Gives_output:
        """Return the key with the highest value."""
    def Combine(self, *, dict_a: _Dict | _Node = ..., dict_b: _Dict | _Node = ...) -> _Gives_output:
        """Merge two dictionaries; where both have a key, the second wins."""
    def Filter(self, *, dictionary: _Dict | _Node = ..., keys: _List | _Node = ...) -> _Gives_output:
        """Keep some keys, as far as they are there."""
    def GetValue(self, *, dictionary: _Dict | _Node = ..., key: str | _Node = ..., default: Any | _Node = ...) -> _Gives_output:
        """Return the value under a key, or ``default``."""
    def MakeDictionary(self, **inputs: Any) -> _Gives_output:
        """Make a dictionary of the node's inputs."""
    def ParseJSON(self, *, json_string: str | _Node = ...) -> _Gives_output:
        """Read a dictionary written as JSON."""
    def ReduceDictionaries(self, *, dictionaries: _List | _Node = ..., key_field: str | _Node = ..., value_field: str | _Node = ..., conflict_resolution: Literal['first', 'last', 'error'] | _Node = ...) -> _Gives_output:
        """Make one dictionary of many: ``key_field`` of each to its ``value_field``, or to all else it has."""
    def Remove(self, *, dictionary: _Dict | _Node = ..., key: str | _Node = ...) -> _Gives_output:
        """Return a dictionary without one key."""
    def SaveJSON(self, *, dictionary: Any | _Node = ..., folder: str | _Node = ..., filename: str | _Node = ...) -> _Gives_output:
        """Write a value as JSON into a file and return its path: below the job's scratch folder, or an absolute one."""
    def ToJSON(self, *, dictionary: _Dict | _Node = ...) -> _Gives_output:
        """Write a dictionary as JSON."""
    def ToYAML(self, *, dictionary: _Dict | _Node = ...) -> _Gives_output:
        """Write a dictionary as YAML."""
    def Update(self, *, dictionary: _Dict | _Node = ..., new_pairs: _Dict | _Node = ...) -> _Gives_output:
        """Return a dictionary with further pairs; they win."""
    def Zip(self, *, keys: _List | _Node = ..., values: _List | _Node = ...) -> _Gives_output:
        """Make a dictionary of a list of keys and a list of values; what has no partner is left out."""

class _NodetoolImage:
    def Blur(self, *, image: Any | _Node = ..., blur_type: Literal['gaussian', 'box', 'median'] | _Node = ..., size: float | _Node = ...) -> _Gives_output:
        """Soften a picture; ``size`` is the radius in pixels."""
    def Channels(self, *, image: Any | _Node = ..., channel: Literal['R', 'G', 'B'] | _Node = ...) -> _Gives_output:
        """Return one colour of a picture as a grey picture."""
    def Crop(self, *, image: Any | _Node = ..., left: int | _Node = ..., top: int | _Node = ..., right: int | _Node = ..., bottom: int | _Node = ...) -> _Gives_output:
        """Cut out a rectangle, as far as the picture reaches."""
    def Fit(self, *, image: Any | _Node = ..., width: int | _Node = ..., height: int | _Node = ...) -> _Gives_output:
        """Scale a picture so that it just fits inside a size; its proportions stay."""
    def GetMetadata(self, *, image: Any | _Node = ...) -> _Gives_format_mode_width_height_channels:
        """Tell the size and kind of a picture."""
    def Levels(self, *, image: Any | _Node = ..., r_black: float | _Node = ..., r_gamma: float | _Node = ..., r_white: float | _Node = ..., g_black: float | _Node = ..., g_gamma: float | _Node = ..., g_white: float | _Node = ..., b_black: float | _Node = ..., b_gamma: float | _Node = ..., b_white: float | _Node = ...) -> _Gives_output:
        """Stretch each colour between its black and white point, from 0 to 1, and bend it by its gamma."""
    def LoadImageFile(self, *, path: str | _Node = ...) -> _Gives_output:
        """Read a picture from a file."""
    def LoadImageFolder(self, *, folder: str | _Node = ..., include_subdirectories: bool | _Node = ..., extensions: _List | _Node = ...) -> _Gives_image_path:
        """Send the pictures of a folder one by one, in the order of their names."""
    def Paste(self, *, image: Any | _Node = ..., paste: Any | _Node = ..., left: int | _Node = ..., top: int | _Node = ...) -> _Gives_output:
        """Put a second picture onto the first; where it is transparent the first shows."""
    def Resize(self, *, image: Any | _Node = ..., width: int | _Node = ..., height: int | _Node = ...) -> _Gives_output:
        """Scale a picture to exactly a size."""
    def RotateAndFlip(self, *, image: Any | _Node = ..., angle: float | _Node = ..., flip_horizontal: bool | _Node = ..., flip_vertical: bool | _Node = ...) -> _Gives_output:
        """Turn a picture clockwise by an angle in degrees, then mirror it; the canvas grows to hold all of it."""
    def SaveImage(self, *, image: Any | _Node = ..., folder: str | _Node = ..., filename: str | _Node = ...) -> _Gives_output:
        """Write a picture into a file and return its path: below the job's scratch folder, or an absolute one."""
    def Scale(self, *, image: Any | _Node = ..., scale: float | _Node = ...) -> _Gives_output:
        """Make a picture larger or smaller by a factor."""

class _NodetoolInput:
    def ASRModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of a model that hears from outside."""
    def AssetFolderInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a folder of assets from outside."""
    def AudioInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a sound from outside."""
    def AudioListInput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a list of sounds from outside."""
    def BooleanInput(self, *, name: str | _Node = ..., value: bool | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a truth value from outside."""
    def ColorInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a colour from outside."""
    def DataframeInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a table from outside."""
    def DocumentFileInput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_document_path:
        """Take the path of a document from outside; whether it exists is not checked."""
    def DocumentInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a document from outside."""
    def EmbeddingModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of an embedding model from outside."""
    def FilePathInput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the path of a file (not checked) from outside."""
    def FloatInput(self, *, name: str | _Node = ..., value: float | _Node = ..., description: str | _Node = ..., min: float | None | _Node = ..., max: float | None | _Node = ...) -> _Gives_output:
        """Take a number from outside, kept between ``min`` and ``max`` where those are given."""
    def FolderPathInput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the path of a folder (not checked) from outside."""
    def HuggingFaceModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of a model on Hugging Face from outside."""
    def ImageInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a picture from outside."""
    def ImageListInput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a list of pictures from outside."""
    def ImageModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of an image model from outside."""
    def ImageSizeInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the size of a picture from outside."""
    def IntegerInput(self, *, name: str | _Node = ..., value: int | _Node = ..., description: str | _Node = ..., min: int | _Node = ..., max: int | _Node = ...) -> _Gives_output:
        """Take a whole number from outside, kept between ``min`` and ``max``."""
    def LanguageModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of a language model from outside."""
    def MessageDeconstructor(self, *, value: _Dict | _Node = ...) -> _Gives_id_thread_id_role_text_image_audio_model:
        """Split a message into its parts: the texts joined, the first picture, the first sound."""
    def MessageInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a message from outside."""
    def MessageListInput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a list of messages from outside."""
    def Model3DInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a model in three dimensions from outside."""
    def SelectInput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ..., options: _List | _Node = ..., enum_type_name: str | _Node = ...) -> _Gives_output:
        """Take one of some options from outside; any other value is refused."""
    def StringInput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ..., max_length: int | _Node = ..., line_mode: Literal['single_line', 'multiline'] | _Node = ...) -> _Gives_output:
        """Take a text from outside, cut to ``max_length`` characters unless that is 0."""
    def StringListInput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a list of texts from outside."""
    def TTSModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of a model that speaks from outside."""
    def TextListInput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a list of texts from outside."""
    def VideoInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a video from outside."""
    def VideoListInput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take a list of videos from outside."""
    def VideoModelInput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Take the name of a video model from outside."""

class _NodetoolList:
    def Append(self, *, values: _List | _Node = ..., value: Any | _Node = ...) -> _Gives_output:
        """Add one item at the end."""
    def Average(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Return the mean of the numbers of a list."""
    def Chunk(self, *, values: _List | _Node = ..., chunk_size: int | _Node = ...) -> _Gives_output:
        """Cut a list into lists of ``chunk_size``; the last may be shorter."""
    def Dedupe(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Keep the first of equal items."""
    def Difference(self, *, list1: _List | _Node = ..., list2: _List | _Node = ...) -> _Gives_output:
        """Return every item of the first list that is not in the second once."""
    def Extend(self, *, values: _List | _Node = ..., other_values: _List | _Node = ...) -> _Gives_output:
        """Add another list at the end."""
    def FilterDicts(self, *, values: _List | _Node = ..., condition: str | _Node = ...) -> _Gives_output:
        """Keep the dictionaries that meet a condition such as ``status == 'active' and seats > 5``."""
    def FilterDictsByNumber(self, *, values: _List | _Node = ..., key: str | _Node = ..., filter_type: Literal['greater_than', 'less_than', 'equal_to', 'even', 'odd', 'positive', 'negative'] | _Node = ..., value: float | None | _Node = ...) -> _Gives_output:
        """Keep the dictionaries whose number under ``key`` is as wanted; those without a number there drop out."""
    def Flatten(self, *, values: _List | _Node = ..., max_depth: int | _Node = ...) -> _Gives_output:
        """Open the lists inside a list, ``max_depth`` levels of them or all."""
    def GenerateSequence(self, *, start: int | _Node = ..., stop: int | _Node = ..., step: int | _Node = ...) -> _Gives_output:
        """Send the numbers from ``start`` to below ``stop`` by ``step`` one by one."""
    def GetElement(self, *, values: _List | _Node = ..., index: int | _Node = ...) -> _Gives_output:
        """Return one item; a negative index counts from the end."""
    def Intersection(self, *, list1: _List | _Node = ..., list2: _List | _Node = ...) -> _Gives_output:
        """Return every item that is in both lists once."""
    def Length(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Count the items of a list."""
    def ListRange(self, *, start: int | _Node = ..., stop: int | _Node = ..., step: int | _Node = ...) -> _Gives_output:
        """List the numbers from ``start`` to below ``stop`` by ``step``."""
    def MapField(self, *, values: _List | _Node = ..., field: str | _Node = ..., default: Any | _Node = ...) -> _Gives_output:
        """Return one field of each dictionary, or ``default`` where it is missing."""
    def Maximum(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Return the largest number of a list."""
    def Minimum(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Return the smallest number of a list."""
    def Product(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Multiply the numbers of a list."""
    def Randomize(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Shuffle a list."""
    def Range(self, *, start: int | _Node = ..., stop: int | _Node = ..., count: int | _Node = ..., step: int | _Node = ..., max_output_length: int | _Node = ...) -> _Gives_output:
        """List the numbers from ``start`` to below ``stop`` by ``step``; a negative stop lists 0 to below ``count``."""
    def RepeatEach(self, *, input_list: _List | _Node = ..., times: int | _Node = ..., max_output_length: int | _Node = ...) -> _Gives_output:
        """Repeat each item of a list."""
    def RepeatValue(self, *, value: Any | _Node = ..., times: int | _Node = ..., max_output_length: int | _Node = ...) -> _Gives_output:
        """List one value several times."""
    def Reverse(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Turn a list around."""
    def SelectElements(self, *, values: _List | _Node = ..., indices: _List | _Node = ...) -> _Gives_output:
        """Return the items at some indices."""
    def Slice(self, *, values: _List | _Node = ..., start: int | _Node = ..., stop: int | _Node = ..., step: int | _Node = ...) -> _Gives_output:
        """Slice a list as Python does; a stop of 0 is the end."""
    def Sort(self, *, values: _List | _Node = ..., order: Literal['ascending', 'descending'] | _Node = ...) -> _Gives_output:
        """Sort a list."""
    def Sum(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Add the numbers of a list."""
    def Tile(self, *, input_list: _List | _Node = ..., times: int | _Node = ..., max_output_length: int | _Node = ...) -> _Gives_output:
        """Repeat a whole list."""
    def Union(self, *, list1: _List | _Node = ..., list2: _List | _Node = ...) -> _Gives_output:
        """Return every item of either list once."""

class _NodetoolOutput:
    def AudioListOutput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def AudioOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def BooleanOutput(self, *, name: str | _Node = ..., value: bool | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def DataframeOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def DictionaryOutput(self, *, name: str | _Node = ..., value: _Dict | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def DocumentOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def FilePathOutput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def FloatOutput(self, *, name: str | _Node = ..., value: float | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def FolderPathOutput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def ImageListOutput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def ImageOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def ImageSizeOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def IntegerOutput(self, *, name: str | _Node = ..., value: int | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def ListOutput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def Model3DOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def Output(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def StringOutput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def TextOutput(self, *, name: str | _Node = ..., value: str | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def VideoListOutput(self, *, name: str | _Node = ..., value: _List | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""
    def VideoOutput(self, *, name: str | _Node = ..., value: Any | _Node = ..., description: str | _Node = ...) -> _Gives_output:
        """Name a result of the workflow; of a stream, the last item stands."""

class _NodetoolText:
    def CapitalizeText(self, *, text: str | _Node = ...) -> _Gives_output:
        """Write the first letter as a capital and the rest small."""
    def Chunk(self, *, text: str | _Node = ..., length: int | _Node = ..., overlap: int | _Node = ..., separator: str | _Node = ...) -> _Gives_output:
        """Cut a text into windows of ``length`` pieces between separators; neighbours share ``overlap`` pieces."""
    def CollapseWhitespace(self, *, text: str | _Node = ..., preserve_newlines: bool | _Node = ..., replacement: str | _Node = ..., trim_edges: bool | _Node = ...) -> _Gives_output:
        """Replace each run of blanks by one ``replacement``; ``preserve_newlines`` keeps the line breaks."""
    def Collect(self, *, input_item: Any | _Node = ..., separator: str | _Node = ...) -> _Gives_output:
        """Join a stream of texts."""
    def Compare(self, *, text_a: str | _Node = ..., text_b: str | _Node = ...) -> _Gives_output:
        """Tell which text comes first in order: ``less``, ``equal`` or ``greater``."""
    def Concat(self, *, a: Any | _Node = ..., b: Any | _Node = ..., **inputs: Any) -> _Gives_output:
        """Join two texts, and any further inputs after them in their order."""
    def Contains(self, *, text: str | _Node = ..., substring: str | _Node = ..., search_values: _List | _Node = ..., case_sensitive: bool | _Node = ..., match_mode: Literal['any', 'all', 'none'] | _Node = ...) -> _Gives_output:
        """Tell whether a text has any, all or none of some texts in it; nothing to look for is false."""
    def CountTokens(self, *, text: str | _Node = ..., encoding: str | _Node = ...) -> _Gives_output:
        """Count the tokens a language model makes of a text."""
    def EndsWith(self, *, text: str | _Node = ..., suffix: str | _Node = ...) -> _Gives_output:
        """Tell whether a text ends with ``suffix``."""
    def Equals(self, *, text_a: str | _Node = ..., text_b: str | _Node = ...) -> _Gives_output:
        """Tell whether two texts are the same."""
    def Extract(self, *, text: str | _Node = ..., start: int | _Node = ..., end: int | _Node = ...) -> _Gives_output:
        """Return the part from ``start`` to ``end``; an end of 0 is the end of the text."""
    def ExtractJSON(self, *, text: str | _Node = ..., json_path: str | _Node = ..., find_all: bool | _Node = ...) -> _Gives_output:
        """Read JSON and return what a path such as ``$.orders[0].total`` finds first, or with ``find_all`` all of it."""
    def ExtractRegex(self, *, text: str | _Node = ..., regex: str | _Node = ..., dotall: bool | _Node = ..., ignorecase: bool | _Node = ..., multiline: bool | _Node = ...) -> _Gives_output:
        """Return the groups of the first match, or an empty list."""
    def FilterRegexString(self, *, value: str | _Node = ..., pattern: str | _Node = ..., full_match: bool | _Node = ...) -> _Gives_output:
        """Forward a text in which a pattern matches (with ``full_match``, all of it); of any other, nothing."""
    def FilterString(self, *, value: str | _Node = ..., filter_type: Literal['contains', 'starts_with', 'ends_with', 'length_greater', 'length_less', 'exact_length'] | _Node = ..., criteria: str | _Node = ...) -> _Gives_output:
        """Forward a text that meets the criteria; of any other, nothing."""
    def FindAllRegex(self, *, text: str | _Node = ..., regex: str | _Node = ..., dotall: bool | _Node = ..., ignorecase: bool | _Node = ..., multiline: bool | _Node = ...) -> _Gives_output:
        """Return every match of a pattern."""
    def FormatText(self, *, template: str | _Node = ..., **inputs: Any) -> _Gives_output:
        """Fill ``{{ name }}`` and ``{name}`` in a template with the inputs of those names."""
    def HasLength(self, *, text: str | _Node = ..., min_length: int | _Node = ..., max_length: int | _Node = ..., exact_length: int | _Node = ...) -> _Gives_output:
        """Tell whether a text is as long as wanted; 0 is unset, and ``exact_length`` counts before the others."""
    def HtmlToText(self, *, html: str | _Node = ..., base_url: str | _Node = ..., body_width: int | _Node = ..., ignore_images: bool | _Node = ..., ignore_mailto_links: bool | _Node = ...) -> _Gives_output:
        """Return what a reader of a web page sees, with the marks of Markdown."""
    def IndexOf(self, *, text: str | _Node = ..., substring: str | _Node = ..., case_sensitive: bool | _Node = ..., start_index: int | _Node = ..., search_from_end: bool | _Node = ...) -> _Gives_output:
        """Return where a text stands in another, or -1."""
    def IsEmpty(self, *, text: str | _Node = ..., trim_whitespace: bool | _Node = ...) -> _Gives_output:
        """Tell whether a text has nothing in it, or with ``trim_whitespace`` nothing but blanks."""
    def Join(self, *, strings: _List | _Node = ..., separator: str | _Node = ...) -> _Gives_output:
        """Join a list of texts."""
    def Length(self, *, text: str | _Node = ..., measure: Literal['characters', 'words', 'lines'] | _Node = ...) -> _Gives_output:
        """Count the characters, words or lines of a text."""
    def PadText(self, *, text: str | _Node = ..., length: int | _Node = ..., pad_character: str | _Node = ..., direction: Literal['right', 'left', 'both'] | _Node = ...) -> _Gives_output:
        """Fill a text up to ``length`` on one side or both."""
    def ParseJSON(self, *, text: str | _Node = ...) -> _Gives_output:
        """Read JSON."""
    def Prompt(self, *, prompt: str | _Node = ..., **inputs: Any) -> _Gives_output:
        """Fill ``{{ name }}`` and ``{name}`` in a prompt with the inputs of those names."""
    def RegexMatch(self, *, text: str | _Node = ..., pattern: str | _Node = ..., group: int | _Node = ...) -> _Gives_output:
        """Return one group of every match; group 0 is the whole match."""
    def RegexReplace(self, *, text: str | _Node = ..., pattern: str | _Node = ..., replacement: str | _Node = ..., count: int | _Node = ...) -> _Gives_output:
        """Replace the matches of a pattern, at most ``count`` unless that is 0; ``$1`` stands for the first group."""
    def RegexSplit(self, *, text: str | _Node = ..., pattern: str | _Node = ..., maxsplit: int | _Node = ...) -> _Gives_output:
        """Cut a text at the matches of a pattern, at most ``maxsplit`` times unless that is 0."""
    def RegexValidate(self, *, text: str | _Node = ..., pattern: str | _Node = ...) -> _Gives_output:
        """Tell whether a pattern matches somewhere in a text."""
    def RemovePunctuation(self, *, text: str | _Node = ..., replacement: str | _Node = ..., punctuation: str | _Node = ...) -> _Gives_output:
        """Remove the marks of punctuation."""
    def Replace(self, *, text: str | _Node = ..., old: str | _Node = ..., new: str | _Node = ...) -> _Gives_output:
        """Replace every occurrence of a text."""
    def Slice(self, *, text: str | _Node = ..., start: int | _Node = ..., stop: int | _Node = ..., step: int | _Node = ...) -> _Gives_output:
        """Slice a text as Python does; a stop of 0 is open."""
    def Slugify(self, *, text: str | _Node = ..., separator: str | _Node = ..., lowercase: bool | _Node = ..., allow_unicode: bool | _Node = ...) -> _Gives_output:
        """Turn a text into what may stand in an address: letters and digits, with separators between words."""
    def Split(self, *, text: str | _Node = ..., delimiter: str | _Node = ...) -> _Gives_output:
        """Cut a text at each delimiter; an empty delimiter cuts it into characters."""
    def StartsWith(self, *, text: str | _Node = ..., prefix: str | _Node = ...) -> _Gives_output:
        """Tell whether a text begins with ``prefix``."""
    def StripAccents(self, *, text: str | _Node = ...) -> _Gives_output:
        """Remove the accents from letters."""
    def SurroundWith(self, *, text: str | _Node = ..., prefix: str | _Node = ..., suffix: str | _Node = ...) -> _Gives_output:
        """Put something before and after a text."""
    def Template(self, *, string: str | _Node = ..., values: Any | _Node = ..., **inputs: Any) -> _Gives_output:
        """Fill ``{{ name }}`` and ``{name}`` in a text with ``values`` and the inputs of those names."""
    def ToLowercase(self, *, text: str | _Node = ...) -> _Gives_output:
        """Write a text in small letters."""
    def ToString(self, *, value: Any | _Node = ..., mode: str | _Node = ...) -> _Gives_output:
        """Write a value as text; mode ``repr`` writes JSON."""
    def ToTitlecase(self, *, text: str | _Node = ...) -> _Gives_output:
        """Begin every word with a capital."""
    def ToUppercase(self, *, text: str | _Node = ...) -> _Gives_output:
        """Write a text in capitals."""
    def TrimWhitespace(self, *, text: str | _Node = ..., trim_start: bool | _Node = ..., trim_end: bool | _Node = ...) -> _Gives_output:
        """Remove the blanks at the edges."""
    def TruncateText(self, *, text: str | _Node = ..., max_length: int | _Node = ..., ellipsis: str | _Node = ...) -> _Gives_output:
        """Cut a text that is longer than ``max_length``, and end it with ``ellipsis`` within that length."""

class _NodetoolVariable:
    def GetVariable(self, *, name: str | _Node = ..., trigger: Any | _Node = ...) -> _Gives_output:
        """Read the value stored under a name; ``trigger`` only says when."""
    def SetVariable(self, *, name: str | _Node = ..., value: Any | _Node = ...) -> _Gives_output:
        """Store a value under a name, and forward it."""

class _NodetoolWorkflows:
    base_node: _NodetoolWorkflowsBaseNode

class _Lib:
    math: _LibMath

class _Nodetool:
    boolean: _NodetoolBoolean
    constant: _NodetoolConstant
    control: _NodetoolControl
    dictionary: _NodetoolDictionary
    image: _NodetoolImage
    input: _NodetoolInput
    list: _NodetoolList
    output: _NodetoolOutput
    text: _NodetoolText
    variable: _NodetoolVariable
    workflows: _NodetoolWorkflows

class _Test:
    def Input(self, *, value: Any | _Node = ..., name: str | _Node = ...) -> _Gives_value:
        """Take the param named like this node; only old samples use it."""

boolean: _NodetoolBoolean

constant: _NodetoolConstant

control: _NodetoolControl

dictionary: _NodetoolDictionary

image: _NodetoolImage

input: _NodetoolInput

lib: _Lib

list: _NodetoolList

nodetool: _Nodetool

output: _NodetoolOutput

test: _Test

text: _NodetoolText

variable: _NodetoolVariable

workflows: _NodetoolWorkflows

def __getattr__(name: str) -> Any: ...  # the notebook's own, and those of other packages
