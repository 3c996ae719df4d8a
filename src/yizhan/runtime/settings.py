"""Django's settings, made from the environment."""

import os

from yizhan.runtime.environment import read_environment

ENVIRONMENT = read_environment()

DEBUG = False
# Made at first start by runtime.home and kept in YIZHAN_HOME (mode 0600); a command without web needs none.
_KEY_FILE = ENVIRONMENT.home / "session.key"
SECRET_KEY = _KEY_FILE.read_text(encoding="ascii") if _KEY_FILE.exists() else os.urandom(32).hex()

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "yizhan.store"]
AUTH_USER_MODEL = "store.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = ENVIRONMENT.databases()

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = ENVIRONMENT.language or "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English"), ("ru", "Русский")]

# Memory-hard and in Python's own library; the others open what an older one sealed.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
