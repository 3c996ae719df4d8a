"""Django has to be set up before the first model is imported, so it is done here, before any test module.

The home named here stays empty: every test opens its own (`databases.using`).
"""

import os
import tempfile

import django

_EMPTY = tempfile.TemporaryDirectory(prefix="yz-home-")  # removed when the process ends
os.environ.setdefault("YIZHAN_HOME", _EMPTY.name)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yizhan.runtime.web_settings")
django.setup()
