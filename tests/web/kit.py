"""The application with one more page, `/kit`, where every component stands in every state: for the eye and for axe."""

import importlib

from django.conf import settings
from django.core.asgi import get_asgi_application

from yizhan.runtime.boot import WEB_SETTINGS, boot

boot(WEB_SETTINGS)
importlib.import_module("yizhan.services.owners.vault").open_vault()
settings.ROOT_URLCONF = "tests.web.kit_urls"
application = get_asgi_application()
