# Written by "python -m nodetool_jupyter.nodes.stubs"; do not edit.
# ruff: noqa
# fmt: off
from typing import Any, Dict, List, Literal

from nodetool_jupyter.nodes.handles import NodeHandle as NodeHandle
from nodetool_jupyter.nodes.handles import Slot as Slot

_Node = NodeHandle | Slot
_List = List[Any]  # "list" is a namespace here, and "List" a node
_Dict = Dict[str, Any]

class _Gives_audios(NodeHandle):
    audios: Slot

class _Gives_comparison_score_equal(NodeHandle):
    comparison: Slot
    score: Slot
    equal: Slot

class _Gives_data_resumed_at_waited_seconds(NodeHandle):
    data: Slot
    resumed_at: Slot
    waited_seconds: Slot

class _Gives_data_timestamp_source_event_type(NodeHandle):
    data: Slot
    timestamp: Slot
    source: Slot
    event_type: Slot

class _Gives_dict_index(NodeHandle):
    dict: Slot
    index: Slot

class _Gives_diff_is_before_is_after_is_same(NodeHandle):
    diff: Slot
    is_before: Slot
    is_after: Slot
    is_same: Slot

class _Gives_document_path(NodeHandle):
    document: Slot
    path: Slot

class _Gives_escaped_trimmed_normalized_email(NodeHandle):
    escaped: Slot
    trimmed: Slot
    normalized_email: Slot

class _Gives_format_mode_width_height_channels(NodeHandle):
    format: Slot
    mode: Slot
    width: Slot
    height: Slot
    channels: Slot

class _Gives_formatted_iso_epoch_ms(NodeHandle):
    formatted: Slot
    iso: Slot
    epoch_ms: Slot

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

class _Gives_images(NodeHandle):
    images: Slot

class _Gives_is_email_is_url_is_uuid_is_json_is_numeric_is_alpha_is_alphanumeric(NodeHandle):
    is_email: Slot
    is_url: Slot
    is_uuid: Slot
    is_json: Slot
    is_numeric: Slot
    is_alpha: Slot
    is_alphanumeric: Slot

class _Gives_is_ip_is_ipv4_is_ipv6(NodeHandle):
    is_ip: Slot
    is_ipv4: Slot
    is_ipv6: Slot

class _Gives_iso_epoch_ms_date(NodeHandle):
    iso: Slot
    epoch_ms: Slot
    date: Slot

class _Gives_left_right(NodeHandle):
    left: Slot
    right: Slot

class _Gives_left_right_index(NodeHandle):
    left: Slot
    right: Slot
    index: Slot

class _Gives_links(NodeHandle):
    links: Slot

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

class _Gives_path_dest_path_is_directory_timestamp_source_event_type(NodeHandle):
    path: Slot
    dest_path: Slot
    is_directory: Slot
    timestamp: Slot
    source: Slot
    event_type: Slot

class _Gives_quarter_quarter_start_quarter_end(NodeHandle):
    quarter: Slot
    quarter_start: Slot
    quarter_end: Slot

class _Gives_r_g_b_a(NodeHandle):
    r: Slot
    g: Slot
    b: Slot
    a: Slot

class _Gives_row_index(NodeHandle):
    row: Slot
    index: Slot

class _Gives_shape_dtype_device_library_size_min_max_mean(NodeHandle):
    shape: Slot
    dtype: Slot
    device: Slot
    library: Slot
    size: Slot
    min: Slot
    max: Slot
    mean: Slot

class _Gives_start_iso_end_iso_start_end(NodeHandle):
    start_iso: Slot
    end_iso: Slot
    start: Slot
    end: Slot

class _Gives_stdout_stderr(NodeHandle):
    stdout: Slot
    stderr: Slot

class _Gives_tick_elapsed_seconds_interval_seconds_timestamp_source_event_type(NodeHandle):
    tick: Slot
    elapsed_seconds: Slot
    interval_seconds: Slot
    timestamp: Slot
    source: Slot
    event_type: Slot

class _Gives_title_description_keywords(NodeHandle):
    title: Slot
    description: Slot
    keywords: Slot

class _Gives_total_seconds_days_hours_minutes_seconds(NodeHandle):
    total_seconds: Slot
    days: Slot
    hours: Slot
    minutes: Slot
    seconds: Slot

class _Gives_value(NodeHandle):
    value: Slot

class _Gives_value_index_done(NodeHandle):
    value: Slot
    index: Slot
    done: Slot

class _Gives_videos(NodeHandle):
    videos: Slot

class _LibImageChannel:
    def ChannelMerge(self, *, r: Any | _Node = ..., g: Any | _Node = ..., b: Any | _Node = ..., a: Any | _Node = ...) -> _Gives_output:
        """Put grey pictures together as red, green, blue and alpha."""
    def ChannelShuffle(self, *, image: Any | _Node = ..., red: Literal['red', 'green', 'blue', 'alpha', 'luminance', 'zero', 'one'] | _Node = ..., green: Literal['red', 'green', 'blue', 'alpha', 'luminance', 'zero', 'one'] | _Node = ..., blue: Literal['red', 'green', 'blue', 'alpha', 'luminance', 'zero', 'one'] | _Node = ..., alpha: Literal['red', 'green', 'blue', 'alpha', 'luminance', 'zero', 'one'] | _Node = ...) -> _Gives_output:
        """Make each channel of a picture from another: a colour, alpha, brightness, or all black or white."""
    def Premultiply(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Multiply the colours of a picture by its alpha, as compositing programs want them."""
    def SetAlpha(self, *, image: Any | _Node = ..., alpha: Any | _Node = ..., opacity: float | _Node = ...) -> _Gives_output:
        """Replace the transparency of a picture by how bright another is, times ``opacity``, from 0 to 1."""
    def Unpremultiply(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Divide the colours of a picture by its alpha, which undoes ``Premultiply``; where it is clear they stay."""

class _LibImageColor:
    def ChannelSplit(self, *, image: Any | _Node = ...) -> _Gives_r_g_b_a:
        """Take a picture apart into red, green, blue and alpha; without alpha, that one is white."""
    def Exposure(self, *, image: Any | _Node = ..., stops: float | _Node = ...) -> _Gives_output:
        """Make a picture brighter or darker as a camera does: each stop doubles or halves every value."""
    def Grade(self, *, image: Any | _Node = ..., blackpoint: float | _Node = ..., whitepoint: float | _Node = ..., lift: float | _Node = ..., gain: float | _Node = ..., multiply: float | _Node = ..., offset: float | _Node = ..., gamma: float | _Node = ..., mix: float | _Node = ...) -> _Gives_output:
        """Grade a picture: what was at the black and white point goes to ``lift`` and ``gain``."""
    def Invert(self, *, image: Any | _Node = ..., amount: float | _Node = ...) -> _Gives_output:
        """Turn colours into their opposites; ``amount`` goes from 0, unchanged, to 1."""
    def Posterize(self, *, image: Any | _Node = ..., levels: int | _Node = ...) -> _Gives_output:
        """Leave only some levels of each colour, evenly spread from dark to bright."""

class _LibImageColorGrading:
    def CDL(self, *, image: Any | _Node = ..., slope_r: float | _Node = ..., slope_g: float | _Node = ..., slope_b: float | _Node = ..., offset_r: float | _Node = ..., offset_g: float | _Node = ..., offset_b: float | _Node = ..., power_r: float | _Node = ..., power_g: float | _Node = ..., power_b: float | _Node = ..., saturation: float | _Node = ...) -> _Gives_output:
        """Grade by the colour decision list of the ASC: times slope, plus offset, to the power, then saturation."""
    def ColorBalance(self, *, image: Any | _Node = ..., temperature: float | _Node = ..., tint: float | _Node = ...) -> _Gives_output:
        """Balance white: ``temperature`` from -1, cool, to 1, warm; ``tint`` from -1, green, to 1, magenta."""
    def Curves(self, *, image: Any | _Node = ..., black_point: float | _Node = ..., white_point: float | _Node = ..., shadows: float | _Node = ..., midtones: float | _Node = ..., highlights: float | _Node = ..., red_midtones: float | _Node = ..., green_midtones: float | _Node = ..., blue_midtones: float | _Node = ...) -> _Gives_output:
        """Bend the tone curve: black and white point, then dark, middle and bright tones up or down from -1 to 1."""
    def Exposure(self, *, image: Any | _Node = ..., exposure: float | _Node = ..., contrast: float | _Node = ..., highlights: float | _Node = ..., shadows: float | _Node = ..., whites: float | _Node = ..., blacks: float | _Node = ...) -> _Gives_output:
        """Set the tones as raw converters do: ``exposure`` in stops, the others from -1 to 1."""
    def FilmLook(self, *, image: Any | _Node = ..., preset: Literal['teal_orange', 'blockbuster', 'noir', 'vintage', 'cold_blue', 'warm_sunset', 'matrix', 'bleach_bypass', 'cross_process', 'faded'] | _Node = ..., intensity: float | _Node = ...) -> _Gives_output:
        """Give a picture the look of a kind of film; ``intensity`` goes from 0, unchanged, to 1."""
    def HSLAdjust(self, *, image: Any | _Node = ..., color_range: Literal['all', 'reds', 'oranges', 'yellows', 'greens', 'cyans', 'blues', 'purples', 'magentas'] | _Node = ..., hue_shift: float | _Node = ..., saturation: float | _Node = ..., luminance: float | _Node = ...) -> _Gives_output:
        """Change hue, saturation and brightness, of all colours or of those near one."""
    def LiftGammaGain(self, *, image: Any | _Node = ..., lift_r: float | _Node = ..., lift_g: float | _Node = ..., lift_b: float | _Node = ..., lift_master: float | _Node = ..., gamma_r: float | _Node = ..., gamma_g: float | _Node = ..., gamma_b: float | _Node = ..., gamma_master: float | _Node = ..., gain_r: float | _Node = ..., gain_g: float | _Node = ..., gain_b: float | _Node = ..., gain_master: float | _Node = ...) -> _Gives_output:
        """Grade shadows (lift), middle tones (gamma) and highlights (gain), for each colour and all together."""
    def SaturationVibrance(self, *, image: Any | _Node = ..., saturation: float | _Node = ..., vibrance: float | _Node = ...) -> _Gives_output:
        """Make colours stronger or weaker: ``saturation`` all alike, ``vibrance`` the pale ones more; -1 to 1."""
    def SplitToning(self, *, image: Any | _Node = ..., shadow_hue: float | _Node = ..., shadow_saturation: float | _Node = ..., highlight_hue: float | _Node = ..., highlight_saturation: float | _Node = ..., balance: float | _Node = ...) -> _Gives_output:
        """Tint dark and bright tones differently; hues are in degrees, saturations from 0, none, to 1."""
    def Vignette(self, *, image: Any | _Node = ..., amount: float | _Node = ..., midpoint: float | _Node = ..., roundness: float | _Node = ..., feather: float | _Node = ...) -> _Gives_output:
        """Darken a picture towards its edges, or with an ``amount`` below 0 lighten it."""

class _LibImageDraw:
    def AngularGradient(self, *, width: int | _Node = ..., height: int | _Node = ..., color_a: Any | _Node = ..., color_b: Any | _Node = ..., rotation: float | _Node = ...) -> _Gives_output:
        """Make a picture that goes from one colour to another once round its middle, clockwise."""
    def Background(self, *, width: int | _Node = ..., height: int | _Node = ..., color: Any | _Node = ...) -> _Gives_output:
        """Make a picture of one colour."""
    def Checkerboard(self, *, width: int | _Node = ..., height: int | _Node = ..., cell_size: int | _Node = ..., color_a: Any | _Node = ..., color_b: Any | _Node = ...) -> _Gives_output:
        """Make a chequered picture; ``cell_size`` is the side of a square in pixels, the first has ``color_a``."""
    def DiamondGradient(self, *, width: int | _Node = ..., height: int | _Node = ..., color_inner: Any | _Node = ..., color_outer: Any | _Node = ..., radius: float | _Node = ...) -> _Gives_output:
        """Make a picture that goes from one colour in its middle to another at the edge of a diamond."""
    def GaussianNoise(self, *, width: int | _Node = ..., height: int | _Node = ..., mean: float | _Node = ..., stddev: float | _Node = ..., seed: int | _Node = ...) -> _Gives_output:
        """Make a picture of coloured noise, the same for the same ``seed``."""
    def LinearGradient(self, *, width: int | _Node = ..., height: int | _Node = ..., color_a: Any | _Node = ..., color_b: Any | _Node = ..., angle: float | _Node = ..., midpoint: float | _Node = ...) -> _Gives_output:
        """Make a picture that goes from one colour to another along a line."""
    def RadialGradient(self, *, width: int | _Node = ..., height: int | _Node = ..., color_inner: Any | _Node = ..., color_outer: Any | _Node = ..., radius: float | _Node = ...) -> _Gives_output:
        """Make a picture that goes from one colour in its middle to another at a radius."""

class _LibImageEffects:
    def ChromaticAberration(self, *, image: Any | _Node = ..., amount: float | _Node = ...) -> _Gives_output:
        """Let red reach further out than blue, as through a cheap lens."""
    def DropShadow(self, *, image: Any | _Node = ..., offset_x: int | _Node = ..., offset_y: int | _Node = ..., blur: float | _Node = ..., color: Any | _Node = ..., opacity: float | _Node = ...) -> _Gives_output:
        """Lay a shadow behind what is opaque in a picture, ``offset_x`` and ``offset_y`` pixels to the right and below."""
    def FilmGrain(self, *, image: Any | _Node = ..., amount: float | _Node = ..., monochrome: bool | _Node = ..., seed: int | _Node = ...) -> _Gives_output:
        """Add the grain of film, strongest in the middle tones, the same for the same ``seed``."""
    def Glow(self, *, image: Any | _Node = ..., threshold: float | _Node = ..., radius: float | _Node = ..., intensity: float | _Node = ...) -> _Gives_output:
        """Let what is brighter than a threshold shine onto what is around it."""
    def Pixelate(self, *, image: Any | _Node = ..., block_size: int | _Node = ...) -> _Gives_output:
        """Make a picture of large square blocks, each the mean of what is in it; ``block_size`` is in pixels."""

class _LibImageEnhance:
    def AdaptiveContrast(self, *, image: Any | _Node = ..., clip_limit: float | _Node = ..., grid_size: int | _Node = ...) -> _Gives_output:
        """Raise the contrast of each part of a picture by itself, so that dark and bright parts both show detail."""
    def AutoContrast(self, *, image: Any | _Node = ..., cutoff: int | _Node = ...) -> _Gives_output:
        """Stretch each colour so that its darkest tone becomes black and its brightest full."""
    def Brightness(self, *, image: Any | _Node = ..., factor: float | _Node = ...) -> _Gives_output:
        """Make a picture brighter or darker; 1 changes nothing, 0 is black."""
    def Color(self, *, image: Any | _Node = ..., factor: float | _Node = ...) -> _Gives_output:
        """Make the colours of a picture stronger or weaker; 1 changes nothing, 0 is grey."""
    def Contrast(self, *, image: Any | _Node = ..., factor: float | _Node = ...) -> _Gives_output:
        """Raise or lower the contrast of a picture; 1 changes nothing, 0 is an even grey."""
    def Detail(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Bring out fine detail."""
    def EdgeEnhance(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Bring out edges."""
    def Equalize(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Spread the tones of a picture so that all occur about equally often."""
    def RankFilter(self, *, image: Any | _Node = ..., size: int | _Node = ..., rank: int | _Node = ...) -> _Gives_output:
        """Give each pixel the value that stands at a rank among those around it, in a square of ``size`` × ``size``."""
    def Sharpen(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Sharpen a picture."""
    def Sharpness(self, *, image: Any | _Node = ..., factor: float | _Node = ...) -> _Gives_output:
        """Sharpen or soften a picture; 1 changes nothing, 0 is soft, 2 is sharp."""
    def UnsharpMask(self, *, image: Any | _Node = ..., radius: float | _Node = ..., percent: int | _Node = ..., threshold: int | _Node = ...) -> _Gives_output:
        """Sharpen a picture by what a blur of ``radius`` pixels takes away, where that is more than ``threshold``."""

class _LibImageFilter:
    def Contour(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Draw the outlines of a picture, dark on white."""
    def ConvertToGrayscale(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Take the colours out of a picture; its transparency stays."""
    def Emboss(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Show a picture as if it were pressed into grey paper."""
    def Expand(self, *, image: Any | _Node = ..., border: int | _Node = ..., fill: Any | _Node = ...) -> _Gives_output:
        """Put a border around a picture, ``border`` pixels wide on each side."""
    def Smooth(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Soften a picture a little."""
    def Threshold(self, *, image: Any | _Node = ..., threshold: float | _Node = ..., softness: float | _Node = ...) -> _Gives_output:
        """Make a picture black and white: white where it is brighter than ``threshold``, from 0 to 1."""

class _LibImageKeyer:
    def ChromaKey(self, *, image: Any | _Node = ..., key_color: Any | _Node = ..., tolerance: float | _Node = ..., softness: float | _Node = ..., spill: float | _Node = ...) -> _Gives_output:
        """Make a colour transparent, such as the green of a studio wall, whether it is lit or in shade."""
    def Despill(self, *, image: Any | _Node = ..., screen: Literal['red', 'green', 'blue'] | _Node = ..., amount: float | _Node = ...) -> _Gives_output:
        """Take the glow of a coloured wall off a picture: of its colour what is above the mean of the other two."""
    def DifferenceKey(self, *, image: Any | _Node = ..., background: Any | _Node = ..., tolerance: float | _Node = ..., softness: float | _Node = ...) -> _Gives_output:
        """Make transparent what is the same in a picture of the empty background."""
    def LumaKey(self, *, image: Any | _Node = ..., low: float | _Node = ..., high: float | _Node = ..., softness: float | _Node = ..., invert: bool | _Node = ...) -> _Gives_output:
        """Make transparent what is as bright as from ``low`` to ``high``, each from 0, black, to 1, white."""

class _LibImageMask:
    def ApplyMask(self, *, image: Any | _Node = ..., mask: Any | _Node = ..., invert: bool | _Node = ...) -> _Gives_output:
        """Make a picture transparent where a mask is dark; what was transparent stays so."""
    def BlendWithMask(self, *, image_a: Any | _Node = ..., image_b: Any | _Node = ..., mask: Any | _Node = ...) -> _Gives_output:
        """Show the first picture where a mask is black, and the second where it is white."""
    def CombineMasks(self, *, mask_a: Any | _Node = ..., mask_b: Any | _Node = ..., operation: Literal['union', 'intersection', 'subtract', 'difference'] | _Node = ...) -> _Gives_output:
        """Combine two masks: what counts in either, in both, in the first only, or in just one of them."""
    def FeatherMask(self, *, mask: Any | _Node = ..., radius: float | _Node = ...) -> _Gives_output:
        """Soften the edge of a mask; ``radius`` is in pixels."""
    def GrowMask(self, *, mask: Any | _Node = ..., pixels: int | _Node = ...) -> _Gives_output:
        """Make what counts in a mask larger on all sides by some pixels, or with a number below 0 smaller."""
    def InvertMask(self, *, mask: Any | _Node = ...) -> _Gives_output:
        """Turn a mask round: what counted does not, and the other way about."""
    def MaskFromAlpha(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Return how opaque a picture is, as a mask; white without transparency."""
    def MaskFromLuminance(self, *, image: Any | _Node = ..., threshold: float | _Node = ..., softness: float | _Node = ...) -> _Gives_output:
        """Return a mask of what is brighter than a threshold from 0 to 1."""

class _LibImageWarp:
    def Affine(self, *, image: Any | _Node = ..., translate_x: float | _Node = ..., translate_y: float | _Node = ..., rotation: float | _Node = ..., scale_x: float | _Node = ..., scale_y: float | _Node = ..., shear_x: float | _Node = ..., shear_y: float | _Node = ..., edge: Literal['transparent', 'clamp', 'repeat', 'mirror'] | _Node = ...) -> _Gives_output:
        """Shear, scale, turn clockwise and move a picture, in this order, about its middle."""
    def CornerPin(self, *, image: Any | _Node = ..., top_left_x: float | _Node = ..., top_left_y: float | _Node = ..., top_right_x: float | _Node = ..., top_right_y: float | _Node = ..., bottom_right_x: float | _Node = ..., bottom_right_y: float | _Node = ..., bottom_left_x: float | _Node = ..., bottom_left_y: float | _Node = ...) -> _Gives_output:
        """Pull the corners of a picture to four places, in perspective; beyond it nothing is left."""
    def Displace(self, *, image: Any | _Node = ..., displacement: Any | _Node = ..., scale_x: float | _Node = ..., scale_y: float | _Node = ..., edge: Literal['transparent', 'clamp', 'repeat', 'mirror'] | _Node = ...) -> _Gives_output:
        """Move the pixels of a picture as another says: its red sideways, its green up and down."""
    def Offset(self, *, image: Any | _Node = ..., offset_x: float | _Node = ..., offset_y: float | _Node = ..., wrap: Literal[0, 1, 2] | _Node = ...) -> _Gives_output:
        """Move a picture right and down by fractions of its width and height."""
    def Pad(self, *, image: Any | _Node = ..., left: float | _Node = ..., top: float | _Node = ..., right: float | _Node = ..., bottom: float | _Node = ..., color: Any | _Node = ...) -> _Gives_output:
        """Put a picture onto a larger canvas; the added edges are fractions of its width and height."""
    def PolarRemap(self, *, image: Any | _Node = ..., direction: Literal['rectangular_to_polar', 'polar_to_rectangular'] | _Node = ..., rotation: float | _Node = ...) -> _Gives_output:
        """Bend a picture into a ring, its top edge in the middle, or unroll such a ring."""
    def Spherize(self, *, image: Any | _Node = ..., amount: float | _Node = ..., radius: float | _Node = ..., center_x: float | _Node = ..., center_y: float | _Node = ...) -> _Gives_output:
        """Bulge a picture as if a ball lay behind it; ``amount`` goes from -1, pinched, to 1."""
    def Tile(self, *, image: Any | _Node = ..., tiles_x: float | _Node = ..., tiles_y: float | _Node = ..., wrap: Literal[0, 1, 2] | _Node = ...) -> _Gives_output:
        """Fill the canvas with small copies of a picture, ``tiles_x`` side by side and ``tiles_y`` below each other."""

class _LibPillowDraw:
    def RenderText(self, *, text: str | _Node = ..., font: Any | _Node = ..., x: int | _Node = ..., y: int | _Node = ..., size: int | _Node = ..., color: Any | _Node = ..., align: Literal['left', 'center', 'right'] | _Node = ..., image: Any | _Node = ...) -> _Gives_output:
        """Write a text onto a picture; ``x`` and ``y`` are where its left and upper edges are."""

class _LibPillowFilter:
    def Blur(self, *, image: Any | _Node = ..., radius: float | _Node = ...) -> _Gives_output:
        """Soften a picture; ``radius`` is in pixels."""
    def Canny(self, *, image: Any | _Node = ..., low_threshold: float | _Node = ..., high_threshold: float | _Node = ...) -> _Gives_output:
        """Find edges as lines one pixel wide, white on black."""
    def FindEdges(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Show how steeply each colour changes, bright on black."""
    def GetChannel(self, *, image: Any | _Node = ..., channel: Literal['R', 'G', 'B'] | _Node = ...) -> _Gives_output:
        """Return one colour of a picture as a grey picture."""
    def Invert(self, *, image: Any | _Node = ...) -> _Gives_output:
        """Turn a picture into its negative."""
    def Posterize(self, *, image: Any | _Node = ..., bits: int | _Node = ...) -> _Gives_output:
        """Leave only so many ``bits`` of each colour, from 1 to 8: 4 are 16 tones."""
    def Solarize(self, *, image: Any | _Node = ..., threshold: int | _Node = ...) -> _Gives_output:
        """Turn all tones from ``threshold`` on, of 0 to 255, into their negative."""

class _NodetoolWorkflowsBaseNode:
    def Comment(self, *, comment: Any | _Node = ..., headline: str | _Node = ..., comment_color: str | _Node = ...) -> _Gives_output:
        """Write something beside the graph; it never runs."""
    def Group(self, *, name: str | _Node = ...) -> _Gives_output:
        """Frame some nodes; they run like all others."""
    def Preview(self, *, value: Any | _Node = ..., name: str | _Node = ...) -> _Gives_output:
        """Show a value while the job runs."""

class _HuggingfaceSentenceSimilarity:
    def SentenceSimilarity(self, *, model: Any | _Dict | str | _Node = ..., inputs: str | _Node = ...) -> _Gives_output:
        """Turn a text into a vector that stands for its meaning: the mean of a model's last layer over all tokens."""

class _LibDate:
    def AddTimeDelta(self, *, input_datetime: Any | _Node = ..., days: int | _Node = ..., hours: int | _Node = ..., minutes: int | _Node = ...) -> _Gives_output:
        """Move a moment by days, hours and minutes, back where they are negative."""
    def BoundaryTime(self, *, input_datetime: Any | _Node = ..., period: Literal['day', 'week', 'month', 'year'] | _Node = ..., boundary: Literal['start', 'end'] | _Node = ..., start_monday: bool | _Node = ...) -> _Gives_output:
        """Return the first or the last millisecond of a day, week, month or year; weeks begin on Monday or on Sunday."""
    def DateDifference(self, *, start_date: Any | _Node = ..., end_date: Any | _Node = ...) -> _Gives_total_seconds_days_hours_minutes_seconds:
        """Return the time from one moment to another; before it, all parts but the days count forward."""
    def DateRange(self, *, start_date: Any | _Node = ..., end_date: Any | _Node = ..., step_days: int | _Node = ...) -> _Gives_output:
        """Return the moments from one date to another, the last included, ``step_days`` apart."""
    def DateToDatetime(self, *, input_date: Any | _Node = ...) -> _Gives_output:
        """Return the moment when a day begins."""
    def DatetimeToDate(self, *, input_datetime: Any | _Node = ...) -> _Gives_output:
        """Return the day that a moment lies in."""
    def FormatDateTime(self, *, input_datetime: Any | _Node = ..., output_format: str | _Node = ...) -> _Gives_output:
        """Write a moment in a given format, such as ``%d.%m.%Y %H:%M``."""
    def GetQuarter(self, *, input_datetime: Any | _Node = ...) -> _Gives_quarter_quarter_start_quarter_end:
        """Return the quarter of the year that a moment lies in, its beginning and its end."""
    def GetWeekday(self, *, input_datetime: Any | _Node = ..., as_name: bool | _Node = ...) -> _Gives_output:
        """Return the day of the week by name, or as a number from 0 for Monday to 6 for Sunday."""
    def IsDateInRange(self, *, check_date: Any | _Node = ..., start_date: Any | _Node = ..., end_date: Any | _Node = ..., inclusive: bool | _Node = ...) -> _Gives_output:
        """Tell whether a moment lies between two others; ``inclusive`` counts these as well."""
    def Now(self) -> _Gives_output:
        """Give the present moment."""
    def ParseDate(self, *, date_string: str | _Node = ..., input_format: str | _Node = ...) -> _Gives_output:
        """Read a day from a text of a given format, such as ``%d.%m.%Y``."""
    def ParseDateTime(self, *, datetime_string: str | _Node = ..., input_format: str | _Node = ...) -> _Gives_output:
        """Read a moment from a text of a given format; without an offset in the text it is local time."""
    def RelativeTime(self, *, amount: int | _Node = ..., unit: Literal['minutes', 'hours', 'days', 'weeks', 'months', 'years'] | _Node = ..., direction: Literal['past', 'future'] | _Node = ...) -> _Gives_output:
        """Return the moment that lies some units of time before or after now."""
    def Today(self) -> _Gives_output:
        """Give the present day."""

class _LibDatetime:
    def Add(self, *, date: Any | _Node = ..., amount: float | _Node = ..., unit: Literal['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'year'] | _Node = ...) -> _Gives_iso_epoch_ms_date:
        """Move a date by some units of time, back where the amount is negative."""
    def Diff(self, *, date_a: Any | _Node = ..., date_b: Any | _Node = ..., unit: Literal['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'year'] | _Node = ...) -> _Gives_diff_is_before_is_after_is_same:
        """Count the whole units of time from ``date_b`` to ``date_a``, and tell which of them is earlier."""
    def Format(self, *, date: Any | _Node = ..., pattern: str | _Node = ...) -> _Gives_formatted_iso_epoch_ms:
        """Write a date in local time by a pattern of ``YYYY YY MM M DD D HH H mm m ss s SSS Z`` and ``[literal text]``."""
    def Now(self) -> _Gives_iso_epoch_ms_date:
        """Give the present moment."""
    def StartEnd(self, *, date: Any | _Node = ..., unit: Literal['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'year'] | _Node = ...) -> _Gives_start_iso_end_iso_start_end:
        """Return the first and the last millisecond of the day, week, month … of a date; weeks begin on Sunday."""

class _LibHtml:
    def BaseUrl(self, *, url: str | _Node = ...) -> _Gives_output:
        """Return the scheme and the host of an address."""
    def ExtractAudio(self, *, html: str | _Node = ..., base_url: str | _Node = ...) -> _Gives_audios:
        """Return references to the sounds of a page, their addresses made absolute; none is fetched."""
    def ExtractImages(self, *, html: str | _Node = ..., base_url: str | _Node = ...) -> _Gives_images:
        """Return references to the pictures of a page, their addresses made absolute; none is fetched."""
    def ExtractLinks(self, *, html: str | _Node = ..., base_url: str | _Node = ...) -> _Gives_links:
        """Return the links of a page with their text, and whether they stay on the site of ``base_url``."""
    def ExtractMetadata(self, *, html: str | _Node = ...) -> _Gives_title_description_keywords:
        """Return the title, the description and the keywords that a page gives itself; what is missing is empty."""
    def ExtractVideos(self, *, html: str | _Node = ..., base_url: str | _Node = ...) -> _Gives_videos:
        """Return references to the videos of a page, their addresses made absolute; none is fetched."""
    def HTMLToText(self, *, text: str | _Node = ..., preserve_linebreaks: bool | _Node = ...) -> _Gives_output:
        """Return the text of a page without tags; without ``preserve_linebreaks`` on a single line."""
    def WebsiteContentExtractor(self, *, html_content: str | _Node = ...) -> _Gives_output:
        """Return the text of the main part of a page."""

class _LibImage:
    channel: _LibImageChannel
    color: _LibImageColor
    color_grading: _LibImageColorGrading
    draw: _LibImageDraw
    effects: _LibImageEffects
    enhance: _LibImageEnhance
    filter: _LibImageFilter
    keyer: _LibImageKeyer
    mask: _LibImageMask
    warp: _LibImageWarp

class _LibJson:
    def FilterJSON(self, *, array: _List | _Node = ..., key: str | _Node = ..., value: Any | _Node = ...) -> _Gives_output:
        """Keep the dictionaries that have this value under a key."""
    def GetJSONPathBool(self, *, data: Any | _Node = ..., path: str | _Node = ..., default: bool | _Node = ...) -> _Gives_output:
        """Tell whether there is something at a path that counts as true: not 0, and not empty."""
    def GetJSONPathDict(self, *, data: Any | _Node = ..., path: str | _Node = ..., default: _Dict | _Node = ...) -> _Gives_output:
        """Return the dictionary at a path."""
    def GetJSONPathFloat(self, *, data: Any | _Node = ..., path: str | _Node = ..., default: float | _Node = ...) -> _Gives_output:
        """Return the number at a path; digits in a text count, too."""
    def GetJSONPathInt(self, *, data: Any | _Node = ..., path: str | _Node = ..., default: int | _Node = ...) -> _Gives_output:
        """Return the number at a path, as a whole one; digits in a text count, too."""
    def GetJSONPathList(self, *, data: Any | _Node = ..., path: str | _Node = ..., default: _List | _Node = ...) -> _Gives_output:
        """Return the list at a path, or everything that a path such as ``$.orders[*].total`` finds."""
    def GetJSONPathStr(self, *, data: Any | _Node = ..., path: str | _Node = ..., default: str | _Node = ...) -> _Gives_output:
        """Return the text at a path such as ``$.user.name`` or ``orders.0.id``; other values are written as text."""
    def JSONTemplate(self, *, template: str | _Node = ..., values: _Dict | _Node = ...) -> _Gives_output:
        """Fill ``$name`` in a JSON text with values, and read the dictionary that it then is."""
    def ParseDict(self, *, json_string: str | _Node = ...) -> _Gives_output:
        """Read a dictionary written as JSON."""
    def ParseList(self, *, json_string: str | _Node = ...) -> _Gives_output:
        """Read a list written as JSON."""
    def StringifyJSON(self, *, data: Any | _Node = ..., indent: int | _Node = ...) -> _Gives_output:
        """Write a value as JSON; an indent of 0 writes it on one line."""
    def ValidateJSON(self, *, data: Any | _Node = ..., json_schema: _Dict | _Node = ...) -> _Gives_output:
        """Tell whether a value is what a JSON Schema describes."""

class _LibMarkdown:
    def ExtractBulletLists(self, *, markdown: str | _Node = ...) -> _Gives_output:
        """Return the bulleted lists with the texts of their items; the items of a list within follow the outer one."""
    def ExtractCodeBlocks(self, *, markdown: str | _Node = ...) -> _Gives_output:
        """Return the code between fences with its language; without one that is ``text``."""
    def ExtractHeaders(self, *, markdown: str | _Node = ..., max_level: int | _Node = ...) -> _Gives_output:
        """Return the headings down to a level, with their level, text and number in order."""
    def ExtractLinks(self, *, markdown: str | _Node = ..., include_titles: bool | _Node = ...) -> _Gives_output:
        """Return the links with their addresses and titles; the title of a link without one is its text."""
    def ExtractNumberedLists(self, *, markdown: str | _Node = ...) -> _Gives_output:
        """Return the numbered lists with the texts of their items; the items of a list within follow the outer one."""
    def ExtractTables(self, *, markdown: str | _Node = ...) -> _Gives_output:
        """Return the first table as rows, each from the texts of the head to those of its cells."""

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

class _LibPillow:
    draw: _LibPillowDraw
    filter: _LibPillowFilter
    def Blend(self, *, image1: Any | _Node = ..., image2: Any | _Node = ..., alpha: float | _Node = ...) -> _Gives_output:
        """Mix two pictures: at ``alpha`` 0 the first shows, at 1 the second."""
    def Composite(self, *, image1: Any | _Node = ..., image2: Any | _Node = ..., mask: Any | _Node = ...) -> _Gives_output:
        """Put two pictures together by a mask: where it is white the first shows, where it is black the second."""

class _LibSvg:
    def Circle(self, *, cx: int | _Node = ..., cy: int | _Node = ..., radius: int | _Node = ..., fill: Any | _Node = ..., stroke: Any | _Node = ..., stroke_width: int | _Node = ...) -> _Gives_output:
        """Draw a circle."""
    def ClipPath(self, *, clip_content: Any | _Node = ..., content: Any | _Node = ..., id: str | _Node = ...) -> _Gives_output:
        """Show of ``content`` only what is inside the shapes of ``clip_content``."""
    def Document(self, *, elements: _List | _Node = ..., content: Any | _Node = ..., width: int | _Node = ..., height: int | _Node = ..., viewBox: str | _Node = ...) -> _Gives_output:
        """Write elements as the text of an SVG document."""
    def DropShadow(self, *, content: Any | _Node = ..., std_deviation: float | _Node = ..., dx: float | _Node = ..., dy: float | _Node = ..., color: Any | _Node = ..., id: str | _Node = ...) -> _Gives_output:
        """Lay a shadow behind ``content``; without it, define the filter that elements name ``url(#shadow)``."""
    def Ellipse(self, *, cx: int | _Node = ..., cy: int | _Node = ..., rx: int | _Node = ..., ry: int | _Node = ..., fill: Any | _Node = ..., stroke: Any | _Node = ..., stroke_width: int | _Node = ...) -> _Gives_output:
        """Draw an ellipse."""
    def GaussianBlur(self, *, content: Any | _Node = ..., std_deviation: float | _Node = ..., id: str | _Node = ...) -> _Gives_output:
        """Blur what is in ``content``; without it, define the filter that elements name ``url(#blur)``."""
    def Gradient(self, *, gradient_type: Literal['linearGradient', 'radialGradient'] | _Node = ..., x1: float | _Node = ..., y1: float | _Node = ..., x2: float | _Node = ..., y2: float | _Node = ..., color1: Any | _Node = ..., color2: Any | _Node = ..., id: str | _Node = ...) -> _Gives_output:
        """Define a gradient from one colour to another; shapes are filled with it by the fill ``url(#gradient)``."""
    def Line(self, *, x1: int | _Node = ..., y1: int | _Node = ..., x2: int | _Node = ..., y2: int | _Node = ..., stroke: Any | _Node = ..., stroke_width: int | _Node = ...) -> _Gives_output:
        """Draw a straight line."""
    def Path(self, *, path_data: str | _Node = ..., fill: Any | _Node = ..., stroke: Any | _Node = ..., stroke_width: int | _Node = ...) -> _Gives_output:
        """Draw a path of lines and curves such as ``M 0 0 L 50 100 Z``."""
    def Polygon(self, *, points: str | _Node = ..., fill: Any | _Node = ..., stroke: Any | _Node = ..., stroke_width: int | _Node = ...) -> _Gives_output:
        """Draw a polygon through points such as ``0,0 50,100 100,0``."""
    def Rect(self, *, x: int | _Node = ..., y: int | _Node = ..., width: int | _Node = ..., height: int | _Node = ..., fill: Any | _Node = ..., stroke: Any | _Node = ..., stroke_width: int | _Node = ...) -> _Gives_output:
        """Draw a rectangle."""
    def SVGToImage(self, *, elements: _List | _Node = ..., content: Any | _Node = ..., width: int | _Node = ..., height: int | _Node = ..., viewBox: str | _Node = ..., scale: float | _Node = ...) -> _Gives_output:
        """Draw elements, or a text of SVG, as a picture with alpha, ``scale`` times as large as ``width`` × ``height``."""
    def Text(self, *, text: str | _Node = ..., x: int | _Node = ..., y: int | _Node = ..., font_family: str | _Node = ..., font_size: int | _Node = ..., fill: Any | _Node = ..., text_anchor: Literal['start', 'middle', 'end'] | _Node = ...) -> _Gives_output:
        """Write a text; ``y`` is its base line, and ``text_anchor`` which part of it stands at ``x``."""
    def Transform(self, *, content: Any | _Node = ..., translate_x: float | _Node = ..., translate_y: float | _Node = ..., rotate: float | _Node = ..., scale_x: float | _Node = ..., scale_y: float | _Node = ...) -> _Gives_output:
        """Scale what is in ``content``, turn it clockwise by degrees about the origin, and move it."""

class _LibTensor:
    def Abs(self, *, value: Any | _List | float | _Node = ...) -> _Gives_output:
        """Drop the signs."""
    def Add(self, *, a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ...) -> _Gives_output:
        """Add two arrays, number by number; the shorter is repeated where its shape allows it."""
    def Arange(self, *, start: float | _Node = ..., stop: float | _Node = ..., step: float | _Node = ..., dtype: Literal['', 'float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Count from ``start`` to below ``stop`` by ``step``; of whole numbers int64, else float64."""
    def ArgMax(self, *, value: Any | _List | float | _Node = ..., axis: int | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Return the place of the largest number along an axis, or in the whole array as one row; the first of equals."""
    def ArgMin(self, *, value: Any | _List | float | _Node = ..., axis: int | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Return the place of the smallest number along an axis, or in the whole array as one row; the first of equals."""
    def Cast(self, *, value: Any | _List | float | _Node = ..., dtype: Literal['bfloat16', 'float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Change the dtype: fractions are cut off, anything but 0 is true, and what does not fit is refused."""
    def Clip(self, *, value: Any | _List | float | _Node = ..., minimum: float | None | _Node = ..., maximum: float | None | _Node = ...) -> _Gives_output:
        """Bring each number between two limits, of which one may be missing; the dtype stays."""
    def Compare(self, *, a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ..., comparison: Literal['==', '!=', '>', '<', '>=', '<='] | _Node = ...) -> _Gives_output:
        """Compare two arrays, number by number; the result is true or false at each place."""
    def Concatenate(self, *, values: _List | _Node = ..., axis: int | _Node = ...) -> _Gives_output:
        """Put arrays behind each other, along an axis they have; numbers count as arrays of one."""
    def Divide(self, *, a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ...) -> _Gives_output:
        """Divide the numbers of the first array by those of the second; the result is in floats."""
    def Exp(self, *, value: Any | _List | float | _Node = ...) -> _Gives_output:
        """Raise e to each number."""
    def FromImage(self, *, image: Any | _Node = ..., mode: Literal['RGB', 'RGBA', 'L'] | _Node = ..., layout: Literal['HWC', 'CHW'] | _Node = ..., dtype: Literal['float32', 'float64', 'uint8'] | _Node = ...) -> _Gives_output:
        """Make an array of a picture: its rows, columns and colours, as floats from 0 to 1 or bytes from 0 to 255."""
    def FromList(self, *, values: _List | _Node = ..., dtype: Literal['', 'float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Make an array of a list of numbers, or of lists of one length; without ``dtype``, int64 or float64."""
    def Full(self, *, shape: _List | _Node = ..., fill: float | _Node = ..., dtype: Literal['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Make an array of one number, repeated."""
    def Index(self, *, value: Any | _List | float | _Node = ..., index: int | _List | _Node = ..., axis: int | _Node = ...) -> _Gives_output:
        """Take what is at a place along an axis, which goes away; a list of places takes them in that order."""
    def Info(self, *, value: Any | _List | float | _Node = ...) -> _Gives_shape_dtype_device_library_size_min_max_mean:
        """Tell the shape, dtype and device of an array, and the range and mean of its numbers."""
    def Linspace(self, *, start: float | _Node = ..., stop: float | _Node = ..., num: int | _Node = ..., endpoint: bool | _Node = ...) -> _Gives_output:
        """Divide the way from ``start`` to ``stop`` into ``num`` numbers at one distance; ``endpoint`` counts ``stop``."""
    def Log(self, *, value: Any | _List | float | _Node = ..., base: Literal['e', '2', '10'] | _Node = ...) -> _Gives_output:
        """Take the logarithm of each number; of 0 it is -inf, of a negative one nan."""
    def MatMul(self, *, a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ...) -> _Gives_output:
        """Multiply two matrices; arrays of one axis are a row before and a column after, further axes are stacks."""
    def Max(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Return the largest number; nan when there is one."""
    def Mean(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Return the mean of the numbers."""
    def Median(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Return the number in the middle, or the mean of the two there; nan when there is one."""
    def Min(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Return the smallest number; nan when there is one."""
    def Multiply(self, *, a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ...) -> _Gives_output:
        """Multiply two arrays, number by number."""
    def Normalize(self, *, value: Any | _List | float | _Node = ..., method: Literal['l2', 'l1', 'max', 'minmax', 'zscore'] | _Node = ..., axis: int | None | _Node = ...) -> _Gives_output:
        """Bring numbers to a common measure, of the whole array or along an axis."""
    def OneHot(self, *, value: Any | _List | float | _Node = ..., classes: int | _Node = ...) -> _Gives_output:
        """Write each whole number as a row of zeros with a 1 at its place, in float32."""
    def Ones(self, *, shape: _List | _Node = ..., dtype: Literal['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Make an array of ones."""
    def Power(self, *, base: Any | _List | float | _Node = ..., exponent: Any | _List | float | _Node = ...) -> _Gives_output:
        """Raise the numbers of the first array to the powers of the second."""
    def Random(self, *, shape: _List | _Node = ..., distribution: Literal['uniform', 'normal'] | _Node = ..., seed: int | _Node = ..., dtype: Literal['float32', 'float64'] | _Node = ...) -> _Gives_output:
        """Make an array of random numbers: uniform from 0 to below 1, or normal around 0 with a deviation of 1."""
    def Reshape(self, *, value: Any | _List | float | _Node = ..., shape: _List | _Node = ...) -> _Gives_output:
        """Give an array another shape, its numbers in the same order; one length may be -1, and is then worked out."""
    def Round(self, *, value: Any | _List | float | _Node = ..., decimals: int | _Node = ...) -> _Gives_output:
        """Round each number to so many decimals, a half to the even neighbour; whole numbers stay as they are."""
    def Slice(self, *, value: Any | _List | float | _Node = ..., axis: int | _Node = ..., start: int | None | _Node = ..., stop: int | None | _Node = ..., step: int | _Node = ...) -> _Gives_output:
        """Take the part of an array from ``start`` to below ``stop`` along an axis, as Python slices do."""
    def Softmax(self, *, value: Any | _List | float | _Node = ..., axis: int | _Node = ...) -> _Gives_output:
        """Turn numbers into shares that add up to 1 along an axis: e to each number, over the sum of those."""
    def Sqrt(self, *, value: Any | _List | float | _Node = ...) -> _Gives_output:
        """Take the square root of each number; of a negative one it is nan."""
    def Stack(self, *, values: _List | _Node = ..., axis: int | _Node = ...) -> _Gives_output:
        """Put arrays of one shape beside each other, along a new axis."""
    def Std(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ..., ddof: int | _Node = ...) -> _Gives_output:
        """Return the standard deviation; ``ddof`` 1 makes it that of a sample."""
    def Subtract(self, *, a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ...) -> _Gives_output:
        """Take the numbers of the second array from those of the first."""
    def Sum(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ...) -> _Gives_output:
        """Add the numbers; of none it is 0."""
    def ToImage(self, *, value: Any | _List | float | _Node = ..., layout: Literal['HWC', 'CHW'] | _Node = ...) -> _Gives_output:
        """Make a picture of an array: grey of two axes, else of 1, 3 or 4 colours."""
    def ToList(self, *, value: Any | _List | float | _Node = ...) -> _Gives_output:
        """Return the numbers of an array as a list, nested as deep as the array has axes."""
    def ToNumpy(self, *, value: Any | _List | float | _Node = ...) -> _Gives_output:
        """Bring a tensor to the CPU as a numpy array; bfloat16 becomes float32."""
    def ToTorch(self, *, value: Any | _List | float | _Node = ..., device: str | _Node = ..., dtype: Literal['', 'bfloat16', 'float16', 'float32', 'float64', 'int64', 'int32', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Make a tensor of an array, on the job's device or the one that is named (``cpu``, ``cuda:0``)."""
    def Transpose(self, *, value: Any | _List | float | _Node = ..., axes: _List | _Node = ...) -> _Gives_output:
        """Put the axes into another order, such as ``[2, 0, 1]``; without ``axes`` they are reversed."""
    def Var(self, *, value: Any | _List | float | _Node = ..., axis: int | _List | None | _Node = ..., keepdims: bool | _Node = ..., ddof: int | _Node = ...) -> _Gives_output:
        """Return the variance; ``ddof`` 1 makes it that of a sample."""
    def Where(self, *, condition: Any | _List | float | _Node = ..., a: Any | _List | float | _Node = ..., b: Any | _List | float | _Node = ...) -> _Gives_output:
        """Take from the first array where the condition is true (or not 0), and from the second elsewhere."""
    def Zeros(self, *, shape: _List | _Node = ..., dtype: Literal['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'] | _Node = ...) -> _Gives_output:
        """Make an array of zeros."""

class _LibUuid:
    def FormatUUID(self, *, uuid_string: str | _Node = ..., format: Literal['standard', 'hex', 'urn', 'int'] | _Node = ...) -> _Gives_output:
        """Write a UUID in another form."""
    def GenerateUUID1(self) -> _Gives_output:
        """Make a UUID of the time and a random number; it does not tell which machine made it."""
    def GenerateUUID3(self, *, namespace: str | _Node = ..., name: str | _Node = ...) -> _Gives_output:
        """Make the UUID of a name by MD5; the namespace is ``dns``, ``url``, ``oid``, ``x500`` or a UUID."""
    def GenerateUUID4(self) -> _Gives_output:
        """Make a random UUID."""
    def GenerateUUID5(self, *, namespace: str | _Node = ..., name: str | _Node = ...) -> _Gives_output:
        """Make the UUID of a name by SHA-1; the namespace is ``dns``, ``url``, ``oid``, ``x500`` or a UUID."""
    def IsValidUUID(self, *, uuid_string: str | _Node = ...) -> _Gives_output:
        """Tell whether a text is a UUID, in any of its forms."""
    def ParseUUID(self, *, uuid_string: str | _Node = ...) -> _Gives_output:
        """Return the parts of a UUID: its usual form, its digits, as a number and a URN, its version and variant."""

class _LibValidate:
    def Email(self, *, value: str | _Node = ...) -> _Gives_output:
        """Tell whether a text is a mail address; blanks at its edges do not count."""
    def IP(self, *, value: str | _Node = ...) -> _Gives_is_ip_is_ipv4_is_ipv6:
        """Tell whether a text is an IP address, and of which version."""
    def Sanitize(self, *, value: str | _Node = ...) -> _Gives_escaped_trimmed_normalized_email:
        """Make a text safe for HTML, trim it, and write it as a mail address in small letters if it is one."""
    def String(self, *, value: str | _Node = ...) -> _Gives_is_email_is_url_is_uuid_is_json_is_numeric_is_alpha_is_alphanumeric:
        """Tell what a text is: a mail address, an address of a page, a UUID, JSON, a number, letters."""
    def URL(self, *, value: str | _Node = ...) -> _Gives_output:
        """Tell whether a text is the address of a page: http, https or ftp, or without a protocol."""

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

class _NodetoolCode:
    def Code(self, *, code: str | _Node = ..., packages: _List | _Node = ..., timeout: float | _Node = ..., max_response_mb: float | _Node = ..., allow_local_network: bool | _Node = ..., allow_host_filesystem: bool | _Node = ..., **inputs: Any) -> _Gives_output:
        """Run JavaScript: the keys of the object it returns are outputs, anything else it returns goes to ``output``."""
    def ExecuteBash(self, *, code: str | _Node = ..., stdin: str | _Node = ..., execution_mode: Literal['docker', 'subprocess'] | _Node = ..., image: str | _Node = ...) -> _Gives_stdout_stderr:
        """Run a script of Bash in a container of its own, which has no network and nothing of this machine."""
    def ExecutePython(self, *, code: str | _Node = ..., stdin: str | _Node = ..., execution_mode: Literal['docker', 'subprocess'] | _Node = ..., image: str | _Node = ...) -> _Gives_stdout_stderr:
        """Run a script of Python in a container of its own, which has no network and nothing of this machine."""
    def RunShellCommand(self, *, command: str | _Node = ...) -> _Gives_stdout_stderr:
        """Run a command of the shell in the node's folder; it may do whatever you may."""

class _NodetoolCompare:
    def CompareImages(self, *, image_a: Any | _Node = ..., image_b: Any | _Node = ..., label_a: str | _Node = ..., label_b: str | _Node = ...) -> _Gives_comparison_score_equal:
        """Tell how alike two pictures are, pixel by pixel, transparency included."""

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

class _NodetoolData:
    def AddColumn(self, *, dataframe: Any | _Node = ..., column_name: str | _Node = ..., values: _List | _Node = ...) -> _Gives_output:
        """Add a column, or replace one, with a value for each row in turn; rows beyond the values get null."""
    def Aggregate(self, *, dataframe: Any | _Node = ..., columns: str | _Node = ..., aggregation: Literal['sum', 'mean', 'count', 'min', 'max', 'std', 'var', 'median', 'first', 'last'] | _Node = ...) -> _Gives_output:
        """Make one row of all rows that are equal in some columns, named with commas between them."""
    def Append(self, *, dataframe_a: Any | _Node = ..., dataframe_b: Any | _Node = ...) -> _Gives_output:
        """Put the rows of a second table after those of the first; both must have the same columns."""
    def Describe(self, *, dataframe: Any | _Node = ...) -> _Gives_output:
        """Sum up the columns that have numbers: count, mean, deviation, smallest, quarters and largest, to 4 decimals."""
    def DropDuplicates(self, *, df: Any | _Node = ...) -> _Gives_output:
        """Keep the first of rows that are equal in all columns."""
    def DropNA(self, *, df: Any | _Node = ...) -> _Gives_output:
        """Keep the rows that have a value in every column."""
    def ExtractColumn(self, *, dataframe: Any | _Node = ..., column_name: str | _Node = ...) -> _Gives_output:
        """Return the cells of one column as a list."""
    def FillNA(self, *, dataframe: Any | _Node = ..., value: Any | _Node = ..., method: Literal['value', 'forward', 'backward', 'mean', 'median'] | _Node = ..., columns: str | _Node = ...) -> _Gives_output:
        """Fill missing cells, in all columns or some named with commas between them."""
    def Filter(self, *, df: Any | _Node = ..., condition: str | _Node = ...) -> _Gives_output:
        """Keep the rows for which a condition such as ``score >= 10 and team === "A"`` holds."""
    def FilterNone(self, *, value: Any | _Node = ...) -> _Gives_output:
        """Forward a value unless it is null; of a stream, the items that are not."""
    def FindRow(self, *, df: Any | _Node = ..., condition: str | _Node = ...) -> _Gives_output:
        """Keep the first row for which a condition holds, or none; conditions are those of Filter."""
    def ForEachRow(self, *, dataframe: Any | _Node = ...) -> _Gives_row_index:
        """Send the rows of a table one by one."""
    def FromList(self, *, values: _List | _Node = ...) -> _Gives_output:
        """Make a table of a list of dictionaries."""
    def ImportCSV(self, *, csv_data: str | _Node = ...) -> _Gives_output:
        """Read a table written as CSV, whose first line has the names of the columns."""
    def JSONToDataframe(self, *, text: str | _Node = ...) -> _Gives_output:
        """Read a table written as JSON: a list of objects."""
    def Join(self, *, dataframe_a: Any | _Node = ..., dataframe_b: Any | _Node = ..., join_on: str | _Node = ...) -> _Gives_output:
        """Put together every row of the first table and every row of the second that are equal in a column."""
    def LoadCSVFile(self, *, file_path: str | _Node = ...) -> _Gives_output:
        """Read a table from a CSV file in UTF-8."""
    def Merge(self, *, dataframe_a: Any | _Node = ..., dataframe_b: Any | _Node = ...) -> _Gives_output:
        """Put two tables side by side, row by row; where both have a column, the second's cells stand."""
    def Pivot(self, *, dataframe: Any | _Node = ..., index: str | _Node = ..., columns: str | _Node = ..., values: str | _Node = ..., aggfunc: Literal['sum', 'mean', 'count', 'min', 'max', 'std', 'var', 'median', 'first', 'last'] | _Node = ...) -> _Gives_output:
        """Turn the values of one column into columns."""
    def Rename(self, *, dataframe: Any | _Node = ..., rename_map: str | _Node = ...) -> _Gives_output:
        """Give columns new names, as in ``old:new,other:another``; what there is no column for is passed over."""
    def RowIterator(self, *, dataframe: Any | _Node = ...) -> _Gives_dict_index:
        """Send the rows of a table one by one; the older form of ForEachRow."""
    def SaveCSVDataframeFile(self, *, dataframe: Any | _Node = ..., folder: str | _Node = ..., filename: str | _Node = ...) -> _Gives_output:
        """Write a table as CSV into a file below the job's scratch folder, or an absolute one, and hand it on."""
    def SaveDataframe(self, *, df: Any | _Node = ..., folder: Any | _Node = ..., name: str | _Node = ...) -> _Gives_output:
        """Write a table as CSV into a file below the job's scratch folder, or an absolute one, and hand it on."""
    def Schema(self, *, columns: Any | _Node = ...) -> _Gives_output:
        """Give the names and types of columns."""
    def SelectColumn(self, *, dataframe: Any | _Node = ..., columns: str | _Node = ...) -> _Gives_output:
        """Keep some columns, named with commas between them, in that order."""
    def Slice(self, *, dataframe: Any | _Node = ..., start_index: int | _Node = ..., end_index: int | _Node = ...) -> _Gives_output:
        """Keep the rows from ``start_index`` to before ``end_index``; -1 is the end."""
    def SortByColumn(self, *, df: Any | _Node = ..., column: str | _Node = ...) -> _Gives_output:
        """Sort rows by one column, smallest first: numbers, then texts, then rows where it is missing."""
    def ToList(self, *, dataframe: Any | _Node = ...) -> _Gives_output:
        """Return the rows of a table as a list of dictionaries."""

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
    def BatchToList(self, *, batch: Any | _Node = ...) -> _Gives_output:
        """Split a batch of pictures into a list: an array of them, such as a model gives, or what is a list already."""
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
    def ImagesToList(self, **inputs: Any) -> _Gives_output:
        """Gather the pictures of all inputs into a list, in the order of the inputs."""
    def Levels(self, *, image: Any | _Node = ..., r_black: float | _Node = ..., r_gamma: float | _Node = ..., r_white: float | _Node = ..., g_black: float | _Node = ..., g_gamma: float | _Node = ..., g_white: float | _Node = ..., b_black: float | _Node = ..., b_gamma: float | _Node = ..., b_white: float | _Node = ...) -> _Gives_output:
        """Stretch each colour between its black and white point, from 0 to 1, and bend it by its gamma."""
    def LoadImageFile(self, *, path: str | _Node = ...) -> _Gives_output:
        """Read a picture from a file, and turn it upright as a camera's note in it says."""
    def LoadImageFolder(self, *, folder: str | _Node = ..., include_subdirectories: bool | _Node = ..., extensions: _List | _Node = ...) -> _Gives_image_path:
        """Send the pictures of a folder one by one, in the order of their names."""
    def Paste(self, *, image: Any | _Node = ..., paste: Any | _Node = ..., left: int | _Node = ..., top: int | _Node = ...) -> _Gives_output:
        """Put a second picture onto the first; where it is transparent the first shows."""
    def Resize(self, *, image: Any | _Node = ..., width: int | _Node = ..., height: int | _Node = ...) -> _Gives_output:
        """Scale a picture to exactly a size."""
    def RotateAndFlip(self, *, image: Any | _Node = ..., angle: float | _Node = ..., flip_horizontal: bool | _Node = ..., flip_vertical: bool | _Node = ...) -> _Gives_output:
        """Turn a picture clockwise by an angle in degrees, then mirror it; the canvas grows to hold all of it."""
    def SaveImage(self, *, image: Any | _Node = ..., folder: Any | _Node = ..., name: str | _Node = ...) -> _Gives_output:
        """Write a picture into a file and hand it on."""
    def SaveImageFile(self, *, image: Any | _Node = ..., folder: str | _Node = ..., filename: str | _Node = ..., overwrite: bool | _Node = ...) -> _Gives_output:
        """Write a picture into a file and hand it on."""
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

class _NodetoolTriggers:
    def FileWatchTrigger(self, *, path: str | _Node = ..., recursive: bool | _Node = ..., patterns: _List | _Node = ..., ignore_patterns: _List | _Node = ..., debounce_seconds: float | _Node = ..., events: _List | _Node = ..., max_events: int | _Node = ...) -> _Gives_path_dest_path_is_directory_timestamp_source_event_type:
        """Send an event for each change of the files in a folder, or of one file."""
    def IntervalTrigger(self, *, interval_seconds: float | _Node = ..., initial_delay_seconds: float | _Node = ..., emit_on_start: bool | _Node = ..., max_events: int | _Node = ...) -> _Gives_tick_elapsed_seconds_interval_seconds_timestamp_source_event_type:
        """Send a tick every ``interval_seconds``, ``max_events`` of them or without end."""
    def ManualTrigger(self, *, name: str | _Node = ..., max_events: int | _Node = ..., timeout_seconds: float | None | _Node = ...) -> _Gives_data_timestamp_source_event_type:
        """Send an event for each value that is pushed under ``name``, with ``job.push_input(name, value)``."""
    def Wait(self, *, input: Any | _Node = ..., timeout_seconds: float | _Node = ...) -> _Gives_data_resumed_at_waited_seconds:
        """Wait until something is pushed to this node, or for ``timeout_seconds`` unless that is 0, and go on."""

class _NodetoolVariable:
    def GetVariable(self, *, name: str | _Node = ..., trigger: Any | _Node = ...) -> _Gives_output:
        """Read the value stored under a name; ``trigger`` only says when."""
    def SetVariable(self, *, name: str | _Node = ..., value: Any | _Node = ...) -> _Gives_output:
        """Store a value under a name, and forward it."""

class _NodetoolWorkflows:
    base_node: _NodetoolWorkflowsBaseNode

class _Huggingface:
    sentence_similarity: _HuggingfaceSentenceSimilarity

class _Lib:
    date: _LibDate
    datetime: _LibDatetime
    html: _LibHtml
    image: _LibImage
    json: _LibJson
    markdown: _LibMarkdown
    math: _LibMath
    pillow: _LibPillow
    svg: _LibSvg
    tensor: _LibTensor
    uuid: _LibUuid
    validate: _LibValidate

class _Nodetool:
    boolean: _NodetoolBoolean
    code: _NodetoolCode
    compare: _NodetoolCompare
    constant: _NodetoolConstant
    control: _NodetoolControl
    data: _NodetoolData
    dictionary: _NodetoolDictionary
    image: _NodetoolImage
    input: _NodetoolInput
    list: _NodetoolList
    output: _NodetoolOutput
    text: _NodetoolText
    triggers: _NodetoolTriggers
    variable: _NodetoolVariable
    workflows: _NodetoolWorkflows

class _Test:
    def Input(self, *, value: Any | _Node = ..., name: str | _Node = ...) -> _Gives_value:
        """Take the param named like this node; only old samples use it."""

boolean: _NodetoolBoolean

code: _NodetoolCode

compare: _NodetoolCompare

constant: _NodetoolConstant

control: _NodetoolControl

data: _NodetoolData

dictionary: _NodetoolDictionary

huggingface: _Huggingface

image: _NodetoolImage

input: _NodetoolInput

lib: _Lib

list: _NodetoolList

nodetool: _Nodetool

output: _NodetoolOutput

test: _Test

text: _NodetoolText

triggers: _NodetoolTriggers

variable: _NodetoolVariable

workflows: _NodetoolWorkflows

def __getattr__(name: str) -> Any: ...  # the notebook's own, and those of other packages
