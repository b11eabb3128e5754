"""How values are stored and shown: the one place that knows their forms.

Small plain values travel inside events. Everything else becomes a file in the job's ``values/`` folder, under a random
name, and a reference in NodeTool's form stands in the event::

    {"type": "image", "uri": "values/3f9c….png", "asset_id": None, "data": None, "metadata": {"width": 640, …}}

====================  ==========================  =======================================
Python                reference ``type``          file
====================  ==========================  =======================================
numpy array           np_array                    .npy, never with pickles
torch tensor          torch_tensor                .safetensors
PIL image             image                       .png
:class:`Audio`        audio                       .wav
pandas DataFrame      dataframe                   .arrow, or .json without pyarrow
bytes                 bytes                       .bin
large plain value     json                        .json
anything else         python_object               .pkl, by cloudpickle, same user only
====================  ==========================  =======================================

Values are written straight into their files, without copies. Arrays come back memory-mapped and read-only.
"""

from __future__ import annotations

from nodetool_jupyter.values.forms import Audio
from nodetool_jupyter.values.shown import PREVIEW_LIMIT, closer, finite, is_picture, preview, takes_time
from nodetool_jupyter.values.store import INLINE_LIMIT, ValueStore, inline

__all__ = [
    "INLINE_LIMIT",
    "PREVIEW_LIMIT",
    "Audio",
    "ValueStore",
    "closer",
    "finite",
    "inline",
    "is_picture",
    "preview",
    "takes_time",
]

Audio.__module__ = __name__  # the name people know it by
