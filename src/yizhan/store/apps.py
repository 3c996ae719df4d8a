"""Django's entry to this floor."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from yizhan.store.lane import relax_commits


class StoreConfig(AppConfig):
    name = "yizhan.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        connection_created.connect(relax_commits, dispatch_uid="yizhan.store.relax_commits")
