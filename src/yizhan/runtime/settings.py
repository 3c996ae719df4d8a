"""Django's settings, made from the environment."""

import os
from pathlib import Path

from yizhan.runtime.environment import read_environment

ENVIRONMENT = read_environment()
_PACKAGE = Path(__file__).parent.parent

DEBUG = False
# Made at first start by runtime.home and kept in YIZHAN_HOME (mode 0600); a command without web needs none.
_KEY_FILE = ENVIRONMENT.home / "session.key"
SECRET_KEY = _KEY_FILE.read_text(encoding="ascii") if _KEY_FILE.exists() else os.urandom(32).hex()
# Yizhan is reached by whatever name its owner gives it; Django's own link-making never uses the Host header here.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "yizhan.store",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
AUTH_USER_MODEL = "store.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = ENVIRONMENT.databases()
ROOT_URLCONF = "yizhan.web.urls"
ASGI_APPLICATION = "yizhan.runtime.asgi.application"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = ENVIRONMENT.language or "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [_PACKAGE / "locale"]
STATIC_URL = "/static/"
