"""`yizhan.runtime.asgi:application`: the pages as an ASGI application, for uvicorn or another server.

Importing it makes the home whole and opens the vault; raises `HomeUnusable`, `KeyMissing` and the like.
"""

import importlib

from django.core.asgi import get_asgi_application

from yizhan.runtime.bodies import BoundedBodies
from yizhan.runtime.boot import WEB_SETTINGS, boot

boot(WEB_SETTINGS)
# Only now: what stands on the store can be imported once Django is set up.
importlib.import_module("yizhan.services.owners.vault").open_vault()
application = BoundedBodies(get_asgi_application())
