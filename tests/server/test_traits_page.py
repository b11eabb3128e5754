"""The extension's traits: what they can be, what holds when they cannot be, and the page that tells of them."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config

from docs.reference.server_traits import TARGET, page
from nodetool_jupyter import settings
from nodetool_jupyter.server.extension import NodetoolExtension
from nodetool_jupyter.traits import forget_settings, name_of
from tests.server.talk import Api


def test_the_page_says_what_the_traits_say() -> None:
    assert TARGET.read_text() == page()


def test_every_setting_is_a_trait_but_those_that_are_secret() -> None:
    traits = NodetoolExtension.class_own_traits(config=True)
    known = {setting.name: name_of(setting) for setting in settings.SETTINGS}
    assert {name for name, trait in traits.items() if hasattr(trait, "setting")} == {
        known[setting.name] for setting in settings.SETTINGS if not setting.secret
    }


def test_a_setting_hides_nothing_of_jupyters_own() -> None:
    own = {name_of(setting) for setting in settings.SETTINGS}
    parent = NodetoolExtension.__mro__[1]
    assert own & set(dir(parent)) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_body", 10),
        ("max_query_items", 0),
        ("read_rate", -1.0),
        ("read_burst", 0),
        ("allowed_permissions", ["root"]),
        ("separate_users", "often"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(name: str, value: Any) -> None:
    with pytest.raises(TraitError, match=name):
        setattr(NodetoolExtension(), name, value)


def test_a_setting_that_cannot_be_keeps_nothing_from_starting(caplog: pytest.LogCaptureFixture) -> None:
    made = NodetoolExtension(config=Config({"NodetoolExtension": {"docker_memory_limit": "lots", "max_depth": 50}}))
    assert (made.max_depth, settings.given("DOCKER_MEMORY_LIMIT", {})) == (50, "")
    assert "'lots' is no size" in caplog.text


class TestConfigured:
    @pytest.fixture
    def server_traits(self) -> dict[str, Any]:
        return {"keep_jobs": 77, "max_depth": 5}

    async def test_what_is_configured_holds_while_the_server_runs(self, api: Api, jp_serverapp: Any) -> None:
        assert settings.get("NODETOOL_KEEP_JOBS") == "77"
        assert (await api.post("explain", {"graph": {"nodes": [[[[]]]]}})).code == "invalid_json"
        (extension,) = jp_serverapp.extension_manager.extension_apps["nodetool_jupyter"]
        forget_settings(extension)
        assert settings.get("NODETOOL_KEEP_JOBS") == "10000"
