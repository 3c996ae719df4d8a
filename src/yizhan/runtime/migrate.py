"""`python -m yizhan.runtime.migrate`: bring the database's schema up to date, sessions and sign-in included."""

import os

import django
from django.core.management import call_command

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "yizhan.runtime.web_settings"
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
