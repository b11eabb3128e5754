"""The settings as traits, for configuration files of IPython and of Jupyter, and ``%config``; none of a secret."""

from __future__ import annotations

from copy import deepcopy
from logging import getLogger
from typing import Any

from traitlets import HasTraits, TraitError, TraitType
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
    for name in _OF_NOBODY.keys() & config.get(section, {}).keys():
        try:
            _OF_NOBODY[name].validate(None, config[section][name])
        except TraitError as error:
            faults[name] = error
    if not faults:
        return config
    sound = deepcopy(config)
    for name, fault in faults.items():
        getLogger("nodetool_jupyter").error("%s", fault)
        del sound[section][name]
    return sound


def setting_traits() -> dict[str, SettingTrait]:
    """Return a trait for every setting that is no secret, by its name; a class takes them for its own."""
    return {name_of(setting): SettingTrait(setting) for setting in settings.SETTINGS if not setting.secret}


def forget_settings(owner: HasTraits) -> None:
    """Let the variables and defaults hold again where an object's traits said otherwise."""
    for name, trait in owner.traits().items():
        if isinstance(trait, SettingTrait) and getattr(owner, name):
            settings.choose(trait.setting.name, "")


_OF_NOBODY = setting_traits()  # to ask what a setting can be
