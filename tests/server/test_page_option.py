"""What a page is told of the extension before it asks for anything."""

from __future__ import annotations

from typing import Any

import nodetool_jupyter


async def test_pages_are_told_that_the_extension_is_there(jp_serverapp: Any) -> None:
    told = jp_serverapp.web_app.settings["page_config_data"]
    assert told["nodetoolServer"] == nodetool_jupyter.__version__
