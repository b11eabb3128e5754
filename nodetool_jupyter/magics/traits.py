"""The settings as traits, for ``%config`` and IPython's configuration files; none of a secret."""

from __future__ import annotations

from copy import deepcopy
from logging import getLogger
from typing import Any

from traitlets import TraitError, TraitType
from traitlets.config import Config

from nodetool_jupyter import settings


class SettingTrait(TraitType[str, Any]):
    """One setting; empty where its variable or its default holds. What it cannot be is refused when it is set."""

    default_value = ""

    def __init__(self, setting: settings.Setting) -> None:
        super().__init__(help=f"{setting.meaning}; in the place of the variable {setting.name}")
        self.setting = setting
        self.metadata["config"] = True

    def set(self, obj: Any, value: Any) -> None:
        """Let the setting be what is assigned, in this process."""
        super().set(obj, value)
        settings.choose(self.setting.name, self.get(obj) or "")

    def validate(self, obj: Any, value: Any) -> str:
        """Return the setting's text; raises ``TraitError`` with the sentence about what it cannot be."""
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise TraitError(f"{self.setting.name} must be text or a number, not {value!r}")
        try:
            settings.check(self.setting.name, str(value))
        except ValueError as error:  # an InvalidRequest
            raise TraitError(str(error)) from None
        return str(value)


def name_of(setting: settings.Setting) -> str:
    """Return what a setting's trait is called: ``docker_image`` for DOCKER_IMAGE, ``home`` for NODETOOL_HOME."""
    return setting.name.removeprefix("NODETOOL_").lower()


def without_faults(config: Config, section: str) -> Config:
    """Return a configuration without the settings that cannot be; the sentence about each is logged."""
    faults = {}
    for name in TRAITS.keys() & config.get(section, {}).keys():
        try:
            TRAITS[name].validate(None, config[section][name])
        except TraitError as error:
            faults[name] = error
    if not faults:
        return config
    sound = deepcopy(config)
    for name, fault in faults.items():
        getLogger("nodetool_jupyter").error("%s", fault)
        del sound[section][name]
    return sound


TRAITS = {name_of(setting): SettingTrait(setting) for setting in settings.SETTINGS if not setting.secret}
