"""From nothing to a process in which the store can be used."""

import os

import django

from yizhan.runtime.environment import Environment, read_environment
from yizhan.runtime.home import prepare_home

COMMAND_SETTINGS = "yizhan.runtime.settings"
WEB_SETTINGS = "yizhan.runtime.web_settings"


def boot(settings_module: str = COMMAND_SETTINGS) -> Environment:
    """Make the home whole and set Django up; raises `BadSetting` or `HomeUnusable`.

    After this, and not before, `yizhan.store` and what stands on it can be imported.
    """
    environment = read_environment()
    prepare_home(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    django.setup()
    return environment
